/* The locations of a call's parties, from which their bandwidth is taken. A party is where its own
 * record says; Hub_None there, and none, mean where its device pool is. */
#ifndef CALLMANAGER_CALL_PLACE_H
#define CALLMANAGER_CALL_PLACE_H

#include "calls/call_routing.h"

/* Of whoever calls. */
void call_place_of_origin(const struct call_manager *manager, const struct call_origin *origin,
                          struct call_place *place);
/* Of either party of an answered call, as far as it is known. */
void call_place_of_leg(const struct call_leg *leg, struct call_place *place);
/* Whether it is a callee over a trunk at another cluster, which counts the call. */
static inline bool call_place_is_out(const struct call_leg *leg) {
    return !leg->caller && leg->trunk && !leg->inbound;
}
/* The ends of a call as they are counted. Of a call to or from another cluster the one that was
 * called counts all of the way, with the caller's location; that stays so when a party's place is
 * taken by another one. */
struct call_ends {
    struct call_place from, to;
};
/* Whether another cluster has said where one of its ends is, and the other one is known: what is
 * changed in the records of phones does not move their calls. */
bool call_place_is_told(const struct call_leg *callee);
void call_place_ends(const struct call_leg *callee, struct call_ends *ends, bool *video_or_audio);
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
