/* Runs a Lua file without functions and within limits, and converts its value to JSON; a key twice
 * is refused. */
#include "host/cli/lua_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include <sojourn/base/file.h>
#include <sojourn/base/text.h>

#include "host/cli/lua_order.h"
#include "host/http/server/request_head.h"
#include "host/node/lua_memory.h"
#include "host/node/lua_names.h"
#include "host/node/node_file_lua.h"

enum {
    DEEPEST = 32,
    MOST_INSTRUCTIONS = 50000000,
    FILE_MOST =
        2 * SJ_HTTP_LOCAL_BODY_MAX, /* twice what a node takes at once: it may be half blanks */
    MEMORY_MOST = 1024 << 20        /* of its tables */
};

static void too_long(lua_State *state, lua_Debug *where) {
    (void)where;
    luaL_where(state, 0); /* in a hook the running function is at level 0 */
    lua_pushstring(state, "the file computes too long: it should only be a table");
    lua_concat(state, 2);
    (void)lua_error(state);
}

/* Passed to what runs protected, so that any Lua error ends there. */
struct reading {
    cJSON *result;
    const struct lua_order *order;
    size_t written; /* bytes of JSON that it is at least: one table may stand in many places */
    char *reason;
    size_t room;
};

static cJSON *convert(lua_State *state, int depth, struct reading *reading);

/* Whether the table on top is an array: its keys are 1 to n and nothing else. */
static bool is_array(lua_State *state) {
    lua_Integer count = (lua_Integer)lua_rawlen(state, -1), seen = 0;
    lua_pushnil(state);
    while (lua_next(state, -2) != 0) {
        lua_pop(state, 1);
        if (!lua_isinteger(state, -1) || lua_tointeger(state, -1) < 1 ||
            lua_tointeger(state, -1) > count) {
            lua_pop(state, 1);
            return false;
        }
        seen++;
    }
    return seen == count;
}

static cJSON *convert_array(lua_State *state, int depth, struct reading *reading) {
    cJSON *array = cJSON_CreateArray();
    lua_Integer count = (lua_Integer)lua_rawlen(state, -1);
    for (lua_Integer i = 1; i <= count; i++) {
        (void)lua_rawgeti(state, -1, i);
        cJSON *item = convert(state, depth + 1, reading);
        lua_pop(state, 1);
        if (item == NULL) {
            cJSON_Delete(array);
            return NULL;
        }
        (void)cJSON_AddItemToArray(array, item);
    }
    return array;
}

static cJSON *convert_object(lua_State *state, int depth, struct reading *reading) {
    cJSON *object = cJSON_CreateObject();
    lua_pushnil(state);
    while (lua_next(state, -2) != 0) {
        if (lua_type(state, -2) != LUA_TSTRING) {
            (void)snprintf(reading->reason, reading->room,
                           "a table mixes named members with a %s key", luaL_typename(state, -2));
            lua_pop(state, 2);
            cJSON_Delete(object);
            return NULL;
        }
        cJSON *item = convert(state, depth + 1, reading);
        if (item == NULL) {
            char inner[512];
            (void)snprintf(inner, sizeof inner, "%s", reading->reason);
            (void)snprintf(reading->reason, reading->room, "%s: %s", lua_tostring(state, -2),
                           inner);
            lua_pop(state, 2);
            cJSON_Delete(object);
            return NULL;
        }
        (void)cJSON_AddItemToObject(object, lua_tostring(state, -2), item);
        lua_pop(state, 1);
    }
    lua_order_sort(reading->order, object, depth + 1);
    return object;
}

/* Counts what stands there; false: it is more than a node takes. */
static bool fits(lua_State *state, struct reading *reading) {
    enum { SHORTEST = 2 };
    reading->written +=
        lua_type(state, -1) == LUA_TSTRING ? lua_rawlen(state, -1) + SHORTEST : SHORTEST;
    if (reading->written > SJ_HTTP_LOCAL_BODY_MAX) {
        (void)snprintf(reading->reason, reading->room,
                       "what the file says is more than the %u MiB that a node takes at once",
                       SJ_HTTP_LOCAL_BODY_MAX >> 20);
        return false;
    }
    return true;
}

