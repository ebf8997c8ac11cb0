/* A record into its tables, and out of them, within the transaction that is open. */
#ifndef HOST_STORE_WRITE_H
#define HOST_STORE_WRITE_H

#include <sojourn/error.h>
#include <sojourn/schema.h>

struct store;
struct store_plan;

int store_put_within(struct store *store, struct store_plan *plan, const char *key,
                     const void *record, unsigned flags, sj_error *error);
int store_delete_within(struct store *store, struct store_plan *plan, const char *key,
                        unsigned flags, sj_error *error);
/* removal.c: SJ_E_IN_USE, with the sentence, of a record that is always there. */
int store_may_go(const sj_resource_meta *meta, const char *key, sj_error *error);

#endif
