/* A large change in memory. Everything that reads looks here first. */
#ifndef HOST_STORE_BULK_ENTRIES_H
#define HOST_STORE_BULK_ENTRIES_H

#include <sojourn/error.h>

#include "host/store/bulk_state.h"

struct store;

/* The entry that stands before what the tables hold of a key, or NULL. */
const struct store_bulk_entry *store_bulk_find(const struct store *store,
                                               const struct store_plan *plan, const char *key);
/* Whether the change has an entry of the key, seen or not. */
bool store_bulk_has(const struct store_bulk *bulk, const struct store_plan *plan, const char *key);
/* The entries of a resource that whoever reads now must see, or NULL; those that are `written` are
 * to be left out. */
struct store_bulk_group *store_bulk_seen(const struct store *store, const struct store_plan *plan);
/* Another record of the resource with the same value of a unique field, or NULL. */
const struct store_bulk_entry *store_bulk_equal(const struct store *store,
                                                const struct store_plan *plan,
                                                const struct store_column *column, const char *key,
                                                const void *record);

bool store_bulk_entered(const struct store *store);
/* Whether whoever reads now sees the change. */
bool store_bulk_is_seen(const struct store *store);
/* `record` NULL: it is removed. */
int store_bulk_put(struct store *store, struct store_plan *plan, const char *key,
                   const void *record, sj_error *error);
int store_bulk_param_put(struct store *store, const char *service, const char *name,
                         const char *value, sj_error *error);
/* Whether the value has been set, and to what (NULL: the default). */
bool store_bulk_param(const struct store *store, const char *service, const char *name,
                      const char **value);

void store_bulk_free(struct store *store);
/* The resource of a plugin goes away. */
void store_bulk_forget_plan(struct store *store, const struct store_plan *plan);

#endif
