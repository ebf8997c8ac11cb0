/* The codes that a call was dialled with, as long as it lasts: nothing that goes from one party to
 * the other may hold one, whichever message it stands in (header_passage.h). They are secrets. */
#ifndef CALLMANAGER_CALL_CODES_H
#define CALLMANAGER_CALL_CODES_H

#include "calls/call.h"

/* What is dialled now may have codes behind its number; those from before count as well. */
void call_codes_keep(struct call *call, const char *dialled);
/* Parties of the other call come into this one, who may know its codes. */
void call_codes_take(struct call *call, const struct call *other);
/* Whether the value holds one; also when they could not be kept, for want of memory. */
bool call_codes_hold(const struct call *call, struct sip_text value);
/* Overwrites them, wherever the call has them. */
void call_codes_forget(struct call *call);

#endif
