/* A proxy behind a trunk forks what it is sent: several early dialogs of one INVITE, and answers
 * that come when there is no call for them any more (RFC 3261 12.1.2, 13.2.2.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"

#define SDP(name) "v=0\r\no=- 1 1 IN IP4 192.0.2.90\r\ns=" name "\r\n"
#define ELSEWHERE "SIP;cause=200;text=\"Call completed elsewhere\""

/* Alice calls out; the INVITE as the gateway has it. */
static void calls_out(sj_testkit *kit, char offer[DIALOG]) {
    both_register(kit);
    phone_dials(kit, alice, "1001", "91234");
    (void)snprintf(offer, DIALOG, "%s", expect(kit, gateway, "INVITE"));
}

/* Another branch answers: with its tag in To. */
static void branch(sj_testkit *kit, const char *offer, const char *tag, int status,
                   const char *more, const char *body) {
    char forked[4000];
    const char *to = strstr(offer, "\r\nTo: ") + 2, *end = strstr(to, "\r\n");
    (void)snprintf(forked, sizeof forked, "%.*s;tag=%s%s", (int)(end - offer), offer, tag, end);
    sj_testkit_forget(kit);
    answer_with(kit, gateway, forked, status, more, body);
}

/* Our tag in what Alice got last. */
static const char *tag_at(sj_testkit *kit, const char *head) {
    return tag_of(header(expect(kit, alice, head), "To"));
}

/* What was sent to the gateway goes to the branch with that tag. */
static const char *to_branch(sj_testkit *kit, const char *method, const char *tag) {
    const char *request = expect(kit, gateway, method);
    assert_string_equal(tag_of(header(request, "To")), tag);
    return request;
}

/* The media of one branch are heard, another one rings, and that answers: of the first one's media
 * the caller knows in an early dialog, the answer makes another. */
static void media_of_one_and_the_answer_of_another(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], accepted[DIALOG], early[60];
    calls_out(kit, offer);
    branch(kit, offer, "a", 183, "", SDP("a"));
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 183"), "s=a"));
    (void)snprintf(early, sizeof early, "%s", tag_at(kit, "SIP/2.0 183"));
    branch(kit, offer, "b", 180, "", "");
    assert_string_equal(tag_at(kit, "SIP/2.0 180"), early);
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 180"), "Content-Length"), "0");
    branch(kit, offer, "b", 200, "", SDP("b"));
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    assert_non_null(strstr(accepted, "s=b"));
    assert_string_not_equal(tag_at(kit, "SIP/2.0 200"), early);
    within(kit, alice, "ACK", 1, accepted);
    (void)to_branch(kit, "ACK", "b");
    within(kit, alice, "BYE", 2, accepted);
    (void)to_branch(kit, "BYE", "b");
}

/* One branch after the other is heard, and the first answers. */
static void media_of_both(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], first[60], second[60];
    calls_out(kit, offer);
    branch(kit, offer, "a", 183, "", SDP("a"));
    (void)snprintf(first, sizeof first, "%s", tag_at(kit, "SIP/2.0 183"));
    branch(kit, offer, "b", 183, "", SDP("b"));
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 183"), "s=b"));
    (void)snprintf(second, sizeof second, "%s", tag_at(kit, "SIP/2.0 183"));
    assert_string_not_equal(first, second);
    branch(kit, offer, "a", 200, "", SDP("a"));
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "s=a"));
    assert_string_not_equal(tag_at(kit, "SIP/2.0 200"), second);
}

/* The first destination of the trunk is heard and refuses then; what the next one says of its media
 * is another dialog's, and its answer that one's. */
static void media_of_the_next_destination(void **state) {
    sj_testkit *kit = *state;
    static const char *const next = "192.0.2.91";
    char offer[DIALOG], first[60], second[60];
    both_register(kit);
    phone_dials(kit, alice, "1001", "9555");
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 183, SDP("a"));
    (void)snprintf(first, sizeof first, "%s", tag_at(kit, "SIP/2.0 183"));
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 503, "");
    (void)snprintf(offer, DIALOG, "%s", expect(kit, next, "INVITE"));
    answer(kit, next, offer, 183, SDP("b"));
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 183"), "s=b"));
    (void)snprintf(second, sizeof second, "%s", tag_at(kit, "SIP/2.0 183"));
    assert_string_not_equal(first, second);
    answer(kit, next, offer, 200, SDP("b"));
    assert_string_equal(tag_at(kit, "SIP/2.0 200"), second);
}

/* Without a fork nothing of it is seen. */
static void one_branch(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], early[60];
    calls_out(kit, offer);
    branch(kit, offer, "a", 180, "", "");
    (void)snprintf(early, sizeof early, "%s", tag_at(kit, "SIP/2.0 180"));
    branch(kit, offer, "a", 183, "", SDP("a"));
    assert_string_equal(tag_at(kit, "SIP/2.0 183"), early);
    branch(kit, offer, "b", 180, "", "");
    branch(kit, offer, "a", 200, "", SDP("a"));
    assert_string_equal(tag_at(kit, "SIP/2.0 200"), early);
}

/* Somebody who sends media from ever new branches makes no early dialogs without end. */
static void media_without_end(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], tag[20], last[60] = "";
    int dialogs = 0;
    calls_out(kit, offer);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(tag, sizeof tag, "t%d", i);
        branch(kit, offer, tag, 183, "", SDP("x"));
        if (sent_to(kit, alice, "SIP/2.0 183") != NULL) {
            const char *own = tag_at(kit, "SIP/2.0 183");
            dialogs += strcmp(own, last) != 0;
            (void)snprintf(last, sizeof last, "%s", own);
        }
    }
    assert_int_equal(dialogs, 9);
    branch(kit, offer, "t99", 200, "", SDP("y"));
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "s=y"));
    assert_string_not_equal(tag_at(kit, "SIP/2.0 200"), last);
}

