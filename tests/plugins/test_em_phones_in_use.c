/* A phone on which somebody of another cluster is logged in, as its own administrator meets it: who
 * it is, and what changes of its record do, and its return. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/device.h"
#include "events/phone.h"
#include "resources/phone.h"
#include "resources/session.h"

struct answer {
    int status;
    bool enabled;
    char cluster[64], user[64], current[64], since[128], ends[128], note[300];
};

static void answered(void *user, int status, const sj_error *error,
                     const sj_phone_session_reply *reply) {
    struct answer *answer = user;
    (void)error;
    answer->status = status;
    if (status == SJ_OK) {
        answer->enabled = reply->enable_extension_mobility;
        (void)snprintf(answer->cluster, sizeof answer->cluster, "%s", reply->remote_cluster_id);
        (void)snprintf(answer->user, sizeof answer->user, "%s", reply->remote_user_id);
        (void)snprintf(answer->current, sizeof answer->current, "%s", reply->user_id);
        (void)snprintf(answer->since, sizeof answer->since, "%s", reply->remote_log_in_time);
        (void)snprintf(answer->ends, sizeof answer->ends, "%s", reply->ends);
        (void)snprintf(answer->note, sizeof answer->note, "%s", reply->note);
    }
}

static struct answer ask(struct world *world, const char *device_name) {
    const sj_phone_session request = {.device_name = device_name};
    struct answer answer = {.status = 1};
    assert_int_equal(sj_ask_phone_session(sj_testkit_scope(world->kits[BR]), &request, 0, answered,
                                          &answer, NULL),
                     SJ_OK);
    sj_testkit_run(world->kits[BR]);
    assert_int_not_equal(answer.status, 1);
    return answer;
}

static void who_is_logged_in(void **state) {
    struct world *world = *state;
    struct answer answer = ask(world, PHONE);
    assert_true(answer.enabled);
    assert_string_equal(answer.current, "");
    assert_string_equal(answer.note, "No user is logged in.");
    assert_int_equal(ask(world, "SEP00DEADBEEF00").status, SJ_E_NOT_FOUND);
    /* In the zone of the node, not in UTC (CSCvb98664). */
    assert_int_equal(setenv("TZ", "PST8PDT", 1), 0);
    tzset();
    assert_true(world_login(world));
    sj_session *session = NULL;
    assert_int_equal(sj_session_get(sj_testkit_scope(world->kits[BR]), PHONE, &session, NULL),
                     SJ_OK);
    session->login_time = INT64_C(1433706249000);
    session->expires_at = INT64_C(1433746800000);
    assert_int_equal(sj_session_put(sj_testkit_scope(world->kits[BR]), session, SJ_PUT_ANY, NULL),
                     SJ_OK);
    sj_record_free(sj_testkit_scope(world->kits[BR]), session);
    answer = ask(world, PHONE);
    assert_string_equal(answer.cluster, "HQ");
    assert_string_equal(answer.user, "alice");
    assert_string_equal(answer.current, "alice");
    assert_string_equal(answer.since, "Sunday, June 7, 2015 12:44:09 PM PDT");
    assert_string_equal(answer.ends, "Monday, June 8, 2015 12:00:00 AM PDT");
    assert_non_null(strstr(answer.note, "apply after logout"));
    assert_non_null(strstr(answer.note, "sojourn session logout " PHONE));
}

static void a_change_counts_after_logout(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_phone *phone = NULL;
    assert_true(world_login(world));
    assert_int_equal(sj_phone_get(br, PHONE, &phone, NULL), SJ_OK);
    phone->enable_extension_mobility = false;
    assert_int_equal(sj_phone_put(br, phone, SJ_PUT_ANY, NULL), SJ_OK);
    sj_record_free(br, phone);
    world_advance(world, 1000);
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "the change applies after logout"));
    assert_int_equal(world_sessions(world, BR), 1);
    assert_int_equal(world_sessions(world, HQ), 1);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_non_null(strstr(world_get(world, BR, BR_PAGE)->body, "Login is unavailable(22)"));
    assert_null(world_disagreement(world));
}

static void assert_all_free(struct world *world) {
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_sessions(world, BR), 0);
    assert_int_equal(world_taken(world), 0);
    assert_int_equal(world_live(world, HQ), 0);
    assert_null(world_disagreement(world));
}

static void registers_at_br(struct world *world) {
    sj_scope *scope = sj_testkit_scope(world->kits[BR]);
    const sj_device_registered event = {.device_name = PHONE, .address = "127.0.0.9"};
    sj_publish_device_registered(scope, sj_device_registered_topic(scope, NULL), &event);
    world_advance(world, 1000);
}

static void the_phone_returns(void **state) {
    struct world *world = *state;
    assert_true(world_login(world));
    const size_t resets = world->resets[BR];
    /* So soon after the login it has not read its new file yet: it is told again, and nothing ends.
     */
    world_advance(world, 5000);
    registers_at_br(world);
    assert_int_equal(world->resets[BR], resets + 1);
    assert_int_equal(world_sessions(world, BR), 1);
    world_advance(world, MINUTE);
    registers_at_br(world);
    world_advance(world, 1000);
    assert_all_free(world);
    assert_non_null(sj_testkit_find(world->kits[BR], "event", "\"reason\":\"phone_returned\""));
    assert_non_null(sj_testkit_find(world->kits[HQ], "event", "\"reason\":\"phone_returned\""));
    assert_int_equal(world->resets[BR], resets + 1); /* it is here already */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_logged_in, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_counts_after_logout, setup, teardown),
        cmocka_unit_test_setup_teardown(the_phone_returns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
