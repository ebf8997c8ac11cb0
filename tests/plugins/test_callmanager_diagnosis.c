/* phone.diagnose in the test kit: what is observed of a phone, and that its softkeys do what is
 * said of them. Settings and files are told by the test, as Cisco Tftp does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/device.h"
#include "events/phone.h"
#include "parameters/call_manager.h"
#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/directory_number.h"
#include "resources/phone.h"
#include "resources/softkey_template.h"
#include "resources/voice_mail.h"

static const char *const name = "SEP001122334401";
static char told[20000]; /* the answer as text, one thing a line */

static void tell_observations(sj_text *text, const char *what, const sj_observation *list,
                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        sj_text_printf(text, "%s %lld x %s\n", what, (long long)list[i].times, list[i].text);
    }
}

static void on_diagnosis(void *user, int status, const sj_error *error,
                         const sj_phone_diagnose_reply *reply) {
    sj_text text = {0};
    (void)user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    assert_true(reply->observed_since > 0);
    for (size_t i = 0; i < reply->notes_count; i++) {
        sj_text_printf(&text, "note %s\n", reply->notes[i]);
    }
    for (size_t i = 0; i < reply->registrations_count; i++) {
        sj_text_printf(&text, "registered %s:%lld %s\n", reply->registrations[i].address,
                       (long long)reply->registrations[i].port, reply->registrations[i].user_agent);
    }
    tell_observations(&text, "history", reply->history, reply->history_count);
    tell_observations(&text, "alarm", reply->alarms, reply->alarms_count);
    tell_observations(&text, "file", reply->files, reply->files_count);
    sj_text_printf(&text, "trust %s\n", reply->trust_list);
    for (size_t i = 0; i < reply->settings_count; i++) {
        sj_text_printf(&text, "setting %s=%s by %s\n", reply->settings[i].setting,
                       reply->settings[i].value, reply->settings[i].source);
    }
    for (size_t i = 0; i < reply->line_keys_count; i++) {
        sj_text_printf(&text, "%s (%s): %s\n", reply->line_keys[i].line_key,
                       reply->line_keys[i].label, reply->line_keys[i].text);
    }
    for (size_t i = 0; i < reply->keys_count; i++) {
        sj_text_printf(&text, "key %s in %s: %s%s\n", sj_softkey_key_text(reply->keys[i].softkey),
                       reply->keys[i].states, reply->keys[i].refused ? "refused, " : "",
                       reply->keys[i].text);
    }
    (void)snprintf(told, sizeof told, "%s", text.data);
    sj_text_clear(&text);
}

static const char *diagnosed(sj_testkit *kit, const char *device_name) {
    const sj_phone_diagnose request = {.device_name = device_name};
    told[0] = '\0';
    assert_int_equal(
        sj_ask_phone_diagnose(sj_testkit_scope(kit), &request, 0, on_diagnosis, NULL, NULL), SJ_OK);
    sj_testkit_run(kit);
    return told;
}

#define HAS(text, needle)                                                                          \
    do {                                                                                           \
        if (strstr((text), (needle)) == NULL) {                                                    \
            fail_msg("%s\nis not in\n%s", (needle), (text));                                       \
        }                                                                                          \
    } while (0)

static void on_settings(void *user, sj_question *question, const sj_phone_settings *request) {
    sj_testkit *kit = user;
    const sj_phone_settings_reply_setting settings[] = {
        {.setting = "Web Access", .value = "disabled", .source = "common phone profile"},
        {.setting = "Softkey Template", .value = "Standard Feature", .source = "phone"}};
    const sj_phone_settings_reply reply = {.settings = settings, .settings_count = 2};
    (void)request;
    sj_reply_phone_settings(sj_testkit_scope(kit), question, &reply);
}

static void serve(sj_testkit *kit, const char *file, const char *device, const char *address,
                  int64_t bytes) {
    sj_scope *scope = sj_testkit_scope(kit);
    const sj_file_served event = {.name = file,
                                  .device_name = device,
                                  .address = address,
                                  .transport = SJ_FILE_SERVED_TRANSPORT_HTTP,
                                  .bytes = bytes,
                                  .found = bytes > 0,
                                  .trace_id = "",
                                  .answer = bytes > 0 ? "" : "File not found"};
    sj_publish_file_served(scope, sj_file_served_topic(scope, NULL), &event);
    sj_testkit_run(kit);
}

