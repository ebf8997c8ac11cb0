/* What records say of each other, as writes and large changes need it; the rest is in store.h. */
#ifndef HOST_STORE_REFERENCES_H
#define HOST_STORE_REFERENCES_H

#include <sojourn/error.h>

struct store;
struct store_plan;

/* Values that must be unique. `before` is what was stored until now, or NULL. */
int store_check_unique(struct store *store, struct store_plan *plan, const char *key,
                       const void *before, const void *record, sj_error *error);

#endif
