/* A crowd of SIP phones that register: load_register ADDRESS PORT USERS SECONDS WINDOW [PASSWORD].
 * Users are u0, u1, ...; with a password each registration is challenged and answered (two
 * requests). Contacts are the same at each run. WINDOW registrations are under way at once. SECONDS
 * 0: until each user has registered once. Prints registrations per second, p50 and p99. */
#include "sip_phone.h"

enum { BATCH = 64, REPEAT_US = 1000000 };

static struct sip_site load;
static unsigned long registered, refused, repeated;
static unsigned users;
static struct latencies times;

static void begin(struct phone *one) {
    one->sequence++;
    one->answered_challenge = false;
    one->begun_us = measure_now_us();
    write_request(&load, one, "");
    send_request(&load, one);
}

static void on_packet(char *packet, struct phone *phones, size_t window) {
    unsigned user;
    const char *call = strstr(packet, "load-");
    if (call == NULL || sscanf(call, "load-%u@", &user) != 1) {
        return;
    }
    struct phone *one = &phones[user % window];
    if (one->user != user || strncmp(packet, "SIP/2.0 ", 8) != 0) {
        return;
    }
    int status = atoi(packet + 8);
    if (status == 401 && load.password != NULL && !one->answered_challenge) {
        if (!answer_challenge(&load, one, packet)) {
            refused++;
            begin(one);
        }
    } else if (status >= 200 && !(status == 401 && load.password != NULL)) {
        if (status == 200) {
            registered++;
            latencies_add(&times, measure_now_us() - one->begun_us);
        } else {
            refused++;
        }
        /* The slot goes on with the next user of its residue, so that all users get their turn. */
        one->user = user + window < users ? user + (unsigned)window : (unsigned)(user % window);
        begin(one);
    }
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: load_register ADDRESS PORT USERS SECONDS WINDOW [PASSWORD]\n");
        return 2;
    }
    users = (unsigned)atoi(argv[3]);
    uint64_t length_us = (uint64_t)(atof(argv[4]) * 1e6);
    size_t window = (size_t)atoi(argv[5]);
    load.address = argv[1];
    load.password = argc > 6 ? argv[6] : NULL;
    load.server =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    if (!site_open(&load)) {
        perror("load_register");
        return 2;
    }
    struct timeval wait = {.tv_usec = 50000};
    (void)setsockopt(load.descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    struct phone *phones = calloc(window, sizeof *phones);
    char(*packets)[PACKET] = calloc(BATCH, PACKET);
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    if (phones == NULL || packets == NULL) {
        free(phones);
        free(packets);
        return 2;
    }
    uint64_t begun = measure_now_us(), swept = begun;
    for (size_t i = 0; i < window; i++) {
        phones[i].user = (unsigned)i;
        begin(&phones[i]);
    }
    while (length_us > 0 ? measure_now_us() - begun < length_us : registered + refused < users) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){packets[i], PACKET - 1};
            memset(&messages[i], 0, sizeof messages[i]);
            messages[i].msg_hdr.msg_iov = &vectors[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int count = recvmmsg(load.descriptor, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            packets[i][messages[i].msg_len] = '\0';
            on_packet(packets[i], phones, window);
        }
        uint64_t now = measure_now_us();
        if (now - swept > 100000) {
            swept = now;
            for (size_t i = 0; i < window; i++) {
                if (now - phones[i].sent_us > REPEAT_US) {
                    repeated++;
                    send_request(&load, &phones[i]);
                }
            }
        }
    }
    double seconds = (double)(measure_now_us() - begun) / 1e6;
    double p50 = latencies_percentile(&times, 50), p99 = latencies_percentile(&times, 99);
    printf("registrations_per_s=%.0f p50_ms=%.2f p99_ms=%.2f refused=%lu repeated=%lu\n",
           (double)registered / seconds, p50, p99, refused, repeated);
    free(phones);
    free(packets);
    return registered == 0;
}
