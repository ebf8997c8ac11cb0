/* REFER and NOTIFY of phones outside of calls: alarms and hook states are noted; what is not
 * offered is refused, with a line in the log, so that the phone shows it. */
#ifndef CALLMANAGER_PHONE_REQUEST_H
#define CALLMANAGER_PHONE_REQUEST_H

#include "core/call_manager.h"

void phone_refer(struct call_manager *manager, const struct sip_message *request,
                 const struct sip_flow *flow);
void phone_notify(struct call_manager *manager, const struct sip_message *request,
                  const struct sip_flow *flow);

#endif
