/* Loads a policy file into a state of its own and asks its functions. Touches that state and the
 * arena it is given. */
#include "host/policy/version.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/policy/values.h"

const struct sj_sandbox_limits sj_decision_limits = {4u << 20, 200000, 20000};
const struct sj_sandbox_limits sj_loading_limits = {4u << 20, 5000000, 30000};

enum {
    SLOT_TABLE = SJ_SANDBOX_HANDLER + 1, /* the file's table while it is being loaded */
    SLOT_FIRST,                          /* function, view, function, view ... */
    LARGEST_OUTPUT = 512,
    TESTS_CPU_US = 5000000, /* of all test cases of a file */
};

/* Reads the answer at the top of the stack. */
static enum sj_outcome read_answer(const struct sj_version *version,
                                   const struct sj_version_hook *hook, void *output,
                                   struct sj_arena *arena, const struct sj_names *names,
                                   struct sj_fault *fault) {
    sj_error error;
    if (lua_isnil(version->sandbox->lua, -1)) {
        return SJ_OUTCOME_DECLINED;
    }
    if (sj_answer_read(version->sandbox->lua, -1, hook->meta->output, output, arena, names,
                       &error) == SJ_OK) {
        return SJ_OUTCOME_DECIDED;
    }
    fault->cause = SJ_FAULT_NONE;
    sj_fault_set(fault, error.code == SJ_E_NO_MEMORY ? SJ_FAULT_MEMORY : SJ_FAULT_ANSWER,
                 "%s:%d: the answer of the function that begins here is wrong: %s", version->name,
                 hook->line, error.text);
    return SJ_OUTCOME_FAULT;
}

enum sj_outcome sj_version_ask(struct sj_version *version, struct sj_version_hook *hook,
                               const void *input, size_t input_fields, void *output,
                               size_t output_size, struct sj_arena *arena,
                               const struct sj_names *names, struct sj_fault *fault) {
    lua_State *lua = version->sandbox->lua;
    char here[LARGEST_OUTPUT] __attribute__((aligned(16)));
    size_t size = hook->meta->output->struct_size, common = output_size < size ? output_size : size;
    void *answer = size > sizeof here ? sj_arena_alloc(arena, size) : here;
    enum sj_outcome outcome = SJ_OUTCOME_FAULT;
    if (answer == NULL) {
        fault->cause = SJ_FAULT_NONE;
        sj_fault_set(fault, SJ_FAULT_MEMORY, "out of memory for the answer");
        return SJ_OUTCOME_FAULT;
    }
    if (output_size < size) { /* an older caller's struct: the rest is read and forgotten */
        memset(answer, 0, size);
        sj_values_defaults(hook->meta->output, hook->meta->output->fields_count, answer);
    }
    memcpy(answer, output, common);
    sj_view_bind(hook->view, input, input_fields);
    sj_view_bind(hook->view->by_default, answer, hook->meta->output->fields_count);
    lua_pushvalue(lua, hook->slot);
    lua_pushvalue(lua, hook->slot + 1);
    if (sj_sandbox_call(version->sandbox, 1, 1, fault) == SJ_OK) {
        outcome = read_answer(version, hook, answer, arena, names, fault);
        lua_pop(lua, 1);
    }
    sj_views_end(&version->views);
    if (outcome == SJ_OUTCOME_DECIDED) {
        memcpy(output, answer, common);
    }
    return outcome;
}

struct sj_version_hook *sj_version_find(struct sj_version *version, const char *hook) {
    for (size_t i = 0; i < version->hooks_count; i++) {
        if (strcmp(version->hooks[i].meta->name, hook) == 0) {
            return &version->hooks[i];
        }
    }
    return NULL;
}

void sj_version_drop(struct sj_version *version) {
    if (version != NULL && --version->references == 0) {
        sj_sandbox_free(version->sandbox);
        sj_arena_free(&version->names);
        sj_arena_free(&version->metas);
        free(version);
    }
}

/* What the loading functions work on. Each runs protected; its arguments are a light userdata of
 * this and the file's table. */
struct loading {
    struct sj_version *version;
    const struct sj_hook_list *hooks;
    struct sj_arena arena;
    sj_error *error;
    int status;
    lua_Integer index; /* of the test case at hand */
    char test_name[200];
    struct sj_version_hook *hook;
    void *input, *expected, *output;
    bool declines, too_many_names;
    uint64_t instructions; /* the function under test used */
};

