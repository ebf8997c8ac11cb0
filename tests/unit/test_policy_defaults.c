/* The default policies in policies/ decide as the built-in defaults do: both are asked the same
 * questions, thousands made up by chance from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/policy/engine.h"
#include "host/policy/values.h"
#include "plugins/extension-mobility/devices/calling_search_space_order.h"
#include "plugins/extension-mobility/devices/geolocation_match.h"
#include "plugins/extension-mobility/sessions/login_limit.h"
#include "policies/css_select.h"
#include "policies/geolocation_match.h"
#include "policies/login_limit.h"

enum { QUESTIONS = 5000 };

static struct sj_engine engine;
static uint32_t seed;

static uint32_t chance(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static const char *one_of(const char *const *words, size_t count) {
    return words[chance((uint32_t)count)];
}

static int64_t now_ms(void *user) {
    (void)user;
    return 0;
}

static void fail_on_log(void *user, sj_log_level level, const char *trace_id, const char *text) {
    (void)user;
    (void)level;
    (void)trace_id;
    fail_msg("%s", text);
}

static void activate(const sj_policy_meta *meta, const char *file) {
    char path[512], text[16384];
    struct sj_version *version;
    sj_error error;
    FILE *stream;
    size_t length;
    (void)snprintf(path, sizeof path, "%s/%s", POLICIES, file);
    stream = fopen(path, "r");
    assert_non_null(stream);
    length = fread(text, 1, sizeof text, stream);
    (void)fclose(stream);
    sj_engine_init(&engine, &(struct sj_engine_events){NULL, now_ms, fail_on_log, NULL});
    assert_non_null(sj_engine_add_hook(&engine, meta));
    struct sj_hook_list hooks = sj_engine_hooks(&engine);
    if (sj_version_load(file, text, length, &hooks, &engine.limits, true, NULL, NULL, &version,
                        &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    sj_engine_activate(&engine, version, NULL);
    sj_version_drop(version);
    seed = 20260301;
}

/* Asks the policy and compares with what the default decided, which `actual` holds already. */
static void assert_same(const sj_policy_meta *meta, const void *input, const void *expected,
                        void *actual) {
    enum sj_fault_cause cause;
    const char *field;
    assert_int_equal(sj_engine_decide(&engine, meta, "", input, actual, &cause), SJ_BY_POLICY);
    field = sj_values_difference(meta->output, meta->output->fields_count, expected, actual);
    if (field != NULL) {
        sj_text text = {0};
        sj_text_printf(&text, "%s: ", field);
        sj_values_write(&text, 2000, meta->output, meta->output->fields_count, expected);
        sj_text_printf(&text, " is not ");
        sj_values_write(&text, 2000, meta->output, meta->output->fields_count, actual);
        sj_text_printf(&text, " for ");
        sj_values_write(&text, 2000, meta->input, meta->input->fields_count, input);
        fail_msg("%s", text.data);
    }
    sj_arena_reset(&engine.answers);
}

static void css_select(void **state) {
    static const char *const names[] = {"", "", "CSS_a", "CSS_b", "CSS_c"};
    (void)state;
    activate(&sj_css_select_meta, "css_select.lua");
    for (int i = 0; i < QUESTIONS; i++) {
        const char *order[3];
        sj_css_select_input input = {.adjunct_calling_search_space = one_of(names, 5),
                                     .line_calling_search_space = one_of(names, 5),
                                     .emcc_calling_search_space = one_of(names, 5)};
        sj_css_select_output expected = {0}, actual;
        em_calling_search_space_order(&input, &expected, order);
        actual = expected;
        assert_same(&sj_css_select_meta, &input, &expected, &actual);
    }
    sj_engine_finish(&engine);
}

static sj_civic_address place(void) {
    static const char *const countries[] = {"", "GB", "gb", "DE", " GB "}, *const cities[] = {
                                                                               "", "London",
                                                                               "LONDON ", "Ulm"};
    static const char *const floors[] = {"", "1", "2"};
    return (sj_civic_address){.country = one_of(countries, 5),
                              .community_name = one_of(cities, 4),
                              .floor = one_of(floors, 3)};
}

static void geolocation_match(void **state) {
    static const char *const fields[] = {"country", "community_name", "floor", "street"};
    static const char *const pools[] = {"DP_a", "DP_b", "DP_c", "DP_d"};
    (void)state;
    activate(&sj_geolocation_match_meta, "geolocation_match.lua");
    for (int i = 0; i < QUESTIONS; i++) {
        sj_geolocation_match_input_candidate candidates[4];
        char reason[200];
        sj_geolocation_match_input input = {
            .geolocation = place(), .filter = fields + chance(3), .candidates = candidates};
        sj_geolocation_match_output expected = {0}, actual;
        input.filter_count = chance((uint32_t)(fields + 4 - input.filter) + 1);
        input.candidates_count = chance(5);
        for (size_t k = 0; k < input.candidates_count; k++) {
            candidates[k] = (sj_geolocation_match_input_candidate){
                .device_pool = pools[(k * 3 + (size_t)i) % 4], .geolocation = place()};
        }
        em_geolocation_match(&input, &expected, reason);
        actual = expected;
        assert_same(&sj_geolocation_match_meta, &input, &expected, &actual);
    }
    sj_engine_finish(&engine);
}

static void login_limit(void **state) {
    (void)state;
    activate(&sj_login_limit_meta, "login_limit.lua");
    for (int i = 0; i < QUESTIONS; i++) {
        sj_login_limit_input input = {.inter_cluster = chance(2) == 0,
                                      .enforced = chance(2) == 0,
                                      .user_maximum_minutes = (int64_t)chance(3) * 100,
                                      .parameter_minutes = (int64_t)chance(3) * 150,
                                      .requested_minutes = (int64_t)chance(4) * 60};
        sj_login_limit_output expected = {0}, actual;
        em_login_limit(&input, &expected);
        actual = expected;
        assert_same(&sj_login_limit_meta, &input, &expected, &actual);
    }
    sj_engine_finish(&engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(css_select),
                                       cmocka_unit_test(geolocation_match),
                                       cmocka_unit_test(login_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
