/* What one source may ask of the loop, before a message of it is even read. Each gets so many
 * messages a second; more is for trunks, and for addresses with many phones behind them. All that
 * is not registered shares a rate, too, so that invented addresses take nothing from phones that
 * are. */
#ifndef CALLMANAGER_SOURCE_LIMIT_H
#define CALLMANAGER_SOURCE_LIMIT_H

#include "core/call_manager.h"

bool source_limit_open(struct call_manager *manager);
void source_limit_close(struct call_manager *manager);

/* Whether one more message from there is read now; otherwise it is dropped, counted, and logged
 * once a minute. */
bool source_limit_allows(struct call_manager *manager, const struct sip_flow *flow);

#endif
