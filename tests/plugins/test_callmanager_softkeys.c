/* Softkeys that work upon a call: immediate divert to voice mail, malicious call identification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/directory_number.h"
#include "resources/voice_mail.h"

#define OFFER                                                                                      \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"

/* Dave's phone (1004) plays the mail system. */
static void mail_world(sj_testkit *kit) {
    put(kit, &sj_voice_mail_pilot_meta, "{\"number\":\"1004\"}");
    put(kit, &sj_voice_mail_profile_meta,
        "{\"name\":\"Mail\",\"voice_mail_pilot\":\"1004\",\"default_profile\":true}");
    dave_registers(kit);
    both_register(kit);
}

static void keep(char dialog[DIALOG], const char *message) {
    (void)snprintf(dialog, DIALOG, "%s", message);
}

/* Alice calls, and Bob's phone rings; its own side of the dialog. */
static void rings(sj_testkit *kit, char ringing[DIALOG], char side[DIALOG]) {
    phone_dials(kit, alice, "1001", "1002");
    keep(ringing, expect(kit, bob, "INVITE"));
    answer(kit, bob, ringing, 180, "");
    (void)snprintf(side, DIALOG, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(ringing, "To"), header(ringing, "From"), header(ringing, "Call-ID"));
}

/* While it rings: the call goes there as one that Bob's number has sent on. */
static void diverted_while_it_rings(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], side[DIALOG], mail[DIALOG];
    mail_world(kit);
    rings(kit, ringing, side);
    press_softkey(kit, bob, "1002", "iDivert", side);
    (void)expect(kit, bob, "SIP/2.0 202");
    (void)expect(kit, bob, "CANCEL");
    keep(mail, expect(kit, dave, "INVITE"));
    assert_non_null(strstr(header(mail, "Diversion"), "sip:1002@"));
    assert_non_null(strstr(header(mail, "From"), "sip:1001@"));
    answer(kit, dave, mail, 200, "mails-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "mails-answer"));
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1002\""));
    assert_non_null(strstr(event, "\"last_redirect_reason\":50,\"join_on_behalf_of\":14"));
}

/* In the call: Alice is put through to the mail system, and Bob's phone is free. */
static void diverted_in_the_call(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], mail[DIALOG];
    mail_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "IDivert", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 202");
    keep(mail, expect(kit, dave, "INVITE"));
    assert_non_null(strstr(header(mail, "Diversion"), "sip:1002@"));
    assert_non_null(strstr(header(mail, "From"), "sip:1001@"));
    assert_null(sent_to(kit, bob, "BYE"));
    answer(kit, dave, mail, 200, OFFER);
    sj_testkit_advance(kit, 200);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, OFFER);
    (void)expect(kit, dave, "ACK");
    (void)expect(kit, bob, "BYE");
    const char *event = sj_testkit_find(kit, "event", "\"last_redirect_reason\":50");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"original_called_number\":\"1002\""));
    assert_non_null(strstr(event, "\"join_on_behalf_of\":14"));
    assert_non_null(sj_testkit_find(kit, "event", "\"state\":\"split\""));
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, dave, "BYE");
}

/* Alice, whose call was diverted, puts Bob through to the mail system: that is a transfer. */
static void transferred_after_a_divert(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], side[DIALOG], alice_mail[DIALOG], bob_alice[DIALOG], alice_bob[DIALOG];
    mail_world(kit);
    rings(kit, ringing, side);
    press_softkey(kit, bob, "1002", "iDivert", side);
    (void)expect(kit, bob, "CANCEL");
    answer(kit, bob, ringing, 487, "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "mails-answer");
    keep(alice_mail, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_mail);
    phones_talk(kit, bob, "1002", alice, "1001", bob_alice, alice_bob);
    refer_attended(kit, alice, 101, alice_bob, alice_mail);
    sj_testkit_advance(kit, 60);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, OFFER);
    sj_testkit_advance(kit, 60);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, OFFER);
    (void)expect(kit, alice, "BYE");
    assert_null(sj_testkit_find(kit, "event", "\"join_on_behalf_of\":14,\"same_call\""));
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"last_redirecting_number\":\"1001\""));
    assert_non_null(strstr(event, "\"last_redirect_reason\":4,\"join_on_behalf_of\":10"));
}

/* The mail system does not answer: the call is Bob's as before. */
static void mail_system_refuses(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    mail_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "iDivert", bob_alice);
    answer(kit, dave, expect(kit, dave, "INVITE"), 480, "");
    sj_testkit_advance(kit, 200);
    assert_null(sent_to(kit, bob, "BYE"));
    press_softkey(kit, bob, "1002", "iDivert", bob_alice); /* and it can be tried again */
    (void)expect(kit, bob, "SIP/2.0 202");
    within(kit, alice, "BYE", 3, alice_bob);
    (void)expect(kit, bob, "BYE");
}

