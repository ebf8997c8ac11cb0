/* What transformation patterns do to the numbers of a call that leaves for a device: to a SIP
 * trunk, behind what the route pattern and the route list have done, or to a phone. Pure over the
 * dial plan. */
#ifndef CALLMANAGER_PARTY_TRANSFORMATION_H
#define CALLMANAGER_PARTY_TRANSFORMATION_H

#include "dial_plan/route_selection.h"

/* A Calling Party Transformation CSS as a device has it. */
struct calling_transformation {
    const char *device;
    const char *css;  /* its own; "" for none */
    bool of_pool;     /* its device pool's counts instead, */
    const char *pool; /* this one's */
};

/* Changes the caller's number by the closest match that the CSS reaches, and says whether it is
 * shown. Of the query counts all but the pattern. SJ_OK, or SJ_E_NO_MEMORY. */
int calling_party_transformation(const struct dial_plan *plan, const struct route_query *query,
                                 const struct calling_transformation *transformation,
                                 char calling[DIGITS_MAX], sj_presentation *calling_id);
/* Changes both numbers of a step to a trunk, by the CSS of that or of its device pool, in the same
 * way. */
int trunk_transformation(const struct dial_plan *plan, const struct route_query *query,
                         struct route_step *step);

#endif
