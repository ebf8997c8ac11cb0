/* Bandwidth of calls in the test kit: what calls take, give back and are refused. */
#include "bandwidth_kit.h"
#include "events/bandwidth.h"
#include "events/node.h"
#include "parameters/call_manager.h"
#include "resources/aar_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/phone.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"

static void a_call_takes_and_gives_back(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    count(kit);
    places(kit);
    dial(kit, "1002", SDP("0 18"));
    were_asked("reserve Berlin-Rome 64/0\n");
    be_answered(kit, SDP("18"), dialog);
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
    be_answered(kit, SDP("0"), dialog);
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
    be_answered(kit, SDP("0"), dialog);
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

/* Alice calls a hunt pilot; for whom is tried first there is none. */
static void dial_the_hunt(sj_testkit *kit, const char *members) {
    char json[200];
    count(kit);
    places(kit);
    dave_registers(kit);
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Sales\",\"distribution\":\"top_down\",\"members\":[%s]}", members);
    put(kit, &sj_line_group_meta, json);
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales\",\"members\":[\"Sales\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales\"}");
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    dial(kit, "7000", SDP("0"));
    assert_null(sent_to(kit, bob, "INVITE"));
}

static void the_next_member_is_tried(void **state) {
    sj_testkit *kit = *state;
    dial_the_hunt(kit, "\"1002@Internal\",\"1004@Internal\"");
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("0"));
    (void)expect(kit, alice, "SIP/2.0 200");
}

static void a_busy_member_counts_more(void **state) {
    sj_testkit *kit = *state;
    dial_the_hunt(kit, "\"1002@Internal\",\"1004@Internal\"");
    answer(kit, dave, expect(kit, dave, "INVITE"), 486, "");
    assert_null(strstr(expect(kit, alice, "SIP/2.0 486"), "cause=125"));
    assert_null(sj_testkit_find(kit, "event", "\"cause\":125"));
}

/* With bandwidth for nobody who is there a hunt is refused as a number is. */
static void a_hunt_without_bandwidth_is_refused(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1006\",\"partition\":\"Internal\"}");
    dial_the_hunt(kit, "\"1002@Internal\",\"1006@Internal\"");
    const char *text = expect(kit, alice, "SIP/2.0 488 Not Enough Bandwidth");
    assert_non_null(strstr(header(text, "Reason"), "Q.850;cause=125"));
    assert_non_null(strstr(header(text, "Warning"), "370 "));
    assert_non_null(sj_testkit_find(kit, "event", "\"reason\":\"no_bandwidth\""));
    assert_non_null(sj_testkit_find(kit, "event", "\"cause\":125"));
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
    be_answered(kit, SDP("0") VIDEO, dialog);
    within(kit, alice, "BYE", 2, dialog);
    /* The profile may change while the phone is registered. */
    put(kit, &sj_sip_profile_meta, "{\"name\":\"Room\",\"video_call_traffic_class\":\"desktop\"}");
    lbm.asked[0] = '\0';
    dial(kit, "1002", SDP("0") VIDEO);
    were_asked("reserve Berlin-Rome 64/384\n");
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
    be_answered(kit, SDP("0") "m=video 0 RTP/AVP 126\r\n", dialog);
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
    be_answered(kit, SDP("0"), dialog);
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
    dial(kit, "1002", SDP("0 18"));
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, SDP("18"));
    (void)snprintf(alice_bob, sizeof alice_bob, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, alice_bob);
    turned_round(expect(kit, bob, "ACK"), bob_alice);
    sj_testkit_forget(kit);
    invite_with(kit, bob, "uuid-1002@192.0.2.2:5060", "1004", "1002", "", "application/sdp",
                SDP("0"));
    answer(kit, dave, expect(kit, dave, "INVITE"), 200, SDP("0"));
    (void)snprintf(bob_dave, sizeof bob_dave, "%s", expect(kit, bob, "SIP/2.0 200"));
    within(kit, bob, "ACK", 1, bob_dave);
    were_asked("reserve Berlin-Rome 64/0\nat_once 8/0\nreserve Rome-Berlin 64/0\n");
    sj_testkit_forget(kit);
    lbm.next = SJ_BANDWIDTH_OUTCOME_REFUSED;
    refer_attended(kit, bob, 101, bob_alice, bob_dave);
    sj_testkit_advance(kit, 60);
    /* They stand: they are counted with what was agreed upon, whatever room there is by now. */
    were_asked("release\nrelease\nreserve Berlin-Berlin 64/0\n"
               "reserve Berlin-Rome 8/0 in progress\nreserve Rome-Berlin 64/0 in progress\n");
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
    be_answered(kit, SDP("0"), dialog);
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

