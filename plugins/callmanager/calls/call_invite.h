/* Calls that come in: a new INVITE, and the CANCEL of one. */
#ifndef CALLMANAGER_CALL_INVITE_H
#define CALLMANAGER_CALL_INVITE_H

#include "calls/call_analysis.h"
#include "sip/sip_address.h"

void call_invite(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow);
void call_cancel(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow);
/* Whom a URI names, whose user part without escapes is `dialled`: a number, or a URI with its host,
 * as the SIP profile of the phone or trunk reads it. */
void call_destination_read(struct call_manager *manager, const struct sip_uri *uri,
                           const struct call_origin *origin, const char *dialled,
                           struct call_destination *destination);

#endif
