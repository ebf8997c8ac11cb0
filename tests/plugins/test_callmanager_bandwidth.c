/* Bandwidth of calls in the test kit: the test keeps count in place of the Location Bandwidth
 * Manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "callmanager_kit.h"
#include "events/bandwidth.h"
#include "parameters/call_manager.h"
#include "resources/aar_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/location.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"

#define SDP(formats) "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 6000 RTP/AVP " formats "\r\n"
#define VIDEO "m=video 6002 RTP/AVP 126\r\nb=TIAS:320000\r\n"
#define CONTACT "uuid-1001@192.0.2.1:5060"

/* Whoever keeps count. */
static struct counter {
    sj_scope *scope;
    sj_handle *answers[4];
    sj_bandwidth_outcome next; /* of the next question that takes bandwidth */
    int64_t known;             /* what bandwidth.renew tells */
    char asked[4096];          /* all questions, a line each */
    bool mute;                 /* reservations are not answered for now */
    sj_question *open;
    int64_t lease_s; /* 0: 60 */
    int renewals;
} lbm;

static int64_t lease_s(void) {
    return lbm.lease_s != 0 ? lbm.lease_s : 60;
}

static void note(const char *format, ...) SJ_PRINTF(1, 2);
static void note(const char *format, ...) {
    const size_t used = strlen(lbm.asked);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(lbm.asked + used, sizeof lbm.asked - used, format, arguments);
    va_end(arguments);
}

static const char *short_of(sj_bandwidth_outcome outcome) {
    return outcome == SJ_BANDWIDTH_OUTCOME_REFUSED ? "Not Enough Bandwidth: the link is full" : "";
}

static void say_reserved(sj_question *question) {
    const sj_bandwidth_reserve_reply reply = {
        .outcome = lbm.next, .message = short_of(lbm.next), .place = "", .lease_s = lease_s()};
    lbm.known += lbm.next == SJ_BANDWIDTH_OUTCOME_REFUSED ? 0 : 1;
    lbm.next = SJ_BANDWIDTH_OUTCOME_ADMITTED;
    sj_reply_bandwidth_reserve(lbm.scope, question, &reply);
}

static void on_reserve(void *user, sj_question *question, const sj_bandwidth_reserve *request) {
    (void)user;
    note("reserve %s%s%s-%s%s%s %d/%d%s%s%s%s\n", request->from_cluster,
         request->from_cluster[0] == '\0' ? "" : "/", request->from_location, request->to_cluster,
         request->to_cluster[0] == '\0' ? "" : "/", request->to_location,
         (int)request->audio_bit_rate, (int)request->video_bit_rate,
         request->emergency ? " emergency" : "", request->in_progress ? " in progress" : "",
         request->retry_video_as_audio ? "" : " whole",
         request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE ? " immersive" : "");
    if (strcmp(request->from_location, "Atlantis") == 0) {
        sj_fail(lbm.scope, question, SJ_E_NOT_FOUND, "there is no location \"Atlantis\"");
    } else if (lbm.mute) {
        lbm.open = question;
    } else {
        say_reserved(question);
    }
}

static void on_adjust(void *user, sj_question *question, const sj_bandwidth_adjust *request) {
    const sj_bandwidth_adjust_reply reply = {
        .outcome = lbm.next, .message = short_of(lbm.next), .place = "", .lease_s = lease_s()};
    (void)user;
    note("%s %d/%d\n", sj_bandwidth_adjust_step_text(request->step), (int)request->audio_bit_rate,
         (int)request->video_bit_rate);
    lbm.next = SJ_BANDWIDTH_OUTCOME_ADMITTED;
    sj_reply_bandwidth_adjust(lbm.scope, question, &reply);
}

static void on_release(void *user, sj_question *question, const sj_bandwidth_release *request) {
    const sj_bandwidth_release_reply reply = {.released = true};
    (void)user;
    (void)request;
    note("release\n");
    lbm.known--;
    sj_reply_bandwidth_release(lbm.scope, question, &reply);
}

