/* Counts what a Lua state takes. */
#include "host/node/lua_memory.h"

#include <stdlib.h>

struct budget {
    size_t used, most;
};

static void *allocate(void *user, void *block, size_t old_size, size_t size) {
    struct budget *budget = user;
    const size_t before =
        block == NULL ? 0 : old_size; /* of a new block Lua tells its type there */
    void *moved;
    if (size == 0) {
        free(block);
        budget->used -= before;
        return NULL;
    }
    if (size > before && size - before > budget->most - budget->used) {
        return NULL;
    }
    moved = realloc(block, size);
    if (moved != NULL) {
        budget->used = budget->used - before + size;
    }
    return moved;
}

lua_State *sj_lua_new(size_t most) {
    struct budget *budget = calloc(1, sizeof *budget);
    if (budget == NULL) {
        return NULL;
    }
    budget->most = most;
    lua_State *lua = lua_newstate(allocate, budget);
    if (lua == NULL) {
        free(budget);
    }
    return lua;
}

void sj_lua_close(lua_State *lua) {
    void *budget;
    (void)lua_getallocf(lua, &budget);
    lua_close(lua);
    free(budget);
}
