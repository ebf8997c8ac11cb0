/* Hunt pilots: each distribution algorithm through calls, what is tried next, overflow, who is
 * logged out, what members, callers and records are told, and what the analyzer says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "events/hunt.h"
#include "parameters/call_manager.h"
#include "resources/call_pickup_group.h"
#include "resources/device_pool.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/region.h"
#include "resources/voice_mail.h"

static const char *const erin = "192.0.2.5";

/* Bob, Dave and Erin (1005) are the members of one group; Alice calls. */
static void hunt_world(sj_testkit *kit, const char *group, const char *pilot) {
    char json[1000];
    dave_registers(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"alerting_name\":\"Erin\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco "
        "7841\",\"lines\":[{\"directory_number\":\"1005@Internal\",\"display\":\"Erin E\"}]}");
    register_phone(kit, erin, "SEP001122334405", "1005", 1, 3600);
    both_register(kit);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Sales\",\"members\":[\"1002@Internal\",\"1004@Internal\","
                   "\"1005@Internal\"]%s%s}",
                   group[0] != '\0' ? "," : "", group);
    put(kit, &sj_line_group_meta, json);
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales hunt\",\"members\":[\"Sales\"]}");
    (void)snprintf(json, sizeof json,
                   "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales "
                   "hunt\",\"alerting_name\":\"Sales Dept\"%s%s}",
                   pilot[0] != '\0' ? "," : "", pilot);
    put(kit, &sj_hunt_pilot_meta, json);
    sj_testkit_forget(kit);
}

static int calls;

/* Each call is one of its own, whatever number it is to. */
static void alice_sends(sj_testkit *kit, const char *method, const char *number, const char *body) {
    char text[1500];
    (void)snprintf(text, sizeof text,
                   "%s sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKhunt%d\r\nMax-Forwards: 70\r\nFrom: "
                   "<sip:1001@x>;tag=a%d\r\nTo: <sip:%s@x>\r\nCall-ID: hunt%d\r\nCSeq: 1 "
                   "%s\r\nContact: <sip:uuid-1001@192.0.2.1:5060>\r\n%sContent-Length: "
                   "%zu\r\n\r\n%s",
                   method, number, alice, calls, calls, number, calls, method,
                   body[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    send_text(kit, alice, 5060, text);
}

static void alice_dials(sj_testkit *kit, const char *number) {
    calls++;
    sj_testkit_forget(kit);
    alice_sends(kit, "INVITE", number, "offer-sdp");
}

/* That phone rings, and the others do not. */
static void only_rings(sj_testkit *kit, const char *phone) {
    static const char *const *const all[] = {&bob, &dave, &erin};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(*all[i], phone) == 0) {
            answer(kit, phone, expect(kit, phone, "INVITE"), 180, "");
        } else {
            assert_null(sent_to(kit, *all[i], "INVITE"));
        }
    }
}

static void no_answer_at(sj_testkit *kit, const char *phone, int after_ms) {
    only_rings(kit, phone);
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, after_ms);
    const char *cancel = expect(kit, phone, "CANCEL");
    assert_string_equal(header(cancel, "Reason"), "Q.850;cause=19");
}

static void alice_gives_up(sj_testkit *kit, const char *number) {
    alice_sends(kit, "CANCEL", number, "");
}

/* Rings at the member, who answers; then Alice hangs up. */
static void a_call_at(sj_testkit *kit, const char *phone) {
    char dialog[DIALOG];
    alice_dials(kit, "7000");
    only_rings(kit, phone);
    answer(kit, phone, expect(kit, phone, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    within(kit, alice, "BYE", 100 + calls, dialog);
    answer(kit, phone, expect(kit, phone, "BYE"), 200, "");
    sj_testkit_advance(kit, 1000);
}

static void top_down(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    alice_dials(kit, "7000");
    const char *text = expect(kit, bob, "INVITE");
    assert_non_null(strstr(text, "Diversion: \"Sales Dept\" <sip:7000@127.0.0.1>;reason=unknown;"));
    assert_non_null(strstr(text, "huntpiloturi=\"%22Sales%20Dept%22 <sip:7000@127.0.0.1>\""));
    assert_non_null(strstr(header(text, "From"), "\"Alice A\" <sip:1001@"));
    answer(kit, bob, text, 180, "");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 180"), "Remote-Party-ID"),
                           "\"Sales Dept\" <sip:7000@"));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 9000);
    assert_null(sent_to(kit, dave, "INVITE"));
    sj_testkit_advance(kit, 1100);
    (void)expect(kit, bob, "CANCEL");
    no_answer_at(kit, dave, 10100);
    text = expect(kit, erin, "INVITE");
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"offered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1005\""));
    answer(kit, erin, text, 200, "answer-sdp");
    text = expect(kit, alice, "SIP/2.0 200");
    assert_non_null(strstr(text, "answer-sdp"));
    assert_non_null(strstr(header(text, "Remote-Party-ID"), "\"Sales Dept\" <sip:7000@"));
    event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1005\""));
    assert_non_null(strstr(event, "\"original_called_number\":\"7000\""));
    assert_non_null(strstr(event, "\"hunt_pilot_number\":\"7000\""));
    assert_non_null(strstr(event, "\"hunt_pilot_partition\":\"Internal\""));
    event = sj_testkit_find(kit, "event", "call.hunted");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"line_group\":\"Sales\""));
    assert_non_null(strstr(event, "\"member\":\"1005@Internal\""));
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 2000000); /* the Maximum Hunt Timer has ended with the hunt */
    assert_null(sj_testkit_find(kit, "event", "call.hunt_exhausted"));
}

