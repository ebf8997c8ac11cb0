/* Many sessions between two clusters: those that end in one moment are gone on both sides soon,
 * each told once; a cluster that does not answer is not asked for each of them; compared, all are
 * confirmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/emcc.h"
#include "resources/session.h"

enum { MANY = 500 };

/* MANY sessions of HQ's users on BR's phones, in both stores, as after a restart. */
static void put_sessions(struct world *world, int64_t lasting_ms) {
    for (int cluster = HQ; cluster <= BR; cluster++) {
        sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
        const int64_t now = sj_wall_ms(scope);
        for (int i = 0; i < MANY; i++) {
            char device_name[32], user_id[32], lease_id[40];
            (void)snprintf(device_name, sizeof device_name, "SEPMANY%05d", i);
            (void)snprintf(user_id, sizeof user_id, "user%d", i);
            (void)snprintf(lease_id, sizeof lease_id, "%032x", (unsigned)i);
            const sj_session session = {.device_name = device_name,
                                        .kind = cluster == HQ ? SJ_SESSION_KIND_HOME
                                                              : SJ_SESSION_KIND_VISITING,
                                        .user_id = user_id,
                                        .remote_cluster_id = cluster == HQ ? "BR" : "HQ",
                                        .lease_id = lease_id,
                                        .login_time = now - MINUTE,
                                        .expires_at = lasting_ms > 0 ? now + lasting_ms : 0};
            assert_int_equal(sj_session_put(scope, &session, SJ_PUT_NEW, NULL), SJ_OK);
        }
        world_kill(world, cluster);
    }
}

static int64_t in_store(struct world *world, int cluster) {
    return sj_session_count(sj_testkit_scope(world->kits[cluster]), NULL, NULL);
}

static void ends_at_once(void **state) {
    struct world *world = *state;
    put_sessions(world, 2 * MINUTE);
    world_advance(world, MINUTE);
    assert_int_equal(world_sessions(world, HQ), MANY);
    const size_t before = world->requests;
    world_advance(world, MINUTE + 20000);
    assert_int_equal(in_store(world, HQ), 0);
    assert_int_equal(in_store(world, BR), 0);
    assert_in_range(world->requests - before, MANY, MANY + 10);
}

static void ends_while_the_other_is_away(void **state) {
    struct world *world = *state;
    put_sessions(world, 2 * MINUTE);
    world->cut[BR] = true;
    const size_t before = world->requests;
    world_advance(world, 2 * MINUTE + 20000);
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(in_store(world, HQ), MANY); /* still to be told */
    assert_in_range(world->requests - before, 1, MANY / 2);
    world->cut[BR] = false;
    world_advance(world, 5 * MINUTE);
    assert_int_equal(in_store(world, HQ), 0);
    assert_int_equal(in_store(world, BR), 0);
}

static void all_are_compared(void **state) {
    struct world *world = *state;
    put_sessions(world, 0);
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "15");
    const int64_t begun = sj_wall_ms(sj_testkit_scope(world->kits[BR]));
    world_advance(world, 17 * MINUTE);
    for (int cluster = HQ; cluster <= BR; cluster++) {
        sj_list list = {0};
        sj_scope *scope = sj_testkit_scope(world->kits[cluster]);
        assert_int_equal(sj_session_list(scope, NULL, &list, NULL), SJ_OK);
        assert_int_equal(list.count, MANY);
        for (size_t i = 0; i < list.count; i++) {
            assert_true(sj_session_at(&list, i)->confirmed_at > begun);
        }
        sj_list_free(scope, &list);
        for (int i = 0; i < MANY; i++) {
            char device_name[32];
            (void)snprintf(device_name, sizeof device_name, "SEPMANY%05d", i);
            assert_int_equal(sj_session_delete(scope, device_name, NULL), SJ_OK);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_while_the_other_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(all_are_compared, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
