/* Call pickup: of the own group, another one, the other groups, at a directory number, by a lamp
 * key, by Replaces, by a visitor; at once and by ringing; rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pickup_kit.h"

static void by_ringing(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], dave_rings[DIALOG], alices[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    (void)expect(kit, dave, "SIP/2.0 487");
    stops_ringing(kit, bob, bob_rings);
    keep(dave_rings, expect(kit, dave, "INVITE"));
    assert_non_null(strstr(header(dave_rings, "From"), "sip:1001@"));
    assert_non_null(strstr(header(dave_rings, "Diversion"), "sip:1002@"));
    answer(kit, dave, dave_rings, 180, "");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID"), "1004"));
    pick(kit, erin, "1005", "gpickup-7001"); /* it is Dave's now */
    (void)expect(kit, erin, "SIP/2.0 503");
    answer(kit, dave, dave_rings, 200, "daves-answer");
    keep(alices, expect(kit, alice, "SIP/2.0 200"));
    assert_non_null(strstr(alices, "daves-answer"));
    const char *event = sj_testkit_find(kit, "event", "call.picked_up");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"rung_number\":\"1002\""));
    assert_non_null(strstr(event, "\"pickup_group\":\"Sales\""));
    assert_non_null(strstr(event, "\"number\":\"1004\""));
    event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"original_called_number\":\"1002\""));
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
    assert_non_null(strstr(event, "\"last_redirect_reason\":5,\"join_on_behalf_of\":16"));
    within(kit, alice, "ACK", 1, alices);
    (void)expect(kit, dave, "ACK");
    within(kit, alice, "BYE", 2, alices);
    (void)expect(kit, dave, "BYE");
}

/* Dave does not answer: after the timer it rings at Bob's again, as before; and once more when he
 * refuses. */
static void goes_back(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], dave_rings[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    keep(dave_rings, expect(kit, dave, "INVITE"));
    answer(kit, dave, dave_rings, 180, "");
    stops_ringing(kit, bob, bob_rings);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 11500);
    assert_null(sent_to(kit, bob, "INVITE"));
    sj_testkit_advance(kit, 1000);
    (void)expect(kit, dave, "CANCEL");
    answer(kit, dave, dave_rings, 487, "");
    keep(bob_rings, expect(kit, bob, "INVITE"));
    assert_string_equal(header(bob_rings, "Diversion"), "");
    answer(kit, bob, bob_rings, 180, "");
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, bob_rings);
    keep(dave_rings, expect(kit, dave, "INVITE"));
    sj_testkit_forget(kit);
    answer(kit, dave, dave_rings, 603, "");
    keep(bob_rings, expect(kit, bob, "INVITE"));
    answer(kit, bob, bob_rings, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "bobs-answer"));
    assert_null(sj_testkit_find(kit, "event", "call.picked_up"));
}

/* Dave is connected at once: his phone is asked to take what Alice has offered. */
static void connected_at_once(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], daves[DIALOG], alices[DIALOG];
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, bob_rings);
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    assert_non_null(strstr(daves, "a=inactive"));
    assert_non_null(strstr(header(daves, "Remote-Party-ID"), "sip:1001@"));
    assert_null(sent_to(kit, alice, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 60);
    const char *anew = expect(kit, dave, "INVITE");
    assert_non_null(strstr(anew, "c=IN IP4 192.0.2.1"));
    answer(kit, dave, anew, 200, "daves-answer");
    (void)expect(kit, dave, "ACK");
    keep(alices, expect(kit, alice, "SIP/2.0 200"));
    assert_non_null(strstr(alices, "daves-answer"));
    assert_non_null(strstr(header(alices, "Remote-Party-ID"), "sip:1004@"));
    within(kit, alice, "ACK", 1, alices);
    assert_non_null(sj_testkit_find(kit, "event", "call.picked_up"));
    assert_non_null(sj_testkit_find(kit, "event", "\"join_on_behalf_of\":16,\"same_call\":true"));
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"last_redirect_reason\":5,\"join_on_behalf_of\":16"));
    assert_int_equal(sj_testkit_count(kit, "event", "call.answered"), 1);
    within(kit, dave, "BYE", 2, daves);
    (void)expect(kit, alice, "BYE");
    assert_int_equal(sj_testkit_count(kit, "event", "call.ended"), 1);
}

