/* What transformation patterns do to the numbers of a call that leaves by a SIP trunk, behind what
 * the route pattern and the route list have done. Pure over the dial plan. */
#ifndef CALLMANAGER_TRUNK_TRANSFORMATION_H
#define CALLMANAGER_TRUNK_TRANSFORMATION_H

#include "dial_plan/route_selection.h"

/* Changes the numbers of a step to a trunk, by the closest match that its transformation CSS, or
 * its device pool's, reach; and says whether the calling number is shown. SJ_OK, or
 * SJ_E_NO_MEMORY. */
int trunk_transformation(const struct dial_plan *plan, const struct route_query *query,
                         struct route_step *step);

#endif
