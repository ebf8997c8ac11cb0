/* Session timers (RFC 4028) in the test kit: who refreshes, what is too short, and what happens to
 * a session that nobody refreshes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/call_manager.h"
#include "resources/phone.h"
#include "resources/sip_profile.h"

static void set(sj_testkit *kit, const sj_param_meta *parameter, const char *value) {
    assert_int_equal(sj_testkit_set_param(kit, parameter, value, NULL), SJ_OK);
}

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

static void test_shortest(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    set(kit, &sj_param_ccm_sip_min_se_value_meta, "600");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
           "Supported: timer\r\nSession-Expires: 599\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 422"), "Min-SE"), "600");
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001",
           "Supported: timer\r\nSession-Expires: 600\r\n");
    assert_string_equal(header(expect(kit, bob, "INVITE"), "Min-SE"), "600");
}

/* Who does not know of timers is told nothing. Who does and asks for none has its session refreshed
 * by this node, unless that is switched off. */
static void test_not_asked_for(void **state) {
    sj_testkit *kit = *state;
    const char *accepted = call(kit, "Allow: INVITE, UPDATE\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "");
    assert_string_equal(header(accepted, "Require"), "");
    within(kit, alice, "BYE", 2, accepted);
    sj_testkit_advance(kit, 40000);
    accepted = call(kit, "Supported: timer\r\nAllow: INVITE, UPDATE\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "1800;refresher=uas");
    assert_string_equal(header(accepted, "Require"), "");
    within(kit, alice, "BYE", 2, accepted);
    sj_testkit_advance(kit, 40000);
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "0");
    accepted = call(kit, "Supported: timer\r\nAllow: INVITE, UPDATE\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "");
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

/* A peer that raises its Min-SE with each refresh is asked at once but one time, and has not kept
 * the session alive with it: that ends when it was to end. */
static void test_refreshes_refused(void **state) {
    sj_testkit *kit = *state;
    int asked = 0;
    (void)call(kit, "Supported: timer\r\nAllow: INVITE, UPDATE\r\n"
                    "Session-Expires: 200;refresher=uas\r\n");
    wait(kit, 102);
    for (int s = 102; s < 198; s++) {
        const char *update = sent_to(kit, alice, "UPDATE");
        if (update != NULL) {
            char lines[40];
            (void)snprintf(lines, sizeof lines, "Min-SE: %d\r\n", 300 + asked);
            assert_string_equal(header(update, "Session-Expires"),
                                asked == 0 ? "200;refresher=uac" : "300;refresher=uac");
            asked++;
            answer_with(kit, alice, update, 422, lines, "");
        }
        sj_testkit_forget(kit);
        wait(kit, 1);
    }
    assert_in_range(asked, 5, 11);
    assert_null(sent_to(kit, alice, "BYE"));
    wait(kit, 4);
    (void)expect(kit, alice, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "The session has expired"));
}

/* A peer that takes no UPDATE has its session refreshed by a re-INVITE (RFC 4028 7.4): it is asked
 * for an offer, which the other one answers, so that both have the media that they want. */
static void test_no_update(void **state) {
    sj_testkit *kit = *state;
    const char *accepted = call(kit, "Session-Expires: 200\r\n");
    assert_string_equal(header(accepted, "Session-Expires"), "200;refresher=uas");
    wait(kit, 102);
    assert_null(sent_to(kit, alice, "UPDATE"));
    const char *again = expect(kit, alice, "INVITE");
    assert_string_equal(header(again, "Session-Expires"), "200;refresher=uac");
    assert_string_equal(header(again, "Content-Length"), "0");
    answer_with(kit, alice, again, 200, "Session-Expires: 200;refresher=uac\r\n", "alices-offer");
    sj_testkit_advance(kit, 60);
    again = expect(kit, bob, "INVITE");
    assert_non_null(strstr(again, "alices-offer"));
    answer(kit, bob, again, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "ACK"), "bobs-answer"));
    (void)expect(kit, bob, "ACK");
    sj_testkit_forget(kit);
    wait(kit, 95);
    assert_null(sent_to(kit, alice, "INVITE"));
    wait(kit, 8);
    for (int i = 0; i < 9; i++) { /* not now: tried again while there is time */
        answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
        assert_null(sent_to(kit, bob, "BYE"));
        sj_testkit_forget(kit);
        wait(kit, 11);
    }
    (void)expect(kit, bob, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "The session has expired"));
}

/* A re-INVITE that it only ever begins to answer refreshes nothing. */
static void test_refresh_without_end(void **state) {
    sj_testkit *kit = *state;
    (void)call(kit, "Session-Expires: 200\r\n");
    wait(kit, 102);
    answer(kit, alice, expect(kit, alice, "INVITE"), 183, "");
    sj_testkit_forget(kit);
    wait(kit, 95);
    assert_null(sent_to(kit, bob, "BYE"));
    wait(kit, 5);
    (void)expect(kit, bob, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "The session has expired"));
}

/* The same where the profile says so, though it takes UPDATE. */
static void test_refresh_method(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"By INVITE\",\"session_refresh_method\":\"invite\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"sip_profile\":\"By INVITE\",\"lines\":[{\"directory_number\":\"1001@Internal\"}]}");
    (void)call(kit, "Supported: timer\r\nAllow: INVITE, UPDATE\r\nSession-Expires: "
                    "200;refresher=uas\r\n");
    wait(kit, 102);
    assert_null(sent_to(kit, alice, "UPDATE"));
    (void)expect(kit, alice, "INVITE");
}

