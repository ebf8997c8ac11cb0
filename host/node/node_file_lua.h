/* Reads a Lua table in an environment without any function: node files, and whatever else of the
 * host is one. */
#ifndef SJ_HOST_NODE_NODE_FILE_LUA_H
#define SJ_HOST_NODE_NODE_FILE_LUA_H

#include <lua.h>

#include <sojourn/error.h>

/* Runs `text` (no bytecode; bounded in instructions and memory) and leaves the table that it
 * returned on top of a new state's stack. NULL with a sentence when it does not run or returns
 * something else. */
lua_State *sj_config_lua(const char *file, const char *text, size_t length, sj_error *error);
void sj_config_lua_close(lua_State *lua);

/* Pushes the environment of a file that only says what is: there is nothing in it, and each name
 * that is read is an error. */
void sj_config_lua_environment(lua_State *lua);

#endif
