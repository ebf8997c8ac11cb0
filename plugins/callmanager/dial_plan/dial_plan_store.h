/* Fills the dial plan from the store, and keeps it as the store is. */
#ifndef CALLMANAGER_DIAL_PLAN_STORE_H
#define CALLMANAGER_DIAL_PLAN_STORE_H

#include "dial_plan/dial_plan.h"

#include <sojourn/store.h>

/* How a resource of the plan is kept. NULL: it is none; by its name or its plural. */
struct plan_resource;
const struct plan_resource *dial_plan_resource(const char *name);
const sj_resource_meta *dial_plan_resource_meta(const struct plan_resource *resource);
/* The key text of a record. */
void dial_plan_resource_key(const struct plan_resource *resource, const void *record, char *key,
                            size_t room);
/* Takes a record, also when it fails; takes one out, which is the caller's then. */
int dial_plan_take(struct dial_plan *plan, const struct plan_resource *resource, void *record,
                   sj_error *error);
void *dial_plan_detach(struct dial_plan *plan, const struct plan_resource *resource,
                       const char *key);

/* Opens the plan and reads everything. */
int dial_plan_load(struct dial_plan *plan, sj_scope *scope, sj_error *error);
/* A record has been written or deleted: reads it again when it is one of the plan's. True when it
 * was. */
bool dial_plan_refresh(struct dial_plan *plan, sj_scope *scope, const char *resource,
                       const char *key);

#endif
