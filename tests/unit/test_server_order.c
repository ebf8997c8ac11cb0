/* Which NAPTR and SRV records serve a transport, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sip/server_order.h"

static sj_dns_record srv(const char *name, uint16_t priority, uint16_t weight) {
    const sj_dns_record record = {
        .name = name, .service = "", .flags = "", .priority = priority, .weight = weight};
    return record;
}

static uint32_t seed;

static uint32_t next_number(void *user) {
    (void)user;
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void naptr_leads_to_the_transport_that_is_configured(void **state) {
    const sj_dns_record records[] = {
        {.name = "a", .service = "SIP+D2T", .flags = "s", .priority = 1, .weight = 1},
        {.name = "b", .service = "SIP+D2U", .flags = "s", .priority = 5, .weight = 9},
        {.name = "c", .service = "SIP+D2U", .flags = "S", .priority = 5, .weight = 2},
        {.name = "d",
         .service = "SIP+D2U",
         .flags = "u",
         .priority = 1,
         .weight = 1}, /* an URI: not for us */
        {.name = "", .service = "SIPS+D2T", .flags = "s", .priority = 1, .weight = 1},
    };
    (void)state;
    assert_string_equal(server_order_naptr(records, 5, SJ_SIP_TRANSPORT_UDP)->name, "c");
    assert_string_equal(server_order_naptr(records, 5, SJ_SIP_TRANSPORT_TCP)->name, "a");
    assert_null(server_order_naptr(
        records, 5, SJ_SIP_TRANSPORT_TLS)); /* no fall back to what is in the clear */
    assert_string_equal(server_order_prefix(SJ_SIP_TRANSPORT_UDP), "_sip._udp.");
    assert_string_equal(server_order_prefix(SJ_SIP_TRANSPORT_TCP), "_sip._tcp.");
    assert_string_equal(server_order_prefix(SJ_SIP_TRANSPORT_TLS), "_sips._tcp.");
}

static void lower_priorities_come_first(void **state) {
    sj_dns_record records[] = {srv("c", 30, 100), srv("a", 10, 0), srv("b", 20, 0)};
    (void)state;
    assert_int_equal(server_order_srv(records, 3, next_number, NULL), 3);
    assert_string_equal(records[0].name, "a");
    assert_string_equal(records[1].name, "b");
    assert_string_equal(records[2].name, "c");
}

static void a_dot_says_that_there_is_none(void **state) {
    sj_dns_record dot = srv(".", 0, 0), empty = srv("", 0, 0);
    (void)state;
    assert_int_equal(server_order_srv(&dot, 1, next_number, NULL), 0);
    assert_int_equal(server_order_srv(&empty, 1, next_number, NULL), 0);
    assert_int_equal(server_order_srv(&dot, 0, next_number, NULL), 0);
}

/* RFC 2782: within a priority each comes first as often as its weight says. */
static void weights_share_the_load(void **state) {
    unsigned first[3] = {0, 0, 0};
    (void)state;
    for (int i = 0; i < 10000; i++) {
        sj_dns_record records[] = {srv("0", 1, 60), srv("1", 1, 30), srv("2", 1, 10)};
        (void)server_order_srv(records, 3, next_number, NULL);
        first[records[0].name[0] - '0']++;
        assert_true(strcmp(records[0].name, records[1].name) != 0 &&
                    strcmp(records[1].name, records[2].name) != 0 &&
                    strcmp(records[0].name, records[2].name) != 0);
    }
    assert_in_range(first[0], 5500, 6500);
    assert_in_range(first[1], 2500, 3500);
    assert_in_range(first[2], 600, 1400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naptr_leads_to_the_transport_that_is_configured),
        cmocka_unit_test(lower_priorities_come_first),
        cmocka_unit_test(a_dot_says_that_there_is_none),
        cmocka_unit_test(weights_share_the_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