/* Her INVITE has no offer: Dave's goes to her. */
static void caller_without_offer(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], daves[DIALOG], alices[DIALOG];
    pickup_world(kit);
    at_once(kit);
    dial_with(kit, alice, "1001", "1002", "", "");
    keep(bob_rings, expect(kit, bob, "INVITE"));
    answer(kit, bob, bob_rings, 180, "");
    pick(kit, dave, "1004", "pickup");
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 60);
    const char *anew = expect(kit, dave, "INVITE");
    assert_string_equal(header(anew, "Content-Length"), "0");
    answer(kit, dave, anew, 200, "daves-offer");
    keep(alices, expect(kit, alice, "SIP/2.0 200"));
    assert_non_null(strstr(alices, "daves-offer"));
    within_with(kit, alice, "ACK", 1, alices, "alices-answer");
    assert_non_null(strstr(expect(kit, dave, "ACK"), "alices-answer"));
}

/* The phone does not take her media: it is put down, and Bob's rings again. */
static void media_refused(void **state) {
    sj_testkit *kit = *state;
    char bob_rings[DIALOG], daves[DIALOG];
    pickup_world(kit);
    at_once(kit);
    rings(kit, alice, "1001", bob, "1002", bob_rings);
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, bob_rings);
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 60);
    const char *anew = expect(kit, dave, "INVITE");
    answer(kit, dave, anew, 488, "");
    (void)expect(kit, dave, "BYE");
    keep(bob_rings, expect(kit, bob, "INVITE"));
    answer(kit, bob, bob_rings, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "bobs-answer"));
}

/* GPickUp with a group's number, with a directory number; the number dialled. */
static void by_number(void **state) {
    sj_testkit *kit = *state;
    char first[DIALOG], second[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", first);
    sj_testkit_advance(kit, 1000);
    rings(kit, erin, "1005", dave, "1004", second);
    pick(kit, alice, "1001", "gpickup-7001"); /* hers has rung longer, and she does not take it */
    assert_non_null(strstr(header(expect(kit, alice, "INVITE"), "From"), "sip:1005@"));
    answer(kit, alice, expect(kit, alice, "INVITE"), 603, "");
    stops_ringing(kit, dave, second);
    keep(second, expect(kit, dave, "INVITE"));
    answer(kit, dave, second, 180, "");
    pick(kit, dave, "1004", "gpickup-1002");
    assert_non_null(strstr(header(expect(kit, dave, "INVITE"), "From"), "sip:1001@"));
    stops_ringing(kit, bob, first);
    dial(kit, bob, "1002", "7001"); /* what is left */
    assert_non_null(strstr(header(expect(kit, bob, "INVITE"), "From"), "sip:1005@"));
}

/* The call that has rung longest comes first. */
static void longest_first(void **state) {
    sj_testkit *kit = *state;
    char first[DIALOG], second[DIALOG];
    pickup_world(kit);
    register_phone(kit, gateway, "none", "0", 1, 0);
    rings(kit, erin, "1005", bob, "1002", first);
    sj_testkit_advance(kit, 50);
    rings(kit, alice, "1001", bob, "1002", second);
    pick(kit, dave, "1004", "pickup");
    assert_non_null(strstr(header(expect(kit, dave, "INVITE"), "From"), "sip:1005@"));
    pick(kit, dave, "1004", "pickup");
    assert_non_null(strstr(header(expect(kit, dave, "INVITE"), "From"), "sip:1001@"));
}

static void other_groups(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG];
    pickup_world(kit);
    pick(kit, dave, "1004", "opickup");
    (void)expect(kit, dave, "SIP/2.0 503");
    assert_true(told(kit, dave, "No call to pick up"));
    rings(kit, alice, "1001", erin, "1005", ringing);
    pick(kit, dave, "1004", "pickup"); /* it is another group's */
    (void)expect(kit, dave, "SIP/2.0 503");
    pick(kit, dave, "1004", "opickup");
    assert_non_null(strstr(header(expect(kit, dave, "INVITE"), "From"), "sip:1001@"));
}

/* A key that is a lamp and picks up. */
static void by_lamp_key(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG];
    pickup_world(kit);
    put_number(kit, "1005", ",\"call_pickup_group\":\"Sales\"");
    rings(kit, alice, "1001", bob, "1002", ringing);
    pick(kit, erin, "1005", "blfpickup-1002"); /* that key does not */
    (void)expect(kit, erin, "SIP/2.0 503");
    pick(kit, erin, "1005", "blfpickup-1004");
    (void)expect(kit, erin, "SIP/2.0 503");
    assert_null(sent_to(kit, erin, "INVITE"));
    answer(kit, bob, ringing, 486, "");
    rings(kit, alice, "1001", dave, "1004", ringing);
    pick(kit, erin, "1005", "blfpickup-1004");
    assert_non_null(strstr(header(expect(kit, erin, "INVITE"), "From"), "sip:1001@"));
}

