/* Every attack on the sandbox that we know: each is contained, with the cause it should have, and
 * the state serves on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../sanitized.h"
#include "host/policy/sandbox.h"

static const struct sj_sandbox_limits limits = {2u << 20, 200000,
                                                20000000}; /* time enough under any sanitizer */

/* Runs a chunk in the sandbox; SJ_OK leaves one result on the stack. */
static int run(struct sj_sandbox *sandbox, const char *text, struct sj_fault *fault) {
    int status = sj_sandbox_load(sandbox, "attack.lua", text, strlen(text), fault);
    return status == SJ_OK ? sj_sandbox_call(sandbox, 0, 1, fault) : status;
}

static void assert_works(struct sj_sandbox *sandbox) {
    struct sj_fault fault;
    assert_int_equal(run(sandbox, "return 6 * 7", &fault), SJ_OK);
    assert_int_equal(lua_tointeger(sandbox->lua, -1), 42);
    lua_settop(sandbox->lua, SJ_SANDBOX_HANDLER);
}

enum { OUTLASTING = SANITIZED ? 20 : 1 };

static double cpu_seconds(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

struct attack {
    const char *name;
    const char *text;
    enum sj_fault_cause cause;
    const char *says; /* part of the sentence */
};

static const struct attack attacks[] = {
    {"infinite loop", "while true do end", SJ_FAULT_INSTRUCTIONS,
     "attack.lua:1: 200100 instructions used in one call, the limit is 200000"},
    {"goto loop", "::again:: goto again", SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"numeric loop", "for i = 1, math.huge do end", SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"loop inside pcall", "pcall(function() while true do end end) return 1", SJ_FAULT_INSTRUCTIONS,
     "instructions"},
    {"pcall loop", "while true do pcall(function() while true do end end) end",
     SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"pcall of pcall",
     "local f = function() while true do end end for i = 1, 100 do local g = f f = function() "
     "pcall(g) end end f() while true "
     "do end",
     SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"error loop", "while true do pcall(error, 'x') end", SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"loop in __gc", "setmetatable({}, { __gc = function() while true do end end })",
     SJ_FAULT_BLOCKED, "setmetatable is not available"},
    {"loop in __close",
     "local x <close> = setmetatable({}, { __close = function() while true do end end })",
     SJ_FAULT_BLOCKED, "setmetatable"},
    {"coroutine", "coroutine.wrap(function() while true do end end)()", SJ_FAULT_BLOCKED,
     "coroutine is not available"},
    {"string.rep bomb", "return ('x'):rep(1 << 40)", SJ_FAULT_RUNTIME, "longer than 65536 bytes"},
    {"string.rep with separator", "return (''):rep(1 << 40, 'x')", SJ_FAULT_RUNTIME,
     "longer than 65536 bytes"},
    {"doubling text", "local s = 'x' while true do s = s .. s end", SJ_FAULT_MEMORY,
     "attack.lua:1: the text would be longer than 65536 bytes"},
    {"doubling text in pcall",
     "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
     SJ_FAULT_MEMORY, "longer than 65536"},
    {"joining long texts", "local s = ('x'):rep(60000) while true do local t = s .. 'y' end",
     SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"joining long texts in pcall",
     "local s = ('x'):rep(60000) while true do pcall(function() local t = s .. 'y' end) end",
     SJ_FAULT_INSTRUCTIONS, "instructions"},
    {"taking memory and giving it back",
     "while true do local t = table.pack(('x'):byte(1, 9), {}, {}, {}) end", SJ_FAULT_INSTRUCTIONS,
     "instructions"},
    {"format bomb", "local s = ('x'):rep(60000) return ('%s%s%s%s'):format(s, s, s, s)",
     SJ_FAULT_MEMORY, "longer than 65536"},
    {"concat bomb",
     "local t = {} for i = 1, 10000 do t[i] = 'xxxxxxxxxx' end return table.concat(t)",
     SJ_FAULT_RUNTIME, "longer than 65536"},
    {"gsub bomb", "return (('x'):rep(60000)):gsub('x', ('y'):rep(1000))", SJ_FAULT_RUNTIME,
     "longer than 65536"},
    {"pattern bomb", "return (('a'):rep(30)):find(('a*'):rep(14) .. 'b')", SJ_FAULT_INSTRUCTIONS,
     "instructions"},
    {"pattern bomb in pcall",
     "while true do pcall(string.find, ('a'):rep(30), ('a*'):rep(14) .. 'b') end",
     SJ_FAULT_INSTRUCTIONS, ""},
    {"gmatch bomb", "for x in (('a'):rep(60000)):gmatch('.-b') do end", SJ_FAULT_INSTRUCTIONS, ""},
    {"frontier of a long text", "local s = ('a'):rep(65000) while true do s:find('%f[b]') end",
     SJ_FAULT_INSTRUCTIONS, ""},
    {"sort that never agrees",
     "local t = {} for i = 1, 3000 do t[i] = i end while true do table.sort(t, function() return "
     "true end) end",
     SJ_FAULT_INSTRUCTIONS, ""},
    {"sort of long texts",
     "local s = ('x'):rep(65000) local t = {} for i = 1, 5000 do t[i] = s end table.sort(t)",
     SJ_FAULT_INSTRUCTIONS, ""},
    {"insert at the front",
     "local t = {} for i = 1, 16000 do t[i] = i end while true do table.insert(t, 1, 0) "
     "table.remove(t) end",
     SJ_FAULT_INSTRUCTIONS, ""},
    {"unpack bomb", "return table.unpack({}, 1, 1e8)", SJ_FAULT_RUNTIME, "outside of the list"},
    {"many arguments", "local function f(...) return f(1, ...) end f()", SJ_FAULT_MEMORY, ""},
    {"deep recursion", "local function f() return 1 + f() end return f()", SJ_FAULT_MEMORY, ""},
    {"deep recursion in C", "local function f(x) return x:gsub('.', f) end return f('a')",
     SJ_FAULT_RUNTIME, "stack overflow"},
    {"deep pcall", "local function f() return pcall(f) end f() return os", SJ_FAULT_BLOCKED, ""},
    {"endless tables", "local t = {} while true do t = { t, t } end", SJ_FAULT_MEMORY, ""},
    {"memory bomb", "local t = {} for i = 1, 1e9 do t[i] = { i } end", SJ_FAULT_MEMORY, ""},
    {"memory bomb in pcall",
     "pcall(function() local t = {} for i = 1, 1e9 do t[i] = { i } end end) return 1",
     SJ_FAULT_MEMORY, ""},
    {"error with a table", "error({})", SJ_FAULT_RUNTIME,
     "attack.lua:1: the error is a table, not a text"},
    {"error with nothing", "error()", SJ_FAULT_RUNTIME, "the error is a nil, not a text"},
    {"error with a function", "error(function() end)", SJ_FAULT_RUNTIME, "the error is a function"},
    {"error without position", "error('alas', 0)", SJ_FAULT_RUNTIME, "attack.lua:1: alas"},
    {"syntax error", "return {", SJ_FAULT_RUNTIME, "attack.lua:1: unexpected symbol"},
    {"deep nesting",
     "return "
     "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
     "(((((((((((((((((((((("
     "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
     "((((((((((((((((((((((((((("
     "1",
     SJ_FAULT_RUNTIME, "overflow"},
    {"os", "return os.execute('true')", SJ_FAULT_BLOCKED, "attack.lua:1: os is not available"},
    {"os in pcall", "pcall(function() return os.exit() end) return 1", SJ_FAULT_BLOCKED,
     "os is not available"},
    {"io", "return io", SJ_FAULT_BLOCKED, "io"},
    {"load", "return load('return 1')", SJ_FAULT_BLOCKED, "load"},
    {"require", "return require 'os'", SJ_FAULT_BLOCKED, "require"},
    {"debug", "return debug.getregistry()", SJ_FAULT_BLOCKED, "debug"},
    {"package", "return package.loaded", SJ_FAULT_BLOCKED, "package"},
    {"rawset", "rawset(string, 'x', 1)", SJ_FAULT_BLOCKED, "rawset"},
    {"collectgarbage", "collectgarbage('stop')", SJ_FAULT_BLOCKED, "collectgarbage"},
    {"getmetatable of a text", "getmetatable('').__index = nil", SJ_FAULT_BLOCKED, "getmetatable"},
    {"string.dump", "return ('').dump(function() end)", SJ_FAULT_BLOCKED,
     "string.dump is not available"},
    {"table.move", "table.move({}, 1, 1 << 60, 2)", SJ_FAULT_BLOCKED, "table.move"},
    {"chance", "return math.random()", SJ_FAULT_BLOCKED, "math.random"},
    {"setting a global", "x = 1", SJ_FAULT_RUNTIME, "x cannot be set: globals are read-only"},
    {"setting through _G", "_G.tostring = nil", SJ_FAULT_RUNTIME, "tostring cannot be set"},
    {"setting through _ENV", "_ENV.pcall = nil", SJ_FAULT_RUNTIME, "pcall cannot be set"},
    {"changing string", "string.rep = nil", SJ_FAULT_RUNTIME, "string.rep cannot be set"},
    {"changing string through a text", "('').x = 1", SJ_FAULT_RUNTIME, ""},
    {"_G of _G", "return _G._G._G.os", SJ_FAULT_BLOCKED, "os"},
    {"an unknown name", "return frobnicate", SJ_FAULT_RUNTIME,
     "there is no frobnicate in a policy"},
    {"an empty _ENV", "local _ENV = {} return tostring(1)", SJ_FAULT_RUNTIME, "tostring"},
    {"arithmetic on a text", "return '1' + 1", SJ_FAULT_RUNTIME, "arithmetic on a string"},
    {"number out of range", "return ('x'):rep(-1 >> 1)", SJ_FAULT_RUNTIME, "longer"},
    {"giant utf8", "return utf8.char(-1)", SJ_FAULT_RUNTIME, ""},
};

static void every_attack_is_contained(void **state) {
    struct sj_sandbox *sandbox = sj_sandbox_new(&limits);
    (void)state;
    assert_non_null(sandbox);
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct sj_fault fault = {SJ_FAULT_NONE, ""};
        double from = cpu_seconds();
        int status = run(sandbox, attacks[i].text, &fault);
        if (status == SJ_OK || fault.cause != attacks[i].cause ||
            strstr(fault.text, attacks[i].says) == NULL) {
            fail_msg("%s: status %d, %s: %s", attacks[i].name, status, sj_fault_name(fault.cause),
                     fault.text);
        }
        assert_true(cpu_seconds() - from < 10.0);
        assert_true(sandbox->bytes <= limits.bytes);
        assert_int_equal(lua_gettop(sandbox->lua), SJ_SANDBOX_HANDLER);
        assert_works(sandbox);
    }
    sj_sandbox_free(sandbox);
}

