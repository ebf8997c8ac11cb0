/* The string functions of policies. Texts and results are bounded, the work is charged to the
 * budget of the call, and patterns are matched by pattern.c, because Lua's own matcher can be kept
 * busy for hours within one instruction. */
#include <ctype.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#include "host/policy/library.h"
#include "host/policy/pattern.h"
#include "host/policy/sandbox.h"

enum { STEPS_PER_INSTRUCTION = 4 };

/* A position as Lua counts it (from 1, negative from the end) as an offset from 0, not below 0. */
static lua_Integer offset_of(lua_Integer position, size_t length) {
    if (position > 0) {
        return position - 1;
    }
    if (position == 0 || position < -(lua_Integer)length) {
        return 0;
    }
    return (lua_Integer)length + position;
}

/* The half-open range of the arguments (i, j) at `index`, clipped to the text. */
static void range_of(lua_State *lua, int index, lua_Integer first, lua_Integer last, size_t length,
                     size_t *from, size_t *to) {
    lua_Integer i = offset_of(luaL_optinteger(lua, index, first), length);
    lua_Integer j = luaL_optinteger(lua, index + 1, last);
    lua_Integer end = j >= 0 ? j : (lua_Integer)length + j + 1;
    end = end > (lua_Integer)length ? (lua_Integer)length : end;
    *from = (size_t)i;
    *to = end > i ? (size_t)end : (size_t)i;
}

static int text_len(lua_State *lua) {
    size_t length;
    (void)sj_library_text(lua, 1, &length);
    lua_pushinteger(lua, (lua_Integer)length);
    return 1;
}

static int text_sub(lua_State *lua) {
    size_t length, from, to;
    const char *text = sj_library_text(lua, 1, &length);
    (void)luaL_checkinteger(lua, 2);
    range_of(lua, 2, 1, -1, length, &from, &to);
    lua_pushlstring(lua, to > from ? text + from : "", to - from);
    return 1;
}

static int text_byte(lua_State *lua) {
    size_t length, from, to;
    const char *text = sj_library_text(lua, 1, &length);
    lua_Integer first = luaL_optinteger(lua, 2, 1);
    range_of(lua, 2, 1, first, length, &from, &to);
    luaL_checkstack(lua, (int)(to - from), "too many bytes");
    for (size_t i = from; i < to; i++) {
        lua_pushinteger(lua, (unsigned char)text[i]);
    }
    return (int)(to - from);
}

/* Pushes the text with each byte put through `change`, or reversed when that is NULL. */
static int changed(lua_State *lua, int (*change)(int)) {
    size_t length;
    luaL_Buffer buffer;
    const char *text = sj_library_text(lua, 1, &length);
    char *out = luaL_buffinitsize(lua, &buffer, length);
    for (size_t i = 0; i < length; i++) {
        if (change == NULL) {
            out[i] = text[length - 1 - i];
        } else {
            out[i] = (char)change((unsigned char)text[i]);
        }
    }
    luaL_pushresultsize(&buffer, length);
    return 1;
}

static int text_lower(lua_State *lua) {
    return changed(lua, tolower);
}

static int text_upper(lua_State *lua) {
    return changed(lua, toupper);
}

static int text_reverse(lua_State *lua) {
    return changed(lua, NULL);
}

