/* What transformation patterns do to the numbers of a call that leaves for a device: to a SIP
 * trunk, behind what the route pattern and the route list have done, or to a phone. Pure over the
 * dial plan. */
#ifndef CALLMANAGER_PARTY_TRANSFORMATION_H
#define CALLMANAGER_PARTY_TRANSFORMATION_H

#include "dial_plan/route_selection.h"

/* Whose number a transformation CSS is for. All but called numbers are rewritten by Calling Party
 * Transformation Patterns. */
enum transformed_party {
    TRANSFORMED_CALLING,
    TRANSFORMED_CALLED,
    TRANSFORMED_CONNECTED,
    TRANSFORMED_REDIRECTING,
};

/* A transformation CSS as a device has it. */
struct party_transformation {
    const char *device;
    enum transformed_party party;
    const char *css;  /* its own; "" for none */
    bool of_pool;     /* its device pool's counts instead, */
    const char *pool; /* this one's */
};

/* Changes a number by the closest match that the CSS reaches, and says whether it is shown. Of the
 * query count the caller's device pool, the time, the course, and the external mask, which is that
 * of the number's line. SJ_OK, or SJ_E_NO_MEMORY. */
int party_transformation(const struct dial_plan *plan, const struct route_query *query,
                         const struct party_transformation *transformation, char number[DIGITS_MAX],
                         sj_presentation *shown);
/* Changes both numbers of a step to a trunk, by the CSS of that or of its device pool, in the same
 * way. */
int trunk_transformation(const struct dial_plan *plan, const struct route_query *query,
                         struct route_step *step);

#endif
