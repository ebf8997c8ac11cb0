/* Where a call goes: looked up, rung, forwarded, refused. */
#ifndef CALLMANAGER_CALL_DELIVERY_H
#define CALLMANAGER_CALL_DELIVERY_H

#include "calls/call_analysis.h"

/* Keeps in the call what is known of its caller. */
void call_delivery_keep_caller(struct call *call, const struct call_origin *origin);
/* Does that, looks up what was dialled, which may take a turn of the loop, and begins to try what
 * it leads to.
 */
void call_delivery_begin(struct call *call, const struct call_origin *origin,
                         const struct call_destination *destination);
/* The same for a call that somebody else makes for its caller: what is known of the caller stands
 * in the call already, what the call may reach is the other's. */
void call_delivery_for(struct call *call, const struct call_origin *rights,
                       const struct call_destination *destination);
/* Lets go of whom the call has reached, and goes to that number with these calling search
 * spaces. */
void call_delivery_again(struct call *call, const struct call_origin *rights, const char *number);
/* Whether somebody can be rung there, or the number sends it on. A parked call that goes back is
 * sent on as if nobody had answered where the number says nothing else. */
bool call_delivery_finds(const struct call *call, const struct call_origin *rights,
                         const char *number);
/* Lets go of whom the call has reached, and rings these phones for so long instead; what comes of
 * it is told to the call's hunt, perhaps before this returns. False: no memory. */
bool call_delivery_ring(struct call *call, const struct call_target *targets, size_t count,
                        int64_t ring_s);
/* The number or hunt pilot that the call has reached sends it on. */
void call_delivery_forward(struct call *call, const struct forward_hop *hop,
                           const struct forward_decision *decision);
/* Lets go of whom the call has reached. `reason` is one of sip/release_cause.h. */
void call_delivery_let_go(struct call *call, const char *reason);
/* Does that, since it is answered elsewhere, and rings at that phone alone, for as long as the
 * caller says. call->route is that of the phone's number already. */
void call_delivery_to_phone(struct call *call, const struct call_target *target);
/* Lets go of whom the call has reached, and rings again where it rang by that route. */
void call_delivery_back(struct call *call, const struct number_route *route);
/* The way to another cluster has failed with `status`: goes over the PSTN, if that has advertised a
 * number for it. False: it has not, or it is the other cluster itself that refuses. */
bool call_delivery_fails_over(struct call *call, int status);
/* Everybody who was tried has refused: the call is forwarded, or ends with `status`. */
void call_delivery_refused(struct call *call, int status);

/* A phone that was rung redirects the call (3xx): it goes on as if the phone's line forwarded it.
 */
void call_delivery_redirected(struct call *call, const struct call_leg *leg,
                              const struct sip_message *response);
/* The same, to that number, when its user wants it. */
void call_delivery_diverted(struct call *call, const struct call_leg *leg, const char *destination);

#endif