static void not_diverted(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    mail_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, alice, "1001", "iDivert", alice_bob); /* it is her call to him */
    (void)expect(kit, alice, "SIP/2.0 603");
    put(kit, &sj_voice_mail_profile_meta, "{\"name\":\"None\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"voice_mail_profile\":\"None\"}");
    press_softkey(kit, bob, "1002", "iDivert", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 603");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "iDivert is not possible"));
    press_softkey(kit, dave, "1004", "iDivert", bob_alice);
    (void)expect(kit, dave, "SIP/2.0 481");
    assert_null(sent_to(kit, dave, "INVITE"));
}

/* Who calls is told and on record, once, also when the number is withheld. */
static void malicious_call(void **state) {
    sj_testkit *kit = *state;
    char ringing[DIALOG], alice_bob[DIALOG], bob_alice[DIALOG];
    mail_world(kit);
    rings(kit, ringing, bob_alice);
    press_softkey(kit, bob, "1002", "MCID", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 491");
    answer(kit, bob, ringing, 486, "");
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "Privacy: id\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "first-answer");
    keep(alice_bob, expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    press_softkey(kit, bob, "1002", "MCID", bob_alice);
    (void)expect(kit, bob, "SIP/2.0 202");
    const char *shown = expect(kit, bob, "REFER");
    assert_non_null(strstr(shown, "<statustext>\x80T</statustext>"));
    assert_non_null(strstr(shown, "<displaytimeout>7</displaytimeout>"));
    assert_non_null(strstr(shown, "<localtag>peer</localtag>"));
    assert_non_null(strstr(shown, "<tonetype>DtZipZip</tonetype>"));
    const char *event = sj_testkit_find(kit, "event", "call.malicious");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"calling_number\":\"1001\""));
    assert_non_null(strstr(event, "\"calling_device\":\"SEP001122334401\""));
    assert_non_null(strstr(event, "\"number\":\"1002\""));
    assert_non_null(sj_testkit_find(kit, "event", "\"malicious\":true"));
    press_softkey(kit, bob, "1002", "MCID", bob_alice);
    assert_int_equal(sj_testkit_count(kit, "event", "call.malicious"), 1);
    within(kit, alice, "BYE", 2, alice_bob);
    event = sj_testkit_find(kit, "event", "\"state\":\"ended\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"malicious\":true"));
}

/* Bob says so of Dave, who then puts Alice through to him: nobody has said so of her yet. */
static void malicious_before_a_transfer(void **state) {
    sj_testkit *kit = *state;
    char alice_dave[DIALOG], dave_alice[DIALOG], dave_bob[DIALOG], bob_dave[DIALOG];
    mail_world(kit);
    phones_talk(kit, alice, "1001", dave, "1004", alice_dave, dave_alice);
    phones_talk(kit, dave, "1004", bob, "1002", dave_bob, bob_dave);
    press_softkey(kit, bob, "1002", "MCID", bob_dave);
    const char *event = sj_testkit_find(kit, "event", "call.malicious");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"calling_number\":\"1004\""));
    refer_attended(kit, dave, 101, dave_alice, dave_bob);
    sj_testkit_advance(kit, 60);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, OFFER);
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, OFFER);
    event = sj_testkit_find(kit, "event", "\"last_redirect_reason\":4,");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"malicious\":false"));
    sj_testkit_forget(kit);
    press_softkey(kit, bob, "1002", "MCID", bob_dave);
    (void)expect(kit, bob, "SIP/2.0 202");
    event = sj_testkit_find(kit, "event", "call.malicious");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"calling_number\":\"1001\""));
    within(kit, alice, "BYE", 3, alice_dave);
    event = sj_testkit_find(kit, "event", "\"state\":\"ended\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"malicious\":true"));
}

/* Each says so of the other: both are told. */
static void malicious_both(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    mail_world(kit);
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    press_softkey(kit, bob, "1002", "MCID", bob_alice);
    press_softkey(kit, alice, "1001", "MCID", alice_bob);
    const char *event = sj_testkit_find(kit, "event", "\"calling_number\":\"1002\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"device_name\":\"SEP001122334401\""));
    press_softkey(kit, bob, "1002", "MCID", bob_alice);
    press_softkey(kit, alice, "1001", "MCID", alice_bob);
    assert_int_equal(sj_testkit_count(kit, "event", "call.malicious"), 2);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(diverted_while_it_rings),
        CASE(diverted_in_the_call),
        CASE(transferred_after_a_divert),
        CASE(mail_system_refuses),
        CASE(not_diverted),
        CASE(malicious_call),
        CASE(malicious_before_a_transfer),
        CASE(malicious_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