/* Leaves the file's table at stack slot 1. */
static struct loading *loading_of(lua_State *lua) {
    struct loading *loading = lua_touserdata(lua, 1);
    lua_remove(lua, 1);
    return loading;
}

static int refuse(struct loading *loading, const char *format, ...) SJ_PRINTF(2, 3);
static int refuse(struct loading *loading, const char *format, ...) {
    char text[500];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Sentences of Lua name the file already, and what is said of a test case is put behind its
     * name. */
    if (loading->index > 0 ||
        strncmp(text, loading->version->name, strlen(loading->version->name)) == 0) {
        loading->status = sj_error_set(loading->error, SJ_E_INVALID, "%s", text);
    } else {
        loading->status =
            sj_error_set(loading->error, SJ_E_INVALID, "%s: %s", loading->version->name, text);
    }
    return 0;
}

const sj_policy_meta *sj_hook_named(const struct sj_hook_list *hooks, const char *name) {
    for (size_t i = 0; hooks->metas[i] != NULL; i++) {
        if (strcmp(hooks->metas[i]->name, name) == 0) {
            return hooks->metas[i];
        }
    }
    return NULL;
}

static int refuse_hook(struct loading *loading, const char *name) {
    char names[300];
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; loading->hooks->metas[i] != NULL && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ",
                                 loading->hooks->metas[i]->name);
    }
    return refuse(loading, "there is no hook \"%.60s\" (there are %s)", name, names);
}

/* The shape of the file: { hooks = { ["name"] = function }, tests = { ... } }. */
static int check_file(lua_State *lua) {
    struct loading *loading = loading_of(lua);
    size_t count = 0;
    if (!lua_istable(lua, 1)) {
        return refuse(
            loading,
            "expected the file to return a table { hooks = { ... }, tests = { ... } }, got a %s",
            luaL_typename(lua, 1));
    }
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        const char *name =
            lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : luaL_typename(lua, -2);
        if (strcmp(name, "hooks") != 0 && strcmp(name, "tests") != 0 &&
            strcmp(name, "about") != 0) {
            return refuse(
                loading,
                "the file's table has no place for \"%.60s\" (there are about, hooks, tests)",
                name);
        }
        if (!lua_istable(lua, -1) && strcmp(name, "about") != 0) {
            return refuse(loading, "%s: expected a table, got a %s", name, luaL_typename(lua, -1));
        }
        if (strcmp(name, "about") == 0 && lua_type(lua, -1) != LUA_TSTRING) {
            return refuse(loading, "about: expected a text, got a %s", luaL_typename(lua, -1));
        }
    }
    if (lua_getfield(lua, 1, "hooks") != LUA_TTABLE) {
        return refuse(loading,
                      "hooks: missing; expected { [\"css.select\"] = function(input) ... end }");
    }
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING) {
            return refuse(loading, "hooks: expected names of hooks, got a %s as a key",
                          luaL_typename(lua, -2));
        }
        if (sj_hook_named(loading->hooks, lua_tostring(lua, -2)) == NULL ||
            strlen(lua_tostring(lua, -2)) != lua_rawlen(lua, -2)) { /* a zero byte in it */
            return refuse_hook(loading, lua_tostring(lua, -2));
        }
        if (!lua_isfunction(lua, -1)) {
            return refuse(loading, "hooks[\"%s\"]: expected a function, got a %s",
                          lua_tostring(lua, -2), luaL_typename(lua, -1));
        }
        count++;
    }
    if (count == 0) {
        return refuse(loading, "hooks: defines no hook");
    }
    if (count > SJ_POLICY_HOOKS) {
        return refuse(loading, "hooks: defines more than %d hooks", SJ_POLICY_HOOKS);
    }
    lua_settop(lua, 1);
    if (lua_getfield(lua, 1, "tests") == LUA_TTABLE) {
        lua_Unsigned tests = lua_rawlen(lua, -1);
        for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
            if (!lua_isinteger(lua, -2) || !lua_istable(lua, -1)) {
                return refuse(loading, "tests: expected a list of tables { name =, hook =, input = "
                                       "{ ... }, expect = { ... } }");
            }
        }
        if (tests > SJ_POLICY_TESTS) {
            return refuse(loading, "tests: at most %d test cases, there are %llu", SJ_POLICY_TESTS,
                          (unsigned long long)tests);
        }
        loading->version->tests_count = (size_t)tests;
    }
    return 0;
}

