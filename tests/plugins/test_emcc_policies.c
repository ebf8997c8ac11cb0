/* What a policy decides of a traveller's phone, and what it cannot take away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "em_checked.h"
#include "events/policy.h"
#include "policies/css_select.h"
#include "policies/geolocation_match.h"
#include "resources/calling_search_space.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"

/* The policy: what it answers, NULL for nothing. */
struct policy {
    const char *const *spaces;
    size_t count;
    size_t amended;
    char text[400];
};

static int decide(void *user, const sj_policy_meta *meta, const char *trace_id, const void *input,
                  void *output) {
    const struct policy *policy = user;
    sj_css_select_output *answer = output;
    (void)trace_id;
    (void)input;
    if (strcmp(meta->name, "css.select") != 0) {
        return SJ_OK;
    }
    answer->calling_search_spaces = policy->spaces;
    answer->calling_search_spaces_count = policy->count;
    answer->reason = "mine";
    return 1;
}

static void on_amended(void *user, const sj_policy_amended *event) {
    struct policy *policy = user;
    policy->amended++;
    (void)strncpy(policy->text, event->text, sizeof policy->text - 1);
}

/* What alice's phone may call when the policy answers that. */
static void assert_calls(struct world *world, struct policy *policy, const char *const *answer,
                         size_t count, const char *const *expected, size_t expected_count) {
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_live_device *device = NULL;
    policy->spaces = answer;
    policy->count = count;
    policy->amended = 0;
    assert_true(world_login(world));
    assert_int_equal(sj_live_device_get(hq, PHONE, &device, NULL), SJ_OK);
    assert_int_equal(device->calling_search_spaces_count, expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        assert_string_equal(device->calling_search_spaces[i], expected[i]);
    }
    sj_record_free(hq, device);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
}

/* All device pools with this adjunct CSS, all device profiles with this EMCC CSS. */
static void give_pools(sj_scope *hq, const char *adjunct) {
    sj_list pools = {0};
    assert_int_equal(sj_device_pool_list(hq, NULL, &pools, NULL), SJ_OK);
    for (size_t i = 0; i < pools.count; i++) {
        sj_device_pool changed = *sj_device_pool_at(&pools, i);
        changed.adjunct_calling_search_space = adjunct;
        assert_int_equal(sj_device_pool_put(hq, &changed, SJ_PUT_ANY, NULL), SJ_OK);
    }
    sj_list_free(hq, &pools);
}

static void give_profiles(sj_scope *hq, const char *emcc) {
    sj_list profiles = {0};
    assert_int_equal(sj_device_profile_list(hq, NULL, &profiles, NULL), SJ_OK);
    for (size_t i = 0; i < profiles.count; i++) {
        sj_device_profile changed = *sj_device_profile_at(&profiles, i);
        changed.emcc_calling_search_space = emcc;
        assert_int_equal(sj_device_profile_put(hq, &changed, SJ_PUT_ANY, NULL), SJ_OK);
    }
    sj_list_free(hq, &profiles);
}

static void emergency_numbers_stay(void **state) {
    static const char *const spaces[] = {"CSS_mine", "CSS_help", "CSS_adjunct"};
    struct world *world = *state;
    struct policy policy = {.count = 0};
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    world_put(world, HQ, &sj_partition_meta, "{\"name\":\"Help\"}");
    world_put(world, HQ, &sj_route_pattern_meta,
              "{\"pattern\":\"112\",\"partition\":\"Help\",\"urgent_priority\":true}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"CSS_mine\"}");
    world_put(world, HQ, &sj_calling_search_space_meta,
              "{\"name\":\"CSS_help\",\"partitions\":[\"Help\"]}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"CSS_adjunct\"}");
    sj_testkit_on_decide(world->kits[HQ], decide, &policy);
    assert_non_null(sj_on_policy_amended(hq, on_amended, &policy, NULL));

    /* Without an adjunct CSS: the profile's EMCC CSS leads to 112. */
    give_profiles(hq, "CSS_help");
    give_pools(hq, "");
    assert_calls(world, &policy, spaces, 1, (const char *const[]){"CSS_mine", "CSS_help"}, 2);
    assert_int_equal(policy.amended, 1);
    assert_non_null(strstr(policy.text, "CSS_help was put behind"));
    assert_calls(world, &policy, spaces, 2, spaces, 2);
    assert_int_equal(policy.amended, 0);

    /* With one: it is in front. */
    give_pools(hq, "CSS_adjunct");
    assert_calls(world, &policy, spaces, 3,
                 (const char *const[]){"CSS_adjunct", "CSS_mine", "CSS_help"}, 3);
    assert_int_equal(policy.amended, 1);
    assert_non_null(strstr(policy.text, "the adjunct CSS CSS_adjunct was put in front"));
    assert_calls(world, &policy, spaces, 0, (const char *const[]){"CSS_adjunct"}, 1);
    assert_int_equal(policy.amended, 1);
}