/* Who is in no group, whose calling search spaces do not reach the number, whose group has nothing
 * to do with that of the number, who is a trunk. */
static void rights(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    pick(kit, alice, "1001", "pickup");
    (void)expect(kit, alice, "SIP/2.0 503");
    assert_true(told(kit, alice, "Pickup is not possible"));
    pick(kit, erin, "1005", "gpickup-1002");
    (void)expect(kit, erin, "SIP/2.0 503");
    pick(kit, erin, "1005", "opickup");
    (void)expect(kit, erin, "SIP/2.0 503");
    pick(kit, erin, "1005", "gpickup-4711");
    (void)expect(kit, erin, "SIP/2.0 503");
    pick(kit, erin, "1005", "gpickup");
    (void)expect(kit, erin, "SIP/2.0 503");
    pick(kit, gateway, "0", "gpickup-7001");
    (void)expect(kit, gateway, "SIP/2.0 403");
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Sales\",\"number\":\"7001\",\"partition\":\"PSTN\"}");
    answer(kit, bob, ringing, 486, "");
    rings(kit, alice, "1001", dave, "1004", ringing);
    pick(kit, bob, "1002", "pickup"); /* PSTN is out of his reach */
    (void)expect(kit, bob, "SIP/2.0 503");
    assert_true(told(kit, bob, "Pickup is not possible"));
    assert_null(sent_to(kit, dave, "CANCEL"));
}

/* Bob answers in the moment in which it is picked up: his call is ended, and Dave has it. */
static void by_replaces(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], text[2000], replaces[400], notify[DIALOG];
    pickup_world(kit);
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.4:5060;branch=z9hG4bKsub\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1004@x>;tag=s\r\nTo: <sip:1002@x>\r\nCall-ID: sub\r\nCSeq: 1 SUBSCRIBE\r\n"
                   "Contact: <sip:uuid-1004@192.0.2.4:5060>\r\nEvent: dialog\r\nExpires: 600\r\n"
                   "Content-Length: 0\r\n\r\n");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334404\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"subscribe_calling_search_space\":\"All\",\"lines\":[{\"directory_number\":"
        "\"1004@Internal\",\"display\":\"Dave D\"}]}");
    send_text(kit, dave, 5060, text);
    answer(kit, dave, expect(kit, dave, "NOTIFY"), 200, "");
    rings(kit, alice, "1001", bob, "1002", ringing);
    sj_testkit_advance(kit, 200);
    keep(notify, expect(kit, dave, "NOTIFY"));
    assert_non_null(strstr(notify, "<state>early</state>"));
    assert_non_null(strstr(notify, "local-tag=\"peer\""));
    assert_non_null(strstr(notify, "sip:1001@"));
    answer(kit, dave, notify, 200, "");
    (void)snprintf(replaces, sizeof replaces,
                   "Require: replaces\r\nReplaces: %s;to-tag=peer;from-tag=%s;early-only\r\n",
                   header(ringing, "Call-ID"), tag_of(header(ringing, "From")));
    dial_with(kit, erin, "1005", "1002", replaces, OFFER);
    (void)expect(kit, erin, "SIP/2.0 403");
    dial_with(kit, dave, "1004", "1002", replaces, OFFER);
    stops_ringing(kit, bob, ringing);
    assert_non_null(strstr(expect(kit, dave, "SIP/2.0 200"), "a=inactive"));
    dial_with(kit, dave, "1004", "1002", replaces, OFFER); /* it rings no more */
    (void)expect(kit, dave, "SIP/2.0 481");
}

/* The others are told after the Notification Timer. */
static void others_are_told(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    answer(kit, bob, ringing, 486, "");
    sj_testkit_advance(kit, 20000);
    assert_false(told(kit, dave, "statustext"));
    rings(kit, alice, "1001", bob, "1002", ringing);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 5500);
    assert_false(told(kit, dave, "statustext"));
    sj_testkit_advance(kit, 1000);
    assert_true(told(kit, dave, "<statustext>From 1001 To 1002</statustext>"));
    assert_true(told(kit, dave, "<tonetype>DtZipZip</tonetype>"));
    assert_false(told(kit, bob, "statustext"));
    assert_false(told(kit, erin, "statustext"));
    /* A caller who withholds the number is not shown, neither there nor to who picks the call up.
     */
    answer(kit, bob, ringing, 486, "");
    sj_testkit_forget(kit);
    at_once(kit);
    dial_with(kit, alice, "1001", "1002", "Privacy: id\r\n", OFFER);
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_advance(kit, 6500);
    assert_true(told(kit, dave, "<statustext>To 1002</statustext>"));
    pick(kit, dave, "1004", "pickup");
    const char *accepted = expect(kit, dave, "SIP/2.0 200");
    assert_string_equal(header(accepted, "Remote-Party-ID"), "");
    assert_null(strstr(accepted, "1001"));
}

