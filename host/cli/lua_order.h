/* In which order names stand in a Lua file: its tables do not tell, and people expect what is said
 * of a file in the order of the file. Pure: reads the text, runs nothing. */
#ifndef HOST_CLI_LUA_ORDER_H
#define HOST_CLI_LUA_ORDER_H

#include <cjson/cJSON.h>

struct lua_order;

/* The names that stand before a "=" in the text, with how many braces they are in. NULL when out of
 * memory. */
struct lua_order *lua_order_read(const char *text);
void lua_order_free(struct lua_order *order);
/* Sorts an object's members: as their names stand first in so many braces, else anywhere; what
 * stands nowhere (it was computed) comes last, by the alphabet. `order` may be NULL. */
void lua_order_sort(const struct lua_order *order, cJSON *object, int braces);

#endif
