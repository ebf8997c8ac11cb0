/* Faults between two clusters, from a seed that is printed: at each message of login and logout, request or answer is lost,
 * doubled or delayed, or a node is killed. After one update interval both sides agree, no base device is lost or taken twice,
 * and the phone is usable. SOJOURN_SEED and SOJOURN_FAULTS choose the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "em_world.h"
#include "resources/emcc_base_device.h"

enum { INTERVAL_MS = 31 * 60000, BASE_DEVICES = 3 };

static const char *const fault_words[FAULTS] = {"none",          "lose request", "lose answer",          "double request",
                                                "delay request", "delay answer", "kill receiver before", "kill receiver after",
                                                "kill sender"};

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void check(struct world *world, uint32_t seed, size_t round, const char *when, enum fault fault, size_t at) {
    const char *disagreement = world_disagreement(world);
    if (disagreement != NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("seed %u, round %zu, %s with \"%s\" at message %zu: %s", seed, round, when, fault_words[fault], at,
                 disagreement);
    }
}

static void one_fault(struct world *world, uint32_t seed, uint32_t *state, size_t round) {
    const enum fault fault = (enum fault)(1 + next_random(state) % (FAULTS - 1));
    const size_t at = next_random(state) % 3; /* user, login, and what follows */
    const bool during_login = next_random(state) % 2 == 0;
    const int logout_at = next_random(state) % 2 == 0 ? HQ : BR;
    sj_testkit_forget(world->kits[HQ]);
    sj_testkit_forget(world->kits[BR]);
    if (during_login) {
        world->fault = fault;
        world->fault_at = world->requests + at;
        (void)world_login(world);
    } else {
        (void)world_login(world);
        world->fault = fault;
        world->fault_at = world->requests;
        (void)world_logout(world, logout_at);
    }
    world_advance(world, 1000);
    world->fault_at = SIZE_MAX;
    world_advance(world, INTERVAL_MS);
    check(world, seed, round, during_login ? "login" : "logout", fault, at);
    /* The phone is usable: whoever is on it can be logged out, and alice can log in. */
    if (world_sessions(world, BR) > 0 && !world_logout(world, BR)) {
        fail_msg("seed %u, round %zu, \"%s\": the session cannot be ended", seed, round, fault_words[fault]);
    }
    world_advance(world, 1000);
    if (!world_login(world)) {
        sj_testkit_print(world->kits[BR]);
        fail_msg("seed %u, round %zu, \"%s\": nobody can log in any more", seed, round, fault_words[fault]);
    }
    world_advance(world, 1000);
    check(world, seed, round, "the login afterwards", fault, at);
    if (!world_logout(world, BR)) {
        fail_msg("seed %u, round %zu, \"%s\": nobody can log out any more", seed, round, fault_words[fault]);
    }
    world_advance(world, 1000);
    check(world, seed, round, "the logout afterwards", fault, at);
}

static void faults_from_a_seed(void **state_) {
    const char *seed_text = getenv("SOJOURN_SEED"), *count_text = getenv("SOJOURN_FAULTS");
    const uint32_t seed = seed_text != NULL ? (uint32_t)strtoul(seed_text, NULL, 10) : (uint32_t)time(NULL);
    const size_t count = count_text != NULL ? strtoul(count_text, NULL, 10) : 240;
    uint32_t state = seed;
    struct world *world = malloc(sizeof *world);
    (void)state_;
    print_message("%zu faults, SOJOURN_SEED=%u\n", count, seed);
    world_open(world, BASE_DEVICES);
    for (size_t round = 0; round < count; round++) {
        one_fault(world, seed, &state, round);
    }
    assert_int_equal(sj_emcc_base_device_count(sj_testkit_scope(world->kits[HQ]), NULL, NULL), BASE_DEVICES);
    assert_int_equal(world_taken(world), 0);
    print_message("%zu messages between the clusters, %zu nodes killed\n", world->requests, world->kills);
    world_close(world);
    free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults_from_a_seed)};
    return cmocka_run_group_tests_name("EMCC under faults", tests, NULL, NULL);
}
