/* Reliable provisional responses (RFC 3262) in the test kit: Alice calls Bob, or over a trunk, by
 * the SIP profile of each; what is repeated, acknowledged, refused, and where descriptions go. */
#include "reliable_kit.h"
#include "resources/sip_trunk.h"

/* ---- towards the caller: section 3 ---- */

/* "The UAS MUST send any non-100 provisional response reliably" where it is required; "RSeq", "the
 * Require header field with 100rel"; "retransmitted with an interval that starts at T1 and
 * doubles"; the PRACK ends that, and the next one has the next number. */
static void test_sent_reliably(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, DESCRIBED, "");
    invite(kit, alice, CONTACT, "1002", "1001", "Require: 100rel\r\n");
    const char *offer = kept(kit, bob, "INVITE");
    assert_string_equal(header(offer, "Supported"), "replaces, timer");
    answer(kit, bob, offer, 180, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    assert_string_equal(header(ringing, "Require"), "100rel");
    assert_true(atol(header(ringing, "RSeq")) > 0);
    assert_true(atol(header(ringing, "RSeq")) < 0x7fffffffL);
    sj_testkit_advance(kit, 600);
    sj_testkit_advance(kit, 1100);
    sj_testkit_advance(kit, 2100);
    assert_int_equal(sj_testkit_count(kit, "udp", "SIP/2.0 180"), 4);
    acknowledge(kit, ringing, 2, rack_of(ringing), "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_advance(kit, 9000);
    assert_null(sent_to(kit, alice, "SIP/2.0 180"));
    answer(kit, bob, offer, 183, "early");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    assert_int_equal(atol(header(progress, "RSeq")), atol(header(ringing, "RSeq")) + 1);
    acknowledge(kit, progress, 3, rack_of(progress), "");
    sj_testkit_forget(kit);
    answer(kit, bob, offer, 200, "early");
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* "If the PRACK does not match an unacknowledged reliable provisional response, the UAS MUST
 * respond with a 481." */
static void test_prack_that_matches_none(void **state) {
    sj_testkit *kit = *state;
    char wrong[60];
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    (void)snprintf(wrong, sizeof wrong, "%ld 1 INVITE", atol(header(ringing, "RSeq")) + 1);
    acknowledge(kit, ringing, 2, wrong, "");
    (void)expect(kit, alice, "SIP/2.0 481");
    (void)snprintf(wrong, sizeof wrong, "%s 2 INVITE", header(ringing, "RSeq"));
    acknowledge(kit, ringing, 3, wrong, "");
    (void)expect(kit, alice, "SIP/2.0 481");
    (void)snprintf(wrong, sizeof wrong, "%s 1 UPDATE", header(ringing, "RSeq"));
    acknowledge(kit, ringing, 4, wrong, "");
    (void)expect(kit, alice, "SIP/2.0 481");
    acknowledge(kit, ringing, 5, "soon", "");
    (void)expect(kit, alice, "SIP/2.0 400");
    acknowledge(kit, ringing, 6, rack_of(ringing), "");
    (void)expect(kit, alice, "SIP/2.0 200");
    acknowledge(kit, ringing, 7, rack_of(ringing), "");
    (void)expect(kit, alice, "SIP/2.0 481");
}

/* "If a reliable provisional response is retransmitted for 64*T1 seconds without reception of a
 * corresponding PRACK, the UAS SHOULD reject the original request with a 5xx response." */
static void test_never_acknowledged(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 31800);
    assert_null(sent_to(kit, alice, "SIP/2.0 504"));
    sj_testkit_advance(kit, 400);
    (void)expect(kit, alice, "SIP/2.0 504");
    (void)expect(kit, bob, "CANCEL");
}

/* "The UAS MUST NOT send a second reliable provisional response until the first is acknowledged",
 * nor a 2xx while one with a session description is not. */
static void test_one_at_a_time(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 180, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    answer(kit, bob, offer, 183, "early");
    answer(kit, bob, offer, 200, "early");
    assert_null(sent_to(kit, alice, "SIP/2.0 183"));
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
    acknowledge(kit, ringing, 2, rack_of(ringing), "");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    expect_text(progress, "early");
    assert_int_equal(sj_testkit_count(kit, "udp", "SIP/2.0 200"), 1); /* to the PRACK */
    acknowledge(kit, progress, 3, rack_of(progress), "");
    const char *accepted = kept(kit, alice, "SIP/2.0 200");
    assert_string_equal(header(accepted, "CSeq"), "1 INVITE");
    /* The answer has been given: it is not repeated (RFC 3261 13.2.1). */
    assert_string_equal(header(accepted, "Content-Length"), "0");
    within(kit, alice, "ACK", 1, accepted);
    (void)expect(kit, bob, "ACK");
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 9, accepted);
    (void)expect(kit, bob, "BYE");
}

