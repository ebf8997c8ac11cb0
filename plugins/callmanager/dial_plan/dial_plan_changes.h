/* Changes of the dial plan that are only tried: put in, analysed, and taken back before anything
 * else runs. */
#ifndef CALLMANAGER_DIAL_PLAN_CHANGES_H
#define CALLMANAGER_DIAL_PLAN_CHANGES_H

#include "dial_plan/dial_plan_store.h"
#include "parts/plan_change.h"

struct dial_plan_changes {
    struct dial_plan *plan;
    sj_scope *scope;
    struct tried_change *tried;
    size_t count;
    const char **passed_over; /* names of resources that are none of the plan's */
    size_t passed_over_count;
};

/* Puts them in. Whatever it returns, dial_plan_changes_end takes them back. A negative code names
 * the change that cannot be read. */
int dial_plan_changes_begin(struct dial_plan_changes *changes, struct dial_plan *plan,
                            sj_scope *scope, const sj_plan_change *list, size_t count,
                            sj_error *error);
void dial_plan_changes_end(struct dial_plan_changes *changes);

#endif
