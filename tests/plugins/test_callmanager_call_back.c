/* Call back: on busy and on no answer, in the call and after it; the phone is told when the number
 * is free and its own line is, calls or cancels; what ends it; visitors; keys that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/directory_number.h"

/* The dialog of a call that is over, or of none: what the phone sends then. */
static const char no_call[] =
    "X\r\nFrom: <sip:1001@x>;tag=over\r\nTo: <sip:1002@x>;tag=over\r\nCall-ID: over\r\n\r\n";

static void world(sj_testkit *kit) {
    dave_registers(kit);
    both_register(kit);
}

/* Alice's phone shows a page with that text, and with Dial or without. */
static void shows(sj_testkit *kit, const char *phone, const char *text, bool dial) {
    const char *page = sj_testkit_find(kit, "udp", text);
    assert_non_null(page);
    assert_non_null(strstr(page, phone));
    assert_non_null(strstr(page, "<applicationid>2</applicationid>"));
    assert_non_null(strstr(page, "application/x-cisco-remotecc-cm+xml"));
    assert_non_null(strstr(page, text));
    assert_int_equal(strstr(page, "UserCallDataSoftKey:CallBackDial:2:") != NULL, dial);
    assert_non_null(strstr(page, "UserCallDataSoftKey:CallBackCancel:2:"));
}

static void not_told(sj_testkit *kit) {
    assert_null(sj_testkit_find(kit, "event", "\"state\":\"available\""));
}

static void presses_page_key(sj_testkit *kit, const char *phone, const char *number,
                             const char *word) {
    char body[900];
    (void)snprintf(
        body, sizeof body,
        "--b\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n"
        "<x-cisco-remotecc-request><datapassthroughreq><applicationid>2</applicationid>"
        "<transactionid>0</transactionid></datapassthroughreq></x-cisco-remotecc-request>\r\n"
        "--b\r\nContent-Type: application/x-cisco-remotecc-cm+xml\r\n\r\n%s/0\r\n--b--\r\n",
        word);
    send_remote_control(kit, phone, number, "multipart/mixed; boundary=b", body);
}

/* Alice calls Bob, whose phone is busy; the call is over. */
static void finds_busy(sj_testkit *kit, const char *from, const char *number) {
    phone_dials(kit, from, number, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    (void)expect(kit, from, "SIP/2.0 486");
    sj_testkit_forget(kit);
}

static void is_accepted(sj_testkit *kit, const char *phone) {
    (void)expect(kit, phone, "SIP/2.0 202");
    sj_testkit_forget(kit);
}

/* Bob talks to Dave meanwhile, and hangs up. */
static void on_busy(void **state) {
    sj_testkit *kit = *state;
    char dave_bob[DIALOG], bob_dave[DIALOG];
    world(kit);
    phones_talk(kit, dave, "1004", bob, "1002", dave_bob, bob_dave);
    finds_busy(kit, alice, "1001");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    (void)expect(kit, alice, "SIP/2.0 202");
    shows(kit, alice, "You will be notified when 1002 becomes available.", false);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"activated\""));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 3000);
    not_told(kit); /* he still talks */
    within(kit, bob, "BYE", 101, bob_dave);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"available\""));
    sj_testkit_forget(kit);
    presses_page_key(kit, alice, "1001", "CallBackDial");
    (void)expect(kit, alice, "SIP/2.0 202");
    const char *dial = expect(kit, alice, "REFER");
    assert_non_null(strstr(dial, "<dialstring>1002</dialstring>"));
    assert_non_null(strstr(dial, "<linenumber>1</linenumber>"));
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"dialled\""));
    presses_page_key(kit, alice, "1001", "CallBackDial"); /* twice */
    (void)expect(kit, alice, "SIP/2.0 481");
}

/* Bob does not answer: he is there again once he has used his phone. Alice is told when she has
 * hung up herself. */
static void on_no_answer(void **state) {
    sj_testkit *kit = *state;
    char bob_dave[DIALOG], dave_bob[DIALOG], ringing[DIALOG];
    world(kit);
    phone_dials(kit, alice, "1001", "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    (void)snprintf(ringing, sizeof ringing, "%s", expect(kit, alice, "SIP/2.0 180"));
    press_softkey(kit, alice, "1001", "CallBack", ringing);
    (void)expect(kit, alice, "SIP/2.0 202");
    shows(kit, alice, "You will be notified when 1002 becomes available.", false);
    assert_null(sent_to(kit, bob, "CANCEL")); /* the call goes on */
    gives_up(kit, alice, "1002");
    answer(kit, bob, expect(kit, bob, "CANCEL"), 200, "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 487, "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    phones_talk(kit, bob, "1002", dave, "1004", bob_dave, dave_bob);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    within(kit, bob, "BYE", 2, bob_dave);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
}

/* She talks herself when he becomes free: she is told when she has hung up. */
static void suspended(void **state) {
    sj_testkit *kit = *state;
    char alice_dave[DIALOG], dave_alice[DIALOG];
    world(kit);
    finds_busy(kit, alice, "1001");
    phones_talk(kit, alice, "1001", dave, "1004", alice_dave, dave_alice);
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    within(kit, alice, "BYE", 2, alice_dave);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
}

/* Both hang up at once. */
static void both_hang_up(void **state) {
    sj_testkit *kit = *state;
    char alice_dave[DIALOG], dave_alice[DIALOG], one[DIALOG], other[DIALOG];
    world(kit);
    finds_busy(kit, alice, "1001");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    phones_talk(kit, alice, "1001", dave, "1004", alice_dave, dave_alice);
    phones_talk(kit, bob, "1002", dave, "1004", one, other);
    within(kit, bob, "BYE", 2, one);
    within(kit, alice, "BYE", 2, alice_dave);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 5000);
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"available\""), 0); /* once */
}

