/* The policy sip.normalise in the test kit: what it changes in the messages of a trunk, what it may
 * not change, and that it is asked for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "policies/sip_normalise.h"
#include "resources/phone.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"

#define CONTACT "sip:1001@192.0.2.1:5060"
#define OTHER_SDP "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"

static unsigned asked;
static sj_sip_normalise_output decided;
static char last_sdp[200], last_script[60], last_phone[60];

/* Answers INVITEs alone. */
static int decide(void *user, const sj_policy_meta *meta, const char *trace_id, const void *input,
                  void *output) {
    const sj_sip_normalise_input *message = input;
    (void)user;
    (void)trace_id;
    assert_ptr_equal(meta, &sj_sip_normalise_meta);
    asked++;
    for (size_t i = 0; i < message->headers_count; i++) {
        assert_string_not_equal(message->headers[i].name, "Authorization");
    }
    if (strcmp(message->method, "INVITE") != 0 || message->status != 0) {
        return SJ_OK;
    }
    (void)snprintf(last_sdp, sizeof last_sdp, "%s", message->sdp);
    (void)snprintf(last_script, sizeof last_script, "%s", message->script);
    (void)snprintf(last_phone, sizeof last_phone, "%s", message->phone);
    *(sj_sip_normalise_output *)output = decided;
    return 1;
}

static void begin(sj_testkit *kit, const char *script) {
    char json[500];
    asked = 0;
    memset(&decided, 0, sizeof decided);
    decided.request_uri = decided.sdp = decided.reason = "";
    sj_testkit_on_decide(kit, decide, NULL);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"sip_trunk_security_"
                   "profile\":\"UDP\",\"sip_profile\":\"Quiet\",\"destinations\":[{\"address\":"
                   "\"192.0.2.90\"}]%s}",
                   script);
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Quiet\",\"options_ping\":false}");
    put(kit, &sj_sip_trunk_meta, json);
    sj_testkit_advance(kit, 1100);
    register_phone(kit, alice, "SEP001122334401", "1001", 1, 3600);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    sj_testkit_forget(kit);
}

/* Without a script nobody is asked; nor for a call between phones. */
static void test_not_asked(void **state) {
    sj_testkit *kit = *state;
    begin(kit, "");
    invite(kit, alice, CONTACT, "9555", "1001", "");
    (void)expect(kit, gateway, "INVITE sip:555@");
    assert_int_equal(asked, 0);
    begin(kit, ",\"normalization_script\":\"provider\"");
    invite(kit, alice, CONTACT, "1002", "1001", "");
    (void)expect(kit, bob, "INVITE");
    assert_int_equal(asked, 0);
}

/* The script of the SIP profile counts where the trunk has none. */
static void test_script_of_the_profile(void **state) {
    sj_testkit *kit = *state;
    begin(kit, "");
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Quiet\",\"options_ping\":false,\"normalization_script\":\"of the profile\"}");
    sj_testkit_advance(kit, 1100);
    invite(kit, alice, CONTACT, "9555", "1001", "");
    assert_string_equal(last_script, "of the profile");
}

/* The same of a phone, in both directions; others are not looked at, nor is how it registers. */
static void test_phones(void **state) {
    sj_testkit *kit = *state;
    static const sj_sip_normalise_output_changed set[] = {{"Subject", "changed"}};
    static const char *const removed[] = {"Remote-Party-ID"};
    begin(kit, "");
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Odd\",\"normalization_script\":\"odd phones\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"Phones\",\"sip_profile\":\"Odd\",\"lines\":[{\"directory_number\":"
        "\"1002@Internal\"}]}");
    sj_testkit_advance(kit, 1100);
    sj_testkit_forget(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 3600);
    assert_int_equal(asked, 0);
    decided.remove = removed;
    decided.remove_count = 1;
    decided.set = set;
    decided.set_count = 1;
    decided.reason = "it likes subjects";
    invite(kit, alice, CONTACT, "1002", "1001", "");
    const char *sent = expect(kit, bob, "INVITE");
    assert_string_equal(last_script, "odd phones");
    assert_string_equal(last_phone, "SEP001122334402");
    assert_string_equal(header(sent, "Subject"), "changed");
    assert_string_equal(header(sent, "Remote-Party-ID"), "");
    assert_non_null(sj_testkit_find(
        kit, "log", "INVITE of phone SEP001122334402 is changed: it likes subjects"));
    answer(kit, bob, sent, 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    decided.request_uri = "sip:1001@127.0.0.1"; /* inbound: whom it calls */
    phone_dials(kit, bob, "1002", "4711");
    (void)expect(kit, alice, "INVITE");
}

