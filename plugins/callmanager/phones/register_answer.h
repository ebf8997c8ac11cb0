/* Answers to REGISTER. */
#ifndef CALLMANAGER_REGISTER_ANSWER_H
#define CALLMANAGER_REGISTER_ANSWER_H

#include "core/call_manager.h"
#include "phones/register_facts.h"

typedef struct register_request {
    const sip_message *message;
    const sip_flow *flow;
    register_facts facts;
} register_request;

/* 200 with the time granted. `cisco`: with what Cisco's phones look for; `fresh`: such a one is told that this is new. */
void register_answer_accept(call_manager *manager, const register_request *request, uint32_t granted_s, bool cisco, bool fresh);
/* Any other status, with the reason as Warning and in the log at debug level. */
void register_answer_refuse(call_manager *manager, const register_request *request, int status, const char *reason);

#endif