static void time_is_limited_where_instructions_are_not(void **state) {
    struct sj_sandbox_limits slow = {16u << 20, UINT64_MAX / 2, 20000};
    struct sj_sandbox *sandbox = sj_sandbox_new(&slow);
    struct sj_fault fault;
    (void)state;
    assert_int_equal(run(sandbox, "while true do end", &fault), SJ_E_INVALID);
    assert_int_equal(fault.cause, SJ_FAULT_TIME);
    assert_non_null(
        strstr(fault.text, "us of processor time used in one call, the limit is 20000"));
    assert_works(sandbox);
    assert_int_equal(
        run(sandbox, "local s = ('x'):rep(65000) while true do local t = s .. 'y' end", &fault),
        SJ_E_INVALID);
    assert_int_equal(fault.cause, SJ_FAULT_TIME);
    sj_sandbox_free(sandbox);
}

/* Statements that take long and count as few: how long a call can hold its thread beyond the limit
 * is what matters. */
static void dear_statements_do_not_outlast_the_limit(void **state) {
    static const char *const dear[] = {
        /* each step of next() walks 32,768 empty places */
        "local t = {} for i = 1, 20000 do t['k' .. i] = i end for k in pairs(t) do t[k] = nil end "
        "while true do next(t) end",
        /* long texts that differ in their last byte */
        "local s = ('x'):rep(65000) local a, b = s .. 'a', s .. 'b' while true do local c = a < b "
        "or a == b end",
        "local s = ('x'):rep(65000) while true do local t = s .. 'y' end",
        "local s = ('x'):rep(65000) while true do pcall(function() local t = s .. 'y' end) end",
        "local s = ('x'):rep(65000) while true do s:upper() end",
        "local s = ('ab'):rep(32000) while true do s:gsub('b', 'c') end",
        "local t = {} for i = 1, 16000 do t[i] = 'x' end while true do table.concat(t) end",
        "local t = {} for i = 1, 16000 do t[i] = i end while true do table.sort(t) end",
        /* thousands of arguments, copied at each call */
        "local t = {} for i = 1, 16000 do t[i] = i end local function f(...) return select('#', "
        "...) end while true do "
        "f(table.unpack(t)) end",
        /* no memory left but for a few tables: a whole collection every dozen statements */
        "local held, texts = {}, {} for i = 1, 32768 do held[i] = {} end for i = 1, 26 do texts[i] "
        "= ('x'):rep(59000 + i) end "
        "while true do local t = { {}, {} } end",
    };
    const struct sj_sandbox_limits slow = {4u << 20, UINT64_MAX / 2, 20000};
    (void)state;
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
        struct sj_sandbox *sandbox = sj_sandbox_new(&slow);
        struct sj_fault fault = {SJ_FAULT_NONE, ""};
        struct timespec from, to;
        int64_t held_us;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        assert_int_equal(run(sandbox, dear[i], &fault), SJ_E_INVALID);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        held_us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
        if (fault.cause != SJ_FAULT_TIME || held_us > OUTLASTING * INT64_C(50000)) {
            fail_msg("%s: %lld us, %s: %s", dear[i], (long long)held_us, sj_fault_name(fault.cause),
                     fault.text);
        }
        assert_works(sandbox);
        sj_sandbox_free(sandbox);
    }
}

