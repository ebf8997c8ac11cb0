/* The policy engine without a node: views, answers, faults and their consequences, files that are
 * refused, callers of other versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/policy_fixture.h"

static void the_default_decides_without_a_policy(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_DEFAULT);
    assert_int_equal(output.minutes, 60);
    activate_body(fixture, "return nil");
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_DEFAULT);
    assert_string_equal(output.reason, "default");
    assert_int_equal(sj_recorder_at(&fixture->engine.recorder, 0)->outcome, SJ_OUTCOME_DECLINED);
}

static void every_type_of_field_is_seen(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture,
                  "local function is(what, expected) if what ~= expected then error(tostring(what) "
                  ".. ' is not ' .. tostring(expected), "
                  "2) end end\n"
                  "is(input.user_id, 'alice') is(input.emcc, 'CSS_emcc') is(input.inter_cluster, "
                  "true) is(input.enforced, false)\n"
                  "is(input.hour, 23) is(input.share, 0.5) is(input.now, 1767225600) "
                  "is(input.limit, 600) is(input.level, 'middle')\n"
                  "is(input.place.country, 'GB') is(input.place, input.place) is(#input.filter, 2) "
                  "is(input.filter[2], 'city')\n"
                  "is(input.filter[3], nil) is(input.filter[0], nil) is(#input.candidates, 2) "
                  "is(input.candidates[1].pool, 'DP_uk')\n"
                  "local a, b = input.candidates[1], input.candidates[2] is(a.place.city, "
                  "'London') is(b.place.city, 'Ulm') is(a.weight, "
                  "2)\n"
                  "local names = '' for i, candidate in ipairs(input.candidates) do names = names "
                  ".. i .. candidate.pool end is(names, "
                  "'1DP_uk2DP_de')\n"
                  "names = '' for i, candidate in pairs(input.candidates) do names = names .. i .. "
                  "candidate.pool end is(names, "
                  "'1DP_uk2DP_de')\n"
                  "local count = 0 for name, value in pairs(input) do count = count + 1 "
                  "is(input[name] ~= nil, true) end is(count, 20)\n"
                  "for name, value in pairs(input.place) do is(value, input.place[name]) end\n"
                  "return { allowed = false, minutes = 5, reason = 'ok', spaces = { 'X', 'Y', 'Z' "
                  "}, level = 'high', share = 0.25, "
                  "until_ = nil,\n"
                  "  ['until'] = '2026-01-01T00:00:00Z' }");
    if (decide(fixture, &output, &cause) != SJ_BY_POLICY) {
        fail_msg("%s", fixture->last);
    }
    assert_false(output.allowed);
    assert_int_equal(output.minutes, 5);
    assert_string_equal(output.reason, "ok");
    assert_int_equal(output.spaces_count, 3);
    assert_string_equal(output.spaces[2], "Z");
    assert_int_equal(output.level, 2);
    assert_true(output.share == 0.25);
    assert_true(output.until == 1767225600000);
}

static void what_an_answer_leaves_out_stays_the_defaults(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "return { minutes = 7 }");
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_true(output.allowed);
    assert_int_equal(output.minutes, 7);
    assert_int_equal(output.spaces_count, 2);
    assert_string_equal(output.spaces[1], "B");
}

struct fault_case {
    const char *body, *says;
    enum sj_fault_cause cause;
};

static void faults_leave_the_default_and_say_why(void **state) {
    static const struct fault_case cases[] = {
        {"return 5",
         "try.lua:1: the answer of the function that begins here is wrong: expected a table, got 5",
         SJ_FAULT_ANSWER},
        {"return { minutes = 'x' }",
         "minutes: expected a whole number from 0 to 1000, got the text \"x\"", SJ_FAULT_ANSWER},
        {"return { minutes = 1.5 }", "minutes: expected a whole number from 0 to 1000, got 1.5",
         SJ_FAULT_ANSWER},
        {"return { minutes = 1001 }", "minutes: expected a whole number from 0 to 1000, got 1001",
         SJ_FAULT_ANSWER},
        {"return { minutes = -1 }", "got -1", SJ_FAULT_ANSWER},
        {"return { allowed = 1 }", "allowed: expected true or false, got 1", SJ_FAULT_ANSWER},
        {"return { reason = ('x'):rep(21) }", "reason: expected a text of 0 to 20 bytes",
         SJ_FAULT_ANSWER},
        {"return { reason = 'a\\0b' }", "reason: expected a text in UTF-8 without zero bytes",
         SJ_FAULT_ANSWER},
        {"return { reason = '\\xff' }", "reason: expected a text in UTF-8", SJ_FAULT_ANSWER},
        {"return { spaces = 'A' }", "spaces: expected a list, got the text \"A\"", SJ_FAULT_ANSWER},
        {"return { spaces = { 'A', 'B', 'C', 'D' } }", "spaces: expected 0 to 3 items, got 4",
         SJ_FAULT_ANSWER},
        {"return { spaces = { 'A', 2 } }", "spaces[2]: expected a text, got 2", SJ_FAULT_ANSWER},
        {"return { spaces = { 'A', x = 'B' } }", "spaces: expected a list without gaps",
         SJ_FAULT_ANSWER},
        {"return { level = 'hi' }",
         "level: expected one of \"low\", \"middle\", \"high\", got the text \"hi\"",
         SJ_FAULT_ANSWER},
        {"return { share = 0/0 }", "share: expected a number", SJ_FAULT_ANSWER},
        {"return { ['until'] = 'noon' }", "until: expected a time", SJ_FAULT_ANSWER},
        {"return { spaces = { 'here', 'nowhere' } }", "spaces[2]: there is no space \"nowhere\"",
         SJ_FAULT_ANSWER},
        {"return { minutes = 5, allowed = false, spaces = { 'nowhere' } }",
         "spaces[1]: there is no space", SJ_FAULT_ANSWER},
        {"return { spaces = { 'here', '' } }",
         "spaces[2]: expected the name of a space, got an empty text", SJ_FAULT_ANSWER},
        {"return { minutes = input.default.minuts }",
         "there is no field minuts here (there are allowed, minutes", SJ_FAULT_RUNTIME},
        {"input.default.minutes = 5", "read-only", SJ_FAULT_RUNTIME},
        {"return { minutes = input.default.default }", "there is no field default here",
         SJ_FAULT_RUNTIME},
        {"return input.defaults", "(there are user_id, ", SJ_FAULT_RUNTIME},
        {"return { alowed = true }",
         "there is no field alowed (there are allowed, minutes, reason, spaces", SJ_FAULT_ANSWER},
        {"return { ['minutes\\0x'] = 1 }", "there is no field minutes", SJ_FAULT_ANSWER},
        {"return { 'x' }", "expected names of fields, got a number as a key", SJ_FAULT_ANSWER},
        {"return { minutes = 7, reason = 5 }", "reason: expected a text, got 5", SJ_FAULT_ANSWER},
        {"return input.user",
         "try.lua:2: there is no field user here (there are user_id, device_name",
         SJ_FAULT_RUNTIME},
        {"input.user_id = 'x'", "try.lua:2: the input of a decision is read-only",
         SJ_FAULT_RUNTIME},
        {"input.filter[1] = 'x'", "read-only", SJ_FAULT_RUNTIME},
        {"return input.filter.x", "filter is a list: expected the number of an item",
         SJ_FAULT_RUNTIME},
        {"return input.place.planet", "there is no field planet here (there are country, city)",
         SJ_FAULT_RUNTIME},
        {"while true do end", "the limit is 200000", SJ_FAULT_INSTRUCTIONS},
        {"return os.time()", "os is not available", SJ_FAULT_BLOCKED},
        {"local s = 'x' while true do s = s .. s end", "the text would be longer than 65536 bytes",
         SJ_FAULT_MEMORY},
        {"error({})", "the error is a table", SJ_FAULT_RUNTIME},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct try_output output;
        enum sj_fault_cause cause;
        fixture->last[0] = '\0';
        activate_body(fixture, cases[i].body);
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_FAULT);
        if (cause != cases[i].cause || strstr(fixture->last, cases[i].says) == NULL) {
            fail_msg("%s: %s: %s", cases[i].body, sj_fault_name(cause), fixture->last);
        }
        assert_non_null(strstr(fixture->last, "; the default decides; input { user_id = \"alice\", "
                                              "device_name = \"SEP001122334455\""));
        assert_null(strstr(fixture->last, "CSS_emcc")); /* sensitive */
        assert_true(output.allowed);
        assert_int_equal(output.minutes, 60);
        assert_string_equal(output.reason, "default");
        assert_int_equal(output.spaces_count, 2);
        assert_string_equal(
            sj_recorder_at(&fixture->engine.recorder, 0)->fault != NULL ? "kept" : "lost", "kept");
    }
}