static void test_outbound(void **state) {
    sj_testkit *kit = *state;
    static const sj_sip_normalise_output_changed set[] = {
        {"P-Asserted-Identity", "<sip:+441632960001@192.0.2.1;user=phone>"}};
    static const sj_sip_normalise_output_added add[] = {{"History-Info", "<sip:1@x>;index=1"}};
    static const char *const removed[] = {"Remote-Party-ID", "date"};
    begin(kit, ",\"normalization_script\":\"provider\"");
    decided.set = set;
    decided.set_count = 1;
    decided.add = add;
    decided.add_count = 1;
    decided.remove = removed;
    decided.remove_count = 2;
    decided.request_uri = "sip:0555@192.0.2.90:5060";
    decided.sdp = OTHER_SDP;
    decided.reason = "as it likes it";
    invite(kit, alice, CONTACT, "9555", "1001", "");
    const char *sent = expect(kit, gateway, "INVITE sip:0555@192.0.2.90:5060 SIP/2.0");
    assert_string_equal(last_script, "provider");
    assert_non_null(
        sj_testkit_find(kit, "log", "INVITE over trunk Gateway is changed: as it likes it"));
    assert_string_equal(last_sdp, "offer-sdp");
    assert_string_equal(header(sent, "P-Asserted-Identity"),
                        "<sip:+441632960001@192.0.2.1;user=phone>");
    assert_string_equal(header(sent, "History-Info"), "<sip:1@x>;index=1");
    assert_string_equal(header(sent, "Remote-Party-ID"), "");
    assert_string_equal(header(sent, "Date"), "");
    assert_non_null(strstr(sent, "\r\n\r\n" OTHER_SDP));
    char first[4000];
    (void)snprintf(first, sizeof first, "%s", sent);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 600); /* what is repeated is what was sent */
    assert_string_equal(expect(kit, gateway, "INVITE"), first);
    answer(kit, gateway, first, 200, "answer-sdp");
    (void)expect(kit, alice, "SIP/2.0 200");
}

static void test_inbound(void **state) {
    sj_testkit *kit = *state;
    static const sj_sip_normalise_output_changed set[] = {
        {"From", "<sip:+441632960003@x>;tag=mine"}};
    begin(kit, ",\"normalization_script\":\"provider\"");
    decided.set = set;
    decided.set_count = 1;
    decided.request_uri = "sip:1001@127.0.0.1";
    invite(kit, gateway, "sip:1@192.0.2.90:5060", "5551001", "01632960003", "");
    assert_non_null(strstr(header(expect(kit, alice, "INVITE"), "From"), "+441632960003"));
}

/* What belongs to transaction and dialog cannot be changed: the message goes as it was, and that is
 * told. */
static void test_refused(void **state) {
    sj_testkit *kit = *state;
    static const sj_sip_normalise_output_changed sets[][1] = {
        {{"v", "SIP/2.0/UDP 192.0.2.66"}},
        {{"Call-ID", "other"}},
        {{"From", "<sip:1@x>;tag=other"}},
        {{"To", "<sip:1@x>;tag=another"}},
        {{"Proxy-Authorization", "Digest"}},
        {{"Subject", "a\r\nVia: b"}},
        {{"Sub ject", "a"}},
        {{"From", "<<"}},
    };
    begin(kit, ",\"normalization_script\":\"provider\"");
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char number[12];
        (void)snprintf(number, sizeof number, "955%zu", i);
        decided.set = sets[i];
        decided.set_count = 1;
        sj_testkit_forget(kit);
        invite(kit, alice, CONTACT, number, "1001", "");
        const char *sent = expect(kit, gateway, "INVITE");
        assert_null(strstr(sent, "another"));
        assert_null(strstr(sent, "192.0.2.66"));
        assert_string_not_equal(header(sent, "P-Asserted-Identity"), "");
    }
}

/* A request goes to an address of SIP, and its media are described as there were some: what else a
 * policy writes is refused, and the log says why. */
