/* Answers to REGISTER. */
#ifndef CALLMANAGER_REGISTER_ANSWER_H
#define CALLMANAGER_REGISTER_ANSWER_H

#include "core/call_manager.h"
#include "phones/register_request.h"

/* 200 with the time granted. `cisco`: with what Cisco's phones look for; `fresh`: such a one is
 * told that this is new. */
void register_answer_accept(struct call_manager *manager, const struct register_request *request,
                            uint32_t granted_s, bool cisco, bool fresh);
/* Any other status, with the reason as Warning and in the log at debug level. */
void register_answer_refuse(struct call_manager *manager, const struct register_request *request,
                            int status, const char *reason);

#endif
