/* Requests within a call, passed from one party to the other: re-INVITE, UPDATE, INFO; ACK and BYE;
 * before it is answered, offers. */
#ifndef CALLMANAGER_CALL_RELAY_H
#define CALLMANAGER_CALL_RELAY_H

#include "calls/call.h"

/* Whether a request is on its way from one party to the other, or waits for its ACK. */
bool call_relays_pending(const struct call *call);
/* Gives up what is under way; the call is about to be freed. */
void call_relays_drop(struct call *call);
/* The same of what comes from a party, or goes to it, that leaves the call. */
void call_relays_leave(struct call_leg *leg);
/* A request of a party, within an answered call. */
void call_relay(struct call_leg *from, const struct sip_message *request,
                const struct sip_flow *flow);
/* An offer in an early dialog, by UPDATE or PRACK: passed on to the other party by UPDATE, or
 * refused. */
void call_relay_early(struct call_leg *from, const struct sip_message *request,
                      const struct sip_flow *flow);

#endif
