/* Versions of a policy beside each other: exchange, shadow, replay, and the record that is
 * replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/policy/replay.h"
#include "host/policy/values.h"
#include "tests/unit/policy_fixture.h"

static void exchange(struct fixture *fixture) {
    fixture->on_line = NULL;
    activate_body(fixture, "return { minutes = 99 }");
}

static void a_policy_may_be_replaced_during_its_own_call(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "error('alas')");
    fixture->on_line =
        exchange; /* the line about the fault is written while the call is not over */
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_FAULT);
    assert_int_equal(output.minutes, 60);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_int_equal(output.minutes, 99);
}

static void stop_shadow(struct fixture *fixture) {
    fixture->on_line = NULL;
    sj_engine_shadow(&fixture->engine, NULL);
}

static void the_shadow_reports_what_differs(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    struct sj_version *shadow;
    sj_error error;
    activate_body(fixture, "return { minutes = 5 }");
    assert_int_equal(load(fixture,
                          "return { hooks = { ['try.it'] = function(i) if i.hour == 23 then return "
                          "{ minutes = 6 } end error('x') end } }",
                          &shadow, &error),
                     SJ_OK);
    sj_engine_shadow(&fixture->engine, shadow);
    sj_version_drop(shadow);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_int_equal(output.minutes, 5); /* the shadow decides nothing */
    assert_int_equal(fixture->engine.shadow.compared, 1);
    assert_int_equal(fixture->engine.shadow.differing, 1);
    assert_non_null(strstr(fixture->engine.shadow.differences[0].text,
                           "try.it: minutes would differ: now { allowed = true, minutes = 5, "));
    assert_non_null(strstr(fixture->engine.shadow.differences[0].text,
                           "with try.lua { allowed = true, minutes = 6, "));
    fixture->on_line = stop_shadow;
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_null(fixture->engine.hooks[0].shadow);
}

static void replay_tells_what_would_have_been(void **state) {
    struct fixture *fixture = *state;
    struct try_input input = try_example;
    enum sj_fault_cause cause;
    struct sj_version *version;
    sj_error error;
    for (int64_t hour = 0; hour < 24; hour++) {
        char name[16];
        struct try_output output = {.minutes = 60, .reason = "default"};
        (void)snprintf(name, sizeof name, "user%d", (int)hour);
        input.hour = hour;
        input.user_id = name; /* gone after the call: what is recorded is a copy */
        (void)sj_engine_decide(&fixture->engine, &try_meta, "", &input, &output, &cause);
    }
    assert_int_equal(load(fixture,
                          "return { hooks = { ['try.it'] = function(i) if i.hour >= 22 then return "
                          "{ minutes = 10 } end if "
                          "i.hour == 0 then error(i.user_id) end if i.hour == 2 then return { "
                          "spaces = { 'nowhere' } } end "
                          "if i.hour == 3 then return { spaces = { 'here' } } end end } }",
                          &version, &error),
                     SJ_OK);
    const struct sj_hook_list hooks = sj_engine_hooks(&fixture->engine);
    struct sj_replay replay = {.count = 0};
    assert_true(sj_replay_take(&replay, &fixture->engine.recorder, &hooks));
    sj_replay_run(&replay, version);
    sj_replay_look_up(&replay, version, &(struct sj_names){fixture, fixture_exists});
    assert_int_equal(replay.replayed, 24);
    assert_int_equal(replay.differing, 5);
    assert_non_null(strstr(replay.decisions[0].text,
                           "try.lua would fail (runtime_error): try.lua:1: user0; now "));
    assert_null(replay.decisions[1].text);
    assert_non_null(strstr(replay.decisions[2].text,
                           "would fail (wrong_answer): there is no space \"nowhere\"; now "));
    assert_non_null(strstr(replay.decisions[3].text, "spaces would differ"));
    assert_non_null(strstr(replay.decisions[23].text,
                           "minutes would differ: now { minutes = 60, reason = \"default\", level "
                           "= \"low\" }, with try.lua { minutes = 10"));
    assert_non_null(strstr(replay.decisions[23].text, "input { user_id = \"user23\""));
    sj_replay_free(&replay);
    sj_version_drop(version);
}

static void the_record_is_a_ring(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    char *large = malloc(100000);
    struct try_input input = try_example;
    for (int i = 0; i < SJ_RECORDER_SLOTS + 10; i++) {
        (void)decide(fixture, &output, &cause);
    }
    assert_non_null(sj_recorder_at(&fixture->engine.recorder, SJ_RECORDER_SLOTS - 1));
    assert_null(sj_recorder_at(&fixture->engine.recorder, SJ_RECORDER_SLOTS));
    const struct sj_recorded *last = sj_recorder_at(&fixture->engine.recorder, 0);
    const struct try_input *copy = last->input;
    assert_string_equal(copy->candidates[1].place.city, "Ulm");
    assert_string_equal(copy->emcc, ""); /* sensitive */
    assert_string_equal(last->trace_id, "0123456789abcdef0123456789abcdef");
    assert_null(sj_values_difference(&try_output_meta, 7, last->output, &output));
    memset(large, 'x', 99999);
    large[99999] = '\0';
    input.user_id = large;
    (void)sj_engine_decide(&fixture->engine, &try_meta, NULL, &input, &output, &cause);
    assert_int_equal(fixture->engine.recorder.dropped, 1);
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_ENGINE(a_policy_may_be_replaced_during_its_own_call),
        WITH_ENGINE(the_shadow_reports_what_differs),
        WITH_ENGINE(replay_tells_what_would_have_been),
        WITH_ENGINE(the_record_is_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
