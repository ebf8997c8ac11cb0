/* How many calls there are over each SIP trunk, and whether one more may be sent there (Maximum
 * Simultaneous Calls). */
#ifndef CALLMANAGER_TRUNK_LOAD_H
#define CALLMANAGER_TRUNK_LOAD_H

#include "calls/call.h"

/* The leg is one of its trunk's calls from now on, until it leaves; no effect on a phone's, and on
 * those of visitors between clusters. */
void trunk_load_take(struct call_leg *leg);
void trunk_load_leave(struct call_leg *leg);

/* Calls over the trunk now, in both directions. */
size_t trunk_load_calls(const struct call_manager *manager, const char *trunk);
/* Whether it has as many as it may. */
bool trunk_load_is_full(const struct call_manager *manager, const char *trunk);

#endif
