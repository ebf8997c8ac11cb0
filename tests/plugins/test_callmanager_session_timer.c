/* Session timers (RFC 4028) in the test kit: who refreshes, what is too short, and what happens to
 * a session that nobody refreshes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"

/* Alice calls Bob with these header lines; returns the 200 she gets, acknowledged. */
static const char *call(sj_testkit *kit, const char *lines) {
    static char accepted[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", lines);
    answer(kit, bob, expect(kit, bob, "INVITE sip:uuid-1002"), 200, "answer-sdp");
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    sj_testkit_forget(kit);
    return accepted;
}

/* So much time, with both phones registered. */
static void wait(sj_testkit *kit, int seconds) {
    static int cseq = 100;
    for (int i = 0; i < seconds; i += 30) {
        cseq++;
        register_phone(kit, alice, "SEP001122334401", "1001", cseq, 3600);
        register_phone(kit, bob, "SEP001122334402", "1002", cseq, 3600);
        sj_testkit_advance(kit, (seconds - i < 30 ? seconds - i : 30) * 1000);
    }
}

/* RFC 4028 9: what is too short is refused with the least that is taken, to those who understand
 * it. */
static void test_too_short(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
           "Supported: 100rel,timer\r\nSession-Expires: 89\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 422"), "Min-SE"), "90");
    assert_null(sent_to(kit, bob, "INVITE"));
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "x: soon\r\n");
    (void)expect(kit, alice, "SIP/2.0 400");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Session-Expires: 89\r\n");
    (void)expect(kit, bob, "INVITE sip:uuid-1002");
}

/* Nothing is asked of a peer, and nothing said to one that asks for nothing. */
static void test_none(void **state) {
    const char *accepted = call(*state, "Supported: timer\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "");
    assert_string_equal(header(accepted, "Require"), "");
}

/* The caller refreshes, as it says or because it has not said: by UPDATE, or by re-INVITE. */
static void test_caller_refreshes(void **state) {
    sj_testkit *kit = *state;
    const char *accepted = call(kit, "Require: timer\r\nk: timer\r\nx: 120\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "120;refresher=uac");
    assert_string_equal(header(accepted, "Require"), "timer");
    for (int i = 0; i < 3; i++) {
        char text[1000];
        wait(kit, 80);
        sj_testkit_forget(kit);
        (void)snprintf(text, sizeof text,
                       "UPDATE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                       "192.0.2.1:5060;branch=z9hG4bKu%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: "
                       "%s\r\nCall-ID: %s\r\nCSeq: %d UPDATE\r\nContact: <sip:uuid-1001@192.0.2.1>"
                       "\r\nSupported: timer\r\nSession-Expires: 120;refresher=uac\r\n"
                       "Content-Length: 0\r\n\r\n",
                       i, header(accepted, "From"), header(accepted, "To"),
                       header(accepted, "Call-ID"), 2 + i);
        send_text(kit, alice, 5060, text);
        assert_string_equal(header(expect(kit, alice, "SIP/2.0 200"), "Session-Expires"),
                            "120;refresher=uac");
        assert_null(sent_to(kit, bob, "UPDATE")); /* each dialog has its own */
    }
    sj_testkit_forget(kit);
    wait(kit, 85); /* of 120 less 32 */
    assert_null(sent_to(kit, bob, "BYE"));
    wait(kit, 5);
    (void)expect(kit, bob, "BYE");
    (void)expect(kit, alice, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "The session has expired"));
}

/* This node refreshes where the caller says so, or does not know of timers. */
static void test_node_refreshes(void **state) {
    sj_testkit *kit = *state;
    const char *accepted = call(kit, "Supported: timer\r\nAllow: INVITE, UPDATE\r\n"
                                     "Session-Expires: 200;refresher=uas\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "200;refresher=uas");
    assert_string_equal(header(accepted, "Require"), "");
    wait(kit, 95);
    assert_null(sent_to(kit, alice, "UPDATE"));
    wait(kit, 8);
    const char *update = expect(kit, alice, "UPDATE sip:uuid-1001@192.0.2.1:5060");
    assert_string_equal(header(update, "Session-Expires"), "200;refresher=uac");
    assert_string_equal(header(update, "Supported"), "timer");
    answer_with(kit, alice, update, 422, "Min-SE: 300\r\n", "");
    sj_testkit_forget(kit);
    wait(kit, 2);
    update = expect(kit, alice, "UPDATE");
    assert_string_equal(header(update, "Session-Expires"), "300;refresher=uac");
    answer_with(kit, alice, update, 200, "Session-Expires: 300;refresher=uac\r\n", "");
    sj_testkit_forget(kit);
    wait(kit, 145);
    assert_null(sent_to(kit, alice, "UPDATE"));
    wait(kit, 8);
    update = expect(kit, alice, "UPDATE");
    answer(kit, alice, update, 481, "");
    (void)expect(kit, bob, "BYE");
}

/* A peer that takes no UPDATE would have to be offered its session anew: then there is no timer. */
static void test_no_update(void **state) {
    sj_testkit *kit = *state;
    const char *accepted = call(kit, "Session-Expires: 200\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "");
    wait(kit, 210);
    assert_null(sent_to(kit, alice, "UPDATE"));
    assert_null(sent_to(kit, bob, "BYE"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_too_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caller_refreshes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_node_refreshes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_update, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