static void on_renew(void *user, sj_question *question, const sj_bandwidth_renew *request) {
    lbm.renewals++;
    const sj_bandwidth_renew_reply reply = {.calls = lbm.known, .lease_s = lease_s()};
    (void)user;
    (void)request;
    sj_reply_bandwidth_renew(lbm.scope, question, &reply);
}

static void count(sj_testkit *kit) {
    memset(&lbm, 0, sizeof lbm);
    lbm.scope = sj_testkit_scope(kit);
    lbm.answers[0] = sj_answer_bandwidth_reserve(lbm.scope, on_reserve, NULL, NULL);
    lbm.answers[1] = sj_answer_bandwidth_adjust(lbm.scope, on_adjust, NULL, NULL);
    lbm.answers[2] = sj_answer_bandwidth_release(lbm.scope, on_release, NULL, NULL);
    lbm.answers[3] = sj_answer_bandwidth_renew(lbm.scope, on_renew, NULL, NULL);
    sj_testkit_advance(kit, 1100);
    assert_non_null(sj_testkit_find(kit, "log", "admitted by the Location Bandwidth Manager"));
}

static void count_no_more(void) {
    for (size_t i = 0; i < 4; i++) {
        sj_handle_close(lbm.scope, lbm.answers[i]);
    }
}

static void were_asked(const char *expected) {
    assert_string_equal(lbm.asked, expected);
    lbm.asked[0] = '\0';
}

/* Alice in Berlin, Bob in Rome. */
static void places(sj_testkit *kit) {
    sj_device_pool *pool = NULL;
    sj_phone *phone = NULL;
    put(kit, &sj_location_meta, "{\"name\":\"Berlin\"}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    assert_int_equal(sj_device_pool_get(sj_testkit_scope(kit), "Default", &pool, NULL), SJ_OK);
    pool->location = "Berlin";
    assert_int_equal(sj_device_pool_put(sj_testkit_scope(kit), pool, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), pool);
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), "SEP001122334402", &phone, NULL), SJ_OK);
    phone->location = "Rome";
    assert_int_equal(sj_phone_put(sj_testkit_scope(kit), phone, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), phone);
    both_register(kit);
}

static void dial(sj_testkit *kit, const char *number, const char *body) {
    sj_testkit_forget(kit);
    invite_with(kit, alice, CONTACT, number, "1001", "", "application/sdp", body);
}

/* Answers the call and acknowledges the answer; `dialog` gets it. */
static void connect_call(sj_testkit *kit, const char *body, char dialog[3000]) {
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, body);
    (void)snprintf(dialog, 3000, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
}

static void a_call_takes_and_gives_back(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    dial(kit, "1002", SDP("0 18"));
    were_asked("reserve Berlin-Rome 64/0\n");
    connect_call(kit, SDP("18"), dialog);
    were_asked("at_once 8/0\n"); /* the answer says what it has become */
    within(kit, alice, "BYE", 2, dialog);
    were_asked("release\n");
}

/* A phone that has lost its power says nothing: its registration ends, and with it the call. */
static void a_phone_that_is_gone_gives_back(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 2, 120);
    dial(kit, "1002", SDP("0"));
    connect_call(kit, SDP("0"), dialog);
    were_asked("reserve Berlin-Rome 64/0\n");
    for (int i = 0; i < 8; i++) { /* it expires, is looked at, and does not answer */
        sj_testkit_advance(kit, 30000);
    }
    (void)expect(kit, alice, "BYE");
    were_asked("release\n");
}

/* And when it has started again before that, it does not know the call. */
static void a_phone_that_has_started_again_is_asked(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    dial(kit, "1002", SDP("0"));
    connect_call(kit, SDP("0"), dialog);
    were_asked("reserve Berlin-Rome 64/0\n");
    sj_testkit_advance(kit, 31000);
    assert_null(sent_to(kit, bob, "OPTIONS"));
    register_again(kit, bob, "SEP001122334402", "1002");
    sj_testkit_forget(kit);
    sj_testkit_advance(kit, 31000);
    assert_null(sent_to(kit, alice, "OPTIONS"));
    answer(kit, bob, expect(kit, bob, "OPTIONS"), 481, "");
    (void)expect(kit, alice, "BYE");
    were_asked("release\n");
}

