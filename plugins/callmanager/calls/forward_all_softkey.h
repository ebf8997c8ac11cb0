/* Forward all as users switch it with the CFwdALL softkey of a Cisco phone. */
#ifndef CALLMANAGER_FORWARD_ALL_SOFTKEY_H
#define CALLMANAGER_FORWARD_ALL_SOFTKEY_H

#include "calls/call_routing.h"

/* An INVITE to x-cisco-serviceuri-<service>; `service` is what stands behind the second hyphen. */
void forward_all_softkey(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const struct call_origin *origin,
                         const char *service);

#endif
