/* A record that is in the store already: what differs is written. */
#ifndef HOST_STORE_UPDATE_H
#define HOST_STORE_UPDATE_H

#include <stdbool.h>

#include <sojourn/error.h>

struct store;
struct store_plan;

/* *written is false when the whole row has to be. */
int store_update_row(struct store *store, struct store_plan *plan, const char *key,
                     const void *before, const void *record, bool lists, bool *written,
                     sj_error *error);

#endif