static void a_refusal_is_shown(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    dial(kit, "1002", SDP("0"));
    assert_null(sent_to(kit, bob, "INVITE"));
    const char *text = expect(kit, alice, "SIP/2.0 488 Not Enough Bandwidth");
    assert_non_null(
        strstr(header(text, "Reason"), "Q.850;cause=125;text=\"Not Enough Bandwidth\""));
    assert_non_null(strstr(header(text, "Warning"), "370 "));
    assert_non_null(sj_testkit_find(kit, "event", "\"cause\":125"));
    assert_non_null(sj_testkit_find(kit, "log", "the link is full"));
    were_asked("reserve Berlin-Rome 64/0\n");
}

static void the_next_destination_is_tried(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    dial(kit, "9555", SDP("0"));
    assert_null(sent_to(kit, gateway, "INVITE"));
    assert_null(strstr(expect(kit, "192.0.2.91", "INVITE"), "x-cisco-loc-name"));
    were_asked("reserve Berlin-Berlin 64/0\nreserve Berlin-Berlin 64/0\n");
}

static void video_of_a_room_is_immersive(void **state) {
    sj_testkit *kit = *state;
    sj_phone *phone = NULL;
    char dialog[3000];
    count(kit);
    put(kit, &sj_sip_profile_meta,
        "{\"name\":\"Room\",\"video_call_traffic_class\":\"immersive\"}");
    assert_int_equal(sj_phone_get(sj_testkit_scope(kit), "SEP001122334402", &phone, NULL), SJ_OK);
    phone->sip_profile = "Room";
    assert_int_equal(sj_phone_put(sj_testkit_scope(kit), phone, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), phone);
    places(kit);
    dial(kit, "1002", SDP("0") VIDEO);
    were_asked("reserve Berlin-Rome 64/384 immersive\n");
    connect_call(kit, SDP("0") VIDEO, dialog);
    within(kit, alice, "BYE", 2, dialog);
    /* The profile may change while the phone is registered. */
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Room\",\"video_call_traffic_class\":\"desktop\"}");
    lbm.asked[0] = '\0';
    dial(kit, "1002", SDP("0") VIDEO);
    were_asked("reserve Berlin-Rome 64/384\n");
}

static void in_shadow(sj_testkit *kit) {
    sj_sip_trunk *trunk = NULL;
    assert_int_equal(sj_sip_trunk_get(sj_testkit_scope(kit), "Gateway", &trunk, NULL), SJ_OK);
    trunk->location = "Shadow";
    assert_int_equal(sj_sip_trunk_put(sj_testkit_scope(kit), trunk, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), trunk);
}

static void with_profile(sj_testkit *kit, const char *security_profile) {
    sj_sip_trunk *trunk = NULL;
    assert_int_equal(sj_sip_trunk_get(sj_testkit_scope(kit), "Gateway", &trunk, NULL), SJ_OK);
    trunk->sip_trunk_security_profile = security_profile;
    assert_int_equal(sj_sip_trunk_put(sj_testkit_scope(kit), trunk, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), trunk);
}

/* Between clusters that count together the trunk is in Shadow, and the location goes along. */
static void a_trunk_in_shadow_conveys_the_location(void **state) {
    static const char *const brought[] = {
        "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-id=1;x-cisco-loc-name=\"New York\""
        ";x-cisco-video-traffic-class=immersive\r\n",
        "Call-Info: <http://example.com/me.jpg>;purpose=icon, "
        "<urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=Oslo\r\n",
        "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=Phantom\r\n",
        "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=\"a@b\"\r\n", ""};
    static const char *const asked[] = {"reserve New York-Rome 64/0 immersive\n",
                                        "reserve Oslo-Rome 64/0\n", "reserve Shadow-Rome 64/0\n",
                                        "reserve Shadow-Rome 64/0\n", "reserve Shadow-Rome 64/0\n"};
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    in_shadow(kit);
    dial(kit, "9555", SDP("0"));
    were_asked("reserve Berlin-Shadow 64/0\n");
    assert_string_equal(header(expect(kit, gateway, "INVITE"), "Call-Info"),
                        "<urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=\"Berlin\";"
                        "x-cisco-video-traffic-class=desktop");
    for (size_t i = 0; i < sizeof brought / sizeof brought[0]; i++) {
        char caller[32];
        (void)snprintf(caller, sizeof caller, "55%zu", i);
        lbm.asked[0] = '\0';
        invite_with(kit, gateway, "sip:1@192.0.2.90:5060", "1002", caller, brought[i],
                    "application/sdp", SDP("0"));
        were_asked(asked[i]);
        answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
        sj_testkit_advance(kit, 40000); /* until the transaction is forgotten */
        both_register(kit);
        sj_testkit_forget(kit);
    }
}

