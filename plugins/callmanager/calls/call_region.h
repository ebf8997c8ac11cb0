/* The limits of a call's media. A party is in the region of its device pool; what two regions allow
 * holds for calls between them. A call of which a party has no region has no limits. */
#ifndef CALLMANAGER_CALL_REGION_H
#define CALLMANAGER_CALL_REGION_H

#include "calls/call_routing.h"
#include "dial_plan/region.h"
#include "media/sdp_region.h"

/* The regions of two parties, and what these allow. */
struct call_regions {
    bool emcc; /* one of them is a visitor: the EMCC region's limits, whatever their own are */
    const char *caller, *called;
    struct region_limits limits;
};

/* Of a caller and a target of an inquiry. False: one of them has no region, and the call has no
 * limits. */
bool call_regions_of_target(const struct call_manager *manager, const struct call_origin *origin,
                            const struct call_target *target, struct call_regions *regions);

/* What the EMCC region allows. */
struct region_limits call_region_emcc(const struct call_manager *manager);

/* What holds between the caller and this callee, from the first time that it is asked for; NULL:
 * no limits. False: out of memory. */
bool call_region_limits(struct call *call, struct call_leg *callee, struct sdp_limits **limits);

/* "between the regions A and B", for sentences. */
void call_region_words(const struct call *call, const struct call_leg *callee, char *out,
                       size_t room);

/* Takes the order of an audio codec preference list. False: there is none of that name, and codecs
 * keep the order of the phones. */
bool call_region_set_order(const struct call_manager *manager, const char *list,
                           struct sdp_limits *limits);

#endif
