/* Which part of the call manager a SIP message goes to. */
#ifndef CALLMANAGER_DISPATCH_H
#define CALLMANAGER_DISPATCH_H

#include "core/call_manager.h"

/* A message from the network, cut and scanned. `user` is the call manager. */
void dispatch_message(void *user, const struct sip_message *message, const struct sip_flow *flow);

#endif
