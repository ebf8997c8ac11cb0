/* Shared lines: what the line's other phones are told, calls that are resumed elsewhere, private
 * ones. */
#include "subscription_kit.h"

#include "analysis_kit.h"

static const char *const second = "192.0.2.5", *const third = "192.0.2.6";

#define SDP(direction)                                                                             \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=" direction "\r\n"

static void keep(char dialog[DIALOG], const char *message) {
    (void)snprintf(dialog, DIALOG, "%s", message);
}

/* One more phone with Bob's line. */
static void share(sj_testkit *kit, const char *address, const char *name, const char *more) {
    char text[400];
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"%s\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"Phones\","
                   "%s\"lines\":[{\"directory_number\":\"1002@Internal\",\"display\":\"Bob B\"}]}",
                   name, more);
    put(kit, &sj_phone_meta, text);
    register_phone(kit, address, name, "1002", 1, 3600);
}

static void two_share(sj_testkit *kit) {
    both_register(kit);
    share(kit, second, "SEP001122334405", "");
    sj_testkit_advance(kit, 40);
}

/* Alice and Bob's first phone talk; Bob puts her on hold. */
static void bob_holds(sj_testkit *kit, char alice_bob[DIALOG], char bob_alice[DIALOG]) {
    phone_dials(kit, alice, "1001", "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("sendrecv"));
    keep(alice_bob, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 2, bob_alice, SDP("sendonly"));
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("recvonly"));
    within(kit, bob, "ACK", 2, bob_alice);
    assert_non_null(sj_testkit_find(kit, "event", "\"held\":true"));
    sj_testkit_forget(kit);
}

static void dials_own_number(sj_testkit *kit, const char *from, const char *caller) {
    char contact[80];
    (void)snprintf(contact, sizeof contact, "uuid-1002@%s:5060", from);
    invite_with(kit, from, contact, "1002", caller, "", "application/sdp", SDP("sendrecv"));
    sj_testkit_advance(kit, 60);
}

/* Each phone of the line is told at once what the others do, and not what it does itself. */
static void remote_in_use(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], alice_bob[DIALOG];
    both_register(kit);
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, bob, "NOTIFY")); /* nobody shares it yet */
    share(kit, second, "SEP001122334405", "");
    sj_testkit_advance(kit, 40);
    const char *notify = expect(kit, bob, "NOTIFY");
    assert_string_equal(header(notify, "Event"), "dialog");
    expect_text(notify, "entity=\"sip:1002@127.0.0.1\"");
    answer(kit, bob, notify, 200, "");
    (void)told(kit, second);
    phone_dials(kit, alice, "1001", "1002");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 180, "");
    sj_testkit_advance(kit, 40);
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    expect_text(told(kit, second), "<state>early</state>");
    answer(kit, bob, ringing, 200, SDP("sendrecv"));
    keep(alice_bob, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    sj_testkit_advance(kit, 40);
    assert_null(strstr(expect(kit, bob, "NOTIFY"), "confirmed"));
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    notify = told(kit, second);
    expect_text(notify, "<state>confirmed</state>");
    expect_text(notify, "sip:1001@127.0.0.1</identity>");
    expect_text(notify, header(ringing, "Call-ID"));
    within(kit, alice, "BYE", 2, alice_bob);
    expect_text(told_soon(kit, second), "<state>terminated</state>");
}

/* Plain phones that have the line learn it by their subscription. */
static void remote_hold(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    plain_phone(kit, other, "shares", "1002", "");
    subscribe(kit, other, "1002", "dialog");
    (void)told(kit, other);
    bob_holds(kit, alice_bob, bob_alice);
    const char *notify = told_soon(kit, other);
    expect_text(notify, "<state>confirmed</state>");
    expect_text(notify, "+sip.rendering\" pval=\"no\"");
}

static void resumed_elsewhere(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], resumed[DIALOG];
    two_share(kit);
    bob_holds(kit, alice_bob, bob_alice);
    dials_own_number(kit, second, "1002");
    const char *offer = expect(kit, alice, "INVITE");
    expect_text(offer, "a=sendrecv");
    answer(kit, alice, offer, 200, SDP("sendrecv"));
    keep(resumed, expect(kit, second, "SIP/2.0 200"));
    expect_text(resumed, "\"Alice A\" <sip:1001@");
    within(kit, second, "ACK", 1, resumed);
    answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
    assert_null(sent_to(kit, alice, "BYE"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 4, alice_bob);
    (void)expect(kit, second, "BYE");
}

