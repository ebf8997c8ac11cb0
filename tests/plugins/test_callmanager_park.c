/* Call park: by softkey, by transfer to a call park number and to a directed one; retrieval, by one
 * and by two at once; what goes back; who hangs up meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "parameters/call_manager.h"
#include "park_kit.h"
#include "resources/call_park.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/phone.h"

static void by_softkey(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    const char *shown = expect(kit, bob, "REFER");
    assert_non_null(strstr(shown, "<statustext>\x80!501</statustext>"));
    assert_non_null(strstr(shown, "<displaytimeout>10</displaytimeout>"));
    assert_null(strstr(shown, "encoding"));
    assert_null(sent_to(kit, alice, "BYE"));
    const char *event = sj_testkit_find(kit, "event", "call.parked");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"park_number\":\"501\""));
    assert_non_null(strstr(event, "\"parking_number\":\"1002\""));
    assert_non_null(strstr(event, "\"parked_number\":\"1001\""));
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"split\""), 1);
    assert_non_null(sj_testkit_find(kit, "event", "\"join_on_behalf_of\":3,\"same_call\":true"));
    assert_null(sj_testkit_find(kit, "event", "call.transferred"));
    retrieve(kit, dave, "1004", "501", alice, dave_alice);
    assert_non_null(strstr(header(dave_alice, "Remote-Party-ID"), "sip:1001@"));
    assert_non_null(
        strstr(header(expect(kit, alice, "INVITE"), "Remote-Party-ID"), "\"Dave D\" <sip:1004@"));
    event = sj_testkit_find(kit, "event", "call.park_retrieved");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"retrieving_number\":\"1004\""));
    event = sj_testkit_find(kit, "event", "\"last_redirect_reason\":8,");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"state\":\"answered\""));
    assert_non_null(strstr(event, "\"calling\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1001\""));
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"501\""));
    assert_non_null(strstr(event, "\"join_on_behalf_of\":3"));
    sj_testkit_forget(kit);
    within(kit, dave, "BYE", 2, dave_alice);
    (void)expect(kit, alice, "BYE");
    event = sj_testkit_find(kit, "event", "\"state\":\"ended\"");
    assert_non_null(event);
    assert_non_null(strstr(strstr(event, "\"calling\":{"), "\"cause\":16"));
    assert_int_equal(sj_testkit_count(kit, "event", "call.ended"), 1);
    sj_testkit_advance(kit, 90000); /* nothing goes back any more */
    assert_null(sj_testkit_find(kit, "event", "call.park_reverted"));
}

/* What the retriever's phone says of its media is on record under its own number. */
static void statistics_of_who_retrieves(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_call_diagnostics_enabled_meta, "true", NULL),
        SJ_OK);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:605@127.0.0.1>", "");
    waits(kit, alice);
    retrieve(kit, dave, "1004", "*7605", alice, dave_alice);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    answer_with(kit, dave, expect(kit, dave, "BYE"), 200, "P-RTP-Stat: PS=7\r\n", "");
    const char *event = sj_testkit_find(kit, "event", "call.statistics");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"number\":\"1004\""));
}

/* Nobody takes it: after the Call Park Reversion Timer it rings at Bob's again. */
static void reverts(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 59000);
    assert_null(sent_to(kit, bob, "INVITE"));
    sj_testkit_advance(kit, 2000);
    assert_non_null(sj_testkit_find(kit, "event", "call.park_reverted"));
    phone_dials(kit, dave, "1004", "501"); /* too late */
    (void)expect(kit, dave, "SIP/2.0 404");
    sj_testkit_advance(kit, 600);
    const char *text = expect(kit, bob, "INVITE");
    assert_non_null(strstr(header(text, "From"), "sip:1001@"));
    assert_string_equal(header(text, "Content-Length"), "0");
    answer(kit, bob, text, 200, "bobs-offer");
    sj_testkit_advance(kit, 60);
    text = expect(kit, alice, "INVITE");
    assert_non_null(strstr(text, "bobs-offer"));
    answer(kit, alice, text, 200, "alices-answer");
    assert_non_null(strstr(expect(kit, bob, "ACK"), "alices-answer"));
    const char *event = sj_testkit_find(kit, "event", "\"last_redirect_reason\":11,");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"original_redirect_reason\":7,"));
    assert_non_null(strstr(event, "\"calling\":{\"number\":\"1001\""));
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1002\""));
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* Nor does Bob answer: it ends. */
static void reverts_to_nobody(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 61000);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 181000);
    (void)expect(kit, bob, "CANCEL");
    (void)expect(kit, alice, "BYE");
}

