/* Bandwidth of a traveller's calls: the home cluster asks, the Location Bandwidth Manager of the
 * cluster where the phone stands decides. The test plays the call manager at home and the Location
 * Bandwidth Manager there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/bandwidth.h"
#include "resources/location.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"

static struct {
    sj_scope *scope;
    char asked[600];
    bool admits;
} lbm;

static struct {
    bool came, asked, answered;
    int status;
    sj_bandwidth_outcome outcome;
    int64_t calls, lease_s;
    char message[300];
} said;

static void on_reserve(void *user, sj_question *question, const sj_bandwidth_reserve *request) {
    const sj_bandwidth_reserve_reply reply = {.outcome = lbm.admits ? SJ_BANDWIDTH_OUTCOME_ADMITTED
                                                                    : SJ_BANDWIDTH_OUTCOME_REFUSED,
                                              .place = "London@Hub_None",
                                              .message = "Not Enough Bandwidth: London@Hub_None",
                                              .lease_s = 60};
    (void)user;
    (void)snprintf(lbm.asked, sizeof lbm.asked, "reserve %s %s %s-%s %d/%d%s%s", request->owner,
                   request->instance, request->from_location, request->to_location,
                   (int)request->audio_bit_rate, (int)request->video_bit_rate,
                   request->traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE ? " immersive" : "",
                   request->emergency ? " emergency" : "");
    sj_reply_bandwidth_reserve(lbm.scope, question, &reply);
}

static void on_adjust(void *user, sj_question *question, const sj_bandwidth_adjust *request) {
    const sj_bandwidth_adjust_reply reply = {
        .outcome = SJ_BANDWIDTH_OUTCOME_ADMITTED, .place = "", .message = "", .lease_s = 60};
    (void)user;
    (void)snprintf(lbm.asked, sizeof lbm.asked, "%s %s %d/%d",
                   sj_bandwidth_adjust_step_text(request->step), request->call_id,
                   (int)request->audio_bit_rate, (int)request->video_bit_rate);
    sj_reply_bandwidth_adjust(lbm.scope, question, &reply);
}

static void on_release(void *user, sj_question *question, const sj_bandwidth_release *request) {
    const sj_bandwidth_release_reply reply = {.released = true};
    (void)user;
    (void)snprintf(lbm.asked, sizeof lbm.asked, "release %s %s", request->owner, request->call_id);
    sj_reply_bandwidth_release(lbm.scope, question, &reply);
}

static void on_renew(void *user, sj_question *question, const sj_bandwidth_renew *request) {
    const sj_bandwidth_renew_reply reply = {.calls = 7, .lease_s = 60};
    (void)user;
    (void)snprintf(lbm.asked, sizeof lbm.asked, "renew %s", request->owner);
    sj_reply_bandwidth_renew(lbm.scope, question, &reply);
}

static void on_simulate(void *user, sj_question *question, const sj_lbm_simulate *request) {
    const char *const path[] = {request->from, request->to};
    const sj_lbm_simulate_reply reply = {.admitted = lbm.admits ? 1 : 0,
                                         .audio = 24,
                                         .path = path,
                                         .path_count = 2,
                                         .place = "London@Hub_None"};
    (void)user;
    (void)snprintf(lbm.asked, sizeof lbm.asked, "simulate %s-%s %d", request->from, request->to,
                   (int)request->audio_bit_rate);
    sj_reply_lbm_simulate(lbm.scope, question, &reply);
}

static void count_at_br(struct world *world) {
    lbm.admits = false;
    lbm.scope = sj_testkit_scope(world->kits[BR]);
    assert_non_null(sj_answer_bandwidth_reserve(lbm.scope, on_reserve, NULL, NULL));
    assert_non_null(sj_answer_bandwidth_adjust(lbm.scope, on_adjust, NULL, NULL));
    assert_non_null(sj_answer_bandwidth_release(lbm.scope, on_release, NULL, NULL));
    assert_non_null(sj_answer_bandwidth_renew(lbm.scope, on_renew, NULL, NULL));
    assert_non_null(sj_answer_lbm_simulate(lbm.scope, on_simulate, NULL, NULL));
}

static void admitted(void *user, int status, const sj_error *error,
                     const sj_visited_bandwidth_admit_reply *reply) {
    (void)user;
    memset(&said, 0, sizeof said);
    said.came = true;
    said.status = status;
    if (reply == NULL) {
        (void)snprintf(said.message, sizeof said.message, "%.299s", error->text);
        return;
    }
    said.asked = reply->asked;
    said.answered = reply->answered;
    said.outcome = reply->outcome;
    said.calls = reply->calls;
    said.lease_s = reply->lease_s;
    (void)snprintf(said.message, sizeof said.message, "%s", reply->message);
}

static void ask_of(struct world *world, sj_visited_bandwidth_step step, const char *device,
                   const char *call_id, bool emergency) {
    const sj_visited_bandwidth_admit request = {.cluster_id = "BR",
                                                .step = step,
                                                .instance = "i1",
                                                .call_id = call_id,
                                                .device_name = device,
                                                .other_device_name = "",
                                                .audio_bit_rate = 8,
                                                .video_bit_rate = 384,
                                                .traffic_class = SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE,
                                                .emergency = emergency,
                                                .trace_id = ""};
    said.came = false;
    lbm.asked[0] = '\0';
    assert_int_equal(sj_ask_visited_bandwidth_admit(sj_testkit_scope(world->kits[HQ]), &request, 0,
                                                    admitted, NULL, NULL),
                     SJ_OK);
    for (int i = 0; i < 50 && !said.came; i++) {
        world_advance(world, 100);
    }
    assert_true(said.came);
}

static void ask_for(struct world *world, sj_visited_bandwidth_step step, const char *device,
                    bool emergency) {
    ask_of(world, step, device, "c1", emergency);
}

static void ask(struct world *world, sj_visited_bandwidth_step step, const char *device) {
    ask_for(world, step, device, false);
}

static void switch_on(struct world *world, int cluster, const char *other) {
    sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
    sj_remote_cluster *record = NULL;
    assert_int_equal(sj_remote_cluster_get(scope, other, &record, NULL), SJ_OK);
    record->lbm = true;
    assert_int_equal(sj_remote_cluster_put(scope, record, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(scope, record);
}

static const sj_remote_cluster_status_service *lbm_row(const sj_remote_cluster_status *status) {
    for (size_t i = 0; i < status->services_count; i++) {
        if (status->services[i].service == SJ_INTERCLUSTER_SERVICE_LBM) {
            return &status->services[i];
        }
    }
    fail_msg("there is no row LBM");
    return NULL;
}

/* HQ has learnt that BR's Location Bandwidth Manager is active. */
static void learn_row(struct world *world) {
    sj_scope *scope = sj_testkit_scope(world->kits[HQ]);
    const sj_remote_cluster_status_service row = {
        .service = SJ_INTERCLUSTER_SERVICE_LBM,
        .remote_activated = SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_YES,
        .reason = ""};
    sj_remote_cluster_status *known = NULL;
    assert_int_equal(sj_remote_cluster_status_get(scope, "BR", &known, NULL), SJ_OK);
    sj_remote_cluster_status status = *known;
    sj_remote_cluster_status_service services[6];
    for (size_t i = 0; i < status.services_count && i < 6; i++) {
        services[i] =
            known->services[i].service == SJ_INTERCLUSTER_SERVICE_LBM ? row : known->services[i];
    }
    status.services = services;
    assert_int_equal(sj_remote_cluster_status_put(scope, &status, SJ_PUT_ANY, NULL), SJ_OK);
    sj_record_free(scope, known);
}

