/* Call forwarding through the call manager in the test kit: each reason for it, what forwarded
 * calls may reach, how they end, and what the far side is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/route_list.h"
#include "resources/route_pattern.h"

static const char *const carol = "192.0.2.3";

/* A directory number with what a test wants of it. */
static void number(sj_testkit *kit, const char *digits, const char *more) {
    char json[800];
    (void)snprintf(
        json, sizeof json,
        "{\"pattern\":\"%s\",\"partition\":\"Internal\",\"alerting_name\":\"Name of %s\"%s%s}",
        digits, digits, more[0] != '\0' ? "," : "", more);
    put(kit, &sj_directory_number_meta, json);
}

static void third_phone(sj_testkit *kit) {
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334403\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"All\",\"lines\":[{\"directory_number\":\"1004@"
        "Internal\"}]}");
    register_phone(kit, carol, "SEP001122334403", "1004", 1, 3600);
}

static void three_phones(sj_testkit *kit) {
    number(kit, "1004", "");
    both_register(kit);
    third_phone(kit);
    sj_testkit_forget(kit);
}

static void alice_dials(sj_testkit *kit, const char *digits) {
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", digits, "1001", "");
}

static void test_all(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"1004\",\"forward_all_calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    (void)expect(kit, alice, "SIP/2.0 181");
    assert_null(sent_to(kit, bob, "INVITE"));
    text = expect(kit, carol, "INVITE sip:uuid-1004@192.0.2.3:5060;transport=udp SIP/2.0");
    assert_string_equal(
        header(text, "Diversion"),
        "\"Name of 1002\" "
        "<sip:1002@127.0.0.1>;reason=unconditional;counter=1;privacy=off;screen=yes");
    assert_non_null(
        strstr(header(text, "From"), "\"Alice A\" <sip:1001@")); /* the caller stays who it is */
    assert_non_null(strstr(text, "\r\n\r\noffer-sdp"));
    assert_non_null(sj_testkit_find(kit, "event", "call.forwarded"));
    answer(kit, carol, text, 180, "");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID"),
                           "\"Name of 1004\" <sip:1004@"));
    answer(kit, carol, expect(kit, carol, "INVITE"), 200, "answer-sdp");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "answer-sdp"));
}

static void test_no_answer(void **state) {
    sj_testkit *kit = *state;
    const char *text;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_no_answer_internal_destination\":\"1004\",\"forward_no_answer_internal_"
           "calling_search_space\":\"Phones\","
           "\"no_answer_ring_duration\":20");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 19000);
    assert_null(sent_to(kit, carol, "INVITE"));
    sj_testkit_advance(kit, 1200);
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"), "Q.850;cause=19");
    text = expect(kit, carol, "INVITE");
    assert_non_null(strstr(header(text, "Diversion"), "reason=no-answer"));
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"offered\"");
    assert_non_null(event); /* if its end is not seen, this is on record of it */
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "late"); /* it had answered all the same */
    (void)expect(kit, bob, "BYE");
    answer(kit, carol, expect(kit, carol, "INVITE"), 200, "answer-sdp");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "answer-sdp"));
}

/* Two answers to one offer would not fit: who rings after early media answers in a dialog of its
 * own. */
