/* What /metrics shows of Extension Mobility: sessions by kind, refusals by code, base devices,
 * partners, log-outs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/session.h"
#include "host/core/scope.h"
#include "host/telemetry/metrics.h"

static int value(struct world *world, int cluster, const char *name) {
    return (int)sj_metrics_value(sj_scope_node(sj_testkit_scope(world->kits[cluster])), name);
}

static void sessions_and_base_devices(void **state) {
    struct world *world = *state;
    assert_int_equal(value(world, HQ, "sojourn_em_base_devices{state=\"free\"}"), 2);
    assert_true(world_login(world));
    assert_int_equal(value(world, HQ, "sojourn_em_sessions{kind=\"home\"}"), 1);
    assert_int_equal(value(world, BR, "sojourn_em_sessions{kind=\"visiting\"}"), 1);
    assert_int_equal(value(world, BR, "sojourn_em_sessions{kind=\"local\"}"), 0);
    assert_int_equal(value(world, HQ, "sojourn_em_base_devices{state=\"used\"}"), 1);
    assert_int_equal(value(world, HQ, "sojourn_em_base_devices{state=\"free\"}"), 1);
    world_kill(world, HQ); /* a restart counts what is there */
    assert_int_equal(value(world, HQ, "sojourn_em_sessions{kind=\"home\"}"), 1);
    assert_int_equal(value(world, HQ, "sojourn_em_base_devices{state=\"used\"}"), 1);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_int_equal(value(world, HQ, "sojourn_em_sessions{kind=\"home\"}"), 0);
    assert_int_equal(value(world, HQ, "sojourn_em_base_devices{state=\"free\"}"), 2);
}

static void refusals_by_code(void **state) {
    struct world *world = *state;
    expect(world, "alice", "999", "(2)");
    expect(world, "alice", "998", "(2)");
    expect(world, "nobody", "999", "(23)");
    assert_int_equal(value(world, HQ, "sojourn_em_failures_total{request=\"login\",code=\"2\"}"),
                     2);
    assert_int_equal(value(world, BR, "sojourn_em_failures_total{request=\"login\",code=\"2\"}"),
                     2);
    assert_int_equal(value(world, BR, "sojourn_em_failures_total{request=\"login\",code=\"23\"}"),
                     1);
    assert_false(world_logout(world, BR));
    assert_int_equal(value(world, BR, "sojourn_em_failures_total{request=\"logout\",code=\"19\"}"),
                     1);
}

/* Anybody may be refused as often as they like; the log stays readable, and says how many there
 * were. */
static void refusals_in_the_log(void **state) {
    static const char *const line = "warning extension-mobility: refused";
    struct world *world = *state;
    for (int i = 0; i < 300; i++) {
        assert_false(world_logout(world, BR));
    }
    assert_int_equal(value(world, BR, "sojourn_em_failures_total{request=\"logout\",code=\"19\"}"),
                     300);
    assert_int_equal(sj_testkit_count(world->kits[BR], "log", line), 101);
    world_advance(world, 2 * MINUTE);
    assert_non_null(sj_testkit_find(world->kits[BR], "log",
                                    "refused: 199 more in the last minute; the last: "));
    assert_int_equal(sj_testkit_count(world->kits[BR], "log", line), 102);
    assert_false(world_logout(world, BR)); /* a line of its own again */
    assert_non_null(strstr(sj_testkit_find(world->kits[BR], "log", line), "(19)"));
}

static void partners(void **state) {
    struct world *world = *state;
    assert_int_equal(value(world, BR, "sojourn_em_remote_clusters"), 1);
    assert_int_equal(value(world, BR, "sojourn_em_remote_clusters_reachable"), 1);
    world->cut[HQ] = true;
    world_advance(world, 31 * MINUTE);
    assert_int_equal(value(world, BR, "sojourn_em_remote_clusters_reachable"), 0);
}

static void ignored(void *user, int status, const sj_error *error,
                    const sj_session_logout_reply *reply) {
    (void)user, (void)error, (void)reply;
    assert_int_equal(status, SJ_OK);
}

/* Those that no phone asks for count too. */
static void log_outs_of_administrators(void **state) {
    struct world *world = *state;
    const sj_session_logout request = {.device_name = PHONE, .reason = ""};
    sj_error error = {0};
    assert_true(world_login(world));
    assert_int_equal(sj_ask_session_logout(sj_testkit_scope(world->kits[BR]), &request, 0, ignored,
                                           NULL, &error),
                     SJ_OK);
    world_advance(world, 1000);
    assert_int_equal(value(world, BR, "sojourn_em_logouts_attempted_total"), 1);
    assert_int_equal(value(world, BR, "sojourn_em_logouts_total"), 1);
    assert_int_equal(value(world, HQ, "sojourn_em_logouts_attempted_total"),
                     0); /* it was only told */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sessions_and_base_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_by_code, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_in_the_log, setup, teardown),
        cmocka_unit_test_setup_teardown(partners, setup, teardown),
        cmocka_unit_test_setup_teardown(log_outs_of_administrators, setup, teardown)};
    return cmocka_run_group_tests_name("Figures of Extension Mobility", tests, NULL, NULL);
}