static void row_says(struct world *world, const char *reason) {
    sj_scope *scope = sj_testkit_scope(world->kits[HQ]);
    sj_remote_cluster_status *status = NULL;
    assert_int_equal(sj_remote_cluster_status_get(scope, "BR", &status, NULL), SJ_OK);
    assert_int_equal(lbm_row(status)->remote_activated,
                     SJ_REMOTE_CLUSTER_STATUS_SERVICE_REMOTE_ACTIVATED_NO);
    assert_non_null(strstr(lbm_row(status)->reason, reason));
    sj_record_free(scope, status);
}

/* Alice is logged in at BR, whose phone stands in London. */
static void begin(struct world *world) {
    sj_scope *scope = sj_testkit_scope(world->kits[BR]);
    sj_phone *phone = NULL;
    world_put(world, BR, &sj_location_meta, "{\"name\":\"London\"}");
    assert_int_equal(sj_phone_get(scope, PHONE, &phone, NULL), SJ_OK);
    phone->location = "London";
    assert_int_equal(sj_phone_put(scope, phone, SJ_PUT_REPLACE, NULL), SJ_OK);
    sj_record_free(scope, phone);
    world_advance(world, 5000); /* the first update */
    assert_true(world_login(world));
    switch_on(world, HQ, "BR");
    switch_on(world, BR, "HQ");
    world_advance(world, 5000); /* the updates that this leads to */
    learn_row(world);
}

