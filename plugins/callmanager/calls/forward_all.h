/* Forward all as users and administrators switch it: the CFwdALL softkey of a phone, and forward_all.set. */
#ifndef CALLMANAGER_FORWARD_ALL_H
#define CALLMANAGER_FORWARD_ALL_H

#include "calls/call_routing.h"

/* An INVITE to x-cisco-serviceuri-<service>; `service` is what stands behind the second hyphen. */
void forward_all_service(call_manager *manager, const sip_message *request, const sip_flow *flow, const call_origin *origin,
                         const char *service);
/* Sets it for the line of a phone; `done` runs when it is durable, in `scope`. 0, or the SIP status of a refusal with a
 * sentence. */
int forward_all_set(call_manager *manager, sj_scope *scope, const device *from, const device_line *line,
                    const char *destination, sj_result_fn done, void *user, char why[200]);
int forward_all_open(call_manager *manager, sj_error *error);

#endif
