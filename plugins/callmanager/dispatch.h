/* Which part of the call manager a SIP message goes to. */
#ifndef CALLMANAGER_DISPATCH_H
#define CALLMANAGER_DISPATCH_H

#include "core/call_manager.h"

/* A message from the network, cut and scanned. `user` is the call manager. */
void dispatch_message(void *user, const sip_message *message, const sip_flow *flow);

#endif
