/* What calls between two regions may use: their relationship in either direction, else the
 * defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/region.h"

static const struct region_defaults defaults = {{64, 384, "low loss"}, {8, 0, "lossy"}};

static void release(void *user, void *record) {
    (void)user;
    free(record);
}

static void relate(struct dial_plan *plan, const char *key, const char *codecs) {
    sj_region_relation *relation = calloc(1, sizeof *relation);
    assert_non_null(relation);
    relation->max_audio_bit_rate = 32;
    relation->max_video_call_bit_rate = 768;
    relation->audio_codec_preference_list = codecs;
    assert_int_equal(dial_plan_put(plan, PLAN_REGION_RELATION, key, relation, NULL), SJ_OK);
}

static void are(struct region_limits limits, int64_t audio, int64_t video, const char *codecs) {
    assert_int_equal(limits.audio_kbps, audio);
    assert_int_equal(limits.video_kbps, video);
    assert_string_equal(limits.codecs, codecs);
}

static int setup(void **state) {
    struct dial_plan *plan = calloc(1, sizeof *plan);
    *state = plan;
    return dial_plan_init(plan, release, NULL) == SJ_OK ? 0 : -1;
}

static int teardown(void **state) {
    dial_plan_free(*state);
    free(*state);
    return 0;
}

static void the_defaults_hold_without_a_relationship(void **state) {
    are(region_between(*state, "A", "A", &defaults), 64, 384, "low loss");
    are(region_between(*state, "A", "B", &defaults), 8, 0, "lossy");
}

static void a_relationship_holds_in_both_directions(void **state) {
    relate(*state, "B@A", "mine");
    are(region_between(*state, "A", "B", &defaults), 32, 768, "mine");
    are(region_between(*state, "B", "A", &defaults), 32, 768, "mine");
    are(region_between(*state, "A", "A", &defaults), 64, 384, "low loss");
    relate(*state, "A@A", "");
    are(region_between(*state, "A", "A", &defaults), 32, 768, "");
    are(region_between(*state, "B", "B", &defaults), 64, 384, "low loss");
}

static void a_pool_without_a_region_has_none(void **state) {
    sj_device_pool *pool = calloc(1, sizeof *pool);
    assert_non_null(pool);
    assert_string_equal(region_of_pool(*state, "Pool"), "");
    pool->region = "A";
    assert_int_equal(dial_plan_put(*state, PLAN_DEVICE_POOL, "Pool", pool, NULL), SJ_OK);
    assert_string_equal(region_of_pool(*state, "Pool"), "A");
    pool->region = NULL;
    assert_string_equal(region_of_pool(*state, "Pool"), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_defaults_hold_without_a_relationship, setup, teardown),
        cmocka_unit_test_setup_teardown(a_relationship_holds_in_both_directions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pool_without_a_region_has_none, setup, teardown)};
    return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