/* Whether the cluster at the other end counts the call depends on which it is. */
static void whoever_counts_is_told_of_the_other_cluster(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    in_shadow(kit);
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"fr\",\"fully_qualified_name\":\"192.0.2.90\"}");
    sj_testkit_run(kit);
    dial(kit, "9555", SDP("0"));
    were_asked("reserve Berlin-fr/Shadow 64/0\n");
    invite_with(kit, gateway, "sip:1@192.0.2.90:5060", "1002", "58",
                "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=Oslo\r\n",
                "application/sdp", SDP("0"));
    were_asked("reserve fr/Oslo-Rome 64/0\n");
}

static void a_location_that_is_not_known_is_hub_none(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    in_shadow(kit);
    sj_testkit_run(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    invite_with(kit, gateway, "sip:1@192.0.2.90:5060", "1002", "57",
                "Call-Info: <urn:x-cisco-remotecc:callinfo>;x-cisco-loc-name=Atlantis\r\n",
                "application/sdp", SDP("0"));
    were_asked("reserve Atlantis-Rome 64/0\nreserve -Rome 64/0\n");
    (void)expect(kit, gateway, "SIP/2.0 503");
    assert_null(sent_to(kit, bob, "INVITE"));
}

/* The cluster that counts the call has to know that it is an emergency call; it believes none but
 * those that it counts together with, and these by a trusted trunk. */
static void a_trunk_in_shadow_conveys_the_emergency(void **state) {
    static const struct {
        const char *brought, *record, *trusted, *asked;
    } cases[] = {{"Resource-Priority: wps.3, ESNET.1\r\n", "\"lbm\":true", "true",
                  "reserve fr/Shadow-Rome 64/0 emergency\n"},
                 {"Resource-Priority: esnet.0\r\n", "\"lbm\":true", "false",
                  "reserve fr/Shadow-Rome 64/0\n"},
                 {"Resource-Priority: esnet.0\r\n", "\"lbm\":false", "true",
                  "reserve fr/Shadow-Rome 64/0\n"},
                 {"Resource-Priority: wps.3, , esnet\r\n", "\"lbm\":true", "true",
                  "reserve fr/Shadow-Rome 64/0\n"},
                 {"", "\"lbm\":true", "true", "reserve fr/Shadow-Rome 64/0\n"}};
    sj_testkit *kit = *state;
    char text[200];
    count(kit);
    places(kit);
    in_shadow(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    dial(kit, "9112", SDP("0"));
    assert_string_equal(header(expect(kit, gateway, "INVITE"), "Resource-Priority"), "esnet.0");
    dial(kit, "9113", SDP("0"));
    assert_string_equal(header(expect(kit, gateway, "INVITE"), "Resource-Priority"), "");
    put(kit, &sj_sip_trunk_security_profile_meta, "{\"name\":\"Shadow\"}");
    with_profile(kit, "Shadow");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char caller[32];
        (void)snprintf(text, sizeof text,
                       "{\"cluster_id\":\"fr\",\"fully_qualified_name\":\"192.0.2.90\",%s}",
                       cases[i].record);
        put(kit, &sj_remote_cluster_meta, text);
        (void)snprintf(text, sizeof text, "{\"name\":\"Shadow\",\"trust_emergency_calls\":%s}",
                       cases[i].trusted);
        put(kit, &sj_sip_trunk_security_profile_meta, text);
        sj_testkit_run(kit);
        (void)snprintf(caller, sizeof caller, "56%zu", i);
        lbm.asked[0] = '\0';
        invite_with(kit, gateway, "sip:1@192.0.2.90:5060", "1002", caller, cases[i].brought,
                    "application/sdp", SDP("0"));
        were_asked(cases[i].asked);
        answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
        sj_testkit_advance(kit, 40000); /* until the transaction is forgotten */
        both_register(kit);
        sj_testkit_forget(kit);
    }
}

static void video_is_taken_off(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_ADMITTED_AS_AUDIO;
    dial(kit, "1002", SDP("0") VIDEO);
    were_asked("reserve Berlin-Rome 64/384\n");
    assert_non_null(strstr(expect(kit, bob, "INVITE"), "m=video 0 "));
    connect_call(kit, SDP("0") "m=video 0 RTP/AVP 126\r\n", dialog);
    were_asked("");
    /* Switched on later: the difference first; and without it the call goes on. */
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    within_with(kit, alice, "INVITE", 2, dialog, SDP("0") VIDEO);
    were_asked("propose 64/384\n");
    const char *text = expect(kit, alice, "SIP/2.0 488");
    assert_non_null(strstr(header(text, "Warning"), "370 "));
    assert_null(sent_to(kit, bob, "INVITE"));
    within(kit, alice, "ACK", 2, dialog);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 3, dialog, SDP("0") VIDEO);
    were_asked("propose 64/384\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0") VIDEO);
    were_asked("confirm 64/384\n");
    within(kit, alice, "ACK", 3, dialog);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 4, dialog, SDP("0") "m=video 0 RTP/AVP 126\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0") "m=video 0 RTP/AVP 126\r\n");
    were_asked("at_once 64/0\n");
}