static void test_early_media(void **state) {
    sj_testkit *kit = *state;
    char first[200], dialog[3000];
    three_phones(kit);
    number(kit, "1002",
           "\"forward_no_answer_internal_destination\":\"1004\",\"forward_no_answer_internal_"
           "calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 183, "early-sdp");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 183"), "early-sdp"));
    (void)snprintf(first, sizeof first, "%s", header(expect(kit, alice, "SIP/2.0 183"), "To"));
    sj_testkit_advance(kit, 12500);
    answer(kit, carol, expect(kit, carol, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    assert_string_not_equal(first, header(dialog, "To"));
    within(kit, alice, "ACK", 1, dialog);
    (void)expect(kit, carol, "ACK");
    within(kit, alice, "BYE", 2, dialog);
    (void)expect(kit, carol, "BYE");
}

/* Without a time of its own the service parameter counts; callers from outside have rows of their
 * own. */
static void test_default_time_and_outside(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_no_answer_external_destination\":\"1004\",\"forward_no_answer_external_"
           "calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002"); /* from inside: it rings on */
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "");
    sj_testkit_advance(kit, 12500);
    (void)expect(kit, gateway, "SIP/2.0 181");
    assert_non_null(strstr(header(expect(kit, carol, "INVITE"), "From"), "\"Me\" <sip:5551234@"));
    assert_null(sent_to(kit, alice, "SIP/2.0 181"));
    sj_testkit_advance(kit, 170000);
    (void)expect(kit, alice, "SIP/2.0 480");
}

static void test_busy(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_busy_internal_destination\":\"1004\",\"forward_busy_internal_calling_search_"
           "space\":\"Phones\"");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    (void)expect(kit, bob, "ACK");
    assert_non_null(strstr(header(expect(kit, carol, "INVITE"), "Diversion"), "reason=user-busy"));
    answer(kit, carol, expect(kit, carol, "INVITE"), 603, "");
    (void)expect(kit, alice, "SIP/2.0 603");
}

/* A refused call is off the line at once, however long its transaction lasts. */
static void test_line_free_again(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    for (unsigned i = 0; i < 3; i++) {
        char caller[16];
        (void)snprintf(caller, sizeof caller, "555%u", i);
        sj_testkit_forget(kit);
        invite(kit,
               i == 0   ? gateway
               : i == 1 ? "192.0.2.91"
                        : alice,
               i < 2 ? "pstn@192.0.2.90" : "uuid-1001@192.0.2.1:5060", "1002",
               i < 2 ? caller : "1001", "");
        answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    }
}

static void test_unregistered(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    number(kit, "1002",
           "\"forward_unregistered_internal_destination\":\"91234\",\"forward_unregistered_"
           "internal_calling_search_space\":"
           "\"All\"");
    sj_testkit_forget(kit);
    alice_dials(kit, "1002");
    const char *text = expect(kit, gateway, "INVITE sip:1234@192.0.2.90:5060 SIP/2.0");
    assert_non_null(strstr(header(text, "Diversion"), "<sip:1002@127.0.0.1>;reason=unavailable"));
    answer(kit, gateway, text, 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
}

/* The forwarding number's calling search space counts, not the caller's. */
static void test_reach(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"91234\",\"forward_all_calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002"); /* Alice herself may dial 9 */
    (void)expect(kit, alice, "SIP/2.0 404");
    sj_testkit_forget(kit);
    number(kit, "1002", "\"forward_all_destination\":\"1001\"");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234",
           ""); /* no calling search space: nothing in a partition */
    (void)expect(kit, gateway, "SIP/2.0 404");
}

static void test_circle(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"1004\",\"forward_all_calling_search_space\":\"Phones\"");
    number(kit, "1004",
           "\"forward_all_destination\":\"1002\",\"forward_all_calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 482"), "Reason"), "back to 1002"));
    sj_testkit_forget(kit);
    /* The same over another system: it sends the call back and tells who has forwarded it. */
    number(kit, "1001",
           "\"forward_all_destination\":\"1004\",\"forward_all_calling_search_space\":\"Phones\"");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234",
           "Diversion: <sip:77@192.0.2.90>;reason=unconditional, "
           "<sip:1002@127.0.0.1>;reason=unconditional\r\n");
    (void)expect(kit, gateway, "SIP/2.0 482");
    invite(kit, gateway, "pstn@192.0.2.90", "1001", "5551235",
           "Diversion: <sip:77@192.0.2.90>;counter=12\r\n");
    assert_non_null(
        strstr(header(expect(kit, gateway, "SIP/2.0 480"), "Reason"), "Forwarded 12 times"));
}

