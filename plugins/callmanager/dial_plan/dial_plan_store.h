/* Fills the dial plan from the store, and keeps it as the store is. */
#ifndef CALLMANAGER_DIAL_PLAN_STORE_H
#define CALLMANAGER_DIAL_PLAN_STORE_H

#include "dial_plan/dial_plan.h"

#include <sojourn/store.h>

/* Opens the plan and reads everything. */
int dial_plan_load(struct dial_plan *plan, sj_scope *scope, sj_error *error);
/* A record has been written or deleted: reads it again when it is one of the plan's. True when it
 * was. */
bool dial_plan_refresh(struct dial_plan *plan, sj_scope *scope, const char *resource,
                       const char *key);

#endif
