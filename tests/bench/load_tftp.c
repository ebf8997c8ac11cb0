/* A crowd of TFTP clients: load_tftp ADDRESS PORT NAME AT-ONCE SECONDS BLOCK-SIZE [LOSS]. NAME may
 * hold one %d, replaced by a number from 0 to 999. Each transfer has a socket of its own, as real
 * clients do, and repeats after one second of silence. Prints: transfers per second, p50 and p99 in
 * ms, and how many were repeated or failed. LOSS percent of the packets are lost on either way, the
 * same ones in each run. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { REPEAT_US = 1000000 };

struct client {
    int descriptor;
    uint64_t begun_us, sent_us;
    struct sockaddr_in server;
    bool answered; /* the server's port is known: packets from others belong to other transfers (RFC
                      1350, 4) */
    unsigned block;
    char packet[600];
    size_t packet_length;
    size_t received;
};

static struct sockaddr_in listener;
static const char *name_pattern;
static size_t block_size;
static int epoll_descriptor;
static unsigned long started, finished, repeated, failed;
static size_t last_bytes;
static struct latencies times;
static double loss_percent;
static uint32_t chance = 20261128;

static bool is_lost(void) {
    chance = chance * 1664525u + 1013904223u;
    return (double)(chance >> 8) * 100.0 / (double)(1u << 24) < loss_percent;
}

static void send_packet(struct client *one) {
    one->sent_us = measure_now_us();
    if (is_lost()) {
        return;
    }
    (void)sendto(one->descriptor, one->packet, one->packet_length, 0,
                 (struct sockaddr *)&one->server, sizeof one->server);
}

static void begin(struct client *one) {
    char name[256];
    one->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (one->descriptor < 0) {
        perror("socket");
        exit(2);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    (void)epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, one->descriptor, &event);
    const char *mark = strstr(name_pattern, "%d");
    if (mark != NULL) {
        (void)snprintf(name, sizeof name, "%.*s%012lu%s", (int)(mark - name_pattern), name_pattern,
                       started % 1000, mark + 2);
    } else {
        (void)snprintf(name, sizeof name, "%s", name_pattern);
    }
    started++;
    int length = snprintf(one->packet, sizeof one->packet, "%c%c%s%coctet%cblksize%c%zu", 0, 1,
                          name, 0, 0, 0, block_size);
    one->packet_length = (size_t)length + 1;
    one->server = listener;
    one->answered = false;
    one->block = 0;
    one->received = 0;
    one->begun_us = measure_now_us();
    send_packet(one);
}

static void end(struct client *one, bool succeeded) {
    (void)close(one->descriptor);
    if (succeeded) {
        finished++;
        last_bytes = one->received;
        latencies_add(&times, measure_now_us() - one->begun_us);
    } else {
        failed++;
    }
    begin(one);
}

static void acknowledge(struct client *one, unsigned block) {
    one->packet[0] = 0;
    one->packet[1] = 4;
    one->packet[2] = (char)(block >> 8);
    one->packet[3] = (char)block;
    one->packet_length = 4;
    send_packet(one);
}

static void receive(struct client *one) {
    char data[65600];
    struct sockaddr_in from;
    socklen_t from_length = sizeof from;
    ssize_t length =
        recvfrom(one->descriptor, data, sizeof data, 0, (struct sockaddr *)&from, &from_length);
    if (length < 4 || is_lost() || (one->answered && from.sin_port != one->server.sin_port)) {
        return;
    }
    unsigned block = (unsigned)((unsigned char)data[2] << 8 | (unsigned char)data[3]);
    if (data[1] == 6 && one->block == 0) {
        one->server = from;
        one->answered = true;
        acknowledge(one, 0);
    } else if (data[1] == 3 && block == ((one->block + 1) & 0xffff)) {
        one->server = from;
        one->answered = true;
        one->block++;
        one->received += (size_t)length - 4;
        acknowledge(one, block);
        if ((size_t)length - 4 < block_size) {
            end(one, true);
        }
    } else if (data[1] == 5) {
        fprintf(stderr, "load_tftp: after block %u: error %u, %.*s\n", one->block, block,
                (int)length - 4, data + 4);
        end(one, false);
    }
}

int main(int argc, char **argv) {
    if (argc != 7 && argc != 8) {
        fprintf(stderr, "usage: load_tftp ADDRESS PORT NAME AT-ONCE SECONDS BLOCK-SIZE [LOSS]\n");
        return 2;
    }
    listener.sin_family = AF_INET;
    listener.sin_port = htons((uint16_t)atoi(argv[2]));
    if (inet_pton(AF_INET, argv[1], &listener.sin_addr) != 1) {
        fprintf(stderr, "%s is not an IPv4 address\n", argv[1]);
        return 2;
    }
    name_pattern = argv[3];
    size_t at_once = (size_t)atoi(argv[4]);
    uint64_t length_us = (uint64_t)(atof(argv[5]) * 1e6);
    block_size = (size_t)atoi(argv[6]);
    loss_percent = argc == 8 ? atof(argv[7]) : 0;
    epoll_descriptor = epoll_create1(0);
    struct client *clients = calloc(at_once, sizeof *clients);
    if (clients == NULL || epoll_descriptor < 0) {
        free(clients);
        return 2;
    }
    uint64_t begun = measure_now_us(), swept = begun;
    for (size_t i = 0; i < at_once; i++) {
        begin(&clients[i]);
    }
    while (measure_now_us() - begun < length_us) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll_descriptor, events, 256, 50);
        for (int i = 0; i < count; i++) {
            receive(events[i].data.ptr);
        }
        uint64_t now = measure_now_us();
        if (now - swept > 50000) {
            swept = now;
            for (size_t i = 0; i < at_once; i++) {
                if (now - clients[i].sent_us > REPEAT_US) {
                    repeated++;
                    send_packet(&clients[i]);
                }
            }
        }
    }
    double seconds = (double)(measure_now_us() - begun) / 1e6;
    double p50 = latencies_percentile(&times, 50), p99 = latencies_percentile(&times, 99);
    printf("transfers_per_s=%.0f p50_ms=%.2f p99_ms=%.2f bytes=%zu repeated=%lu failed=%lu\n",
           (double)finished / seconds, p50, p99, last_bytes, repeated, failed);
    free(clients);
    return finished == 0;
}
