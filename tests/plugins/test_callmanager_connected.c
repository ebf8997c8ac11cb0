/* Who is at the far end of a trunk, as its peer says while the call goes on, in the test kit: told
 * on by provisional responses, the answer, UPDATE (RFC 3311) or re-INVITE, and withheld where that
 * is asked. Alice (1001) calls through the gateway, or is called from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"

#define CONTACT "uuid-1001@192.0.2.1:5060"
#define UPDATES "Allow: INVITE, ACK, BYE, UPDATE\r\n"
#define ASSERTS(name, number) "P-Asserted-Identity: \"" name "\" <sip:" number "@192.0.2.90>\r\n"

static const char *kept(sj_testkit *kit, const char *who, const char *head) {
    static char texts[6][4000];
    static unsigned turn;
    char *text = texts[turn++ % 6];
    (void)snprintf(text, sizeof texts[0], "%s", expect(kit, who, head));
    return text;
}

static void expect_party(const char *message, const char *party) {
    const char *told = header(message, "Remote-Party-ID");
    if (strstr(told, party) == NULL) {
        fail_msg("%s is not told in:\n%s", party, message);
    }
}

/* Alice's call through the gateway, offered there. */
static const char *goes_out(sj_testkit *kit, const char *lines) {
    both_register(kit);
    invite(kit, alice, CONTACT, "91234", "1001", lines);
    return kept(kit, gateway, "INVITE sip:1234@");
}

/* The same, answered with these lines; the dialog of Alice, and that of the gateway. */
static void connected(sj_testkit *kit, const char *of_alice, const char *of_gateway,
                      const char *dialogs[2]) {
    static char turned[DIALOG];
    const char *offer = goes_out(kit, of_alice);
    answer_with(kit, gateway, offer, 200, of_gateway, "answer");
    dialogs[0] = kept(kit, alice, "SIP/2.0 200");
    within(kit, alice, "ACK", 1, dialogs[0]);
    turned_round(expect(kit, gateway, "ACK"), turned);
    dialogs[1] = turned;
    sj_testkit_forget(kit);
}

