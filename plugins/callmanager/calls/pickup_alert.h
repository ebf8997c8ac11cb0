/* Phones of a call pickup group are told that a call rings at a number of it: on their status line,
 * or by a tone, as the group's notification policy says. */
#ifndef CALLMANAGER_PICKUP_ALERT_H
#define CALLMANAGER_PICKUP_ALERT_H

#include "calls/call.h"

/* The call is about to ring at the phones of its number. */
void pickup_alert_begin(struct call *call);
/* It rings there no more. */
void pickup_alert_end(struct call *call);

#endif
