/* sip_live ADDRESS PORT SOURCES SECONDS SEED FILE...: sends a live call manager mutated SIP
 * messages, over UDP from so many loopback addresses (ADDRESS with another last byte, from 100 on)
 * and over TCP, in whole and in parts. Ends with 0 when the node answers a plain OPTIONS within two
 * seconds all the time. The seed makes a run the same again. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 20000, SOURCES_MAX = 100, FILES_MAX = 500, BETWEEN_PROBES = 500 };

static struct {
    char *text;
    size_t length;
} corpus[FILES_MAX];
static size_t corpus_count;
static uint64_t state;
static unsigned serial;

static uint32_t number(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return below == 0 ? 0 : (uint32_t)((state >> 33) % below);
}

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(ROOM);
    if (file == NULL || text == NULL || corpus_count == FILES_MAX) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    corpus[corpus_count].length = fread(text, 1, ROOM / 2, file);
    corpus[corpus_count++].text = text;
    (void)fclose(file);
}

/* ---- mutations ---- */

static void put_in(char *message, size_t *length, size_t at, size_t gone, const char *in,
                   size_t count) {
    if (at > *length || gone > *length - at || *length - gone + count >= ROOM) {
        return;
    }
    memmove(message + at + count, message + at + gone, *length - at - gone);
    memcpy(message + at, in, count);
    *length = *length - gone + count;
}

static size_t line_at(const char *message, size_t length, size_t at, size_t *end) {
    size_t start = at;
    while (start > 0 && message[start - 1] != '\n') {
        start--;
    }
    *end = at;
    while (*end < length && message[*end] != '\n') {
        (*end)++;
    }
    *end += *end < length ? 1 : 0;
    return start;
}

static void mutate(char *message, size_t *length) {
    static const char *const words[] = {"0",
                                        "-1",
                                        "4294967295",
                                        "99999999999999999999",
                                        "\r\n\r\n",
                                        ";",
                                        "\"",
                                        "<",
                                        "%00",
                                        "sip:",
                                        ",",
                                        "*",
                                        "\xff\xfe",
                                        "INVITE",
                                        "BYE",
                                        "REFER",
                                        ";tag=",
                                        "Expires: 0\r\n",
                                        "Content-Length: 65535\r\n",
                                        ";branch=z9hG4bK",
                                        "@",
                                        "[::1]",
                                        "SUBSCRIBE",
                                        "Require: 100rel\r\n",
                                        "X-Sojourn-Emcc: device=a;cluster=b\r\n",
                                        "Max-Forwards: 0\r\n"};
    const size_t at = number((uint32_t)*length);
    size_t end, start;
    char filler[400];
    switch (number(8)) {
    case 0: message[at] = (char)number(256); break;
    case 1: put_in(message, length, at, number(40), "", 0); break;
    case 2: {
        const char *word = words[number(sizeof words / sizeof words[0])];
        put_in(message, length, at, number(3), word, strlen(word));
        break;
    }
    case 3: /* a line twice */
        start = line_at(message, *length, at, &end);
        if (end - start < sizeof filler) {
            memcpy(filler, message + start, end - start);
            put_in(message, length, start, 0, filler, end - start);
        }
        break;
    case 4: /* a line less */
        start = line_at(message, *length, at, &end);
        put_in(message, length, start, end - start, "", 0);
        break;
    case 5: /* the rest of another message */
        start = number((uint32_t)corpus_count);
        end = number((uint32_t)corpus[start].length);
        put_in(message, length, at, *length - at, corpus[start].text + end,
               corpus[start].length - end);
        break;
    case 6:
        memset(filler, (int)('0' + number(70)), sizeof filler);
        put_in(message, length, at, 0, filler, number(sizeof filler));
        break;
    default: *length = at; break;
    }
    if (*length == 0) {
        message[(*length)++] = 'A';
    }
}

/* Another branch now and then, so that not all is a repetition. */
static void renew(char *message, size_t *length) {
    static const char branch[] = "branch=z9hG4bK";
    for (size_t i = 0; i + sizeof branch < *length; i++) {
        if (memcmp(message + i, branch, sizeof branch - 1) == 0) {
            char text[16];
            (void)snprintf(text, sizeof text, "%08x", ++serial);
            put_in(message, length, i + sizeof branch - 1, 0, text, 8);
            return;
        }
    }
}

