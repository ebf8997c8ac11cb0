/* What users switch on their phones, through the call manager in the test kit: forward all with the
 * softkey and by the administrator, Do Not Disturb as it is published, and what phones are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/call.h"
#include "resources/common_phone_profile.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/live_device.h"
#include "resources/phone.h"

static const char *const visitor = "203.0.113.5";

static void softkey(sj_testkit *kit, const char *from, const char *number, const char *service) {
    char uri[100], contact[100];
    (void)snprintf(uri, sizeof uri, "x-cisco-serviceuri-%s", service);
    (void)snprintf(contact, sizeof contact, "uuid-%s@%s:5060", number, from);
    invite(kit, from, contact, uri, number, "");
}

static void expect_forward_all(sj_testkit *kit, const char *key, const char *destination,
                               const char *space, const char *second_space) {
    sj_directory_number *record = NULL;
    assert_int_equal(sj_directory_number_get(sj_testkit_scope(kit), key, &record, NULL), SJ_OK);
    assert_string_equal(record->forward_all_destination, destination);
    assert_string_equal(record->forward_all_calling_search_space, space);
    assert_string_equal(record->forward_all_secondary_calling_search_space, second_space);
    sj_record_free(sj_testkit_scope(kit), record);
}

static void test_softkey(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"forward_all_calling_search_space\":"
        "\"Phones\"}");
    both_register(kit);
    softkey(kit, alice, "1001", "cfwdall");
    (void)expect(kit, alice,
                 "SIP/2.0 484"); /* nothing to switch off, and no number to switch it on */
    softkey(kit, alice, "1001", "cfwdall-1002");
    (void)expect(kit, alice, "SIP/2.0 487");
    expect_forward_all(kit, "1001@Internal", "1002", "Phones", "");
    const char *refer =
        expect(kit, alice, "REFER sip:uuid-1001@192.0.2.1:5060;transport=udp SIP/2.0");
    assert_string_equal(header(refer, "Require"), "norefersub");
    assert_non_null(strstr(refer, "<contact line=\"1\">\r\n<mwi>no</mwi>"));
    assert_non_null(strstr(refer, "<cfwdallupdate>\r\n<fwdaddress>1002</fwdaddress>"));
    invite(kit, gateway, "pstn@192.0.2.90", "1001", "5551234", "");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_forget(kit);
    softkey(kit, alice, "1001", "cfwdall");
    (void)expect(kit, alice, "SIP/2.0 487");
    expect_forward_all(kit, "1001@Internal", "", "Phones", "");
    assert_non_null(strstr(expect(kit, alice, "REFER"), "<fwdaddress></fwdaddress>"));
}

static void test_softkey_refused(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"forward_all_calling_search_space\":"
        "\"Phones\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_calling_search_space\":"
        "\"Phones\",\"forward_all_"
        "destination\":\"1001\"}");
    both_register(kit);
    softkey(kit, alice, "1001", "cfwdall-91234"); /* not within the reach of its forwarding */
    assert_non_null(
        strstr(header(expect(kit, alice, "SIP/2.0 404"), "Warning"), "No pattern within reach"));
    softkey(kit, alice, "1001", "cfwdall-1002");
    assert_non_null(
        strstr(header(expect(kit, alice, "SIP/2.0 482"), "Warning"), "circle back to 1001"));
    softkey(kit, alice, "1001", "cfwdall-1001");
    (void)expect(kit, alice, "SIP/2.0 482");
    softkey(kit, alice, "1001", "cfwdall-12;34");
    (void)expect(kit, alice, "SIP/2.0 484");
    softkey(kit, alice, "1001", "pickup");
    (void)expect(kit, alice, "SIP/2.0 503");
    softkey(kit, gateway, "1003", "cfwdall-1002");
    (void)expect(kit, gateway, "SIP/2.0 403");
    expect_forward_all(kit, "1001@Internal", "", "Phones", "");
}

/* The softkey's INVITE is taken back before the store has answered: it is set all the same, and
 * nothing else comes of it. */