/* Two press Resume at once: one gets the call. */
static void resumed_by_two(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    two_share(kit);
    share(kit, third, "SEP001122334406", "");
    bob_holds(kit, alice_bob, bob_alice);
    dials_own_number(kit, second, "1002");
    dials_own_number(kit, third, "Bob");
    expect_text(expect(kit, third, "SIP/2.0 491"), "is being transferred");
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 200");
}

/* The phone that holds is gone: the call is there for the others. */
static void holder_unregisters(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    two_share(kit);
    bob_holds(kit, alice_bob, bob_alice);
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    dials_own_number(kit, second, "1002");
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 200");
}

/* An analysis says what dialling the own number does now; tests, by keys, other lines: it rings. */
static void analyses_know_who_holds(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    sj_call_analyse request = {.device_name = "SEP001122334405", .digits = "1002"};
    two_share(kit);
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    bob_holds(kit, alice_bob, bob_alice);
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "phone");
    assert_string_equal(analysed.destinations, "");
    expect_text(analysed.course, "A call of the line 1002 waits at SEP001122334402: who dials the "
                                 "line's own number goes on with it, and nothing rings.");
    request.digit_by_digit = true;
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    request = (sj_call_analyse){
        .device_name = "SEP001122334405", .digits = "1002", .phones_assumed = true};
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    request.phones_assumed = false;
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "refused");
    assert_int_equal(analysed.sip_status, 403);
    expect_text(analysed.course, "a call would be answered 403: The call is private.");
}

/* Whose phone is private has its calls to itself, also when it is gone. */
static void private_calls(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], replaces[400];
    both_register(kit);
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    share(kit, second, "SEP001122334405", "");
    plain_phone(kit, other, "shares", "1002", "");
    sj_testkit_advance(kit, 40);
    (void)told(kit, second);
    bob_holds(kit, alice_bob, bob_alice);
    sj_testkit_advance(kit, 40);
    const char *notify = expect(kit, second, "NOTIFY");
    expect_text(notify, "<state>confirmed</state>");
    assert_null(strstr(notify, "1001"));
    assert_null(strstr(notify, "call-id"));
    assert_null(strstr(notify, "rendering"));
    dials_own_number(kit, second, "1002");
    expect_text(expect(kit, second, "SIP/2.0 403"), "The call is private");
    expect_text(expect(kit, second, "REFER"), "<statustext>The call is private</statustext>");
    (void)snprintf(replaces, sizeof replaces, "Replaces: %s;to-tag=%s;from-tag=%s\r\n",
                   header(bob_alice, "Call-ID"), strstr(header(bob_alice, "To"), "tag=") + 4,
                   strstr(header(bob_alice, "From"), "tag=") + 4);
    invite(kit, other, "1002@192.0.2.8:5060", "1001", "shares", replaces);
    expect_text(expect(kit, other, "SIP/2.0 403"), "The call is private");
    assert_null(sent_to(kit, other, "REFER"));
    assert_null(sent_to(kit, alice, "INVITE"));
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_forget(kit);
    dials_own_number(kit, second, "Bob");
    expect_text(expect(kit, second, "SIP/2.0 403"), "The call is private");
}

/* Privacy is switched off: what happens is told at once. */
static void no_longer_private(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    share(kit, second, "SEP001122334405", "");
    sj_testkit_advance(kit, 40);
    (void)told(kit, second);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    assert_null(strstr(told_soon(kit, second), "1001"));
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"Phones\",\"lines\":[{\"directory_number\":\"1002@Internal\",\"display\":\"Bob B\"}]}");
    expect_text(told_soon(kit, second), "sip:1001@127.0.0.1</identity>");
}

static void press_privacy(sj_testkit *kit, const char *from, const char *number) {
    sj_testkit_forget(kit);
    send_remote_control(kit, from, number, "application/x-cisco-remotecc-request+xml",
                        "<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>Privacy"
                        "</softkeyevent></softkeyeventmsg></x-cisco-remotecc-request>");
}

/* The user of a private phone lets the others in, and no more: that holds for the call that goes
 * on, at once, and until the phone starts anew. */