/* Returns function and view of each hook, in the order of the hooks' list. */
static int take_hooks(lua_State *lua) {
    struct loading *loading = loading_of(lua);
    struct sj_version *version = loading->version;
    int results = 0;
    lua_getfield(lua, 1, "hooks");
    luaL_checkstack(lua, 2 * SJ_POLICY_HOOKS + 8, "hooks");
    for (size_t i = 0; loading->hooks->metas[i] != NULL && version->hooks_count < SJ_POLICY_HOOKS;
         i++) {
        struct sj_version_hook *hook = &version->hooks[version->hooks_count];
        lua_Debug about;
        if (lua_getfield(lua, 2, loading->hooks->metas[i]->name) != LUA_TFUNCTION) {
            lua_pop(lua, 1);
            continue;
        }
        lua_pushvalue(lua, -1);
        hook->line = lua_getinfo(lua, ">S", &about) != 0 ? about.linedefined : 0;
        hook->meta = loading->hooks->metas[i];
        hook->slot = SLOT_FIRST + results;
        hook->view = sj_view_new(lua, &version->views, hook->meta);
        results += 2;
        version->hooks_count++;
    }
    return results;
}

/* Reads test case `index` into loading: input, default and expected answer. */
static int take_test(lua_State *lua) {
    struct loading *loading = loading_of(lua);
    const char *hook_name;
    sj_error error;
    const sj_policy_meta *meta;
    lua_getfield(lua, 1, "tests");
    lua_rawgeti(lua, 2, loading->index);
    for (lua_pushnil(lua); lua_next(lua, 3) != 0; lua_pop(lua, 1)) {
        static const char *const known[] = {"name",   "hook",    "input",
                                            "expect", "default", "declines"};
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || (lua_type(lua, -2) == LUA_TSTRING &&
                              strcmp(lua_tostring(lua, -2), known[i]) == 0);
        }
        if (!found) {
            return refuse(loading,
                          "there is no \"%.60s\" in a test case (there are name, hook, input, "
                          "expect, default, declines)",
                          lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2)
                                                           : luaL_typename(lua, -2));
        }
    }
    lua_getfield(lua, 3, "name");
    if (lua_type(lua, -1) == LUA_TSTRING) {
        (void)snprintf(loading->test_name, sizeof loading->test_name, "%.190s",
                       lua_tostring(lua, -1));
    }
    lua_getfield(lua, 3, "hook");
    hook_name = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
    loading->hook = sj_version_find(loading->version, hook_name);
    if (loading->hook == NULL) {
        return refuse(loading, "hook: expected one of the hooks the file defines, got \"%.60s\"",
                      hook_name);
    }
    meta = loading->hook->meta;
    loading->input = sj_arena_alloc(&loading->arena, meta->input->struct_size);
    loading->output = sj_arena_alloc(&loading->arena, meta->output->struct_size);
    loading->expected = sj_arena_alloc(&loading->arena, meta->output->struct_size);
    if (loading->input == NULL || loading->output == NULL || loading->expected == NULL) {
        return refuse(loading, "out of memory for the test case");
    }
    sj_values_defaults(meta->input, meta->input->fields_count, loading->input);
    sj_values_defaults(meta->output, meta->output->fields_count, loading->output);
    if (lua_getfield(lua, 3, "input") != LUA_TNIL &&
        sj_answer_read(lua, -1, meta->input, loading->input, &loading->arena, NULL, &error) !=
            SJ_OK) {
        return refuse(loading, "input: %s", error.text);
    }
    if (lua_getfield(lua, 3, "default") != LUA_TNIL &&
        sj_answer_read(lua, -1, meta->output, loading->output, &loading->arena, NULL, &error) !=
            SJ_OK) {
        return refuse(loading, "default: %s", error.text);
    }
    memcpy(loading->expected, loading->output, meta->output->struct_size);
    lua_getfield(lua, 3, "declines");
    loading->declines = lua_toboolean(lua, -1) != 0;
    if (lua_getfield(lua, 3, "expect") == LUA_TNIL) {
        if (!loading->declines) {
            return refuse(loading, "expect: missing; expected the answer, or declines = true");
        }
    } else if (sj_answer_read(lua, -1, meta->output, loading->expected, &loading->arena, NULL,
                              &error) != SJ_OK) {
        return refuse(loading, "expect: %s", error.text);
    }
    return 0;
}

