/* Faults between two clusters, from a seed that is printed: at each message of login and logout,
 * request or answer is lost, doubled or delayed, or a node is killed. After one update interval
 * both sides agree, no base device is lost or taken twice, and the phone is usable. SOJOURN_SEED
 * and SOJOURN_FAULTS choose the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "em_world.h"
#include "resources/emcc_base_device.h"

enum { INTERVAL_MS = 31 * 60000, BASE_DEVICES = 3 };

static const char *const fault_words[FAULTS] = {
    "none",          "lose request", "lose answer",          "double request",
    "delay request", "delay answer", "kill receiver before", "kill receiver after",
    "kill sender"};

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void check(struct world *world, uint32_t seed, size_t round, const char *when,
                  enum fault fault, size_t at) {
    const char *disagreement = world_disagreement(world);
    if (disagreement != NULL) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("seed %u, round %zu, %s with \"%s\" at message %zu: %s", seed, round, when,
                 fault_words[fault], at, disagreement);
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
        fail_msg("seed %u, round %zu, \"%s\": the session cannot be ended", seed, round,
                 fault_words[fault]);
    }
    world_advance(world, 1000);
    if (!world_login(world)) {
        sj_testkit_print(world->kits[BR]);
        fail_msg("seed %u, round %zu, \"%s\": nobody can log in any more", seed, round,
                 fault_words[fault]);
    }
    world_advance(world, 1000);
    check(world, seed, round, "the login afterwards", fault, at);
    if (!world_logout(world, BR)) {
        fail_msg("seed %u, round %zu, \"%s\": nobody can log out any more", seed, round,
                 fault_words[fault]);
    }
    world_advance(world, 1000);
    check(world, seed, round, "the logout afterwards", fault, at);
}

static void faults_from_a_seed(void **state_) {
    const char *seed_text = getenv("SOJOURN_SEED"), *count_text = getenv("SOJOURN_FAULTS");
    const uint32_t seed =
        seed_text != NULL ? (uint32_t)strtoul(seed_text, NULL, 10) : (uint32_t)time(NULL);
    const size_t count = count_text != NULL ? strtoul(count_text, NULL, 10) : 240;
    uint32_t state = seed;
    struct world *world = malloc(sizeof *world);
    (void)state_;
    print_message("%zu faults, SOJOURN_SEED=%u\n", count, seed);
    world_open(world, BASE_DEVICES);
    for (size_t round = 0; round < count; round++) {
        one_fault(world, seed, &state, round);
    }
    assert_int_equal(sj_emcc_base_device_count(sj_testkit_scope(world->kits[HQ]), NULL, NULL),
                     BASE_DEVICES);
    assert_int_equal(world_taken(world), 0);
    print_message("%zu messages between the clusters, %zu nodes killed\n", world->requests,
                  world->kills);
    world_close(world);
    free(world);
}

/* ---- slow hashing, slow disks, slow partners ---- */

static void fail_both(struct world *world, const char *what) {
    sj_testkit_print(world->kits[HQ]);
    sj_testkit_print(world->kits[BR]);
    fail_msg("%s", what);
}

/* A login whose PIN is still in the queue at home when the visited cluster gives it up: its log-out
 * is answered at once, and no session is made afterwards, nor is the base device or the phone kept
 * from others. */
static void taken_back_in_the_queue(void **state) {
    struct world *world = *state;
    world->hash_ms[HQ] = 40000;
    assert_false(world_login(world));
    world_advance(world, 1000);
    assert_null(sj_testkit_find(world->kits[HQ], "event", "session.started"));
    assert_int_equal(world_taken(world), 0);
    if (sj_testkit_find(world->kits[BR], "log", "HQ confirmed that the session on") == NULL) {
        fail_both(world, "home has not answered the log-out at once");
    }
    world->hash_ms[HQ] = 0;
    assert_true(world_login(world));
    world_advance(world, 60000); /* nothing of the first is left to come */
    assert_int_equal(sj_testkit_count(world->kits[HQ], "event", "session.started"), 1);
    assert_null(world_disagreement(world));
}

/* The same where no log-out arrives: the deadline came with the login. */
static void the_deadline_travels(void **state) {
    struct world *world = *state;
    world->hash_ms[HQ] = 14000;
    const sj_testkit_reply *reply =
        sj_testkit_get(world->kits[BR], BR_PAGE "&userid=alice&seq=12345");
    world_advance(world, 1000);
    world->cut[BR] = true;
    world_advance(world, 60000);
    assert_int_equal(reply->status, 200);
    assert_null(strstr(reply->body, "Login successful"));
    assert_null(sj_testkit_find(world->kits[HQ], "event", "session.started"));
    assert_int_equal(world_sessions(world, HQ), 0);
    assert_int_equal(world_taken(world), 0);
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "waits no longer"));
    world->cut[BR] = false;
    world->hash_ms[HQ] = 0;
    world_advance(world, 60000); /* the visited cluster repeats its notice */
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "HQ confirmed that the session on"));
    assert_true(world_login(world));
}

/* A session that is on its way to the disk at home when its login is taken back: it is ended as
 * soon as it is there, and the log-out is not answered as done before. */
