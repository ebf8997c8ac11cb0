/* A request whose answer waits for something: the store, another service. */
#ifndef CALLMANAGER_LATER_ANSWER_H
#define CALLMANAGER_LATER_ANSWER_H

#include "core/call_manager.h"

typedef struct later_answer {
    call_manager *manager;
    sj_scope *scope; /* of its own: what it waits for is asked in it */
    sip_transaction *transaction;
    sip_flow flow;
    char *request; /* its head, to answer it from */
    size_t request_length;
} later_answer;

/* NULL: there is no memory, and the request has been answered. */
later_answer *later_answer_open(call_manager *manager, const sip_message *request, const sip_flow *flow, const char *what);
/* Answers and frees it. `warning` and `headers` (whole lines) may be "". */
void later_answer_give(later_answer *of, int status, const char *warning, const char *headers);

#endif
