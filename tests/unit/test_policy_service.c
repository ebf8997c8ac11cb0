/* The policy engine in a node: versions in the store, commands over the bus, a restart, and what
 * other nodes change. */
#include "store_fixture.h"

#include "../sanitized.h"
#include "events/policy.h"
#include "host/bus/bus.h"
#include "host/core/timers.h"
#include "host/policy/service.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/work/work.h"
#include "policies/css_select.h"
#include "policies/login_limit.h"
#include "policies/proxy_allow.h"
#include "resources/calling_search_space.h"
#include "resources/node.h"

static const char short_logins[] =
    "return { hooks = { ['login.limit'] = function(input) return { minutes = 5, reason = 'short' } "
    "end },\n"
    "tests = { { name = 'short', hook = 'login.limit', expect = { minutes = 5 } } } }";
static const char two_hooks[] =
    "return { hooks = { ['login.limit'] = function(input) return { minutes = 9, reason = 'nine' } "
    "end,\n"
    "['proxy.allow'] = function(input) return { allowed = false, reason = 'no' } end } }";

static void open_policy(struct fixture *fixture) {
    sj_error error = {0};
    if (sj_policy_open(&fixture->node, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

static int set_up(void **state) {
    struct fixture *fixture;
    sj_error error = {0};
    (void)memory_setup(state);
    fixture = *state;
    assert_int_equal(sj_log_open(&fixture->node, &error), SJ_OK);
    sj_log_configure(&fixture->node, SJ_LOG_ERROR, false);
    assert_int_equal(sj_timers_open(&fixture->node, &error), SJ_OK);
    assert_int_equal(sj_work_open(&fixture->node, &error), SJ_OK);
    assert_int_equal(sj_metrics_open(&fixture->node, &error), SJ_OK);
    assert_int_equal(sj_bus_open(&fixture->node, &error), SJ_OK);
    open_policy(fixture);
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    sj_node_close_scope(&fixture->node);
    sj_policy_close(&fixture->node);
    sj_store_close(&fixture->node);
    sj_bus_close(&fixture->node);
    sj_metrics_close(&fixture->node);
    sj_work_close(&fixture->node);
    sj_timers_close(&fixture->node);
    sj_node_finish(&fixture->node);
    sj_log_close(&fixture->node);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

struct answer {
    bool come;
    int status;
    sj_error error;
    char *json;
};

static void on_answer(void *user, int status, const sj_error *error, const char *json) {
    struct answer *answer = user;
    answer->come = true;
    answer->status = status;
    if (status == SJ_OK) {
        answer->json = strdup(json);
    } else {
        answer->error = *error;
    }
}

/* Asks one of the commands; the answer stays until the next is asked. */
static const struct answer *ask(struct fixture *fixture, const char *name, cJSON *body) {
    static struct answer answer;
    sj_error error = {0};
    char *json = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    free(answer.json);
    memset(&answer, 0, sizeof answer);
    if (sj_bus_ask_json(&fixture->node, name, json, on_answer, &answer, &error) != SJ_OK) {
        fail_msg("%s: %s", name, error.text);
    }
    for (int i = 0; i < 100000 && !answer.come; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        usleep(answer.come ? 0 : 100);
    }
    assert_true(answer.come);
    cJSON_free(json);
    cJSON_Delete(body);
    return &answer;
}

static cJSON *file(const char *name, const char *text) {
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, "name", name);
    (void)cJSON_AddStringToObject(body, "text", text);
    return body;
}

static cJSON *word(const char *name, const char *value) {
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, name, value);
    return body;
}

static void assert_answer(const struct answer *answer, const char *part) {
    if (answer->status != SJ_OK || strstr(answer->json, part) == NULL) {
        fail_msg("expected %s, got %d: %s%s", part, answer->status, answer->error.text,
                 answer->json != NULL ? answer->json : "");
    }
}

static void assert_refused(const struct answer *answer, int code, const char *part) {
    if (answer->status != code || strstr(answer->error.text, part) == NULL) {
        fail_msg("expected %d: %s, got %d: %s%s", code, part, answer->status, answer->error.text,
                 answer->json != NULL ? answer->json : "");
    }
}

/* The minutes that login.limit decides; -1 when the default did. */
static int64_t minutes(struct fixture *fixture) {
    sj_login_limit_input input = {.user_id = "alice", .hour = 12, .weekday = 1};
    sj_login_limit_output output = {.allowed = true, .minutes = 480, .reason = "default"};
    int by = sj_decide_login_limit(fixture->node.scope, "", &input, &output);
    assert_true(by == 1 || output.minutes == 480);
    return by == 1 ? output.minutes : -1;
}

static bool proxy(struct fixture *fixture) {
    sj_proxy_allow_input input = {.device_name = "SEP001122334455"};
    sj_proxy_allow_output output = {.allowed = true, .reason = ""};
    (void)sj_decide_proxy_allow(fixture->node.scope, "", &input, &output);
    return output.allowed;
}

static void activation_and_rollback(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(minutes(fixture), -1);
    assert_refused(ask(fixture, "policy.rollback", word("hook", "login.limit")), SJ_E_CONFLICT,
                   "there is nothing to roll back");
    assert_answer(ask(fixture, "policy.activate", file("short.lua", short_logins)),
                  "short.lua is active as version 1; its 1 test case passed");
    assert_int_equal(minutes(fixture), 5);
    assert_answer(ask(fixture, "policy.activate", file("two.lua", two_hooks)), "\"number\":2");
    assert_int_equal(minutes(fixture), 9);
    assert_false(proxy(fixture));
    assert_answer(ask(fixture, "policy.list", NULL),
                  "\"hook\":\"login.limit\",\"policy\":\"two.lua\",\"version\":2");
    assert_answer(ask(fixture, "policy.versions", NULL), "\"number\":2,\"name\":\"two.lua\"");
    assert_answer(ask(fixture, "policy.rollback", word("hook", "proxy.allow")),
                  "login.limit is decided by version 1 (short.lua) again");
    assert_int_equal(minutes(fixture), 5);
    assert_true(proxy(fixture));
    assert_answer(ask(fixture, "policy.activate", file("two.lua", two_hooks)), "\"number\":3");
    assert_answer(ask(fixture, "policy.rollback", word("hook", "login.limit")),
                  "version 1 (short.lua)"); /* what was there, not number 2 */
    assert_answer(ask(fixture, "policy.rollback", word("hook", "login.limit")),
                  "login.limit is decided by the default again");
    assert_int_equal(minutes(fixture), -1);
    assert_refused(ask(fixture, "policy.rollback", word("hook", "no.such")), SJ_E_NOT_FOUND,
                   "there is no hook \"no.such\"");
    cJSON *which = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(which, "number", 1);
    assert_answer(ask(fixture, "policy.show", which), "reason = 'short'");
}

static void a_broken_file_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    (void)ask(fixture, "policy.activate", file("short.lua", short_logins));
    assert_refused(ask(fixture, "policy.activate", file("bad.lua", "return {")), SJ_E_INVALID,
                   "bad.lua:1: unexpected symbol");
    assert_refused(
        ask(fixture, "policy.activate",
            file("wrong.lua",
                 "return { hooks = { ['login.limit'] = function() return { minutes = 'x' } end },\n"
                 "tests = { { name = 'one', hook = 'login.limit', expect = { minutes = 1 } } } }")),
        SJ_E_INVALID,
        "wrong.lua: 1 of 1 test cases failed; the first, \"one\": wrong.lua:1: the answer");
    assert_refused(ask(fixture, "policy.shadow", file("bad.lua", "x = 1")), SJ_E_INVALID,
                   "x cannot be set");
    assert_refused(ask(fixture, "policy.replay", file("bad.lua", "return 1")), SJ_E_INVALID,
                   "expected the file to return a table");
    assert_int_equal(minutes(fixture), 5);
    assert_answer(ask(fixture, "policy.versions", NULL), "\"number\":1");
    assert_int_equal(sj_policy_version_count(fixture->node.scope, NULL, NULL), 1);
}

static void versions_survive_a_restart(void **state) {
    struct fixture *fixture = *state;
    (void)ask(fixture, "policy.activate", file("short.lua", short_logins));
    (void)ask(fixture, "policy.activate", file("two.lua", two_hooks));
    (void)ask(fixture, "policy.rollback", word("hook", "login.limit"));
    sj_policy_reload(&fixture->node); /* as on SIGHUP */
    assert_int_equal(minutes(fixture), 5);
    struct sj_engine_hook *hook = sj_engine_hook_named(&fixture->node.policy->core, "login.limit");
    sj_engine_deactivate(&fixture->node.policy->core, hook);
    assert_int_equal(minutes(fixture), -1);
    sj_policy_reload(&fixture->node);
    assert_int_equal(minutes(fixture), 5);
    assert_int_equal(hook->active->number, 1);
}

/* Another node of the cluster activates: here it is only a record that changes. */
static void what_others_write_is_followed(void **state) {
    static const char *const hooks[] = {"login.limit"};
    struct fixture *fixture = *state;
    sj_policy_version record = {.number = 7,
                                .name = "other.lua",
                                .text = short_logins,
                                .hooks = hooks,
                                .hooks_count = 1,
                                .active_hooks = hooks,
                                .active_hooks_count = 1,
                                .activated_at = 1,
                                .activated_by = "other"};
    sj_error error = {0};
    if (sj_policy_version_put(fixture->node.scope, &record, SJ_PUT_ANY, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    for (int i = 0; i < 1000 && minutes(fixture) != 5; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        usleep(100);
    }
    assert_int_equal(minutes(fixture), 5);
    assert_answer(ask(fixture, "policy.list", NULL), "\"activated_by\":\"other\"");
    assert_int_equal(sj_policy_version_delete(fixture->node.scope, "7", &error), SJ_OK);
    for (int i = 0; i < 1000 && minutes(fixture) == 5; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        usleep(100);
    }
    assert_int_equal(minutes(fixture), -1);
}

static void decisions_are_explained(void **state) {
    struct fixture *fixture = *state;
    const struct answer *answer;
    (void)minutes(fixture);
    (void)ask(fixture, "policy.activate", file("short.lua", short_logins));
    (void)minutes(fixture);
    (void)ask(
        fixture, "policy.activate",
        file("bad.lua",
             "return { hooks = { ['login.limit'] = function(input) return input.nothing end } }"));
    (void)minutes(fixture);
    answer = ask(fixture, "policy.explain", word("hook", "login.limit"));
    assert_answer(answer, "\"decided_by\":\"fault\",\"version\":2,\"input\":\"{ user_id = "
                          "\\\"alice\\\", hour = 12, weekday = 1 }\"");
    assert_answer(answer, "\"reason\":\"default; bad.lua:1: there is no field nothing here");
    assert_answer(answer, "\"decided_by\":\"policy\",\"version\":1");
    assert_answer(answer, "\"answer\":\"{ allowed = true, minutes = 5, reason = \\\"short\\\" "
                          "}\",\"reason\":\"short\"");
    assert_answer(answer, "\"reason\":\"default; no policy is active for this hook\"");
    assert_answer(ask(fixture, "policy.explain", word("hook", "css.select")), "\"decisions\":[]");
    assert_refused(ask(fixture, "policy.explain", word("hook", "x.y")), SJ_E_NOT_FOUND,
                   "there is no hook \"x.y\"");
    assert_answer(ask(fixture, "policy.list", NULL), "\"causes\":\"runtime_error 1\"");
    assert_true(sj_metrics_value(&fixture->node, "sojourn_policy_decisions_total{by=\"policy\"}") ==
                1);
    assert_true(sj_metrics_value(&fixture->node, "sojourn_policy_decisions_total{by=\"fault\"}") ==
                1);
    assert_true(sj_metrics_value(&fixture->node,
                                 "sojourn_policy_faults_total{cause=\"runtime_error\"}") == 1);
}

static const char with_spaces[] =
    "return { hooks = { ['css.select'] = function(input)\n"
    "if input.user_id == 'alice' then return { calling_search_spaces = { "
    "input.line_calling_search_space, 'CSS_mine' } } end\n"
    "return { calling_search_spaces = { input.user_id } } end },\n"
    "tests = { { name = 'alice', hook = 'css.select', input = { user_id = 'alice', "
    "line_calling_search_space = "
    "'CSS_of_the_test' },\n"
    "expect = { calling_search_spaces = { 'CSS_of_the_test', 'CSS_mine' } } } } }";

/* Whether the policy decided, and its first calling search space. */
static int first_space(struct fixture *fixture, const char *user_id, const char *line, char *first,
                       size_t size) {
    static const char *const by_default[] = {"CSS_default"};
    const sj_css_select_input input = {.user_id = user_id, .line_calling_search_space = line};
    sj_css_select_output output = {
        .calling_search_spaces = by_default, .calling_search_spaces_count = 1, .reason = "default"};
    const int by = sj_decide_css_select(fixture->node.scope, "0123456789abcdef0123456789abcdef",
                                        &input, &output);
    (void)snprintf(first, size, "%s",
                   output.calling_search_spaces_count > 0 ? output.calling_search_spaces[0] : "");
    return by;
}

static void what_answers_name_must_exist(void **state) {
    struct fixture *fixture = *state;
    char first[60];
    assert_refused(ask(fixture, "policy.activate", file("spaces.lua", with_spaces)), SJ_E_INVALID,
                   "spaces.lua: its test case \"alice\" answers with the calling_search_space "
                   "\"CSS_mine\", which does not exist");
    assert_answer(ask(fixture, "policy.list", NULL), "\"hook\":\"css.select\",\"policy\":\"\"");
    assert_int_equal(sj_calling_search_space_put(fixture->node.scope,
                                                 &(sj_calling_search_space){.name = "CSS_mine"},
                                                 SJ_PUT_ANY, NULL),
                     SJ_OK);
    assert_answer(ask(fixture, "policy.activate", file("spaces.lua", with_spaces)),
                  "its 1 test case passed");
    assert_int_equal(first_space(fixture, "alice", "CSS_mine", first, sizeof first), 1);
    assert_string_equal(first, "CSS_mine");
    assert_int_equal(first_space(fixture, "nowhere", "", first, sizeof first), 0);
    assert_string_equal(first, "CSS_default");
    assert_answer(ask(fixture, "policy.list", NULL), "\"causes\":\"wrong_answer 1\"");
    assert_true(sj_metrics_value(&fixture->node,
                                 "sojourn_policy_faults_total{cause=\"wrong_answer\"}") == 1);
    assert_answer(ask(fixture, "policy.explain", word("hook", "css.select")),
                  "calling_search_spaces[1]: there is no calling_search_space \\\"nowhere\\\"");
    assert_answer(ask(fixture, "policy.explain", NULL),
                  "\"defaults\":[\"{ calling_search_spaces = { \\\"CSS_default\\\" }");
}

static void explain_tells_what_was_put_back(void **state) {
    struct fixture *fixture = *state;
    char first[60];
    sj_topic *topic = sj_policy_amended_topic(fixture->node.scope, NULL);
    sj_policy_amended event = {.hook = "css.select",
                               .trace_id = "0123456789abcdef0123456789abcdef",
                               .text = "help was put back"};
    (void)first_space(fixture, "alice", "", first, sizeof first);
    (void)minutes(fixture);
    sj_publish_policy_amended(fixture->node.scope, topic, &event);
    event.hook = "no.such";
    sj_publish_policy_amended(fixture->node.scope, topic, &event);
    assert_answer(ask(fixture, "policy.explain", word("hook", "css.select")),
                  "; help was put back\"");
}

static void shadow_and_replay(void **state) {
    struct fixture *fixture = *state;
    (void)minutes(fixture);
    assert_answer(ask(fixture, "policy.replay", file("short.lua", short_logins)),
                  "\"replayed\":1,\"differing\":1");
    assert_answer(ask(fixture, "policy.shadow", file("short.lua", short_logins)),
                  "\"name\":\"short.lua\"");
    (void)minutes(fixture);
    assert_answer(ask(fixture, "policy.shadow", NULL),
                  "\"compared\":1,\"differing\":1,\"failed\":0");
    assert_answer(ask(fixture, "policy.shadow", NULL),
                  "login.limit: minutes would differ: now { allowed = true, minutes = 480");
    cJSON *stop = cJSON_CreateObject();
    (void)cJSON_AddBoolToObject(stop, "stop", true);
    assert_answer(ask(fixture, "policy.shadow", stop), "\"compared\":1");
    assert_answer(ask(fixture, "policy.shadow", NULL), "\"name\":\"\"");
    assert_refused(ask(fixture, "policy.shadow", word("name", "x.lua")), SJ_E_INVALID,
                   "text: missing");
}

/* So many test cases that take half a millisecond each: next() walks 32,768 places that are empty,
 * over and over. Making them is one call, which may take 30 ms; a sanitizer's memory makes it long.
 */
#if SANITIZED
#define CASES "200"
#else
#define CASES "400"
#endif
static const char slow_tests[] =
    "local t = {} for i = 1, 20000 do t[-i] = i end for k in pairs(t) do t[k] = nil end\n"
    "return { hooks = { ['login.limit'] = function(input) for i = 1, input.hour * 15 do next(t) "
    "end return { minutes = 7 } end "
    "},\n"
    "tests = (function() local t = {} for i = 1, " CASES " do\n"
    "t[i] = { hook = 'login.limit', input = { hour = 1 }, expect = { minutes = 7 } } end return t "
    "end)() }";

/* Asks, and turns the loop until the answer comes; returns the longest turn in ms. */
static double longest_turn(struct fixture *fixture, const char *name, cJSON *body,
                           struct answer *answer) {
    double longest = 0;
    sj_error error = {0};
    char *json = cJSON_PrintUnformatted(body);
    assert_int_equal(sj_bus_ask_json(&fixture->node, name, json, on_answer, answer, &error), SJ_OK);
    while (!answer->come) {
        struct timespec from, to;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        const double turn =
            (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
        longest = turn > longest ? turn : longest;
        usleep(100);
    }
    cJSON_free(json);
    cJSON_Delete(body);
    return longest;
}

static void files_are_tried_off_the_loop(void **state) {
    struct fixture *fixture = *state;
    static const char *const commands[] = {"policy.activate", "policy.replay", "policy.shadow"};
    for (int i = 0; i < 1000; i++) {
        (void)minutes(fixture);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct answer slow = {.come = false};
        const double longest =
            longest_turn(fixture, commands[i], file("slow.lua", slow_tests), &slow);
        if (slow.status != SJ_OK) {
            fail_msg("%s: %s", commands[i], slow.error.text);
        }
        free(slow.json);
        if (longest > (SANITIZED ? 250 : 100)) {
            fail_msg("%s held the loop for %.0f ms", commands[i], longest);
        }
    }
    assert_int_equal(minutes(fixture), 7);
}

static void one_file_is_tried_at_a_time(void **state) {
    struct fixture *fixture = *state;
    struct answer first = {.come = false};
    sj_error error = {0};
    cJSON *body = file("slow.lua", slow_tests);
    char *json = cJSON_PrintUnformatted(body);
    assert_int_equal(
        sj_bus_ask_json(&fixture->node, "policy.activate", json, on_answer, &first, &error), SJ_OK);
    for (int i = 0; i < 1000 && fixture->node.policy->trial == NULL; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    assert_refused(ask(fixture, "policy.activate", file("short.lua", short_logins)), SJ_E_IN_USE,
                   "the policy file slow.lua is being tried just now");
    for (int i = 0; i < 100000 && !first.come; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        usleep(100);
    }
    assert_int_equal(first.status, SJ_OK);
    assert_answer(ask(fixture, "policy.activate", file("short.lua", short_logins)), "\"number\":2");
    free(first.json);
    /* and one that runs while the node closes comes to nothing */
    assert_int_equal(
        sj_bus_ask_json(&fixture->node, "policy.activate", json, on_answer, &first, &error), SJ_OK);
    for (int i = 0; i < 1000 && fixture->node.policy->trial == NULL; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    cJSON_free(json);
    cJSON_Delete(body);
}

static void old_versions_are_forgotten(void **state) {
    struct fixture *fixture = *state;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(ask(fixture, "policy.activate", file("short.lua", short_logins))->status,
                         SJ_OK);
    }
    assert_int_equal(sj_policy_version_count(fixture->node.scope, NULL, NULL), 50);
    assert_int_equal(minutes(fixture), 5);
}

static void answers_live_until_control_is_back_with_the_loop(void **state) {
    struct fixture *fixture = *state;
    sj_login_limit_input input = {.user_id = "alice"};
    sj_login_limit_output output = {.reason = "default"};
    (void)ask(fixture, "policy.activate", file("short.lua", short_logins));
    assert_int_equal(sj_decide_login_limit(fixture->node.scope, "", &input, &output), 1);
    for (int i = 0; i < 100; i++) {
        (void)minutes(fixture);
    }
    assert_string_equal(output.reason, "short");
    for (int i = 0; i < 100000; i++) {
        (void)minutes(fixture);
        if (i % 100 == 0) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
    }
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_null(fixture->node.policy->forget.queue);
}

#define IN_A_NODE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_NODE(activation_and_rollback),
        IN_A_NODE(a_broken_file_changes_nothing),
        IN_A_NODE(versions_survive_a_restart),
        IN_A_NODE(what_others_write_is_followed),
        IN_A_NODE(decisions_are_explained),
        IN_A_NODE(shadow_and_replay),
        IN_A_NODE(what_answers_name_must_exist),
        IN_A_NODE(explain_tells_what_was_put_back),
        IN_A_NODE(files_are_tried_off_the_loop),
        IN_A_NODE(one_file_is_tried_at_a_time),
        IN_A_NODE(old_versions_are_forgotten),
        IN_A_NODE(answers_live_until_control_is_back_with_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
