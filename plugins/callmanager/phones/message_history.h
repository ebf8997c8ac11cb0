/* The last SIP messages of this node with what belongs to them, as the parameter SIP Message Buffer
 * has it (sip/message_buffer.h). */
#ifndef CALLMANAGER_MESSAGE_HISTORY_H
#define CALLMANAGER_MESSAGE_HISTORY_H

#include "core/call_manager.h"
#include "sip/message_buffer.h"

/* Begins to keep messages, or does not: as the parameter says. The transport must stand. */
int message_history_open(struct call_manager *manager, sj_error *error);
void message_history_close(struct call_manager *manager);

/* Adds something that belongs to the messages, with the time of now. Nothing is done while none are
 * kept. */
void message_history_add(struct call_manager *manager, struct kept *kept);

#endif