static void circular(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"circular\"", "");
    a_call_at(kit, bob);
    a_call_at(kit, dave);
    a_call_at(kit, erin);
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    only_rings(kit, dave);
    alice_gives_up(kit, "7000");
    alice_dials(kit, "7000"); /* behind the one that rang last */
    only_rings(kit, erin);
}

static void longest_idle(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "", "");
    sj_testkit_advance(kit, 1000);
    a_call_at(kit, bob); /* since the start they are idle alike: by the list */
    a_call_at(kit, dave);
    alice_dials(kit, "1005"); /* any call counts */
    only_rings(kit, erin);
    alice_gives_up(kit, "1005");
    sj_testkit_advance(kit, 1000);
    a_call_at(kit, bob);
    a_call_at(kit, dave);
    a_call_at(kit, erin);
}

static void broadcast(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"broadcast\"", "\"display_member_as_connected_party\":true");
    alice_dials(kit, "7000");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 180, "");
    answer(kit, erin, expect(kit, erin, "INVITE"), 180, "");
    assert_int_equal(sj_testkit_count(kit, "event", "\"state\":\"offered\""), 1);
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, "answer-sdp");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 200"), "Remote-Party-ID"),
                           "\"Dave\" <sip:1004@"));
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\"");
    assert_string_equal(header(expect(kit, erin, "CANCEL"), "Reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\"");
    const char *event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"called\":{\"number\":\"1004\""));
}

/* A plain phone that is to answer by itself. */
static void answering_phone(sj_testkit *kit, const char *at, const char *number) {
    char text[600];
    (void)snprintf(text, sizeof text, "{\"pattern\":\"%s\",\"partition\":\"Internal\"}", number);
    put(kit, &sj_directory_number_meta, text);
    (void)snprintf(
        text, sizeof text,
        "{\"name\":\"plain-%s\",\"model\":\"Third-party SIP Device (Advanced)\","
        "\"lines\":[{\"directory_number\":\"%s@Internal\",\"auto_answer\":\"headset\"}]}",
        number, number);
    put(kit, &sj_phone_meta, text);
    (void)snprintf(text, sizeof text,
                   "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKr\r\n"
                   "From: <sip:plain-%s@x>;tag=1\r\nTo: <sip:plain-%s@127.0.0.1>\r\nCall-ID: "
                   "plain-%s\r\nCSeq: 1 REGISTER\r\nContact: <sip:%s@%s:5060>\r\nExpires: 3600\r\n"
                   "Content-Length: 0\r\n\r\n",
                   at, number, number, number, number, at);
    send_text(kit, at, 5060, text);
    (void)expect(kit, at, "SIP/2.0 200");
}

static bool is_asked_to_answer(sj_testkit *kit, const char *phone) {
    return strstr(expect(kit, phone, "INVITE"), ";answer-after=0") != NULL;
}

