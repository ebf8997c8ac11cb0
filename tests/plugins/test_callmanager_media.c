/* The EMCC region in the test kit: what the parties of a visitor's call hear of each other's media,
 * in every kind of message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "parameters/emcc.h"

static const char *const visitor = "203.0.113.5";
static const char contact[] = "uuid-1001@203.0.113.5:5060";

#define SDP(formats) "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 RTP/AVP " formats "\r\n"
#define VIDEO "m=video 6002 RTP/AVP 126\r\nb=TIAS:2000000\r\n"

static void set(sj_testkit *kit, const sj_param_meta *parameter, const char *value) {
    sj_error error = {0};
    if (sj_testkit_set_param(kit, parameter, value, &error) != SJ_OK) {
        fail_msg("%s: %s", value, error.text);
    }
}

/* Alice on her phone abroad, Bob at home. */
static void begin(sj_testkit *kit) {
    emcc_world(kit);
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    (void)expect(kit, bob, "SIP/2.0 200");
    sj_testkit_forget(kit);
}

static void has(const char *message, const char *body) {
    const char *found = strstr(message, "\r\n\r\n");
    assert_non_null(found);
    assert_string_equal(found + 4, body);
}

static void test_offer_and_answer(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    begin(kit);
    invite_with(kit, visitor, contact, "1002", "1001", "", "application/sdp", SDP("0 8 18") VIDEO);
    const char *text = expect(kit, bob, "INVITE");
    has(text, SDP("18") "m=video 6002 RTP/AVP 126\r\nb=TIAS:376000\r\n");
    answer(kit, bob, text, 183,
           SDP("0 18")); /* early media, and a phone that answers with more than it was offered */
    has(expect(kit, visitor, "SIP/2.0 183"), SDP("18"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0 18") VIDEO);
    text = expect(kit, visitor, "SIP/2.0 200");
    has(text, SDP("18") "m=video 6002 RTP/AVP 126\r\nb=TIAS:376000\r\n");
    (void)snprintf(dialog, sizeof dialog, "%s", text);
    within(kit, visitor, "ACK", 1, dialog);
    sj_testkit_forget(kit);
    /* What held when the call began holds until it ends. */
    set(kit, &sj_param_emcc_region_max_audio_bit_rate_meta, "64");
    within_with(kit, visitor, "INVITE", 2, dialog, SDP("0 18") "a=sendonly\r\n");
    text = expect(kit, bob, "INVITE");
    has(text, SDP("18") "a=sendonly\r\n");
    answer(kit, bob, text, 200, SDP("0 18") "a=recvonly\r\n");
    has(expect(kit, visitor, "SIP/2.0 200"), SDP("18") "a=recvonly\r\n");
    within(kit, visitor, "ACK", 2, dialog);
    sj_testkit_forget(kit);
    /* A re-INVITE of nothing that fits is refused, and the call goes on. */
    within_with(kit, visitor, "INVITE", 3, dialog, SDP("0 8"));
    assert_non_null(strstr(header(expect(kit, visitor, "SIP/2.0 488"), "Warning"),
                           "EMCC Region Max Audio Bit Rate of 8 kbps: PCMU"));
    assert_null(sent_to(kit, bob, "INVITE"));
    within(kit, visitor, "ACK", 3, dialog);
    sj_testkit_forget(kit);
    /* One without an offer: the offer comes with the answer, the answer with the ACK. */
    within(kit, visitor, "INVITE", 4, dialog);
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("8 18"));
    has(expect(kit, visitor, "SIP/2.0 200"), SDP("18"));
    within_with(kit, visitor, "ACK", 4, dialog, SDP("18 0"));
    has(expect(kit, bob, "ACK"), SDP("18"));
    within_with(kit, visitor, "UPDATE", 5, dialog, SDP("0 18"));
    has(expect(kit, bob, "UPDATE"), SDP("18"));
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
}

static void test_nothing_fits(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    invite_with(kit, visitor, contact, "1002", "1001", "", "application/sdp", SDP("0 8"));
    const char *text = expect(kit, visitor, "SIP/2.0 488");
    assert_non_null(strstr(header(text, "Warning"), "PCMU 64 kbps, PCMA 64 kbps"));
    assert_null(sent_to(kit, bob, "INVITE"));
    assert_non_null(sj_testkit_find(kit, "log", "cannot have media"));
    sj_testkit_forget(kit);
    /* An answer that cannot be: whoever gave it is told that the call is over. */
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "", "application/sdp",
                SDP("18"));
    answer(kit, visitor, expect(kit, visitor, "INVITE"), 200, SDP("0"));
    (void)expect(kit, bob, "SIP/2.0 488");
    (void)expect(kit, visitor, "ACK");
    (void)expect(kit, visitor, "BYE");
}

static void test_delayed_offer(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    begin(kit);
    invite_with(kit, visitor, contact, "1002", "1001", "", "", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0 18"));
    const char *text = expect(kit, visitor, "SIP/2.0 200");
    has(text, SDP("18"));
    (void)snprintf(dialog, sizeof dialog, "%s", text);
    within_with(kit, visitor, "ACK", 1, dialog,
                SDP("0")); /* the visitor's phone does not keep to it */
    (void)expect(kit, bob, "ACK");
    (void)expect(kit, bob, "BYE");
    (void)expect(kit, visitor, "BYE");
    assert_non_null(sj_testkit_find(kit, "event", "\"status_code\":488"));
}

static void test_others_are_not_concerned(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    invite_with(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "", "application/sdp",
                SDP("0 8") VIDEO);
    has(expect(kit, bob, "INVITE"), SDP("0 8") VIDEO);
}

/* Bob's call rings at home and abroad: only the phone abroad is held to the region. */
static void test_shared_line(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "", "application/sdp",
                SDP("0 18"));
    has(expect(kit, visitor, "INVITE"), SDP("18"));
    const char *text = expect(kit, alice, "INVITE");
    has(text, SDP("0 18"));
    answer(kit, alice, text, 200, SDP("0"));
    has(expect(kit, bob, "SIP/2.0 200"), SDP("0"));
}

/* The visited cluster holds calls that come back to its own parameters; parts that nobody knows go
 * along. */
static void test_parts(void **state) {
    sj_testkit *kit = *state;
    begin(kit);
#define OTHER "--b\r\nContent-Type: application/x-future\r\n\r\n<x/>\r\n"
    invite_with(kit, visitor, contact, "1002", "1001", "", "multipart/mixed;boundary=b",
                "--b\r\nContent-Type: application/sdp\r\n\r\n" SDP("0 18") "\r\n" OTHER
                                                                           "--b--\r\n");
    has(expect(kit, bob, "INVITE"),
        "--b\r\nContent-Type: application/sdp\r\n\r\n" SDP("18") "\r\n" OTHER "--b--\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_offer_and_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delayed_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_others_are_not_concerned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shared_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