static void privacy_key(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    share(kit, second, "SEP001122334405", "");
    sj_testkit_advance(kit, 40);
    (void)told(kit, second);
    bob_holds(kit, alice_bob, bob_alice);
    assert_null(strstr(told_soon(kit, second), "1001"));
    press_privacy(kit, bob, "1002");
    (void)expect(kit, bob, "SIP/2.0 202");
    expect_text(expect(kit, bob, "REFER"), "<privacyreq>\r\n<status>false</status>");
    const char *notify = told_soon(kit, second);
    expect_text(notify, "sip:1001@127.0.0.1</identity>");
    expect_text(notify, "rendering");
    press_privacy(kit, bob, "1002");
    expect_text(expect(kit, bob, "REFER"), "<privacyreq>\r\n<status>true</status>");
    assert_null(strstr(told_soon(kit, second), "1001"));
    dials_own_number(kit, second, "1002");
    expect_text(expect(kit, second, "SIP/2.0 403"), "The call is private");
    press_privacy(kit, bob, "1002");
    dials_own_number(kit, second, "Bob");
    assert_null(sent_to(kit, second, "SIP/2.0 403"));
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 200");
    /* It starts anew, and is private again. */
    sj_testkit_forget(kit);
    register_again(kit, bob, "SEP001122334402", "1002");
    press_privacy(kit, bob, "1002");
    expect_text(expect(kit, bob, "REFER"), "<status>false</status>");
}

/* Whoever was let in may go on with a call of a phone that has gone meanwhile, and nobody else. */
static void privacy_key_of_a_phone_that_is_off(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    both_register(kit);
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    share(kit, second, "SEP001122334405", "");
    bob_holds(kit, alice_bob, bob_alice);
    press_privacy(kit, bob, "1002");
    register_phone(kit, bob, "SEP001122334402", "1002", 9, 0);
    sj_testkit_forget(kit);
    dials_own_number(kit, second, "1002");
    assert_null(sent_to(kit, second, "SIP/2.0 403"));
    (void)expect(kit, alice, "INVITE");
}

/* A phone that is not private by its setting has nothing to switch. */
static void privacy_key_refused(void **state) {
    sj_testkit *kit = *state;
    two_share(kit);
    press_privacy(kit, bob, "1002");
    expect_text(expect(kit, bob, "SIP/2.0 603"), "Privacy is not set for this phone");
    expect_text(expect(kit, bob, "REFER"), "Privacy is not set for this phone");
    plain_phone(kit, other, "shares", "1002", "\"privacy\":true,");
    press_privacy(kit, other, "1002");
    expect_text(expect(kit, other, "SIP/2.0 603"), "Only Cisco's phones");
    assert_null(sent_to(kit, other, "REFER"));
}

/* Alice is logged in abroad, and her desk phone at home has her line too. */
static void visitor_resumes(void **state) {
    sj_testkit *kit = *state;
    char bob_alice[DIALOG], alice_bob[DIALOG];
    emcc_world(kit);
    both_register(kit);
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    sj_testkit_advance(kit, 40);
    (void)told(kit, visitor);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    expect_text(told_soon(kit, visitor), "sip:1002@127.0.0.1</identity>");
    within_with(kit, alice, "INVITE", 2, alice_bob, SDP("sendonly"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("recvonly"));
    within(kit, alice, "ACK", 2, alice_bob);
    sj_testkit_forget(kit);
    invite_with(kit, visitor, "uuid-1001@203.0.113.5:5060", "1001", "1001", "", "application/sdp",
                "v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n"
                "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n");
    sj_testkit_advance(kit, 60);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200,
           "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
           "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n");
    (void)expect(kit, visitor, "SIP/2.0 200");
    (void)expect(kit, alice, "BYE");
}

/* ---- barge ---- */

/* Alice and Bob's first phone talk; it can mix, or not. */
static void bob_talks(sj_testkit *kit, bool mixes, char alice_bob[DIALOG], char bob_alice[DIALOG]) {
    phone_dials(kit, alice, "1001", "1002");
    answer_with(kit, bob, expect(kit, bob, "INVITE"), 200,
                mixes ? "Supported: replaces, join\r\n" : "", SDP("sendrecv"));
    keep(alice_bob, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
}

/* The INVITE of Bob's second phone, with the dialog that it has been told of. */
static void barges(sj_testkit *kit, const char *from, const char *bob_alice, const char *more) {
    char headers[700], contact[80];
    (void)snprintf(contact, sizeof contact, "uuid-1002@%s:5060", from);
    (void)snprintf(headers, sizeof headers, "Require: join\r\nJoin: %s;to-tag=%s;from-tag=%s\r\n%s",
                   header(bob_alice, "Call-ID"), strstr(header(bob_alice, "From"), "tag=") + 4,
                   strstr(header(bob_alice, "To"), "tag=") + 4, more);
    invite_with(kit, from, contact, "1002", "1002", headers, "application/sdp", SDP("sendrecv"));
    sj_testkit_advance(kit, 60);
}

#define BARGE "Call-Info: <urn:x-cisco-remotecc:barge>\r\n"

/* The phone that is in the call is told to which one the barger is to be added, and mixes. */
static void barged(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], joined[DIALOG], text[300];
    two_share(kit);
    bob_talks(kit, true, alice_bob, bob_alice);
    barges(kit, second, bob_alice, BARGE);
    const char *offer = expect(kit, bob, "INVITE");
    (void)snprintf(text, sizeof text, "%s;to-tag=peer;from-tag=%s", header(bob_alice, "Call-ID"),
                   strstr(header(bob_alice, "To"), "tag=") + 4);
    assert_string_equal(header(offer, "Join"), text);
    assert_string_equal(header(offer, "Require"), "join");
    answer(kit, bob, offer, 200, SDP("sendrecv"));
    keep(joined, expect(kit, second, "SIP/2.0 200"));
    within(kit, second, "ACK", 1, joined);
    (void)expect(kit, bob, "ACK");
    assert_null(sent_to(kit, alice, "BYE"));
    const char *event = sj_testkit_find(kit, "event", "\"last_redirect_reason\":114");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"join_on_behalf_of\":15"));
    sj_testkit_forget(kit);
    within(kit, second, "BYE", 2, joined);
    (void)expect(kit, bob, "BYE");
    assert_null(sent_to(kit, alice, "BYE"));
}