static void a_hold_gives_back_and_a_resume_asks(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    dial(kit, "1002", SDP("0"));
    connect_call(kit, SDP("0"), dialog);
    were_asked("reserve Berlin-Rome 64/0\n");
    within_with(kit, alice, "INVITE", 2, dialog, SDP("0") "a=inactive\r\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0") "a=inactive\r\n");
    were_asked("at_once 0/0\n");
    within(kit, alice, "ACK", 2, dialog);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 3, dialog, SDP("0"));
    were_asked("propose 64/0\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 486, "");
    were_asked("withdraw 0/0\n"); /* it is as it was */
}

/* Bob in Rome puts Alice through to Dave, who is in Berlin as she is; or he cannot, as there is no
 * bandwidth: then both calls are counted as before. */
static void a_transfer_is_counted_for_the_two_who_stay(void **state) {
    sj_testkit *kit = *state;
    char alice_bob[DIALOG], bob_alice[DIALOG], bob_dave[DIALOG];
    count(kit);
    dave_registers(kit);
    places(kit);
    dial(kit, "1002", SDP("0"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("0"));
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1004", "1002", "", "application/sdp",
                SDP("0"));
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("0"));
    (void)snprintf(bob_dave, sizeof bob_dave, "%s", expect(kit, bob, "SIP/2.0 200"));
    within(kit, bob, "ACK", 1, bob_dave);
    were_asked("reserve Berlin-Rome 64/0\nreserve Rome-Berlin 64/0\n");
    sj_testkit_forget(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    sj_testkit_advance(kit, 60);
    were_asked("release\nrelease\nreserve Berlin-Berlin 64/0\nreserve Berlin-Rome 64/0\n"
               "reserve Rome-Berlin 64/0\n");
    assert_non_null(strstr(expect(kit, bob, "NOTIFY"), "SIP/2.0 488"));
    assert_non_null(sj_testkit_find(kit, "event", "Not Enough Bandwidth"));
    assert_null(sent_to(kit, dave, "INVITE"));
    refer_attended(kit, bob, 102, bob_alice, bob_dave);
    sj_testkit_advance(kit, 60);
    were_asked("release\nrelease\nreserve Berlin-Berlin 64/0\n");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("18"));
    sj_testkit_advance(kit, 60);
    answer(kit, alice, expect(kit, alice, "INVITE"), 200, SDP("18"));
    were_asked("at_once 8/0\n");
    within(kit, alice, "BYE", 3, alice_bob);
    were_asked("release\n");
}

