/* A request whose answer waits for something: the store, another service. */
#ifndef CALLMANAGER_LATER_ANSWER_H
#define CALLMANAGER_LATER_ANSWER_H

#include "core/call_manager.h"

struct later_answer {
    struct call_manager *manager;
    sj_scope *scope; /* of its own: what it waits for is asked in it */
    struct sip_transaction *transaction;
    struct sip_flow flow;
    char *request; /* its head, to answer it from */
    size_t request_length;
};

/* NULL: there is no memory, and the request has been answered. */
struct later_answer *later_answer_open(struct call_manager *manager,
                                       const struct sip_message *request,
                                       const struct sip_flow *flow, const char *what);
/* Answers and frees it. `warning` and `headers` (whole lines) may be "". */
void later_answer_give(struct later_answer *answer, int status, const char *warning,
                       const char *headers);

#endif