static void test_softkey_cancelled(void **state) {
    sj_testkit *kit = *state;
    static const char invite_text[] =
        "INVITE sip:x-cisco-serviceuri-cfwdall-1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.1:5060;branch=z9hG4bKc\r\nFrom: <sip:1001@x>;tag=mine\r\nTo: "
        "<sip:1@x>\r\nCall-ID: c\r\nCSeq: 1 "
        "INVITE\r\nContact: <sip:uuid-1001@192.0.2.1:5060>\r\nContent-Length: 0\r\n\r\n";
    static const char cancel_text[] =
        "CANCEL sip:x-cisco-serviceuri-cfwdall-1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.1:5060;branch=z9hG4bKc\r\nFrom: <sip:1001@x>;tag=mine\r\nTo: "
        "<sip:1@x>\r\nCall-ID: c\r\nCSeq: 1 "
        "CANCEL\r\nContent-Length: 0\r\n\r\n";
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"forward_all_calling_search_space\":"
        "\"Phones\"}");
    both_register(kit);
    assert_int_equal(
        sj_testkit_datagram(kit, PORT, alice, 5060, invite_text, sizeof invite_text - 1), SJ_OK);
    assert_int_equal(
        sj_testkit_datagram(kit, PORT, alice, 5060, cancel_text, sizeof cancel_text - 1), SJ_OK);
    sj_testkit_run(kit);
    (void)expect(kit, alice, "SIP/2.0 487");
    expect_forward_all(kit, "1001@Internal", "1002", "Phones", "");
}

/* The service is stopped while an answer waits for the store: nothing is left behind. */
static void test_stopped_meanwhile(void **state) {
    sj_testkit *kit = *state;
    static const char text[] =
        "PUBLISH sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.2:5060;branch=z9hG4bKs\r\nFrom: "
        "<sip:1002@x>;tag=1\r\nTo: <sip:1002@x>\r\nCall-ID: s\r\nCSeq: 1 PUBLISH\r\nEvent: "
        "presence\r\nContent-Type: "
        "application/pidf+xml\r\nContent-Length: "
        "64\r\n\r\n<presence><e:activities><ce:dnd/></e:activities></presence>     ";
    sj_error error = {0};
    both_register(kit);
    assert_int_equal(sj_testkit_datagram(kit, PORT, bob, 5060, text, sizeof text - 1), SJ_OK);
    assert_int_equal(sj_testkit_stop(kit, "callmanager", &error), SJ_OK);
}

/* With Activating Device/Line CSS: those of the phone. A visitor takes his line's and the EMCC CSS
 * along, not the adjunct one.
 */
static void test_activating_spaces(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"calling_search_space\":\"Phones\","
        "\"forward_all_activation_"
        "policy\":"
        "\"with_activating_device_line_css\"}");
    both_register(kit);
    softkey(kit, alice, "1001", "cfwdall-91234");
    (void)expect(kit, alice, "SIP/2.0 487");
    expect_forward_all(kit, "1001@Internal", "91234", "Phones", "All");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP00AABBCCDD01\",\"emcc\":true,\"visiting_cluster_id\":\"br\",\"user_id\":"
        "\"alice\",\"model\":\"Cisco "
        "7841\",\"device_pool\":\"Default\",\"calling_search_spaces\":[\"Adjunct\",\"Phones\"],"
        "\"adjunct_calling_"
        "search_space\":\"Adjunct\",\"lines\":[{\"directory_number\":\"1001@Internal\"}],\"line_"
        "calling_search_spaces\":["
        "\"\"]}");
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    softkey(kit, visitor, "1001", "cfwdall-1002");
    (void)expect(kit, visitor, "SIP/2.0 487");
    expect_forward_all(kit, "1001@Internal", "1002", "", "Phones");
    softkey(kit, visitor, "1001", "cfwdall-9999"); /* only the adjunct CSS reaches it */
    (void)expect(kit, visitor, "SIP/2.0 404");
}

static char said[700];

static void on_set(void *user, int status, const sj_error *error,
                   const sj_forward_all_set_reply *reply) {
    (void)user;
    (void)snprintf(said, sizeof said, "%s", status == SJ_OK ? reply->message : error->text);
}

static const char *set(sj_testkit *kit, const char *number, const char *destination,
                       const char *device) {
    const sj_forward_all_set request = {
        .directory_number = number, .destination = destination, .device_name = device};
    sj_error error = {0};
    said[0] = '\0';
    assert_int_equal(
        sj_ask_forward_all_set(sj_testkit_scope(kit), &request, 0, on_set, NULL, &error), SJ_OK);
    sj_testkit_run(kit);
    sj_testkit_advance(kit, 10);
    return said;
}

