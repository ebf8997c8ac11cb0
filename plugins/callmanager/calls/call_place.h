/* The locations of a call's parties, from which their bandwidth is taken. A party is where its own
 * record says; Hub_None there, and none, mean where its device pool is. */
#ifndef CALLMANAGER_CALL_PLACE_H
#define CALLMANAGER_CALL_PLACE_H

#include "calls/call_routing.h"

/* Of whoever calls. */
void call_place_of_origin(const struct call_manager *manager, const struct call_origin *origin,
                          struct call_place *place);
/* Of a callee; and whether audio alone will do for it when there is too little for video (*Retry
 * Video Call as Audio*). */
void call_place_of_party(const struct call_leg *callee, struct call_place *place,
                         bool *video_or_audio);

/* Of a target of an inquiry. */
void call_place_of_target(const struct call_manager *manager, const struct call_target *target,
                          struct call_place *place);

/* The cluster where a party's phone stands, of a traveller of this one; "" when it is none. */
const char *call_place_visited(const struct call_leg *party);

#endif