static void says(sj_testkit *kit, const char *method, int cseq, const char *dialog,
                 const char *lines, const char *sdp) {
    char text[4000];
    (void)snprintf(text, sizeof text,
                   "%s sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.90:5060;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: "
                   "%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:peer@192.0.2.90:5060>\r\n%s"
                   "%sContent-Length: %zu\r\n\r\n%s",
                   method, method, cseq, header(dialog, "From"), header(dialog, "To"),
                   header(dialog, "Call-ID"), cseq, method, lines,
                   sdp[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
    send_text(kit, gateway, 5060, text);
}

/* Each provisional response that names another party is passed on, and the answer names the last
 * one. Without an identity what was dialled stands. */
static void test_while_it_rings(void **state) {
    sj_testkit *kit = *state;
    const char *offer = goes_out(kit, "");
    answer(kit, gateway, offer, 180, "");
    expect_party(expect(kit, alice, "SIP/2.0 180"), "<sip:91234@127.0.0.1>;party=called");
    sj_testkit_forget(kit);
    answer(kit, gateway, offer, 180, "");
    assert_null(sent_to(kit, alice, "SIP/2.0 180")); /* nothing is new */
    answer_with(kit, gateway, offer, 180, ASSERTS("Reception", "100"), "");
    expect_party(expect(kit, alice, "SIP/2.0 180"), "\"Reception\" <sip:100@127.0.0.1>");
    sj_testkit_forget(kit);
    answer_with(kit, gateway, offer, 183, ASSERTS("Support", "200"), "early");
    const char *progress = expect(kit, alice, "SIP/2.0 183");
    expect_party(progress, "\"Support\" <sip:200@127.0.0.1>;party=called;screen=yes;privacy=off");
    assert_string_equal(header(progress, "P-Asserted-Identity"), "\"Support\" <sip:200@127.0.0.1>");
    answer(kit, gateway, offer, 200, "early");
    expect_party(expect(kit, alice, "SIP/2.0 200"), "\"Support\" <sip:200@127.0.0.1>");
}

/* An UPDATE within the early dialog says it as well; before there is an answer it may offer
 * nothing. */
static void test_update_while_it_rings(void **state) {
    sj_testkit *kit = *state;
    char early[DIALOG];
    const char *offer = goes_out(kit, "");
    answer(kit, gateway, offer, 180, "");
    (void)snprintf(early, sizeof early, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(offer, "To"), header(offer, "From"), header(offer, "Call-ID"));
    sj_testkit_forget(kit);
    says(kit, "UPDATE", 1, early, ASSERTS("Support", "200"), "");
    const char *accepted = expect(kit, gateway, "SIP/2.0 200");
    assert_string_equal(header(accepted, "CSeq"), "1 UPDATE");
    assert_string_equal(header(accepted, "Session-Expires"), "");
    expect_party(expect(kit, alice, "SIP/2.0 180"), "\"Support\" <sip:200@127.0.0.1>");
    says(kit, "UPDATE", 2, early, "", "an-offer");
    (void)expect(kit, gateway, "SIP/2.0 491");
    sj_testkit_forget(kit);
    says(kit, "INFO", 3, early, "", "");
    (void)expect(kit, gateway, "SIP/2.0 491");
}

/* The far side transfers: Alice's phone is told by UPDATE. A second change waits for the answer. */
static void test_by_update(void **state) {
    sj_testkit *kit = *state;
    const char *dialogs[2];
    connected(kit, UPDATES, UPDATES ASSERTS("Reception", "100"), dialogs);
    expect_party(dialogs[0], "\"Reception\" <sip:100@127.0.0.1>");
    says(kit, "UPDATE", 1, dialogs[1], ASSERTS("Reception", "100"), "");
    (void)expect(kit, gateway, "SIP/2.0 200");
    assert_null(sent_to(kit, alice, "UPDATE")); /* no news */
    says(kit, "UPDATE", 2, dialogs[1], ASSERTS("Support", "200"), "");
    const char *update = kept(kit, alice, "UPDATE");
    expect_party(update, "\"Support\" <sip:200@127.0.0.1>;party=called");
    assert_string_equal(header(update, "Content-Length"), "0");
    sj_testkit_forget(kit);
    says(kit, "UPDATE", 3, dialogs[1], ASSERTS("Sales", "300"), "");
    says(kit, "UPDATE", 4, dialogs[1], ASSERTS("Boss", "400"), "");
    assert_null(sent_to(kit, alice, "UPDATE"));
    answer(kit, alice, update, 200, "");
    update = kept(kit, alice, "UPDATE");
    expect_party(update, "\"Boss\" <sip:400@127.0.0.1>");
    answer(kit, alice, update, 488, "");
    sj_testkit_advance(kit, 40000);
    assert_null(sent_to(kit, gateway, "BYE"));
}

/* A phone that takes no UPDATE is told by a re-INVITE, in which the other side takes part. */
static void test_by_invite(void **state) {
    sj_testkit *kit = *state;
    const char *dialogs[2];
    connected(kit, "", UPDATES, dialogs);
    says(kit, "UPDATE", 1, dialogs[1], ASSERTS("Support", "200"), "");
    sj_testkit_advance(kit, 60);
    const char *again = kept(kit, alice, "INVITE");
    expect_party(again, "\"Support\" <sip:200@127.0.0.1>;party=called");
    answer(kit, alice, again, 200, "alices-offer");
    sj_testkit_advance(kit, 60);
    again = expect(kit, gateway, "INVITE");
    assert_non_null(strstr(again, "alices-offer"));
    answer(kit, gateway, again, 200, "answer");
    assert_non_null(strstr(expect(kit, alice, "ACK"), "answer"));
}

/* What is passed on from one to the other bears the identity along. */
static void test_with_a_change(void **state) {
    sj_testkit *kit = *state;
    const char *dialogs[2];
    connected(kit, UPDATES, UPDATES, dialogs);
    says(kit, "INVITE", 2, dialogs[1], ASSERTS("Support", "200"), "an-offer");
    const char *again = kept(kit, alice, "INVITE");
    expect_party(again, "\"Support\" <sip:200@127.0.0.1>;party=called");
    answer(kit, alice, again, 200, "answer");
    expect_party(expect(kit, gateway, "SIP/2.0 200"), "<sip:1001@127.0.0.1>;party=calling");
}

/* Who withholds is not shown to phones. */
static void test_withheld(void **state) {
    sj_testkit *kit = *state;
    const char *dialogs[2];
    connected(kit, UPDATES, UPDATES ASSERTS("Boss", "400") "Privacy: id\r\n", dialogs);
    assert_string_equal(header(dialogs[0], "Remote-Party-ID"), "");
    assert_null(strstr(dialogs[0], "400@"));
    says(kit, "UPDATE", 1, dialogs[1], ASSERTS("Boss", "500") "Privacy: id\r\n", "");
    assert_null(strstr(expect(kit, alice, "UPDATE"), "500@"));
}

/* The caller's identity changes as well; what phones assert of themselves does not count. */
static void test_of_the_caller(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite(kit, gateway, "x@192.0.2.90", "1001", "5551234", UPDATES);
    const char *offer = kept(kit, alice, "INVITE");
    answer_with(kit, alice, offer, 200, UPDATES ASSERTS("Mallory", "999"), "answer");
    const char *accepted = kept(kit, gateway, "SIP/2.0 200");
    assert_null(strstr(accepted, "Mallory"));
    within(kit, gateway, "ACK", 1, accepted);
    sj_testkit_forget(kit);
    says(kit, "UPDATE", 2, accepted, ASSERTS("Support", "200"), "");
    expect_party(expect(kit, alice, "UPDATE"), "\"Support\" <sip:200@127.0.0.1>;party=calling");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_while_it_rings), TEST(test_update_while_it_rings), TEST(test_by_update),
        TEST(test_by_invite),      TEST(test_with_a_change),         TEST(test_withheld),
        TEST(test_of_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
