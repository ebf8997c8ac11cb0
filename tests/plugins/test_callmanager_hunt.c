/* Hunt pilots: each distribution algorithm through calls, what is tried next, overflow and limits,
 * what members, callers and records are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hunt_kit.h"
#include "parameters/call_manager.h"
#include "resources/dial_codes.h"
#include "resources/region.h"

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
        cmocka_unit_test_setup_teardown(stops_when_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(two_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow_with_code, setup, teardown),
        cmocka_unit_test_setup_teardown(limits, setup, teardown),
        cmocka_unit_test_setup_teardown(personal_preferences, setup, teardown),
        cmocka_unit_test_setup_teardown(presentation, setup, teardown),
        cmocka_unit_test_setup_teardown(many_members, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