static void test_caller_gives_up(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"1004\",\"forward_all_calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    answer(kit, carol, expect(kit, carol, "INVITE"), 180, "");
    send_text(kit, alice, 5060,
              "CANCEL sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
              "192.0.2.1:5060;branch=z9hG4bKi1002\r\nFrom: \"Me\" "
              "<sip:1001@x>;tag=mine\r\nTo: <sip:1002@x>\r\nCall-ID: call-1002-1001\r\nCSeq: 1 "
              "CANCEL\r\nContent-Length: "
              "0\r\n\r\n");
    assert_string_equal(header(expect(kit, carol, "CANCEL"), "Reason"), "Q.850;cause=16");
    (void)expect(kit, alice, "SIP/2.0 487");
}

/* A visitor's forwarding, and a visitor who calls a number that is forwarded: neither leads back
 * over the EMCC trunk. */
static void test_visitors_stay_home(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    both_register(kit);
    register_phone(kit, "203.0.113.5", "SEP00AABBCCDD01", "1001", 1, 3600);
    put(kit, &sj_route_list_meta,
        "{\"name\":\"By "
        "place\",\"return_to_visiting_cluster\":\"always\",\"members\":[{\"route_group\":"
        "\"Standard Local Route "
        "Group\",\"discard_digits\":\"pre_dot\"}]}");
    number(kit, "1002",
           "\"forward_all_destination\":\"9999\",\"forward_all_calling_search_space\":\"Adjunct\"");
    sj_testkit_forget(kit);
    invite(kit, "203.0.113.5", "uuid-1001@203.0.113.5:5060", "1002", "1001", "");
    (void)expect(kit, "203.0.113.5", "SIP/2.0 503");
    assert_null(sent_to(kit, remote, "INVITE"));
    /* The visitor's own number is forwarded wherever he is. */
    number(kit, "1001",
           "\"forward_all_destination\":\"91234\",\"forward_all_calling_search_space\":\"All\"");
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, gateway, "INVITE sip:1234@192.0.2.90:5060 SIP/2.0");
    assert_null(sent_to(kit, "203.0.113.5", "INVITE"));
}

/* A number loses its forwarding, or its existence, while it rings. */
static void test_changed_meanwhile(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_no_answer_internal_destination\":\"1004\",\"forward_no_answer_internal_"
           "calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    number(kit, "1002", "");
    sj_testkit_advance(kit, 12500);
    (void)expect(kit, alice, "SIP/2.0 480");
    assert_null(sent_to(kit, carol, "INVITE"));
}

/* A phone that forwards by itself: what it may reach counts. */
static void test_redirection(void **state) {
    sj_testkit *kit = *state;
    char text[1000];
    three_phones(kit);
    alice_dials(kit, "1002");
    const char *request = expect(kit, bob, "INVITE");
    (void)snprintf(text, sizeof text,
                   "SIP/2.0 302 Moved Temporarily\r\nVia: %s\r\nFrom: %s\r\nTo: "
                   "%s;tag=bob\r\nCall-ID: %s\r\nCSeq: "
                   "%s\r\nContact: <sip:1004@127.0.0.1>\r\nContent-Length: 0\r\n\r\n",
                   header(request, "Via"), header(request, "From"), header(request, "To"),
                   header(request, "Call-ID"), header(request, "CSeq"));
    send_text(kit, bob, 5060, text);
    (void)expect(kit, bob, "ACK");
    assert_non_null(strstr(header(expect(kit, carol, "INVITE"), "Diversion"),
                           "<sip:1002@127.0.0.1>;reason=deflection"));
    answer(kit, carol, expect(kit, carol, "INVITE"), 302, ""); /* to "peer", which is nobody */
    (void)expect(kit, alice, "SIP/2.0 404");
}

/* ---- the parameters, without a restart ---- */

