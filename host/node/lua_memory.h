/* Lua states that hold no more memory than they are allowed: a file of a few bytes can ask for all
 * that a machine has. */
#ifndef SJ_HOST_NODE_LUA_MEMORY_H
#define SJ_HOST_NODE_LUA_MEMORY_H

#include <stddef.h>

#include <lua.h>

/* A state without libraries that takes at most so many bytes; what needs more fails in it with
 * LUA_ERRMEM. NULL: no memory. End it with sj_lua_close. */
lua_State *sj_lua_new(size_t most);
void sj_lua_close(lua_State *lua);

#endif
