/* Passes each request to the part that answers it, and each response to its transaction. Whatever
 * its method, a request is inspected first (sip/inspection.h). */
#include "dispatch.h"
#include "calls/call.h"
#include "calls/call_invite.h"
#include "calls/keep_alive.h"
#include "calls/normalisation.h"
#include "calls/softkeys.h"
#include "parameters/call_manager.h"
#include "phones/phone_request.h"
#include "phones/publication.h"
#include "phones/registrar.h"
#include "sip/header_values.h"
#include "sip/inspection.h"
#include "subscriptions/mailbox_subscription.h"
#include "subscriptions/message_events.h"
#include "subscriptions/subscription.h"

/* Of a mail system, or of a phone. */
static void notify(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow) {
    if (sip_event_is(request, "message-summary")) {
        message_events_receive(manager, request, flow);
    } else {
        phone_notify(manager, request, flow);
    }
}

/* Requests outside of calls. */
static void receive_outside(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow) {
    switch (request->method) {
    case SIP_INVITE: call_invite(manager, request, flow); break;
    case SIP_OPTIONS: keep_alive_answer(manager, request, flow); break;
    case SIP_REFER:
        if (!softkey_receive(manager, request, flow)) {
            phone_refer(manager, request, flow);
        }
        break;
    case SIP_NOTIFY: notify(manager, request, flow); break;
    case SIP_PUBLISH: publication_receive(manager, request, flow); break;
    default: sip_answer(manager, request, flow, 481, ""); break; /* what only a dialog knows */
    }
}

static void pass_on(struct call_manager *manager, const struct sip_message *request,
                    const struct sip_flow *flow) {
    if (request->method == SIP_REGISTER) {
        registrar_receive(manager, request, flow);
    } else if (request->method == SIP_CANCEL) {
        call_cancel(manager, request, flow);
    } else if (request->method == SIP_SUBSCRIBE &&
               !(sip_event_is(request, "kpml") && sip_is_within_dialog(request))) {
        subscribe_receive(manager, request, flow);
    } else if (request->method == SIP_NOTIFY && sip_is_within_dialog(request) &&
               sip_event_is(request, "message-summary")) {
        mailbox_subscription_notified(manager, request, flow);
    } else if (request->method == SIP_ACK || sip_is_within_dialog(request)) {
        call_request(manager, request, flow);
    } else {
        receive_outside(manager, request, flow);
    }
}

static void inspect(struct call_manager *manager, const struct sip_message *request,
                    const struct sip_flow *flow) {
    /* A REGISTER keeps no transaction: it is answered at once, and a copy of it the same again. */
    const bool merged =
        request->method != SIP_REGISTER && sip_transactions_merged(&manager->transactions, request);
    const struct sip_inspection inspection =
        sip_inspect(request, merged, manager->scope->host->node,
                    (uint32_t)sj_param_ccm_sip_min_se_value(manager->scope));
    if (inspection.status != 0) {
        sip_answer(manager, request, flow, inspection.status, inspection.why);
    } else if (inspection.body_ignored) {
        struct sip_message without = *request;
        without.body.length = 0;
        pass_on(manager, &without, flow);
    } else {
        pass_on(manager, request, flow);
    }
}

static void receive_request(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow) {
    struct sip_via via;
    sj_metric_add(manager->scope, manager->metric_requests[request->method], 1);
    if (request->fault != NULL || !sip_via_parse(sip_message_header(request, SIP_VIA), &via)) {
        if (request->method != SIP_ACK) {
            sip_answer(manager, request, flow, request->fault == NULL ? 400 : request->fault_status,
                       request->fault == NULL ? "Via cannot be read" : request->fault);
        }
    } else if (request->method == SIP_REGISTER ||
               !sip_transactions_absorb(&manager->transactions, request)) {
        inspect(manager, request, flow);
    }
}

void dispatch_message(void *user, const struct sip_message *message, const struct sip_flow *flow) {
    struct call_manager *manager = user;
    struct sip_message changed;
    message = manager->normalisation == NULL ? message
                                             : normalise_inbound(manager, message, flow, &changed);
    if (message->request) {
        receive_request(manager, message, flow);
    } else if (!sip_transactions_response(&manager->transactions, message)) {
        call_stray_response(manager, message, flow);
    }
}