static void who_stands_is_counted_later(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    places(kit);
    dial(kit, "1002", SDP("0")); /* nobody keeps count: allowed at once */
    connect_call(kit, SDP("0"), dialog);
    count(kit);
    were_asked("reserve Berlin-Rome 64/0 in progress\n");
    /* It has forgotten. */
    lbm.known = 0;
    sj_testkit_advance(kit, 25000);
    were_asked("reserve Berlin-Rome 64/0 in progress\n");
    /* It has gone, and comes back. */
    count_no_more();
    sj_testkit_advance(kit, 25000);
    assert_non_null(sj_testkit_find(kit, "log", "no Location Bandwidth Manager answers"));
    count(kit);
    were_asked("reserve Berlin-Rome 64/0 in progress\n");
    within(kit, alice, "BYE", 2, dialog);
    were_asked("release\n");
}

/* Any answer may say that the lease has become shorter. */
static void a_shorter_lease_is_renewed_sooner(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    lbm.lease_s = 6;
    lbm.renewals = 0;
    dial(kit, "1002", SDP("0"));
    sj_testkit_advance(kit, 2100);
    assert_int_equal(lbm.renewals, 1);
    sj_testkit_advance(kit, 2100);
    assert_int_equal(lbm.renewals, 2);
}

static void nobody_keeps_count(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    places(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    assert_int_equal(sj_testkit_set_param(kit,
                                          &sj_param_ccm_call_treatment_when_no_lbm_available_meta,
                                          "reject_calls", &error),
                     SJ_OK);
    dial(kit, "1002", SDP("0"));
    (void)expect(kit, alice, "SIP/2.0 488 Not Enough Bandwidth");
    assert_null(sent_to(kit, bob, "INVITE"));
    dial(kit, "9112", SDP("0"));
    (void)expect(kit, gateway, "INVITE");
}

static void emergency_calls_say_so(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    sj_testkit_run(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_OVERBOOKED;
    dial(kit, "9112", SDP("0"));
    were_asked("reserve Berlin-Berlin 64/0 emergency\n");
    (void)expect(kit, gateway, "INVITE");
}

/* Not even by one who takes his time, at the beginning or in between. */
static void emergency_calls_do_not_wait(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.112\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"discard_digits\":\"pre_dot\",\"emergency_services_number\":true}");
    sj_testkit_run(kit);
    lbm.mute = true;
    dial(kit, "9112", SDP("0 18"));
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("18"));
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    were_asked("reserve Berlin-Berlin 64/0 emergency\n");
    lbm.next = SJ_BANDWIDTH_OUTCOME_OVERBOOKED;
    say_reserved(lbm.open);
    sj_testkit_run(kit);
    were_asked("at_once 8/0\n");
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, dialog, SDP("0"));
    were_asked("");
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    were_asked("at_once 64/0\n");
    within(kit, alice, "ACK", 2, dialog);
    within(kit, alice, "BYE", 3, dialog);
    were_asked("release\n");
}

/* The caller gives up while the answer is awaited: nothing is offered, and nothing stays taken. */
/* The caller takes back the INVITE that invite_with has sent. */
static void cancel(sj_testkit *kit, const char *from, const char *number, const char *calling) {
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "CANCEL sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                   "%s:5060;branch=z9hG4bKi%s\r\nMax-Forwards: 70\r\nFrom: \"Me\" "
                   "<sip:%s@x>;tag=mine\r\nTo: <sip:%s@x>\r\nCall-ID: call-%s-%s\r\nCSeq: "
                   "1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   number, from, number, calling, number, number, calling);
    send_text(kit, from, 5060, text);
}

static void who_gives_up_takes_nothing(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    lbm.mute = true;
    dial(kit, "1002", SDP("0"));
    assert_null(sent_to(kit, bob, "INVITE"));
    cancel(kit, alice, "1002", "1001");
    (void)expect(kit, alice, "SIP/2.0 487");
    say_reserved(lbm.open);
    sj_testkit_run(kit);
    assert_null(sent_to(kit, bob, "INVITE"));
    were_asked("reserve Berlin-Rome 64/0\nrelease\n");
}