static void bytecode_is_refused(void **state) {
    lua_State *compiler = luaL_newstate();
    struct sj_sandbox *sandbox = sj_sandbox_new(&limits);
    struct sj_fault fault;
    size_t length;
    (void)state;
    assert_int_equal(luaL_loadstring(compiler, "return function(f) return string.dump(f) end"),
                     LUA_OK);
    luaL_requiref(compiler, "string", luaopen_string, 1);
    lua_pop(compiler, 1);
    assert_int_equal(lua_pcall(compiler, 0, 1, 0), LUA_OK);
    assert_int_equal(luaL_loadstring(compiler, "return 1"), LUA_OK);
    assert_int_equal(lua_pcall(compiler, 1, 1, 0), LUA_OK);
    const char *bytes = lua_tolstring(compiler, -1, &length);
    assert_int_equal(bytes[0], 27);
    assert_int_equal(sj_sandbox_load(sandbox, "attack.lua", bytes, length, &fault), SJ_E_INVALID);
    assert_non_null(strstr(fault.text, "attempt to load a binary chunk"));
    assert_works(sandbox);
    sj_sandbox_free(sandbox);
    lua_close(compiler);
}

static void compiling_is_limited_too(void **state) {
    struct sj_sandbox *sandbox = sj_sandbox_new(&limits);
    size_t size = SJ_SANDBOX_TEXT_LIMIT;
    char *text = malloc(size + 2);
    struct sj_fault fault;
    (void)state;
    /* as many closures as fit into the largest file: far more than 2 MB of prototypes */
    size_t used = (size_t)sprintf(text, "return{");
    while (used + 24 < size) {
        used += (size_t)sprintf(text + used, "function()end,");
    }
    (void)sprintf(text + used, "}");
    assert_int_equal(sj_sandbox_load(sandbox, "attack.lua", text, strlen(text), &fault),
                     SJ_E_INVALID);
    assert_int_equal(fault.cause, SJ_FAULT_MEMORY);
    assert_works(sandbox);
    memset(text, ' ', size + 1);
    assert_int_equal(sj_sandbox_load(sandbox, "attack.lua", text, size + 1, &fault), SJ_E_INVALID);
    assert_non_null(
        strstr(fault.text, "a policy file has at most 262144 bytes, this one has 262145"));
    free(text);
    sj_sandbox_free(sandbox);
}