static void test_administrator(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    assert_non_null(strstr(set(kit, "7777@Internal", "1002", ""), "no directory number"));
    assert_non_null(strstr(set(kit, "1001@Internal", "1002", ""),
                           "No pattern within reach")); /* no calling search space */
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"forward_all_activation_policy\":\"with_"
        "activating_device_line_"
        "css\"}");
    assert_string_equal(set(kit, "1001@Internal", "1002", "SEP001122334401"),
                        "1001@Internal forwards all calls to 1002.");
    expect_forward_all(kit, "1001@Internal", "1002", "", "All");
    assert_non_null(strstr(set(kit, "1002@Internal", "1001", "SEP001122334401"), "has no line"));
    assert_string_equal(set(kit, "1001@Internal", "", ""),
                        "1001@Internal no longer forwards all calls.");
}

/* A phone that speaks RemoteCC hears of its lines when it registers. */
static void test_told_at_registration(void **state) {
    sj_testkit *kit = *state;
    static const char body[] =
        "<x-cisco-remotecc-request><bulkregisterreq/></x-cisco-remotecc-request>";
    char text[2000];
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1001\",\"partition\":\"Internal\",\"forward_all_destination\":\"1002\"}");
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.1:5060;branch=z9hG4bKr7\r\nFrom: "
                   "<sip:1001@x>;tag=1\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: reg-7\r\nCSeq: 7 "
                   "REGISTER\r\nContact: "
                   "<sip:uuid@192.0.2.1:5060;transport=udp>;+u.sip!devicename.ccm.cisco.com="
                   "\"SEP001122334401\"\r\nContent-Type: "
                   "application/x-cisco-remotecc-request+xml\r\nContent-Length: %zu\r\n\r\n%s",
                   sizeof body - 1, body);
    send_text(kit, alice, 5060, text);
    const char *refer = expect(kit, alice, "REFER");
    assert_string_equal(header(refer, "Content-Type"), "multipart/mixed; boundary=uniqueBoundary");
    assert_non_null(strstr(refer, "<fwdaddress>1002</fwdaddress>"));
    assert_non_null(strstr(refer, "<state>disable</state>"));
    assert_int_equal(sj_testkit_count(kit, "udp", "REFER sip:"), 1);
}

/* ---- Do Not Disturb ---- */

#define DISTURB "<presence><dm:person><e:activities/></dm:person></presence>"
#define DO_NOT_DISTURB                                                                             \
    "<presence><dm:person><e:activities><ce:dnd/></e:activities></dm:person></presence>"

static void publish(sj_testkit *kit, const char *from, const char *user, int cseq, const char *more,
                    const char *body) {
    char text[2000];
    (void)snprintf(
        text, sizeof text,
        "PUBLISH sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKp%d\r\nFrom: "
        "<sip:%s@x>;tag=1\r\nTo: <sip:%s@x>\r\nCall-ID: p%d\r\nCSeq: %d PUBLISH\r\nEvent: "
        "presence\r\n%s%s"
        "Content-Length: %zu\r\n\r\n%s",
        user, from, cseq, user, user, cseq, cseq, more,
        body[0] != '\0' ? "Content-Type: application/pidf+xml\r\n" : "", strlen(body), body);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
    sj_testkit_advance(kit, 20);
}

static bool phone_state(sj_testkit *kit, const char *name) {
    sj_phone *phone = NULL;
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), name, &phone, NULL), SJ_OK);
    const bool on = phone->do_not_disturb;
    sj_record_free(sj_testkit_scope(kit), phone);
    return on;
}

static void test_publish(void **state) {
    sj_testkit *kit = *state;
    char etag[40], match[80];
    both_register(kit);
    publish(kit, bob, "001122334402", 1, "Expires: 600\r\n",
            DO_NOT_DISTURB); /* by its MAC address */
    (void)snprintf(etag, sizeof etag, "%s", header(expect(kit, bob, "SIP/2.0 200"), "SIP-ETag"));
    assert_int_equal(strlen(etag), 16);
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 200"), "Expires"), "600");
    assert_true(phone_state(kit, "SEP001122334402"));
    assert_non_null(sj_testkit_find(kit, "event", "device.do_not_disturb_changed"));
    assert_null(sent_to(kit, bob, "REFER")); /* it knows */
    (void)snprintf(match, sizeof match, "SIP-If-Match: %s\r\nExpires: 600\r\n", etag);
    publish(kit, bob, "1002", 2, match, ""); /* a refresh, by its number */
    (void)expect(kit, bob, "SIP/2.0 200");
    publish(kit, bob, "1002", 3, match, DISTURB); /* the tag is not that any more */
    (void)expect(kit, bob, "SIP/2.0 412");
    publish(kit, bob, "1002", 4, "", DISTURB); /* begins anew */
    (void)snprintf(match, sizeof match, "SIP-If-Match: %s\r\nExpires: 0\r\n",
                   header(expect(kit, bob, "SIP/2.0 200"), "SIP-ETag"));
    assert_false(phone_state(kit, "SEP001122334402"));
    publish(kit, bob, "1002", 5, "Expires: 600\r\n", DO_NOT_DISTURB);
    publish(kit, bob, "1002", 6, match, "");
    (void)expect(kit, bob, "SIP/2.0 412");
    publish(kit, bob, "1002", 7, "Expires: 10\r\n", DO_NOT_DISTURB);
    (void)snprintf(match, sizeof match, "SIP-If-Match: %s\r\n",
                   header(expect(kit, bob, "SIP/2.0 200"), "SIP-ETag"));
    sj_testkit_advance(kit, 12000);
    publish(kit, bob, "1002", 8, match, "");
    (void)expect(kit, bob, "SIP/2.0 412");            /* it has expired */
    assert_true(phone_state(kit, "SEP001122334402")); /* but not what it said */
}