/* All that it takes but the parameter; and the link is full. */
static void way_around(sj_testkit *kit) {
    sj_device_pool *pool = NULL;
    count(kit);
    places(kit);
    put(kit, &sj_aar_group_meta, "{\"name\":\"Rome\",\"prefix_digits\":\"90039\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"aar_destination_mask\":\"0655XXXX\","
        "\"aar_group\":\"Rome\"}");
    assert_int_equal(sj_device_pool_get(sj_testkit_scope(kit), "Default", &pool, NULL), SJ_OK);
    pool->aar_calling_search_space = "All";
    assert_int_equal(sj_device_pool_put(sj_testkit_scope(kit), pool, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(sj_testkit_scope(kit), pool);
    sj_testkit_run(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
}

static void the_public_network_is_the_way_around(void **state) {
    sj_testkit *kit = *state;
    sj_error error = {0};
    way_around(kit);
    assert_int_equal(sj_testkit_set_param(kit,
                                          &sj_param_ccm_automated_alternate_routing_enable_meta,
                                          "true", &error),
                     SJ_OK);
    dial(kit, "1002", SDP("0"));
    const char *text = expect(kit, gateway, "INVITE");
    assert_non_null(strstr(text, "INVITE sip:003906551002@"));
    were_asked("reserve Berlin-Rome 64/0\nreserve Berlin-Berlin 64/0\n");
}

static void the_way_around_is_switched_on(void **state) {
    sj_testkit *kit = *state;
    way_around(kit);
    dial(kit, "1002", SDP("0"));
    (void)expect(kit, alice, "SIP/2.0 488 Not Enough Bandwidth");
    assert_null(sent_to(kit, gateway, "INVITE"));
}

/* ---- travellers ---- */

static const char *const visitor = "203.0.113.5";

static void on_visited(void *user, sj_question *question,
                       const sj_visited_bandwidth_admit *request) {
    const bool release = request->step == SJ_VISITED_BANDWIDTH_STEP_RELEASE;
    const sj_visited_bandwidth_admit_reply reply = {.asked = true,
                                                    .answered = !lbm.mute,
                                                    .outcome = release ? 0 : lbm.next,
                                                    .message = short_of(lbm.next),
                                                    .calls = 0,
                                                    .lease_s = 15};
    (void)user;
    note("%s: %s %s%s%s %d/%d%s\n", request->cluster_id,
         sj_visited_bandwidth_step_text(request->step), request->device_name,
         request->other_device_name[0] == '\0' ? "" : " to ", request->other_device_name,
         (int)request->audio_bit_rate, (int)request->video_bit_rate,
         request->in_progress ? " in progress" : "");
    lbm.next = release ? lbm.next : SJ_BANDWIDTH_OUTCOME_ADMITTED;
    sj_reply_visited_bandwidth_admit(sj_testkit_scope(user), question, &reply);
}

/* Alice's phone stands in the cluster br. */
static void travel(sj_testkit *kit) {
    places(kit);
    emcc_world(kit);
    register_phone(kit, visitor, "SEP00AABBCCDD01", "1001", 1, 3600);
    memset(&lbm, 0, sizeof lbm);
    assert_non_null(
        sj_answer_visited_bandwidth_admit(sj_testkit_scope(kit), on_visited, kit, NULL));
    sj_testkit_forget(kit);
}

static void a_travellers_call_is_admitted_where_the_phone_stands(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    travel(kit);
    invite_with(kit, visitor, "uuid-1001@203.0.113.5:5060", "1002", "1001", "", "application/sdp",
                SDP("0 18"));
    were_asked("br: reserve SEP00AABBCCDD01 8/0\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("18"));
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, visitor, "SIP/2.0 200"));
    within(kit, visitor, "ACK", 1, dialog);
    were_asked("");
    /* The lease, as short as the other cluster says; what it has lost is counted again. */
    sj_testkit_advance(kit, 21000);
    assert_non_null(strstr(lbm.asked, "br: renew SEP00AABBCCDD01 8/0\n"
                                      "br: reserve SEP00AABBCCDD01 8/0 in progress\n"));
    lbm.asked[0] = '\0';
    within(kit, visitor, "BYE", 2, dialog);
    were_asked("br: release SEP00AABBCCDD01 8/0\n");
}

/* A cluster that did not answer in time may count the call all the same. */
static void what_may_be_counted_is_given_back(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    travel(kit);
    lbm.mute = true;
    invite_with(kit, visitor, "uuid-1001@203.0.113.5:5060", "1002", "1001", "", "application/sdp",
                SDP("18"));
    were_asked("br: reserve SEP00AABBCCDD01 8/0\n");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("18"));
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, visitor, "SIP/2.0 200"));
    within(kit, visitor, "ACK", 1, dialog);
    lbm.asked[0] = '\0';
    within(kit, visitor, "BYE", 2, dialog);
    assert_non_null(strstr(lbm.asked, "br: release SEP00AABBCCDD01"));
}