static void test_unsound(void **state) {
    sj_testkit *kit = *state;
    static const struct {
        const char *request_uri, *sdp, *why;
    } cases[] = {
        {"not a uri", "", "cannot be the request URI"},
        {"http://provider.example/", "", "cannot be the request URI"},
        {"urn:service:sos", "", "cannot be the request URI"},
        {"", "no description", "no session description that can be sent: a line has not the form"},
        {"", OTHER_SDP "m=audio 4000 RTP/AVP 0\r\n", "it has more streams than there were"},
    };
    begin(kit, ",\"normalization_script\":\"provider\"");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char number[12];
        (void)snprintf(number, sizeof number, "977%zu", i);
        decided.request_uri = cases[i].request_uri;
        decided.sdp = cases[i].sdp;
        sj_testkit_advance(kit, 61000); /* of one kind the log gets a line a minute */
        register_phone(kit, alice, "SEP001122334401", "1001", (int)i + 2, 3600);
        sj_testkit_forget(kit);
        invite(kit, alice, CONTACT, number, "1001", "");
        const char *sent = expect(kit, gateway, "INVITE sip:77");
        assert_non_null(strstr(sent, "\r\n\r\noffer-sdp"));
        assert_non_null(sj_testkit_find(kit, "log", cases[i].why));
    }
}

/* The reason stands in the log. */
static void test_refusal_is_told(void **state) {
    sj_testkit *kit = *state;
    static const char *const removed[] = {"CSeq"};
    begin(kit, ",\"normalization_script\":\"provider\"");
    decided.remove = removed;
    decided.remove_count = 1;
    invite(kit, alice, CONTACT, "9555", "1001", "");
    assert_non_null(sj_testkit_find(kit, "log", "trunk Gateway: a policy cannot remove CSeq"));
}

/* An analysis says who is asked about the request, and asks nobody. */
static void test_analyses(void **state) {
    sj_testkit *kit = *state;
    static const char of_caller[] = "0 note provider|>|this normalization script of the caller is "
                                    "asked about the request first (policy sip.normalise)";
    static const char of_target[] = "note %s|>|its normalization script %s is asked about the "
                                    "request that is sent (policy sip.normalise)";
    char said[300];
    begin(kit, "");
    ask_for(kit, "SEP001122334401", "9555");
    assert_string_equal(analysed.to[0].text, "");
    assert_null(strstr(analysed.course, "normal"));
    begin(kit, ",\"normalization_script\":\"provider\"");
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Odd\",\"normalization_script\":\"odd phones\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334402\",\"model\":\"Cisco 7841\",\"calling_search_space\":"
        "\"Phones\",\"sip_profile\":\"Odd\",\"lines\":[{\"directory_number\":"
        "\"1002@Internal\"}]}");
    sj_testkit_advance(kit, 1100);
    asked = 0;
    ask_for(kit, "SEP001122334401", "9555");
    assert_string_equal(analysed.to[0].text,
                        "normalization script provider may change the request");
    (void)snprintf(said, sizeof said, of_target, "Gateway", "provider");
    assert_non_null(strstr(analysed.course, said));
    assert_non_null(strstr(analysed.course, "The normalization script provider may change the "
                                            "request that Gateway is sent.\n"));
    assert_null(strstr(analysed.course, of_caller));
    ask_for(kit, "Gateway", "4009");
    assert_string_equal(analysed.outcome, "no_match");
    assert_non_null(strstr(analysed.course, of_caller));
    assert_non_null(strstr(analysed.course, "outcome no_match|>|The normalization script provider "
                                            "may change the request before this. No pattern"));
    for (int assumed = 0; assumed < 2; assumed++) {
        ask(kit, &(sj_call_analyse){.device_name = "SEP001122334401",
                                    .digits = "1002",
                                    .phones_assumed = assumed != 0});
        (void)snprintf(said, sizeof said, of_target, "SEP001122334402", "odd phones");
        assert_non_null(strstr(analysed.course, said));
        register_phone(kit, bob, "SEP001122334402", "1002", 2, 0);
    }
    assert_string_equal(analysed.to[0].text,
                        "not registered; taken to be; normalization script odd "
                        "phones may change the request");
    assert_int_equal(asked, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_script_of_the_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phones, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outbound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_analyses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inbound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unsound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusal_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
