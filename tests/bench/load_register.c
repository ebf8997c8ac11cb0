/* A crowd of SIP phones that register: load_register ADDRESS PORT USERS SECONDS WINDOW [PASSWORD]. Users are u0, u1, ...; with
 * a password each registration is challenged and answered (two requests). Contacts are the same at each run. WINDOW
 * registrations are under way at once. SECONDS 0: until each user has registered once. Prints registrations per second, p50 and
 * p99. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "measure.h"

enum { BATCH = 64, PACKET = 2048, REPEAT_US = 1000000 };

typedef struct phone {
    unsigned user, sequence;
    uint64_t begun_us, sent_us;
    bool answered_challenge;
    char packet[PACKET];
    size_t length;
} phone;

static int descriptor;
static struct sockaddr_in server;
static const char *address, *password;
static int port;
static unsigned long registered, refused, repeated;
static unsigned users;
static latencies times;
static EVP_MD *md5;
static EVP_MD_CTX *digest_context;

static void md5_hex(const char *text, size_t length, char out[33]) {
    unsigned char digest[16];
    (void)EVP_DigestInit_ex(digest_context, md5, NULL);
    (void)EVP_DigestUpdate(digest_context, text, length);
    (void)EVP_DigestFinal_ex(digest_context, digest, NULL);
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

/* Each phone has an address of its own, 127.64.0.0 upwards, so that it is a phone of its own to the server. */
static uint32_t address_of(unsigned user) {
    return (127u << 24 | 64u << 16) + user + 1;
}

static void write_request(phone *one, const char *authorization) {
    char own[INET_ADDRSTRLEN];
    struct in_addr source = {.s_addr = htonl(address_of(one->user))};
    (void)inet_ntop(AF_INET, &source, own, sizeof own);
    int length = snprintf(one->packet, PACKET,
                          "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%u-%u-%d\r\nMax-Forwards: 70\r\n"
                          "From: <sip:u%u@%s>;tag=%u\r\nTo: <sip:u%u@%s>\r\nCall-ID: load-%u@%d\r\nCSeq: %u REGISTER\r\n"
                          "Contact: <sip:u%u@%s:%d>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
                          address, own, port, one->user, one->sequence, authorization[0] != '\0', one->user, address, one->user,
                          one->user, address, one->user, (int)getpid(), one->sequence * 2 + (authorization[0] != '\0'),
                          one->user, own, port, authorization);
    one->length = (size_t)length;
}

static void send_request(phone *one) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct iovec vector = {one->packet, one->length};
    struct msghdr message = {.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &vector, .msg_iovlen = 1};
    struct in_pktinfo source = {.ipi_spec_dst.s_addr = htonl(address_of(one->user))};
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = IPPROTO_IP;
    control.header.cmsg_type = IP_PKTINFO;
    control.header.cmsg_len = CMSG_LEN(sizeof source);
    memcpy(CMSG_DATA(&control.header), &source, sizeof source);
    one->sent_us = measure_now_us();
    (void)sendmsg(descriptor, &message, 0);
}

static void begin(phone *one) {
    one->sequence++;
    one->answered_challenge = false;
    one->begun_us = measure_now_us();
    write_request(one, "");
    send_request(one);
}

static bool quoted(const char *packet, const char *name, char *out, size_t room) {
    const char *at = strstr(packet, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    size_t length = strcspn(at, "\"");
    (void)snprintf(out, room, "%.*s", (int)length, at);
    return true;
}

static void answer_challenge(phone *one, const char *packet) {
    char realm[128], nonce[256], text[700], ha1[33], ha2[33], response[33], header[900];
    if (!quoted(packet, "realm=\"", realm, sizeof realm) || !quoted(packet, "nonce=\"", nonce, sizeof nonce)) {
        refused++;
        begin(one);
        return;
    }
    bool qop = strstr(packet, "qop=") != NULL;
    int length = snprintf(text, sizeof text, "u%u:%s:%s", one->user, realm, password);
    md5_hex(text, (size_t)length, ha1);
    length = snprintf(text, sizeof text, "REGISTER:sip:%s", address);
    md5_hex(text, (size_t)length, ha2);
    length = qop ? snprintf(text, sizeof text, "%s:%s:00000001:abcdef:auth:%s", ha1, nonce, ha2)
                 : snprintf(text, sizeof text, "%s:%s:%s", ha1, nonce, ha2);
    md5_hex(text, (size_t)length, response);
    (void)snprintf(header, sizeof header,
                   "Authorization: Digest username=\"u%u\", realm=\"%s\", nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", "
                   "algorithm=MD5%s\r\n",
                   one->user, realm, nonce, address, response, qop ? ", qop=auth, nc=00000001, cnonce=\"abcdef\"" : "");
    one->answered_challenge = true;
    write_request(one, header);
    send_request(one);
}

static void on_packet(char *packet, phone *phones, size_t window) {
    unsigned user;
    const char *call = strstr(packet, "load-");
    if (call == NULL || sscanf(call, "load-%u@", &user) != 1) {
        return;
    }
    phone *one = &phones[user % window];
    if (one->user != user || strncmp(packet, "SIP/2.0 ", 8) != 0) {
        return;
    }
    int status = atoi(packet + 8);
    if (status == 401 && password != NULL && !one->answered_challenge) {
        answer_challenge(one, packet);
    } else if (status >= 200 && !(status == 401 && password != NULL)) {
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
    address = argv[1];
    users = (unsigned)atoi(argv[3]);
    uint64_t length_us = (uint64_t)(atof(argv[4]) * 1e6);
    size_t window = (size_t)atoi(argv[5]);
    password = argc > 6 ? argv[6] : NULL;
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY), .sin_port = htons(45060)};
    int buffer = 4 << 20;
    descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    struct timeval wait = {.tv_usec = 50000};
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1 || bind(descriptor, (struct sockaddr *)&local, sizeof local) != 0) {
        perror("load_register");
        return 2;
    }
    port = ntohs(local.sin_port);
    md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    digest_context = EVP_MD_CTX_new();
    phone *phones = calloc(window, sizeof *phones);
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
        int count = recvmmsg(descriptor, messages, BATCH, MSG_WAITFORONE, NULL);
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
                    send_request(&phones[i]);
                }
            }
        }
    }
    double seconds = (double)(measure_now_us() - begun) / 1e6;
    double p50 = latencies_percentile(&times, 50), p99 = latencies_percentile(&times, 99);
    printf("registrations_per_s=%.0f p50_ms=%.2f p99_ms=%.2f refused=%lu repeated=%lu\n", (double)registered / seconds, p50,
           p99, refused, repeated);
    free(phones);
    free(packets);
    return registered == 0;
}