static void bob_forwards(sj_testkit *kit, const char *fields) {
    char text[500];
    (void)snprintf(text, sizeof text, "{\"pattern\":\"1002\",\"partition\":\"Internal\"%s}",
                   fields);
    put(kit, &sj_directory_number_meta, text);
}

/* Bob's phone is gone when it is to ring again: his forwarding counts, that of unregistered phones
 * first. It is on record which number has sent the call on last, and that it was parked first. */
static void reverts_to_who_is_gone(void **state) {
    static const struct {
        const char *fields;
        int reason;
    } cases[] = {
        {",\"forward_unregistered_internal_destination\":\"1004\","
         "\"forward_unregistered_internal_calling_search_space\":\"Phones\","
         "\"forward_no_answer_internal_destination\":\"1001\"",
         178},
        {",\"forward_no_answer_internal_destination\":\"1004\","
         "\"forward_no_answer_internal_calling_search_space\":\"Phones\"",
         2},
    };
    sj_testkit *kit = *state;
    park_world(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char alice_bob[DIALOG], bob_alice[DIALOG], wanted[80];
        bob_forwards(kit, cases[i].fields);
        register_phone(kit, bob, "SEP001122334402", "1002", 20 + 2 * (int)i, 3600);
        park_alice(kit, alice_bob, bob_alice);
        register_phone(kit, bob, "SEP001122334402", "1002", 21 + 2 * (int)i, 0);
        sj_testkit_forget(kit);
        sj_testkit_advance(kit, 61000);
        const char *text = expect(kit, dave, "INVITE");
        answer(kit, dave, text, 200, "daves-offer");
        sj_testkit_advance(kit, 60);
        answer(kit, alice, expect(kit, alice, "INVITE"), 200, "alices-answer");
        (void)expect(kit, dave, "ACK");
        assert_null(sent_to(kit, alice, "BYE"));
        (void)snprintf(wanted, sizeof wanted, "\"last_redirect_reason\":%d,", cases[i].reason);
        const char *event = sj_testkit_find(kit, "event", wanted);
        assert_non_null(event);
        assert_non_null(strstr(event, "\"original_redirect_reason\":7,"));
        assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
        assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
        sj_testkit_forget(kit);
        within(kit, alice, "BYE", 3, alice_bob);
        answer(kit, dave, expect(kit, dave, "BYE"), 200, "");
    }
}

/* Without forwarding the call stays where it is, can be taken, and rings when Bob is back. */
static void reverts_when_he_is_back(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    register_phone(kit, bob, "SEP001122334402", "1002", 20, 0);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 61000);
    assert_null(sent_to(kit, alice, "BYE"));
    assert_null(sj_testkit_find(kit, "event", "call.park_reverted"));
    register_phone(kit, bob, "SEP001122334402", "1002", 21, 3600);
    sj_testkit_advance(kit, 61000);
    assert_non_null(sj_testkit_find(kit, "event", "call.park_reverted"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "CANCEL");
}

static void retrieved_after_the_time(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    register_phone(kit, bob, "SEP001122334402", "1002", 20, 0);
    sj_testkit_advance(kit, 100000);
    retrieve(kit, dave, "1004", "501", alice, dave_alice);
}

