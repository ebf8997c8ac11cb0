/* Requests that are answered later. Each has a scope, so that nothing of it is left when the
 * service stops first. */
#include "core/later_answer.h"

#include <stdlib.h>

static void transaction_ended(void *user, struct sip_transaction *transaction) {
    struct later_answer *answer = user;
    (void)transaction;
    answer->transaction = NULL;
}

static const struct sip_transaction_events events = {NULL, NULL, transaction_ended};

static void closed(void *user) {
    struct later_answer *answer = user;
    if (answer->transaction != NULL) {
        sip_transaction_detach(answer->transaction);
    }
    free(answer->request);
    free(answer);
}

static struct later_answer *make(struct call_manager *manager, const struct sip_message *request,
                                 const char *what) {
    struct later_answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        return NULL;
    }
    answer->manager = manager;
    answer->request_length = (size_t)(request->body.at - request->method_text.at);
    answer->request = malloc(answer->request_length);
    if (answer->request == NULL ||
        (answer->scope = sj_scope_open(manager->scope, what, closed, answer)) == NULL) {
        free(answer->request);
        free(answer);
        return NULL;
    }
    memcpy(answer->request, request->method_text.at, answer->request_length);
    return answer;
}

struct later_answer *later_answer_open(struct call_manager *manager,
                                       const struct sip_message *request,
                                       const struct sip_flow *flow, const char *what) {
    struct later_answer *answer = make(manager, request, what);
    if (answer != NULL) {
        answer->flow = sip_answer_flow(request, flow);
        answer->transaction =
            sip_server_begin(&manager->transactions, request, &answer->flow, &events, answer);
        if (answer->transaction == NULL) {
            sj_scope_close(answer->scope);
            answer = NULL;
        }
    }
    if (answer == NULL) {
        sip_answer(manager, request, flow, 503, "The request cannot be accepted now");
    }
    return answer;
}

/* False when it was not sent: the headers were too long. */
static bool give(struct later_answer *answer, const struct sip_message *request, int status,
                 const char *warning, const char *headers) {
    struct call_manager *manager = answer->manager;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_transaction *transaction = answer->transaction;
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request, status, sip_reason_phrase(status), tag,
                        &answer->flow.remote);
    sip_put(&writer, headers);
    if (warning[0] != '\0') {
        sip_put_warning(manager, &writer, warning);
    }
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (writer.overflow) {
        return false;
    }
    answer->transaction = NULL;
    sip_transaction_detach(transaction);
    sip_server_respond(transaction, status, writer.data, writer.used);
    return true;
}

void later_answer_give(struct later_answer *answer, int status, const char *warning,
                       const char *headers) {
    struct sip_message request;
    /* The request was read once and is read again; an answer that is too long goes without what
     * made it so. */
    if (answer->transaction != NULL &&
        sip_message_parse(answer->request, answer->request_length, &request) &&
        !give(answer, &request, status, warning, headers)) {
        (void)give(answer, &request, status, "", "");
    }
    sj_scope_close(answer->scope);
}
