/* Forward all as users and administrators switch it: the CFwdALL softkey of a phone, and forward_all.set. */
#ifndef CALLMANAGER_FORWARD_ALL_H
#define CALLMANAGER_FORWARD_ALL_H

#include "call_routing.h"

/* An INVITE to x-cisco-serviceuri-<service>; `service` is what stands behind the second hyphen. */
void forward_all_service(call_manager *manager, const sip_message *request, const sip_flow *flow, const call_origin *origin,
                         const char *service);
int forward_all_open(call_manager *manager, sj_error *error);

#endif