static void test_removal(void **state) {
    sj_testkit *kit = *state;
    char match[80];
    both_register(kit);
    publish(kit, bob, "1002", 1, "", DO_NOT_DISTURB);
    (void)snprintf(match, sizeof match, "SIP-If-Match: %s\r\nExpires: 0\r\n",
                   header(expect(kit, bob, "SIP/2.0 200"), "SIP-ETag"));
    publish(kit, bob, "1002", 2, match, "");
    assert_string_equal(header(expect(kit, bob, "SIP/2.0 200"), "Expires"), "0");
    publish(kit, bob, "1002", 3, match, "");
    (void)expect(kit, bob, "SIP/2.0 412");
    assert_true(
        phone_state(kit, "SEP001122334402")); /* a phone that restarts has switched nothing off */
}

static void test_publish_refused(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    publish(kit, gateway, "1002", 1, "", DO_NOT_DISTURB);
    (void)expect(kit, gateway, "SIP/2.0 403");
    publish(kit, alice, "001122334402", 2, "", DO_NOT_DISTURB); /* from another phone's address */
    (void)expect(kit, alice, "SIP/2.0 403");
    publish(kit, bob, "1002", 3, "", "");
    (void)expect(kit, bob, "SIP/2.0 400");
    publish(kit, bob, "1002", 4, "", "<presence><unclosed></presence>");
    (void)expect(kit, bob, "SIP/2.0 400");
    publish(kit, bob, "1002", 5, "Content-Type: text/plain\r\n", "hello");
    (void)expect(kit, bob, "SIP/2.0 415");
    publish(kit, bob, "1002", 6, "Expires: 2\r\n", DO_NOT_DISTURB);
    (void)expect(kit, bob, "SIP/2.0 423");
    assert_false(phone_state(kit, "SEP001122334402"));
}

static void bob_is(sj_testkit *kit, bool on, const char *option) {
    char json[400];
    (void)snprintf(
        json, sizeof json,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco "
        "7841\",\"calling_search_space\":\"Phones\",\"do_not_disturb\":"
        "%s,\"do_not_disturb_option\":\"%s\",\"lines\":[{\"directory_number\":\"1002@Internal\"}]}",
        on ? "true" : "false", option);
    put(kit, &sj_phone_meta, json);
}

static void test_calls_in_do_not_disturb(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    bob_is(kit, true, "call_reject");
    assert_non_null(
        strstr(expect(kit, bob, "REFER"), "<state>enable</state>\r\n<option>callreject</option>"));
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    assert_non_null(
        strstr(header(expect(kit, alice, "SIP/2.0 486"), "Reason"), "Do Not Disturb is on"));
    assert_null(sent_to(kit, bob, "INVITE"));
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_busy_external_destination\":"
        "\"1001\",\"forward_busy_"
        "external_calling_search_space\":\"Phones\"}");
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "");
    assert_non_null(
        strstr(header(expect(kit, alice, "INVITE"), "Diversion"), "reason=do-not-disturb"));
    sj_testkit_forget(kit);
    bob_is(kit, true, "ringer_off"); /* the phone itself stays silent */
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551235", "");
    bob_is(kit, false, "ringer_off");
    assert_non_null(strstr(expect(kit, bob, "REFER"), "<state>disable</state>"));
}

/* Without an option of its own the phone follows its common phone profile, and takes over what
 * changes there. */