static void reject_calls(sj_testkit *kit) {
    assert_int_equal(sj_testkit_set_param(kit,
                                          &sj_param_ccm_call_treatment_when_no_lbm_available_meta,
                                          "reject_calls", NULL),
                     SJ_OK);
}

/* Who has come between two looks is asked by the call that would else be refused. */
static void nobody_is_refused_while_somebody_counts(void **state) {
    sj_testkit *kit = *state;
    reject_calls(kit);
    places(kit);
    count_at_once(kit);
    dial(kit, "1002", SDP("0"));
    were_asked("reserve Berlin-Rome 64/0\n");
    (void)expect(kit, bob, "INVITE");
    sj_testkit_advance(kit, 10); /* and all that stand are counted at once */
    assert_non_null(sj_testkit_find(kit, "log", "admitted by the Location Bandwidth Manager"));
}

/* A service that starts does not answer at once. */
static void somebody_is_looked_for_soon(void **state) {
    sj_testkit *kit = *state;
    sj_testkit_advance(kit, 1000);
    sj_topic *started = sj_service_started_topic(sj_testkit_scope(kit), NULL);
    assert_non_null(started);
    sj_publish_service_started(sj_testkit_scope(kit), started,
                               &(sj_service_started){.service = "lbm"});
    sj_testkit_advance(kit, 200);
    count_at_once(kit);
    sj_testkit_advance(kit, 150);
    assert_non_null(sj_testkit_find(kit, "log", "admitted by the Location Bandwidth Manager"));
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
    were_asked("at_once 8/0 emergency\n");
    sj_testkit_forget(kit);
    within_with(kit, alice, "INVITE", 2, dialog, SDP("0"));
    were_asked("");
    answer(kit, gateway, expect(kit, gateway, "INVITE"), 200, SDP("0"));
    were_asked("at_once 64/0 emergency\n");
    within(kit, alice, "ACK", 2, dialog);
    within(kit, alice, "BYE", 3, dialog);
    were_asked("release\n");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_takes_and_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_that_is_gone_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_that_has_started_again_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_destination_is_tried, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_member_is_tried, setup, teardown),
        cmocka_unit_test_setup_teardown(a_busy_member_counts_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hunt_without_bandwidth_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(video_of_a_room_is_immersive, setup, teardown),
        cmocka_unit_test_setup_teardown(video_is_taken_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_gives_back_and_a_resume_asks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transfer_is_counted_for_the_two_who_stay, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_stands_is_counted_later, setup, teardown),
        cmocka_unit_test_setup_teardown(a_shorter_lease_is_renewed_sooner, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_keeps_count, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_refused_while_somebody_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(somebody_is_looked_for_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(emergency_calls_say_so, setup, teardown),
        cmocka_unit_test_setup_teardown(emergency_calls_do_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(the_public_network_is_the_way_around, setup, teardown),
        cmocka_unit_test_setup_teardown(the_way_around_is_switched_on, setup, teardown),
        cmocka_unit_test_setup_teardown(who_gives_up_takes_nothing, setup, teardown),
    };
    return cmocka_run_group_tests_name("bandwidth", tests, NULL, NULL);
}