static void the_visited_cluster_may_refuse(void **state) {
    sj_testkit *kit = *state;
    travel(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "", "application/sdp",
                SDP("18"));
    /* The shared line rings at home, not abroad. */
    assert_null(sent_to(kit, visitor, "INVITE"));
    assert_non_null(expect(kit, alice, "INVITE"));
    were_asked("br: reserve SEP00AABBCCDD01 8/0\n");
    /* And when the caller gives up, it is not for want of bandwidth. */
    cancel(kit, bob, "1001", "1002");
    assert_null(strstr(expect(kit, bob, "SIP/2.0 487"), "125"));
    assert_non_null(sj_testkit_find(kit, "event", "\"cause\":0"));
}

/* Home takes nothing of a call whose both ends are abroad. */
static void a_call_that_goes_back_is_counted_there_alone(void **state) {
    sj_testkit *kit = *state;
    travel(kit);
    invite_with(kit, visitor, "uuid-1001@203.0.113.5:5060", "9999", "1001", "", "application/sdp",
                SDP("0"));
    (void)expect(kit, remote, "INVITE");
    were_asked("");
}

/* Visited cluster: what a home cluster sends back is what the adjunct CSS found, whatever the
 * pattern here says. */
static void a_call_that_comes_back_is_an_emergency_call(void **state) {
    sj_testkit *kit = *state;
    count(kit);
    places(kit);
    emcc_world(kit);
    put(kit, &sj_session_meta,
        "{\"device_name\":\"SEP001122334402\",\"kind\":\"visiting\",\"user_id\":\"bea\","
        "\"remote_cluster_id\":\"br\",\"lease_id\":\"lease9\"}");
    lbm.next = SJ_BANDWIDTH_OUTCOME_OVERBOOKED;
    invite_from_cluster(kit, "9115", "SEP001122334402", "lease9", "", "application/sdp", SDP("0"));
    (void)expect(kit, gateway, "INVITE sip:115@");
    were_asked("reserve Rome-Berlin 64/0 emergency\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_takes_and_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_that_is_gone_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_that_has_started_again_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_destination_is_tried, setup, teardown),
        cmocka_unit_test_setup_teardown(video_of_a_room_is_immersive, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_in_shadow_conveys_the_location, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_counts_is_told_of_the_other_cluster, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_location_that_is_not_known_is_hub_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_in_shadow_conveys_the_emergency, setup, teardown),
        cmocka_unit_test_setup_teardown(video_is_taken_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_gives_back_and_a_resume_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transfer_is_counted_for_the_two_who_stay, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_stands_is_counted_later, setup, teardown),
        cmocka_unit_test_setup_teardown(a_shorter_lease_is_renewed_sooner, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_keeps_count, setup, teardown),
        cmocka_unit_test_setup_teardown(emergency_calls_say_so, setup, teardown),
        cmocka_unit_test_setup_teardown(emergency_calls_do_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(the_public_network_is_the_way_around, setup, teardown),
        cmocka_unit_test_setup_teardown(the_way_around_is_switched_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_travellers_call_is_admitted_where_the_phone_stands, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_may_be_counted_is_given_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_visited_cluster_may_refuse, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_goes_back_is_counted_there_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_call_that_comes_back_is_an_emergency_call, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_gives_up_takes_nothing, setup, teardown)};
    return cmocka_run_group_tests_name("bandwidth", tests, NULL, NULL);
}