static void test_common_option(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    bob_is(kit, true, "common_phone_profile");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    (void)expect(kit, bob, "INVITE");
    put(kit, &sj_common_phone_profile_meta,
        "{\"name\":\"Standard Common Phone Profile\",\"do_not_disturb_option\":\"call_reject\"}");
    sj_testkit_forget(kit);
    invite(kit, gateway, "pstn@192.0.2.90", "1002", "5551234", "");
    (void)expect(kit, gateway, "SIP/2.0 486");
}

/* During a session the live device is asked for; without Extension Mobility the call manager keeps
 * it there. */
static void test_session_without_extension_mobility(void **state) {
    sj_testkit *kit = *state;
    sj_live_device *live = NULL;
    emcc_world(kit);
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    publish(kit, visitor, "00aabbccdd01", 1, "", DO_NOT_DISTURB);
    (void)expect(kit, visitor, "SIP/2.0 200");
    assert_int_equal(sj_live_device_get(sj_testkit_scope(kit), "SEP00AABBCCDD01", &live, NULL),
                     SJ_OK);
    assert_true(live->do_not_disturb);
    sj_record_free(sj_testkit_scope(kit), live);
}

/* ---- plain phones: as-feature-event ---- */

#define SET_DND "<SetDoNotDisturb><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>"
#define SET_FORWARD(number)                                                                        \
    "<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>true</"      \
    "activateForward><forwardDN>" number "</forwardDN></SetForwarding>"

static const char *const plain = "192.0.2.7";

static void plain_registers(sj_testkit *kit) {
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_calling_search_space\":"
        "\"Phones\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"plain-phone\",\"model\":\"Third-party SIP Device "
        "(Advanced)\",\"lines\":[{\"directory_number\":"
        "\"1005@Internal\"}]}");
    send_text(
        kit, plain, 5060,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
        "192.0.2.7:5060;branch=z9hG4bKr\r\nFrom: "
        "<sip:plain-phone@x>;tag=1\r\nTo: <sip:plain-phone@127.0.0.1>\r\nCall-ID: plain\r\nCSeq: 1 "
        "REGISTER\r\nContact: "
        "<sip:1005@192.0.2.7:5060>\r\nExpires: 3600\r\n\r\n");
    (void)expect(kit, plain, "SIP/2.0 200");
    sj_testkit_forget(kit);
}

static void subscribe_to(sj_testkit *kit, const char *user, int cseq, const char *to, int expires,
                         const char *event, const char *body) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "SUBSCRIBE sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "192.0.2.7:5060;branch=z9hG4bKs%d\r\nFrom: "
                   "<sip:1005@x>;tag=1\r\nTo: %s\r\nCall-ID: sub\r\nCSeq: %d SUBSCRIBE\r\nContact: "
                   "<sip:1005@192.0.2.7:5060>\r\n"
                   "Event: %s\r\nExpires: %d\r\nContent-Length: %zu\r\n\r\n%s",
                   user, cseq, to, cseq, event, expires, strlen(body), body);
    sj_testkit_forget(kit);
    send_text(kit, plain, 5060, text);
    sj_testkit_advance(kit, 60);
    if (sent_to(kit, plain, "NOTIFY") != NULL) { /* the next one waits for this answer */
        answer(kit, plain, expect(kit, plain, "NOTIFY"), 200, "");
    }
}

static void subscribe(sj_testkit *kit, int cseq, const char *to, int expires, const char *event,
                      const char *body) {
    subscribe_to(kit, "1005", cseq, to, expires, event, body);
}

static void test_feature_events(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    both_register(kit);
    plain_registers(kit);
    subscribe(kit, 1, "<sip:1005@x>", 600, "as-feature-event", "");
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    assert_string_equal(header(expect(kit, plain, "SIP/2.0 200"), "Expires"), "600");
    const char *notify = expect(kit, plain, "NOTIFY sip:1005@192.0.2.7:5060 SIP/2.0");
    assert_string_equal(header(notify, "Event"), "as-feature-event");
    assert_string_equal(header(notify, "From"), to); /* within the dialog */
    assert_non_null(strstr(notify, "<forwardStatus>false</forwardStatus>"));
    assert_int_equal(sj_testkit_count(kit, "udp", "<doNotDisturbOn>false</doNotDisturbOn>"), 1);
    subscribe(kit, 2, to, 600, "as-feature-event", SET_DND);
    assert_true(phone_state(kit, "plain-phone"));
    assert_non_null(sj_testkit_find(kit, "udp", "<doNotDisturbOn>true</doNotDisturbOn>"));
    subscribe(kit, 3, to, 600, "as-feature-event", SET_FORWARD("1002"));
    expect_forward_all(kit, "1005@Internal", "1002", "Phones", "");
    assert_non_null(strstr(expect(kit, plain, "NOTIFY"), "<forwardTo>1002</forwardTo>"));
    sj_testkit_forget(kit);
    assert_string_equal(set(kit, "1005@Internal", "", ""),
                        "1005@Internal no longer forwards all calls.");
    sj_testkit_advance(kit, 40);
    assert_non_null(strstr(expect(kit, plain, "NOTIFY"), "<forwardStatus>false</forwardStatus>"));
    subscribe(kit, 4, to, 0, "as-feature-event", "");
    assert_string_equal(header(expect(kit, plain, "NOTIFY"), "Subscription-State"),
                        "terminated;reason=timeout");
    subscribe(kit, 5, to, 600, "as-feature-event", "");
    (void)expect(kit, plain, "SIP/2.0 481");
}

