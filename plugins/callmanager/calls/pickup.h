/* Call pickup: a call that rings at one phone is answered at another. Whoever picks up makes a call
 * of its own, with a key (x-cisco-serviceuri-pickup and such), by the number of a call pickup
 * group, or by an INVITE with Replaces of a dialog that rings; which call it gets pickup_choice.h
 * says.
 *
 * With Auto Call Pickup Enabled, and always for plain phones, the picker's dialog becomes the one
 * that answers: it is answered without media, and then offered what the caller offers
 * (call_join.h). Else its call is refused, and the other one rings at that phone. Whatever fails,
 * the call goes back to where it rang. */
#ifndef CALLMANAGER_PICKUP_H
#define CALLMANAGER_PICKUP_H

#include "calls/pickup_choice.h"

/* The feature that stands behind x-cisco-serviceuri-, if it is one of these: "pickup", "opickup",
 * "gpickup-N", "blfpickup-N"; *number is N, or "". */
bool pickup_service(const char *feature, enum pickup_kind *kind, const char **number);
/* A new call, whose caller is known, wants to pick up another. */
void pickup_begin(struct call *call, enum pickup_kind kind, const char *number);
/* A call has reached the number of a call pickup group. `status`: as it was decided, 603 when it
 * was not dialled. */
void pickup_delivered(struct call *call, int status);
/* The caller of a new call takes that one, which rings; it may. */
void pickup_take(struct call *own, struct call *call);

/* ---- what happens to a call that is picked up; others are left alone ---- */
/* Whom it rings has answered. */
void pickup_answered(struct call *call);
/* The phone that has picked it up does not take it. False: nobody has. */
bool pickup_refused(struct call *call);
/* The caller of a call of its own gives up, hangs up, or is gone, which has become the answer to
 * another: that goes back to where it rang. False: it has not. */
bool pickup_cancelled(struct call_leg *picker);
/* An ACK has come from a party. */
void pickup_acknowledged(struct call_leg *from);
/* The call is freed, or the pickup is complete. */
void pickup_forget(struct call *call);

#endif
