/* Ends of sessions across clusters that nobody asks for: by time, with clocks that differ and with
 * no way between the clusters; by the maintenance of expired devices; by records that are deleted.
 * Both sides agree afterwards, each having told of the end once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/emcc.h"
#include "parameters/extension_mobility.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

/* Each side has told once of an end since `forget`, for the cause given. */
static void forget(struct world *world) {
    sj_testkit_forget(world->kits[HQ]);
    sj_testkit_forget(world->kits[BR]);
}

static void expect_reason(struct world *world, int cluster, const char *reason) {
    char text[64];
    const char *ended = sj_testkit_find(world->kits[cluster], "event", "session.ended");
    (void)snprintf(text, sizeof text, "\"reason\":\"%s\"", reason);
    assert_non_null(ended);
    if (strstr(ended, text) == NULL) {
        fail_msg("%s tells of %s; expected %s", cluster == HQ ? "HQ" : "BR", ended, reason);
    }
}

static void expect_end(struct world *world, const char *at_home, const char *at_visited) {
    const char *disagreement = world_disagreement(world);
    if (disagreement != NULL) {
        fail_msg("%s", disagreement);
    }
    assert_int_equal(world_sessions(world, BR), 0);
    expect_reason(world, HQ, at_home);
    expect_reason(world, BR, at_visited);
}

static void seldom_updates(struct world *world) {
    world_param(world, HQ, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
}

/* The home cluster's limit holds, whatever the visited cluster's clock says. */
static void by_time_with_clocks_apart(struct world *world, int ahead) {
    world_param(world, HQ, &sj_param_em_inter_cluster_maximum_login_time_meta, "30");
    sj_testkit_advance(world->kits[ahead], 120 * MINUTE);
    world_advance(world, 2 * MINUTE);
    forget(world);
    assert_true(world_login(world));
    world_advance(world, 29 * MINUTE);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_int_equal(world_sessions(world, BR), 1);
    assert_null(sj_testkit_find(world->kits[HQ], "event", "session.ended"));
    assert_null(sj_testkit_find(world->kits[BR], "event", "session.ended"));
    world_advance(world, 2 * MINUTE);
    expect_end(world, "time", "time");
}

static void home_clock_ahead(void **state) {
    by_time_with_clocks_apart(*state, HQ);
}

static void visited_clock_ahead(void **state) {
    by_time_with_clocks_apart(*state, BR);
}

/* Without a way between them each ends its part, the home cluster first; later they have nothing to
 * quarrel about. */
static void by_time_on_both_sides_alone(void **state) {
    struct world *world = *state;
    world_param(world, HQ, &sj_param_em_inter_cluster_maximum_login_time_meta, "30");
    assert_true(world_login(world));
    forget(world);
    world->cut[HQ] = world->cut[BR] = true;
    world_advance(world, 30 * MINUTE + 5000);
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_taken(world), 0);
    assert_int_equal(world_sessions(world, BR), 1);
    world_advance(world, 2 * MINUTE);
    assert_int_equal(world_sessions(world, BR), 0);
    world->cut[HQ] = world->cut[BR] = false;
    world_advance(world, 2 * MINUTE);
    expect_end(world, "time", "time");
}

/* A visited cluster that has lost its record, as from an old backup: the home cluster's sweep finds
 * the expired device. */
static void by_maintenance(void **state) {
    struct world *world = *state;
    sj_error error = {0};
    seldom_updates(world);
    world_param(world, HQ, &sj_param_emcc_expired_device_maintenance_interval_meta, "10");
    assert_true(world_login(world));
    world_advance(world, 2 * MINUTE);
    forget(world);
    assert_int_equal(sj_session_delete(sj_testkit_scope(world->kits[BR]), PHONE, &error), SJ_OK);
    world_advance(world, 11 * MINUTE);
    assert_null(world_disagreement(world));
    assert_int_equal(world_sessions(world, HQ), 0);
    expect_reason(world, HQ, "maintenance");
    assert_true(world_login(world));
    assert_true(world_logout(world, BR));
}

/* The cause of an end that could not be told travels with the comparison of the sessions. */
static void cause_that_comes_late(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    world_advance(world, 2 * MINUTE);
    forget(world);
    world->cut[HQ] = world->cut[BR] = true;
    assert_int_equal(sj_end_user_delete(sj_testkit_scope(world->kits[HQ]), "alice", NULL), SJ_OK);
    world_advance(world, 15000);
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_sessions(world, BR), 1);
    world->cut[HQ] = world->cut[BR] = false;
    world_kill(world, BR); /* it asks for the other's state when it starts */
    world_advance(world, 2 * MINUTE);
    expect_end(world, "user_removed", "user_removed");
}

static void by_deleted_phone(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    forget(world);
    assert_int_equal(sj_phone_delete(sj_testkit_scope(world->kits[BR]), PHONE, NULL), SJ_OK);
    world_advance(world, 1000);
    expect_end(world, "phone_removed", "phone_removed");
    assert_int_equal(world->resets[HQ], 1);
}

/* Who has no record of the other any more cannot tell it: the other finds out at its next update.
 */
static void by_deleted_cluster(struct world *world, int cluster) {
    const int other = cluster == HQ ? BR : HQ;
    assert_true(world_login(world));
    world_advance(world, 2 * MINUTE);
    forget(world);
    assert_int_equal(sj_remote_cluster_delete(sj_testkit_scope(world->kits[cluster]),
                                              cluster == HQ ? "BR" : "HQ", NULL),
                     SJ_OK);
    world_advance(world, 1000);
    assert_int_equal(world_sessions(world, cluster), 0);
    assert_int_equal(world_taken(world), cluster == HQ ? 0 : 1);
    world_advance(world, 31 * MINUTE);
    assert_null(world_disagreement(world));
    expect_reason(world, cluster, "remote_cluster_removed");
    expect_reason(world, other, "reconciled");
}