static size_t make(char *message) {
    const size_t which = number((uint32_t)corpus_count);
    size_t length = corpus[which].length;
    memcpy(message, corpus[which].text, length);
    renew(message, &length);
    for (uint32_t i = number(5); i > 0; i--) {
        mutate(message, &length);
    }
    return length;
}

/* ---- sending ---- */

static struct sockaddr_in server;

static int open_socket(int type, unsigned host, int port) {
    struct sockaddr_in own = server;
    const int made = socket(AF_INET, type, 0);
    own.sin_addr.s_addr = htonl((ntohl(server.sin_addr.s_addr) & 0xffffff00u) | host);
    own.sin_port = htons((uint16_t)port);
    if (made < 0 || bind(made, (struct sockaddr *)&own, sizeof own) != 0) {
        perror("socket");
        exit(2);
    }
    return made;
}

static void drain(int from) {
    char text[ROOM];
    while (recv(from, text, sizeof text, MSG_DONTWAIT) > 0) {
    }
}

static bool node_answers(int from) {
    char text[1000], answer[ROOM], id[40];
    struct pollfd wait = {from, POLLIN, 0};
    const double until = now() + 2;
    (void)snprintf(id, sizeof id, "probe-%u", ++serial);
    (void)snprintf(text, sizeof text,
                   "OPTIONS sip:node SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "probe;rport;branch=z9hG4bK%s\r\nFrom: <sip:probe@x>;tag=1\r\nTo: "
                   "<sip:node@x>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: "
                   "70\r\nContent-Length: 0\r\n\r\n",
                   id, id);
    drain(from);
    while (now() < until) {
        (void)sendto(from, text, strlen(text), 0, (struct sockaddr *)&server, sizeof server);
        if (poll(&wait, 1, 300) > 0) {
            const ssize_t got = recv(from, answer, sizeof answer - 1, MSG_DONTWAIT);
            answer[got > 0 ? got : 0] = '\0';
            if (strncmp(answer, "SIP/2.0 200", 11) == 0 && strstr(answer, id) != NULL) {
                return true;
            }
        }
    }
    return false;
}

/* A few messages over one connection, cut anywhere; it may be left half. */
static void over_tcp(unsigned host) {
    char message[ROOM];
    const int stream = open_socket(SOCK_STREAM, host, 0);
    const struct timeval patience = {0, 200000};
    (void)setsockopt(stream, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(stream, (struct sockaddr *)&server, sizeof server) == 0) {
        for (uint32_t i = number(4); i > 0; i--) {
            const size_t length = make(message), cut = number((uint32_t)length);
            if (send(stream, message, cut, MSG_NOSIGNAL) < 0 ||
                send(stream, message + cut, length - cut, MSG_NOSIGNAL) < 0) {
                break;
            }
        }
    }
    (void)close(stream);
}

int main(int count, char **arguments) {
    static int sources[SOURCES_MAX];
    char message[ROOM];
    unsigned long sent = 0;
    double end;
    if (count < 7) {
        (void)fprintf(stderr, "usage: sip_live ADDRESS PORT SOURCES SECONDS SEED FILE...\n");
        return 2;
    }
    const unsigned source_count = (unsigned)strtoul(arguments[3], NULL, 10) % (SOURCES_MAX + 1);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)strtoul(arguments[2], NULL, 10));
    if (inet_pton(AF_INET, arguments[1], &server.sin_addr) != 1 || source_count == 0) {
        return 2;
    }
    state = strtoull(arguments[5], NULL, 10) + 1;
    for (int i = 6; i < count; i++) {
        load(arguments[i]);
    }
    for (unsigned i = 0; i < source_count; i++) {
        sources[i] = open_socket(SOCK_DGRAM, 100 + i, 5060);
    }
    const int probe = open_socket(SOCK_DGRAM, 99, 5060);
    end = now() + strtod(arguments[4], NULL);
    do {
        for (unsigned i = 0; i < BETWEEN_PROBES; i++) {
            const int from = sources[number(source_count)];
            const size_t length = make(message);
            (void)sendto(from, message, length, MSG_DONTWAIT, (struct sockaddr *)&server,
                         sizeof server);
            drain(from);
            sent++;
        }
        over_tcp(100 + number(source_count));
        if (!node_answers(probe)) {
            printf("no answer after %lu messages (seed %s)\n", sent, arguments[5]);
            return 1;
        }
    } while (now() < end);
    printf("%lu messages\n", sent);
    return 0;
}
