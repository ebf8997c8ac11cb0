/* A Lua table in a bare environment, within limits of memory and instructions. */
#include "host/node/node_file_lua.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "host/node/lua_memory.h"
#include "host/node/lua_names.h"

enum { MOST_BYTES = 16 * 1024 * 1024, MOST_INSTRUCTIONS = 10 * 1000 * 1000 };

static void stop_counting(lua_State *lua, lua_Debug *debug) {
    if (lua_getinfo(lua, "Sl", debug) == 0) {
        debug->currentline = 0;
    }
    lua_pushfstring(lua, "%s:%d: it does not end: %d instructions were run", debug->short_src,
                    debug->currentline, (int)MOST_INSTRUCTIONS);
    lua_error(lua);
}

/* Without this a word that lacks its quotes would be nothing, and what it was meant for take its
 * default. */
static int unknown_name(lua_State *lua) {
    return luaL_error(lua,
                      "there is no \"%s\" here: texts stand in quotes, and functions cannot be "
                      "called in such a file",
                      luaL_tolstring(lua, 2, NULL));
}

void sj_config_lua_environment(lua_State *lua) {
    lua_newtable(lua);
    lua_newtable(lua);
    lua_pushcfunction(lua, unknown_name);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

/* `text` need not end with a zero byte. */
static bool refuse_twice(const char *file, const char *text, size_t length, sj_error *error) {
    char *copy = strndup(text, length), sentence[400];
    const bool twice = copy != NULL && sj_lua_file_twice(file, copy, sentence, sizeof sentence);
    if (twice) {
        (void)sj_error_set(error, SJ_E_INVALID, "%s", sentence);
    }
    free(copy);
    return twice;
}

static int run(lua_State *lua) {
    lua_sethook(lua, stop_counting, LUA_MASKCOUNT, MOST_INSTRUCTIONS);
    lua_call(lua, 0, 1);
    return 1;
}

/* Lua's message; it names the file where it knows the line, and else it is named here. */
static void report(lua_State *lua, const char *file, sj_error *error) {
    const char *text = lua_tostring(lua, -1);
    if (text == NULL) {
        text = "an error that is not text";
    }
    if (strncmp(text, file, strlen(file)) == 0 || strncmp(text, "...", 3) == 0) {
        (void)sj_error_set(error, SJ_E_INVALID, "%s", text);
    } else {
        (void)sj_error_set(error, SJ_E_INVALID, "%s: %s", file, text);
    }
}

lua_State *sj_config_lua(const char *file, const char *text, size_t length, sj_error *error) {
    lua_State *lua = sj_lua_new(MOST_BYTES);
    char name[512];
    if (lua == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "%s: out of memory: cannot read it", file);
        return NULL;
    }
    (void)snprintf(name, sizeof name, "@%s", file);
    lua_pushcfunction(lua, run);
    if (luaL_loadbufferx(lua, text, length, name, "t") != LUA_OK) {
        report(lua, file, error);
    } else {
        sj_config_lua_environment(lua);
        lua_setupvalue(lua, -2, 1);
        if (lua_pcall(lua, 1, 1, 0) != LUA_OK) {
            report(lua, file, error);
        } else if (!lua_istable(lua, -1)) {
            (void)sj_error_set(error, SJ_E_INVALID,
                               "%s: expected that it returns a table (\"return { ... }\"), got %s",
                               file, luaL_typename(lua, -1));
        } else if (!refuse_twice(file, text, length, error)) {
            return lua;
        }
    }
    sj_config_lua_close(lua);
    return NULL;
}

void sj_config_lua_close(lua_State *lua) {
    sj_lua_close(lua);
}
