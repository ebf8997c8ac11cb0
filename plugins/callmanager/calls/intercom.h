/* Intercom: a line that calls intercom lines alone. The phone that is called answers by itself and
 * hears who calls; it is heard once its user has pressed talk-back. Such a call is neither held,
 * forwarded, transferred nor picked up. */
#ifndef CALLMANAGER_INTERCOM_H
#define CALLMANAGER_INTERCOM_H

#include "calls/call_decision.h"
#include "media/sdp_direction.h"

#define INTERCOM_STAYS                                                                             \
    "An intercom call is not forwarded, transferred, parked, joined or taken over"

/* Bars a call between an intercom line and what is none: the route is then one of a blocked number.
 * Who asks what a call would do is told of an intercom number. */
void intercom_bar(const struct call_manager *manager, const struct call_origin *origin,
                  struct number_route *route);
/* What the call is, once it has come to a number of this cluster. */
void intercom_begin(struct call *call, const sj_directory_number *number);
/* How a phone is called whose number is an intercom number: whatever it does otherwise. */
void intercom_target(struct call_target *target);
/* What one party may say to the other of its media at this moment. */
enum sdp_direction intercom_direction(const struct call *call, const struct call_leg *from);
/* A description from a party of an answered call: it may be the talk-back. NULL, or why the request
 * is refused: it would put the other party on hold. */
const char *intercom_hear(struct call_leg *from, struct sip_text description);

#endif
