/* Lua files that are data: read in an environment without any function, turned into JSON. */
#ifndef HOST_CLI_LUA_FILE_H
#define HOST_CLI_LUA_FILE_H

#include <cjson/cJSON.h>

/* The table the file returns, or NULL after one printed sentence ("site.lua:12: ..."). A table with
 * only the keys 1 to n is an array, any other an object; an empty one is an array. */
cJSON *cli_lua_file(const char *path);

#endif
