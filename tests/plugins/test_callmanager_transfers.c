/* Transfers: by REFER with and without Replaces, before and after the target answers, with
 * everything that may happen in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/phone.h"

static void expect_told(sj_testkit *kit, const char *to, const char *status, bool last) {
    const char *text = expect(kit, to, "NOTIFY");
    const char *body = strstr(text, "\r\n\r\n") + 4;
    if (strncmp(body, status, strlen(status)) != 0 ||
        (strstr(header(text, "Subscription-State"), "terminated") != NULL) != last) {
        sj_testkit_print(kit);
        fail_msg("told %s, not %s", text, status);
    }
    assert_string_equal(header(text, "Content-Type"), "message/sipfrag;version=2.0");
    answer(kit, to, text, 200, "");
}

/* The two who stay are asked: the target for an offer unless it has made one, the other for the
 * answer. */
static void agree(sj_testkit *kit, const char *target, const char *other) {
    char text[DIALOG];
    sj_testkit_advance(kit, 60);
    if (target != NULL) {
        (void)snprintf(text, sizeof text, "%s", expect(kit, target, "INVITE"));
        assert_string_equal(header(text, "Content-Length"), "0");
        answer(kit, target, text, 200, "target-offer");
        sj_testkit_advance(kit, 60);
    }
    (void)snprintf(text, sizeof text, "%s", expect(kit, other, "INVITE"));
    assert_non_null(strstr(text, "target-offer"));
    answer(kit, other, text, 200, "final-answer");
}

/* On record: the parts of calls that ended with the transfer, and the two whom it has connected. */
static void expect_records(sj_testkit *kit, size_t split, const char *reason) {
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"split\""), split);
    const char *event = sj_testkit_find(kit, "event", reason);
    assert_non_null(event);
    assert_non_null(strstr(event, "\"state\":\"answered\""));
    assert_non_null(strstr(event, "\"calling\":{\"number\":\"1001\""));
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
    assert_non_null(strstr(event, "\"join_on_behalf_of\":10"));
}

/* Alice calls Bob, Bob calls Dave, Bob puts Alice through to Dave. */
static void attended(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG], dave_bob[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    phones_talk(kit, bob, "1002", dave, "1004", bob_dave, dave_bob);
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    assert_non_null(strstr(header(expect(kit, bob, "SIP/2.0 202"), "Contact"), "sip:1001@"));
    expect_told(kit, bob, "SIP/2.0 100 Trying\r\n", false);
    agree(kit, dave, alice);
    assert_non_null(
        strstr(header(expect(kit, dave, "INVITE"), "Remote-Party-ID"), "\"Alice A\" <sip:1001@"));
    assert_non_null(
        strstr(header(expect(kit, alice, "INVITE"), "Remote-Party-ID"), "\"Dave\" <sip:1004@"));
    (void)expect(kit, alice, "ACK");
    assert_non_null(strstr(expect(kit, dave, "ACK"), "final-answer"));
    expect_told(kit, bob, "SIP/2.0 200 OK\r\n", true);
    (void)expect(kit, bob, "BYE");
    assert_int_equal(sj_testkit_count(kit, "udp", "BYE sip:"), 2);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, dave, "BYE"));
    const char *event = sj_testkit_find(kit, "event", "call.transferred");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"transferred_number\":\"1001\""));
    assert_non_null(strstr(event, "\"target_number\":\"1004\""));
    assert_non_null(strstr(event, "\"attended\":true"));
    expect_records(kit, 2, "\"last_redirect_reason\":4,");
    /* They talk: hold and resume pass, and the end is the other's too. */
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, alice_bob, "held");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "held-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "held-answer"));
    within(kit, alice, "ACK", 2, alice_bob);
    sj_testkit_forget(kit);
    within(kit, dave, "BYE", 150, dave_bob);
    (void)expect(kit, alice, "BYE");
    assert_null(sent_to(kit, bob, "BYE"));
}

