/* Records that are the same though their keys differ, looked for by rules (schemas/rules). Who
 * checks many records one after the other keeps what was read between the looks, so that each costs
 * one look-up and not a list of all. */
#ifndef HOST_STORE_TWINS_H
#define HOST_STORE_TWINS_H

#include <sojourn/base/map.h>
#include <sojourn/store.h>

struct store;

/* Zeroed: nothing was read yet. What is kept is read anew after each commit. */
struct store_twins {
    sj_map sets; /* twins.c */
};

/* As the rules' `twin` (rules.h): *twin is a record of the memory, which stays until a later look
 * or store_twins_clear; NULL: there is none. SJ_OK; else why they cannot be read. */
int store_twins_find(struct store *store, struct store_twins *twins, const sj_resource_meta *meta,
                     const sj_query *query, void (*same)(const void *record, char *text),
                     const void *record, const void **twin);
void store_twins_clear(struct store_twins *twins);

#endif