/* What the phone says is told; the call that it has goes on. */
static void barge_refused_by_the_phone(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    two_share(kit);
    bob_talks(kit, true, alice_bob, bob_alice);
    barges(kit, second, bob_alice, BARGE);
    answer(kit, bob, expect(kit, bob, "INVITE"), 488, "");
    (void)expect(kit, second, "SIP/2.0 488");
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, bob, "BYE"));
}

static void not_barged(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    two_share(kit);
    dave_registers(kit);
    bob_talks(kit, false, alice_bob, bob_alice);
    barges(kit, second, bob_alice, BARGE);
    expect_text(expect(kit, second, "SIP/2.0 603"), "cannot add others");
    expect_text(expect(kit, second, "REFER"), "cannot add others");
    sj_testkit_forget(kit);
    barges(kit, dave, bob_alice, "");
    expect_text(expect(kit, dave, "SIP/2.0 403"), "another line's");
    barges(kit, second, "X\r\nFrom: a;tag=1\r\nTo: b;tag=2\r\nCall-ID: gone\r\n\r\n", "");
    expect_text(expect(kit, second, "SIP/2.0 481"), "not known here");
    barges(kit, second, bob_alice, "Replaces: a;to-tag=1;from-tag=2\r\n");
    (void)expect(kit, second, "SIP/2.0 400");
    share(kit, bob, "SEP001122334402", "\"privacy\":true,");
    barges(kit, second, bob_alice, BARGE);
    expect_text(expect(kit, second, "SIP/2.0 403"), "The call is private");
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* A call that waits goes on at a phone that names it so. */
static void resumed_by_join(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    two_share(kit);
    bob_holds(kit, alice_bob, bob_alice);
    barges(kit, second, bob_alice, "");
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("sendrecv"));
    (void)expect(kit, second, "SIP/2.0 200");
    (void)expect(kit, bob, "BYE");
}

/* A line on fifty phones: each registration tells one more, and a call all of them. */
static void line_on_fifty_phones(void **state) {
    sj_testkit *kit = *state;
    char address[20], name[20];
    both_register(kit);
    for (int i = 10; i < 60; i++) {
        (void)snprintf(address, sizeof address, "192.0.3.%d", i);
        (void)snprintf(name, sizeof name, "SEP0011223355%d", i);
        share(kit, address, name, "");
    }
    for (int round = 0; round < 3; round++) {
        sj_testkit_advance(kit, 60);
        for (int i = 10; i < 60; i++) {
            (void)snprintf(address, sizeof address, "192.0.3.%d", i);
            const char *notify = sent_to(kit, address, "NOTIFY");
            if (notify != NULL) {
                answer(kit, address, notify, 200, "");
            }
        }
    }
    phone_dials(kit, alice, "1001", "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 60);
    for (int i = 10; i < 60; i++) {
        (void)snprintf(address, sizeof address, "192.0.3.%d", i);
        expect_text(expect(kit, address, "NOTIFY"), "<state>early</state>");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(remote_in_use),
        TEST(remote_hold),
        TEST(resumed_elsewhere),
        TEST(resumed_by_two),
        TEST(private_calls),
        TEST(no_longer_private),
        TEST(privacy_key),
        TEST(privacy_key_of_a_phone_that_is_off),
        TEST(privacy_key_refused),
        TEST(analyses_know_who_holds),
        TEST(holder_unregisters),
        TEST(visitor_resumes),
        TEST(line_on_fifty_phones),
        TEST(barged),
        TEST(barge_refused_by_the_phone),
        TEST(not_barged),
        TEST(resumed_by_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
