/* Which members of a hunt list ring, in which order: each distribution algorithm, each hunt option,
 * groups that change meanwhile, and thousands of calls by chance whose every attempt is compared
 * with what the words of the algorithm ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/hunt_walk.h"

enum { GROUPS_MAX = 3, MEMBERS_MAX = 12, LINES = 20, LARGE = 5000 };

/* A small world: line n is the member "n". */
struct world {
    sj_line_group groups[GROUPS_MAX];
    const char *members[GROUPS_MAX][MEMBERS_MAX];
    char names[LINES][8];
    enum hunt_member_state states[LINES];
    int64_t idle_since[LINES];
    size_t first;  /* of circular groups */
    size_t passed; /* told */
    size_t asked;  /* how often for a state */
    struct hunt_source source;
};

static const sj_line_group *group_of(void *user, size_t group) {
    struct world *world = user;
    return world->groups[group].name == NULL ? NULL : &world->groups[group];
}

static size_t first_of(void *user, const sj_line_group *group) {
    (void)group;
    return ((struct world *)user)->first;
}

static enum hunt_member_state state_of(void *user, const char *number) {
    struct world *world = user;
    world->asked++;
    return world->states[strtoul(number, NULL, 10)];
}

static int64_t idle_since(void *user, const char *number) {
    return ((struct world *)user)->idle_since[strtoul(number, NULL, 10)];
}

static void passed(void *user, const sj_line_group *group, const char *number,
                   enum hunt_member_state state) {
    (void)group;
    (void)number;
    assert_int_not_equal(state, HUNT_MEMBER_IDLE);
    ((struct world *)user)->passed++;
}

/* Groups of so many members each, numbered on: {0 1 2} {3 4 5}. */
static void make(struct world *world, size_t groups, size_t members,
                 sj_line_group_distribution distribution) {
    memset(world, 0, sizeof *world);
    for (size_t i = 0; i < LINES; i++) {
        (void)snprintf(world->names[i], sizeof world->names[i], "%zu", i);
    }
    for (size_t i = 0; i < groups; i++) {
        for (size_t k = 0; k < members; k++) {
            world->members[i][k] = world->names[i * members + k];
        }
        world->groups[i] = (sj_line_group){.name = "a group",
                                           .distribution = distribution,
                                           .members = world->members[i],
                                           .members_count = members};
    }
    world->source =
        (struct hunt_source){groups, group_of, first_of, state_of, idle_since, passed, world};
}

/* The lines that ring one after the other when each attempt fails in the same way: "0 1 3"; a
 * broadcast is "*". */
static const char *course(struct world *world, enum hunt_failure failure) {
    static char text[200];
    struct hunt_walk walk = {0};
    struct hunt_attempt attempt;
    size_t used = 0;
    text[0] = '\0';
    for (enum hunt_failure last = HUNT_NOTHING;
         hunt_walk_next(&walk, &world->source, last, &attempt); last = failure) {
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s", used > 0 ? " " : "",
            attempt.all ? "*" : world->groups[attempt.group].members[attempt.member]);
    }
    hunt_walk_clear(&walk);
    return text;
}

static void top_down(void **state) {
    struct world world;
    (void)state;
    make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "0 1 2 3 4 5");
    world.states[1] = HUNT_MEMBER_BUSY;
    world.states[3] = HUNT_MEMBER_LOGGED_OUT;
    world.states[4] = HUNT_MEMBER_AVAILABLE;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "0 2 4 5");
    assert_int_equal(world.passed, 2);
}

static void circular(void **state) {
    struct world world;
    (void)state;
    make(&world, 1, 4, SJ_LINE_GROUP_DISTRIBUTION_CIRCULAR);
    world.first = 2;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "2 3 0 1");
    world.first = 7; /* of a list that was longer */
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "3 0 1 2");
}

/* Who is in a call does not ring, though the line could take one more. */
static void longest_idle(void **state) {
    struct world world;
    (void)state;
    make(&world, 1, 4, SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME);
    const int64_t since[] = {40, 10, 30, 10};
    memcpy(world.idle_since, since, sizeof since);
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "1 3 2 0");
    world.states[3] = HUNT_MEMBER_AVAILABLE;
    world.states[2] = HUNT_MEMBER_NOT_REGISTERED;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "1 0");
    world.groups[0].no_answer = SJ_HUNT_OPTION_STOP;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "1");
}