/* Bob has called both, so that the one put through is who was called: the same. */
static void attended_of_two_that_were_called(void **state) {
    sj_testkit *kit = *state;
    char bob_alice[DIALOG], alice_bob[DIALOG], bob_dave[DIALOG], dave_bob[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, bob, "1002", alice, "1001", bob_alice, alice_bob);
    phones_talk(kit, dave, "1004", bob, "1002", dave_bob, bob_dave);
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    (void)expect(kit, bob, "SIP/2.0 202");
    sj_testkit_advance(kit, 60);
    /* Of Dave's call to Bob Alice is who is called now, and is asked for the offer. */
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "alice-offer");
    sj_testkit_advance(kit, 60);
    const char *text = expect(kit, dave, "INVITE");
    assert_non_null(strstr(text, "alice-offer"));
    assert_non_null(strstr(header(text, "Remote-Party-ID"), "\"Alice\" <sip:1001@"));
    answer(kit, dave, text, 200, "dave-answer");
    expect_told(kit, bob, "SIP/2.0 200 OK\r\n", true);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 150, alice_bob);
    (void)expect(kit, dave, "BYE");
}

/* The target has answered, and the transferee cannot be put through yet, as a request of the first
 * call has no answer: what the target sends has nobody to go to. */
static void a_target_that_cannot_wait(void **state) {
    static const char *const methods[] = {"INFO", "UPDATE", "SUBSCRIBE"};
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], offer[DIALOG], dave_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, dave, "INVITE"));
    within_with(kit, alice, "INFO", 2, alice_bob, "keys");
    (void)expect(kit, bob, "INFO");
    answer(kit, dave, offer, 200, "target-offer");
    sj_testkit_advance(kit, 60);
    (void)snprintf(dave_alice, sizeof dave_alice,
                   "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n", header(offer, "To"),
                   header(offer, "From"), header(offer, "Call-ID"));
    for (int i = 0; i < 3; i++) {
        sj_testkit_forget(kit);
        within_with(kit, dave, methods[i], 200 + i, dave_alice, "sdp");
        assert_non_null(sent_to(kit, dave, "SIP/2.0 4")); /* to be tried again */
    }
}

static void blind(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    (void)expect(kit, bob, "SIP/2.0 202");
    const char *text = expect(kit, dave, "INVITE sip:uuid-1004@192.0.2.4");
    assert_non_null(strstr(header(text, "From"), "\"Alice A\" <sip:1001@"));
    assert_string_equal(header(text, "Content-Length"), "0");
    answer(kit, dave, text, 180, "");
    expect_told(kit, bob, "SIP/2.0 180 Ringing\r\n", false);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "target-offer");
    agree(kit, NULL, alice);
    assert_non_null(strstr(expect(kit, dave, "ACK"), "final-answer"));
    expect_told(kit, bob, "SIP/2.0 200 OK\r\n", true);
    (void)expect(kit, bob, "BYE");
    assert_int_equal(sj_testkit_count(kit, "udp", "BYE sip:"), 1);
    assert_non_null(sj_testkit_find(kit, "event", "\"attended\":false"));
    expect_records(kit, 1, "\"last_redirect_reason\":34,");
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, dave, "BYE");
}

/* The rights of whoever transfers decide: Bob may not call out, Alice may. */
static void rights_are_the_transferors(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:91234@127.0.0.1>", "");
    (void)expect(kit, bob, "SIP/2.0 202");
    expect_told(kit, bob, "SIP/2.0 404 Not Found\r\n", true);
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_non_null(sj_testkit_find(kit, "event", "call.transfer_failed"));
    sj_testkit_forget(kit);
    within_with(kit, bob, "INVITE", 102, bob_alice, "resumed"); /* it is Bob's again */
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "resumed-answer");
    within(kit, bob, "ACK", 102, bob_alice);
    sj_testkit_forget(kit);
    refer_to(kit, alice, 5, alice_bob, "<sip:91234@127.0.0.1>", "");
    const char *text = expect(kit, gateway, "INVITE sip:1234@192.0.2.90");
    assert_non_null(strstr(header(text, "From"), "sip:1002@"));
    answer(kit, gateway, text, 200, "target-offer");
    agree(kit, NULL, bob);
    expect_told(kit, alice, "SIP/2.0 200 OK\r\n", true);
    assert_null(sent_to(kit, gateway, "REFER"));
    sj_testkit_forget(kit);
    within(kit, bob, "BYE", 103, bob_alice);
    (void)expect(kit, gateway, "BYE");
}