/* A policy that says where the phone stands. */
static int choose_pool(void *user, const sj_policy_meta *meta, const char *trace_id,
                       const void *input, void *output) {
    (void)trace_id;
    (void)input;
    if (strcmp(meta->name, "geolocation.match") != 0) {
        return SJ_OK;
    }
    ((sj_geolocation_match_output *)output)->device_pool = user;
    return 1;
}

static void no_pool_takes_emergency_numbers_away(void **state) {
    struct world *world = *state;
    static const struct {
        char pool[20];
        const char *adjunct;
        size_t amended;
    } cases[] = {{"", "Adjunct", 1},
                 {"Empty", "Adjunct", 1},
                 {"Another", "CSS_other", 0},
                 {"UK visitors", "Adjunct", 0}};
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    struct policy policy = {.count = 0};
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"CSS_other\"}");
    world_put(world, HQ, &sj_device_pool_meta, "{\"name\":\"Empty\"}");
    world_put(world, HQ, &sj_device_pool_meta,
              "{\"name\":\"Another\",\"adjunct_calling_search_space\":\"CSS_other\"}");
    assert_non_null(sj_on_policy_amended(hq, on_amended, &policy, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_live_device *device = NULL;
        policy.amended = 0;
        sj_testkit_on_decide(world->kits[HQ], choose_pool, (void *)cases[i].pool);
        assert_true(world_login(world));
        assert_int_equal(sj_live_device_get(hq, PHONE, &device, NULL), SJ_OK);
        assert_string_equal(device->adjunct_calling_search_space, cases[i].adjunct);
        assert_string_equal(device->calling_search_spaces[0], cases[i].adjunct);
        assert_int_equal(policy.amended, cases[i].amended);
        sj_record_free(hq, device);
        assert_true(world_logout(world, BR));
        world_advance(world, 1000);
    }
}

/* The host's part: css.select fails now and then, login.limit is suspended. */
static void answer_list(void *user, sj_question *question, const sj_policy_list *request) {
    static const sj_policy_list_reply_entry hooks[] = {
        {.hook = "css.select",
         .policy = "spaces.lua",
         .state = "deciding",
         .faults = 3,
         .causes = "wrong_answer 3"},
        {.hook = "login.limit",
         .policy = "limit.lua",
         .state = "suspended",
         .faults = 40,
         .causes = "time 10"},
        {.hook = "proxy.allow", .policy = "", .state = "default"}};
    (void)request;
    sj_reply_policy_list(user, question, &(sj_policy_list_reply){.hooks = hooks, .hooks_count = 3});
}

static void the_check_speaks_of_policies(void **state) {
    struct world *world = *state;
    static const char *const nothing[] = {"CSS_mine"};
    struct policy policy = {.spaces = nothing, .count = 1};
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"CSS_mine\"}");
    sj_testkit_on_decide(world->kits[HQ], decide, &policy);
    assert_non_null(sj_answer_policy_list(hq, answer_list, hq, NULL));
    expect_report(
        "policies", check(world, HQ, "", false),
        (const char *const[3]){"The policy limit.lua of login.limit is suspended, it failed too "
                               "often in a row (time 10): the built-in "
                               "default decides until the next activation.",
                               "note: 3 decisions of css.select were the built-in default's since "
                               "the node started, because the policy "
                               "failed (wrong_answer 3); the last failures stand in sojourn policy "
                               "explain css.select.",
                               "note: At Office of cluster BR the policy css.select takes the "
                               "emergency numbers from user alice: "
                               "the calling search space Adjunct is put back at each login."},
        false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(emergency_numbers_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(no_pool_takes_emergency_numbers_away, setup, teardown),
        cmocka_unit_test_setup_teardown(the_check_speaks_of_policies, ready, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