/* Compares what the test case expects with what was decided; the fields it does not name are not
 * compared. */
static int compare_test(lua_State *lua) {
    struct loading *loading = loading_of(lua);
    const sj_record_meta *meta = loading->hook->meta->output;
    const char *field = "";
    lua_getfield(lua, 1, "tests");
    lua_rawgeti(lua, 2, loading->index);
    if (lua_getfield(lua, 3, "expect") == LUA_TTABLE &&
        !sj_answer_agrees(lua, -1, meta, loading->expected, loading->output, &field)) {
        sj_text text = {0};
        sj_text_printf(&text, "%s differs: expected ", field);
        sj_values_write(&text, 180, meta, meta->fields_count, loading->expected);
        sj_text_printf(&text, ", got ");
        sj_values_write(&text, 180, meta, meta->fields_count, loading->output);
        (void)refuse(loading, "%s", text.data != NULL ? text.data : field);
        sj_text_clear(&text);
    }
    return 0;
}

/* Calls one of the loading functions. */
static int protect(struct loading *loading, lua_CFunction function) {
    struct sj_sandbox *sandbox = loading->version->sandbox;
    lua_State *lua = sandbox->lua;
    struct sj_fault fault;
    loading->status = SJ_OK;
    lua_pushcfunction(lua, function);
    lua_pushlightuserdata(lua, loading);
    lua_pushvalue(lua, SLOT_TABLE);
    if (sj_sandbox_call(sandbox, 2, LUA_MULTRET, &fault) != SJ_OK) {
        (void)refuse(loading, "%s", fault.text);
    }
    return loading->status;
}

/* Notes the records that a test case answers with without having been given them. Whether they
 * exist is found out elsewhere. */
static bool note_name(void *user, const char *resource, const char *key) {
    struct loading *loading = user;
    struct sj_version *version = loading->version;
    const sj_policy_meta *meta = loading->hook->meta;
    struct sj_version_name *name = &version->named[version->named_count];
    if (sj_values_mention(meta->input, loading->input, key) ||
        sj_values_mention(meta->output, loading->output, key)) {
        return true;
    }
    for (size_t i = 0; i < version->named_count; i++) {
        if (strcmp(version->named[i].resource, resource) == 0 &&
            strcmp(version->named[i].key, key) == 0) {
            return true;
        }
    }
    if (version->named_count == SJ_POLICY_NAMES) {
        loading->too_many_names = true;
        return true;
    }
    name->resource = sj_arena_copy(&version->names, resource, strlen(resource));
    name->key = sj_arena_copy(&version->names, key, strlen(key));
    name->test = sj_arena_copy(&version->names, loading->test_name, strlen(loading->test_name));
    version->named_count +=
        name->resource != NULL && name->key != NULL && name->test != NULL ? 1 : 0;
    return true;
}

/* One test case. False when it failed, with the reason in loading->error. */
static bool run_test(struct loading *loading) {
    const struct sj_names names = {loading, note_name};
    const sj_policy_meta *meta;
    enum sj_outcome outcome;
    struct sj_fault fault;
    sj_arena_reset(&loading->arena);
    if (protect(loading, take_test) != SJ_OK) {
        return false;
    }
    meta = loading->hook->meta;
    outcome =
        sj_version_ask(loading->version, loading->hook, loading->input, meta->input->fields_count,
                       loading->output, meta->output->struct_size, &loading->arena, &names, &fault);
    loading->instructions = loading->version->sandbox->instructions;
    if (outcome == SJ_OUTCOME_FAULT) {
        (void)refuse(loading, "%s", fault.text);
        return false;
    }
    if (loading->too_many_names) {
        (void)refuse(
            loading,
            "the file's test cases answer with more than %d records that they are not given",
            SJ_POLICY_NAMES);
        return false;
    }
    if (loading->declines != (outcome == SJ_OUTCOME_DECLINED)) {
        (void)refuse(loading, loading->declines
                                  ? "expected it to decline (return nil), it decided"
                                  : "expected a decision, it declined (returned nil)");
        return false;
    }
    return protect(loading, compare_test) == SJ_OK;
}

