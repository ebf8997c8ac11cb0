/* From Lua to C: reads a table of a policy (its answer, or the input of one of its tests) into a
 * struct by its metadata, checking names, types, ranges and lengths. Raw access only: no code of
 * the policy runs meanwhile, and nothing here raises a Lua error, so it needs no protected call. */
#ifndef HOST_POLICY_ANSWER_H
#define HOST_POLICY_ANSWER_H

#include <lua.h>
#include <stdbool.h>

#include <sojourn/error.h>
#include <sojourn/schema.h>

#include "host/record/arena.h"

/* Whether records exist, for the references of an answer. */
struct sj_names {
    void *user;
    bool (*exists)(void *user, const char *resource, const char *key);
};

/* Reads the table at `index`. What it does not name keeps its value in `record`; texts and lists
 * are copied into the arena. SJ_E_INVALID with field and sentence; `record` is then half written.
 * `names` NULL: references are only texts. */
int sj_answer_read(lua_State *lua, int index, const sj_record_meta *meta, void *record,
                   struct sj_arena *arena, const struct sj_names *names, sj_error *error);

/* The fields of `meta` that the table at `index` names: true when each of them is equal in both
 * records; else *field is the first that is not. */
bool sj_answer_agrees(lua_State *lua, int index, const sj_record_meta *meta, const void *expected,
                      const void *actual, const char **field);

#endif
