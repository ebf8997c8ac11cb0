/* What a decision costs: a hook with twenty fields of which a policy reads three, against a bare
 * call of a Lua function that gets the same three values as arguments, in one run. Prints rows as
 * tests/bench/run does. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/policy/engine.h"

enum { ROUNDS = 7, CALLS = 200000 };

static const char policy[] =
    "return { hooks = { ['bench.it'] = function(input)\n"
    "  if input.user_id == 'bob' or input.hour > 24 then return { allowed = false } end\n"
    "  return { minutes = input.sessions }\n"
    "end } }\n";
static const char bare[] =
    "return function(user_id, hour, sessions)\n"
    "  if user_id == 'bob' or hour > 24 then return { allowed = false } end\n"
    "  return { minutes = sessions }\n"
    "end\n";

/* Twenty plain fields: twelve texts, four booleans, four numbers. */
struct plain_input {
    const char *texts[12];
    bool flags[4];
    int64_t numbers[4];
};
struct plain_output {
    bool allowed;
    int64_t minutes;
    const char *reason;
};

#define TEXT(name_, n_)                                                                            \
    {                                                                                              \
        .name = (name_), .type = SJ_TYPE_TEXT,                                                     \
        .offset = offsetof(struct plain_input, texts) + (n_) * sizeof(char *)                      \
    }
#define FLAG(name_, n_)                                                                            \
    {                                                                                              \
        .name = (name_), .type = SJ_TYPE_BOOLEAN,                                                  \
        .offset = offsetof(struct plain_input, flags) + (n_) * sizeof(bool)                        \
    }
#define NUMBER(name_, n_)                                                                          \
    {                                                                                              \
        .name = (name_), .type = SJ_TYPE_INTEGER,                                                  \
        .offset = offsetof(struct plain_input, numbers) + (n_) * sizeof(int64_t)                   \
    }

static const sj_field input_fields[] = {TEXT("user_id", 0),
                                        TEXT("device_name", 1),
                                        TEXT("model", 2),
                                        TEXT("visiting_cluster_id", 3),
                                        TEXT("roaming_device_pool", 4),
                                        TEXT("adjunct", 5),
                                        TEXT("line", 6),
                                        TEXT("emcc", 7),
                                        TEXT("country", 8),
                                        TEXT("city", 9),
                                        TEXT("street", 10),
                                        TEXT("profile", 11),
                                        FLAG("inter_cluster", 0),
                                        FLAG("enforced", 1),
                                        FLAG("via_header", 2),
                                        FLAG("allow_proxy", 3),
                                        NUMBER("hour", 0),
                                        NUMBER("weekday", 1),
                                        NUMBER("sessions", 2),
                                        NUMBER("limit", 3)};
static const sj_field output_fields[] = {
    {.name = "allowed", .type = SJ_TYPE_BOOLEAN, .offset = offsetof(struct plain_output, allowed)},
    {.name = "minutes",
     .type = SJ_TYPE_INTEGER,
     .offset = offsetof(struct plain_output, minutes),
     .max = 10000},
    {.name = "reason",
     .type = SJ_TYPE_TEXT,
     .offset = offsetof(struct plain_output, reason),
     .max = 200}};
static const uint64_t prints[21] = {1, 2, 3, 4};
static const sj_record_meta input_meta = {.size = sizeof input_meta,
                                          .kind = SJ_KIND_POLICY_INPUT,
                                          .name = "bench.it input",
                                          .struct_size = sizeof(struct plain_input),
                                          .fields = input_fields,
                                          .fields_count = 20,
                                          .fingerprints = prints};
static const sj_record_meta output_meta = {.size = sizeof output_meta,
                                           .kind = SJ_KIND_POLICY_OUTPUT,
                                           .name = "bench.it output",
                                           .struct_size = sizeof(struct plain_output),
                                           .fields = output_fields,
                                           .fields_count = 3,
                                           .fingerprints = prints};
static const sj_policy_meta bench_meta = {
    .size = sizeof bench_meta, .name = "bench.it", .input = &input_meta, .output = &output_meta};
static const struct plain_input example = {
    .texts = {"alice", "SEP001122334455", "Cisco 8841", "BR", "DP_uk", "CSS_uk_emergency",
              "CSS_alice", "CSS_emcc", "GB", "London", "Whitehall", "UDP_alice"},
    .flags = {true, true, false, true},
    .numbers = {23, 7, 1, 600}};

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t wall(void *user) {
    struct timespec now;
    (void)user;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_line(void *user, sj_log_level level, const char *trace_id, const char *text) {
    (void)user;
    (void)level;
    (void)trace_id;
    fprintf(stderr, "%s\n", text);
}

static double decide(struct sj_engine *engine) {
    int64_t from = now_ns();
    for (int i = 0; i < CALLS; i++) {
        struct plain_output output = {.allowed = true, .reason = ""};
        enum sj_fault_cause cause;
        if (sj_engine_decide(engine, &bench_meta, "0123456789abcdef0123456789abcdef", &example,
                             &output, &cause) != SJ_BY_POLICY) {
            exit(EXIT_FAILURE);
        }
        sj_arena_reset(&engine->answers);
    }
    return (double)(now_ns() - from) / CALLS;
}

static double call_bare(lua_State *lua) {
    int64_t from = now_ns();
    for (int i = 0; i < CALLS; i++) {
        lua_pushvalue(lua, 1);
        lua_pushstring(lua, example.texts[0]);
        lua_pushinteger(lua, example.numbers[0]);
        lua_pushinteger(lua, example.numbers[2]);
        if (lua_pcall(lua, 3, 1, 0) != LUA_OK || lua_getfield(lua, -1, "minutes") != LUA_TNUMBER) {
            exit(EXIT_FAILURE);
        }
        lua_settop(lua, 1);
    }
    return (double)(now_ns() - from) / CALLS;
}

int main(void) {
    struct sj_engine_events events = {NULL, wall, print_line, NULL};
    struct sj_engine *engine = calloc(1, sizeof *engine);
    lua_State *lua = luaL_newstate();
    struct sj_version *version;
    sj_error error;
    double best[3] = {1e12, 1e12, 1e12};
    sj_engine_init(engine, &events);
    (void)sj_engine_add_hook(engine, &bench_meta);
    if (sj_version_load("bench.lua", policy, strlen(policy), &(struct sj_hook_list){engine->metas},
                        &engine->limits, true, NULL, NULL, &version, &error) != SJ_OK) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    sj_engine_activate(engine, version, NULL);
    sj_version_drop(version);
    luaL_openlibs(lua);
    if (luaL_dostring(lua, bare) != LUA_OK) {
        return EXIT_FAILURE;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double figures[3];
        figures[0] = call_bare(lua);
        engine->quiet = true;
        figures[1] = decide(engine);
        engine->quiet = false;
        figures[2] = decide(engine);
        for (int i = 0; i < 3; i++) {
            best[i] = figures[i] < best[i] ? figures[i] : best[i];
        }
    }
    printf("%-52s %14.0f %14.0f %8.2f\n", "policy decision, 20 fields, ns (bare Lua call)", best[1],
           best[0], best[1] / best[0]);
    printf("%-52s %14.0f %14.0f %8.2f\n", "policy decision, recorded for explain, ns (bare)",
           best[2], best[0], best[2] / best[0]);
    sj_engine_finish(engine);
    free(engine);
    lua_close(lua);
    return EXIT_SUCCESS;
}
