/* Headers of one party's messages that go on to the other: those that the SIP profiles of both list
 * (Headers Passed Through), so that neither is sent what it has not been set up for. None do by
 * default, as with any back-to-back user agent. What the call manager writes into a message itself
 * comes before: it is not written twice. */
#ifndef CALLMANAGER_HEADER_PASSAGE_H
#define CALLMANAGER_HEADER_PASSAGE_H

#include "calls/call.h"

/* Whether any SIP profile lists a header. */
bool header_passage_is_wanted(const struct call_manager *manager);
/* Into what is sent to `to` now, at the end of its head. `message` has come from `from`; either may
 * be NULL. */
void header_passage_put(const struct call_leg *from, const struct call_leg *to,
                        const struct sip_message *message, struct sip_writer *writer);
/* The same for the next response to the INVITE of `to`, which may have to wait; what was kept for
 * it before counts no more. `message` NULL: nothing goes along. */
void header_passage_keep(const struct call_leg *from, struct call_leg *to,
                         const struct sip_message *message);
/* Writes what was kept, once. */
void header_passage_put_kept(struct call_leg *to, struct sip_writer *writer);

#endif