/* What she does not use is over after the T3 timer, and what she cancels at once. A second one
 * takes the place of the first. */
static void ends(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    finds_busy(kit, alice, "1001");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 22000);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"over\""));
    presses_page_key(kit, alice, "1001", "CallBackDial");
    (void)expect(kit, alice, "SIP/2.0 481");
    press_softkey(kit, alice, "1001", "CallBack", no_call); /* the call is still remembered */
    is_accepted(kit, alice);
    presses_page_key(kit, alice, "1001", "CallBackCancel");
    (void)expect(kit, alice, "SIP/2.0 202");
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"cancelled\""));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    presses_page_key(kit, alice, "1001", "CallBackCancel");
    (void)expect(kit, alice, "SIP/2.0 481");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    phone_dials(kit, alice, "1001", "1004");
    answer(kit, dave, expect(kit, dave, "INVITE"), 486, "");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"cancelled\""));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1004 has become available.", true);
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"available\""), 1);
}

/* She calls him again by herself, and they talk: nobody has to be told. */
static void called_meanwhile(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_bob[DIALOG], bob_dave[DIALOG];
    world(kit);
    phones_talk(kit, dave, "1004", bob, "1002", dave_bob, bob_dave);
    finds_busy(kit, alice, "1001");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    sj_testkit_advance(kit, 40000);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    within(kit, alice, "BYE", 2, alice_bob);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"over\""));
    within(kit, dave, "BYE", 2, dave_bob);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
}

/* His phone goes, and comes; hers does. */
static void phones_go(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    finds_busy(kit, alice, "1001");
    register_phone(kit, bob, "SEP001122334402", "1002", 20, 0);
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 20, 0);
    register_phone(kit, bob, "SEP001122334402", "1002", 21, 3600);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 21, 3600);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 2500);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"available\""));
}

/* Without a call; in one that is answered, or comes in; to somebody outside; when it is turned off,
 * before and while one is active. The phone shows that it is refused. */
static void refused(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    world(kit);
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    (void)expect(kit, alice, "SIP/2.0 481");
    assert_non_null(strstr(expect(kit, alice, "REFER"), "CallBack is not possible"));
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, alice, "1001", "CallBack", alice_bob);
    (void)expect(kit, alice, "SIP/2.0 603");
    press_softkey(kit, bob, "1002", "CallBack", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 603");
    within(kit, alice, "BYE", 2, alice_bob);
    phone_dials(kit, alice, "1001", "7777"); /* nobody has it */
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 603"), "Warning"), "no other"));
    finds_busy(kit, alice, "1001");
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_call_back_enabled_flag_meta, "false", NULL), SJ_OK);
    sj_testkit_advance(kit, 2500);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"over\""));
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    (void)expect(kit, alice, "SIP/2.0 603");
    press_softkey(kit, gateway, "1001", "CallBack", no_call); /* no phone */
    assert_null(sent_to(kit, gateway, "SIP/2.0 202"));
}

/* A visitor's number goes along: activated on a lent phone, told on the user's own after the log
 * out. */
static void by_a_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char *const desk = "192.0.2.77";
    world(kit);
    emcc_world(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 20, 0);
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 1, 3600);
    finds_busy(kit, desk, "1001");
    press_softkey(kit, desk, "1001", "CallBack", no_call);
    (void)expect(kit, desk, "SIP/2.0 202");
    shows(kit, desk, "You will be notified when 1002 becomes available.", false);
    sj_testkit_forget(kit);
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 2, 0);
    sj_testkit_advance(kit, 3000);
    register_phone(kit, alice, "SEP001122334401", "1001", 21, 3600);
    sj_testkit_advance(kit, 2500);
    shows(kit, alice, "1002 has become available.", true);
}

/* Bob's phone does not come back, and Alice's goes: after three hours it is over. */
static void three_hours(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    finds_busy(kit, alice, "1001");
    register_phone(kit, bob, "SEP001122334402", "1002", 20, 0);
    press_softkey(kit, alice, "1001", "CallBack", no_call);
    is_accepted(kit, alice);
    sj_testkit_advance(kit, 3 * 3600 * 1000 - 60000);
    assert_null(sj_testkit_find(kit, "event", "\"state\":\"over\""));
    sj_testkit_advance(kit, 90000);
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"over\""));
    register_phone(kit, bob, "SEP001122334402", "1002", 21, 3600);
    register_phone(kit, alice, "SEP001122334401", "1001", 20, 3600);
    sj_testkit_advance(kit, 4000);
    not_told(kit);
}

/* A flood of keys: one call back at most, and the service stops with it. */
static void flood(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world(kit);
    finds_busy(kit, alice, "1001");
    for (int i = 0; i < 200; i++) {
        press_softkey(kit, alice, "1001", "CallBack", no_call);
        if (i % 10 == 9) {
            sj_testkit_advance(kit, 100);
        }
    }
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"activated\""), 1);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(on_busy),      CASE(on_no_answer),     CASE(suspended), CASE(both_hang_up),
        CASE(ends),         CASE(called_meanwhile), CASE(phones_go), CASE(refused),
        CASE(by_a_visitor), CASE(three_hours),      CASE(flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