static void refer(sj_testkit *kit, const char *from, int cseq, const char *type, const char *body) {
    char text[2000];
    (void)snprintf(
        text, sizeof text,
        "REFER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKrefer%d\r\nFrom: "
        "<sip:1001@127.0.0.1>;tag=r%d\r\nTo: <sip:127.0.0.1>\r\nCall-ID: refer%d\r\nCSeq: %d REFER"
        "\r\nContact: <sip:a@%s>\r\nRefer-To: <cid:1>\r\nRequire: norefersub\r\nContent-Type: "
        "%s\r\nContent-Length: %zu\r\n\r\n%s",
        from, cseq, cseq, cseq, cseq, from, type, strlen(body), body);
    sj_testkit_forget(kit);
    send_text(kit, from, 5060, text);
}

static void test_nothing_known(void **state) {
    sj_testkit *kit = *state;
    const char *text = diagnosed(kit, name);
    HAS(text, "note The phone is not registered at this node.");
    HAS(text,
        "note Nothing is known of: ended or refused registrations, alarms, files, trust lists.");
    HAS(text, "note Its settings and softkeys are not known: ");
    HAS(text, "note Who is logged in is not known: ");
    assert_null(strstr(text, "history"));
}

static void test_registrations(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    HAS(diagnosed(kit, name), "registered 192.0.2.1:5060 ");
    sj_testkit_advance(kit, 300000);
    HAS(diagnosed(kit, name),
        "history 1 x expired: was registered from 192.0.2.1:5060 over UDP for ");
    register_again(kit, alice, name, "1001");
    register_phone(kit, alice, name, "1001", 9, 0);
    HAS(diagnosed(kit, name), "history 1 x by_phone: was registered from 192.0.2.1:5060 over UDP");
    for (int i = 0; i < 3; i++) {
        register_phone(kit, alice, name, "1001", 20 + i, 2);
    }
    HAS(diagnosed(kit, name), "history 3 x refused, 423 ");
    register_phone(kit, "192.0.2.66", "SEPFFFFFFFFFFFF", "1001", 1, 3600); /* nobody's */
    HAS(diagnosed(kit, "SEPFFFFFFFFFFFF"),
        "history 1 x refused, 404 The phone is not configured in this cluster: REGISTER from "
        "192.0.2.66:5060 over UDP");
}

static void test_alarms(void **state) {
    sj_testkit *kit = *state;
    char text[1500];
    refer(kit, alice, 1, "application/x-cisco-alarm+xml",
          "<x-cisco-alarm><Alarm Name=\"DeviceTLInfo\"><ParameterList><String "
          "name=\"DeviceName\">SEP001122334401</String><String name=\"ITL_Signature\">3F 2A"
          "</String><String name=\"ITL_TFTP_Server\">10.1.1.1</String></ParameterList></Alarm>");
    (void)expect(kit, alice, "SIP/2.0 202");
    refer(kit, alice, 2, "application/x-cisco-alarm+xml",
          "<x-cisco-alarm><Alarm Name=\"LastOutOfServiceInformation\"><ParameterList><String "
          "name=\"DeviceName\">SEP001122334401</String><Enum name=\"ReasonForOutOfService\">10"
          "</Enum></ParameterList></Alarm>");
    (void)snprintf(
        text, sizeof text,
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKr\r\n"
        "From: <sip:1001@127.0.0.1>;tag=1\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: boot\r\n"
        "CSeq: 1 REGISTER\r\nContact: <sip:a@192.0.2.1:5060>;+u.sip!devicename.ccm.cisco.com="
        "\"SEP001122334401\"\r\nReason: SIP;cause=200;text=\"cisco-alarm:25 Name=SEP001122334401 "
        "ActiveLoad=x.loads Last=initialized\"\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n");
    send_text(kit, alice, 5060, text);
    (void)expect(kit, alice, "SIP/2.0 200");
    HAS(diagnosed(kit, name), "trust ITL 3F2A of 10.1.1.1, CTL none (from 192.0.2.1)");
    HAS(told, "alarm 1 x LastOutOfServiceInformation: ReasonForOutOfService=10 (from 192.0.2.1)");
    HAS(told, "alarm 1 x cisco-alarm:25 ActiveLoad=x.loads Last=initialized");
}

