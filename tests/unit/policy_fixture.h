/* The policy engine without a node, a clock that the test sets, and the lines that it logs. */
#ifndef TESTS_UNIT_POLICY_FIXTURE_H
#define TESTS_UNIT_POLICY_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/policy/engine.h"
#include "tests/unit/policy_hooks.h"

struct fixture {
    struct sj_engine engine;
    int64_t now;
    unsigned lines;
    char last[4000];
    void (*on_line)(struct fixture *fixture);
};

static inline int64_t fixture_now(void *user) {
    return ((struct fixture *)user)->now;
}

static inline void fixture_log(void *user, sj_log_level level, const char *trace_id,
                               const char *text) {
    struct fixture *fixture = user;
    (void)level;
    (void)trace_id;
    fixture->lines++;
    (void)snprintf(fixture->last, sizeof fixture->last, "%s", text);
    if (fixture->on_line != NULL) {
        fixture->on_line(fixture);
    }
}

/* Of spaces there are all but those whose names begin with "no". */
static inline bool fixture_exists(void *user, const char *resource, const char *key) {
    (void)user;
    assert_string_equal(resource, "space");
    return strncmp(key, "no", 2) != 0;
}

static inline int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->now = 1000000;
    sj_engine_init(&fixture->engine,
                   &(struct sj_engine_events){fixture, fixture_now, fixture_log, fixture_exists});
    fixture->engine.limits.cpu_us =
        60000000; /* instructions are to be the limit, under any sanitizer */
    assert_non_null(sj_engine_add_hook(&fixture->engine, &try_meta));
    *state = fixture;
    return 0;
}

static inline int tear_down(void **state) {
    struct fixture *fixture = *state;
    sj_engine_finish(&fixture->engine);
    free(fixture);
    return 0;
}

static inline int load(struct fixture *fixture, const char *text, struct sj_version **version,
                       sj_error *error) {
    struct sj_hook_list hooks = sj_engine_hooks(&fixture->engine);
    return sj_version_load("try.lua", text, strlen(text), &hooks, &fixture->engine.limits, true,
                           NULL, NULL, version, error);
}

/* Activates a file that must be good. */
static inline void activate(struct fixture *fixture, const char *text) {
    struct sj_version *version;
    sj_error error;
    if (load(fixture, text, &version, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    sj_engine_activate(&fixture->engine, version, NULL);
    sj_version_drop(version);
}

/* A file with this body of the hook's function. */
static inline void activate_body(struct fixture *fixture, const char *body) {
    char text[8000];
    (void)snprintf(text, sizeof text,
                   "return { hooks = { ['try.it'] = function(input)\n%s\nend } }", body);
    activate(fixture, text);
}

static const char *const default_spaces[] = {"A", "B"};

static inline enum sj_decided_by decide(struct fixture *fixture, struct try_output *output,
                                        enum sj_fault_cause *cause) {
    *output = (struct try_output){.allowed = true,
                                  .minutes = 60,
                                  .reason = "default",
                                  .spaces = default_spaces,
                                  .spaces_count = 2};
    return sj_engine_decide(&fixture->engine, &try_meta, "0123456789abcdef0123456789abcdef",
                            &try_example, output, cause);
}

#define WITH_ENGINE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