static void the_visited_cluster_decides(void **state) {
    struct world *world = *state;
    begin(world);
    count_at_br(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.asked && said.answered);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_REFUSED);
    assert_string_equal(said.message, "Not Enough Bandwidth: London@Hub_None");
    assert_non_null(strstr(lbm.asked, "reserve HQ/"));
    assert_non_null(strstr(lbm.asked, " i1 London- 8/384 immersive"));
    ask(world, SJ_VISITED_BANDWIDTH_STEP_PROPOSE, PHONE);
    assert_string_equal(lbm.asked, "propose c1 8/384");
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RENEW, "");
    assert_int_equal(said.calls, 7);
    assert_int_equal(said.lease_s, 60);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RELEASE, "");
    assert_non_null(strstr(lbm.asked, " c1"));
    assert_true(said.answered);
}

/* What would be decided is told, by the same right, and nothing is taken. */
static void the_visited_cluster_says_what_it_would_decide(void **state) {
    struct world *world = *state;
    begin(world);
    count_at_br(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_SIMULATE, PHONE);
    assert_string_equal(lbm.asked, "simulate London-Hub_None 8");
    assert_true(said.asked && said.answered);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_REFUSED);
    assert_string_equal(said.message, "by way of London, Hub_None the call takes 24 kbps; there is "
                                      "too little now at London@Hub_None");
    lbm.admits = true;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_SIMULATE, PHONE);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_SIMULATE, "SEP00AABBCCDDEE");
    assert_int_equal(said.status, SJ_E_NOT_FOUND);
    assert_string_equal(lbm.asked, "");
}

static void the_right_to_ask_is_the_lease(void **state) {
    struct world *world = *state;
    begin(world);
    count_at_br(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, "SEP00AABBCCDDEE");
    assert_int_equal(said.status, SJ_E_NOT_FOUND);
    assert_string_equal(lbm.asked, "");
    assert_non_null(strstr(said.message, "no user of cluster HQ is logged in on SEP00AABBCCDDEE"));
    ask(world, SJ_VISITED_BANDWIDTH_STEP_AT_ONCE, "SEP00AABBCCDDEE");
    assert_int_equal(said.status, SJ_E_NOT_FOUND);
    assert_string_equal(lbm.asked, "");
}

/* Whatever becomes of whoever asked for it. */
static void the_end_of_the_session_gives_back(void **state) {
    struct world *world = *state;
    begin(world);
    count_at_br(world);
    lbm.admits = true;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
    lbm.asked[0] = '\0';
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(strstr(lbm.asked, "release HQ/"));
    assert_non_null(strstr(lbm.asked, " c1"));
}

