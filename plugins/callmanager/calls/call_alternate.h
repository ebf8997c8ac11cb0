/* Automated alternate routing: a number of this cluster that there is no bandwidth for is called
 * through the public network. Only a want of bandwidth leads there, once a call; never a phone that
 * is not registered. */
#ifndef CALLMANAGER_CALL_ALTERNATE_H
#define CALLMANAGER_CALL_ALTERNATE_H

#include "calls/call_routing.h"

/* Notes what the caller's calls may reach then. */
void call_alternate_keep(struct call *call, const struct call_origin *origin);
/* What would be dialled to reach the number of a route that way, which rings at `target`, and
 * through which calling search space. NULL: it is not, or cannot be. */
const char *call_alternate_of_target(const struct call_manager *manager,
                                     const struct call_origin *origin,
                                     const struct number_route *route,
                                     const struct call_target *target, char dialled[DIGITS_MAX]);
/* What is to be dialled for the call, once. False: nothing. */
bool call_alternate_number(const struct call *call, const sj_directory_number *number,
                           char dialled[DIGITS_MAX]);

#endif