/* Two phones that were asked to answer by themselves would both do so. */
static void broadcast_asks_nobody_to_answer(void **state) {
    static const char *const frank = "192.0.2.6", *const grace = "192.0.2.7";
    sj_testkit *kit = *state;
    both_register(kit);
    answering_phone(kit, frank, "1006");
    answering_phone(kit, grace, "1007");
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Door\",\"members\":[\"1006@Internal\",\"1007@Internal\"],"
        "\"distribution\":\"broadcast\"}");
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Door\",\"members\":[\"Door\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Door\"}");
    alice_dials(kit, "7000");
    assert_false(is_asked_to_answer(kit, frank));
    assert_false(is_asked_to_answer(kit, grace));
    answer(kit, frank, expect(kit, frank, "INVITE"), 486, "");
    answer(kit, grace, expect(kit, grace, "INVITE"), 486, "");
    alice_dials(kit, "1007"); /* alone it is */
    assert_true(is_asked_to_answer(kit, grace));
}

static bool is_logged_in(sj_testkit *kit, const char *device) {
    sj_phone *phone = NULL;
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), device, &phone, NULL), SJ_OK);
    const bool logged_in = phone->logged_into_hunt_group;
    sj_record_free(sj_testkit_scope(kit), phone);
    return logged_in;
}

/* One of them refuses, one redirects the call: the third rings on. Nobody is quick enough. */
static void broadcast_goes_on(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"broadcast\",\"automatically_log_out_on_no_answer\":true",
               "");
    alice_dials(kit, "7000");
    answer(kit, erin, expect(kit, erin, "INVITE"), 180, "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    answer_with(kit, dave, expect(kit, dave, "INVITE"), 302, "Contact: <sip:1001@x>\r\n", "");
    assert_null(sent_to(kit, alice, "SIP/2.0 4"));
    assert_null(sent_to(kit, erin, "CANCEL"));
    sj_testkit_advance(kit, 10100);
    (void)expect(kit, erin, "CANCEL");
    (void)expect(kit, alice, "SIP/2.0 480");
    assert_true(is_logged_in(kit, "SEP001122334405")); /* nobody's own call */
}

/* Who refuses, who cannot be reached, who is not there: the next one is tried at once. */
static void refusals(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    alice_dials(kit, "7000");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    answer(kit, dave, expect(kit, dave, "INVITE"), 503, "");
    answer_with(kit, erin, expect(kit, erin, "INVITE"), 302, "Contact: <sip:1001@x>\r\n", "");
    (void)expect(kit, alice, "SIP/2.0 486");
    const char *event = sj_testkit_find(kit, "event", "call.hunt_exhausted");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"reason\":\"busy\""));
    assert_non_null(strstr(event, "\"destination\":\"\""));
}

static void stops_when_busy(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\",\"busy\":\"stop\"", "");
    alice_dials(kit, "7000");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    (void)expect(kit, alice, "SIP/2.0 486");
    assert_null(sent_to(kit, dave, "INVITE"));
}

/* The second group after the first; the same line in both. */
static void two_groups(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\",\"no_answer\":\"next_group\"", "");
    put(kit, &sj_line_group_meta, "{\"name\":\"Nobody\"}");
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Others\",\"members\":[\"1005@Internal\",\"1002@Internal\"],\"distribution\":"
        "\"top_down\",\"rna_reversion_timeout\":5}");
    put(kit, &sj_hunt_list_meta,
        "{\"name\":\"Sales hunt\",\"members\":[\"Nobody\",\"Sales\",\"Others\"]}");
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    no_answer_at(kit, erin, 5100);
    no_answer_at(kit, bob, 5100);
    (void)expect(kit, alice, "SIP/2.0 480");
}

/* The event has the number of where the call goes, not the code behind it. */
static void overflow_with_code(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_forced_authorization_code_meta,
        "{\"name\":\"Managers\",\"code\":\"4711\",\"level\":7}");
    hunt_world(kit, "\"distribution\":\"top_down\",\"no_answer\":\"stop\"",
               "\"forward_no_answer_destination\":\"1003#4711\"");
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    const char *event = sj_testkit_find(kit, "event", "call.hunt_exhausted");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"destination\":\"1003\""));
    assert_null(sj_testkit_find(kit, "event", "4711"));
    assert_null(sj_testkit_find(kit, "log", "4711"));
}

