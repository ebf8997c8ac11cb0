/* What a hunt would do, for those who ask: the same walk through the same members as for calls,
 * without ringing any. */
#ifndef CALLMANAGER_HUNT_INQUIRY_H
#define CALLMANAGER_HUNT_INQUIRY_H

#include "calls/call_decision.h"

/* The route has reached a hunt pilot. `sips`: the call asks for TLS all the way. Whoever rings
 * first is in the call manager's target_scratch; when nobody does, the decision says where the call
 * goes then, or why it ends. */
void hunt_inquire(struct call_manager *manager, const struct call_origin *origin,
                  const struct number_route *route, const struct forward_history *history,
                  bool sips, struct call_decision *decision);

#endif