/* The target refuses, or never answers: the call is the transferor's as before. */
static void failure_gives_the_call_back(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 486, "");
    expect_told(kit, bob, "SIP/2.0 486 Busy Here\r\n", true);
    sj_testkit_forget(kit);
    refer_to(kit, bob, 102, bob_alice, "<sip:1004@127.0.0.1>", "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
    assert_non_null(strstr(header(expect(kit, bob, "NOTIFY"), "Event"), "refer;id=102"));
    sj_testkit_advance(kit, 181000);
    expect_told(kit, bob, "SIP/2.0 480 Temporarily Unavailable\r\n", true);
    (void)expect(kit, dave, "CANCEL");
    assert_null(sent_to(kit, alice, "INVITE"));
    assert_null(sent_to(kit, bob, "BYE"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* The target's phone cannot take part in the media: both calls are as they were. */
static void media_that_do_not_fit_undo_the_exchange(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG], dave_bob[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    phones_talk(kit, bob, "1002", dave, "1004", bob_dave, dave_bob);
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    sj_testkit_advance(kit, 60);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "target-offer");
    sj_testkit_advance(kit, 60);
    within(kit, bob, "INFO", 102, bob_alice); /* not now */
    (void)expect(kit, bob, "SIP/2.0 491");
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    (void)expect(kit, dave, "ACK");
    expect_told(kit, bob, "SIP/2.0 488 Not Acceptable Here\r\n", true);
    assert_null(sj_testkit_find(kit, "udp", "BYE sip:"));
    sj_testkit_forget(kit);
    agree(kit, bob, dave); /* whose offer has come to nothing */
    assert_non_null(strstr(expect(kit, bob, "ACK"), "final-answer"));
    assert_null(sent_to(kit, alice, "INVITE"));
    within(kit, bob, "BYE", 3, bob_dave);
    (void)expect(kit, dave, "BYE");
    assert_null(sent_to(kit, alice, "BYE"));
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* The target still rings when the transferor presses the key. It waits, or hangs up at once. */
static void early_attended(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG];
    dave_registers(kit);
    both_register(kit);
    for (int hangs_up = 0; hangs_up < 2; hangs_up++) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        phone_dials(kit, bob, "1002", "1004");
        answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
        (void)snprintf(bob_dave, sizeof bob_dave, "%s", expect(kit, bob, "SIP/2.0 180"));
        refer_attended(kit, bob, 101, bob_alice, bob_dave);
        (void)expect(kit, bob, "SIP/2.0 202");
        expect_told(kit, bob, "SIP/2.0 180 Ringing\r\n", false);
        if (hangs_up != 0) {
            within(kit, bob, "BYE", 102, bob_alice);
            (void)expect(kit, bob, "SIP/2.0 487"); /* of its call to Dave */
            assert_null(sent_to(kit, dave, "CANCEL"));
            assert_null(sent_to(kit, alice, "BYE"));
        }
        answer(kit, dave, expect(kit, dave, "INVITE"), 200, "answer-to-bob");
        (void)expect(kit, dave, "ACK");
        agree(kit, dave, alice);
        assert_non_null(strstr(expect(kit, dave, "ACK"), "final-answer"));
        if (hangs_up == 0) {
            (void)expect(kit, bob, "SIP/2.0 487");
            expect_told(kit, bob, "SIP/2.0 200 OK\r\n", true);
            (void)expect(kit, bob, "BYE");
        }
        sj_testkit_forget(kit);
        within(kit, alice, "BYE", 3, alice_bob);
        (void)expect(kit, dave, "BYE");
        sj_testkit_advance(kit, 40000);
    }
}

/* Some phones cancel their call to the target once they have pressed the key: it goes on ringing.
 */
static void cancelled_consultation_goes_on(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG], text[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    phone_dials(kit, bob, "1002", "1004");
    answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
    (void)snprintf(bob_dave, sizeof bob_dave, "%s", expect(kit, bob, "SIP/2.0 180"));
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    (void)snprintf(text, sizeof text,
                   "CANCEL sip:1004@127.0.0.1 SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: "
                   "<sip:1004@x>\r\nCall-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   header(bob_dave, "Via"), header(bob_dave, "From"), header(bob_dave, "Call-ID"));
    send_text(kit, bob, 5060, text);
    (void)expect(kit, bob, "SIP/2.0 487");
    expect_told(kit, bob, "SIP/2.0 180 Ringing\r\n", true);
    (void)expect(kit, bob, "BYE");
    assert_null(sent_to(kit, dave, "CANCEL"));
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "answer-to-bob");
    agree(kit, dave, alice);
    assert_non_null(strstr(expect(kit, dave, "ACK"), "final-answer"));
}

/* Bob transfers blindly, hangs up, and Dave does not answer: Alice comes back to Bob. */
static void call_returns_to_who_has_hung_up(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
    within(kit, bob, "BYE", 102, bob_alice);
    assert_null(sent_to(kit, alice, "BYE"));
    sj_testkit_advance(kit, 100000);
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 3600);
    register_phone(kit, alice, "SEP001122334401", "1001", 2, 3600);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 81000);
    (void)expect(kit, dave, "CANCEL");
    const char *text = expect(kit, bob, "INVITE sip:uuid-1002@192.0.2.2");
    assert_non_null(strstr(header(text, "From"), "\"Alice A\" <sip:1001@"));
    answer(kit, bob, text, 200, "target-offer");
    agree(kit, NULL, alice);
    assert_non_null(strstr(expect(kit, bob, "ACK"), "final-answer"));
    assert_non_null(sj_testkit_find(kit, "event", "\"returned\":true"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* Bob's network goes as soon as he has pressed the key: the transfer does not depend on his phone.
 */
static void transferor_is_gone(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG], dave_bob[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    phones_talk(kit, bob, "1002", dave, "1004", bob_dave, dave_bob);
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    agree(kit, dave, alice);
    assert_non_null(sj_testkit_find(kit, "event", "call.transferred"));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 40000); /* neither NOTIFY nor BYE was answered */
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sent_to(kit, dave, "BYE"));
    within(kit, dave, "BYE", 150, dave_bob);
    (void)expect(kit, alice, "BYE");
}