/* A member's own forwarding does not count; the pilot's does. */
static void overflow(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\",\"no_answer\":\"stop\"",
               "\"forward_no_answer_destination\":\"1003\",\"forward_no_answer_calling_search_"
               "space\":\"Phones\",\"forward_busy_destination\":\"1004\",\"forward_busy_calling_"
               "search_space\":\"Phones\"");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"forward_all_destination\":\"1001\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1003\",\"partition\":\"Internal\",\"forward_unregistered_internal_"
        "destination\":\"1005\",\"forward_unregistered_internal_calling_search_space\":"
        "\"Phones\"}");
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    const char *text = expect(kit, erin, "INVITE"); /* where 1003 forwards to */
    assert_non_null(strstr(text, "<sip:7000@127.0.0.1>;reason=no-answer;counter=1"));
    const char *event = sj_testkit_find(kit, "event", "call.hunt_exhausted");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"reason\":\"no_answer\""));
    assert_non_null(strstr(event, "\"destination\":\"1003\""));
    alice_gives_up(kit, "7000");
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 0);
    register_phone(kit, dave, "SEP001122334404", "1004", 2, 0);
    register_phone(kit, erin, "SEP001122334405", "1005", 2, 0);
    dave_registers(kit);
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"members\":[\"1002@Internal\",\"1005@Internal\"]}");
    alice_dials(kit, "7000");
    text = expect(kit, dave, "INVITE");
    assert_non_null(strstr(text, "<sip:7000@127.0.0.1>;reason=user-busy;counter=1"));
}

/* The Maximum Hunt Timer ends the hunt while a member rings; a circle is found. */
static void limits(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"",
               "\"maximum_hunt_timer\":15,\"forward_no_answer_destination\":\"7000\",\"forward_no_"
               "answer_calling_search_space\":\"Phones\"");
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    no_answer_at(kit, dave, 5100);
    no_answer_at(kit, bob, 10100); /* forwarded to itself, once */
    only_rings(kit, dave);
    sj_testkit_advance(kit, 5100);
    (void)expect(kit, dave, "CANCEL");
    (void)expect(kit, alice, "SIP/2.0 482");
}

/* A number that forwards to the pilot has its own wishes for calls that nobody takes. */
static void personal_preferences(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\",\"no_answer\":\"stop\"",
               "\"forward_no_answer_use_personal_preferences\":true,\"forward_no_answer_"
               "destination\":\"1005\",\"forward_no_answer_calling_search_space\":\"Phones\"");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1003\",\"partition\":\"Internal\",\"forward_all_destination\":\"7000\","
        "\"forward_all_calling_search_space\":\"Phones\",\"forward_no_coverage_internal_"
        "destination\":\"1004\",\"forward_no_coverage_internal_calling_search_space\":"
        "\"Phones\"}");
    alice_dials(kit, "1003");
    no_answer_at(kit, bob, 10100);
    (void)expect(kit, dave, "INVITE");
    alice_gives_up(kit, "1003");
    alice_dials(kit, "7000"); /* nobody has forwarded it: where the pilot says */
    no_answer_at(kit, bob, 10100);
    (void)expect(kit, erin, "INVITE");
}

static void presentation(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"",
               "\"calling_line_id_presentation\":\"restricted\",\"connected_line_id_"
               "presentation\":\"restricted\",\"calling_party_prefix_digits\":\"8\"");
    alice_dials(kit, "7000");
    const char *text = expect(kit, bob, "INVITE");
    assert_null(strstr(text, "1001"));
    assert_non_null(strstr(header(text, "From"), "anonymous"));
    answer(kit, bob, text, 200, "answer-sdp");
    assert_null(strstr(expect(kit, alice, "SIP/2.0 200"), "Remote-Party-ID"));
}

/* ---- who takes part ---- */

static void press_hlog(sj_testkit *kit, const char *from, const char *number, int serial) {
    static const char body[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request>\n<softkeyeventmsg>"
        "\n<softkeyevent>HLog</softkeyevent>\n<dialogid>\n<callid></callid>\n<localtag></localtag>"
        "\n<remotetag></remotetag>\n</dialogid>\n<linenumber>0</linenumber>\n</softkeyeventmsg>\n"
        "</x-cisco-remotecc-request>";
    char text[2500];
    sj_testkit_forget(kit);
    (void)snprintf(
        text, sizeof text,
        "REFER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bKhlog%d\r\n"
        "Max-Forwards: 70\r\nFrom: <sip:%s@x>;tag=k\r\nTo: <sip:127.0.0.1>\r\nCall-ID: hlog%d\r\n"
        "CSeq: 1 REFER\r\nContact: <sip:uuid-%s@%s:5060>\r\nRequire: norefersub\r\nRefer-To: "
        "<cid:1>\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\nContent-Length: "
        "%zu\r\n\r\n%s",
        from, serial, number, serial, number, from, strlen(body), body);
    send_text(kit, from, 5060, text);
    (void)expect(kit, from, "SIP/2.0 202");
}

static void hlog(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    press_hlog(kit, bob, "1002", 1);
    const char *event = sj_testkit_find(kit, "event", "device.hunt_login_changed");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"logged_in\":false"));
    assert_non_null(strstr(event, "\"automatic\":false"));
    assert_non_null(strstr(expect(kit, bob, "REFER"), "Logged out of hunt groups"));
    assert_int_equal(sj_testkit_count(kit, "udp", "<status>off</status>"), 1);
    assert_false(is_logged_in(kit, "SEP001122334402"));
    alice_dials(kit, "7000");
    only_rings(kit, dave);
    alice_gives_up(kit, "7000");
    alice_dials(kit, "1002"); /* other calls are not hunted */
    only_rings(kit, bob);
    alice_gives_up(kit, "1002");
    press_hlog(kit, bob, "1002", 2);
    assert_non_null(strstr(expect(kit, bob, "REFER"), "Logged into hunt groups"));
    assert_true(is_logged_in(kit, "SEP001122334402"));
    alice_dials(kit, "7000");
    only_rings(kit, bob);
}