static void a_state_that_does_not_fit_is_refused(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < 20000; bytes += 500) {
        struct sj_sandbox *sandbox = sj_sandbox_new(&(struct sj_sandbox_limits){bytes, 1000, 1000});
        sj_sandbox_free(sandbox);
    }
}

static const char stable_sort[] =
    "local t = {} for i = 1, 9 do t[i] = { i % 2, i } end table.sort(t, function(x, y) return x[1] "
    "< y[1] end)\n"
    "local r = '' for i = 1, 9 do r = r .. t[i][2] end return r == '246813579'";

static void what_is_offered_works(void **state) {
    static const char *const holds[] = {
        "return ('a,b;c'):gsub('[,;]', '|') == 'a|b|c'",
        "return select(2, ('a,b;c'):gsub('[,;]', '|')) == 2",
        "return ('abc'):gsub('', '-') == '-a-b-c-'",
        "return ('hello world'):gsub('(%w+)', '<%1>') == '<hello> <world>'",
        "return ('hello'):gsub('l', { l = 'L' }) == 'heLLo' and ('hello'):gsub('x*', '-') == "
        "'-h-e-l-l-o-'",
        "return ('abc'):gsub('%w', '%%%0') == '%a%b%c' and ('abc'):gsub('b', function() end) == "
        "'abc'",
        "return ('one two'):match('(%a+) (%a+)') == 'one' and ('x'):match('y') == nil",
        "return ('a.b'):find('.', 1, true) == 2 and ('a.b'):find('.') == 1 and ('abc'):find('c', "
        "-1) == 3",
        "return ('abc'):sub(2) == 'bc' and ('abc'):sub(-2, -2) == 'b' and ('abc'):sub(5) == '' and "
        "('abc'):sub(0) == 'abc'",
        "return ('abc'):byte() == 97 and select('#', ('abc'):byte(1, -1)) == 3 and string.char(72, "
        "105) == 'Hi'",
        "return ('Ab'):lower() == 'ab' and ('Ab'):upper() == 'AB' and ('ab'):reverse() == 'ba'",
        "return ('ab'):len() == 2 and #'ab' == 2",
        "return ('ab'):rep(3, ',') == 'ab,ab,ab' and ('x'):rep(0) == '' and ('x'):rep(-5) == ''",
        "return ('%5.1f|%s|%d|%q'):format(1.25, true, 3, 'x') == '  1.2|true|3|\"x\"'",
        "local t = { 3, 1, 2 } table.sort(t) return table.concat(t, ' ') == '1 2 3'",
        "local t = { 'b', 'A', 'c' } table.sort(t, function(x, y) return x:lower() < y:lower() "
        "end) return t[1] == 'A'",
        stable_sort,
        "local t = { 1, 2 } table.insert(t, 3) table.insert(t, 1, 0) return table.concat(t) == "
        "'0123' and table.remove(t) == 3",
        "local t = { 0, 1, 2 } return table.remove(t, 1) == 0 and #t == 2",
        "return table.remove({}) == nil and select('#', table.unpack({ 1, 2, 3 })) == 3 and "
        "table.pack(nil, nil).n == 2",
        "return tonumber('0x10') == 16 and tonumber('z', 36) == 35 and tonumber('x') == nil and "
        "tostring(1.5) == '1.5'",
        "return math.floor(1.9) == 1 and math.max(1, 3) == 3 and math.type(1) == 'integer' and "
        "math.tointeger(3.0) == 3",
        "local ok, message = pcall(error, 'x', 0) return not ok and message == 'x'",
        "return select(2, pcall(function() return 5 end)) == 5 and pcall(nil) == false",
        "local n = 0 for k, v in pairs({ a = 1, b = 2 }) do n = n + v end return n == 3",
        "local n = 0 for i, v in ipairs({ 3, 5 }) do n = n + v end return n == 8",
        "local r = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do r = r .. k .. v end return "
        "r == 'a1b2'",
        "local n = 0 for _ in ('abc'):gmatch('') do n = n + 1 end return n == 4",
        "return assert(1) == 1 and type(next({ 1 })) == 'number' and utf8.char(228) == 'ä'",
        "return _G._G == _G and _ENV == _G",
    };
    struct sj_sandbox *sandbox = sj_sandbox_new(&limits);
    (void)state;
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++) {
        struct sj_fault fault = {SJ_FAULT_NONE, ""};
        if (run(sandbox, holds[i], &fault) != SJ_OK || lua_toboolean(sandbox->lua, -1) == 0) {
            fail_msg("%s: %s", holds[i], fault.text);
        }
        lua_settop(sandbox->lua, SJ_SANDBOX_HANDLER);
    }
    sj_sandbox_free(sandbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_contained),
        cmocka_unit_test(time_is_limited_where_instructions_are_not),
        cmocka_unit_test(dear_statements_do_not_outlast_the_limit),
        cmocka_unit_test(bytecode_is_refused),
        cmocka_unit_test(compiling_is_limited_too),
        cmocka_unit_test(a_state_that_does_not_fit_is_refused),
        cmocka_unit_test(what_is_offered_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