/* Processor time of this thread. */
static int64_t cpu_us(void) {
    struct timespec now;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0
               ? (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000
               : 0;
}

/* All test cases; tells each. SJ_E_INVALID when one failed, with the first failure as the reason.
 */
static int run_tests(struct loading *loading, sj_test_fn tested, void *user) {
    sj_error first = {0}, each;
    sj_error *error = loading->error;
    size_t failed = 0, count = loading->version->tests_count;
    uint64_t instructions = 0;
    const int64_t from_us = cpu_us();
    loading->error = &each;
    for (size_t i = 1; i <= count; i++) {
        bool passed;
        loading->index = (lua_Integer)i;
        (void)snprintf(loading->test_name, sizeof loading->test_name, "number %zu", i);
        passed = run_test(loading);
        instructions += loading->instructions;
        if (cpu_us() - from_us > TESTS_CPU_US) {
            loading->error = error;
            return sj_error_set(
                error, SJ_E_INVALID,
                "%s: its test cases need more than %d ms of processor time together",
                loading->version->name, TESTS_CPU_US / 1000);
        }
        if (instructions > sj_loading_limits.instructions) {
            loading->error = error;
            return sj_error_set(
                error, SJ_E_INVALID, "%s: its test cases need more than %llu instructions together",
                loading->version->name, (unsigned long long)sj_loading_limits.instructions);
        }
        if (!passed && failed++ == 0) {
            first = each;
            (void)snprintf(first.field, sizeof first.field, "%.120s", loading->test_name);
        }
        if (tested != NULL) {
            tested(user, loading->test_name, passed, passed ? "" : each.text);
        }
    }
    loading->error = error;
    loading->index = 0;
    if (failed == 0) {
        return SJ_OK;
    }
    return sj_error_set(error, SJ_E_INVALID,
                        "%s: %zu of %zu test cases failed; the first, \"%s\": %.400s",
                        loading->version->name, failed, count, first.field, first.text);
}

/* Everything but the allocation of the version. */
static int load(struct loading *loading, const char *text, size_t length,
                const struct sj_sandbox_limits *limits, bool test, sj_test_fn tested, void *user) {
    struct sj_version *version = loading->version;
    struct sj_fault fault;
    int status;
    if (lua_checkstack(version->sandbox->lua, 2 * SJ_POLICY_HOOKS + LUA_MINSTACK) == 0) {
        return sj_error_set(loading->error, SJ_E_NO_MEMORY, "%s: out of memory for its stack",
                            version->name);
    }
    version->sandbox->limits = sj_loading_limits;
    version->sandbox->limits.bytes = limits->bytes;
    if (limits->cpu_us >
        sj_loading_limits.cpu_us) { /* loading is never shorter of time than a decision */
        version->sandbox->limits.cpu_us = limits->cpu_us;
    }
    if (sj_sandbox_load(version->sandbox, version->name, text, length, &fault) != SJ_OK ||
        sj_sandbox_call(version->sandbox, 0, 1, &fault) != SJ_OK) {
        (void)refuse(loading, "%s", fault.text);
        return loading->status;
    }
    status = protect(loading, check_file);
    if (status == SJ_OK) {
        status = protect(loading, take_hooks);
    }
    version->sandbox->limits = *limits;
    if (status == SJ_OK && test) {
        status = run_tests(loading, tested, user);
    }
    lua_pushnil(version->sandbox->lua);
    lua_replace(version->sandbox->lua, SLOT_TABLE);
    lua_gc(version->sandbox->lua, LUA_GCCOLLECT);
    return status;
}

int sj_version_load(const char *name, const char *text, size_t length,
                    const struct sj_hook_list *hooks, const struct sj_sandbox_limits *limits,
                    bool test, sj_test_fn tested, void *user, struct sj_version **version,
                    sj_error *error) {
    struct loading loading = {.hooks = hooks, .error = error};
    int status;
    loading.version = calloc(1, sizeof *loading.version);
    if (loading.version == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "%s: out of memory for the policy", name);
    }
    loading.version->references = 1;
    loading.version->views.epoch = 1;
    (void)snprintf(loading.version->name, sizeof loading.version->name, "%s", name);
    loading.version->sandbox = sj_sandbox_new(limits);
    if (loading.version->sandbox == NULL) {
        free(loading.version);
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "%s: out of memory for a Lua state within %zu bytes", name,
                            limits->bytes);
    }
    status = load(&loading, text, length, limits, test, tested, user);
    sj_arena_free(&loading.arena);
    if (status != SJ_OK) {
        sj_version_drop(loading.version);
        return status;
    }
    *version = loading.version;
    return SJ_OK;
}