static void logged_out_automatically(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\",\"automatically_log_out_on_no_answer\":true",
               "");
    alice_dials(kit, "7000");
    no_answer_at(kit, bob, 10100);
    const char *event = sj_testkit_find(kit, "event", "device.hunt_login_changed");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"automatic\":true"));
    assert_false(is_logged_in(kit, "SEP001122334402"));
    only_rings(kit, dave);
    alice_gives_up(kit, "7000"); /* that is no fault of Dave's */
    assert_true(is_logged_in(kit, "SEP001122334404"));
}

/* A phone that does not even ring has not been left unanswered by its user. */
static void silent_phone(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit,
               "\"distribution\":\"top_down\",\"automatically_log_out_on_no_answer\":true,"
               "\"not_available\":\"stop\"",
               "");
    alice_dials(kit, "7000");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_advance(kit, 10100);
    (void)expect(kit, alice, "SIP/2.0 480");
    assert_true(is_logged_in(kit, "SEP001122334402"));
}

/* A traveller on a phone of another cluster takes part, and logs out for as long as the stay. */
static void traveller(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    emcc_world(kit);
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP00AABBCCDD02\",\"emcc\":true,\"visiting_cluster_id\":\"br\",\"user_id\":"
        "\"bob\",\"model\":\"Cisco 7841\",\"device_pool\":\"Default\",\"lines\":[{\"directory_"
        "number\":\"1002@Internal\"}]}");
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 0);
    register_phone(kit, remote, "SEP00AABBCCDD02", "1002", 1, 3600);
    alice_dials(kit, "7000");
    answer(kit, remote, expect(kit, remote, "INVITE"), 180, "");
    alice_gives_up(kit, "7000");
    press_hlog(kit, remote, "1002", 3);
    assert_non_null(strstr(expect(kit, remote, "REFER"), "Logged out of hunt groups"));
    assert_true(is_logged_in(kit, "SEP001122334402")); /* which is another phone */
    alice_dials(kit, "7000");
    assert_null(sent_to(kit, remote, "INVITE"));
    only_rings(kit, dave);
}

/* Bob puts Alice through to the pilot: its members ring for her. */
static void transferred(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG];
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"members\":[\"1004@Internal\",\"1005@Internal\"]}");
    alice_dials(kit, "1002");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "bobs-answer");
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    refer_to(kit, bob, 101, bob_alice, "<sip:7000@127.0.0.1>", "");
    sj_testkit_run(kit);
    const char *text = expect(kit, dave, "INVITE");
    assert_non_null(strstr(header(text, "From"), "sip:1001@"));
    answer(kit, dave, text, 486, "");
    sj_testkit_advance(kit, 20);
    answer(kit, erin, expect(kit, erin, "INVITE"), 200, "erins-offer");
    sj_testkit_advance(kit, 60);
    assert_non_null(strstr(expect(kit, alice, "INVITE"), "erins-offer"));
}

