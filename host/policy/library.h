/* What a policy can call: an environment built from nothing, function by function (library.c: the
 * base functions and tables; text.c: the string functions). All of it is read-only, bounded, and
 * free of input, output, clocks and chance: the same input gives the same decision, which is what
 * makes replay meaningful. */
#ifndef HOST_POLICY_LIBRARY_H
#define HOST_POLICY_LIBRARY_H

#include <lua.h>
#include <stddef.h>

#include "host/policy/sandbox.h"

enum {
    SJ_LIBRARY_TEXT_LIMIT =
        SJ_SANDBOX_TEXT, /* bytes of a text that the string functions take or make */
    SJ_LIBRARY_ITEMS_LIMIT =
        16 * 1024, /* items that sort, concat, insert, remove and unpack treat */
    SJ_LIBRARY_BYTES_PER_STEP = SJ_SANDBOX_BYTES_PER_STEP,
};

/* Makes the environment the state's global table. Raises an error when memory is short. */
void sj_library_open(lua_State *lua);

/* Pushes a table with the string functions, to be completed and closed by library.c. */
void sj_text_open(lua_State *lua);

/* The text argument at `index`, checked against SJ_LIBRARY_TEXT_LIMIT and charged to the budget. */
const char *sj_library_text(lua_State *lua, int index, size_t *length);

#endif
