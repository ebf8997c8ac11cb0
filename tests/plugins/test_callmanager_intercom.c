/* Intercom: the called phone is asked to answer by itself, hears and is not heard until its user
 * talks back; what such calls refuse; who may call whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/partition.h"
#include "resources/phone.h"

#define SDP                                                                                        \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"                    \
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"

/* Alice has 7001 and Bob 7002 beside their lines; `more`: of Bob's phone. */
static void world(sj_testkit *kit, const char *more) {
    char phone[700];
    put(kit, &sj_partition_meta, "{\"name\":\"Intercom\",\"usage\":\"intercom\"}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"Intercoms\",\"usage\":\"intercom\",\"partitions\":[\"Intercom\"]}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"7001\",\"partition\":\"Intercom\",\"calling_search_space\":\"Intercoms\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"7002\",\"partition\":\"Intercom\",\"calling_search_space\":\"Intercoms\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\"},"
        "{\"directory_number\":\"7001@Intercom\",\"speed_dial\":\"7002\"}]}");
    (void)snprintf(phone, sizeof phone,
                   "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\","
                   "\"calling_search_space\":\"Phones\",%s\"lines\":[{\"directory_number\":"
                   "\"1002@Internal\"},{\"directory_number\":\"7002@Intercom\"}]}",
                   more);
    put(kit, &sj_phone_meta, phone);
    both_register(kit);
}

static void calls_intercom(sj_testkit *kit, const char *body) {
    sj_testkit_forget(kit);
    invite_with(kit, alice, "uuid-7001@192.0.2.1:5060", "7002", "7001", "", "application/sdp",
                body);
}

static void whispers(sj_testkit *kit, char caller[DIALOG], char callee[DIALOG]) {
    calls_intercom(kit, SDP);
    const char *offered = expect(kit, bob, "INVITE");
    assert_non_null(strstr(offered, "a=sendonly\r\n"));
    assert_null(strstr(offered, "sendrecv"));
    answer(kit, bob, offered, 200, SDP "a=sendrecv\r\n");
    (void)snprintf(caller, DIALOG, "%s", expect(kit, alice, "SIP/2.0 200"));
    assert_non_null(strstr(caller, "a=recvonly\r\n"));
    assert_null(strstr(caller, "sendrecv"));
    within(kit, alice, "ACK", 1, caller);
    turned_round(expect(kit, bob, "ACK"), callee);
    sj_testkit_forget(kit);
}

static void one_way_until_talk_back(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    world(kit, "");
    whispers(kit, caller, callee);
    within_with(kit, bob, "INVITE", 101, callee, SDP "a=sendrecv\r\n");
    const char *offered = expect(kit, alice, "INVITE");
    assert_non_null(strstr(offered, "a=sendrecv\r\n"));
    answer(kit, alice, offered, 200, SDP);
    const char *agreed = expect(kit, bob, "SIP/2.0 200");
    assert_null(strstr(agreed, "sendonly"));
    assert_null(strstr(agreed, "recvonly"));
    within(kit, bob, "ACK", 101, callee);
    within(kit, alice, "BYE", 2, caller);
    (void)expect(kit, bob, "BYE");
}

/* Who calls offers nothing: the answer is one-way in its turn. */
static void one_way_without_an_offer(void **state) {
    sj_testkit *kit = *state;
    world(kit, "");
    calls_intercom(kit, "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP);
    const char *offered = expect(kit, alice, "SIP/2.0 200");
    assert_non_null(strstr(offered, "a=recvonly\r\n"));
    within_with(kit, alice, "ACK", 1, offered, SDP);
    assert_non_null(strstr(expect(kit, bob, "ACK"), "a=sendonly\r\n"));
}

/* A plain phone is asked to answer; a busy intercom line is busy, whatever its Busy Trigger. */
static void answers_by_itself_once(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    world(kit, "");
    whispers(kit, caller, callee);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"7004\",\"partition\":\"Intercom\",\"calling_search_space\":\"Intercoms\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334404\",\"model\":\"Cisco 7841\",\"lines\":"
        "[{\"directory_number\":\"7004@Intercom\"}]}");
    register_phone(kit, dave, "SEP001122334404", "7004", 1, 3600);
    phone_dials(kit, dave, "7004", "7002");
    (void)expect(kit, dave, "SIP/2.0 486");
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* Do Not Disturb does not hold for it. */
static void goes_past_do_not_disturb(void **state) {
    sj_testkit *kit = *state;
    world(kit, "\"do_not_disturb\":true,\"do_not_disturb_option\":\"call_reject\",");
    phone_dials(kit, alice, "1001", "1002");
    (void)expect(kit, alice, "SIP/2.0 486");
    calls_intercom(kit, SDP);
    const char *offered = expect(kit, bob, "INVITE");
    assert_null(strstr(offered, "info=silent"));
}

/* Intercom lines call each other and nobody else, by whatever way. */
static void lines_apart(void **state) {
    sj_testkit *kit = *state;
    world(kit, "");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"Intercom\"]}"); /* no rule is asked here
                                                                           */
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1009\"}"); /* that everybody reaches */
    phone_dials(kit, alice, "1001", "7002");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 403"), "called from intercom lines alone"));
    phone_dials(kit, alice, "7001", "1009");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 403"), "calls intercom numbers alone"));
    phone_dials(kit, alice, "7001", "1002");
    (void)expect(kit, alice, "SIP/2.0 404");
}

/* The analyzer knows them. */
static void analysed_as_called(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .line = "7001", .digits = "7002"};
    world(kit, "");
    ask(kit, &request);
    assert_string_equal(analysed.summary, "phone 7002 in \"Intercom\": 7002 shown 7001");
    assert_non_null(strstr(analysed.course, "7002|>|an intercom number: its phone answers"));
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1009\"}");
    request.digits = "1009";
    ask(kit, &request);
    assert_int_equal(analysed.sip_status, 403);
    request.digits = "1002";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
}

static void stays_as_it_is(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    world(kit, "");
    whispers(kit, caller, callee);
    refer_to(kit, bob, 101, callee, "<sip:1003@x>", "");
    (void)expect(kit, bob, "SIP/2.0 603");
    press_softkey(kit, bob, "7002", "Park", callee);
    (void)expect(kit, bob, "SIP/2.0 603");
    press_softkey(kit, alice, "7001", "iDivert", caller);
    (void)expect(kit, alice, "SIP/2.0 603");
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 102, callee, SDP "a=sendonly\r\n");
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 488"), "An intercom call is not held"));
    within_with(kit, alice, "INVITE", 2, caller, SDP "a=inactive\r\n");
    (void)expect(kit, alice, "SIP/2.0 488");
    assert_null(sent_to(kit, alice, "BYE"));
}

/* A phone sends its call elsewhere (302), or CFwdAll is pressed on its line. */
static void is_not_forwarded(void **state) {
    sj_testkit *kit = *state;
    world(kit, "");
    phone_dials(kit, bob, "7002", "x-cisco-serviceuri-cfwdall-1003");
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 403"), "An intercom line forwards no calls"));
    calls_intercom(kit, SDP);
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 302, "Contact: <sip:1003@x>\r\n", "");
    (void)expect(kit, alice, "SIP/2.0 486");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_way_until_talk_back, setup, teardown),
        cmocka_unit_test_setup_teardown(one_way_without_an_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_by_itself_once, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_past_do_not_disturb, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(analysed_as_called, setup, teardown),
        cmocka_unit_test_setup_teardown(stays_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(is_not_forwarded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
