/* Memory is short: whichever allocation of a login or of a log-out between two clusters fails, at
 * home or where the phone stands, the phone is answered, nothing waits for ever, and both sides
 * agree afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"

enum { ALLOCATIONS = 160 };

static void settle(struct world *world, int cluster, long n, const char *what) {
    sj_testkit_fail_allocation(world->kits[cluster], 0);
    world_advance(world, 60000);
    if (world_disagreement(world) != NULL) {
        world_advance(world, 31 * MINUTE);
    }
    const char *disagreement = world_disagreement(world);
    if (disagreement != NULL) {
        fail_msg("allocation %ld of the %s at %s failed, and %s", n, what,
                 cluster == HQ ? "home" : "the visited cluster", disagreement);
    }
}

static void one(struct world *world, int cluster, long n) {
    sj_testkit_fail_allocation(world->kits[cluster], n);
    const sj_testkit_reply *reply = world_get(world, BR, BR_PAGE "&userid=alice&seq=12345");
    if (reply->status == 0) {
        fail_msg("allocation %ld failed, and the phone is not answered", n);
    }
    settle(world, cluster, n, "login");
    if (world_sessions(world, BR) == 0) {
        assert_true(world_login(world));
    }
    sj_testkit_fail_allocation(world->kits[cluster], n);
    (void)world_logout(world, BR);
    settle(world, cluster, n, "log-out");
    if (world_sessions(world, BR) > 0) {
        assert_true(world_logout(world, BR));
    }
    world_advance(world, 1000);
    assert_null(world_disagreement(world));
    assert_int_equal(world_taken(world), 0);
}

static void at_home(void **state) {
    for (long n = 1; n <= ALLOCATIONS; n++) {
        one(*state, HQ, n);
    }
}

static void where_the_phone_stands(void **state) {
    for (long n = 1; n <= ALLOCATIONS; n++) {
        one(*state, BR, n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(where_the_phone_stands, setup, teardown)};
    return cmocka_run_group_tests_name("Memory is short", tests, NULL, NULL);
}