static void broadcast(void **state) {
    struct world world;
    (void)state;
    make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_BROADCAST);
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "* *");
    world.states[0] = world.states[1] = world.states[2] = HUNT_MEMBER_BUSY;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "*");
    world.groups[0].busy = SJ_HUNT_OPTION_STOP;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "");
}

/* Each option, after each failure. */
static void options(void **state) {
    static const struct {
        sj_hunt_option option;
        const char *course;
    } rows[] = {{SJ_HUNT_OPTION_NEXT_MEMBER_THEN_NEXT_GROUP, "0 1 2 3 4 5"},
                {SJ_HUNT_OPTION_NEXT_MEMBER_ONLY, "0 1 2"},
                {SJ_HUNT_OPTION_NEXT_GROUP, "0 3"},
                {SJ_HUNT_OPTION_STOP, "0"}};
    struct world world;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
        world.groups[0].no_answer = world.groups[1].no_answer = rows[i].option;
        assert_string_equal(course(&world, HUNT_NO_ANSWER), rows[i].course);
        assert_string_equal(course(&world, HUNT_BUSY), "0 1 2 3 4 5"); /* which says otherwise */
        make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
        world.groups[0].busy = world.groups[1].busy = rows[i].option;
        assert_string_equal(course(&world, HUNT_BUSY), rows[i].course);
        make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
        world.groups[0].not_available = world.groups[1].not_available = rows[i].option;
        assert_string_equal(course(&world, HUNT_NOT_AVAILABLE), rows[i].course);
    }
    /* A member who is found busy counts as one that was tried. */
    make(&world, 2, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
    world.states[0] = HUNT_MEMBER_BUSY;
    world.groups[0].busy = SJ_HUNT_OPTION_NEXT_GROUP;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "3 4 5");
    world.groups[0].busy = SJ_HUNT_OPTION_STOP;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "");
}

/* What counts of a hunt that has failed: that it has rung, else that somebody was busy. */
static void failures(void **state) {
    struct world world;
    struct hunt_walk walk = {0};
    struct hunt_attempt attempt;
    (void)state;
    make(&world, 1, 3, SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN);
    world.states[0] = world.states[1] = world.states[2] = HUNT_MEMBER_NOT_REGISTERED;
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    assert_int_equal(walk.failure, HUNT_NOT_AVAILABLE);
    hunt_walk_clear(&walk);
    world.states[1] = HUNT_MEMBER_BUSY;
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    assert_int_equal(walk.failure, HUNT_BUSY);
    hunt_walk_clear(&walk);
    world.states[0] = HUNT_MEMBER_IDLE;
    assert_true(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NO_ANSWER, &attempt));
    assert_int_equal(walk.failure, HUNT_NO_ANSWER);
    hunt_walk_clear(&walk);
    world.source.groups = 0; /* nobody is there at all */
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    assert_int_equal(walk.failure, HUNT_NOTHING);
}

/* A group without members, one that is gone, one that becomes shorter and one that becomes longer
 * while a call hunts. */
static void changes(void **state) {
    struct world world;
    struct hunt_walk walk = {0};
    struct hunt_attempt attempt;
    (void)state;
    make(&world, 3, 3, SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME);
    world.groups[0].members_count = 0;
    world.groups[1].name = NULL;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "6 7 8");
    assert_true(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    world.groups[2].members_count = 1;
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NO_ANSWER, &attempt));
    hunt_walk_clear(&walk);
    assert_true(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
    world.groups[2].members_count = 3;
    assert_true(hunt_walk_next(&walk, &world.source, HUNT_NO_ANSWER, &attempt));
    assert_true(hunt_walk_next(&walk, &world.source, HUNT_NO_ANSWER, &attempt));
    assert_int_equal(attempt.member, 2);
    assert_false(hunt_walk_next(&walk, &world.source, HUNT_NO_ANSWER, &attempt));
    hunt_walk_clear(&walk);
}