static void ten_faults_in_a_row_suspend_the_policy(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "error('alas')");
    for (int i = 0; i < SJ_BREAKER_FAULTS; i++) {
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_FAULT);
    }
    assert_int_equal(fixture->lines, 2); /* the first, and the one that opens the breaker */
    assert_non_null(
        strstr(fixture->last,
               "until the next activation, after 10 faults in a row; 8 more since the last line"));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_BREAKER);
        assert_int_equal(cause, SJ_FAULT_NONE);
    }
    assert_int_equal(fixture->lines, 2);
    assert_int_equal(fixture->engine.hooks[0].count[SJ_BY_BREAKER], 5);
    assert_int_equal(fixture->engine.hooks[0].faults[SJ_FAULT_RUNTIME], 10);
    activate_body(fixture, "return { minutes = 1 }");
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
}

static void the_defaults_decision_is_in_the_input(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "local d = input.default\n"
                           "return { minutes = math.min(d.minutes, 120), reason = d.reason .. '!', "
                           "spaces = { d.spaces[2] },\n"
                           "  allowed = not d.allowed }");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
        assert_int_equal(output.minutes, 60);
        assert_string_equal(output.reason, "default!");
        assert_int_equal(output.spaces_count, 1);
        assert_string_equal(output.spaces[0], "B");
        assert_false(output.allowed);
    }
}

