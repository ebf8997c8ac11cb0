/* The state of a directory number: what its registered phones and their calls make of it; of a park
 * number: whether a call waits there. Reads registrations and calls. */
#ifndef CALLMANAGER_NUMBER_STATE_H
#define CALLMANAGER_NUMBER_STATE_H

#include "calls/call.h"

struct number_state {
    bool registered;     /* at least one of its phones is; a park number needs none */
    bool ringing;        /* a call rings at one of them */
    bool in_call;        /* one of them is in a call, or makes one; a call is parked there */
    bool do_not_disturb; /* all of them have it on, and watchers may see that */
};

struct number_state number_state_of(struct call_manager *manager, const char *directory_number);

/* The calls on its lines that watchers see, one after the other: begin with NULL. A phone that has
 * been offered a call and does not ring yet has none. */
struct call_leg *number_calls(const struct call_manager *manager, const char *directory_number,
                              const struct call_leg *previous);
/* Whether the call has been answered; otherwise it rings there, or is being made from there. */
bool number_call_is_confirmed(const struct call_leg *leg);

#endif