static void by_transfer(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:900@127.0.0.1>", ""); /* out of Bob's reach */
    (void)expect(kit, bob, "SIP/2.0 202");
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 404"));
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    sj_testkit_forget(kit);
    refer_to(kit, bob, 102, bob_alice, "<sip:502@127.0.0.1>", "");
    (void)expect(kit, bob, "SIP/2.0 202");
    answer(kit, bob, expect(kit, bob, "NOTIFY"), 200, "");
    waits(kit, alice);
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 200 OK"));
    (void)expect(kit, bob, "BYE");
    assert_null(sent_to(kit, bob, "REFER")); /* it has dialled the number itself */
    retrieve(kit, dave, "1004", "502", alice, dave_alice);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, dave, "BYE");
}

/* Directed call park: without calling first, and with; a number that is taken; the retrieval
 * prefix; the reversion number. */
static void directed(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_park[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    phone_dials(kit, bob, "1002", "605");
    (void)snprintf(bob_park, sizeof bob_park, "%s", expect(kit, bob, "SIP/2.0 180"));
    phone_dials(kit, dave, "1004", "605");
    (void)expect(kit, dave, "SIP/2.0 486");
    phone_dials(kit, dave, "1004", "*7605"); /* nobody is there yet */
    (void)expect(kit, dave, "SIP/2.0 486");
    refer_attended(kit, bob, 101, bob_alice, bob_park);
    (void)expect(kit, bob, "SIP/2.0 202");
    waits(kit, alice);
    (void)expect(kit, bob, "SIP/2.0 487");
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 200 OK"));
    (void)expect(kit, bob, "BYE");
    phone_dials(kit, dave, "1004", "*7604");
    (void)expect(kit, dave, "SIP/2.0 404");
    sj_testkit_advance(kit, 40000); /* what has been refused is over */
    retrieve(kit, dave, "1004", "*7605", alice, dave_alice);
    sj_testkit_forget(kit);
    within(kit, dave, "BYE", 3, dave_alice);
    (void)expect(kit, alice, "BYE");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"60X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*8\",\"reversion_"
        "number\":\"1004\",\"reversion_calling_search_space\":\"Phones\"}");
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:601@127.0.0.1>", "");
    waits(kit, alice);
    phone_dials(kit, bob, "1002", "*7601"); /* the prefix is another one now */
    (void)expect(kit, bob, "SIP/2.0 404");
    sj_testkit_advance(kit, 61000);
    (void)expect(kit, dave, "INVITE");
    assert_non_null(sj_testkit_find(kit, "event", "\"destination\":\"1004\""));
}

/* Nobody asks for the code in the reversion number, so that the call stays. */
static void reverts_with_code(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"60X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*8\",\"reversion_"
        "number\":\"1004#4711\",\"reversion_calling_search_space\":\"Phones\"}");
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:601@127.0.0.1>", "");
    waits(kit, alice);
    sj_testkit_advance(kit, 61000);
    assert_non_null(sj_testkit_find(kit, "log", "nobody can be rung at 1004: it stays"));
    assert_null(sj_testkit_find(kit, "log", "4711"));
    assert_null(sj_testkit_find(kit, "event", "4711"));
}

/* One phone does not keep all directed call park numbers from others by dialling them. */
static void numbers_only_dialled(void **state) {
    sj_testkit *kit = *state;
    park_world(kit);
    phone_dials(kit, bob, "1002", "601");
    (void)expect(kit, bob, "SIP/2.0 180");
    phone_dials(kit, bob, "1002", "602");
    (void)expect(kit, bob, "SIP/2.0 180");
    phone_dials(kit, bob, "1002", "603");
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 486"), "without a transfer"));
    phone_dials(kit, dave, "1004", "603");
    (void)expect(kit, dave, "SIP/2.0 180");
    gives_up(kit, dave, "603");
    phone_dials(kit, alice, "1001", "603");
    (void)expect(kit, alice, "SIP/2.0 180");
}

