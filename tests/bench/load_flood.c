/* One laptop that floods a node with SIP: load_flood ADDRESS PORT FROM RATE SECONDS. Sends RATE
 * REGISTERs a second from the address FROM, each of a phone that nobody knows and with a Call-ID of
 * its own, reads no answer, and prints how many a second left. */
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_ROOM = 1024, PAUSE_US = 1000 };

static struct sockaddr_in address_of(const char *text, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        fprintf(stderr, "load_flood: %s is no IPv4 address\n", text);
        exit(2);
    }
    return address;
}

static int write_register(char *message, const char *node, const char *from, uint64_t number) {
    return snprintf(
        message, MESSAGE_ROOM,
        "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP "
        "%s:5060;branch=z9hG4bKflood%llu\r\nMax-Forwards: 70\r\n"
        "From: <sip:1@%s>;tag=flood\r\nTo: <sip:1@%s>\r\nCall-ID: flood-%llu\r\nCSeq: 101 "
        "REGISTER\r\n"
        "Contact: "
        "<sip:1@%s:5060>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0011223344aa>\"\r\n"
        "User-Agent: Cisco-CP8851/12.8.1\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
        node, from, (unsigned long long)number, node, node, (unsigned long long)number, from);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: load_flood ADDRESS PORT FROM RATE SECONDS\n");
        return 2;
    }
    const struct sockaddr_in node = address_of(argv[1], atoi(argv[2])),
                             from = address_of(argv[3], 5060);
    const uint64_t rate = strtoull(argv[4], NULL, 10), length_us = (uint64_t)(atof(argv[5]) * 1e6);
    const uint64_t began = measure_now_us();
    const int out = socket(AF_INET, SOCK_DGRAM, 0);
    char message[MESSAGE_ROOM];
    uint64_t sent = 0, now = began;
    if (out < 0 || bind(out, (const struct sockaddr *)&from, sizeof from) != 0 ||
        connect(out, (const struct sockaddr *)&node, sizeof node) != 0) {
        perror("load_flood");
        return 1;
    }
    while (now - began < length_us) {
        const uint64_t due = (now - began) * rate / 1000000;
        for (; sent < due; sent++) {
            const int size = write_register(message, argv[1], argv[3], sent);
            (void)send(out, message, (size_t)size,
                       MSG_DONTWAIT); /* what the network loses was sent all the same */
        }
        (void)usleep(PAUSE_US);
        now = measure_now_us();
    }
    printf("sent_per_s=%.0f\n", (double)sent * 1e6 / (double)(now - began));
    return 0;
}