/* ---- this node asks (section 7) ---- */

/* Bob is called with these header lines in his 200; the INVITE that he got. */
static const char *called(sj_testkit *kit, const char *lines) {
    static char offer[3000];
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, bob, "INVITE sip:uuid-1002"));
    answer_with(kit, bob, offer, 200, lines, "answer-sdp");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    sj_testkit_forget(kit);
    return offer;
}

/* "The UAC MAY include a Session-Expires": whoever is called says who refreshes. */
static void test_callee_refreshes(void **state) {
    sj_testkit *kit = *state;
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "300");
    const char *offer = called(kit, "Require: timer\r\nSession-Expires: 300;refresher=uas\r\n");
    assert_string_equal(header(offer, "Supported"), "replaces, timer");
    assert_string_equal(header(offer, "Session-Expires"), "300");
    assert_string_equal(header(offer, "Min-SE"), "");
    wait(kit, 265);
    assert_null(sent_to(kit, alice, "BYE"));
    wait(kit, 8);
    (void)expect(kit, alice, "BYE");
    (void)expect(kit, bob, "BYE");
}

static void test_callee_has_node_refresh(void **state) {
    sj_testkit *kit = *state;
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "300");
    (void)called(kit, "Session-Expires: 200;refresher=uac\r\nAllow: INVITE, UPDATE\r\n");
    wait(kit, 102);
    const char *update = expect(kit, bob, "UPDATE sip:peer@192.0.2.2:5060");
    assert_string_equal(header(update, "Session-Expires"), "200;refresher=uac");
    answer_with(kit, bob, update, 501, "", ""); /* it does not take it after all */
    wait(kit, 12);
    (void)expect(kit, bob, "INVITE");
}

/* Who knows of no timer has none. */
static void test_callee_without(void **state) {
    sj_testkit *kit = *state;
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "100");
    (void)called(kit, "Allow: INVITE, UPDATE\r\n");
    wait(kit, 300);
    assert_null(sent_to(kit, bob, "UPDATE"));
    assert_null(sent_to(kit, alice, "BYE"));
}

static void test_not_asking(void **state) {
    sj_testkit *kit = *state;
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "0");
    const char *offer = called(kit, "");
    assert_string_equal(header(offer, "Supported"), "replaces");
    assert_string_equal(header(offer, "Session-Expires"), "");
}

/* "If the response is a 422, the UAC SHOULD retry" with the Min-SE that it says, which the INVITE
 * bears as well (7.3); early media of the second one pass as of any. */
static void test_callee_takes_longer_ones(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    const char *offer = expect(kit, bob, "INVITE");
    assert_string_equal(header(offer, "Session-Expires"), "1800");
    answer_with(kit, bob, offer, 422, "Min-SE: 3600\r\n", "");
    char again[3000];
    (void)snprintf(again, sizeof again, "%s", expect(kit, bob, "INVITE"));
    offer = again;
    assert_string_equal(header(offer, "Session-Expires"), "3600");
    assert_string_equal(header(offer, "Min-SE"), "3600");
    assert_null(sent_to(kit, alice, "SIP/2.0 422"));
    answer(kit, bob, offer, 183, "early");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 183"), "early"));
    answer_with(kit, bob, offer, 422, "Min-SE: 3600\r\n", ""); /* nor that */
    (void)expect(kit, alice, "SIP/2.0 422");
}

/* A peer that takes no session, however long, is offered the call twice; one that asks for more
 * than a day, once. */
static void test_callee_takes_none(void **state) {
    static const struct {
        const char *least;
        int offers;
    } cases[] = {{"Min-SE: 1801\r\n", 2}, {"Min-SE: 86401\r\n", 1}};
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        both_register(kit);
        invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
        answer_with(kit, bob, expect(kit, bob, "INVITE"), 422, cases[i].least, "");
        if (cases[i].offers > 1) {
            const char *again = expect(kit, bob, "INVITE");
            assert_string_equal(header(again, "Session-Expires"), "1801");
            answer_with(kit, bob, again, 422, "Min-SE: 1802\r\n", "");
        }
        (void)expect(kit, alice, "SIP/2.0 422");
        assert_int_equal(sj_testkit_count(kit, "udp", "INVITE sip:uuid-1002"), cases[i].offers);
        within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 422"));
        sj_testkit_advance(kit, 40000);
        sj_testkit_forget(kit);
    }
}

/* A change of the session that is passed on refreshes it on both sides. */
static void test_passed_on(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[3000];
    set(kit, &sj_param_ccm_sip_session_expires_timer_meta, "300");
    both_register(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 200,
                "Require: timer\r\nSession-Expires: 300;refresher=uas\r\n", "answer-sdp");
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    sj_testkit_forget(kit);
    wait(kit, 200);
    within_with(kit, alice, "INVITE", 2, alice_bob, "held");
    const char *held = expect(kit, bob, "INVITE");
    assert_string_equal(header(held, "Session-Expires"), "300;refresher=uas");
    answer_with(kit, bob, held, 200, "Session-Expires: 300;refresher=uas\r\n", "answer");
    within(kit, alice, "ACK", 2, alice_bob);
    sj_testkit_forget(kit);
    wait(kit, 200);
    assert_null(sent_to(kit, alice, "BYE"));
    wait(kit, 100);
    (void)expect(kit, alice, "BYE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_too_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shortest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caller_refreshes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_node_refreshes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refreshes_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_update, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refresh_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refresh_method, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callee_refreshes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callee_has_node_refresh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callee_without, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callee_takes_longer_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callee_takes_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_passed_on, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