/* A phone switches what is its own: another's number is refused, and nothing is switched. */
/* Where nobody asks for the code, it is refused; the log has the number alone. */
static void test_feature_events_with_code(void **state) {
    sj_testkit *kit = *state;
    char to[200];
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    both_register(kit);
    plain_registers(kit);
    subscribe(kit, 1, "<sip:1005@x>", 600, "as-feature-event", "");
    (void)snprintf(to, sizeof to, "%s", header(expect(kit, plain, "SIP/2.0 200"), "To"));
    subscribe(kit, 2, to, 600, "as-feature-event", SET_FORWARD("1002#4711"));
    expect_forward_all(kit, "1005@Internal", "", "Phones", "");
    assert_non_null(sj_testkit_find(kit, "log", "forward all to 1002 is refused"));
    assert_null(sj_testkit_find(kit, "log", "4711"));
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":"
        "\"91234#4711\"}");
    sj_testkit_advance(kit, 40);
    assert_non_null(strstr(expect(kit, plain, "NOTIFY"), "<forwardTo>91234</forwardTo>"));
}

static void test_feature_events_of_others(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    plain_registers(kit);
    subscribe_to(kit, "1002", 1, "<sip:1002@x>", 600, "as-feature-event", SET_DND);
    const char *refused = expect(kit, plain, "SIP/2.0 403");
    assert_non_null(strstr(refused, "1002 is no line of the phone"));
    subscribe_to(kit, "4711", 2, "<sip:4711@x>", 600, "as-feature-event", SET_DND);
    (void)expect(kit, plain, "SIP/2.0 403");
    assert_false(phone_state(kit, "plain-phone"));
    subscribe_to(kit, "plain-phone", 3, "<sip:1005@x>", 600, "as-feature-event", SET_DND);
    (void)expect(kit, plain, "SIP/2.0 200");
    assert_true(phone_state(kit, "plain-phone"));
}

static void test_feature_events_refused(void **state) {
    sj_testkit *kit = *state;
    plain_registers(kit);
    subscribe(kit, 1, "<sip:1005@x>", 600, "weather", "");
    assert_string_equal(header(expect(kit, plain, "SIP/2.0 489"), "Allow-Events"),
                        "dialog, presence, message-summary, as-feature-event, "
                        "service-control");
    subscribe(kit, 2, "<sip:1005@x>", 2, "as-feature-event", "");
    (void)expect(kit, plain, "SIP/2.0 423");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\"}"); /* reaches nobody */
    subscribe(kit, 3, "<sip:1005@x>", 60, "as-feature-event", SET_FORWARD("1002"));
    assert_non_null(strstr(expect(kit, plain, "NOTIFY"), "<forwardStatus>false</forwardStatus>"));
    expect_forward_all(kit, "1005@Internal", "", "", "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 62000);
    assert_string_equal(header(expect(kit, plain, "NOTIFY"), "Subscription-State"),
                        "terminated;reason=timeout");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_softkey),
        TEST(test_softkey_cancelled),
        TEST(test_stopped_meanwhile),
        TEST(test_softkey_refused),
        TEST(test_activating_spaces),
        TEST(test_administrator),
        TEST(test_told_at_registration),
        TEST(test_publish),
        TEST(test_removal),
        TEST(test_publish_refused),
        TEST(test_calls_in_do_not_disturb),
        TEST(test_feature_events),
        TEST(test_feature_events_with_code),
        TEST(test_feature_events_of_others),
        TEST(test_feature_events_refused),
        TEST(test_common_option),
        TEST(test_session_without_extension_mobility),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
