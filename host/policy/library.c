/* The environment of policies: an allow list per function, and for everything else a sentence
 * naming what was refused.
 *
 * Only functions whose running time is bounded by their arguments' size are taken from Lua's own
 * libraries; sorting, joining and shifting are done here, charged to the budget of the call. There
 * are no metatables for policies, so no __gc, __index,
 * __len or
 * __close of theirs can run. */
#include "host/policy/library.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#include "host/policy/sandbox.h"

static const char *const base_allowed[] = {"assert", "error",    "ipairs", "next", "pairs",
                                           "select", "tostring", "type",   NULL};
static const char *const math_allowed[] = {"abs", "ceil",       "floor", "fmod",       "huge",
                                           "max", "maxinteger", "min",   "mininteger", "modf",
                                           "pi",  "tointeger",  "type",  "ult",        NULL};
static const char *const utf8_allowed[] = {"char", "charpattern", NULL};

/* Names of Lua that policies do not have. Others are taken for a slip of the pen. */
static const char *const refused_names[] = {
    "collectgarbage", "coroutine", "debug",      "dofile", "getmetatable", "io",
    "load",           "loadfile",  "loadstring", "os",     "package",      "print",
    "rawequal",       "rawget",    "rawlen",     "rawset", "require",      "setmetatable",
    "warn",           "xpcall",    "dump",       "pack",   "packsize",     "unpack",
    "move",           "random",    "randomseed", "codes",  "exp",          "log",
    "setfenv",        "getfenv",   "newproxy",   NULL};

const char *sj_library_text(lua_State *lua, int index, size_t *length) {
    const char *text = luaL_checklstring(lua, index, length);
    if (*length > SJ_LIBRARY_TEXT_LIMIT) {
        luaL_error(lua, "a text of %I bytes is too long, the limit is %d", (LUAI_UACINT)*length,
                   SJ_LIBRARY_TEXT_LIMIT);
    }
    sj_sandbox_charge(lua, *length / SJ_LIBRARY_BYTES_PER_STEP);
    return text;
}

/* __index of last resort. Upvalue 1: the table's name with a dot ("string."), or "". */
static int refuse(lua_State *lua) {
    const char *prefix = lua_tostring(lua, lua_upvalueindex(1));
    const char *name =
        lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : luaL_typename(lua, 2);
    for (size_t i = 0; refused_names[i] != NULL; i++) {
        if (strcmp(refused_names[i], name) == 0) {
            sj_sandbox_fail(lua, SJ_FAULT_BLOCKED,
                            "%s%.60s is not available: a policy sees its input and nothing else",
                            prefix, name);
        }
    }
    return luaL_error(lua, "there is no %s%s in a policy", prefix, name);
}

static int refuse_write(lua_State *lua) {
    const char *prefix = lua_tostring(lua, lua_upvalueindex(1));
    const char *name =
        lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : luaL_typename(lua, 2);
    return luaL_error(lua, "%s%s cannot be set: globals are read-only, use a local", prefix, name);
}

/* pcall that does not survive the end of the budget: a fault is raised again, an ordinary error is
 * returned. */
