/* A 2xx of another branch to an INVITE that a proxy has forked, when one has answered before. */
#ifndef CALLMANAGER_FORKED_ANSWER_H
#define CALLMANAGER_FORKED_ANSWER_H

#include "calls/call.h"

/* Whether a 2xx to the leg's INVITE is of another dialog than the leg's. */
bool forked_answer_is(const struct call_leg *leg, const struct sip_message *response);

/* Acknowledges that 2xx and ends its dialog (RFC 3261 13.2.2.4). */
void forked_answer_end(struct call_leg *leg, const struct sip_message *response);

#endif
