/* A whole site boots: load_boot ADDRESS PHONES WINDOW PASSWORD. Each phone SEP000000000000,
 * SEP000000000001 ... fetches its file over TFTP (blocks of 1,428 bytes) and then registers with
 * digest (two requests), from an address of its own. WINDOW phones are under way at once. Prints
 * the seconds that the site took, p50 and p99 of a phone in ms, and how many repeated or failed. */
#include <errno.h>
#include <sys/epoll.h>

#include "sip_phone.h"

enum { BLOCK = 1428, REPEAT_US = 1000000, BATCH = 64 };

/* One phone on its way: its file first, then its registration. */
struct boot {
    struct phone sip;
    int file; /* socket of the transfer, -1 while it registers */
    struct sockaddr_in server;
    uint64_t begun_us, sent_us;
    unsigned block;
    char packet[128];
    size_t packet_length;
    bool busy;
};

static struct sip_site load;
static unsigned phones, next_phone;
static unsigned long done, failed, repeated;
static int epoll_descriptor;
static struct latencies times;

static void send_packet(struct boot *one) {
    one->sent_us = measure_now_us();
    (void)sendto(one->file, one->packet, one->packet_length, 0, (struct sockaddr *)&one->server,
                 sizeof one->server);
}

static void begin(struct boot *one) {
    one->busy = next_phone < phones;
    if (!one->busy) {
        return;
    }
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(address_of(next_phone))};
    one->sip = (struct phone){.user = next_phone++, .sequence = 1};
    one->block = 0;
    one->begun_us = measure_now_us();
    one->server = load.server;
    one->server.sin_port = htons(69);
    one->file = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (one->file < 0 || bind(one->file, (struct sockaddr *)&own, sizeof own) != 0) {
        perror("load_boot");
        exit(2);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    (void)epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, one->file, &event);
    one->packet_length = (size_t)snprintf(one->packet, sizeof one->packet,
                                          "%c%cSEP%012X.cnf.xml%coctet%cblksize%c%d", 0, 1,
                                          one->sip.user, 0, 0, 0, BLOCK) +
                         1;
    send_packet(one);
}

static void end(struct boot *one, bool good) {
    if (one->file >= 0) {
        (void)close(one->file);
        one->file = -1;
    }
    done += good;
    failed += !good;
    latencies_add(&times, measure_now_us() - one->begun_us);
    begin(one);
}

static void acknowledge(struct boot *one, unsigned block) {
    one->packet[0] = 0;
    one->packet[1] = 4;
    one->packet[2] = (char)(block >> 8);
    one->packet[3] = (char)block;
    one->packet_length = 4;
    send_packet(one);
}

static void register_phone(struct boot *one) {
    (void)close(one->file);
    one->file = -1;
    write_request(&load, &one->sip, "");
    send_request(&load, &one->sip);
}

static void receive_file(struct boot *one) {
    char data[2048];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    const ssize_t length = one->file < 0 ? -1
                                         : recvfrom(one->file, data, sizeof data, 0,
                                                    (struct sockaddr *)&from, &from_length);
    if (length < 4) {
        return;
    }
    const unsigned block = (unsigned)((unsigned char)data[2] << 8 | (unsigned char)data[3]);
    if (data[1] == 6 && one->block == 0) {
        one->server = from;
        acknowledge(one, 0);
    } else if (data[1] == 3 && block == ((one->block + 1) & 0xffff)) {
        one->server = from;
        one->block++;
        acknowledge(one, block);
        if (length - 4 < BLOCK) {
            register_phone(one);
        }
    } else if (data[1] == 5) {
        end(one, false);
    }
}

static void receive_answer(struct boot *all, size_t window, const char *packet) {
    unsigned user;
    const char *call = strstr(packet, "load-");
    if (call == NULL || sscanf(call, "load-%u@", &user) != 1 ||
        strncmp(packet, "SIP/2.0 ", 8) != 0) {
        return;
    }
    for (size_t i = 0; i < window; i++) {
        struct boot *one = &all[i];
        if (one->busy && one->file < 0 && one->sip.user == user) {
            const int status = atoi(packet + 8);
            if (status == 401 && !one->sip.answered_challenge) {
                if (!answer_challenge(&load, &one->sip, packet)) {
                    end(one, false);
                }
            } else if (status >= 200 && status != 401) {
                end(one, status == 200);
            }
            return;
        }
    }
}

static void receive_answers(struct boot *all, size_t window) {
    static char packets[BATCH][PACKET];
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){packets[i], PACKET - 1};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
    }
    const int count = recvmmsg(load.descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        packets[i][messages[i].msg_len] = '\0';
        receive_answer(all, window, packets[i]);
    }
}

static void repeat_silent(struct boot *all, size_t window) {
    const uint64_t now = measure_now_us();
    for (size_t i = 0; i < window; i++) {
        struct boot *one = &all[i];
        if (one->busy && one->file >= 0 && now - one->sent_us > REPEAT_US) {
            repeated++;
            send_packet(one);
        } else if (one->busy && one->file < 0 && now - one->sip.sent_us > REPEAT_US) {
            repeated++;
            send_request(&load, &one->sip);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: load_boot ADDRESS PHONES WINDOW PASSWORD\n");
        return 2;
    }
    const size_t window = (size_t)atoi(argv[3]);
    phones = (unsigned)atoi(argv[2]);
    load = (struct sip_site){.address = argv[1],
                             .password = argv[4],
                             .cisco = true,
                             .server = {.sin_family = AF_INET, .sin_port = htons(5060)}};
    epoll_descriptor = epoll_create1(0);
    struct boot *all = calloc(window, sizeof *all);
    if (all == NULL || epoll_descriptor < 0 || !site_open(&load)) {
        perror("load_boot");
        free(all);
        return 2;
    }
    struct epoll_event sip = {.events = EPOLLIN, .data.ptr = NULL};
    (void)epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, load.descriptor, &sip);
    const uint64_t begun = measure_now_us();
    uint64_t swept = begun;
    for (size_t i = 0; i < window; i++) {
        all[i].file = -1;
        begin(&all[i]);
    }
    while (done + failed < phones) {
        struct epoll_event events[256];
        const int count = epoll_wait(epoll_descriptor, events, 256, 50);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                receive_answers(all, window);
            } else {
                receive_file(events[i].data.ptr);
            }
        }
        if (measure_now_us() - swept > 100000) {
            swept = measure_now_us();
            repeat_silent(all, window);
        }
    }
    const double seconds = (double)(measure_now_us() - begun) / 1e6;
    const double p50 = latencies_percentile(&times, 50), p99 = latencies_percentile(&times, 99);
    printf("seconds=%.1f p50_ms=%.2f p99_ms=%.2f failed=%lu repeated=%lu\n", seconds, p50, p99,
           failed, repeated);
    free(all);
    return failed != 0;
}
