/* Forced authorization codes and client matter codes behind the number: what a route pattern asks
 * for, what is refused and how, what gets out, and that codes get nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/route_pattern.h"

/* 90! needs an authorization code of level 5, 91XXX a client matter code, 92! both, 93! neither. */
static void code_world(sj_testkit *kit) {
    static const struct {
        const char *pattern;
        bool authorization, matter;
    } patterns[] = {{"9.0!", true, false},
                    {"9.1XXX", false, true},
                    {"9.2!", true, true},
                    {"9.3!", false, false},
                    {"9.4!#", false, false}};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        char json[400];
        (void)snprintf(json, sizeof json,
                       "{\"pattern\":\"%s\",\"require_forced_authorization_code\":%s,"
                       "\"authorization_level\":5,\"require_client_matter_code\":%s,"
                       "\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
                       "\"discard_digits\":\"pre_dot\"}",
                       patterns[i].pattern, patterns[i].authorization ? "true" : "false",
                       patterns[i].matter ? "true" : "false");
        put(kit, &sj_route_pattern_meta, json);
    }
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Guests\",\"code\":\"1000\",\"level\":4}");
    put(kit, &sj_client_matter_code_meta, "{\"code\":\"77\",\"description\":\"Client A\"}");
    both_register(kit);
}

static void alice_dials(sj_testkit *kit, const char *number) {
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", number, "1001", "");
}

static void is_refused(sj_testkit *kit, const char *dialled, int status, const char *why) {
    char head[40];
    alice_dials(kit, dialled);
    (void)snprintf(head, sizeof head, "SIP/2.0 %d", status);
    assert_non_null(strstr(expect(kit, alice, head), why));
    assert_null(sent_to(kit, gateway, "INVITE"));
}

static void goes_out(sj_testkit *kit, const char *dialled, const char *number) {
    char head[80];
    alice_dials(kit, dialled);
    (void)snprintf(head, sizeof head, "INVITE sip:%s@", number);
    answer(kit, gateway, expect(kit, gateway, head), 200, "answer-sdp");
    (void)expect(kit, alice, "SIP/2.0 200");
}

static void refused(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    is_refused(kit, "901234", 484, "expected # with a forced authorization code");
    is_refused(kit, "901234%234712", 403, "there is no such forced authorization code");
    is_refused(kit, "901234%231000", 403, "the level of the forced authorization code is too low");
    is_refused(kit, "901234%234711%2377", 403, "expected # with a forced authorization code");
    is_refused(kit, "91234%2377%2377", 403, "expected # with a client matter code");
    is_refused(kit, "91234", 484, "expected # with a client matter code");
    is_refused(kit, "91234%2378", 403, "there is no such client matter code");
    is_refused(kit, "921234%234711", 484, "with a client matter code behind the number");
    is_refused(kit, "921234%2377%234711", 403, "there is no such forced authorization code");
    is_refused(kit, "931234%234711", 404, ""); /* nobody has asked for it */
    is_refused(kit, "1002%234711", 404, "");
}

/* The code is in no INVITE, event, record or trace: the name of it is. */
static void good(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    goes_out(kit, "901234%234711", "01234");
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"authorization_code_name\":\"Managers\""));
    assert_non_null(strstr(event, "\"authorization_level\":7"));
    assert_non_null(strstr(event, "\"client_matter_code\":\"\""));
    assert_non_null(strstr(event, "\"original_called_number\":\"901234\""));
    event = sj_testkit_find(kit, "event", "call.started");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"dialled_number\":\"901234\""));
    assert_null(sj_testkit_find(kit, "event", "4711"));
    assert_null(sj_testkit_find(kit, "log", "4711"));
    assert_null(strstr(expect(kit, gateway, "INVITE"), "4711"));
    goes_out(kit, "921234%234711%2377%23", "21234"); /* with # at the end, as some phones send it */
    event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"client_matter_code\":\"77\""));
    goes_out(kit, "91234%2377", "1234");
    goes_out(kit, "931234", "31234");
    goes_out(kit, "941%23", "41%23"); /* a pattern whose own # it is */
}

/* Who tries one code after the other is not listened to any more, for a while. */
static void guesses(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    for (int i = 0; i < 10; i++) {
        char dialled[40];
        (void)snprintf(dialled, sizeof dialled, "901234%%23500%d", i);
        is_refused(kit, dialled, 403, "there is no such forced authorization code");
    }
    is_refused(kit, "901234%234711", 403, "Too many wrong codes");
    goes_out(kit, "931234", "31234"); /* which asks for none */
    sj_testkit_advance(kit, 40000);
    goes_out(kit, "901234%234711", "01234");
}

