/* What the history of SIP messages (phones/message_history.h) keeps of calls beside their messages:
 * which dialogs they have, and what was decided. */
#ifndef CALLMANAGER_CALL_HISTORY_H
#define CALLMANAGER_CALL_HISTORY_H

#include "calls/call.h"
#include "phones/message_history.h"

/* A dialog of a call, as it is kept. Its texts are valid as long as what they were read from. */
struct kept_leg {
    const char *call, *trace, *call_id, *device_name, *number, *remote_cluster_id;
    bool trunk, caller;
    int64_t began_ms; /* wall clock: the call */
    uint64_t dialog;
};

/* A step of a call, in words. */
void call_history_step(const struct call *call, const char *text);
/* How the digits were routed: among the steps, and in the call's trace where that is wanted. */
void call_history_routed(const struct call *call, const char *digits);
/* A dialog that the call has from now on, with the Call-ID that it has by now; nothing is kept of
 * one without. */
void call_history_leg(const struct call_leg *leg);
/* All that it has now: they have changed, or the call ends. */
void call_history_legs(const struct call *call);

/* A leg of a running call, as it would be kept. */
struct kept_leg call_history_leg_of(const struct call_leg *leg);
/* One that is kept; false when it is something else. */
bool call_history_read_leg(const struct kept *kept, struct kept_leg *leg);

#endif
