/* The limits of a call's media. A party is in the region of its device pool; what two regions allow
 * holds for calls between them. A call of which a party has no region has no limits. */
#ifndef CALLMANAGER_CALL_REGION_H
#define CALLMANAGER_CALL_REGION_H

#include "calls/call.h"
#include "media/sdp_region.h"

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