static void is_nowhere(sj_testkit *kit, const char *code) {
    assert_null(sj_testkit_find(kit, "event", code));
    assert_null(sj_testkit_find(kit, "log", code));
}

static void put_alice(sj_testkit *kit, const char *space, const char *destination) {
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"1001\",\"partition\":\"Internal\","
                   "\"forward_all_calling_search_space\":\"%s\","
                   "\"forward_all_destination\":\"%s\"}",
                   space, destination);
    put(kit, &sj_directory_number_meta, json);
}

/* A number forwards with the code in its destination: who is told where hears the number. */
static void forwarded(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    sj_testkit_forget(kit);
    put_alice(kit, "All", "901234#4711");
    assert_non_null(strstr(expect(kit, alice, "REFER"), "<fwdaddress>901234</fwdaddress>"));
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, gateway, "INVITE sip:01234@");
    const char *event = sj_testkit_find(kit, "event", "call.forwarded");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"destination\":\"901234\""));
    assert_non_null(sj_testkit_find(kit, "log", "1001 forwards all calls to 901234"));
    is_nowhere(kit, "4711");
}

static void forward_softkey(sj_testkit *kit, const char *number) {
    char uri[80];
    (void)snprintf(uri, sizeof uri, "x-cisco-serviceuri-cfwdall-%s", number);
    alice_dials(kit, uri);
}

/* The CFwdAll key: what is refused is not logged as done. */
static void keyed_in(void **state) {
    static const char done[] = "1001 of phone " ALICE " forwards all calls to 901234";
    sj_testkit *kit = *state;
    code_world(kit);
    put_alice(kit, "Phones", "");
    forward_softkey(kit, "901234%234711");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 404"), "matches 901234\""));
    assert_non_null(sj_testkit_find(kit, "log", "forward all to 901234 is refused"));
    assert_null(sj_testkit_find(kit, "log", done));
    is_nowhere(kit, "4711");
    put_alice(kit, "All", "");
    forward_softkey(kit, "901234%234712");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 403"), "Calls to 901234 are blocked"));
    is_nowhere(kit, "4712");
    forward_softkey(kit, "901234%234711%23");
    (void)expect(kit, alice, "SIP/2.0 487");
    assert_non_null(sj_testkit_find(kit, "log", done));
    is_nowhere(kit, "4711");
}

/* Also where what stands behind the number could not be codes, or the number leads nowhere. */
static void not_even_codes(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    is_refused(kit, "901234%234711%2377%235", 404, "");
    is_nowhere(kit, "4711");
    is_refused(kit, "90%23%234711", 404, "");
    is_nowhere(kit, "4711");
    is_refused(kit, "7777%234711", 404, "");
    is_nowhere(kit, "4711");
}

/* Without codes in the plan a # is a digit like others. */
static void without_codes(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.5!#\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\"}");
    both_register(kit);
    is_refused(kit, "951%2377", 404, "");
    goes_out(kit, "951%23", "951%23");
}

static void analysed_so(void **state) {
    sj_testkit *kit = *state;
    code_world(kit);
    ask_for(kit, ALICE, "901234");
    assert_string_equal(analysed.outcome, "blocked");
    assert_int_equal(analysed.sip_status, 484);
    ask_for(kit, ALICE, "901234#4711");
    assert_string_equal(analysed.summary, "trunk 9.0! in \"PSTN\": 01234 shown 1001");
    assert_non_null(strstr(analysed.course, "the forced authorization code is good for it"));
    ask_for(kit, ALICE, "901234#1000");
    assert_int_equal(analysed.sip_status, 403);
    ask_for(kit, ALICE, "931234#4711"); /* nobody has asked for it */
    assert_string_equal(analysed.outcome, "no_match");
    assert_int_equal(analysed.sip_status, 404);
    assert_int_equal(analysed.destinations_count, 0);
    assert_null(sj_testkit_find(kit, "log", "4711"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(good, setup, teardown),
        cmocka_unit_test_setup_teardown(guesses, setup, teardown),
        cmocka_unit_test_setup_teardown(forwarded, setup, teardown),
        cmocka_unit_test_setup_teardown(keyed_in, setup, teardown),
        cmocka_unit_test_setup_teardown(not_even_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(without_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(analysed_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
