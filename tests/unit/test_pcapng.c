/* Captures in the pcapng format: lengths, addresses and checksums of the headers that are made up.
 * tshark reads them in tests/conformance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/big_endian.h>

#include "sip/pcapng.h"

static uint32_t little(const unsigned char *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static sj_address address(const char *text, int port) {
    sj_address found;
    assert_int_equal(sj_address_parse(text, port, &found), SJ_OK);
    return found;
}

/* The sum over header and what follows is all ones when the checksum is right. */
static uint16_t sum(const unsigned char *at, size_t length, uint64_t more) {
    for (size_t i = 0; i < length; i++) {
        more += (uint64_t)at[i] << (i % 2 == 0 ? 8 : 0);
    }
    while (more > 0xffff) {
        more = (more & 0xffff) + (more >> 16);
    }
    return (uint16_t)more;
}

/* The IP packet in a block, whose two lengths must agree. */
static const unsigned char *packet_in(const unsigned char *block, size_t *length) {
    const uint32_t size = little(block + 4);
    assert_int_equal(little(block), 6);
    assert_int_equal(size % 4, 0);
    assert_int_equal(little(block + size - 4), size);
    *length = little(block + 20);
    assert_int_equal(little(block + 24), *length);
    return block + 28;
}

static void test_udp(void **state) {
    sj_text out = {0};
    size_t length;
    (void)state;
    const struct pcapng_packet packet = {.at_ms = 1700000000123,
                                         .protocol = PCAPNG_UDP,
                                         .from = address("192.0.2.1", 5060),
                                         .to = address("192.0.2.2", 5070),
                                         .data = "abc",
                                         .length = 3,
                                         .comment = "note"};
    assert_true(pcapng_add(&out, &packet));
    const unsigned char *block = (const unsigned char *)out.data;
    const uint64_t us = (uint64_t)little(block + 12) << 32 | little(block + 16);
    assert_true(us == 1700000000123000ULL);
    const unsigned char *ip = packet_in(block, &length);
    assert_int_equal(length, 20 + 8 + 3);
    assert_int_equal(sum(ip, 20, 0), 0xffff);
    assert_int_equal(sj_big_endian_read(ip + 2, 2), length);
    assert_memory_equal(ip + 12, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
    assert_int_equal(sj_big_endian_read(ip + 20, 2), 5060);
    assert_int_equal(sj_big_endian_read(ip + 22, 2), 5070);
    assert_int_equal(sum(ip + 20, 11, sum(ip + 12, 8, 17 + 11)), 0xffff);
    assert_memory_equal(ip + 28, "abc", 3);
    assert_non_null(memmem(out.data, out.length, "\x01\x00\x04\x00note", 8));
    sj_text_clear(&out);
}

static void test_tcp_over_six(void **state) {
    sj_text out = {0};
    size_t length, whole = 0;
    uint32_t next = 77;
    char *data = malloc(150000);
    (void)state;
    memset(data, 'd', 150000);
    const struct pcapng_packet packet = {.protocol = PCAPNG_TCP,
                                         .from = address("2001:db8::1", 5060),
                                         .to = address("2001:db8::2", 40000),
                                         .sequence = 77,
                                         .acknowledged = 5,
                                         .data = data,
                                         .length = 150000,
                                         .comment = ""};
    assert_true(pcapng_add(&out, &packet));
    for (size_t at = 0; at < out.length; at += little((unsigned char *)out.data + at + 4)) {
        const unsigned char *ip = packet_in((unsigned char *)out.data + at, &length);
        const size_t inner = length - 40;
        assert_int_equal(ip[0], 0x60);
        assert_int_equal(sj_big_endian_read(ip + 4, 2), inner);
        assert_int_equal(sj_big_endian_read(ip + 44, 4), next);
        assert_int_equal(sj_big_endian_read(ip + 48, 4), 5);
        assert_int_equal(sum(ip + 40, inner, sum(ip + 8, 32, 6 + inner)), 0xffff);
        next += (uint32_t)(inner - 20);
        whole += inner - 20;
    }
    assert_int_equal(whole, 150000);
    free(data);
    sj_text_clear(&out);
}

static void test_beginning(void **state) {
    sj_text out = {0};
    (void)state;
    pcapng_begin(&out, "what it is", "hq-1");
    const unsigned char *at = (const unsigned char *)out.data;
    assert_int_equal(little(at), 0x0a0d0d0a);
    assert_int_equal(little(at + 8), 0x1a2b3c4d);
    assert_non_null(memmem(out.data, out.length, "what it is", 10));
    at += little(at + 4);
    assert_int_equal(little(at), 1);
    assert_int_equal(little(at + 8), 101);
    assert_int_equal((size_t)(at - (const unsigned char *)out.data) + little(at + 4), out.length);
    sj_text_clear(&out);
    const struct pcapng_packet mixed = {
        .from = address("192.0.2.1", 1), .to = address("::1", 2), .data = "", .comment = ""};
    assert_false(pcapng_add(&out, &mixed));
    assert_int_equal(out.length, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_udp),
                                       cmocka_unit_test(test_tcp_over_six),
                                       cmocka_unit_test(test_beginning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