/* A pilot is where a number forwards to, and members' phones are asked for as for any number. */
static void many_members(void **state) {
    enum { MANY = 1500 };
    sj_testkit *kit = *state;
    static char json[MANY * 20 + 200];
    size_t used;
    hunt_world(kit, "", "");
    used = (size_t)snprintf(json, sizeof json, "{\"name\":\"Sales\",\"members\":[");
    for (int i = 0; i < MANY; i++) {
        char number[80];
        (void)snprintf(number, sizeof number, "{\"pattern\":\"5%04d\",\"partition\":\"Internal\"}",
                       i);
        put(kit, &sj_directory_number_meta, number);
        used += (size_t)snprintf(json + used, sizeof json - used, "\"5%04d@Internal\",", i);
    }
    (void)snprintf(json + used, sizeof json - used, "\"1005@Internal\"]}");
    put(kit, &sj_line_group_meta, json);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1003\",\"partition\":\"Internal\",\"forward_all_destination\":\"7000\","
        "\"forward_all_calling_search_space\":\"Phones\"}");
    alice_dials(kit, "1003");
    only_rings(kit, erin);
    assert_non_null(strstr(expect(kit, erin, "INVITE"),
                           "Diversion: <sip:1003@127.0.0.1>;reason=unconditional;counter=1"));
    alice_gives_up(kit, "1003");
    register_phone(kit, erin, "SEP001122334405", "1005", 2, 0);
    alice_dials(kit, "7000");
    (void)expect(kit, alice, "SIP/2.0 480");
}

/* A member whose answer is of no use to the caller counts as one who cannot be called. */
static void no_common_codec(void **state) {
    sj_testkit *kit = *state;
    sj_device_pool *pool = NULL;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    put(kit, &sj_region_meta, "{\"name\":\"Site\"}");
    assert_int_equal(sj_device_pool_get(sj_testkit_scope(kit), "Default", &pool, NULL), SJ_OK);
    pool->region = "Site";
    assert_int_equal(sj_device_pool_put(sj_testkit_scope(kit), pool, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), pool);
    assert_int_equal(sj_testkit_set_param(
                         kit, &sj_param_ccm_default_intraregion_max_audio_bit_rate_meta, "8", NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    calls++;
    sj_testkit_forget(kit);
    alice_sends(kit, "INVITE", "7000", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200,
           "v=0\r\nc=IN IP4 192.0.2.2\r\nm=audio 6000 RTP/AVP 0\r\n");
    (void)expect(kit, bob, "BYE");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200,
           "v=0\r\nc=IN IP4 192.0.2.4\r\nm=audio 6000 RTP/AVP 18\r\n");
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* Bob, Erin and the mail system at Dave's phone. */
static void features_world(sj_testkit *kit) {
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    put(kit, &sj_call_pickup_group_meta,
        "{\"name\":\"Team\",\"number\":\"7801\",\"partition\":\"Internal\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"call_pickup_group\":\"Team\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"call_pickup_group\":\"Team\"}");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco 7841\",\"calling_search_space\":\"All\","
        "\"lines\":[{\"directory_number\":\"1005@Internal\",\"display\":\"Erin E\"}]}");
    put(kit, &sj_voice_mail_pilot_meta, "{\"number\":\"1004\"}");
    put(kit, &sj_voice_mail_profile_meta,
        "{\"name\":\"Mail\",\"voice_mail_pilot\":\"1004\",\"default_profile\":true}");
    sj_testkit_run(kit);
}

/* A call that rings at a member is picked up like any other. */
static void picked_up(void **state) {
    sj_testkit *kit = *state;
    features_world(kit);
    alice_dials(kit, "7000");
    only_rings(kit, bob);
    invite(kit, erin, "uuid-1005@192.0.2.5:5060", "x-cisco-serviceuri-pickup", "1005", "");
    (void)expect(kit, erin, "SIP/2.0 487");
    assert_string_equal(header(expect(kit, bob, "CANCEL"), "Reason"),
                        "SIP;cause=200;text=\"Call completed elsewhere\"");
    answer(kit, erin, expect(kit, erin, "INVITE"), 200, "erins-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "erins-answer"));
    const char *event = sj_testkit_find(kit, "event", "call.picked_up");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"rung_number\":\"1002\""));
    assert_non_null(strstr(event, "\"pickup_group\":\"Team\""));
    event = sj_testkit_find(kit, "event", "\"state\":\"answered\"");
    assert_non_null(event);
    assert_non_null(strstr(event, "\"hunt_pilot_number\":\"7000\""));
}

/* Whoever has picked it up does not answer: the hunt begins anew, with its timer. */
static void picked_up_in_vain(void **state) {
    sj_testkit *kit = *state;
    features_world(kit);
    alice_dials(kit, "7000");
    only_rings(kit, bob);
    invite(kit, erin, "uuid-1005@192.0.2.5:5060", "x-cisco-serviceuri-pickup", "1005", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 487, "");
    const char *offer = expect(kit, erin, "INVITE");
    answer(kit, erin, offer, 180, "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 13000);
    (void)expect(kit, erin, "CANCEL");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 11000);
    (void)expect(kit, dave, "INVITE"); /* and goes on to the next member */
}