/* A gateway may transfer what has come in over it, to what it may call; who is put through is not
 * sent a REFER either. */
static void transfer_by_a_trunk(void **state) {
    sj_testkit *kit = *state;
    char gateway_alice[DIALOG], alice_gateway[DIALOG];
    both_register(kit);
    invite(kit, gateway, "pstn@192.0.2.90", "1001", "5551234", "");
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, "first-answer");
    (void)snprintf(gateway_alice, DIALOG, "%s", expect(kit, gateway, "SIP/2.0 200"));
    within(kit, gateway, "ACK", 1, gateway_alice);
    turned_round(expect(kit, alice, "ACK"), alice_gateway);
    sj_testkit_forget(kit);
    refer_to(kit, gateway, 2, gateway_alice, "<sip:91234@127.0.0.1>", "");
    expect_told(kit, gateway, "SIP/2.0 404 Not Found\r\n", true);
    sj_testkit_forget(kit);
    refer_to(kit, gateway, 3, gateway_alice, "<sip:1002@127.0.0.1>", "");
    const char *text = expect(kit, bob, "INVITE");
    assert_non_null(strstr(header(text, "From"), "sip:1001@"));
    answer(kit, bob, text, 200, "target-offer");
    agree(kit, NULL, alice);
    expect_told(kit, gateway, "SIP/2.0 200 OK\r\n", true);
    (void)expect(kit, gateway, "BYE");
    assert_null(sent_to(kit, alice, "REFER"));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 150, alice_gateway);
    (void)expect(kit, bob, "BYE");
}