/* However much a callee says meanwhile, the last of it is told, with the last description. */
static void test_last_one_is_held(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 180, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    for (int i = 0; i < 20; i++) {
        answer(kit, bob, offer, 183, i < 19 ? "early" : "latest");
    }
    answer(kit, bob, offer, 183, "");
    answer(kit, bob, offer, 200, "latest");
    acknowledge(kit, ringing, 2, rack_of(ringing), "");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    expect_text(progress, "latest");
    assert_int_equal(atol(header(progress, "RSeq")), atol(header(ringing, "RSeq")) + 1);
    acknowledge(kit, progress, 3, rack_of(progress), "");
    assert_string_equal(header(kept(kit, alice, "SIP/2.0 200"), "CSeq"), "1 INVITE");
    assert_null(sent_to(kit, alice, "SIP/2.0 183"));
}

/* A 2xx need not wait for a response without a description; the PRACK may still come. */
static void test_answered_before_the_prack(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 180, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    answer(kit, bob, offer, 200, "answer");
    const char *accepted = kept(kit, alice, "SIP/2.0 200");
    expect_text(accepted, "answer");
    acknowledge(kit, ringing, 2, rack_of(ringing), "");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 200"), "CSeq"), "2 PRACK");
    sj_testkit_advance(kit, 5000);
    assert_null(sent_to(kit, alice, "SIP/2.0 180"));
}

/* A refusal need not wait, and ends the repetitions. */
static void test_ends_before_the_prack(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 183, "early");
    answer(kit, bob, offer, 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 5000);
    assert_null(sent_to(kit, alice, "SIP/2.0 183"));
}

static void test_given_up_before_the_prack(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, ALL, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    answer(kit, bob, expect(kit, bob, "INVITE"), 183, "early");
    gives_up(kit, alice, "1002");
    (void)expect(kit, alice, "SIP/2.0 487");
    (void)expect(kit, bob, "CANCEL");
}

/* The profile: nothing, descriptions alone, or all; and only to those who understand it. */
static void test_profile_of_the_caller(void **state) {
    static const struct {
        const char *option, *lines;
        bool plain, described;
    } cases[] = {
        {"", SUPPORTED, false, false},
        {DESCRIBED, SUPPORTED, false, true},
        {ALL, SUPPORTED, true, true},
        {ALL, "", false, false},
    };
    sj_testkit *kit = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        profiles(kit, cases[i].option, "");
        invite(kit, alice, CONTACT, "1002", "1001", cases[i].lines);
        const char *offer = kept(kit, bob, "INVITE");
        answer(kit, bob, offer, 180, "");
        const char *ringing = kept(kit, alice, "SIP/2.0 180");
        assert_int_equal(header(ringing, "RSeq")[0] != '\0', cases[i].plain);
        if (cases[i].plain) {
            acknowledge(kit, ringing, 2, rack_of(ringing), "");
        }
        answer(kit, bob, offer, 183, "early");
        const char *progress = kept(kit, alice, "SIP/2.0 183");
        assert_int_equal(header(progress, "RSeq")[0] != '\0', cases[i].described);
        assert_int_equal(strcmp(header(progress, "Require"), "100rel") == 0, cases[i].described);
        answer(kit, bob, offer, 486, "");
        (void)expect(kit, alice, "SIP/2.0 486");
        within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 486"));
        sj_testkit_advance(kit, 40000);
        sj_testkit_forget(kit);
    }
}

static void test_required_and_disabled(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, "", "");
    invite(kit, alice, CONTACT, "1002", "1001", "Require: 100rel\r\n");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 420"), "Unsupported"), "100rel");
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* ---- from the callee: section 4 ---- */

/* "The UAC MUST create a new request with method PRACK", within the early dialog; "RAck"; what is
 * not the next one in order is not acknowledged. */
