/* Message waiting numbers: a call to one switches the lamp of the caller's own line, or of the
 * number that a mail system's call comes from; who is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "resources/directory_number.h"
#include "resources/sip_trunk_security_profile.h"
#include "resources/voice_mail.h"

#define OFFER                                                                                      \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "       \
    "RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"

static void world(sj_testkit *kit) {
    put(kit, &sj_message_waiting_number_meta,
        "{\"number\":\"8000\",\"partition\":\"Internal\",\"message_waiting_indicator\":true,"
        "\"calling_search_space\":\"Phones\"}");
    put(kit, &sj_message_waiting_number_meta,
        "{\"number\":\"8001\",\"partition\":\"Internal\",\"message_waiting_indicator\":false,"
        "\"calling_search_space\":\"Phones\"}");
    dave_registers(kit);
    both_register(kit);
}

static void mail_is_accepted(sj_testkit *kit) {
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"UDP\",\"outgoing_transport\":\"udp\",\"accept_unsolicited_notification\":"
        "true}");
}

/* The lamp of a number is on, or off, as the store has it. */
static void lamp_is(sj_testkit *kit, const char *number, bool on, const char *source) {
    sj_message_waiting *record = NULL;
    assert_int_equal(sj_message_waiting_get(sj_testkit_scope(kit), number, &record, NULL), SJ_OK);
    assert_int_equal(record->waiting, on);
    assert_string_equal(record->source, source);
    sj_record_free(sj_testkit_scope(kit), record);
}

/* The phone's call is answered, without media, and ended. */
static void is_done(sj_testkit *kit, const char *caller, const char *description) {
    char dialog[DIALOG];
    sj_testkit_advance(kit, 60);
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, caller, "SIP/2.0 200"));
    assert_non_null(strstr(dialog, description));
    assert_non_null(strstr(dialog, "a=inactive"));
    sj_testkit_advance(kit, 400);
    assert_null(sent_to(kit, caller, "BYE")); /* it has not been acknowledged */
    within(kit, caller, "ACK", 1, dialog);
    sj_testkit_advance(kit, 700);
    answer(kit, caller, expect(kit, caller, "BYE"), 200, "");
    assert_null(sj_testkit_find(kit, "event", "call.recorded"));
}

static void dials(sj_testkit *kit, const char *from, const char *number, const char *dialled,
                  const char *offer) {
    char contact[80];
    (void)snprintf(contact, sizeof contact, "uuid-%s@%s:5060", number, from);
    sj_testkit_forget(kit);
    invite_with(kit, from, contact, dialled, number, "", "application/sdp", offer);
}

/* A phone switches the lamp of its own line, with an offer and without. */
static void of_the_own_line(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    dials(kit, alice, "1001", "8000", OFFER);
    is_done(kit, alice, "m=audio 9 RTP/AVP 8\r\n");
    lamp_is(kit, "1001@Internal", true, "SEP001122334401");
    sj_testkit_advance(kit, 100);
    assert_non_null(strstr(expect(kit, alice, "REFER"), "<mwi>yes</mwi>"));
    dials(kit, alice, "1001", "8001", "");
    is_done(kit, alice, "m=audio 9 RTP/AVP");
    lamp_is(kit, "1001@Internal", false, "SEP001122334401");
}

/* Over a trunk: only where its security profile says so, for the number that calls, or for the one
 * that has sent the call on; the number's calling search space must reach it. */
static void by_a_mail_system(void **state) {
    sj_testkit *kit = *state;
    world(kit);
    invite(kit, gateway, "mail@192.0.2.90", "8000", "1002", "");
    assert_non_null(strstr(header(expect(kit, gateway, "SIP/2.0 403"), "Warning"), "unsolicited"));
    mail_is_accepted(kit);
    sj_testkit_advance(kit, 40000);
    dials(kit, gateway, "1002", "8000", OFFER);
    is_done(kit, gateway, "m=audio 9 RTP/AVP 8\r\n");
    lamp_is(kit, "1002@Internal", true, "Gateway");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "<mwi>yes</mwi>"));
    sj_testkit_advance(kit, 40000);
    sj_testkit_forget(kit);
    invite(kit, gateway, "mail@192.0.2.90", "8000", "4900",
           "Diversion: <sip:1004@192.0.2.90>;reason=unconditional\r\n");
    sj_testkit_advance(kit, 60);
    lamp_is(kit, "1004@Internal", true, "Gateway");
    sj_testkit_forget(kit);
    invite(kit, gateway, "mail@192.0.2.90", "8001", "7777", "");
    assert_non_null(strstr(header(expect(kit, gateway, "SIP/2.0 404"), "Warning"), "7777"));
}

/* What a number forwards, or a user transfers there, switches nothing. */
static void not_sent_on(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    sj_message_waiting *record = NULL;
    world(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1004\",\"partition\":\"Internal\",\"forward_all_destination\":\"8000\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    phone_dials(kit, alice, "1001", "1004");
    (void)expect(kit, alice, "SIP/2.0 603");
    phones_talk(kit, alice, "1001", bob, "1002", alice_bob, bob_alice);
    refer_to(kit, bob, 101, bob_alice, "<sip:8000@127.0.0.1>", "");
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 603"));
    assert_null(sent_to(kit, alice, "BYE"));
    assert_int_equal(sj_message_waiting_get(sj_testkit_scope(kit), "1004@Internal", &record, NULL),
                     SJ_E_NOT_FOUND);
}

/* The caller gives up while the store writes; it does not acknowledge the answer; the service stops
 * with a call that is answered. */
static void given_up(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    world(kit);
    dials(kit, alice, "1001", "8000", OFFER);
    gives_up(kit, alice, "8000");
    sj_testkit_advance(kit, 1000);
    lamp_is(kit, "1001@Internal", true, "SEP001122334401");
    dials(kit, dave, "1004", "8000", OFFER);
    sj_testkit_advance(kit, 20000);
    (void)expect(kit, dave, "SIP/2.0 200");
    assert_null(sent_to(kit, dave, "BYE"));
    sj_testkit_advance(kit, 20000);
    (void)expect(kit, dave, "BYE");
    dials(kit, bob, "1002", "8000", OFFER);
    sj_testkit_advance(kit, 60);
    (void)expect(kit, bob, "SIP/2.0 200");
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

/* A visitor's call switches the lamp of the visitor's number. */
static void by_a_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char *const desk = "192.0.2.77";
    world(kit);
    emcc_world(kit);
    register_phone(kit, desk, "SEP00AABBCCDD01", "1001", 1, 3600);
    dials(kit, desk, "1001", "8000", OFFER);
    is_done(kit, desk, "m=audio 9 RTP/AVP 8\r\n");
    lamp_is(kit, "1001@Internal", true, "SEP00AABBCCDD01");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(of_the_own_line), CASE(by_a_mail_system), CASE(not_sent_on),
        CASE(given_up),        CASE(by_a_visitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
