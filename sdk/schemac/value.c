/* Reads a Lua file into a tree of values. The only part of the generator that knows
 * Lua.
 *
 * The file runs with an empty table as its environment and no libraries: it can compute nothing
 * that needs a function. Memory and instructions are bounded all the same, because generators also
 * run on declarations of other people. */
#include "value.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEMORY_LIMIT = 64 * 1024 * 1024,
    INSTRUCTION_LIMIT = 5 * 1000 * 1000,
    VALUES_LIMIT = 200 * 1000,
    DEPTH_LIMIT = 24,
};

struct reader {
    struct arena *arena;
    const char *file;
    struct value *result;
    size_t memory;
    size_t values;
};

const struct value *value_get(const struct value *table, const char *name) {
    for (size_t i = 0; i < table->members_count; i++) {
        if (strcmp(table->members[i].name, name) == 0) {
            return &table->members[i].value;
        }
    }
    return NULL;
}

const char *value_kind_name(const struct value *value) {
    static const char *const names[] = {"a boolean", "an integer", "a number", "text", "a table"};
    return value == NULL ? "nothing" : names[value->kind];
}

static void *limited_alloc(void *user, void *pointer, size_t old_size, size_t new_size) {
    struct reader *reader = user;
    const size_t before =
        pointer == NULL ? 0 : old_size; /* without a pointer, old_size is a type tag */
    if (new_size == 0) {
        free(pointer);
        reader->memory -= before;
        return NULL;
    }
    if (new_size > before && reader->memory - before + new_size > MEMORY_LIMIT) {
        return NULL;
    }
    void *moved = realloc(pointer, new_size);
    if (moved != NULL) {
        reader->memory = reader->memory - before + new_size;
    }
    return moved;
}

static void stop_long_runs(lua_State *lua, lua_Debug *at) {
    (void)lua_getinfo(lua, "Sl", at);
    (void)luaL_error(lua,
                     "%s:%d: more than %d instructions; a declaration is a table, not a program",
                     at->short_src, at->currentline, (int)INSTRUCTION_LIMIT);
}

static int by_name(const void *left, const void *right) {
    return strcmp(((const struct value_member *)left)->name,
                  ((const struct value_member *)right)->name);
}

static void convert(lua_State *lua, struct reader *reader, int depth, struct value *value);

static void convert_table(lua_State *lua, struct reader *reader, int depth, struct value *value) {
    const int table = lua_gettop(lua);
    if (depth >= DEPTH_LIMIT) {
        (void)luaL_error(lua, "tables nested more than %d deep", (int)DEPTH_LIMIT);
    }
    size_t named = 0;
    const size_t listed = (size_t)lua_rawlen(lua, table);
    lua_pushnil(lua);
    while (lua_next(lua, table) != 0) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) == LUA_TSTRING) {
            named++;
        } else if (!lua_isinteger(lua, -1) || lua_tointeger(lua, -1) < 1 ||
                   (size_t)lua_tointeger(lua, -1) > listed) {
            (void)luaL_error(lua,
                             "a table has a key that is neither a name nor a place in its list");
        }
    }
    if (named + listed > VALUES_LIMIT) {
        (void)luaL_error(lua, "more than %d values", (int)VALUES_LIMIT);
    }
    value->kind = VALUE_TABLE;
    value->items = arena_alloc(reader->arena, listed * sizeof *value->items);
    value->items_count = listed;
    for (size_t i = 0; i < listed; i++) {
        if (lua_rawgeti(lua, table, (lua_Integer)i + 1) == LUA_TNIL) {
            (void)luaL_error(
                lua, "a list has a hole at place %d (a misspelt word or an unknown name is nil)",
                (int)(i + 1));
        }
        convert(lua, reader, depth + 1, &value->items[i]);
        lua_pop(lua, 1);
    }
    value->members = arena_alloc(reader->arena, named * sizeof *value->members);
    lua_pushnil(lua);
    while (lua_next(lua, table) != 0) {
        if (lua_type(lua, -2) == LUA_TSTRING) {
            struct value_member *member = &value->members[value->members_count++];
            size_t length;
            const char *name = lua_tolstring(lua, -2, &length);
            member->name = arena_copy(reader->arena, name, length);
            convert(lua, reader, depth + 1, &member->value);
        }
        lua_pop(lua, 1);
    }
    if (value->members_count > 1) {
        qsort(value->members, value->members_count, sizeof *value->members, by_name);
    }
}

/* The value on top of the stack, which stays there. */
static void convert(lua_State *lua, struct reader *reader, int depth, struct value *value) {
    luaL_checkstack(lua, 4, "tables nested too deep");
    if (++reader->values > VALUES_LIMIT) {
        (void)luaL_error(lua, "more than %d values", (int)VALUES_LIMIT);
    }
    switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
        value->kind = VALUE_BOOLEAN;
        value->boolean = lua_toboolean(lua, -1) != 0;
        break;
    case LUA_TNUMBER:
        value->real = lua_tonumber(lua, -1);
        value->kind = lua_isinteger(lua, -1) ? VALUE_INTEGER : VALUE_REAL;
        value->integer = value->kind == VALUE_INTEGER ? lua_tointeger(lua, -1) : 0;
        if (!isfinite(value->real)) {
            (void)luaL_error(lua, "a number is not finite");
        }
        break;
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(lua, -1, &length);
        if (strlen(text) != length) {
            (void)luaL_error(lua, "a text holds a zero byte");
        }
        value->kind = VALUE_TEXT;
        value->text = arena_copy(reader->arena, text, length);
        break;
    }
    case LUA_TTABLE: convert_table(lua, reader, depth, value); break;
    default:
        (void)luaL_error(lua,
                         "a value is a %s; declarations hold tables, texts, numbers and booleans",
                         luaL_typename(lua, -1));
    }
}

/* Runs protected: any failure below, memory included, comes back as one error. */
static int read_protected(lua_State *lua) {
    struct reader *reader = lua_touserdata(lua, 1);
    if (luaL_loadfilex(lua, reader->file, "t") != LUA_OK) {
        return lua_error(lua);
    }
    lua_newtable(lua);
    (void)lua_setupvalue(lua, -2, 1);
    lua_sethook(lua, stop_long_runs, LUA_MASKCOUNT, INSTRUCTION_LIMIT);
    lua_call(lua, 0, 1);
    lua_sethook(lua, NULL, 0, 0);
    if (!lua_istable(lua, -1)) {
        return luaL_error(lua, "%s: returns %s; expected one declaration, or a list of them",
                          reader->file, luaL_typename(lua, -1));
    }
    convert(lua, reader, 0, reader->result);
    return 0;
}

bool value_read_lua(struct arena *arena, const char *file, struct value *value,
                    const char **problem) {
    struct reader reader = {arena, file, value, 0, 0};
    lua_State *lua = lua_newstate(limited_alloc, &reader);
    if (lua == NULL) {
        *problem = "out of memory";
        return false;
    }
    lua_pushcfunction(lua, read_protected);
    lua_pushlightuserdata(lua, &reader);
    const bool good = lua_pcall(lua, 1, 0, 0) == LUA_OK;
    if (!good) {
        const char *said = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1)
                                                            : "fails with a value that is not text";
        *problem = arena_format(arena, "%s", said);
    }
    lua_close(lua);
    return good;
}
