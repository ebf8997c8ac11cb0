/* Message waiting, through the call manager in the test kit: what a mail system's NOTIFY and an
 * administrator set, and how Cisco's phones, plain ones and subscribers are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "phones/message_summary.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/sip_trunk_security_profile.h"
#include "resources/voice_mail.h"

static const char *const plain = "192.0.2.7", *const visitor = "203.0.113.5";

#define WAITING                                                                                    \
    "Messages-Waiting: yes\r\nMessage-Account: sip:1002@mail\r\nVoice-Message: 2/8 (0/2)\r\n"
#define NOTHING "Messages-Waiting: no\r\n"

static void mail_says_as(sj_testkit *kit, const char *number, const char *type, const char *body) {
    static int branch;
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "NOTIFY sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.90:5060;branch=z9hG4bKm%d\r\nFrom: <sip:mail@x>;tag=m%d\r\nTo: "
                   "<sip:%s@127.0.0.1>\r\nCall-ID: m%d\r\nCSeq: 1 NOTIFY\r\nContact: "
                   "<sip:mail@192.0.2.90>\r\nEvent: message-summary\r\nSubscription-State: "
                   "active\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                   number, branch, branch, number, branch, type, strlen(body), body);
    branch++;
    sj_testkit_forget(kit);
    send_text(kit, gateway, 5060, text);
    sj_testkit_advance(kit, 40);
}

static void mail_says(sj_testkit *kit, const char *number, const char *body) {
    mail_says_as(kit, number, MESSAGE_SUMMARY_TYPE, body);
}

static void mail_is_accepted(sj_testkit *kit) {
    put(kit, &sj_sip_trunk_security_profile_meta,
        "{\"name\":\"UDP\",\"outgoing_transport\":\"udp\",\"accept_unsolicited_notification\":"
        "true}");
}

static void expect_text(const char *message, const char *text) {
    if (strstr(message, text) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", text, message);
    }
}

static void plain_registers(sj_testkit *kit, int cseq) {
    char text[1000];
    put(kit, &sj_phone_meta,
        "{\"name\":\"plain-phone\",\"model\":\"Third-party SIP Device (Advanced)\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\"}]}");
    (void)snprintf(
        text, sizeof text,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.7:5060;branch=z9hG4bKr%d\r\nFrom: <sip:plain-phone@x>;tag=1\r\nTo: "
        "<sip:plain-phone@127.0.0.1>\r\nCall-ID: plain%d\r\nCSeq: 1 REGISTER\r\nContact: "
        "<sip:1002@192.0.2.7:5060>\r\nExpires: 3600\r\n\r\n",
        cseq, cseq);
    sj_testkit_forget(kit);
    send_text(kit, plain, 5060, text);
    (void)expect(kit, plain, "SIP/2.0 200");
}

static void subscribe(sj_testkit *kit, const char *from, const char *user) {
    static int branch;
    char text[1000];
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKs%d\r\nFrom: <sip:%s@x>;tag=1\r\nTo: <sip:%s@x>\r\n"
                   "Call-ID: s%d\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:1002@%s:5060>\r\nEvent: "
                   "message-summary\r\nExpires: 600\r\nAccept: %s\r\nContent-Length: 0\r\n\r\n",
                   user, from, branch, user, user, branch, from, MESSAGE_SUMMARY_TYPE);
    branch++;
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

/* Cisco's phones by REFER, when the mail system says so, and when they register. */
static void test_cisco(void **state) {
    sj_testkit *kit = *state;
    sj_message_waiting *record = NULL;
    mail_is_accepted(kit);
    both_register(kit);
    mail_says(kit, "1002", WAITING);
    (void)expect(kit, gateway, "SIP/2.0 200");
    expect_text(
        expect(kit, bob, "REFER"),
        "<contact line=\"1\">\r\n<mwi>yes</mwi>\r\n<emwi>\r\n<voice-msg new=\"2\" old=\"8\"/>");
    assert_null(sent_to(kit, alice, "REFER"));
    assert_int_equal(sj_message_waiting_get(sj_testkit_scope(kit), "1002@Internal", &record, NULL),
                     SJ_OK);
    assert_true(record->waiting);
    assert_string_equal(record->source, "Gateway");
    sj_record_free(sj_testkit_scope(kit), record);
    mail_says(kit, "1002", NOTHING);
    expect_text(expect(kit, bob, "REFER"), "<mwi>no</mwi>");
}

