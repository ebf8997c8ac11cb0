/* Requests that are answered later. Each has a scope, so that nothing of it is left when the
 * service stops first. */
#include "core/later_answer.h"

#include <stdlib.h>

static void transaction_ended(void *user, struct sip_transaction *transaction) {
    struct later_answer *of = user;
    (void)transaction;
    of->transaction = NULL;
}

static const struct sip_transaction_events events = {NULL, NULL, transaction_ended};

static void closed(void *user) {
    struct later_answer *of = user;
    if (of->transaction != NULL) {
        sip_transaction_detach(of->transaction);
    }
    free(of->request);
    free(of);
}

static struct later_answer *make(struct call_manager *manager, const struct sip_message *request,
                                 const char *what) {
    struct later_answer *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->manager = manager;
    made->request_length = (size_t)(request->body.at - request->method_text.at);
    made->request = malloc(made->request_length);
    if (made->request == NULL ||
        (made->scope = sj_scope_open(manager->scope, what, closed, made)) == NULL) {
        free(made->request);
        free(made);
        return NULL;
    }
    memcpy(made->request, request->method_text.at, made->request_length);
    return made;
}

struct later_answer *later_answer_open(struct call_manager *manager,
                                       const struct sip_message *request,
                                       const struct sip_flow *flow, const char *what) {
    struct later_answer *made = make(manager, request, what);
    if (made != NULL) {
        made->flow = sip_answer_flow(request, flow);
        made->transaction =
            sip_server_begin(&manager->transactions, request, &made->flow, &events, made);
        if (made->transaction == NULL) {
            sj_scope_close(made->scope);
            made = NULL;
        }
    }
    if (made == NULL) {
        sip_answer(manager, request, flow, 503, "The request cannot be accepted now");
    }
    return made;
}

/* False when it was not sent: the headers were too long. */
static bool give(struct later_answer *of, const struct sip_message *request, int status,
                 const char *warning, const char *headers) {
    struct call_manager *manager = of->manager;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_transaction *transaction = of->transaction;
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request, status, sip_reason_phrase(status), tag, &of->flow.remote);
    sip_put(&writer, headers);
    if (warning[0] != '\0') {
        sip_put_warning(manager, &writer, warning);
    }
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    if (writer.overflow) {
        return false;
    }
    of->transaction = NULL;
    sip_transaction_detach(transaction);
    sip_server_respond(transaction, status, writer.data, writer.used);
    return true;
}

void later_answer_give(struct later_answer *of, int status, const char *warning,
                       const char *headers) {
    struct sip_message request;
    /* The request was read once and is read again; an answer that is too long goes without what
     * made it so. */
    if (of->transaction != NULL && sip_message_parse(of->request, of->request_length, &request) &&
        !give(of, &request, status, warning, headers)) {
        (void)give(of, &request, status, "", "");
    }
    sj_scope_close(of->scope);
}
