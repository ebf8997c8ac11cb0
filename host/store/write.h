/* A record into its tables, and out of them, within the transaction that is open. */
#ifndef HOST_STORE_WRITE_H
#define HOST_STORE_WRITE_H

#include <sojourn/error.h>

struct store;
struct store_plan;

int store_put_within(struct store *store, struct store_plan *plan, const char *key,
                     const void *record, unsigned flags, sj_error *error);
int store_delete_within(struct store *store, struct store_plan *plan, const char *key,
                        unsigned flags, sj_error *error);

#endif