/* Who withholds who he is stays withheld to the phone that he is put through to. */
static void withheld_stays_withheld(void **state) {
    sj_testkit *kit = *state;
    char caller[DIALOG], callee[DIALOG];
    dave_registers(kit);
    both_register(kit);
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "Privacy: id\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "first-answer");
    (void)snprintf(caller, DIALOG, "%s", expect(kit, gateway, "SIP/2.0 200"));
    within(kit, gateway, "ACK", 1, caller);
    turned_round(expect(kit, bob, "ACK"), callee);
    sj_testkit_forget(kit);
    refer_to(kit, bob, 101, callee, "<sip:1004@127.0.0.1>", "");
    const char *text = expect(kit, dave, "INVITE");
    assert_null(strstr(text, "5551234"));
    assert_non_null(strstr(header(text, "From"), "anonymous"));
}

/* Both press the key at once; one of the two is told to wait, and the other's transfer goes on. */
static void both_ends_at_once(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:1004@127.0.0.1>", "");
    refer_to(kit, alice, 2, alice_bob, "<sip:1004@127.0.0.1>", "");
    (void)expect(kit, bob, "SIP/2.0 202");
    (void)expect(kit, alice, "SIP/2.0 491");
    within(kit, alice, "BYE", 3, alice_bob); /* and then whoever was to be transferred hangs up */
    expect_told(kit, bob, "SIP/2.0 487 Request Terminated\r\n", true);
    (void)expect(kit, bob, "BYE");
    answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
    (void)expect(kit, dave, "CANCEL");
}

/* BYE of each party while the two who stay agree upon media. */
static void somebody_hangs_up_in_the_middle(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG], dave_bob[DIALOG];
    dave_registers(kit);
    both_register(kit);
    for (int who = 0; who < 4; who++) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        phones_talk(kit, bob, "1002", dave, "1004", bob_dave, dave_bob);
        refer_attended(kit, bob, 101, bob_alice, bob_dave);
        sj_testkit_advance(kit, 60);
        answer(kit, dave, expect(kit, dave, "INVITE"), 200, "target-offer");
        sj_testkit_advance(kit, 60);
        char invite_alice[DIALOG];
        (void)snprintf(invite_alice, sizeof invite_alice, "%s", expect(kit, alice, "INVITE"));
        switch (who) {
        case 0: within(kit, alice, "BYE", 3, alice_bob); break;
        case 1: within(kit, bob, "BYE", 102, bob_alice); break;
        case 2: within(kit, bob, "BYE", 3, bob_dave); break;
        default: within(kit, dave, "BYE", 150, dave_bob); break;
        }
        if (who == 0) { /* nobody is left to be put through */
            (void)expect(kit, dave, "BYE");
            (void)expect(kit, bob, "BYE");
        } else if (who == 3) { /* the target has left: Alice is Bob's again */
            assert_null(sent_to(kit, alice, "BYE"));
            expect_told(kit, bob, "SIP/2.0 487 Request Terminated\r\n", true);
            within(kit, alice, "BYE", 3, alice_bob);
            (void)expect(kit, bob, "BYE");
        } else { /* the transferor may leave */
            answer(kit, alice, invite_alice, 200, "final-answer");
            assert_non_null(strstr(expect(kit, dave, "ACK"), "final-answer"));
            assert_null(sent_to(kit, dave, "BYE"));
            within(kit, alice, "BYE", 3, alice_bob);
            (void)expect(kit, dave, "BYE");
        }
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 40000);
    }
}

