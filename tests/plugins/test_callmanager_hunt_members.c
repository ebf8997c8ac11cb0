/* The members of hunt pilots: who is logged out, travellers and shared lines, features of calls
 * that ring at them, and what the status and the analyzer say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "events/hunt.h"
#include "hunt_kit.h"
#include "resources/call_pickup_group.h"
#include "resources/voice_mail.h"

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
        cmocka_unit_test_setup_teardown(picked_up, setup, teardown),
        cmocka_unit_test_setup_teardown(picked_up_in_vain, setup, teardown),
        cmocka_unit_test_setup_teardown(diverted, setup, teardown),
        cmocka_unit_test_setup_teardown(hlog, setup, teardown),
        cmocka_unit_test_setup_teardown(logged_out_automatically, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(traveller, setup, teardown),
        cmocka_unit_test_setup_teardown(transferred, setup, teardown),
        cmocka_unit_test_setup_teardown(shared_line, setup, teardown),
        cmocka_unit_test_setup_teardown(status, setup, teardown),
        cmocka_unit_test_setup_teardown(analysed_as_hunted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