static void test_acknowledged(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, "", DESCRIBED);
    invite(kit, alice, CONTACT, "1002", "1001", "");
    const char *offer = kept(kit, bob, "INVITE");
    assert_string_equal(header(offer, "Supported"), "replaces, timer, 100rel");
    expect_text(header(offer, "Allow"), "PRACK");
    sj_testkit_forget(kit);
    answer_with(kit, bob, offer, 180, "Require: 100rel\r\nRSeq: 4000000000\r\n", "");
    const char *prack = kept(kit, bob, "PRACK sip:peer@192.0.2.2:5060 SIP/2.0");
    assert_string_equal(header(prack, "RAck"), "4000000000 100 INVITE");
    assert_string_equal(header(prack, "CSeq"), "101 PRACK");
    expect_text(header(prack, "To"), ";tag=peer");
    assert_string_equal(header(prack, "Call-ID"), header(offer, "Call-ID"));
    answer(kit, bob, prack, 200, "");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 180"), "RSeq"), "");
    sj_testkit_forget(kit);
    answer_with(kit, bob, offer, 180, "Require: 100rel\r\nRSeq: 4000000000\r\n", ""); /* again */
    answer_with(kit, bob, offer, 183, "Require: 100rel\r\nRSeq: 4000000002\r\n", "late");
    assert_null(sent_to(kit, bob, "PRACK"));
    assert_null(sent_to(kit, alice, "SIP/2.0 183"));
    answer_with(kit, bob, offer, 183, "Require: 100rel\r\nRSeq: 4000000001\r\n", "early");
    assert_string_equal(header(kept(kit, bob, "PRACK"), "RAck"), "4000000001 100 INVITE");
    expect_text(expect(kit, alice, "SIP/2.0 183"), "early");
    /* The description was the answer: the 2xx need not have it (RFC 3262 5), and Alice, who has got
     * hers in a plain response, does. */
    sj_testkit_forget(kit);
    answer(kit, bob, offer, 200, "");
    expect_text(expect(kit, alice, "SIP/2.0 200"), "early");
    within(kit, alice, "ACK", 1, expect(kit, alice, "SIP/2.0 200"));
    assert_string_equal(header(expect(kit, bob, "ACK"), "CSeq"), "100 ACK");
}

/* Behind a proxy that forks each branch has an early dialog and numbers of its own; the route set
 * is that of the response (RFC 3261 12.1.2). */
static void test_forked(void **state) {
    static const char *const tags[] = {"one", "two"};
    sj_testkit *kit = *state;
    profiles(kit, "", ALL);
    invite(kit, alice, CONTACT, "1002", "1001", "");
    const char *offer = kept(kit, bob, "INVITE");
    for (int i = 0; i < 4; i++) {
        char forked[4000], lines[200], wanted[60];
        const char *to = strstr(offer, "\r\nTo: ") + 2, *end = strstr(to, "\r\n");
        (void)snprintf(forked, sizeof forked, "%.*s;tag=%s%s", (int)(end - offer), offer,
                       tags[i % 2], end);
        (void)snprintf(lines, sizeof lines,
                       "Require: 100rel\r\nRSeq: %d\r\nRecord-Route: <sip:192.0.2.%d;lr>\r\n",
                       7 + i / 2 + 10 * (i % 2), 50 + i % 2);
        sj_testkit_forget(kit);
        answer_with(kit, bob, forked, 180, lines, "");
        const char *prack = expect(kit, bob, "PRACK");
        (void)snprintf(wanted, sizeof wanted, "%d 100 INVITE", 7 + i / 2 + 10 * (i % 2));
        assert_string_equal(header(prack, "RAck"), wanted);
        (void)snprintf(wanted, sizeof wanted, ";tag=%s", tags[i % 2]);
        expect_text(header(prack, "To"), wanted);
        (void)snprintf(wanted, sizeof wanted, "<sip:192.0.2.%d;lr>", 50 + i % 2);
        assert_string_equal(header(prack, "Route"), wanted);
    }
}

/* A callee that answers no PRACK has no more than eight: what it says then it says again. */
static void test_pracks_unanswered(void **state) {
    sj_testkit *kit = *state;
    char lines[80];
    profiles(kit, "", ALL);
    invite(kit, alice, CONTACT, "1002", "1001", "");
    const char *offer = kept(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    for (int i = 1; i <= 20; i++) {
        (void)snprintf(lines, sizeof lines, "Require: 100rel\r\nRSeq: %d\r\n", i);
        answer_with(kit, bob, offer, 180, lines, "");
    }
    assert_int_equal(sj_testkit_count(kit, "udp", "PRACK sip:"), 8);
    const char *prack = kept(kit, bob, "PRACK");
    assert_string_equal(header(prack, "RAck"), "8 100 INVITE");
    answer(kit, bob, prack, 200, "");
    answer_with(kit, bob, offer, 180, "Require: 100rel\r\nRSeq: 9\r\n", "");
    assert_string_equal(header(expect(kit, bob, "PRACK"), "RAck"), "9 100 INVITE");
    answer(kit, bob, offer, 200, "answer");
    expect_text(expect(kit, alice, "SIP/2.0 200"), "answer");
}

/* ---- from one to the other: section 5 ---- */

/* An INVITE without an offer gets one in the first reliable response, and "the UAC MUST generate an
 * answer in the PRACK". */
static void test_offer_in_a_response(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, DESCRIBED, DESCRIBED);
    invite_with(kit, alice, CONTACT, "1002", "1001", SUPPORTED, "", "");
    const char *offer = kept(kit, bob, "INVITE");
    assert_string_equal(header(offer, "Supported"), "replaces, timer, 100rel");
    sj_testkit_forget(kit);
    answer_with(kit, bob, offer, 183, "Require: 100rel\r\nRSeq: 5\r\n", "bobs-offer");
    assert_null(sent_to(kit, bob, "PRACK")); /* it takes the answer along */
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    expect_text(progress, "bobs-offer");
    assert_string_equal(header(progress, "Require"), "100rel");
    acknowledge(kit, progress, 2, rack_of(progress), "");
    expect_text(expect(kit, alice, "SIP/2.0 400"), "The answer to the offer is missing");
    acknowledge(kit, progress, 3, rack_of(progress), "alices-answer");
    (void)expect(kit, alice, "SIP/2.0 200");
    const char *prack = kept(kit, bob, "PRACK");
    assert_string_equal(header(prack, "RAck"), "5 100 INVITE");
    expect_text(prack, "alices-answer");
    answer(kit, bob, prack, 200, "");
    sj_testkit_forget(kit);
    answer(kit, bob, offer, 200, "");
    const char *accepted = kept(kit, alice, "SIP/2.0 200");
    assert_string_equal(header(accepted, "Content-Length"), "0");
    within(kit, alice, "ACK", 1, accepted);
    assert_string_equal(header(expect(kit, bob, "ACK"), "Content-Length"), "0");
}