static void by_deleted_cluster_at_home(void **state) {
    by_deleted_cluster(*state, HQ);
}

static void by_deleted_cluster_at_the_visited_one(void **state) {
    by_deleted_cluster(*state, BR);
}

/* An end that could not be told is forgotten with the record of whom to tell. */
static void nobody_to_tell(void **state) {
    struct world *world = *state;
    sj_session *session = NULL;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    assert_true(world_login(world));
    world->cut[HQ] = world->cut[BR] = true;
    assert_true(world_logout(world, HQ));
    world_advance(world, 5000);
    assert_int_equal(sj_session_get(hq, PHONE, &session, NULL), SJ_OK);
    assert_int_equal(session->state, SJ_SESSION_STATE_ENDING);
    sj_record_free(hq, session);
    assert_int_equal(sj_remote_cluster_delete(hq, "BR", NULL), SJ_OK);
    assert_int_equal(sj_session_get(hq, PHONE, &session, NULL), SJ_E_NOT_FOUND);
    world->cut[HQ] = world->cut[BR] = false;
    world_advance(world, 31 * MINUTE);
    assert_null(world_disagreement(world));
}

static const sj_testkit_reply *tell_hq(struct world *world, const char *what, const char *lease) {
    char path[64], body[640];
    (void)snprintf(path, sizeof path, "/intercluster/v1/%s", what);
    (void)snprintf(body, sizeof body,
                   "{\"protocol\":1,\"cluster_id\":\"BR\",\"idempotency_key\":\"%s\",\"lease_id\":"
                   "\"%s\",\"user_id\":\"alice\","
                   "\"pin\":\"12345\",\"device_name\":\"" PHONE
                   "\",\"model\":\"Cisco 8851\",\"protocol_name\":\"SIP\"}",
                   lease, lease);
    const sj_testkit_request request = {.method = "POST",
                                        .path = path,
                                        .content_type = "application/json",
                                        .body = body,
                                        .tls = true,
                                        .peer_cluster = "BR"};
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[HQ], &request);
    for (int waited = 0; reply->status == 0 && waited < 5000; waited += 10) {
        world_advance(world, 10);
    }
    return reply;
}

/* A login, or a repetition of one, that arrives when it has been taken back makes no session that
 * nobody uses. */
static void login_after_its_logout(void **state) {
    struct world *world = *state;
    static const char lease[] = "0123456789abcdef0123456789abcdef",
                      other[] = "fedcba9876543210fedcba9876543210";
    assert_non_null(strstr(tell_hq(world, "logout", lease)->body, "\"code\":19"));
    assert_non_null(strstr(tell_hq(world, "login", lease)->body, "\"code\":4"));
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_taken(world), 0);
    assert_non_null(strstr(tell_hq(world, "login", other)->body, "\"code\":0"));
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_non_null(strstr(tell_hq(world, "logout", other)->body, "\"code\":0"));
    assert_non_null(strstr(tell_hq(world, "login", other)->body, "\"code\":4"));
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_taken(world), 0);
    assert_true(world_login(world));
    assert_true(world_logout(world, BR));
}

/* The visited cluster logs nobody out for a stranger; the phone shows the proof that stands in the
 * URL which it was given. */
static void only_the_phone_itself(void **state) {
    struct world *world = *state;
    char path[256];
    sj_session *session = NULL;
    sj_live_device *live = NULL;
    sj_testkit_request request = {.path = path, .peer = "10.0.0.66"};
    assert_true(world_login(world));
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL),
                     SJ_OK);
    assert_int_equal(strlen(session->log_out_proof), 32);
    assert_int_equal(sj_live_device_get(sj_testkit_scope(world->kits[HQ]), PHONE, &live, NULL),
                     SJ_OK);
    assert_non_null(strstr(live->logout_url, session->log_out_proof));
    (void)snprintf(path, sizeof path,
                   "/emapp/EMAppServlet?device=" PHONE "&doLogout=true&homeLost=true");
    for (int cluster = HQ; cluster <= BR; cluster++) {
        const sj_testkit_reply *refused = sj_testkit_send(world->kits[cluster], &request);
        world_advance(world, 1000);
        assert_non_null(strstr(refused->body, "(28)"));
    }
    assert_int_equal(world_sessions(world, BR), 1);
    (void)snprintf(path, sizeof path,
                   "/emapp/EMAppServlet?device=" PHONE "&doLogout=true&homeLost=true&proof=%s",
                   session->log_out_proof);
    const sj_testkit_reply *reply = sj_testkit_send(world->kits[BR], &request);
    world_advance(world, 1000);
    assert_non_null(strstr(reply->body, "Logout successful"));
    assert_null(world_disagreement(world));
    sj_record_free(sj_testkit_scope(world->kits[BR]), session);
    sj_record_free(sj_testkit_scope(world->kits[HQ]), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_phone_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(home_clock_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(visited_clock_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(by_time_on_both_sides_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(by_maintenance, setup, teardown),
        cmocka_unit_test_setup_teardown(cause_that_comes_late, setup, teardown),
        cmocka_unit_test_setup_teardown(by_deleted_phone, setup, teardown),
        cmocka_unit_test_setup_teardown(by_deleted_cluster_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(by_deleted_cluster_at_the_visited_one, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_to_tell, setup, teardown),
        cmocka_unit_test_setup_teardown(login_after_its_logout, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
