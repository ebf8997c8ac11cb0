/* Forward all as users switch it with the CFwdALL softkey of a Cisco phone. */
#ifndef CALLMANAGER_FORWARD_ALL_SOFTKEY_H
#define CALLMANAGER_FORWARD_ALL_SOFTKEY_H

#include "calls/call_routing.h"

/* An INVITE to x-cisco-serviceuri-<service>; `service` is what stands behind the second hyphen. */
void forward_all_softkey(call_manager *manager, const sip_message *request, const sip_flow *flow, const call_origin *origin,
                         const char *service);

#endif