static void test_refused(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    mail_says(kit, "1002", WAITING);
    expect_text(expect(kit, gateway, "SIP/2.0 403"), "does not accept unsolicited");
    mail_is_accepted(kit);
    mail_says(kit, "4711", WAITING);
    expect_text(expect(kit, gateway, "SIP/2.0 404"), "reaches no directory number 4711");
    mail_says(kit, "1002", "Voice-Message: 1/0\r\n");
    (void)expect(kit, gateway, "SIP/2.0 400");
    mail_says(kit, "1002", "Messages-Waiting: yes\r\nVoice-Message: 99999999999/0\r\n");
    expect_text(expect(kit, gateway, "SIP/2.0 400"), "cannot be read");
    mail_says_as(kit, "1002", "text/plain", WAITING);
    assert_string_equal(header(expect(kit, gateway, "SIP/2.0 415"), "Accept"),
                        MESSAGE_SUMMARY_TYPE);
    assert_null(sent_to(kit, bob, "REFER"));
}

/* A plain phone that has not subscribed is told of a change, and again when it registers. */
static void test_unsolicited(void **state) {
    sj_testkit *kit = *state;
    mail_is_accepted(kit);
    plain_registers(kit, 1);
    sj_testkit_advance(kit, 40);
    assert_null(sent_to(kit, plain, "NOTIFY")); /* nothing waits */
    mail_says(kit, "1002", WAITING);
    const char *notify = expect(kit, plain, "NOTIFY sip:1002@192.0.2.7:5060 SIP/2.0");
    assert_string_equal(header(notify, "Event"), "message-summary");
    expect_text(notify, "Messages-Waiting: yes\r\nMessage-Account: sip:1002@127.0.0.1\r\n"
                        "Voice-Message: 2/8 (0/0)\r\n");
    plain_registers(kit, 2);
    sj_testkit_advance(kit, 40);
    expect_text(expect(kit, plain, "NOTIFY"), "Messages-Waiting: yes");
    mail_says(kit, "1002", NOTHING);
    expect_text(expect(kit, plain, "NOTIFY"), "Messages-Waiting: no");
}

static void test_subscribed(void **state) {
    sj_testkit *kit = *state;
    mail_is_accepted(kit);
    plain_registers(kit, 1);
    subscribe(kit, plain, "1002");
    const char *notify = expect(kit, plain, "NOTIFY");
    assert_string_equal(header(notify, "Subscription-State"), "active;expires=600");
    expect_text(notify, "Messages-Waiting: no");
    answer(kit, plain, notify, 200, "");
    mail_says(kit, "1002", WAITING);
    expect_text(expect(kit, plain, "NOTIFY"), "Messages-Waiting: yes");
    assert_int_equal(sj_testkit_count(kit, "udp", "NOTIFY sip:1002@192.0.2.7"), 1);
    subscribe(kit, plain, "plain-phone"); /* itself */
    expect_text(expect(kit, plain, "NOTIFY"), "Messages-Waiting: yes");
    subscribe(kit, plain, "1001"); /* somebody else's */
    expect_text(expect(kit, plain, "SIP/2.0 403"), "no line of the phone");
}

static char said[700];

static void on_set(void *user, int status, const sj_error *error,
                   const sj_message_waiting_set_reply *reply) {
    (void)user;
    (void)snprintf(said, sizeof said, "%s", status == SJ_OK ? reply->message : error->text);
}

static const char *set(sj_testkit *kit, const char *number, bool waiting) {
    const sj_message_waiting_set request = {
        .directory_number = number, .waiting = waiting, .new_messages = waiting ? 3 : 0};
    sj_error error = {0};
    sj_testkit_forget(kit);
    assert_int_equal(
        sj_ask_message_waiting_set(sj_testkit_scope(kit), &request, 0, on_set, NULL, &error),
        SJ_OK);
    sj_testkit_advance(kit, 40);
    return said;
}

