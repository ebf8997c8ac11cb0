/* The binary interface of ABI 1: where each member stands, so that none is ever moved, and that the
 * host's table has them all. A new member goes to the end of its struct and gets a line here; no
 * line is ever changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/plugin.h>

#include "host/node/host_table.h"

/* The frozen head, which hosts of any version read. */
_Static_assert(offsetof(sj_plugin, magic) == 0 && offsetof(sj_plugin, size) == 4, "frozen head");
_Static_assert(offsetof(sj_plugin, abi_major) == 8 && offsetof(sj_plugin, abi_minor) == 10,
               "frozen head");

#if defined(__LP64__)
_Static_assert(offsetof(sj_plugin, name) == 16 && offsetof(sj_plugin, title) == 24 &&
                   offsetof(sj_plugin, version) == 32,
               "plugin");
_Static_assert(offsetof(sj_plugin, summary) == 40 && offsetof(sj_plugin, needs) == 48 &&
                   offsetof(sj_plugin, provides) == 56,
               "plugin");
_Static_assert(offsetof(sj_plugin, flags) == 64 && offsetof(sj_plugin, state_size) == 72 &&
                   offsetof(sj_plugin, schema) == 80,
               "plugin");
_Static_assert(offsetof(sj_plugin, init) == 88 && offsetof(sj_plugin, start) == 96 &&
                   offsetof(sj_plugin, stop) == 104,
               "plugin");
_Static_assert(offsetof(sj_plugin, fini) == 112 && sizeof(sj_plugin) == 120, "plugin");

_Static_assert(offsetof(struct sj_node, size) == 0 && offsetof(struct sj_node, cluster_id) == 8,
               "node");
_Static_assert(offsetof(struct sj_node, address) == 40 && offsetof(struct sj_node, sip_port) == 48,
               "node");
_Static_assert(offsetof(struct sj_node, https_port) == 68 &&
                   offsetof(struct sj_node, state_directory) == 72,
               "node");
_Static_assert(offsetof(struct sj_node, further_addresses) == 88 &&
                   offsetof(struct sj_node, further_addresses_count) == 96,
               "node");

_Static_assert(offsetof(sj_host, size) == 0 && offsetof(sj_host, abi_major) == 8 &&
                   offsetof(sj_host, node) == 16,
               "table");
#define AT(member, number)                                                                         \
    _Static_assert(offsetof(sj_host, member) == 24 + 8 * (number), "table: " #member " has "       \
                                                                   "moved");
/* clang-format off */
    AT(scope_open, 0)
    AT(scope_close, 1)
    AT(scope_alloc, 2)
    AT(scope_strdup, 3)
    AT(scope_hold, 4)
    AT(handle_close, 5)
    AT(log, 6)
    AT(log_enabled, 7)
    AT(trace_step, 8)
    AT(event_topic, 9)
    AT(event_publish, 10)
    AT(event_subscribe, 11)
    AT(request_ask, 12)
    AT(request_answer, 13)
    AT(question_reply, 14)
    AT(question_fail, 15)
    AT(clock_monotonic_ms, 16)
    AT(clock_wall_ms, 17)
    AT(timer_start, 18)
    AT(timer_again, 19)
    AT(job_run, 20)
    AT(udp_open, 21)
    AT(udp_send, 22)
    AT(udp_local, 23)
    AT(udp_close, 24)
    AT(stream_listen, 25)
    AT(stream_connect, 26)
    AT(stream_set, 27)
    AT(stream_write, 28)
    AT(stream_pending, 29)
    AT(stream_peer, 30)
    AT(stream_close, 31)
    AT(http_route, 32)
    AT(http_listen, 33)
    AT(http_param, 34)
    AT(http_header, 35)
    AT(http_reply, 36)
    AT(http_fetch, 37)
    AT(store_get, 38)
    AT(store_list, 39)
    AT(store_count, 40)
    AT(store_put, 41)
    AT(store_delete, 42)
    AT(store_begin, 43)
    AT(store_commit, 44)
    AT(store_rollback, 45)
    AT(record_free, 46)
    AT(list_free, 47)
    AT(record_to_json, 48)
    AT(record_from_json, 49)
    AT(text_free, 50)
    AT(param_integer, 51)
    AT(param_text, 52)
    AT(policy_decide, 53)
    AT(metric, 54)
    AT(metric_add, 55)
    AT(metric_set, 56)
    AT(secret_hash, 57)
    AT(secret_verify, 58)
    AT(random_bytes, 59)
    AT(identity_pem, 60)
    AT(identities_prepare, 61)
    AT(trace_steps, 62)
    AT(dns_ask, 63)
    AT(log_limited, 64)
    AT(secret_verify_for, 65)
    AT(stream_connect_tls, 66)
    AT(stream_tls_peer, 67)
    AT(stream_tls_verify, 68)
    AT(store_on_removal, 69)
    AT(trace_records, 70)
    AT(stream_tls_channel, 71)
    AT(http_tls_channel, 72)
    AT(time_zone_offset, 73)
    AT(udp_on_undelivered, 74)
/* clang-format on */
#undef AT

_Static_assert(sizeof(sj_error) == 4 + 128 + 640 && offsetof(sj_error, field) == 4 &&
                   offsetof(sj_error, text) == 132,
               "error");
_Static_assert(sizeof(sj_datagram) == 48 && offsetof(sj_datagram, data) == 32, "datagram");
_Static_assert(sizeof(sj_stream_events) == 24, "stream events");
_Static_assert(offsetof(sj_field, offset) == 56 && offsetof(sj_field, record) == 128, "field");
_Static_assert(offsetof(struct sj_record_meta, fields) == 56 && sizeof(struct sj_record_meta) == 80,
               "record");
_Static_assert(offsetof(sj_request_meta, request) == 16 && offsetof(sj_request_meta, flags) == 56 &&
                   sizeof(sj_request_meta) == 64,
               "request");
_Static_assert(offsetof(sj_schema, resources) == 16 && sizeof(sj_schema) == 64, "schema");
#endif

/* A function that was written but never entered would be found by its first user only. */
static void the_table_has_every_member(void **state) {
    sj_host table;
    const unsigned char *bytes = (const unsigned char *)&table;
    (void)state;
    memset(&table, 0, sizeof table);
    sj_table_fill(&table);
    for (size_t at = offsetof(sj_host, scope_open); at < sizeof table; at += sizeof(void *)) {
        void *member;
        memcpy(&member, bytes + at, sizeof member);
        if (member == NULL) {
            fail_msg("member %zu of sj_host, counted from scope_open, is not filled in",
                     (at - offsetof(sj_host, scope_open)) / sizeof(void *));
        }
    }
}

static void a_cut_table_is_seen_by_sj_has(void **state) {
    sj_host table;
    (void)state;
    memset(&table, 0, sizeof table);
    sj_table_fill(&table);
    table.size = sizeof table;
    assert_true(SJ_HAS(&table, identity_pem));
    table.size = offsetof(sj_host, identity_pem);
    assert_false(SJ_HAS(&table, identity_pem));
    assert_true(SJ_HAS(&table, random_bytes));
    table.random_bytes = NULL;
    assert_false(SJ_HAS(&table, random_bytes));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_table_has_every_member),
                                       cmocka_unit_test(a_cut_table_is_seen_by_sj_has)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
