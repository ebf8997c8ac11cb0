/* Maximum Simultaneous Calls of a SIP trunk, as many as a mail system behind it has ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/sip_trunk.h"
#include "resources/route_group.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

#define CONTACT "sip:1001@192.0.2.1:5060"
#define FULL "Gateway has as many calls as it may"

static const char *const spare = "192.0.2.95";

/* The gateway takes so many calls. */
static void limit(sj_testkit *kit, int calls) {
    char json[400];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\","
                   "\"sip_trunk_security_profile\":\"UDP\",\"maximum_calls\":%d,"
                   "\"destinations\":[{\"address\":\"192.0.2.90\"}]}",
                   calls);
    put(kit, &sj_sip_trunk_meta, json);
}

static void alice_dials(sj_testkit *kit, const char *number) {
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, number, "1001", "");
}

static void on_status(void *user, int status, const sj_error *error,
                      const sj_sip_trunk_status_reply *reply) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(sj_sip_trunk_status_reply_trunk *)user = reply->trunks[0];
}

static void expect_calls(sj_testkit *kit, int64_t calls) {
    const sj_sip_trunk_status request = {.name = "Gateway"};
    sj_sip_trunk_status_reply_trunk row;
    sj_error error;
    assert_int_equal(
        sj_ask_sip_trunk_status(sj_testkit_scope(kit), &request, 0, on_status, &row, &error),
        SJ_OK);
    sj_testkit_run(kit);
    assert_int_equal(row.calls, calls);
    assert_int_equal(row.maximum_calls, 1);
}

/* One more is busy, and says why; when the first has ended there is room again. */
static void test_busy(void **state) {
    sj_testkit *kit = *state;
    limit(kit, 1);
    both_register(kit);
    alice_dials(kit, "9555");
    char first[4000];
    (void)snprintf(first, sizeof first, "%s", expect(kit, gateway, "INVITE sip:555@"));
    expect_calls(kit, 1);
    answer(kit, gateway, first, 200, "answer-sdp");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    char dialog[DIALOG];
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    alice_dials(kit, "9556");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 486"), FULL));
    assert_null(sent_to(kit, gateway, "INVITE"));
    expect_calls(kit, 1);
    within(kit, alice, "BYE", 2, dialog);
    expect_calls(kit, 0);
    alice_dials(kit, "9557");
    answer(kit, gateway, expect(kit, gateway, "INVITE sip:557@"), 480, "");
    expect_calls(kit, 0);
    alice_dials(kit, "9558");
    (void)expect(kit, gateway, "INVITE sip:558@");
    gives_up(kit, alice, "9558");
    answer(kit, gateway, expect(kit, gateway, "INVITE sip:558@"), 487, "");
    expect_calls(kit, 0);
}

/* The next device of the route list takes it. */
static void test_overflow(void **state) {
    sj_testkit *kit = *state;
    limit(kit, 1);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Spare\",\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{"
        "\"address\":\"192.0.2.95\"}]}");
    put(kit, &sj_route_group_meta, "{\"name\":\"Mail\",\"members\":[\"Gateway\",\"Spare\"]}");
    put(kit, &sj_route_list_meta, "{\"name\":\"Mail\",\"members\":[{\"route_group\":\"Mail\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"4900\",\"partition\":\"PSTN\",\"route_list\":\"Mail\"}");
    both_register(kit);
    alice_dials(kit, "9555");
    (void)expect(kit, gateway, "INVITE");
    alice_dials(kit, "4900");
    (void)expect(kit, spare, "INVITE sip:4900@192.0.2.95:5060");
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_null(sent_to(kit, alice, "SIP/2.0 486"));
}

/* A call that comes in takes a port, and is not refused. */
static void test_incoming(void **state) {
    sj_testkit *kit = *state;
    limit(kit, 1);
    both_register(kit);
    invite(kit, gateway, "sip:mail@192.0.2.90:5060", "1002", "mail", "");
    (void)expect(kit, bob, "INVITE");
    expect_calls(kit, 1);
    alice_dials(kit, "9555");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 486"), FULL));
    invite(kit, gateway, "sip:mail@192.0.2.90:5060", "1001", "mail", "");
    (void)expect(kit, alice, "INVITE");
    expect_calls(kit, 2);
}

/* Whoever calls for help is not counted out. */
static void test_emergency(void **state) {
    sj_testkit *kit = *state;
    limit(kit, 1);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"999\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    both_register(kit);
    alice_dials(kit, "9555");
    (void)expect(kit, gateway, "INVITE");
    alice_dials(kit, "999");
    (void)expect(kit, gateway, "INVITE sip:999@");
}

/* A call that is offered again with a longer session timer is still one. */
static void test_offered_again(void **state) {
    sj_testkit *kit = *state;
    limit(kit, 1);
    both_register(kit);
    alice_dials(kit, "9555");
    char first[4000];
    (void)snprintf(first, sizeof first, "%s", expect(kit, gateway, "INVITE"));
    sj_testkit_forget(kit);
    answer_with(kit, gateway, first, 422, "Min-SE: 3600\r\n", "");
    assert_string_equal(header(expect(kit, gateway, "INVITE"), "Min-SE"), "3600");
    expect_calls(kit, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_busy),      TEST(test_overflow),      TEST(test_incoming),
        TEST(test_emergency), TEST(test_offered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