static int protected_call(lua_State *lua) {
    int status;
    luaL_checkany(lua, 1);
    status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    sj_sandbox_settle(lua);
    if (status == LUA_ERRMEM) {
        sj_sandbox_fail(lua, SJ_FAULT_MEMORY,
                        "more memory needed than a policy may hold, the limit is %zu bytes",
                        sj_sandbox_of(lua)->limits.bytes);
    }
    lua_pushboolean(lua, status == LUA_OK);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/* tonumber: Lua's own, with a bounded text. Upvalue 1: the original. */
static int to_number(lua_State *lua) {
    size_t length;
    if (lua_type(lua, 1) == LUA_TSTRING) {
        (void)sj_library_text(lua, 1, &length);
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

/* The number of items of the table at `index`, within the limit, charged to the budget. */
static lua_Integer items_of(lua_State *lua, int index) {
    lua_Unsigned count;
    luaL_checktype(lua, index, LUA_TTABLE);
    count = lua_rawlen(lua, index);
    if (count > SJ_LIBRARY_ITEMS_LIMIT) {
        luaL_error(lua, "a list of %I items is too long, the limit is %d", (LUAI_UACINT)count,
                   SJ_LIBRARY_ITEMS_LIMIT);
    }
    sj_sandbox_charge(lua, (size_t)count);
    return (lua_Integer)count;
}

static int table_concat(lua_State *lua) {
    lua_Integer count = items_of(lua, 1), first = luaL_optinteger(lua, 3, 1),
                last = luaL_optinteger(lua, 4, count);
    size_t separator_length = 0, total = 0;
    const char *separator = "";
    luaL_Buffer buffer;
    if (!lua_isnoneornil(lua, 2)) {
        separator = sj_library_text(lua, 2, &separator_length);
    }
    luaL_argcheck(lua, first >= 1 && last <= count, 3, "outside of the list");
    luaL_buffinit(lua, &buffer);
    for (lua_Integer i = first; i <= last; i++) {
        size_t length = 0;
        int type = lua_rawgeti(lua, 1, i);
        if (type != LUA_TSTRING && type != LUA_TNUMBER) {
            return luaL_error(lua, "item %I is a %s, not a text or number", (LUAI_UACINT)i,
                              lua_typename(lua, type));
        }
        (void)lua_tolstring(lua, -1, &length);
        total += length + separator_length;
        if (total > SJ_LIBRARY_TEXT_LIMIT) {
            return luaL_error(lua, "the text would be longer than %d bytes", SJ_LIBRARY_TEXT_LIMIT);
        }
        sj_sandbox_charge(lua, 1 + length / SJ_LIBRARY_BYTES_PER_STEP);
        luaL_addvalue(&buffer);
        if (i < last) {
            luaL_addlstring(&buffer, separator, separator_length);
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int table_insert(lua_State *lua) {
    lua_Integer count, at;
    int arguments = lua_gettop(lua);
    if (arguments == 2) { /* at the end: nothing is shifted */
        luaL_checktype(lua, 1, LUA_TTABLE);
        lua_rawseti(lua, 1, (lua_Integer)lua_rawlen(lua, 1) + 1);
        return 0;
    }
    luaL_argcheck(lua, arguments == 3, arguments,
                  "table.insert takes a list, perhaps a position, and a value");
    count = items_of(lua, 1);
    at = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, at >= 1 && at <= count + 1, 2, "outside of the list");
    for (lua_Integer i = count; i >= at; i--) {
        lua_rawgeti(lua, 1, i);
        lua_rawseti(lua, 1, i + 1);
    }
    lua_rawseti(lua, 1, at);
    return 0;
}

static int table_remove(lua_State *lua) {
    lua_Integer count = items_of(lua, 1), at = luaL_optinteger(lua, 2, count);
    if (count == 0 && at == 0) {
        return 0;
    }
    luaL_argcheck(lua, at >= 1 && at <= count, 2, "outside of the list");
    lua_rawgeti(lua, 1, at);
    for (lua_Integer i = at; i < count; i++) {
        lua_rawgeti(lua, 1, i + 1);
        lua_rawseti(lua, 1, i);
    }
    lua_pushnil(lua);
    lua_rawseti(lua, 1, count);
    return 1;
}

static int table_unpack(lua_State *lua) {
    lua_Integer count = items_of(lua, 1), first = luaL_optinteger(lua, 2, 1),
                last = luaL_optinteger(lua, 3, count);
    luaL_argcheck(lua, first >= 1 && last <= SJ_LIBRARY_ITEMS_LIMIT, 2, "outside of the list");
    if (first > last) {
        return 0;
    }
    sj_sandbox_charge(lua, (size_t)(last - first));
    luaL_checkstack(lua, (int)(last - first) + 1, "too many items");
    for (lua_Integer i = first; i <= last; i++) {
        lua_rawgeti(lua, 1, i);
    }
    return (int)(last - first) + 1;
}

static int table_pack(lua_State *lua) {
    int count = lua_gettop(lua);
    lua_createtable(lua, count, 1);
    lua_insert(lua, 1);
    for (int i = count; i >= 1; i--) {
        lua_rawseti(lua, 1, i);
    }
    lua_pushinteger(lua, count);
    lua_setfield(lua, 1, "n");
    return 1;
}

/* Does the value at the top come before the one below it? Pops nothing. Argument 2: the policy's
 * comparison, or nothing. */
static bool comes_before(lua_State *lua) {
    bool before;
    if (lua_isnoneornil(lua, 2)) {
        size_t bytes = lua_type(lua, -1) == LUA_TSTRING ? lua_rawlen(lua, -1) : 0;
        sj_sandbox_charge(lua, 1 + bytes / SJ_LIBRARY_BYTES_PER_STEP);
        return lua_compare(lua, -1, -2, LUA_OPLT) != 0;
    }
    sj_sandbox_charge(lua, 1);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -4);
    lua_call(lua, 2, 1);
    before = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
    return before;
}

/* Merges the sorted runs [low, middle) and [middle, high) of the table at `from` into the one at
 * `to`. */
static void merge(lua_State *lua, int from, int to, lua_Integer low, lua_Integer middle,
                  lua_Integer high) {
    lua_Integer left = low, right = middle;
    for (lua_Integer out = low; out < high; out++) {
        bool take_right = left >= middle;
        if (!take_right && right < high) {
            lua_rawgeti(lua, from, left);
            lua_rawgeti(lua, from, right);
            take_right = comes_before(lua); /* equal values keep their order */
            lua_pop(lua, 2);
        }
        lua_rawgeti(lua, from, take_right ? right++ : left++);
        lua_rawseti(lua, to, out);
    }
}

/* A merge sort: stable, and n log n comparisons whatever the comparison function claims. */
static int table_sort(lua_State *lua) {
    lua_Integer count = items_of(lua, 1);
    int from = 1, to = 3;
    if (!lua_isnoneornil(lua, 2)) {
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    }
    lua_settop(lua, 2);
    lua_createtable(lua, (int)count, 0);
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer low = 1; low <= count; low += 2 * width) {
            lua_Integer middle = low + width > count + 1 ? count + 1 : low + width;
            lua_Integer high = middle + width > count + 1 ? count + 1 : middle + width;
            merge(lua, from, to, low, middle, high);
        }
        from = 4 - from;
        to = 4 - to;
    }
    if (from == 3) {
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(lua, 3, i);
            lua_rawseti(lua, 1, i);
        }
    }
    return 0;
}

static const luaL_Reg table_functions[] = {{"concat", table_concat},
                                           {"insert", table_insert},
                                           {"pack", table_pack},
                                           {"remove", table_remove},
                                           {"sort", table_sort},
                                           {"unpack", table_unpack},
                                           {NULL, NULL}};

/* Copies the named members of the table at `from` to the table at the top. */
static void take(lua_State *lua, int from, const char *const *names) {
    for (size_t i = 0; names[i] != NULL; i++) {
        lua_getfield(lua, from, names[i]);
        lua_setfield(lua, -2, names[i]);
    }
}

/* Replaces the table at the top by an empty one through which it can only be read, and gives both
 * their refusals. */
static void close_table(lua_State *lua, const char *prefix) {
    lua_createtable(lua, 0, 1); /* the members' metatable: what is not there is refused by name */
    lua_pushstring(lua, prefix);
    lua_pushcclosure(lua, refuse, 1);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_createtable(lua, 0, 0); /* the table policies see */
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushstring(lua, prefix);
    lua_pushcclosure(lua, refuse_write, 1);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

/* Runs one of Lua's own openers and leaves its table on the stack. */
static void open_original(lua_State *lua, lua_CFunction opener, const char *name) {
    lua_pushcfunction(lua, opener);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 1);
}

void sj_library_open(lua_State *lua) {
    int base, environment;
    open_original(lua, luaopen_base,
                  "_G"); /* into the state's first global table, which is given up below */
    base = lua_gettop(lua);
    lua_createtable(lua, 0, 24);
    environment = lua_gettop(lua);
    take(lua, base, base_allowed);
    lua_getfield(lua, base, "tonumber");
    lua_pushcclosure(lua, to_number, 1);
    lua_setfield(lua, environment, "tonumber");
    lua_pushcfunction(lua, protected_call);
    lua_setfield(lua, environment, "pcall");

    open_original(lua, luaopen_math, "math");
    lua_createtable(lua, 0, 16);
    take(lua, lua_gettop(lua) - 1, math_allowed);
    close_table(lua, "math.");
    lua_setfield(lua, environment, "math");

    open_original(lua, luaopen_utf8, "utf8");
    lua_createtable(lua, 0, 2);
    take(lua, lua_gettop(lua) - 1, utf8_allowed);
    close_table(lua, "utf8.");
    lua_setfield(lua, environment, "utf8");

    luaL_newlib(lua, table_functions);
    close_table(lua, "table.");
    lua_setfield(lua, environment, "table");

    sj_text_open(lua);
    close_table(lua, "string.");
    lua_pushliteral(lua,
                    ""); /* methods of texts: the same reduced table, and no arithmetic on texts */
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
    lua_setfield(lua, environment, "string");

    lua_settop(lua, environment);
    close_table(lua, "");
    /* _G is the environment itself, as policies see it. */
    lua_getmetatable(lua, -1);
    lua_getfield(lua, -1, "__index");
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "_G");
    lua_pop(lua, 2);
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(lua); /* what the openers left in the registry: nothing of it can be reached */
    lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
