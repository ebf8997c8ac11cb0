/* pcapng blocks (draft-ietf-opsawg-pcapng), in the order of this writer's bytes: little-endian.
 * Headers of IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293) with right lengths
 * and checksums. */
#include "sip/pcapng.h"

#include <sojourn/base/big_endian.h>

#include <string.h>

enum {
    SECTION_HEADER = 0x0a0d0d0a,
    INTERFACE_DESCRIPTION = 1,
    ENHANCED_PACKET = 6,
    LINK_RAW_IP = 101,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_NAME = 2,
    IPV4_HEAD = 20,
    IPV6_HEAD = 40,
    UDP_HEAD = 8,
    TCP_HEAD = 20,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PAYLOAD_MOST = 65535 - IPV4_HEAD - TCP_HEAD,
    TCP_ACK_PUSH = 0x18,
};

static void put_little(sj_text *out, size_t bytes, uint64_t value) {
    for (size_t i = 0; i < bytes; i++) {
        sj_text_char(out, (char)(value >> (8 * i) & 0xff));
    }
}

static void put_padded(sj_text *out, const void *data, size_t length) {
    sj_text_add(out, data, length);
    put_little(out, (4 - length % 4) % 4, 0);
}

static void put_option(sj_text *out, unsigned code, const char *text) {
    const size_t length = strlen(text) < UINT16_MAX ? strlen(text) : UINT16_MAX;
    if (length > 0) {
        put_little(out, 2, code);
        put_little(out, 2, length);
        put_padded(out, text, length);
    }
}

/* A block with its length at both ends. */
static void put_block(sj_text *out, uint32_t type, const sj_text *body) {
    const size_t length = body->length + 12;
    put_little(out, 4, type);
    put_little(out, 4, length);
    sj_text_add(out, body->data, body->length);
    put_little(out, 4, length);
    out->failed = out->failed || body->failed;
}

void pcapng_begin(sj_text *out, const char *comment, const char *interface) {
    sj_text body = {0};
    put_little(&body, 4, 0x1a2b3c4d); /* which says the order of bytes */
    put_little(&body, 2, 1);          /* version 1.0 */
    put_little(&body, 2, 0);
    put_little(&body, 8, UINT64_MAX); /* of a length that is not known */
    put_option(&body, OPTION_COMMENT, comment);
    put_little(&body, 4, OPTION_END);
    put_block(out, SECTION_HEADER, &body);
    sj_text_clear(&body);
    put_little(&body, 2, LINK_RAW_IP);
    put_little(&body, 2, 0);
    put_little(&body, 4, 0); /* packets are as long as they are */
    put_option(&body, OPTION_NAME, interface);
    put_little(&body, 4, OPTION_END);
    put_block(out, INTERFACE_DESCRIPTION, &body);
    sj_text_clear(&body);
}

/* ---- packets ---- */

/* The sum of 16-bit words (RFC 1071), not yet folded. */
static uint64_t sum_of(const unsigned char *at, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2) {
        sum += sj_big_endian_read(at + i, 2);
    }
    return length % 2 == 0 ? sum : sum + ((uint64_t)at[length - 1] << 8);
}

