/* JSON as Lua values, with cJSON. Arrays are tables marked with the metatable core.json_array, so
 * that an empty one stays one; null becomes nil. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "lab.h"

#define ARRAY "lab.json_array"

static void push_value(lua_State *L, const cJSON *value) {
    const cJSON *child;
    lua_Integer count = 0;
    luaL_checkstack(L, 8, "JSON is nested too deeply");
    if (cJSON_IsBool(value)) {
        lua_pushboolean(L, cJSON_IsTrue(value));
    } else if (cJSON_IsNumber(value)) {
        if (floor(value->valuedouble) == value->valuedouble && fabs(value->valuedouble) < 9e15) {
            lua_pushinteger(L, (lua_Integer)value->valuedouble);
        } else {
            lua_pushnumber(L, value->valuedouble);
        }
    } else if (cJSON_IsString(value)) {
        lua_pushstring(L, value->valuestring);
    } else if (cJSON_IsArray(value)) {
        lua_newtable(L);
        luaL_setmetatable(L, ARRAY);
        cJSON_ArrayForEach(child, value) {
            push_value(L, child);
            lua_rawseti(L, -2, ++count);
        }
    } else if (cJSON_IsObject(value)) {
        lua_newtable(L);
        cJSON_ArrayForEach(child, value) {
            push_value(L, child);
            lua_setfield(L, -2, child->string);
        }
    } else {
        lua_pushnil(L);
    }
}

/* core.json_decode(text): the value, or nil and a sentence. */
static int decode(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    cJSON *value = cJSON_ParseWithLength(text, length);
    if (value == NULL) {
        return lab_fail(L, "not JSON: %s", text);
    }
    push_value(L, value);
    cJSON_Delete(value);
    return 1;
}

static bool is_array(lua_State *L, int index) {
    bool marked = false;
    if (lua_getmetatable(L, index)) {
        luaL_getmetatable(L, ARRAY);
        marked = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    return marked || lua_rawlen(L, index) > 0;
}

static cJSON *from_value(lua_State *L, int index) {
    luaL_checkstack(L, 8, "the table is nested too deeply");
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNIL: return cJSON_CreateNull();
    case LUA_TBOOLEAN: return cJSON_CreateBool(lua_toboolean(L, index));
    case LUA_TNUMBER: return cJSON_CreateNumber(lua_tonumber(L, index));
    case LUA_TSTRING: return cJSON_CreateString(lua_tostring(L, index));
    case LUA_TTABLE: break;
    default: return NULL;
    }
    bool array = is_array(L, index);
    cJSON *value = array ? cJSON_CreateArray() : cJSON_CreateObject();
    if (array) {
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, index); i++) {
            lua_rawgeti(L, index, i);
            (void)cJSON_AddItemToArray(value, from_value(L, -1));
            lua_pop(L, 1);
        }
        return value;
    }
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pushvalue(L, -2);
        (void)cJSON_AddItemToObject(value, lua_tostring(L, -1), from_value(L, -2));
        lua_pop(L, 2);
    }
    return value;
}

/* core.json_encode(value) */
static int encode(lua_State *L) {
    luaL_checkany(L, 1);
    cJSON *value = from_value(L, 1);
    char *text = cJSON_PrintUnformatted(value);
    cJSON_Delete(value);
    if (text == NULL) {
        return luaL_error(L, "not a value that JSON knows");
    }
    lua_pushstring(L, text);
    cJSON_free(text);
    return 1;
}

void lab_open_json(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"json_decode", decode}, {"json_encode", encode}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    luaL_newmetatable(L, ARRAY);
    lua_setfield(L, -2, "json_array");
}
