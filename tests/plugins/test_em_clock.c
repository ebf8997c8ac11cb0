/* The wall clock is set while people are logged in: how long they may stay does not change, also
 * after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "parameters/extension_mobility.h"
#include "resources/session.h"

#define HOUR (60 * MINUTE)

static void move_clock(struct cluster *cluster, int64_t ms) {
    sj_testkit_set_wall(cluster->kit, sj_wall_ms(sj_testkit_scope(cluster->kit)) + ms);
}

static void restart(struct cluster *cluster) {
    sj_error error = {0};
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
}

static void log_in_for_8_hours(struct cluster *cluster) {
    set(cluster, &sj_param_em_enforce_intra_cluster_maximum_login_time_meta, "true");
    set(cluster, &sj_param_em_intra_cluster_maximum_login_time_meta, "480");
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
}

static void lasts_8_hours(struct cluster *cluster, int64_t shift, bool with_restart) {
    log_in_for_8_hours(cluster);
    sj_testkit_advance(cluster->kit, HOUR);
    move_clock(cluster, shift);
    sj_testkit_advance(cluster->kit, 10000);
    assert_int_equal(sessions(cluster), 1);
    if (with_restart) {
        restart(cluster);
    }
    sj_testkit_advance(cluster->kit, 7 * HOUR - MINUTE);
    assert_int_equal(sessions(cluster), 1);
    sj_testkit_advance(cluster->kit, 2 * MINUTE);
    assert_int_equal(sessions(cluster), 0);
}

static void forward(void **state) {
    lasts_8_hours(*state, 11 * HOUR, false);
}
static void back(void **state) {
    lasts_8_hours(*state, -11 * HOUR, false);
}
static void forward_and_a_restart(void **state) {
    lasts_8_hours(*state, 11 * HOUR, true);
}
static void back_and_a_restart(void **state) {
    lasts_8_hours(*state, -11 * HOUR, true);
}

/* What people read is moved as well, and a login after the change keeps its time. */
static void times_are_moved(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    sj_session *old = NULL, *young = NULL;
    log_in_for_8_hours(cluster);
    sj_testkit_advance(cluster->kit, HOUR);
    move_clock(cluster, 11 * HOUR);
    expect(cluster, PAGE "SEP2&userid=bob&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 5000);
    const int64_t now = sj_wall_ms(scope);
    assert_int_equal(sj_session_get(scope, "SEP1", &old, NULL), SJ_OK);
    assert_int_equal(sj_session_get(scope, "SEP2", &young, NULL), SJ_OK);
    assert_true(llabs(now - old->login_time - HOUR) < 10000);
    assert_true(llabs(old->expires_at - now - 7 * HOUR) < 10000);
    assert_true(llabs(now - young->login_time) < 10000);
    assert_true(llabs(young->expires_at - now - 8 * HOUR) < 10000);
    sj_record_free(scope, old);
    sj_record_free(scope, young);
}

/* A lock lasts as long as it should, neither hours longer nor over at once. */
static void locked_for_half_an_hour(struct cluster *cluster, int64_t shift) {
    for (int i = 0; i < 5; i++) {
        expect(cluster, PAGE "SEP1&userid=alice&seq=99999", "try to login again");
    }
    sj_testkit_advance(cluster->kit, MINUTE);
    move_clock(cluster, shift);
    sj_testkit_advance(cluster->kit, 10000);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "try to login again");
    sj_testkit_advance(cluster->kit, 30 * MINUTE);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
}

static void a_lock_and_forward(void **state) {
    locked_for_half_an_hour(*state, 11 * HOUR);
}
static void a_lock_and_back(void **state) {
    locked_for_half_an_hour(*state, -11 * HOUR);
}

/* Whichever allocation fails when the clock is seen to be set: the locks are moved, or the log says
 * that something was not. */
static void a_lock_when_memory_is_short(void **state) {
    struct cluster *cluster = *state;
    for (long n = 1; n <= 12; n++) {
        for (int i = 0; i < 5; i++) {
            expect(cluster, PAGE "SEP1&userid=alice&seq=99999", "try to login again");
        }
        sj_testkit_advance(cluster->kit, MINUTE);
        sj_testkit_forget(cluster->kit);
        move_clock(cluster, 11 * HOUR);
        sj_testkit_fail_allocation(cluster->kit, n);
        sj_testkit_advance(cluster->kit, 2000);
        sj_testkit_fail_allocation(cluster->kit, 0);
        sj_testkit_advance(cluster->kit, 10000);
        if (sj_testkit_find(cluster->kit, "log", "not moved with the clock") == NULL) {
            expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "try to login again");
        }
        sj_testkit_advance(cluster->kit, 30 * MINUTE);
        expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
        expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
        sj_testkit_advance(cluster->kit, MINUTE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forward, setup, teardown),
        cmocka_unit_test_setup_teardown(back, setup, teardown),
        cmocka_unit_test_setup_teardown(forward_and_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(back_and_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(times_are_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_and_forward, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_when_memory_is_short, setup, teardown)};
    return cmocka_run_group_tests_name("The clock is set", tests, NULL, NULL);
}
