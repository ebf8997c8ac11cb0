/* Offers in early dialogs: UPDATE (RFC 3311) from both sides, and a further offer in a PRACK (RFC
 * 3262 5). Alice calls Bob; both take reliable provisional responses unless a test says otherwise.
 */
#include "reliable_kit.h"

#define UPDATES "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\r\n"
#define RELIABLY "Require: 100rel\r\nRSeq: 7\r\n"

/* One side of the call, as messages between it and the node name its dialog. */
struct early {
    const char *offer;    /* the INVITE to Bob */
    const char *progress; /* the 183 to Alice */
    char bobs[DIALOG];    /* his dialog, as he has it */
};

/* Bob says what his media are while it rings. `of_bob`: further headers of his 183. */
static struct early rings(sj_testkit *kit, const char *bobs_profile, const char *of_bob) {
    struct early early;
    profiles(kit, DESCRIBED, bobs_profile);
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED UPDATES);
    early.offer = kept(kit, bob, "INVITE");
    answer_with(kit, bob, early.offer, 183, of_bob, "early");
    early.progress = kept(kit, alice, "SIP/2.0 183");
    (void)snprintf(early.bobs, DIALOG, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(early.offer, "To"), header(early.offer, "From"),
                   header(early.offer, "Call-ID"));
    return early;
}