static cJSON *convert(lua_State *state, int depth, struct reading *reading) {
    char *const reason = reading->reason;
    const size_t room = reading->room;
    if (!fits(state, reading)) {
        return NULL;
    }
    switch (lua_type(state, -1)) {
    case LUA_TSTRING:
        if (strlen(lua_tostring(state, -1)) != lua_rawlen(state, -1)) {
            (void)snprintf(reason, room, "a text holds a zero byte");
            return NULL;
        }
        return cJSON_CreateString(lua_tostring(state, -1));
    case LUA_TNUMBER:
        if (!isfinite(lua_tonumber(state, -1))) { /* JSON has no such numbers: it would be null */
            (void)snprintf(reason, room, "a number is not finite");
            return NULL;
        }
        return cJSON_CreateNumber(lua_tonumber(state, -1));
    case LUA_TBOOLEAN: return cJSON_CreateBool(lua_toboolean(state, -1));
    case LUA_TTABLE:
        if (depth >= DEEPEST || lua_checkstack(state, 8) == 0) {
            (void)snprintf(reason, room, "tables are nested deeper than %d", DEEPEST);
            return NULL;
        }
        return is_array(state) ? convert_array(state, depth, reading)
                               : convert_object(state, depth, reading);
    default:
        (void)snprintf(reason, room,
                       "a value is a %s: only text, numbers, booleans and tables can be written",
                       luaL_typename(state, -1));
        return NULL;
    }
}

/* Arguments: the chunk, light userdata to the reading. */
static int run(lua_State *state) {
    struct reading *reading = lua_touserdata(state, 2);
    lua_settop(state, 1);
    sj_config_lua_environment(state);
    (void)lua_setupvalue(state, 1, 1);
    lua_call(state, 0, 1);
    if (!lua_istable(state, -1)) {
        (void)snprintf(reading->reason, reading->room, "the file must return a table, not a %s",
                       luaL_typename(state, -1));
        return 0;
    }
    reading->result = convert(state, 0, reading);
    return 0;
}

/* Lua's own sentences name the file, but for those on what the machine lacks. */
static void tell(const char *path, const char *message, char *reason, size_t room) {
    const char *text = message != NULL ? message : "an error that is not text";
    const bool named = strncmp(text, path, strlen(path)) == 0;
    (void)snprintf(reason, room, "%s%s%s", named ? "" : path, named ? "" : ": ", text);
}

/* The text as Lua reads files: a first line that begins with # is for the system. */
static int load(lua_State *state, const char *path, const sj_text *text) {
    const char *from = sj_or_empty(text->data);
    if (from[0] == '#') {
        from += strcspn(from, "\n");
    }
    lua_pushfstring(state, "@%s", path);
    const int status = luaL_loadbufferx(state, from, text->length - (size_t)(from - text->data),
                                        lua_tostring(state, -1), "t");
    lua_remove(state, -2);
    return status;
}

/* What some editors begin a file of UTF-8 with is no part of it: Lua steps over it too. */
static void drop_mark(sj_text *text) {
    static const char mark[] = "\xef\xbb\xbf";
    if (text->length >= 3 && memcmp(text->data, mark, 3) == 0) {
        text->length -= 3;
        memmove(text->data, text->data + 3, text->length + 1);
    }
}

/* The file is read once: it may be a pipe. NULL: the reason is there. */
static cJSON *read_lua(const char *path, char *reason, size_t room) {
    sj_text text = {0};
    sj_error error;
    if (sj_file_read(path, FILE_MOST, &text, &error) != SJ_OK) {
        (void)snprintf(reason, room, "%s", error.text);
        sj_text_clear(&text);
        return NULL;
    }
    drop_mark(&text);
    struct lua_order *order = lua_order_read(sj_or_empty(text.data));
    struct reading reading = {.reason = reason, .room = room, .order = order};
    lua_State *state = sj_lua_new(MEMORY_MOST);
    reason[0] = '\0';
    if (state == NULL) {
        (void)snprintf(reason, room, "out of memory");
        lua_order_free(order);
        sj_text_clear(&text);
        return NULL;
    }
    lua_sethook(state, too_long, LUA_MASKCOUNT, MOST_INSTRUCTIONS);
    if (load(state, path, &text) == LUA_OK) {
        lua_pushcfunction(state, run);
        lua_insert(state, 1);
        lua_pushlightuserdata(state, &reading);
        if (lua_pcall(state, 2, 0, 0) != LUA_OK) {
            tell(path, lua_tostring(state, -1), reason, room);
        } else if (reading.result == NULL) {
            char inner[600];
            (void)snprintf(inner, sizeof inner, "%s", reason);
            (void)snprintf(reason, room, "%s: %s", path, inner);
        }
        if (reading.result != NULL &&
            sj_lua_file_twice(path, sj_or_empty(text.data), reason, room)) {
            cJSON_Delete(reading.result);
            reading.result = NULL;
        }
    } else {
        tell(path, lua_tostring(state, -1), reason, room);
    }
    sj_lua_close(state);
    lua_order_free(order);
    sj_text_clear(&text);
    return reading.result;
}

cJSON *cli_lua_file(const char *path) {
    char reason[1200];
    cJSON *content = read_lua(path, reason, sizeof reason);
    if (content == NULL) {
        fprintf(stderr, "sojourn: %s\n", reason);
    }
    return content;
}