/* The call is over when another branch answers: that one is ended, once, and acknowledged as often
 * as it repeats itself. */
static void answered_after_the_end(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], accepted[DIALOG];
    calls_out(kit, offer);
    branch(kit, offer, "a", 200, "", SDP("a"));
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    within(kit, alice, "BYE", 2, accepted);
    answer(kit, gateway, to_branch(kit, "BYE", "a"), 200, "");
    branch(kit, offer, "b", 200,
           "Record-Route: <sip:192.0.2.90:5070;lr>\r\n"
           "Contact: <sip:b@192.0.2.90:5090>\r\n",
           SDP("b"));
    const char *ack = to_branch(kit, "ACK", "b");
    assert_string_equal(header(ack, "CSeq"), "100 ACK");
    assert_string_equal(header(ack, "Route"), "<sip:192.0.2.90:5070;lr>");
    assert_string_equal(tag_of(header(ack, "From")), tag_of(header(offer, "From")));
    const char *bye = to_branch(kit, "BYE", "b");
    assert_string_equal(header(bye, "CSeq"), "102 BYE");
    assert_string_equal(header(bye, "Reason"), ELSEWHERE);
    answer(kit, gateway, bye, 200, "");
    branch(kit, offer, "b", 200, "", SDP("b"));
    (void)to_branch(kit, "ACK", "b");
    assert_null(sent_to(kit, gateway, "BYE"));
    sj_testkit_advance(kit, 33000);
    branch(kit, offer, "c", 200, "", SDP("c"));
    assert_null(sent_to(kit, gateway, "ACK"));
    assert_null(sent_to(kit, gateway, "BYE"));
}

/* A CANCEL has crossed the answer, whose acknowledgement is lost: the repetition has
 * another. */
static void cancel_crosses(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG];
    calls_out(kit, offer);
    answer(kit, gateway, offer, 180, "");
    gives_up(kit, alice, "91234");
    (void)expect(kit, gateway, "CANCEL");
    branch(kit, offer, "b", 200, "", SDP("b"));
    (void)to_branch(kit, "ACK", "b");
    answer(kit, gateway, to_branch(kit, "BYE", "b"), 200, "");
    for (int i = 0; i < 3; i++) {
        branch(kit, offer, "b", 200, "", SDP("b"));
        (void)to_branch(kit, "ACK", "b");
        assert_null(sent_to(kit, gateway, "BYE"));
    }
    branch(kit, offer, "c", 200, "", SDP("c"));
    (void)to_branch(kit, "ACK", "c");
    (void)to_branch(kit, "BYE", "c");
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
}

/* A peer with thousands of answers has some of them ended. */
static void answers_without_end(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], tag[20];
    int ended = 0;
    calls_out(kit, offer);
    gives_up(kit, alice, "91234");
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(tag, sizeof tag, "t%d", i);
        branch(kit, offer, tag, 200, "", SDP("x"));
        ended += sent_to(kit, gateway, "BYE") != NULL;
    }
    assert_int_equal(ended, 33); /* the first of them while the INVITE still went on */
}

/* Nothing is sent for an answer to what this node has not asked. */
static void answers_to_nothing(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG];
    calls_out(kit, offer);
    gives_up(kit, alice, "91234");
    branch(kit, offer, "a", 200, "", SDP("a"));
    (void)to_branch(kit, "ACK", "a");
    memcpy(strstr(offer, "Call-ID: ") + 9, "other", 5);
    branch(kit, offer, "b", 200, "", SDP("b"));
    assert_null(sent_to(kit, gateway, "ACK"));
}

/* Alice has put the other on hold in between: the INVITE that was forked is an older one. */
static void answered_after_a_hold(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG], accepted[DIALOG];
    calls_out(kit, offer);
    branch(kit, offer, "a", 200, "", SDP("a"));
    (void)snprintf(accepted, sizeof accepted, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, accepted);
    within_with(kit, alice, "INVITE", 2, accepted, SDP("hold"));
    answer(kit, gateway, to_branch(kit, "INVITE", "a"), 200, SDP("held"));
    within(kit, alice, "ACK", 2, accepted);
    branch(kit, offer, "b", 200, "", SDP("b"));
    assert_string_equal(header(to_branch(kit, "ACK", "b"), "CSeq"), "100 ACK");
    assert_string_equal(header(to_branch(kit, "BYE", "b"), "CSeq"), "102 BYE");
    assert_null(sent_to(kit, alice, "BYE"));
}

/* The caller has yet to answer the first one's offer: the second is ended all the same. */
static void answered_before_the_acknowledgement(void **state) {
    sj_testkit *kit = *state;
    char offer[DIALOG];
    both_register(kit);
    sj_testkit_forget(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "91234", "1001", "", "", "");
    (void)snprintf(offer, DIALOG, "%s", expect(kit, gateway, "INVITE"));
    branch(kit, offer, "a", 200, "", SDP("a"));
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_null(sent_to(kit, gateway, "ACK"));
    branch(kit, offer, "b", 200, "", SDP("b"));
    (void)to_branch(kit, "ACK", "b");
    (void)to_branch(kit, "BYE", "b");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(media_of_one_and_the_answer_of_another),
        CASE(media_of_both),
        CASE(media_of_the_next_destination),
        CASE(one_branch),
        CASE(media_without_end),
        CASE(answered_after_the_end),
        CASE(cancel_crosses),
        CASE(answers_without_end),
        CASE(answers_to_nothing),
        CASE(answered_after_a_hold),
        CASE(answered_before_the_acknowledgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
