/* The two intervals of the EMCC feature configuration: changed while the service runs, they hold at
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/emcc.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

static int64_t last_tried(struct world *world) {
    sj_remote_cluster_status *status = NULL;
    assert_int_equal(
        sj_remote_cluster_status_get(sj_testkit_scope(world->kits[BR]), "HQ", &status, NULL),
        SJ_OK);
    const int64_t tried = status->last_tried;
    sj_record_free(sj_testkit_scope(world->kits[BR]), status);
    return tried;
}

static void remote_cluster_update_interval(void **state) {
    struct world *world = *state;
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "60");
    const int64_t first = last_tried(world);
    world_advance(world, 55 * MINUTE);
    assert_int_equal(last_tried(world), first);
    world_advance(world, 10 * MINUTE);
    const int64_t second = last_tried(world);
    assert_true(second > first);
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "15");
    world_advance(world, 17 * MINUTE);
    assert_true(last_tried(world) > second);
}

/* How often HQ is asked or asks while nothing but the maintenance is due. */
static size_t requests_in(struct world *world, int64_t minutes) {
    const size_t before = world->requests;
    world_advance(world, minutes * MINUTE);
    return world->requests - before;
}

static void expired_device_maintenance_interval(void **state) {
    struct world *world = *state;
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
    world_param(world, HQ, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
    assert_true(world_login(world));
    world_advance(world, MINUTE);
    const size_t seldom = requests_in(world, 45);
    world_param(world, HQ, &sj_param_emcc_expired_device_maintenance_interval_meta, "10");
    const size_t often = requests_in(world, 45);
    assert_true(often >= seldom + 4);
}

/* Whichever allocation fails while the interval changes: the maintenance goes on. */
static void interval_changed_when_memory_is_short(void **state) {
    struct world *world = *state;
    world_param(world, BR, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
    world_param(world, HQ, &sj_param_emcc_remote_cluster_update_interval_meta, "10080");
    world_param(world, HQ, &sj_param_emcc_expired_device_maintenance_interval_meta, "10");
    assert_true(world_login(world));
    world_advance(world, MINUTE);
    for (long n = 1; n <= 12; n++) {
        sj_error error = {0};
        sj_testkit_fail_allocation(world->kits[HQ], n);
        (void)sj_testkit_set_param(world->kits[HQ],
                                   &sj_param_emcc_expired_device_maintenance_interval_meta,
                                   n % 2 == 0 ? "10" : "11", &error);
        sj_testkit_fail_allocation(world->kits[HQ], 0);
        if (requests_in(world, 12) == 0) {
            fail_msg("allocation %ld fails: no maintenance any more", n);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(remote_cluster_update_interval, setup, teardown),
        cmocka_unit_test_setup_teardown(expired_device_maintenance_interval, setup, teardown),
        cmocka_unit_test_setup_teardown(interval_changed_when_memory_is_short, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
