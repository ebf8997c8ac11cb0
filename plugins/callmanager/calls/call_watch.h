/* Whether answered calls still live: both parties are asked (OPTIONS) every 15 minutes, and a phone
 * that is not registered any more, or has registered anew, within a minute. A party that does not
 * know the call, or does not answer, ends it, and its bandwidth is given back. */
#ifndef CALLMANAGER_CALL_WATCH_H
#define CALLMANAGER_CALL_WATCH_H

#include "calls/call.h"

void call_watch(struct call *call);     /* from its answer on */
void call_watch_end(struct call *call); /* it is about to be freed */

#endif