static void test_files(void **state) {
    sj_testkit *kit = *state;
    serve(kit, "ITLFile.tlv", "", alice, 0); /* whose? */
    serve(kit, "SEP001122334401.cnf.xml", name, alice, 4312);
    serve(kit, "SKStandard_User.xml", "", alice, 3000);
    HAS(diagnosed(kit, name), "file 1 x SKStandard_User.xml: 3000 bytes over http\nfile 1 x "
                              "SEP001122334401.cnf.xml: 4312 bytes over http to 192.0.2.1\n");
    assert_null(strstr(told, "ITLFile"));
    serve(kit, "SEP001122334402.cnf.xml", "SEP001122334402", alice, 4000); /* two from there */
    serve(kit, "g3-tones.xml", "", alice, 0);
    assert_null(strstr(diagnosed(kit, name), "g3-tones"));
    serve(kit, "CTLSEP001122334401.tlv", name, "192.0.2.70", 0);
    HAS(diagnosed(kit, name),
        "file 1 x CTLSEP001122334401.tlv: File not found over http to 192.0.2.70");
}

/* What the REFER of a key has in <softkeyevent>, and the service that others call. */
static const struct {
    const char *key, *event, *service;
} keys[] = {{"conference", "Conference", NULL},    {"park", "Park", NULL},
            {"meet_me", NULL, "meetme"},           {"pickup", NULL, "pickup"},
            {"group_pickup", NULL, "gpickup"},     {"call_back", "CallBack", NULL},
            {"immediate_divert", "IDivert", NULL}, {"conference_list", "ConfList", NULL},
            {"forward_all", NULL, "cfwdall-1002"}};

static bool is_refused(sj_testkit *kit, size_t i) {
    char text[300];
    if (keys[i].event != NULL) {
        (void)snprintf(text, sizeof text,
                       "<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>%s</softkeyevent>"
                       "</softkeyeventmsg></x-cisco-remotecc-request>",
                       keys[i].event);
        refer(kit, alice, (int)i + 10, "application/x-cisco-remotecc-request+xml", text);
        return sent_to(kit, alice, "SIP/2.0 603") != NULL;
    }
    (void)snprintf(text, sizeof text, "x-cisco-serviceuri-%s", keys[i].service);
    sj_testkit_forget(kit);
    invite(kit, alice, "a@192.0.2.1", text, "1001", "");
    sj_testkit_advance(kit, 1000);
    /* Of keys that are offered 503 says that there is nothing for them to do. */
    const char *refusal = sent_to(kit, alice, "SIP/2.0 503");
    return refusal != NULL && strstr(refusal, "not offered") != NULL;
}

/* What the keys of pickup groups, park and voice mail need. */
static void lay_down_features(sj_testkit *kit, const char *number) {
    char json[200];
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Support\",\"number\":\"7002\",\"partition\":\"Internal\"}");
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Sales\",\"number\":\"7001\",\"partition\":\"Internal\","
        "\"other_pickup_groups\":[\"Support\"]}");
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"%s\",\"partition\":\"Internal\",\"call_pickup_group\":"
                   "\"Sales\"}",
                   number);
    put(kit, &sj_directory_number_meta, json);
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"701X\",\"partition\":\"Internal\"}");
    put(kit, &sj_voice_mail_pilot_meta, "{\"number\":\"1003\"}");
    put(kit, &sj_voice_mail_profile_meta,
        "{\"name\":\"Mail\",\"voice_mail_pilot\":\"1003\",\"default_profile\":true}");
    sj_testkit_run(kit);
}

