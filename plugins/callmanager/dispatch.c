/* Passes each request to the part that answers it, and each response to its transaction. */
#include "dispatch.h"
#include "calls/call.h"
#include "calls/call_invite.h"
#include "calls/keep_alive.h"
#include "phones/feature_events.h"
#include "phones/phone_request.h"
#include "phones/publication.h"
#include "phones/registrar.h"
#include "sip/option_tags.h"

static bool has_to_tag(const struct sip_message *request) {
    struct sip_name_address to;
    struct sip_text tag;
    return sip_name_address_parse(sip_message_header(request, SIP_TO), &to) &&
           sip_param(to.params, "tag", &tag);
}

/* Requests outside of calls. */
static void receive_outside(struct call_manager *manager, const struct sip_message *request,
                            const struct sip_flow *flow) {
    switch (request->method) {
    case SIP_OPTIONS: keep_alive_answer(manager, request, flow); break;
    case SIP_REFER: phone_refer(manager, request, flow); break;
    case SIP_NOTIFY: phone_notify(manager, request, flow); break;
    case SIP_PUBLISH: publication_receive(manager, request, flow); break;
    case SIP_BYE:
    case SIP_INFO:
    case SIP_UPDATE:
    case SIP_PRACK: sip_answer(manager, request, flow, 481, ""); break;
    case SIP_OTHER_METHOD: sip_answer(manager, request, flow, 501, ""); break;
    default: sip_answer(manager, request, flow, 405, ""); break;
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
        return;
    }
    if (request->method == SIP_REGISTER) {
        registrar_receive(manager, request, flow); /* the short way: nothing is kept of it */
        return;
    }
    if (sip_transactions_absorb(&manager->transactions, request)) {
        return;
    }
    if (request->method != SIP_ACK && request->method != SIP_CANCEL &&
        sip_requires_unsupported(request)) {
        sip_answer(manager, request, flow, 420, "");
    } else if (request->method == SIP_CANCEL) {
        call_cancel(manager, request, flow);
    } else if (request->method == SIP_SUBSCRIBE) {
        feature_events_receive(manager, request, flow);
    } else if (request->method == SIP_ACK || has_to_tag(request)) {
        call_request(manager, request, flow);
    } else if (request->method == SIP_INVITE) {
        call_invite(manager, request, flow);
    } else {
        receive_outside(manager, request, flow);
    }
}

void dispatch_message(void *user, const struct sip_message *message, const struct sip_flow *flow) {
    struct call_manager *manager = user;
    if (message->request) {
        receive_request(manager, message, flow);
    } else if (!sip_transactions_response(&manager->transactions, message)) {
        call_stray_response(manager, message);
    }
}
