/* What phones publish (PUBLISH, RFC 3903): their user's Do Not Disturb. One publication a phone,
 * known by its entity tag. */
#ifndef CALLMANAGER_PUBLICATION_H
#define CALLMANAGER_PUBLICATION_H

#include "core/call_manager.h"

void publication_receive(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow);
void publications_free(struct call_manager *manager);

#endif
