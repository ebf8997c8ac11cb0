/* Calls that come in: a new INVITE, and the CANCEL of one. */
#ifndef CALLMANAGER_CALL_INVITE_H
#define CALLMANAGER_CALL_INVITE_H

#include "core/call_manager.h"

void call_invite(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow);
void call_cancel(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow);

#endif