static void the_records_a_file_names_are_known(void **state) {
    struct fixture *fixture = *state;
    struct sj_version *version;
    sj_error error;
    assert_int_equal(
        load(fixture,
             "return { hooks = { ['try.it'] = function(input)\n"
             "  return { spaces = { input.line, input.default.spaces[1], 'Mine' } } end },\n"
             "  tests = { { name = 'one', hook = 'try.it', input = { line = 'Given' }, default = { "
             "spaces = { 'D' } },\n"
             "    expect = { spaces = { 'Given', 'D', 'Mine' } } },\n"
             "  { name = 'two', hook = 'try.it', input = { line = 'L' }, default = { spaces = { "
             "'D' } },\n"
             "    expect = { spaces = { 'L', 'D', 'Mine' } } } } }",
             &version, &error),
        SJ_OK);
    assert_int_equal(version->named_count, 1);
    assert_string_equal(version->named[0].resource, "space");
    assert_string_equal(version->named[0].key, "Mine");
    assert_string_equal(version->named[0].test, "one");
    sj_version_drop(version);
    assert_int_equal(load(fixture,
                          "return { hooks = { ['try.it'] = function(input) return { spaces = { 'S' "
                          ".. input.hour } } end },\n"
                          "  tests = (function() local t = {} for i = 1, 201 do\n"
                          "    t[i] = { hook = 'try.it', input = { hour = i }, expect = {} } end "
                          "return t end)() }",
                          &version, &error),
                     SJ_E_INVALID);
    assert_non_null(strstr(error.text, "more than 200 records"));
}