static uint16_t checksum(uint64_t sum) {
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static const unsigned char *bytes_of(const sj_address *address, size_t *length) {
    const bool six = address->any.sa_family == AF_INET6;
    *length = six ? 16 : 4;
    return six ? address->v6.sin6_addr.s6_addr : (const unsigned char *)&address->v4.sin_addr;
}

static uint16_t port_of(const sj_address *address) {
    return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

/* The IP header of a payload; returns its length. */
static size_t write_ip(unsigned char *head, const struct pcapng_packet *packet, unsigned protocol,
                       size_t payload) {
    size_t size;
    const unsigned char *from = bytes_of(&packet->from, &size), *to = bytes_of(&packet->to, &size);
    if (size == 16) {
        memset(head, 0, IPV6_HEAD);
        head[0] = 0x60;
        sj_big_endian_write(head + 4, 2, payload);
        head[6] = (unsigned char)protocol;
        head[7] = 64;
        memcpy(head + 8, from, 16);
        memcpy(head + 24, to, 16);
        return IPV6_HEAD;
    }
    memset(head, 0, IPV4_HEAD);
    head[0] = 0x45;
    sj_big_endian_write(head + 2, 2, IPV4_HEAD + payload);
    head[6] = 0x40; /* not to be fragmented */
    head[8] = 64;
    head[9] = (unsigned char)protocol;
    memcpy(head + 12, from, 4);
    memcpy(head + 16, to, 4);
    sj_big_endian_write(head + 10, 2, checksum(sum_of(head, IPV4_HEAD)));
    return IPV4_HEAD;
}

/* The header of UDP or TCP, with its checksum; returns its length. */
static size_t write_transport(unsigned char *head, const struct pcapng_packet *packet,
                              const unsigned char *data, size_t length, uint32_t sequence) {
    const bool tcp = packet->protocol == PCAPNG_TCP;
    const size_t size = tcp ? TCP_HEAD : UDP_HEAD, at = tcp ? 16 : 6;
    size_t address;
    memset(head, 0, size);
    sj_big_endian_write(head, 2, port_of(&packet->from));
    sj_big_endian_write(head + 2, 2, port_of(&packet->to));
    if (tcp) {
        sj_big_endian_write(head + 4, 4, sequence);
        sj_big_endian_write(head + 8, 4, packet->acknowledged);
        head[12] = TCP_HEAD / 4 << 4;
        head[13] = TCP_ACK_PUSH;
        sj_big_endian_write(head + 14, 2, 0xffff);
    } else {
        sj_big_endian_write(head + 4, 2, size + length);
    }
    const unsigned char *from = bytes_of(&packet->from, &address);
    const unsigned char *to = bytes_of(&packet->to, &address);
    const uint64_t sum = sum_of(from, address) + sum_of(to, address) +
                         (tcp ? PROTOCOL_TCP : PROTOCOL_UDP) + size + length + sum_of(head, size) +
                         sum_of(data, length);
    const uint16_t found = checksum(sum);
    sj_big_endian_write(head + at, 2, found == 0 && !tcp ? 0xffff : found);
    return size;
}

static void put_packet(sj_text *out, const struct pcapng_packet *packet, const unsigned char *data,
                       size_t length, uint32_t sequence) {
    unsigned char transport[TCP_HEAD], ip[IPV6_HEAD];
    const bool tcp = packet->protocol == PCAPNG_TCP;
    const size_t inner = write_transport(transport, packet, data, length, sequence);
    const size_t outer = write_ip(ip, packet, tcp ? PROTOCOL_TCP : PROTOCOL_UDP, inner + length);
    const uint64_t at_us = (uint64_t)packet->at_ms * 1000;
    const size_t whole = outer + inner + length;
    sj_text body = {0};
    put_little(&body, 4, 0); /* the interface */
    put_little(&body, 4, at_us >> 32);
    put_little(&body, 4, at_us & UINT32_MAX);
    put_little(&body, 4, whole);
    put_little(&body, 4, whole);
    sj_text_add(&body, ip, outer);
    sj_text_add(&body, transport, inner);
    sj_text_add(&body, data, length);
    put_little(&body, (4 - whole % 4) % 4, 0);
    if (packet->comment[0] != '\0') {
        put_option(&body, OPTION_COMMENT, packet->comment);
        put_little(&body, 4, OPTION_END);
    }
    put_block(out, ENHANCED_PACKET, &body);
    sj_text_clear(&body);
}

bool pcapng_add(sj_text *out, const struct pcapng_packet *packet) {
    const unsigned char *data = packet->data;
    size_t done = 0;
    if (packet->from.any.sa_family != packet->to.any.sa_family ||
        (packet->from.any.sa_family != AF_INET && packet->from.any.sa_family != AF_INET6)) {
        return false;
    }
    do {
        const size_t left = packet->length - done;
        const size_t length = left < PAYLOAD_MOST ? left : (size_t)PAYLOAD_MOST;
        put_packet(out, packet, data + done, length, packet->sequence + (uint32_t)done);
        done += length;
    } while (packet->protocol == PCAPNG_TCP && done < packet->length);
    return true;
}
