/* The parties that a call is offered to: phones all at once, trunks one after the other. */
#ifndef CALLMANAGER_CALL_CALLEE_H
#define CALLMANAGER_CALL_CALLEE_H

#include "calls/call.h"

/* Offers the call to all its phones, or to the next trunk. */
void call_try_targets(struct call *call);
/* Ends what there is with a callee: CANCEL while it rings, BYE after its answer, but for
 * `who_left`. `reason` is one of sip/release_cause.h. */
void call_callee_end(struct call_leg *leg, const struct call_leg *who_left, const char *reason);
/* Ends and releases all callees, for that reason. */
void call_drop_callees(struct call *call, const char *reason);

#endif
