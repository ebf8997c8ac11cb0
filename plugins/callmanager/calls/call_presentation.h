/* What of one party of a call the other is shown: what that party withholds, and what the patterns
 * on the call's way and the trunk say of it (*Calling Line ID Presentation* and the like). */
#ifndef CALLMANAGER_CALL_PRESENTATION_H
#define CALLMANAGER_CALL_PRESENTATION_H

#include "calls/call.h"

/* What counts of that on the way to a trunk, which has the last word; "": to a phone. */
struct presentation call_presentation_towards(const struct call_manager *manager,
                                              const struct presentation *said, const char *trunk);
/* What is kept from `to`, of the caller or of who is called, which itself withholds `own`. `to`:
 * NULL: from any phone. */
struct call_withheld call_presentation_of(const struct call *call, const struct call_leg *to,
                                          bool caller, struct call_withheld own);
/* Whether `to` is told of it beyond From: phones are of what they show, trunks in any case. */
bool call_presentation_tells(const struct call_leg *to, struct call_withheld withheld);

#endif