static void a_phone_has_no_more_calls_than_it_can(void **state) {
    struct world *world = *state;
    char call_id[8];
    begin(world);
    count_at_br(world);
    lbm.admits = true;
    for (int i = 0; i < 33; i++) {
        (void)snprintf(call_id, sizeof call_id, "c%d", i);
        ask_of(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE, call_id, false);
        assert_int_equal(said.outcome,
                         i < 32 ? SJ_BANDWIDTH_OUTCOME_ADMITTED : SJ_BANDWIDTH_OUTCOME_REFUSED);
    }
    assert_non_null(strstr(said.message, "has 32 calls already"));
    /* One that is over makes room; one that is counted is none more. */
    ask_of(world, SJ_VISITED_BANDWIDTH_STEP_RELEASE, PHONE, "c0", false);
    ask_of(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE, "c33", false);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
    ask_of(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE, "c33", false);
    assert_int_equal(said.outcome, SJ_BANDWIDTH_OUTCOME_ADMITTED);
}

static void an_older_partner_is_asked_once(void **state) {
    struct world *world = *state;
    begin(world);
    world->script.path = "bandwidth";
    world->script.to = BR;
    world->script.status = 404;
    world->script.body = "";
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_false(said.asked);
    row_says(world, "Its version does not admit calls of other clusters' users.");
    const size_t requests = world->requests;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_false(said.asked);
    assert_int_equal(world->requests, requests);
}

static void nobody_keeps_count_there(void **state) {
    struct world *world = *state;
    begin(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_false(said.asked);
    row_says(world, "It does not decide about bandwidth: ");
}

static void activate_at_br(struct world *world) {
    world_put(world, BR, &sj_cluster_node_meta, "{\"name\":\"br-1\",\"address\":\"127.0.0.2\"}");
    world_put(world, BR, &sj_service_activation_meta,
              "{\"service\":\"lbm\",\"node\":\"br-1\",\"activated\":true}");
}

/* It is activated and does not answer just now: that is no reason to make calls without it until
 * the next update. */
static void a_service_that_starts_is_asked_again(void **state) {
    struct world *world = *state;
    begin(world);
    activate_at_br(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.asked);
    assert_false(said.answered);
    count_at_br(world);
    world_advance(world, 5000);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.answered);
}

/* One that is switched on again is found by the next calls. */
static void a_row_that_was_found_inactive_is_looked_at_again(void **state) {
    struct world *world = *state;
    begin(world);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    row_says(world, "It does not decide about bandwidth: ");
    activate_at_br(world);
    count_at_br(world);
    world_advance(world, 10000);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_false(said.asked);
    world_advance(world, 5000);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.answered);
}

static void a_cluster_out_of_reach_has_not_decided(void **state) {
    struct world *world = *state;
    begin(world);
    world->cut[BR] = true;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.asked);
    assert_false(said.answered);
    world->cut[BR] = false;
}

/* The next call does not wait for a cluster that has just not answered; it is asked again soon, and
 * at once by what nobody waits for. */
static void a_silent_cluster_keeps_one_call_waiting(void **state) {
    struct world *world = *state;
    begin(world);
    count_at_br(world);
    world->cut[BR] = true;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    world->cut[BR] = false;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.asked);
    assert_false(said.answered);
    assert_string_equal(lbm.asked, "");
    world_advance(world, 5000);
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.answered);
    world->cut[BR] = true;
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_false(said.answered);
    world->cut[BR] = false;
    ask_for(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE, true);
    assert_true(said.answered);
    assert_non_null(strstr(lbm.asked, " emergency"));
    ask(world, SJ_VISITED_BANDWIDTH_STEP_RESERVE, PHONE);
    assert_true(said.answered);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_visited_cluster_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(the_visited_cluster_says_what_it_would_decide, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_right_to_ask_is_the_lease, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_session_gives_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_phone_has_no_more_calls_than_it_can, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_partner_is_asked_once, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_keeps_count_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cluster_out_of_reach_has_not_decided, setup, teardown),
        cmocka_unit_test_setup_teardown(a_service_that_starts_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_that_was_found_inactive_is_looked_at_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_silent_cluster_keeps_one_call_waiting, setup, teardown)};
    return cmocka_run_group_tests_name("emcc_bandwidth", tests, NULL, NULL);
}
