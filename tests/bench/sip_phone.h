/* A phone that registers over UDP, as the load programs play it: its requests, the answer to a
 * challenge, and the address of its own from which it sends. */
#ifndef SJ_BENCH_SIP_PHONE_H
#define SJ_BENCH_SIP_PHONE_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "measure.h"

enum { PACKET = 2048 };

struct phone {
    unsigned user, sequence;
    uint64_t begun_us, sent_us;
    bool answered_challenge;
    char packet[PACKET];
    size_t length;
};

/* What all phones of a run have in common. */
struct sip_site {
    int descriptor; /* the UDP socket */
    struct sockaddr_in server;
    const char *address;  /* the server's */
    int port;             /* the phones' */
    const char *password; /* NULL: no digest */
    bool cisco; /* names of devices are SEP and the number; the user part is a number from 100000 */
    EVP_MD *md5;
    EVP_MD_CTX *digest;
};

static inline bool site_open(struct sip_site *site) {
    const struct sockaddr_in local = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY), .sin_port = htons(45060)};
    const int buffer = 4 << 20;
    site->descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(site->descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    site->port = 45060;
    site->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    site->digest = EVP_MD_CTX_new();
    return inet_pton(AF_INET, site->address, &site->server.sin_addr) == 1 &&
           bind(site->descriptor, (const struct sockaddr *)&local, sizeof local) == 0;
}

static inline void md5_hex(const struct sip_site *site, const char *text, size_t length,
                           char out[33]) {
    unsigned char digest[16];
    (void)EVP_DigestInit_ex(site->digest, site->md5, NULL);
    (void)EVP_DigestUpdate(site->digest, text, length);
    (void)EVP_DigestFinal_ex(site->digest, digest, NULL);
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

/* Each phone has an address of its own, 127.64.0.0 upwards, so that it is a phone of its own to the
 * server. */
static inline uint32_t address_of(unsigned user) {
    return (127u << 24 | 64u << 16) + user + 1;
}

static inline void write_request(const struct sip_site *site, struct phone *one,
                                 const char *authorization) {
    char own[INET_ADDRSTRLEN], name[16], device[80] = "";
    const struct in_addr source = {.s_addr = htonl(address_of(one->user))};
    (void)inet_ntop(AF_INET, &source, own, sizeof own);
    (void)snprintf(name, sizeof name, site->cisco ? "%u" : "u%u",
                   site->cisco ? 100000 + one->user : one->user);
    if (site->cisco) {
        (void)snprintf(device, sizeof device, ";+u.sip!devicename.ccm.cisco.com=\"SEP%012X\"",
                       one->user);
    }
    const int length =
        snprintf(one->packet, PACKET,
                 "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP "
                 "%s:%d;branch=z9hG4bK-%u-%u-%d\r\nMax-Forwards: 70\r\n"
                 "From: <sip:%s@%s>;tag=%u\r\nTo: <sip:%s@%s>\r\nCall-ID: load-%u@%d\r\nCSeq: %u "
                 "REGISTER\r\n"
                 "Contact: <sip:%s@%s:%d>%s\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
                 site->address, own, site->port, one->user, one->sequence, authorization[0] != '\0',
                 name, site->address, one->user, name, site->address, one->user, (int)getpid(),
                 one->sequence * 2 + (authorization[0] != '\0'), name, own, site->port, device,
                 authorization);
    one->length = (size_t)length;
}

static inline void send_request(const struct sip_site *site, struct phone *one) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct iovec vector = {one->packet, one->length};
    struct sockaddr_in server = site->server;
    struct msghdr message = {
        .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &vector, .msg_iovlen = 1};
    struct in_pktinfo source = {.ipi_spec_dst.s_addr = htonl(address_of(one->user))};
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = IPPROTO_IP;
    control.header.cmsg_type = IP_PKTINFO;
    control.header.cmsg_len = CMSG_LEN(sizeof source);
    memcpy(CMSG_DATA(&control.header), &source, sizeof source);
    one->sent_us = measure_now_us();
    (void)sendmsg(site->descriptor, &message, 0);
}

static inline bool quoted(const char *packet, const char *name, char *out, size_t room) {
    const char *at = strstr(packet, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    size_t length = strcspn(at, "\"");
    (void)snprintf(out, room, "%.*s", (int)length, at);
    return true;
}

/* False when the challenge cannot be read. */
static inline bool answer_challenge(const struct sip_site *site, struct phone *one,
                                    const char *packet) {
    char realm[128], nonce[256], text[700], ha1[33], ha2[33], response[33], header[900];
    if (!quoted(packet, "realm=\"", realm, sizeof realm) ||
        !quoted(packet, "nonce=\"", nonce, sizeof nonce)) {
        return false;
    }
    bool qop = strstr(packet, "qop=") != NULL;
    int length = snprintf(text, sizeof text, "u%u:%s:%s", one->user, realm, site->password);
    md5_hex(site, text, (size_t)length, ha1);
    length = snprintf(text, sizeof text, "REGISTER:sip:%s", site->address);
    md5_hex(site, text, (size_t)length, ha2);
    length = qop ? snprintf(text, sizeof text, "%s:%s:00000001:abcdef:auth:%s", ha1, nonce, ha2)
                 : snprintf(text, sizeof text, "%s:%s:%s", ha1, nonce, ha2);
    md5_hex(site, text, (size_t)length, response);
    (void)snprintf(header, sizeof header,
                   "Authorization: Digest username=\"u%u\", realm=\"%s\", nonce=\"%s\", "
                   "uri=\"sip:%s\", response=\"%s\", "
                   "algorithm=MD5%s\r\n",
                   one->user, realm, nonce, site->address, response,
                   qop ? ", qop=auth, nc=00000001, cnonce=\"abcdef\"" : "");
    one->answered_challenge = true;
    write_request(site, one, header);
    send_request(site, one);
    return true;
}

#endif
