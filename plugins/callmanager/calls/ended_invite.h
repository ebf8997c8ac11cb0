/* INVITEs whose parties are gone. A 2xx may come all the same: of another branch of a fork, one
 * that a CANCEL or BYE has crossed, or a repetition whose ACK was lost. It is acknowledged and its
 * dialog ended (RFC 3261 13.2.2.4), for as long as such answers can come. */
#ifndef CALLMANAGER_ENDED_INVITE_H
#define CALLMANAGER_ENDED_INVITE_H

#include "calls/call.h"

/* A leg that this node has invited is gone. */
void ended_invite_note(const struct call_leg *leg);
/* A 2xx to an INVITE of which no leg is left. */
void ended_invite_answered(struct call_manager *manager, const struct sip_message *response,
                           const struct sip_flow *flow);
void ended_invites_close(struct call_manager *manager);

#endif