/* All numbers are taken: the phone shows it, and the call stays. */
static void full(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    for (int i = 0; i < 2; i++) {
        park_alice(kit, alice_bob, bob_alice);
    }
    assert_non_null(sj_testkit_find(kit, "event", "\"park_number\":\"502\""));
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    assert_non_null(strstr(header(expect(kit, bob, "SIP/2.0 503"), "Warning"), "taken"));
    assert_non_null(strstr(expect(kit, bob, "REFER"), "<statustext>\x80^</statustext>"));
    sj_testkit_advance(kit, 60);
    assert_null(sent_to(kit, alice, "INVITE"));
    assert_null(sent_to(kit, bob, "BYE"));
    refer_to(kit, bob, 103, bob_alice, "<sip:501@127.0.0.1>", "");
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 486"));
    within(kit, bob, "BYE", 104, bob_alice);
    (void)expect(kit, alice, "BYE");
}

static void keys_that_do_not_work(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, dave, "1004", "Park", bob_alice); /* a call of Bob's */
    (void)expect(kit, dave, "SIP/2.0 481");
    press_softkey(kit, bob, "1002", "Conference", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 603");
    press_softkey(kit, gateway, "1002", "Park", bob_alice); /* no phone */
    assert_null(sent_to(kit, gateway, "SIP/2.0 202"));
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 491");
    waits(kit, alice);
    (void)expect(kit, bob, "BYE");
    sj_testkit_forget(kit);
    press_softkey(kit, alice, "1001", "Park", alice_bob); /* she is parked */
    assert_null(sent_to(kit, alice, "SIP/2.0 202"));
    refer_to(kit, alice, 9, alice_bob, "<sip:1004@127.0.0.1>", "");
    (void)expect(kit, alice, "SIP/2.0 491");
    assert_null(sent_to(kit, dave, "INVITE"));
}

/* The first gets it, the other is told so; when it does not come about, the call stays parked. */
static void two_retrieve_at_once(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], dave_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    phone_dials(kit, dave, "1004", "501");
    phone_dials(kit, bob, "1002", "501");
    (void)expect(kit, bob, "SIP/2.0 486");
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    (void)expect(kit, dave, "SIP/2.0 488");
    assert_null(sent_to(kit, alice, "BYE"));
    sj_testkit_advance(kit, 40000); /* what has been refused is over */
    retrieve(kit, dave, "1004", "501", alice, dave_alice);
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, dave, "BYE");
}

/* Dave wants to retrieve the call, and gives up before Alice's phone has answered: she does not
 * send her voice to him while she waits. Bob, who dials the number meanwhile, gets her after that.
 */
static void retrieval_given_up(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], offer[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    phone_dials(kit, dave, "1004", "501");
    sj_testkit_advance(kit, 60);
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, alice, "INVITE"));
    gives_up(kit, dave, "501");
    (void)expect(kit, dave, "SIP/2.0 487");
    phone_dials(kit, bob, "1002", "501");
    sj_testkit_advance(kit, 300);
    assert_null(sent_to(kit, alice, "INVITE"));
    answer(kit, alice, offer, 200, OFFER);
    assert_string_equal(header(expect(kit, alice, "ACK"), "Content-Length"), "0");
    waits(kit, alice);
    sj_testkit_advance(kit, 150);
    const char *text = expect(kit, alice, "INVITE");
    assert_non_null(strstr(text, "offer-sdp"));
    answer(kit, alice, text, 200, "parked-answer");
    assert_non_null(strstr(expect(kit, bob, "SIP/2.0 200"), "parked-answer"));
    assert_null(sent_to(kit, alice, "BYE"));
}

/* Her phone does not go back to waiting: it is not left with his media. */
static void retrieval_given_up_and_not_undone(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], offer[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    phone_dials(kit, dave, "1004", "501");
    sj_testkit_advance(kit, 60);
    (void)snprintf(offer, sizeof offer, "%s", expect(kit, alice, "INVITE"));
    gives_up(kit, dave, "501");
    sj_testkit_forget(kit);
    answer(kit, alice, offer, 200, OFFER);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    (void)expect(kit, alice, "BYE");
}

