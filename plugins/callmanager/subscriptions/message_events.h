/* The event package message-summary (RFC 3842) of phones for their own lines, and what phones that
 * have not subscribed are told of waiting messages. */
#ifndef CALLMANAGER_MESSAGE_EVENTS_H
#define CALLMANAGER_MESSAGE_EVENTS_H

#include "core/call_manager.h"
#include "phones/message_summary.h"

/* What waits for a number has changed. */
void message_events_changed(struct call_manager *manager, const char *directory_number);
/* A phone has registered: a plain one that has not subscribed is told where messages wait. */
void message_events_phone_came(struct call_manager *manager, const char *device_name);

/* A NOTIFY of a mail system, over a trunk, that the node has not asked for. */
void message_events_receive(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow);
/* Keeps what a NOTIFY has said of a directory number, and answers it then. */
void message_events_keep(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, const char *directory_number,
                         const struct message_summary *summary, const char *source);

#endif
