/* How the loop calls Lua: boxes for what lives on the loop, references to callbacks, and what
 * happens when one fails. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

struct lab lab;

int lab_box_make(lua_State *L, const char *type, void *thing, struct lab_box **out) {
    struct lab_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->thing = thing;
    luaL_setmetatable(L, type);
    lua_pushvalue(L, -1);
    *out = box;
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void *lab_box_thing(lua_State *L, int index, const char *type) {
    struct lab_box *box = luaL_checkudata(L, index, type);
    return box->thing;
}

void lab_box_type(lua_State *L, const char *type, const luaL_Reg *methods) {
    luaL_newmetatable(L, type);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

int lab_function(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TFUNCTION);
    lua_pushvalue(L, index);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void lab_forget(int *reference) {
    luaL_unref(lab.lua, LUA_REGISTRYINDEX, *reference);
    *reference = LUA_NOREF;
}

static int with_traceback(lua_State *L) {
    const char *text = lua_tostring(L, 1);
    if (text == NULL) {
        text = luaL_tolstring(L, 1, NULL);
    }
    luaL_traceback(L, L, text, 1);
    return 1;
}

void lab_call(int function, int count) {
    lua_State *L = lab.lua;
    int base = lua_gettop(L) - count;
    lua_pushcfunction(L, with_traceback);
    lua_insert(L, base + 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, function);
    lua_insert(L, base + 2);
    if (lua_pcall(L, count, 0, base + 1) != LUA_OK) {
        const char *text = lua_tostring(L, -1);
        if (lab.fault_handler == LUA_NOREF) {
            (void)fprintf(stderr, "sojourn-lab: %s\n", text);
            lab_kill_processes();
            exit(70);
        }
        lua_rawgeti(L, LUA_REGISTRYINDEX, lab.fault_handler);
        lua_insert(L, -2);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
            (void)fprintf(stderr, "sojourn-lab: the fault handler failed: %s\n",
                          lua_tostring(L, -1));
            lab_kill_processes();
            exit(70);
        }
    }
    lua_settop(L, base);
}

int lab_fail(lua_State *L, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    lua_pushnil(L);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    return 2;
}

int lab_push_address(lua_State *L, const struct sockaddr_storage *address) {
    char host[64] = "";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    if (uv_ip_name((const struct sockaddr *)(const void *)address, host, sizeof host) != 0) {
        return lab_fail(L, "not an address of IPv4 or IPv6");
    }
    lua_pushstring(L, host);
    lua_pushinteger(L, ntohs(address->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
    return 2;
}

void lab_check_address(lua_State *L, int index, struct sockaddr_storage *address) {
    const char *host = luaL_checkstring(L, index);
    lua_Integer port = luaL_optinteger(L, index + 1, 0);
    luaL_argcheck(L, port >= 0 && port <= 65535, index + 1, "a port is expected");
    memset(address, 0, sizeof *address);
    if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)(void *)address) != 0 &&
        uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)(void *)address) != 0) {
        luaL_argerror(L, index, "an address of IPv4 or IPv6 is expected");
    }
}