static void who_is_parked_hangs_up(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, alice_bob, OFFER); /* her phone asks anew */
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "a=inactive"));
    within(kit, alice, "ACK", 2, alice_bob);
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_non_null(sj_testkit_find(kit, "event", "call.ended"));
    phone_dials(kit, dave, "1004", "501");
    (void)expect(kit, dave, "SIP/2.0 404");
    sj_testkit_advance(kit, 90000);
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* Either party hangs up while she is being parked. */
static void somebody_hangs_up_on_the_way(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    within(kit, bob, "BYE", 101, bob_alice);
    waits(kit, alice);
    assert_non_null(sj_testkit_find(kit, "event", "call.parked"));
    within(kit, alice, "BYE", 3, alice_bob);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    within(kit, alice, "BYE", 4, alice_bob);
    (void)expect(kit, bob, "BYE");
    sj_testkit_advance(kit, 60);
    assert_null(sj_testkit_find(kit, "event", "call.parked"));
    phone_dials(kit, dave, "1004", "501");
    (void)expect(kit, dave, "SIP/2.0 404");
}

/* Her phone does not take it: the call is Bob's as before, and his phone shows it. */
static void not_parked(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    park_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "Park", bob_alice);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 488, "");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "\x80^"));
    assert_null(sent_to(kit, bob, "BYE"));
    phone_dials(kit, dave, "1004", "501");
    (void)expect(kit, dave, "SIP/2.0 404");
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

/* The node is stopped: parked calls end as all do. */
static void node_stops(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    sj_error error = {0};
    park_world(kit);
    park_alice(kit, alice_bob, bob_alice);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    (void)expect(kit, alice, "BYE");
}

/* A visitor's phone parks and retrieves as the user's own does. */
static void by_a_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char *const desk = "192.0.2.77";
    char alice_dave[DIALOG], dave_alice[DIALOG], visitor[DIALOG];
    park_world(kit);
    emcc_world(kit);
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 1, 3600);
    phones_talk(kit, dave, "1004", bob, "1002", dave_alice, alice_dave);
    press_softkey(kit, bob, "1002", "Park", alice_dave);
    waits(kit, dave);
    phone_dials(kit, desk, "1001", "501");
    sj_testkit_advance(kit, 60);
    assert_non_null(sent_to(kit, dave, "INVITE"));
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "daves-answer");
    (void)snprintf(visitor, sizeof visitor, "%s", expect(kit, desk, "SIP/2.0 200"));
    within(kit, desk, "ACK", 1, visitor);
    char side[DIALOG];
    (void)snprintf(side, sizeof side, "%s", visitor);
    sj_testkit_forget(kit);
    press_softkey(kit, desk, "1001", "Park", side);
    (void)expect(kit, desk, "SIP/2.0 202");
    waits(kit, dave);
    answer(kit, desk, expect(kit, desk, "BYE"), 200, "");
    assert_non_null(strstr(expect(kit, desk, "REFER"), "\x80!501"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(by_softkey),
        CASE(statistics_of_who_retrieves),
        CASE(reverts),
        CASE(reverts_to_nobody),
        CASE(reverts_to_who_is_gone),
        CASE(reverts_when_he_is_back),
        CASE(retrieved_after_the_time),
        CASE(by_transfer),
        CASE(directed),
        CASE(reverts_with_code),
        CASE(numbers_only_dialled),
        CASE(full),
        CASE(keys_that_do_not_work),
        CASE(two_retrieve_at_once),
        CASE(retrieval_given_up),
        CASE(retrieval_given_up_and_not_undone),
        CASE(who_is_parked_hangs_up),
        CASE(somebody_hangs_up_on_the_way),
        CASE(not_parked),
        CASE(node_stops),
        CASE(by_a_visitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