/* Bob's other phone takes over the call that his phone has: an INVITE with Replaces (RFC 3891). */
static void other_phone_of_the_line_takes_over(void **state) {
    sj_testkit *kit = *state;
    static const char *const second = "192.0.2.5";
    char alice_bob[DIALOG], bob_alice[DIALOG], taken[DIALOG], replaces[400];
    dave_registers(kit);
    both_register(kit);
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"Phones\",\"lines\":[{\"directory_number\":\"1002@Internal\",\"display\":\"Bob "
        "B\"}]}");
    for (int offers = 1; offers >= 0; offers--) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        register_phone(kit, second, "SEP001122334405", "1002", 1, 3600);
        (void)snprintf(replaces, sizeof replaces,
                       "Require: replaces\r\nReplaces: %s;to-tag=%s;from-tag=%s\r\n",
                       header(bob_alice, "Call-ID"), strstr(header(bob_alice, "To"), "tag=") + 4,
                       strstr(header(bob_alice, "From"), "tag=") + 4);
        invite(kit, dave, "uuid-1004@192.0.2.4:5060", offers ? "1001" : "1002", "1004", replaces);
        (void)expect(kit, dave, "SIP/2.0 403"); /* not a stranger */
        invite_with(kit, second, "uuid-1002@192.0.2.5:5060", "1001", "1002", replaces,
                    "application/sdp", offers ? "second-offer" : "");
        sj_testkit_advance(kit, 60);
        const char *text = expect(kit, alice, "INVITE");
        assert_true(offers ? strstr(text, "second-offer") != NULL
                           : strcmp(header(text, "Content-Length"), "0") == 0);
        answer(kit, alice, text, 200, "alice-media");
        text = expect(kit, second, "SIP/2.0 200");
        assert_non_null(strstr(text, "alice-media"));
        assert_non_null(strstr(header(text, "Remote-Party-ID"), "\"Alice A\" <sip:1001@"));
        (void)snprintf(taken, sizeof taken, "%s", text);
        answer(kit, bob, expect(kit, bob, "BYE"), 200, "");
        within_with(kit, second, "ACK", 1, taken, offers ? "" : "second-answer");
        text = expect(kit, alice, "ACK");
        assert_true(offers || strstr(text, "second-answer") != NULL);
        assert_null(sent_to(kit, alice, "BYE"));
        sj_testkit_forget(kit);
        within(kit, second, "BYE", 2, taken);
        (void)expect(kit, alice, "BYE");
        register_phone(kit, second, "SEP001122334405", "1002", 2, 0);
        sj_testkit_advance(kit, 40000);
    }
}

/* Alice's phone does not take it, or Bob gives up: he has the call as before. */
static void taking_over_may_fail(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], offer[DIALOG], replaces[400];
    both_register(kit);
    for (int cancels = 0; cancels < 2; cancels++) {
        phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
        (void)snprintf(replaces, sizeof replaces, "Replaces: %s;to-tag=%s;from-tag=%s\r\n",
                       header(bob_alice, "Call-ID"), strstr(header(bob_alice, "To"), "tag=") + 4,
                       strstr(header(bob_alice, "From"), "tag=") + 4);
        invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", replaces);
        sj_testkit_advance(kit, 60);
        (void)snprintf(offer, sizeof offer, "%s", expect(kit, alice, "INVITE"));
        if (cancels == 0) {
            answer(kit, alice, offer, 488, "");
            (void)expect(kit, bob, "SIP/2.0 488");
        } else {
            gives_up(kit, bob, "1001");
            (void)expect(kit, bob, "SIP/2.0 487");
            sj_testkit_forget(kit);
            answer(kit, alice, offer, 200, "too-late");
            (void)expect(kit, alice, "ACK"); /* her dialog lives on, with the media it had */
            agree(kit, bob, alice);
            assert_non_null(strstr(expect(kit, bob, "ACK"), "final-answer"));
        }
        assert_null(sent_to(kit, alice, "BYE"));
        sj_testkit_forget(kit);
        within(kit, alice, "BYE", 3, alice_bob);
        (void)expect(kit, bob, "BYE");
        sj_testkit_advance(kit, 40000);
    }
    (void)snprintf(replaces, sizeof replaces, "Replaces: gone;to-tag=1;from-tag=2\r\n");
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", replaces);
    (void)expect(kit, bob, "SIP/2.0 481");
}

