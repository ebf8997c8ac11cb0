/* Softkeys of Cisco's phones that work upon calls: RemoteCC, REFERs outside of any dialog. */
#ifndef CALLMANAGER_SOFTKEYS_H
#define CALLMANAGER_SOFTKEYS_H

#include "core/call_manager.h"

/* Answers a REFER with a softkey that is offered here, and does what it asks for. False: it is
 * none. */
bool softkey_receive(struct call_manager *manager, const struct sip_message *request,
                     const struct sip_flow *flow);

#endif