/* A member sends the call to the voice mail of its own line. */
static void diverted(void **state) {
    sj_testkit *kit = *state;
    char side[DIALOG], ringing[DIALOG];
    features_world(kit);
    alice_dials(kit, "7000");
    only_rings(kit, bob);
    (void)snprintf(ringing, sizeof ringing, "%s", expect(kit, bob, "INVITE"));
    (void)snprintf(side, sizeof side, "X\r\nFrom: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n\r\n",
                   header(ringing, "To"), header(ringing, "From"), header(ringing, "Call-ID"));
    press_softkey(kit, bob, "1002", "iDivert", side);
    (void)expect(kit, bob, "SIP/2.0 202");
    (void)expect(kit, bob, "CANCEL");
    const char *mail = expect(kit, dave, "INVITE");
    const char *last = strstr(mail, "Diversion: ");
    assert_non_null(last);
    assert_non_null(strstr(last, "sip:1002@"));
    assert_non_null(strstr(strstr(last, "sip:1002@"), "sip:7000@"));
    answer(kit, dave, mail, 200, "mails-answer");
    assert_non_null(strstr(expect(kit, alice, "SIP/2.0 200"), "mails-answer"));
    assert_non_null(sj_testkit_find(kit, "event", "\"last_redirect_reason\":50"));
}

/* A shared line: a phone that is logged out does not ring, the other one does. */
static void shared_line(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"top_down\"", "");
    put(kit, &sj_phone_meta,
        "{\"name\":\"SEP001122334405\",\"model\":\"Cisco "
        "7841\",\"lines\":[{\"directory_number\":\"1005@Internal\"},{\"directory_number\":"
        "\"1002@Internal\"}]}");
    alice_dials(kit, "7000");
    answer(kit, bob, expect(kit, bob, "INVITE"), 180, "");
    answer(kit, erin, expect(kit, erin, "INVITE"), 180, "");
    alice_gives_up(kit, "7000");
    press_hlog(kit, bob, "1002", 4);
    alice_dials(kit, "7000");
    only_rings(kit, erin);
}

/* ---- what is said of it ---- */

static char told[6000];

static void heard(void *user, int status, const sj_error *error,
                  const sj_hunt_status_reply *reply) {
    size_t used = 0;
    (void)user;
    if (status != SJ_OK) {
        (void)snprintf(told, sizeof told, "%s", error->text);
        return;
    }
    used = (size_t)snprintf(told, sizeof told, "%s %d of %lld, %lld hunting", reply->hunt_list,
                            (int)reply->members_count, (long long)reply->total,
                            (long long)reply->hunting);
    for (size_t i = 0; i < reply->members_count; i++) {
        const sj_hunt_status_reply_member *member = &reply->members[i];
        used +=
            (size_t)snprintf(told + used, sizeof told - used, "; %s %s %lld %lld%s",
                             member->directory_number, member->state, (long long)member->offered,
                             (long long)member->answered, member->next ? " next" : "");
    }
}

static const char *status_of(sj_testkit *kit, const char *pilot) {
    const sj_hunt_status request = {.hunt_pilot = pilot, .limit = 200};
    told[0] = '\0';
    assert_int_equal(sj_ask_hunt_status(sj_testkit_scope(kit), &request, 0, heard, NULL, NULL),
                     SJ_OK);
    sj_testkit_run(kit);
    return told;
}

static void status(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"circular\"", "");
    a_call_at(kit, bob);
    press_hlog(kit, dave, "1004", 5);
    register_phone(kit, erin, "SEP001122334405", "1005", 2, 0);
    assert_string_equal(status_of(kit, "7000@Internal"),
                        "Sales hunt 3 of 3, 0 hunting; 1002@Internal idle 1 1; 1004@Internal "
                        "logged_out 0 0 next; 1005@Internal not_registered 0 0");
    alice_dials(kit, "7000");
    only_rings(kit, bob);
    assert_string_equal(status_of(kit, "7000@Internal"),
                        "Sales hunt 3 of 3, 1 hunting; 1002@Internal available 2 1; 1004@Internal "
                        "logged_out 0 0 next; 1005@Internal not_registered 0 0");
    assert_string_equal(status_of(kit, "7001@Internal"), "there is no hunt pilot 7001@Internal");
}