static void taken_back_on_the_way_to_the_disk(void **state) {
    struct world *world = *state;
    world->disk_ms[HQ] = 20000;
    assert_false(world_login(world));
    assert_int_equal(world_taken(world), 1);
    assert_null(sj_testkit_find(world->kits[BR], "log", "HQ confirmed that the session on"));
    world_advance(world, 40000);
    assert_int_equal(world_taken(world), 0);
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "ending the session of"));
    world->disk_ms[HQ] = 0;
    world_advance(world, 60000);
    assert_non_null(sj_testkit_find(world->kits[BR], "log", "HQ confirmed that the session on"));
    assert_int_equal(sj_testkit_count(world->kits[HQ], "event", "session.started"),
                     sj_testkit_count(world->kits[HQ], "event", "session.ended"));
    assert_null(world_disagreement(world));
    assert_true(world_login(world));
}

/* The phone has been answered 504 when the visited cluster's disk is so slow: the traveller is not
 * logged in afterwards. */
static void the_phone_waits_no_longer(void **state) {
    struct world *world = *state;
    world->disk_ms[BR] = 55000;
    assert_false(world_login(world));
    world_advance(world, 130000);
    assert_int_equal(world_sessions(world, BR), 0);
    assert_null(world_disagreement(world));
}

/* A log-out for a login that has never arrived: when it does, it makes no session; after some
 * minutes nothing is kept of it. */
static void logout_before_its_login(void **state) {
    struct world *world = *state;
    world->fault = FAULT_DELAY_REQUEST;
    world->delay_ms = 40000;
    world->fault_at = world->requests + 1; /* the login itself; the line is cut until the log-out */
    const sj_testkit_reply *reply =
        sj_testkit_get(world->kits[BR], BR_PAGE "&userid=alice&seq=12345");
    world_advance(world, 1000);
    world->cut[BR] = true;
    world_advance(world, 20000);
    assert_int_equal(reply->status, 200);
    world->cut[BR] = false;
    world_advance(world, 60000);
    assert_non_null(sj_testkit_find(world->kits[HQ], "log", "cancelled this login"));
    assert_null(sj_testkit_find(world->kits[HQ], "event", "session.started"));
    assert_null(world_disagreement(world));
}

struct slowness {
    int64_t hash_ms, home_disk_ms, visited_disk_ms, delay_ms;
    enum fault fault;
};

static void one_slowness(struct world *world, const struct slowness *slow, size_t *logged_in) {
    char what[256];
    (void)snprintf(
        what, sizeof what, "hash %lld ms, disk at home %lld ms, visited %lld ms, \"%s\" (%lld ms)",
        (long long)slow->hash_ms, (long long)slow->home_disk_ms, (long long)slow->visited_disk_ms,
        fault_words[slow->fault], (long long)slow->delay_ms);
    sj_testkit_forget(world->kits[HQ]);
    sj_testkit_forget(world->kits[BR]);
    world->hash_ms[HQ] = slow->hash_ms;
    world->disk_ms[HQ] = slow->home_disk_ms;
    world->disk_ms[BR] = slow->visited_disk_ms;
    world->delay_ms = slow->delay_ms;
    world->fault = slow->fault;
    world->fault_at = slow->fault == FAULT_NONE ? SIZE_MAX : world->requests + 1;
    const bool in = world_login(world);
    *logged_in += in;
    world->fault_at = SIZE_MAX;
    world_advance(world, 120000); /* far less than an update interval */
    const char *disagreement = world_disagreement(world);
    if (disagreement != NULL || world_sessions(world, BR) != (in ? 1u : 0u)) {
        sj_testkit_print(world->kits[HQ]);
        sj_testkit_print(world->kits[BR]);
        fail_msg("%s: the phone says %s, and %s", what, in ? "logged in" : "refused",
                 disagreement != NULL ? disagreement : "the session is not as the phone says");
    }
    world->hash_ms[HQ] = world->disk_ms[HQ] = world->disk_ms[BR] = world->delay_ms = 0;
    if ((!in && !world_login(world)) || !world_logout(world, BR)) {
        fail_both(world, what);
    }
    world_advance(world, 1000);
    if (world_disagreement(world) != NULL || world_taken(world) != 0) {
        fail_both(world, what);
    }
}

static void slowness_in_every_order(void **state) {
    static const int64_t times[] = {0, 6000, 14000, 40000};
    static const enum fault faults[] = {FAULT_NONE, FAULT_DELAY_REQUEST, FAULT_DELAY_ANSWER,
                                        FAULT_LOSE_ANSWER, FAULT_DOUBLE_REQUEST};
    size_t count = 0, logged_in = 0;
    for (size_t hash = 0; hash < 4; hash++) {
        for (size_t disk = 0; disk < 4; disk++) {
            for (size_t fault = 0; fault < 5; fault++) {
                for (size_t other = 0; other < 3; other++) {
                    const struct slowness slow = {.hash_ms = times[hash],
                                                  .home_disk_ms = times[disk],
                                                  .visited_disk_ms = other == 1 ? 14000 : 0,
                                                  .delay_ms = other == 2 ? 16000 : 4000,
                                                  .fault = faults[fault]};
                    one_slowness(*state, &slow, &logged_in);
                    count++;
                }
            }
        }
    }
    print_message("%zu kinds of slowness, %zu logged in\n", count, logged_in);
    assert_true(count >= 200 && logged_in > 0 && logged_in < count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_from_a_seed),
        cmocka_unit_test_setup_teardown(taken_back_in_the_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(the_deadline_travels, setup, teardown),
        cmocka_unit_test_setup_teardown(taken_back_on_the_way_to_the_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(the_phone_waits_no_longer, setup, teardown),
        cmocka_unit_test_setup_teardown(logout_before_its_login, setup, teardown),
        cmocka_unit_test_setup_teardown(slowness_in_every_order, setup, teardown)};
    return cmocka_run_group_tests_name("EMCC under faults", tests, NULL, NULL);
}