/* What an administrator sets is kept over a restart, and goes with the number. */
static void test_administrator(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    both_register(kit);
    expect_text(set(kit, "7777@Internal", true), "no directory number 7777@Internal");
    assert_string_equal(set(kit, "1002@Internal", true), "Messages wait for 1002@Internal.");
    expect_text(expect(kit, bob, "REFER"), "<voice-msg new=\"3\" old=\"0\"/>");
    sj_testkit_advance(kit, 1500);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(kit, 100);
    plain_registers(kit, 1);
    sj_testkit_advance(kit, 40);
    expect_text(expect(kit, plain, "NOTIFY"), "Messages-Waiting: yes");
    assert_string_equal(set(kit, "1002@Internal", false), "No messages wait for 1002@Internal.");
    expect_text(expect(kit, bob, "REFER"), "<mwi>no</mwi>");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1009\",\"partition\":\"Internal\"}");
    (void)set(kit, "1009@Internal", true);
    assert_int_equal(sj_directory_number_delete(sj_testkit_scope(kit), "1009@Internal", &error),
                     SJ_OK);
    sj_testkit_run(kit);
    sj_message_waiting *record = NULL;
    assert_int_equal(
        sj_message_waiting_get(sj_testkit_scope(kit), "1009@Internal", &record, &error),
        SJ_E_NOT_FOUND);
}

/* The lamp follows the user to the phone of another cluster. */
static void test_visitor(void **state) {
    sj_testkit *kit = *state;
    static const char body[] =
        "<x-cisco-remotecc-request><bulkregisterreq/></x-cisco-remotecc-request>";
    char text[2000];
    emcc_world(kit);
    (void)set(kit, "1001@Internal", true);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "203.0.113.5:5060;branch=z9hG4bKr7\r\nFrom: <sip:1001@x>;tag=1\r\nTo: "
                   "<sip:1001@127.0.0.1>\r\nCall-ID: reg-7\r\nCSeq: 7 REGISTER\r\nContact: "
                   "<sip:uuid@203.0.113.5:5060;transport=udp>;+u.sip!devicename.ccm.cisco.com="
                   "\"SEP00AABBCCDD01\"\r\nContent-Type: "
                   "application/x-cisco-remotecc-request+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   sizeof body - 1, body);
    send_text(kit, visitor, 5060, text);
    expect_text(expect(kit, visitor, "REFER"), "<mwi>yes</mwi>");
}

static void test_documents(void **state) {
    static const struct {
        const char *text;
        bool read, waiting;
        uint32_t new_messages, old_messages;
    } cases[] = {
        {WAITING, true, true, 2, 8},
        {"messages-waiting:YES\nvoice-message : 7", true, true, 7, 0},
        {"Messages-Waiting: no\r\nX: y\r\nVoice-Message: 4294967295/1", true, false, 4294967295, 1},
        {"Messages-Waiting: yes\r\nVoice-Message: 1 / 2 ( 3 / 4 )", true, true, 1, 2},
        /* A count that has no room is wrong: it is refused rather than told on as another one. */
        {"Messages-Waiting: no\r\nX: y\r\nVoice-Message: 99999999999/1", false, false, 0, 0},
        {"Messages-Waiting: yes\r\nVoice-Message: 1/4294967296", false, true, 1, 0},
        {"Messages-Waiting: yes\r\nVoice-Message: -1/2", false, true, 0, 0},
        {"Messages-Waiting: yes\r\nVoice-Message: many", false, true, 0, 0},
        {"Messages-Waiting: yes\r\nVoice-Message: 1/2 (3", false, true, 1, 2},
        {"Messages-Waiting: yes\r\nVoice-Message: 1/2 (3/4) 5", false, true, 1, 2},
        {"Messages-Waiting: yes\r\nVoice-Message: 1/2/3", false, true, 1, 2},
        {"Messages-Waiting: perhaps", false, false, 0, 0},
        {"Voice-Message: 1/1", false, false, 1, 1},
        {"Messages-Waitings: yes", false, false, 0, 0},
        {"", false, false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message_summary summary;
        assert_int_equal(message_summary_read(sip_text_of(cases[i].text), &summary), cases[i].read);
        assert_int_equal(summary.waiting, cases[i].waiting);
        assert_int_equal(summary.new_messages, cases[i].new_messages);
        assert_int_equal(summary.old_messages, cases[i].old_messages);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_cisco),
        TEST(test_refused),
        TEST(test_unsolicited),
        TEST(test_subscribed),
        TEST(test_administrator),
        TEST(test_visitor),
        cmocka_unit_test(test_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
