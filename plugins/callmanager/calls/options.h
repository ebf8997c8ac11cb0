/* OPTIONS that this node sends: whether the other end lives. */
#ifndef CALLMANAGER_OPTIONS_H
#define CALLMANAGER_OPTIONS_H

#include "core/call_manager.h"

/* `headers`: whole lines that it bears besides. `timers` may be NULL. False: it was not sent, and
 * no event follows. */
bool options_send(struct call_manager *manager, const char *uri, const struct sip_flow *flow,
                  struct sip_text headers, const struct sip_timers *timers,
                  const struct sip_transaction_events *events, void *user);

#endif