static void a_burst_is_logged_once(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "error('alas')");
    for (int i = 0; i < 5; i++) {
        (void)decide(fixture, &output, &cause);
    }
    assert_int_equal(fixture->lines, 1);
    fixture->now += SJ_BURST_SILENCE_MS;
    (void)decide(fixture, &output, &cause);
    assert_int_equal(fixture->lines, 2);
    assert_non_null(strstr(fixture->last, "4 more since the last line"));
}

static void inputs_do_not_outlive_their_call(void **state) {
    static const char text[] = "local kept\nreturn { hooks = { ['try.it'] = function(input)\n"
                               "  if kept then return { reason = kept.pool } end\n"
                               "  kept = input.candidates[1]\n  return { minutes = 1 }\nend } }";
    static const char list[] = "local kept\nreturn { hooks = { ['try.it'] = function(input)\n"
                               "  if kept then for _ in pairs(kept) do end end\n  kept = "
                               "input.filter\n  return { minutes = 1 }\nend } }";
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate(fixture, text);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_FAULT);
    assert_non_null(strstr(fixture->last, "try.lua:3: this input belongs to a call that is over"));
    activate(fixture, list);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
    assert_int_equal(decide(fixture, &output, &cause), SJ_BY_FAULT);
    assert_non_null(strstr(fixture->last, "try.lua:3: this input belongs to a call that is over"));
}

static void broken_files_are_refused(void **state) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "try.lua: expected the file to return a table { hooks = { ... }, tests = { ... } }, "
             "got a nil"},
        {"return 5", "got a number"},
        {"retrun {}", "try.lua:1: there is no retrun in a policy"},
        {"return {", "try.lua:1: unexpected symbol"},
        {"return {}", "hooks: missing"},
        {"return { hooks = {} }", "hooks: defines no hook"},
        {"return { hooks = 5 }", "hooks: expected a table, got a number"},
        {"return { hook = {} }",
         "the file's table has no place for \"hook\" (there are about, hooks, tests)"},
        {"return { hooks = { ['try.me'] = function() end } }",
         "there is no hook \"try.me\" (there are try.it)"},
        {"return { hooks = { ['try.it\\0'] = function() end } }", "there is no hook"},
        {"return { hooks = { ['try.it'] = 5 } }",
         "hooks[\"try.it\"]: expected a function, got a number"},
        {"return { hooks = { function() end } }",
         "hooks: expected names of hooks, got a number as a key"},
        {"return { about = 5, hooks = { ['try.it'] = function() end } }",
         "about: expected a text, got a number"},
        {"return { hooks = { ['try.it'] = function() end }, tests = { 5 } }",
         "tests: expected a list of tables"},
        {"while true do end",
         "try.lua:1: 5000100 instructions used in one call, the limit is 5000000"},
        {"return require('x')", "try.lua:1: require is not available"},
        {"return { hooks = { ['try.it'] = function() end }, tests = { { name = 'one', hook = "
         "'try.it', input = { usr = 1 }, "
         "expect = {} } } }",
         "try.lua: 1 of 1 test cases failed; the first, \"one\": input: there is no field usr "
         "(there are user_id"},
        {"return { hooks = { ['try.it'] = function() end }, tests = { { name = 'one', hook = "
         "'try.it', expect = { minutes = 1 "
         "} } } }",
         "\"one\": expected a decision, it declined (returned nil)"},
        {"return { hooks = { ['try.it'] = function() return { minutes = 2 } end }, tests = { { "
         "hook = 'try.it', expect = { "
         "minutes = 1 } } } }",
         "\"number 1\": minutes differs: expected { minutes = 1, level = \"low\" }, got { minutes "
         "= 2, level = \"low\" }"},
        {"return { hooks = { ['try.it'] = function() return {} end }, tests = { { hook = 'try.it', "
         "declines = true } } }",
         "expected it to decline (return nil), it decided"},
        {"return { hooks = { ['try.it'] = function() return {} end }, tests = { { hook = 'try.it' "
         "} } }",
         "expect: missing; expected the answer, or declines"},
        {"return { hooks = { ['try.it'] = function() return {} end }, tests = { { hook = 'x', "
         "expect = {} } } }",
         "hook: expected one of the hooks the file defines, got \"x\""},
        {"return { hooks = { ['try.it'] = function() return {} end }, tests = { { hok = 'x', "
         "expect = {} } } }",
         "there is no \"hok\" in a test case"},
        {"return { hooks = { ['try.it'] = function() return {} end }, tests = { { hook = 'try.it', "
         "input = { level = 'x' }, "
         "expect = {} } } }",
         "input: level: expected one of"},
        {"return { hooks = { ['try.it'] = function() error('alas') end }, tests = { { hook = "
         "'try.it', expect = {} } } }",
         "try.lua:1: alas"},
        {"return { hooks = { ['try.it'] = function() while true do end end }, tests = { { hook = "
         "'try.it', expect = {} } } }",
         "the limit is 200000"},
    };
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "return { minutes = 42 }");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sj_version *version = NULL;
        sj_error error = {0};
        if (load(fixture, cases[i].text, &version, &error) == SJ_OK ||
            strstr(error.text, cases[i].says) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.text);
        }
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY); /* the one before stays */
        assert_int_equal(output.minutes, 42);
    }
}

