/* The event package as-feature-event, by which plain phones switch Do Not Disturb and forward all,
 * and show what holds. */
#ifndef CALLMANAGER_FEATURE_EVENTS_H
#define CALLMANAGER_FEATURE_EVENTS_H

#include "core/call_manager.h"

/* SUBSCRIBE, first or within its dialog. */
void feature_events_receive(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow);
/* The state of a phone has changed: a NOTIFY is sent if it has subscribed. */
void feature_events_notify(struct call_manager *manager, const char *device_name);
void feature_events_free(struct call_manager *manager);

#endif
