/* What phones publish (PUBLISH, RFC 3903): their user's Do Not Disturb. One publication a phone, known by its entity tag. */
#ifndef CALLMANAGER_PUBLICATION_H
#define CALLMANAGER_PUBLICATION_H

#include "core/call_manager.h"

void publication_receive(call_manager *manager, const sip_message *request, const sip_flow *flow);
void publications_free(call_manager *manager);

#endif