static void test_cases_share_a_budget(void **state) {
    static const char text[] =
        "local tests = {} for i = 1, 1000 do tests[i] = { hook = 'try.it', declines = true } end\n"
        "return { hooks = { ['try.it'] = function() for i = 1, 50000 do end end }, tests = tests }";
    struct fixture *fixture = *state;
    struct sj_version *version;
    sj_error error;
    assert_int_equal(load(fixture, text, &version, &error), SJ_E_INVALID);
    assert_non_null(
        strstr(error.text, "try.lua: its test cases need more than 5000000 instructions together"));
}

struct told {
    unsigned passed, failed;
    char last[200];
};

static void tell(void *user, const char *name, bool passed, const char *text) {
    struct told *told = user;
    (void)text;
    *(passed ? &told->passed : &told->failed) += 1;
    (void)snprintf(told->last, sizeof told->last, "%s", name);
}

static void the_files_own_tests_are_run(void **state) {
    static const char text[] =
        "return { about = 'tries', hooks = { ['try.it'] = function(input)\n"
        "  if input.hour >= 22 then return { minutes = 120, reason = 'night' } end\n"
        "  if input.place.country == 'DE' and #input.candidates == 1 then return { spaces = { "
        "input.candidates[1].pool } } end\n"
        "end }, tests = {\n"
        "  { name = 'night', hook = 'try.it', input = { hour = 23 }, expect = { minutes = 120 } "
        "},\n"
        "  { name = 'noon is the default hour', hook = 'try.it', input = {}, declines = true },\n"
        "  { name = 'germany', hook = 'try.it', input = { place = { country = 'DE' }, candidates = "
        "{ { "
        "pool = 'DP', weight = 3 } } },\n"
        "    default = { minutes = 5 }, expect = { spaces = { 'DP' }, minutes = 5 } },\n"
        "} }";
    struct fixture *fixture = *state;
    struct sj_hook_list hooks = sj_engine_hooks(&fixture->engine);
    struct told told = {0};
    struct sj_version *version;
    sj_error error;
    if (sj_version_load("try.lua", text, strlen(text), &hooks, &fixture->engine.limits, true, tell,
                        &told, &version, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(told.passed, 3);
    assert_int_equal(told.failed, 0);
    assert_int_equal(version->tests_count, 3);
    assert_string_equal(told.last, "germany");
    sj_version_drop(version);
}

static void an_older_caller_is_understood(void **state) {
    struct fixture *fixture = *state;
    struct { /* the first twelve fields and nothing behind them */
        const char *texts[8];
        bool flags[2];
        int64_t hour, weekday;
    } input = {{"bob", "d", "m", "c", "p", "a", "l", "e"}, {true, false}, 3, 4};
    struct { /* the first two */
        bool allowed;
        int64_t minutes;
        uint64_t canary;
    } output = {true, 60, 0x5a5a5a5a5a5a5a5a};
    sj_record_meta old_input = try_input_meta, old_output = try_output_meta;
    sj_policy_meta old = {
        .size = sizeof old, .name = "try.it", .input = &old_input, .output = &old_output};
    uint64_t wrong[] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    enum sj_fault_cause cause;
    old_input.fields_count = 12;
    old_input.struct_size = sizeof input;
    old_output.fields_count = 2;
    old_output.struct_size = offsetof(struct try_output, reason);
    activate_body(fixture, "local n = 0 for _ in pairs(input) do n = n + 1 end\n"
                           "return { minutes = input.hour + #input.candidates + n, reason = "
                           "input.user_id .. input.place.city .. input.level }");
    assert_int_equal(sj_engine_decide(&fixture->engine, &old, "", &input, &output, &cause),
                     SJ_BY_POLICY);
    assert_int_equal(output.minutes, 23);
    assert_true(output.canary == 0x5a5a5a5a5a5a5a5a);
    old_input.fingerprints = wrong;
    assert_int_equal(sj_engine_decide(&fixture->engine, &old, "", &input, &output, &cause),
                     SJ_BY_DEFAULT);
}

static void ten_thousand_reloads_leave_nothing_behind(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    size_t bytes = 0;
    for (int i = 0; i < 10000; i++) {
        activate(
            fixture,
            i % 2 == 0
                ? "return { hooks = { ['try.it'] = function(input) return { minutes = 1 } end } }"
                : "return { hooks = { ['try.it'] = function(input) return { minutes = 2 } end } }");
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
        assert_int_equal(output.minutes, 1 + i % 2);
        sj_arena_reset(&fixture->engine.answers);
        if (i == 10) {
            bytes = fixture->engine.hooks[0].active->sandbox->bytes;
        }
    }
    assert_true(fixture->engine.hooks[0].active->sandbox->bytes < bytes + 2000);
    assert_int_equal(fixture->engine.hooks[0].active->references, 1);
}

static void a_policy_does_not_grow_with_its_calls(void **state) {
    struct fixture *fixture = *state;
    struct try_output output;
    enum sj_fault_cause cause;
    activate_body(fixture, "local t = {} for i, c in ipairs(input.candidates) do t[#t + 1] = "
                           "c.pool .. input.user_id end return { spaces = t }");
    for (int i = 0; i < 50000; i++) {
        assert_int_equal(decide(fixture, &output, &cause), SJ_BY_POLICY);
        sj_arena_reset(&fixture->engine.answers);
    }
    assert_true(fixture->engine.hooks[0].active->sandbox->peak < 1u << 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_ENGINE(the_default_decides_without_a_policy),
        WITH_ENGINE(every_type_of_field_is_seen),
        WITH_ENGINE(what_an_answer_leaves_out_stays_the_defaults),
        WITH_ENGINE(faults_leave_the_default_and_say_why),
        WITH_ENGINE(ten_faults_in_a_row_suspend_the_policy),
        WITH_ENGINE(the_defaults_decision_is_in_the_input),
        WITH_ENGINE(the_records_a_file_names_are_known),
        WITH_ENGINE(a_burst_is_logged_once),
        WITH_ENGINE(inputs_do_not_outlive_their_call),
        WITH_ENGINE(broken_files_are_refused),
        WITH_ENGINE(test_cases_share_a_budget),
        WITH_ENGINE(the_files_own_tests_are_run),
        WITH_ENGINE(an_older_caller_is_understood),
        WITH_ENGINE(ten_thousand_reloads_leave_nothing_behind),
        WITH_ENGINE(a_policy_does_not_grow_with_its_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
