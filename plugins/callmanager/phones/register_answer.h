/* Answers to REGISTER. */
#ifndef CALLMANAGER_REGISTER_ANSWER_H
#define CALLMANAGER_REGISTER_ANSWER_H

#include "core/call_manager.h"
#include "phones/register_contacts.h"
#include "phones/register_request.h"

/* 200 with all contacts that are registered now for the address of record, each with its time (RFC
 * 3261 10.3, 8), and with what Cisco's phones look for. `phone`: one of its registrations; NULL: it
 * has none. */
void register_answer_accept(struct call_manager *manager, const struct register_request *request,
                            const struct register_steps *steps, struct registration *phone);
/* Any other status, with the reason as Warning and in the log at debug level. */
void register_answer_refuse(struct call_manager *manager, const struct register_request *request,
                            int status, const char *reason);

#endif