static void set(sj_testkit *kit, const sj_param_meta *param, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(kit, param, value, &error) < 0) {
        fail_msg("%s: %s", param->symbol, error.text);
    }
}

static void test_timers(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    set(kit, &sj_param_ccm_forward_no_answer_timer_meta, "4");
    set(kit, &sj_param_ccm_t301_timer_meta, "30");
    number(kit, "1002",
           "\"forward_no_answer_external_destination\":\"1004\",\"forward_no_answer_external_"
           "calling_search_space\":\"Phones\"");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 4100);
    (void)expect(kit, carol, "INVITE");
    answer(kit, carol, expect(kit, carol, "INVITE"), 180, "");
    sj_testkit_advance(kit, 25000);
    assert_null(sent_to(kit, alice, "SIP/2.0 480"));
    sj_testkit_advance(kit, 1100);
    (void)expect(kit, alice, "SIP/2.0 480");
    sj_testkit_advance(kit, 4000); /* thirty seconds anew at the number it was forwarded to */
    (void)expect(kit, gateway, "SIP/2.0 480");
}

static void test_hop_count(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"1003\",\"forward_all_calling_search_space\":\"Phones\"");
    number(kit, "1003",
           "\"forward_all_destination\":\"1004\",\"forward_all_calling_search_space\":\"Phones\"");
    alice_dials(kit, "1002");
    answer(kit, carol, expect(kit, carol, "INVITE"), 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    sj_testkit_forget(kit);
    set(kit, &sj_param_ccm_forward_maximum_hop_count_meta, "1");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "");
    (void)expect(kit, gateway, "SIP/2.0 480");
    assert_null(sent_to(kit, carol, "INVITE"));
}

static void test_override(void **state) {
    sj_testkit *kit = *state;
    three_phones(kit);
    number(kit, "1002",
           "\"forward_all_destination\":\"1001\",\"forward_all_calling_search_space\":\"Phones\"");
    set(kit, &sj_param_ccm_cfa_destination_override_meta, "true");
    alice_dials(kit, "1002"); /* the secretary calls the director */
    (void)expect(kit, bob, "INVITE");
    invite(kit, carol, "uuid-1004@192.0.2.3:5060", "1002", "1004", "");
    (void)expect(kit, alice, "INVITE");
}

/* ---- lines that several phones share ---- */

static void test_shared_line(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334403\",\"model\":\"Cisco "
        "7841\",\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    register_phone(kit, carol, "SEP001122334403", "1002", 1, 3600);
    number(kit, "1002",
           "\"forward_busy_internal_destination\":\"91234\",\"forward_busy_internal_calling_search_"
           "space\":\"All\","
           "\"forward_no_answer_internal_destination\":\"95678\",\"forward_no_answer_internal_"
           "calling_search_space\":\"All\"");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486,
           ""); /* one is busy: the other goes on ringing */
    answer(kit, carol, expect(kit, carol, "INVITE"), 180, "");
    assert_null(sent_to(kit, gateway, "INVITE"));
    sj_testkit_advance(kit, 12500);
    (void)expect(kit, carol, "CANCEL");
    assert_null(sent_to(kit, bob, "CANCEL"));
    (void)expect(kit, gateway, "INVITE sip:5678@");
    assert_null(sent_to(kit, gateway, "INVITE sip:1234@"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_all),
        TEST(test_no_answer),
        TEST(test_early_media),
        TEST(test_default_time_and_outside),
        TEST(test_busy),
        TEST(test_line_free_again),
        TEST(test_unregistered),
        TEST(test_reach),
        TEST(test_circle),
        TEST(test_caller_gives_up),
        TEST(test_visitors_stay_home),
        TEST(test_changed_meanwhile),
        TEST(test_timers),
        TEST(test_hop_count),
        TEST(test_override),
        TEST(test_shared_line),
        TEST(test_redirection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