/* The call that rings is the second one of a transfer: whoever picks it up gets who is put through.
 */
static void while_transferred(void **state) {
    sj_testkit *kit = *state;
    char alices[DIALOG], dialog[DIALOG], ringing[DIALOG], daves[DIALOG];
    pickup_world(kit);
    at_once(kit);
    dial(kit, alice, "1001", "1005");
    answer(kit, erin, expect(kit, erin, "INVITE"), 200, OFFER);
    keep(alices, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alices);
    turned_round(expect(kit, erin, "ACK"), dialog);
    refer_to(kit, erin, 101, dialog, "<sip:1002@127.0.0.1>", "");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 180, "");
    pick(kit, dave, "1004", "pickup");
    stops_ringing(kit, bob, ringing);
    keep(daves, expect(kit, dave, "SIP/2.0 200"));
    within(kit, dave, "ACK", 1, daves);
    sj_testkit_advance(kit, 200);
    const char *anew = expect(kit, dave, "INVITE");
    assert_string_equal(header(anew, "Content-Length"), "0");
    answer(kit, dave, anew, 200, "daves-offer");
    anew = expect(kit, alice, "INVITE");
    assert_non_null(strstr(anew, "daves-offer"));
    answer(kit, alice, anew, 200, "alices-answer");
    assert_non_null(strstr(expect(kit, dave, "ACK"), "alices-answer"));
    (void)expect(kit, erin, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "call.transferred"));
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
    assert_non_null(strstr(event, "\"last_redirect_reason\":5,\"join_on_behalf_of\":16"));
}

/* A transfer and a forwarding do not lead to the number of a group. */
static void numbers_only_dialled(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    put_number(kit, "1005",
               ",\"forward_all_destination\":\"7001\",\"forward_all_calling_search_space\":"
               "\"All\"");
    dial(kit, dave, "1004", "1005");
    (void)expect(kit, dave, "SIP/2.0 603");
    assert_null(sent_to(kit, bob, "CANCEL"));
}

/* A visitor's phone picks up at home. */
static void by_a_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char *const desk = "192.0.2.77";
    char ringing[DIALOG];
    pickup_world(kit);
    emcc_world(kit);
    put_number(kit, "1001", ",\"call_pickup_group\":\"Sales\"");
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 1, 3600);
    dial_with(kit, erin, "1005", "1002", "", "offer-sdp");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 180, "");
    pick(kit, desk, "1001", "pickup");
    assert_non_null(strstr(header(expect(kit, desk, "INVITE"), "From"), "sip:1005@"));
}

/* Many of them, most in vain: nothing of them stays. */
static void flood(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], dave_rings[DIALOG];
    pickup_world(kit);
    rings(kit, alice, "1001", bob, "1002", ringing);
    for (int i = 0; i < 300; i++) {
        pick(kit, erin, "1005", i % 2 == 0 ? "pickup" : "gpickup-1002");
        (void)expect(kit, erin, "SIP/2.0 503");
    }
    for (int i = 0; i < 20; i++) {
        pick(kit, dave, "1004", "pickup");
        stops_ringing(kit, bob, ringing);
        keep(dave_rings, expect(kit, dave, "INVITE"));
        sj_testkit_forget(kit);
        answer(kit, dave, dave_rings, 486, "");
        keep(ringing, expect(kit, bob, "INVITE"));
        answer(kit, bob, ringing, 180, "");
    }
    answer(kit, bob, ringing, 200, "bobs-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "bobs-answer"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(by_ringing),        CASE(goes_back),
        CASE(connected_at_once), CASE(caller_without_offer),
        CASE(media_refused),     CASE(by_number),
        CASE(longest_first),     CASE(other_groups),
        CASE(by_lamp_key),       CASE(rights),
        CASE(by_replaces),       CASE(others_are_told),
        CASE(while_transferred), CASE(numbers_only_dialled),
        CASE(by_a_visitor),      CASE(flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
