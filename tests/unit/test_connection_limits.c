/* Shares of connections: of one source, of all, of bytes; given back when they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sojourn/net.h>

#include "sip/connection_limits.h"

static sj_address at(unsigned host) {
    sj_address address;
    char text[32];
    (void)snprintf(text, sizeof text, "10.%u.%u.%u", host >> 16 & 255, host >> 8 & 255, host & 255);
    assert_int_equal(sj_address_parse(text, 5060, &address), SJ_OK);
    return address;
}

static void test_one_source(void **state) {
    static struct connection_source *held[CONNECTIONS_UNPROVED_OF_SOURCE];
    struct connection_limits limits = {.bytes = 0};
    const sj_address here = at(1), there = at(2);
    struct connection_source *other;
    (void)state;
    for (size_t i = 0; i < CONNECTIONS_UNPROVED_OF_SOURCE; i++) {
        held[i] = connection_limits_add(&limits, &here);
        assert_non_null(held[i]);
    }
    assert_null(connection_limits_add(&limits, &here));
    other = connection_limits_add(&limits, &there);
    assert_non_null(other);
    connection_limits_prove(&limits, held[0]); /* one that belongs here makes room for another */
    assert_ptr_equal(connection_limits_add(&limits, &here), held[0]);
    assert_null(connection_limits_add(&limits, &here));
    connection_limits_remove(&limits, held[0], true);
    for (size_t i = 0; i < CONNECTIONS_UNPROVED_OF_SOURCE; i++) {
        connection_limits_remove(&limits, held[i], false);
    }
    connection_limits_remove(&limits, other, false);
    assert_int_equal(limits.sources.count, 0);
    assert_int_equal(limits.unproved, 0);
    connection_limits_free(&limits);
}

static void test_all_together(void **state) {
    struct connection_limits limits = {.bytes = 0};
    size_t taken = 0;
    (void)state;
    for (unsigned host = 0; host < 10000; host++) {
        const sj_address address = at(host);
        taken += connection_limits_add(&limits, &address) != NULL ? 1 : 0;
    }
    assert_int_equal(taken, CONNECTIONS_UNPROVED);
    connection_limits_free(&limits);
}

static void test_bytes(void **state) {
    struct connection_limits limits = {.bytes = 0};
    const sj_address here = at(1);
    struct connection_source *source = connection_limits_add(&limits, &here);
    (void)state;
    assert_true(connection_limits_keep(&limits, source, CONNECTION_BYTES_OF_SOURCE));
    assert_false(connection_limits_keep(&limits, source, 1));
    for (unsigned host = 2; host <= CONNECTION_BYTES / CONNECTION_BYTES_OF_SOURCE; host++) {
        const sj_address address = at(host);
        assert_true(connection_limits_keep(&limits, connection_limits_add(&limits, &address),
                                           CONNECTION_BYTES_OF_SOURCE));
    }
    const sj_address late = at(9999);
    struct connection_source *latest = connection_limits_add(&limits, &late);
    assert_false(connection_limits_keep(&limits, latest, 1));
    connection_limits_let_go(&limits, source, CONNECTION_BYTES_OF_SOURCE);
    assert_true(connection_limits_keep(&limits, latest, 1));
    connection_limits_free(&limits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_source),
        cmocka_unit_test(test_all_together),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
