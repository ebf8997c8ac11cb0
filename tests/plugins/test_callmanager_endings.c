/* How calls end, in the test kit: the cause that a party says (RFC 3326, RFC 6432) reaches the
 * other party and the record; answers of branches that come too late are ended (RFC 3261 13.2.2.4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "sip/release_cause.h"

#define ELSEWHERE "SIP;cause=200;text=\"Call completed elsewhere\""

static void test_who_hangs_up_says_why(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG], bye[DIALOG];
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", caller, callee);
    sj_testkit_forget(kit);
    (void)snprintf(
        bye, sizeof bye,
        "BYE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKb\r\n"
        "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 7 BYE\r\n"
        "Reason: SIP;cause=503, q.850 ; cause=41;text=\"Temporary\"\r\n"
        "Content-Length: 0\r\n\r\n",
        header(callee, "From"), header(callee, "To"), header(callee, "Call-ID"));
    send_text(kit, bob, 5060, bye);
    assert_string_equal(header(expect(kit, alice, "BYE"), "Reason"), "Q.850;cause=41");
    assert_non_null(sj_testkit_find(kit, "event", "\"cause\":41"));
}

static void test_what_a_reason_says(void **state) {
    static const struct {
        const char *reason;
        int cause;
    } known[] = {{"", 0},
                 {"Reason: Q.850;cause=41\r\n", 41},
                 {"Reason: SIP;cause=503, q.850 ;cause=127\r\n", 127},
                 {"Reason: SIP;cause=486\r\nReason: Q.850 ; text=\"a;cause=3\";cause=17\r\n", 17},
                 {"Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", 26},
                 {"Reason: SIP;cause=486\r\n", 0},
                 {"Reason: Q.850\r\n", 0},
                 {"Reason: Q.850;cause=0\r\n", 0},
                 {"Reason: Q.850;cause=128\r\n", 0},
                 {"Reason: Q.850;cause=4x\r\n", 0},
                 {"Reason: Q.850x;cause=41\r\n", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[600];
        struct sip_message message;
        const int length =
            snprintf(text, sizeof text,
                     "BYE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb\r\n"
                     "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\n"
                     "CSeq: 7 BYE\r\n%sContent-Length: 0\r\n\r\n",
                     known[i].reason);
        assert_true(sip_message_parse(text, (size_t)length, &message));
        assert_int_equal(release_cause_read(&message), known[i].cause);
    }
}

static void test_a_refusal_says_why(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    phone_dials(kit, alice, "1001", "1002");
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 500, "Reason: Q.850;cause=34\r\n", "");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 500"), "\r\nReason: Q.850;cause=34\r\n"));
    assert_non_null(sj_testkit_find(kit, "event", "\"cause\":34"));
}

/* What one party has said is not said of what happens later. */
static void test_a_cause_is_of_its_ending(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", caller, callee);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 9, caller);
    assert_string_equal(header(expect(kit, bob, "BYE"), "Reason"), "Q.850;cause=16");
    phone_dials(kit, alice, "1001", "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    gives_up(kit, alice, "1002");
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"), "Q.850;cause=16");
}

/* A proxy before us has had it answered by another: no missed call here. */
static void test_answered_elsewhere_is_passed_on(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    phone_dials(kit, alice, "1001", "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    gives_up_with(kit, alice, "1002", "Reason: " ELSEWHERE "\r\n");
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"), ELSEWHERE);
}

/* An offer with another tag in its To, to be answered by another branch. */
static const char *branch_of(const char *offer, const char *tag) {
    static char forked[4000];
    const char *to = strstr(offer, "\r\nTo: ") + 2, *end = strstr(to, "\r\n");
    (void)snprintf(forked, sizeof forked, "%.*s;tag=%s%s", (int)(end - offer), offer, tag, end);
    return forked;
}

static void test_another_branch_answers_too(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG];
    both_register(kit);
    phone_dials(kit, alice, "1001", "1002");
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, branch_of(offer, "first"), 200, "answer");
    const char *accepted = expect(kit, alice, "SIP/2.0 200");
    within(kit, alice, "ACK", 1, accepted);
    assert_non_null(strstr(header(expect(kit, bob, "ACK"), "To"), "tag=first"));
    sj_testkit_forget(kit);
    answer(kit, bob, branch_of(offer, "second"), 200, "late");
    assert_non_null(strstr(header(expect(kit, bob, "ACK"), "To"), "tag=second"));
    const char *bye = expect(kit, bob, "BYE");
    assert_non_null(strstr(header(bye, "To"), "tag=second"));
    assert_string_equal(header(bye, "CSeq"), "101 BYE");
    assert_string_equal(header(bye, "Reason"), ELSEWHERE);
    answer(kit, bob, bye, 200, "");
    /* The first one repeats its 2xx: it is acknowledged again, and talks on. */
    sj_testkit_forget(kit);
    answer(kit, bob, branch_of(offer, "first"), 200, "answer");
    assert_non_null(strstr(header(expect(kit, bob, "ACK"), "To"), "tag=first"));
    assert_null(sent_to(kit, bob, "BYE"));
    assert_null(sent_to(kit, alice, "BYE"));
}

/* Somebody who answers from ever new branches is not answered for ever. */
static void test_branches_without_end(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], tag[20];
    both_register(kit);
    phone_dials(kit, alice, "1001", "1002");
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, bob, "INVITE"));
    answer(kit, bob, branch_of(offer, "first"), 200, "answer");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    sj_testkit_forget(kit);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(tag, sizeof tag, "t%d", i);
        answer(kit, bob, branch_of(offer, tag), 200, "late");
    }
    assert_int_equal(sj_testkit_count(kit, "udp", "ACK"), 32);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_who_hangs_up_says_why),
        cmocka_unit_test(test_what_a_reason_says),
        TEST(test_a_refusal_says_why),
        TEST(test_a_cause_is_of_its_ending),
        TEST(test_answered_elsewhere_is_passed_on),
        TEST(test_another_branch_answers_too),
        TEST(test_branches_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