/* The analyzer walks as calls do, and moves nothing. */
static void analysed_as_hunted(void **state) {
    sj_testkit *kit = *state;
    hunt_world(kit, "\"distribution\":\"circular\"",
               "\"forward_no_answer_destination\":\"1003\",\"forward_no_answer_calling_search_"
               "space\":\"Phones\",\"forward_busy_destination\":\"1004\",\"forward_busy_calling_"
               "search_space\":\"Phones\"");
    a_call_at(kit, bob);
    register_phone(kit, erin, "SEP001122334405", "1005", 2, 0);
    for (int i = 0; i < 2; i++) {
        ask_for(kit, ALICE, "7000");
        assert_string_equal(analysed.summary, "hunt 7000 in \"Internal\": 1004 shown 1001");
        assert_string_equal(analysed.destinations, "SEP001122334404 1004 ; ");
        assert_non_null(strstr(analysed.course, "hunt_list Sales hunt|"));
        assert_non_null(strstr(analysed.course,
                               "line_group Sales|>|1. rings 1004@Internal for 10 s (circular)"));
        assert_non_null(strstr(analysed.course, "phone 1005@Internal|>|passed over in Sales: no "
                                                "phone with the number is registered"));
        assert_non_null(strstr(analysed.course, "line_group Sales|>|2. rings 1002@Internal"));
        assert_non_null(strstr(analysed.course, "forwarding 1003|>|when nobody answers, it goes "
                                                "there, as if dialled through Phones"));
    }
    alice_dials(kit, "7000");
    only_rings(kit, dave);
    alice_gives_up(kit, "7000");
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 0);
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"members\":[\"1002@Internal\",\"1005@Internal\"]}");
    ask_for(kit, ALICE, "7000"); /* nobody is there: on to where the pilot forwards */
    assert_string_equal(analysed.summary, "phone 1004 in \"Internal\": 1004 shown 1001");
    const sj_call_analyse assumed = {
        .device_name = ALICE, .digits = "7000", .phones_assumed = true};
    ask(kit, &assumed);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1006\",\"partition\":\"Internal\"}");
    put(kit, &sj_line_group_meta, /* no phone has that number */
        "{\"name\":\"Sales\",\"members\":[\"1006@Internal\"]}");
    ask(kit, &assumed);
    assert_string_equal(analysed.summary, "phone 1004 in \"Internal\": 1004 shown 1001");
    put(kit, &sj_hunt_list_meta,
        "{\"name\":\"Sales hunt\",\"members\":[\"Sales\"],\"enabled\":false}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales hunt\"}");
    ask_for(kit, ALICE, "7000");
    assert_int_equal(analysed.sip_status, 480);
    assert_non_null(strstr(analysed.course, "its hunt list is not enabled"));
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales "
        "hunt\",\"block\":true}");
    ask_for(kit, ALICE, "7000");
    assert_string_equal(analysed.outcome, "blocked");
    alice_dials(kit, "7000");
    (void)expect(kit, alice, "SIP/2.0 403");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(top_down, setup, teardown),
        cmocka_unit_test_setup_teardown(circular, setup, teardown),
        cmocka_unit_test_setup_teardown(longest_idle, setup, teardown),
        cmocka_unit_test_setup_teardown(broadcast, setup, teardown),
        cmocka_unit_test_setup_teardown(broadcast_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(broadcast_asks_nobody_to_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(no_common_codec, setup, teardown),
        cmocka_unit_test_setup_teardown(picked_up, setup, teardown),
        cmocka_unit_test_setup_teardown(picked_up_in_vain, setup, teardown),
        cmocka_unit_test_setup_teardown(diverted, setup, teardown),
        cmocka_unit_test_setup_teardown(stops_when_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(two_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow_with_code, setup, teardown),
        cmocka_unit_test_setup_teardown(limits, setup, teardown),
        cmocka_unit_test_setup_teardown(personal_preferences, setup, teardown),
        cmocka_unit_test_setup_teardown(presentation, setup, teardown),
        cmocka_unit_test_setup_teardown(hlog, setup, teardown),
        cmocka_unit_test_setup_teardown(logged_out_automatically, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(traveller, setup, teardown),
        cmocka_unit_test_setup_teardown(transferred, setup, teardown),
        cmocka_unit_test_setup_teardown(many_members, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_line, setup, teardown),
        cmocka_unit_test_setup_teardown(status, setup, teardown),
        cmocka_unit_test_setup_teardown(analysed_as_hunted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