static int text_rep(lua_State *lua) {
    size_t length, separator_length = 0;
    const char *text = sj_library_text(lua, 1, &length), *separator = "";
    lua_Integer times = luaL_checkinteger(lua, 2);
    luaL_Buffer buffer;
    if (!lua_isnoneornil(lua, 3)) {
        separator = sj_library_text(lua, 3, &separator_length);
    }
    times = times < 0 ? 0 : times;
    if (length + separator_length > 0 &&
        (size_t)times > SJ_LIBRARY_TEXT_LIMIT / (length + separator_length)) {
        return luaL_error(lua, "the text would be longer than %d bytes", SJ_LIBRARY_TEXT_LIMIT);
    }
    if (length + separator_length == 0) {
        times = 0;
    }
    sj_sandbox_charge(lua, (size_t)times * (length + separator_length) / SJ_LIBRARY_BYTES_PER_STEP);
    luaL_buffinit(lua, &buffer);
    for (lua_Integer i = 0; i < times; i++) {
        luaL_addlstring(&buffer, text, length);
        if (i + 1 < times) {
            luaL_addlstring(&buffer, separator, separator_length);
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

/* string.format: Lua's own between a check of the texts given and one of the text made. Upvalue 1:
 * the original. */
static int text_format(lua_State *lua) {
    size_t length;
    (void)luaL_checkstring(lua, 1);
    for (int i = 1; i <= lua_gettop(lua); i++) {
        if (lua_type(lua, i) == LUA_TSTRING) {
            (void)sj_library_text(lua, i, &length);
        }
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    (void)sj_library_text(lua, -1, &length);
    return 1;
}

/* The pattern argument at `index`, compiled. */
static void compile(lua_State *lua, int index, struct sj_pattern *pattern) {
    size_t length;
    const char *text = sj_library_text(lua, index, &length),
               *fault = sj_pattern_compile(pattern, text, length);
    if (fault != NULL) {
        luaL_error(lua, "the pattern '%s' %s", text, fault);
    }
    sj_sandbox_charge(lua, pattern->count);
}

/* Finds the first match at or after *from (only at *from when anchored). Charges what it took. */
static bool search(lua_State *lua, const struct sj_pattern *pattern, struct sj_match *match,
                   size_t *from, size_t *end) {
    const struct sj_sandbox *sandbox = sj_sandbox_of(lua);
    uint64_t left = sandbox->limits.instructions > sandbox->instructions
                        ? sandbox->limits.instructions - sandbox->instructions
                        : 0;
    uint64_t allowed = left * STEPS_PER_INSTRUCTION + STEPS_PER_INSTRUCTION;
    bool found = false;
    match->steps = allowed;
    for (; *from <= match->length; ++*from) {
        found = sj_pattern_match(pattern, match, *from, end);
        if (found || match->refusal != NULL || pattern->anchored) {
            break;
        }
    }
    sj_sandbox_charge(lua, (size_t)((allowed - match->steps) / STEPS_PER_INSTRUCTION));
    if (match->refusal != NULL) {
        luaL_error(lua, "the pattern %s", match->refusal);
    }
    return found;
}

static void push_capture(lua_State *lua, const struct sj_match *match, size_t index) {
    if (match->end[index] == SIZE_MAX) {
        lua_pushinteger(lua, (lua_Integer)match->start[index] + 1);
    } else {
        lua_pushlstring(lua, match->subject + match->start[index],
                        match->end[index] - match->start[index]);
    }
}

/* All captures, or the whole match when the pattern has none. */
static int push_captures(lua_State *lua, const struct sj_pattern *pattern,
                         const struct sj_match *match, size_t from, size_t end) {
    if (pattern->captures == 0) {
        lua_pushlstring(lua, match->subject + from, end - from);
        return 1;
    }
    luaL_checkstack(lua, SJ_PATTERN_CAPTURES, "too many captures");
    for (size_t i = 0; i < pattern->captures; i++) {
        push_capture(lua, match, i);
    }
    return (int)pattern->captures;
}

static int find_plain(lua_State *lua, const char *text, size_t length, size_t from) {
    size_t wanted_length;
    const char *wanted = sj_library_text(lua, 2, &wanted_length);
    const char *at = memmem(text + from, length - from, wanted, wanted_length);
    if (at == NULL) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, at - text + 1);
    lua_pushinteger(lua, at - text + (lua_Integer)wanted_length);
    return 2;
}

static int find_or_match(lua_State *lua, bool find) {
    struct sj_pattern pattern;
    struct sj_match match;
    size_t end, from;
    int positions = 0;
    lua_Integer start;
    match.subject = sj_library_text(lua, 1, &match.length);
    start = offset_of(luaL_optinteger(lua, 3, 1), match.length);
    if (start > (lua_Integer)match.length) {
        lua_pushnil(lua);
        return 1;
    }
    from = (size_t)start;
    if (find && lua_toboolean(lua, 4)) {
        return find_plain(lua, match.subject, match.length, from);
    }
    compile(lua, 2, &pattern);
    if (!search(lua, &pattern, &match, &from, &end)) {
        lua_pushnil(lua);
        return 1;
    }
    if (find) {
        lua_pushinteger(lua, (lua_Integer)from + 1);
        lua_pushinteger(lua, (lua_Integer)end);
        positions = 2;
        if (pattern.captures == 0) {
            return positions;
        }
    }
    return positions + push_captures(lua, &pattern, &match, from, end);
}

static int text_find(lua_State *lua) {
    return find_or_match(lua, true);
}

static int text_match(lua_State *lua) {
    return find_or_match(lua, false);
}

/* Upvalues: text, pattern, where to go on, end of the last match (an empty match may not end there
 * again). */
static int next_match(lua_State *lua) {
    struct sj_pattern pattern;
    struct sj_match match;
    size_t end, from = (size_t)lua_tointeger(lua, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(lua, lua_upvalueindex(4));
    match.subject = sj_library_text(lua, lua_upvalueindex(1), &match.length);
    compile(lua, lua_upvalueindex(2), &pattern);
    for (; from <= match.length; from++) {
        if (!search(lua, &pattern, &match, &from, &end)) {
            return 0;
        }
        if ((lua_Integer)end != last) {
            lua_pushinteger(lua, (lua_Integer)end);
            lua_copy(lua, -1, lua_upvalueindex(3));
            lua_replace(lua, lua_upvalueindex(4));
            return push_captures(lua, &pattern, &match, from, end);
        }
    }
    return 0;
}

static int text_gmatch(lua_State *lua) {
    size_t length;
    (void)sj_library_text(lua, 1, &length);
    (void)sj_library_text(lua, 2, &length);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, next_match, 4);
    return 1;
}

/* Adds the replacement text at argument 3 with its %0 to %9 filled in. */
static void add_template(lua_State *lua, luaL_Buffer *out, const struct sj_pattern *pattern,
                         const struct sj_match *match, size_t from, size_t end) {
    size_t length;
    const char *text = sj_library_text(lua, 3, &length);
    for (size_t i = 0; i < length; i++) {
        size_t capture;
        if (text[i] != '%') {
            luaL_addchar(out, text[i]);
            continue;
        }
        i++;
        if (i < length && text[i] == '%') {
            luaL_addchar(out, '%');
            continue;
        }
        if (i == length || text[i] < '0' || text[i] > '9') {
            luaL_error(lua,
                       "the replacement has a '%%' that is followed by neither a digit nor '%%'");
        }
        capture = (size_t)(text[i] - '0');
        if (capture == 0 || (capture == 1 && pattern->captures == 0)) {
            luaL_addlstring(out, match->subject + from, end - from);
        } else if (capture <= pattern->captures) {
            push_capture(lua, match, capture - 1);
            (void)lua_tolstring(lua, -1, NULL);
            luaL_addvalue(out);
        } else {
            luaL_error(lua,
                       "the replacement refers to capture %%%d, which the pattern does not have",
                       (int)capture);
        }
    }
}

/* Adds what the table or function at argument 3 gives for this match; false or nil keeps the match.
 */
static void add_looked_up(lua_State *lua, luaL_Buffer *out, const struct sj_pattern *pattern,
                          const struct sj_match *match, size_t from, size_t end) {
    if (lua_type(lua, 3) == LUA_TFUNCTION) {
        int captures;
        lua_pushvalue(lua, 3);
        captures = push_captures(lua, pattern, match, from, end);
        lua_call(lua, captures, 1);
    } else {
        (void)push_captures(lua, pattern, match, from, end);
        lua_pop(lua, pattern->captures > 1 ? (int)pattern->captures - 1 : 0);
        lua_rawget(lua, 3);
    }
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        luaL_addlstring(out, match->subject + from, end - from);
    } else if (lua_type(lua, -1) == LUA_TSTRING || lua_type(lua, -1) == LUA_TNUMBER) {
        (void)lua_tolstring(lua, -1, NULL);
        luaL_addvalue(out);
    } else {
        luaL_error(lua, "the replacement is a %s, not a text", luaL_typename(lua, -1));
    }
}

static int text_gsub(lua_State *lua) {
    struct sj_pattern pattern;
    struct sj_match match;
    luaL_Buffer out;
    int kind = lua_type(lua, 3);
    size_t at = 0, last = SIZE_MAX;
    lua_Integer limit, count = 0;
    match.subject = sj_library_text(lua, 1, &match.length);
    limit = luaL_optinteger(lua, 4, (lua_Integer)match.length + 1);
    compile(lua, 2, &pattern);
    luaL_argexpected(lua,
                     kind == LUA_TSTRING || kind == LUA_TNUMBER || kind == LUA_TTABLE ||
                         kind == LUA_TFUNCTION,
                     3, "string/table/function");
    luaL_buffinit(lua, &out);
    while (count < limit && at <= match.length) {
        size_t from = at, end;
        if (!search(lua, &pattern, &match, &from, &end)) {
            break;
        }
        luaL_addlstring(&out, match.subject + at, from - at);
        at = from;
        if (end != last) { /* else an empty match right behind the last one */
            count++;
            if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
                add_template(lua, &out, &pattern, &match, from, end);
            } else {
                add_looked_up(lua, &out, &pattern, &match, from, end);
            }
            at = last = end;
        }
        if (end == from) {
            if (at < match.length) {
                luaL_addchar(&out, match.subject[at]);
            }
            at++;
        }
        if (luaL_bufflen(&out) > SJ_LIBRARY_TEXT_LIMIT) {
            return luaL_error(lua, "the text would be longer than %d bytes", SJ_LIBRARY_TEXT_LIMIT);
        }
        if (pattern.anchored) {
            break;
        }
    }
    if (at < match.length) {
        luaL_addlstring(&out, match.subject + at, match.length - at);
    }
    luaL_pushresult(&out);
    lua_pushinteger(lua, count);
    return 2;
}

static const luaL_Reg text_functions[] = {
    {"byte", text_byte},       {"find", text_find},   {"gmatch", text_gmatch}, {"gsub", text_gsub},
    {"len", text_len},         {"lower", text_lower}, {"match", text_match},   {"rep", text_rep},
    {"reverse", text_reverse}, {"sub", text_sub},     {"upper", text_upper},   {NULL, NULL}};

void sj_text_open(lua_State *lua) {
    luaL_newlib(lua, text_functions);
    lua_pushcfunction(lua, luaopen_string);
    lua_call(lua, 0, 1);
    lua_getfield(lua, -1, "char");
    lua_setfield(lua, -3, "char");
    lua_getfield(lua, -1, "format");
    lua_pushcclosure(lua, text_format, 1);
    lua_setfield(lua, -3, "format");
    lua_pop(lua, 1);
}
