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
/* The number of the call's caller as `to` is told it. */
const char *call_presentation_calling(const struct call *call, const struct call_leg *to);
/* The number by which a Cisco phone calls that one back from its list of calls, where it shows
 * another one; NULL: it is what it shows. */
const char *call_presentation_callback(const struct call *call, const struct call_leg *to);
/* Whether it may be told what is to be kept from users: it is a trunk whose far side is trusted, or
 * takes an emergency call. */
bool call_presentation_trusts(const struct call_leg *to);
/* How the party is told to `to` beside From: to phones as they show it, to trunks as they are set.
 */
void call_presentation_tell(const struct call_leg *to, struct call_identity *identity);
/* What counts of that which a trunk's far side says of its parties. */
sj_sip_trunk_trust_received_identity call_presentation_trust(const struct call_manager *manager,
                                                             const char *trunk);

#endif