/* Keys that stand in the template, and that nothing is configured for. */
static void test_softkeys_without_features(void **state) {
    static const struct {
        const char *key, *why, *service;
    } missing[] = {{"pickup", "1001 is in no call pickup group", "pickup"},
                   {"other_pickup", "1001 is in no call pickup group", "opickup"},
                   {"group_pickup", "No call pickup group is within reach", NULL},
                   {"park", "No call park number is within reach", NULL},
                   {"immediate_divert", "The line has no voice mail pilot", NULL},
                   {"abbreviated_dial", "The phone has no speed dials", "abbrdial-4"}};
    sj_testkit *kit = *state;
    assert_non_null(sj_answer_phone_settings(sj_testkit_scope(kit), on_settings, kit, NULL));
    put(kit, &sj_softkey_template_meta,
        "{\"name\":\"Standard Feature\",\"on_hook\":[{\"softkey\":\"new_call\"},{\"softkey\":"
        "\"pickup\"},{\"softkey\":\"group_pickup\"},{\"softkey\":\"other_pickup\"}],"
        "\"ring_out\":[{\"softkey\":\"call_back\"}],"
        "\"off_hook\":[{\"softkey\":\"abbreviated_dial\"}],\"connected\":[{\"softkey\":\"park\"}],"
        "\"ring_in\":[{\"softkey\":\"immediate_divert\"}]}");
    both_register(kit);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        char line[200];
        (void)snprintf(line, sizeof line, "key %s in ", missing[i].key);
        const char *found = strstr(diagnosed(kit, name), line);
        assert_non_null(found);
        (void)snprintf(line, sizeof line, ": refused, %s\n", missing[i].why);
        HAS(found, line);
        if (missing[i].service != NULL) {
            (void)snprintf(line, sizeof line, "x-cisco-serviceuri-%s", missing[i].service);
            sj_testkit_forget(kit);
            invite(kit, alice, "a@192.0.2.1", line, "1001", "");
            sj_testkit_advance(kit, 1000);
            assert_non_null(sent_to(kit, alice, "SIP/2.0 503"));
        }
    }
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_call_back_enabled_flag_meta, "false", NULL), SJ_OK);
    HAS(diagnosed(kit, name), "key call_back in Ring Out: refused, Call back is not enabled\n");
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_ccm_call_back_enabled_flag_meta, "true", NULL), SJ_OK);
    lay_down_features(kit, "1001");
    HAS(diagnosed(kit, name), "key call_back in Ring Out: call back: REFER\n");
    HAS(diagnosed(kit, name), "key pickup in On Hook: call pickup: INVITE of the feature\n");
    HAS(told, "key other_pickup in On Hook: call pickup: INVITE of the feature\n");
    HAS(told, "key group_pickup in On Hook: call pickup: INVITE of the feature\n");
    HAS(told, "key park in Connected: call park: REFER\n");
    HAS(told, "key immediate_divert in Ring In: immediate divert: REFER\n");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334401\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1001@Internal\"},{\"directory_number\":"
        "\"1002@Internal\"}]}");
    HAS(diagnosed(kit, name), "key pickup in On Hook: call pickup: INVITE of the feature; refused "
                              "on line 1002: 1002 is in no call pickup group\n");
}

static void test_softkeys(void **state) {
    sj_testkit *kit = *state;
    assert_non_null(sj_answer_phone_settings(sj_testkit_scope(kit), on_settings, kit, NULL));
    lay_down_features(kit, "1001");
    both_register(kit);
    HAS(diagnosed(kit, name), "setting Web Access=disabled by common phone profile");
    HAS(told, "key redial in On Hook, Off Hook, Off Hook With Feature: a call: INVITE");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char begin[60];
        (void)snprintf(begin, sizeof begin, "key %s in ", keys[i].key);
        HAS(diagnosed(kit, name), begin);
        const char *line = strstr(told, begin);
        const char *refused = strstr(line, "refused, "), *end = strchr(line, '\n');
        print_message("%.*s\n", (int)(end - line), line);
        assert_int_equal(refused != NULL && refused < end, is_refused(kit, i));
    }
}

static void test_line_keys(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334409\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1002@Internal\",\"label\":\"Bob\"}],\"speed_dials\":[{"
        "\"number\":\"1001\",\"label\":\"Alice\",\"busy_lamp_field\":true},{\"number\":\"777\"}]}");
    HAS(diagnosed(kit, "SEP001122334409"), "line 1 (Bob): a call as 1002@Internal\n");
    HAS(told, "speed dial 1 (Alice): dials 1001, and shows its state: 1001 matches 1001 in "
              "partition \"Internal\"");
    HAS(told, "speed dial 2 (): dials 777: ");
}

/* On a phone of another cluster. */
static void test_visitor(void **state) {
    sj_testkit *kit = *state;
    emcc_world(kit);
    register_phone(kit, alice, "SEP00AABBCCDD01", "1001", 1, 3600);
    HAS(diagnosed(kit, "SEP00AABBCCDD01"),
        "note It is a phone of the cluster br, on which alice of this cluster is logged in.");
    HAS(told, "line 1 (Alice A): a call as 1001@Internal\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registrations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alarms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_visitor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_softkeys_without_features, setup, teardown),
        cmocka_unit_test_setup_teardown(test_softkeys, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