/* The same, and everything is acknowledged. */
static struct early agreed(sj_testkit *kit) {
    struct early early = rings(kit, DESCRIBED, RELIABLY UPDATES);
    answer(kit, bob, expect(kit, bob, "PRACK"), 200, "");
    acknowledge(kit, early.progress, 2, rack_of(early.progress), "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    return early;
}

static void expect_later(sj_testkit *kit, const char *who) {
    const char *refusal = expect(kit, who, "SIP/2.0 500");
    const char *after = header(refusal, "Retry-After");
    assert_true(after[0] != '\0');
    assert_in_range(atol(after), 0, 10);
}

static void the_caller_offers(void **state) {
    sj_testkit *kit = *state;
    const struct early early = agreed(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    const char *update = kept(kit, bob, "UPDATE");
    expect_text(update, "second-offer");
    expect_text(header(update, "To"), "tag=peer");
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
    answer_with(kit, bob, update, 200, "", "second-answer");
    const char *accepted = expect(kit, alice, "SIP/2.0 200");
    assert_string_equal(header(accepted, "CSeq"), "3 UPDATE");
    assert_string_equal(header(accepted, "Session-Expires"), "");
    expect_text(accepted, "second-answer");
    sj_testkit_forget(kit);
    answer(kit, bob, early.offer, 200, "");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 200"), "Content-Length"), "0");
}

static void the_callee_offers(void **state) {
    sj_testkit *kit = *state;
    const struct early early = agreed(kit);
    within_with(kit, bob, "UPDATE", 1, early.bobs, "bobs-offer");
    const char *update = kept(kit, alice, "UPDATE");
    expect_text(update, "bobs-offer");
    assert_string_equal(header(update, "Call-ID"), header(early.progress, "Call-ID"));
    answer(kit, alice, update, 200, "alices-answer");
    const char *accepted = expect(kit, bob, "SIP/2.0 200");
    assert_string_equal(header(accepted, "CSeq"), "1 UPDATE");
    expect_text(accepted, "alices-answer");
    sj_testkit_forget(kit);
    answer(kit, bob, early.offer, 200, "");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 200"), "Content-Length"), "0");
}

/* What one side refuses the other is told, and the call goes on. */
static void an_offer_is_refused(void **state) {
    sj_testkit *kit = *state;
    const struct early early = agreed(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    answer(kit, bob, expect(kit, bob, "UPDATE"), 488, "");
    (void)expect(kit, alice, "SIP/2.0 488");
    sj_testkit_forget(kit);
    answer(kit, bob, early.offer, 200, "");
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* RFC 3311 5.2: "If the UPDATE is received while an offer in an UPDATE from the same side is not
 * answered, 500 with Retry-After; while this side has made one itself, 491." */
static void while_another_is_under_way(void **state) {
    sj_testkit *kit = *state;
    const struct early early = agreed(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    const char *update = kept(kit, bob, "UPDATE");
    sj_testkit_forget(kit);
    within_with(kit, bob, "UPDATE", 1, early.bobs, "bobs-offer");
    (void)expect(kit, bob, "SIP/2.0 491");
    within_with(kit, alice, "UPDATE", 4, early.progress, "third-offer");
    expect_later(kit, alice);
    answer(kit, bob, update, 200, "second-answer");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    within_with(kit, bob, "UPDATE", 2, early.bobs, "bobs-offer");
    expect_text(expect(kit, alice, "UPDATE"), "bobs-offer");
}

/* Before Alice has acknowledged the answer to her own offer, she has none; to Bob, until his PRACK
 * is answered, the node has not either. */
static void before_the_first_answer(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, DESCRIBED, DESCRIBED);
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED UPDATES);
    const char *offer = kept(kit, bob, "INVITE");
    answer_with(kit, bob, offer, 180, UPDATES, "");
    const char *ringing = kept(kit, alice, "SIP/2.0 180");
    char bobs[DIALOG];
    (void)snprintf(bobs, DIALOG, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(offer, "To"), header(offer, "From"), header(offer, "Call-ID"));
    sj_testkit_forget(kit);
    within_with(kit, alice, "UPDATE", 2, ringing, "second-offer");
    expect_later(kit, alice);
    within_with(kit, bob, "UPDATE", 1, bobs, "bobs-offer");
    (void)expect(kit, bob, "SIP/2.0 491");
}

/* Bob's dialog has no agreement before he answers: his side cannot, for now. */
static void one_side_alone_is_reliable(void **state) {
    sj_testkit *kit = *state;
    const struct early early = rings(kit, "", UPDATES);
    acknowledge(kit, early.progress, 2, rack_of(early.progress), "");
    (void)expect(kit, alice, "SIP/2.0 200");
    sj_testkit_forget(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    (void)expect(kit, alice, "SIP/2.0 491");
    assert_null(sent_to(kit, bob, "UPDATE"));
}

static void one_side_takes_no_update(void **state) {
    sj_testkit *kit = *state;
    const struct early early = rings(kit, DESCRIBED, RELIABLY);
    answer(kit, bob, expect(kit, bob, "PRACK"), 200, "");
    acknowledge(kit, early.progress, 2, rack_of(early.progress), "");
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    expect_text(header(expect(kit, alice, "SIP/2.0 488"), "Warning"),
                "The other party takes no UPDATE");
    assert_null(sent_to(kit, bob, "UPDATE"));
}

/* RFC 3262 5: "the UAS MUST place the answer in the 2xx to the PRACK"; for Bob it is an UPDATE. */
static void a_further_offer_in_a_prack(void **state) {
    sj_testkit *kit = *state;
    const struct early early = rings(kit, DESCRIBED, RELIABLY UPDATES);
    answer(kit, bob, expect(kit, bob, "PRACK"), 200, "");
    acknowledge(kit, early.progress, 2, rack_of(early.progress), "further-offer");
    const char *update = kept(kit, bob, "UPDATE");
    expect_text(update, "further-offer");
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
    sj_testkit_advance(kit, 3000);
    assert_null(sent_to(kit, alice, "SIP/2.0 183")); /* it counts as acknowledged */
    answer(kit, bob, update, 200, "further-answer");
    const char *accepted = expect(kit, alice, "SIP/2.0 200");
    assert_string_equal(header(accepted, "CSeq"), "2 PRACK");
    expect_text(accepted, "further-answer");
}

/* Whoever leaves in between: nothing stays behind, and each request gets its answer. */
static void the_call_ends_meanwhile(void **state) {
    sj_testkit *kit = *state;
    const struct early early = agreed(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    const char *update = kept(kit, bob, "UPDATE");
    answer(kit, bob, early.offer, 486, "");
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 487"), "CSeq"), "3 UPDATE");
    (void)expect(kit, alice, "SIP/2.0 486");
    answer(kit, bob, update, 200, "second-answer");
    sj_testkit_advance(kit, 40000);
}

/* Alice, who calls Bob, puts Dave through to him while her offer has no answer, and leaves. */
static void the_transferor_leaves_meanwhile(void **state) {
    sj_testkit *kit = *state;
    char dave_alice[DIALOG], alice_dave[DIALOG];
    dave_registers(kit);
    profiles(kit, "", "");
    phones_talk(kit, dave, "1004", alice, "1001", dave_alice, alice_dave);
    const struct early early = agreed(kit);
    within_with(kit, alice, "UPDATE", 3, early.progress, "second-offer");
    const char *update = kept(kit, bob, "UPDATE");
    refer_attended(kit, alice, 101, alice_dave, early.progress);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 102, alice_dave);
    assert_string_equal(header(expect(kit, alice, "SIP/2.0 487"), "CSeq"), "3 UPDATE");
    answer(kit, bob, update, 200, "second-answer");
    answer(kit, bob, early.offer, 200, "bobs-offer");
    sj_testkit_advance(kit, 40000);
}

/* "180 after 183": the caller hears that it rings, with or without early media. */
static void it_rings_after_progress(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, "", "");
    invite(kit, alice, CONTACT, "1002", "1001", "");
    const char *offer = kept(kit, bob, "INVITE");
    answer(kit, bob, offer, 183, "");
    (void)expect(kit, alice, "SIP/2.0 183");
    answer(kit, bob, offer, 180, "");
    (void)expect(kit, alice, "SIP/2.0 180");
    sj_testkit_forget(kit);
    answer(kit, bob, offer, 180, ""); /* once more: nothing new */
    assert_null(sent_to(kit, alice, "SIP/2.0 180"));
    answer(kit, bob, offer, 183, "early");
    expect_text(expect(kit, alice, "SIP/2.0 183"), "early");
    answer(kit, bob, offer, 180, "");
    (void)expect(kit, alice, "SIP/2.0 180");
}

/* A CANCEL of the INVITE that has got this 100. */
static const char *cancel_of(const char *trying) {
    static char text[DIALOG];
    (void)snprintf(text, sizeof text,
                   "CANCEL sip:1002@127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
                   "Call-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   header(trying, "Via"), header(trying, "From"), header(trying, "To"),
                   header(trying, "Call-ID"));
    return text;
}

static void the_caller_gives_up_meanwhile(void **state) {
    sj_testkit *kit = *state;
    profiles(kit, DESCRIBED, DESCRIBED);
    invite(kit, alice, CONTACT, "1002", "1001", SUPPORTED UPDATES);
    const char *offer = kept(kit, bob, "INVITE");
    answer_with(kit, bob, offer, 183, RELIABLY UPDATES, "early");
    answer(kit, bob, expect(kit, bob, "PRACK"), 200, "");
    const char *progress = kept(kit, alice, "SIP/2.0 183");
    char bobs[DIALOG], cancel[DIALOG];
    (void)snprintf(bobs, DIALOG, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(offer, "To"), header(offer, "From"), header(offer, "Call-ID"));
    (void)snprintf(cancel, sizeof cancel, "%s", expect(kit, alice, "SIP/2.0 100"));
    acknowledge(kit, progress, 2, rack_of(progress), "");
    within_with(kit, bob, "UPDATE", 1, bobs, "bobs-offer");
    (void)expect(kit, alice, "UPDATE");
    send_text(kit, alice, 5060, cancel_of(cancel));
    (void)expect(kit, alice, "SIP/2.0 487");
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 487"), "CSeq"), "1 UPDATE");
    (void)expect(kit, bob, "CANCEL");
    sj_testkit_advance(kit, 40000);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_caller_offers),
        TEST(the_callee_offers),
        TEST(an_offer_is_refused),
        TEST(while_another_is_under_way),
        TEST(before_the_first_answer),
        TEST(one_side_alone_is_reliable),
        TEST(one_side_takes_no_update),
        TEST(a_further_offer_in_a_prack),
        TEST(the_call_ends_meanwhile),
        TEST(the_caller_gives_up_meanwhile),
        TEST(the_transferor_leaves_meanwhile),
        TEST(it_rings_after_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