/* Thousands of members of whom nobody is idle are looked at twice, not each for each. */
static void many_members(void **state) {
    static const char *members[LARGE];
    struct world world;
    (void)state;
    make(&world, 1, 1, SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME);
    for (size_t i = 0; i < LARGE; i++) {
        members[i] = world.names[i % LINES];
    }
    for (size_t i = 0; i < LINES; i++) {
        world.states[i] = HUNT_MEMBER_BUSY;
    }
    world.groups[0].members = members;
    world.groups[0].members_count = LARGE;
    assert_string_equal(course(&world, HUNT_NO_ANSWER), "");
    assert_int_equal(world.asked, 2 * LARGE);
}

/* ---- by chance ---- */

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* What the words of the algorithm ask for, of those who have not been tried. */
static size_t best(const struct world *world, const bool tried[MEMBERS_MAX], size_t first,
                   size_t count) {
    const sj_line_group *group = &world->groups[0];
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        const size_t member = (first + i) % count;
        const size_t line = strtoul(group->members[member], NULL, 10);
        if (tried[member] || !hunt_member_rings(world->states[line], group->distribution)) {
            continue;
        }
        if (found == count ||
            (group->distribution == SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME &&
             world->idle_since[line] <
                 world->idle_since[strtoul(group->members[found], NULL, 10)])) {
            found = member;
        }
    }
    return found;
}

static void one_call(uint32_t *seed, sj_line_group_distribution distribution) {
    const size_t count = 1 + next(seed) % MEMBERS_MAX;
    bool tried[MEMBERS_MAX] = {false};
    struct world world;
    struct hunt_walk walk = {0};
    struct hunt_attempt attempt;
    make(&world, 1, count, distribution);
    for (size_t i = 0; i < count; i++) {
        world.states[i] = (enum hunt_member_state)(next(seed) % 5);
        world.idle_since[i] = next(seed) % 4;
    }
    world.first = next(seed) % count;
    const size_t first = distribution == SJ_LINE_GROUP_DISTRIBUTION_CIRCULAR ? world.first : 0;
    for (enum hunt_failure last = HUNT_NOTHING;; last = HUNT_NO_ANSWER) {
        const size_t expected = best(&world, tried, first, count);
        assert_int_equal(hunt_walk_next(&walk, &world.source, last, &attempt), expected < count);
        if (expected == count) {
            break;
        }
        assert_int_equal(attempt.member, expected);
        tried[expected] = true;
    }
    hunt_walk_clear(&walk);
}

static void by_chance(void **state) {
    static const sj_line_group_distribution all[] = {SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN,
                                                     SJ_LINE_GROUP_DISTRIBUTION_CIRCULAR,
                                                     SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME};
    uint32_t seed = 20261130;
    (void)state;
    for (size_t i = 0; i < 30000; i++) {
        one_call(&seed, all[i % 3]);
    }
}

/* With longest idle time calls are shared out evenly: each member's last call ends when it rings,
 * and who has had no call longest is always next. */
static void shared_out_evenly(void **state) {
    struct world world;
    size_t calls[MEMBERS_MAX] = {0};
    (void)state;
    make(&world, 1, MEMBERS_MAX, SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME);
    for (int64_t now = 1; now <= 1000 * MEMBERS_MAX; now++) {
        struct hunt_walk walk = {0};
        struct hunt_attempt attempt;
        assert_true(hunt_walk_next(&walk, &world.source, HUNT_NOTHING, &attempt));
        calls[attempt.member]++;
        world.idle_since[attempt.member] = now;
        hunt_walk_clear(&walk);
    }
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        assert_int_equal(calls[i], 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(top_down),     cmocka_unit_test(circular),
        cmocka_unit_test(longest_idle), cmocka_unit_test(broadcast),
        cmocka_unit_test(options),      cmocka_unit_test(failures),
        cmocka_unit_test(changes),      cmocka_unit_test(many_members),
        cmocka_unit_test(by_chance),    cmocka_unit_test(shared_out_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