/* A caller who cannot answer in a PRACK has its callee not make an offer before its 2xx. */
static void test_no_offer_for_who_cannot_answer(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, "", ALL);
    invite_with(kit, alice, CONTACT, "1002", "1001", SUPPORTED, "", "");
    assert_string_equal(header(expect(kit, bob, "INVITE"), "Supported"), "replaces, timer");
}

/* A further offer in a PRACK is refused; the response counts as acknowledged. */
static void test_offer_in_a_prack(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, DESCRIBED, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    answer(kit, bob, expect(kit, bob, "INVITE"), 183, "early");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    acknowledge(kit, progress, 2, rack_of(progress), "another-offer");
    (void)expect(kit, alice, "SIP/2.0 488");
    sj_testkit_advance(kit, 5000);
    assert_null(sent_to(kit, alice, "SIP/2.0 183"));
}

/* The answer was given by one branch of a fork, and another one takes the call: for the caller that
 * is another dialog. */
static void test_another_branch_answers(void **state) {
    sj_testkit *kit = *state;
    char forked[4000];
    profiles(kit, DESCRIBED, "");
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED);
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 183, "early");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    acknowledge(kit, progress, 2, rack_of(progress), "");
    sj_testkit_forget(kit);
    const char *to = strstr(offer, "\r\nTo: ") + 2, *end = strstr(to, "\r\n");
    (void)snprintf(forked, sizeof forked, "%.*s;tag=other%s", (int)(end - offer), offer, end);
    answer(kit, bob, forked, 200, "other-answer");
    const char *accepted = kept(kit, alice, "SIP/2.0 200");
    expect_text(accepted, "other-answer");
    assert_string_not_equal(header(accepted, "To"), header(progress, "To"));
    within(kit, alice, "ACK", 1, accepted);
    (void)expect(kit, bob, "ACK");
}

/* Over a trunk, by its profile; the phone knows nothing of it. */
static void test_trunk(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, "", "");
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Provider\",\"options_ping\":false,\"rel1xx_options\":\"" DESCRIBED "\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_profile\":\"Provider\","
        "\"sip_trunk_security_profile\":\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    sj_testkit_run(kit);
    sj_testkit_forget(kit);
    invite(kit, alice, CONTACT, "91234", "1001", "");
    const char *offer = kept(kit, gateway, "INVITE");
    assert_string_equal(header(offer, "Supported"), "replaces, timer, 100rel");
    answer_with(kit, gateway, offer, 183, "Require: 100rel\r\nRSeq: 1\r\n", "early");
    assert_string_equal(header(expect(kit, gateway, "PRACK"), "RAck"), "1 100 INVITE");
    expect_text(expect(kit, alice, "SIP/2.0 183"), "early");
    sj_testkit_forget(kit);
    invite(kit, gateway, "x@192.0.2.90", "1002", "5551234", "Require: 100rel\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    assert_string_equal(header(expect(kit, gateway, "SIP/2.0 180"), "Require"), "100rel");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_sent_reliably),
        TEST(test_prack_that_matches_none),
        TEST(test_never_acknowledged),
        TEST(test_one_at_a_time),
        TEST(test_last_one_is_held),
        TEST(test_answered_before_the_prack),
        TEST(test_ends_before_the_prack),
        TEST(test_given_up_before_the_prack),
        TEST(test_profile_of_the_caller),
        TEST(test_required_and_disabled),
        TEST(test_acknowledged),
        TEST(test_forked),
        TEST(test_pracks_unanswered),
        TEST(test_offer_in_a_response),
        TEST(test_no_offer_for_who_cannot_answer),
        TEST(test_offer_in_a_prack),
        TEST(test_another_branch_answers),
        TEST(test_trunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
