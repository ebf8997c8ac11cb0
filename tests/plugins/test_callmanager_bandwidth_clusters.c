/* Bandwidth of calls between clusters in the test kit: trunks in Shadow, and travellers, whose
 * calls are admitted where their phones stand. */
#include "bandwidth_kit.h"
#include "events/bandwidth.h"
#include "resources/remote_cluster.h"
#include "resources/route_pattern.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"

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

/* What the far side of a trunk finds too little bandwidth for is told to the caller as such,
 * however it says so; another refusal is not. */
static void a_trunk_that_has_too_little_says_so_to_the_caller(void **state) {
    static const struct {
        int status, told;
        const char *more;
    } cases[] = {
        {503, 488, "Warning: 370 br \"Not Enough Bandwidth\"\r\n"},
        {488, 488, "Warning: 399 br \"other, 370 \", 370 br \"Insufficient Bandwidth\"\r\n"},
        {503, 488, "Reason: SIP;cause=503, q.850 ;cause=125;text=\"Out of bandwidth\"\r\n"},
        {503, 503, "Warning: 399 br \"370 \"\r\nReason: Q.850;cause=12\r\n"},
    };
    const char *const both[] = {gateway, "192.0.2.91"};
    sj_testkit *kit = *state;
    both_register(kit);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char number[8], head[20];
        (void)snprintf(number, sizeof number, "955%zu", i);
        (void)snprintf(head, sizeof head, "SIP/2.0 %d", cases[i].told);
        dial(kit, number, SDP("0"));
        for (int k = 0; k < 2; k++) { /* the other destination is tried first */
            answer_with(kit, both[k], expect(kit, both[k], "INVITE"), cases[i].status,
                        cases[i].more, "");
        }
        const char *refusal = expect(kit, alice, head);
        const bool shortage = cases[i].told == 488;
        assert_true((strncmp(header(refusal, "Warning"), "370 ", 4) == 0) == shortage);
        assert_true((strstr(header(refusal, "Reason"), "Q.850;cause=125") != NULL) == shortage);
        assert_int_equal(sj_testkit_count(kit, "event", "\"cause\":125") > 0, shortage);
    }
}

static void a_change_that_a_trunk_has_too_little_for(void **state) {
    sj_testkit *kit = *state;
    char dialog[DIALOG];
    both_register(kit);
    dial(kit, "9555", SDP("0"));
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, dialog, SDP("0") VIDEO);
    answer_with(kit, gateway, expect(kit, gateway, "INVITE"), 503,
                "Warning: 370 br \"Not Enough Bandwidth\"\r\n", "");
    assert_non_null(strstr(header(expect(kit, alice, "SIP/2.0 488"), "Warning"), "370 "));
    assert_null(sent_to(kit, alice, "BYE"));
    within(kit, alice, "BYE", 3, dialog);
    assert_null(strstr(sj_or_empty(sj_testkit_find(kit, "event", "call.ended")), "\"cause\":125"));
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
        cmocka_unit_test_setup_teardown(a_trunk_in_shadow_conveys_the_location, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_counts_is_told_of_the_other_cluster, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_location_that_is_not_known_is_hub_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_in_shadow_conveys_the_emergency, setup, teardown),
        cmocka_unit_test_setup_teardown(a_travellers_call_is_admitted_where_the_phone_stands, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_may_be_counted_is_given_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_visited_cluster_may_refuse, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_goes_back_is_counted_there_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trunk_that_has_too_little_says_so_to_the_caller, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_change_that_a_trunk_has_too_little_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_comes_back_is_an_emergency_call, setup,
                                        teardown),
    };
    return cmocka_run_group_tests_name("bandwidth between clusters", tests, NULL, NULL);
}
