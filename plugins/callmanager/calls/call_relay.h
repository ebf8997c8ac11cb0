/* Requests within an answered call, passed from one party to the other: re-INVITE, UPDATE, INFO;
 * ACK and BYE. */
#ifndef CALLMANAGER_CALL_RELAY_H
#define CALLMANAGER_CALL_RELAY_H

#include "calls/call.h"

/* Whether a request is on its way from one party to the other, or waits for its ACK. */
bool call_relays_pending(const struct call *call);
/* Gives up what is under way; the call is about to be freed. */
void call_relays_drop(struct call *call);

#endif