/* What cannot be done is refused with the reason, and nothing is called. */
static void refused(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], stranger[DIALOG];
    dave_registers(kit);
    both_register(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    static const struct {
        const char *target, *status, *why;
    } cases[] = {
        {"<mailto:x@y>", "SIP/2.0 416", "sip, sips or tel"},
        {"<sips:1003@x>", "SIP/2.0 403", "A sips URI asks for TLS"},
        {"<sip:1004@x>, <sip:1005@x>", "SIP/2.0 400", "Exactly one Refer-To"},
        {"<sip:1004@x;method=BYE>", "SIP/2.0 603", "Only an INVITE"},
        {"<sip:x-cisco-serviceuri-pickup@x>", "SIP/2.0 603", "to a feature"},
        {"<sip:127.0.0.1>", "SIP/2.0 400", "names nobody"},
        {"<sip:x@y?Replaces=none%3Bto-tag%3D1>", "SIP/2.0 400", "Replaces in Refer-To"},
        {"<sip:x@y?Replaces=none%3Bto-tag%3D1%3Bfrom-tag%3D2>", "SIP/2.0 404", "not known"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_testkit_forget(kit);
        refer_to(kit, bob, 101 + (int)i, bob_alice, cases[i].target, "");
        assert_non_null(strstr(header(expect(kit, bob, cases[i].status), "Warning"), cases[i].why));
        assert_null(sent_to(kit, bob, "NOTIFY"));
    }
    refer_attended(kit, bob, 120, bob_alice, bob_alice);
    assert_non_null(strstr(header(expect(kit, bob, "SIP/2.0 403"), "Warning"), "to itself"));
    /* Another phone's call is nobody else's to transfer to. */
    (void)snprintf(stranger, sizeof stranger, "%s", alice_bob);
    refer_attended(kit, bob, 121, bob_alice, stranger);
    assert_non_null(strstr(header(expect(kit, bob, "SIP/2.0 403"), "Warning"), "another device's"));
    refer_to(kit, bob, 122, bob_alice, "<sip:1004@127.0.0.1>", "Refer-Sub: false\r\n");
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 202"), "Refer-Sub"), "false");
    assert_null(sent_to(kit, bob, "NOTIFY"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(attended, setup, teardown),
        cmocka_unit_test_setup_teardown(attended_of_two_that_were_called, setup, teardown),
        cmocka_unit_test_setup_teardown(a_target_that_cannot_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(blind, setup, teardown),
        cmocka_unit_test_setup_teardown(rights_are_the_transferors, setup, teardown),
        cmocka_unit_test_setup_teardown(failure_gives_the_call_back, setup, teardown),
        cmocka_unit_test_setup_teardown(media_that_do_not_fit_undo_the_exchange, setup, teardown),
        cmocka_unit_test_setup_teardown(early_attended, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_consultation_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(call_returns_to_who_has_hung_up, setup, teardown),
        cmocka_unit_test_setup_teardown(transferor_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(transfer_by_a_trunk, setup, teardown),
        cmocka_unit_test_setup_teardown(withheld_stays_withheld, setup, teardown),
        cmocka_unit_test_setup_teardown(both_ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(somebody_hangs_up_in_the_middle, setup, teardown),
        cmocka_unit_test_setup_teardown(other_phone_of_the_line_takes_over, setup, teardown),
        cmocka_unit_test_setup_teardown(taking_over_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
