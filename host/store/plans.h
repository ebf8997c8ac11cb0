/* Which plan serves which metadata. */
#ifndef HOST_STORE_PLANS_H
#define HOST_STORE_PLANS_H

#include <stdbool.h>

#include <sojourn/error.h>
#include <sojourn/schema.h>

#include "host/store/plan.h"

struct store;

/* Made with its tables when it is new. */
struct store_plan *store_plan_of(struct store *store, const sj_resource_meta *meta,
                                 sj_error *error);
/* All, or those of resources that no declaration knows any more. */
void store_forget_plans(struct store *store, bool all);

#endif
