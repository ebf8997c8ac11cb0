/* What comes in within the dialogs of calls: each request to the part that acts upon it. */
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_leg.h"
#include "calls/call_media.h"
#include "calls/call_relay.h"
#include "calls/call_reliable.h"
#include "calls/call_statistics.h"
#include "calls/dialog_source.h"
#include "calls/digit_collection.h"
#include "calls/ended_invite.h"
#include "calls/forked_answer.h"
#include "calls/music.h"
#include "calls/pickup.h"
#include "calls/session_timer.h"
#include "calls/transfer.h"
#include "sip/header_values.h"

/* False: the call, and the leg with it, has ended by that. */
static bool acknowledged(struct call_leg *from, const struct sip_message *request) {
    struct call_leg *to = call_leg_other(from);
    struct message_body body;
    if (from->invite != NULL && from->inbound) {
        sip_server_acknowledged(from->invite);
    }
    if (from->server_invite != NULL) {
        sip_server_acknowledged(from->server_invite);
    }
    if (from->state == LEG_ANSWERED) {
        from->state = LEG_CONFIRMED;
    }
    if (to != NULL && to->ack_due && !transfer_changes(to->call)) {
        if (to->state == LEG_ANSWERED) {
            to->state = LEG_CONFIRMED;
        }
        if (call_media_pass(to->call, from, to, request, &body)) {
            if (body.content.length > 0) {
                call_admission_agreed(to->call->answered);
                call_note_hold(from, message_body_description(body));
            }
            call_leg_acknowledge(to, body.type, body.content);
        } else {
            call_leg_acknowledge(to, sip_text_of(""), sip_text_of(""));
            call_end(to->call, NULL, 488, to->call->refusal);
            return false;
        }
    }
    return true;
}

/* Numbers of requests rise within a dialog; an ACK bears that of its INVITE. */
static bool in_order(struct call_leg *leg, const struct sip_message *request) {
    if (request->cseq < leg->remote_cseq) {
        return false;
    }
    leg->remote_cseq = request->cseq;
    return true;
}

/* An UPDATE without an offer keeps the session alive, or says where its party is now: that is this
 * dialog's own. */
static void update(struct call_leg *leg, const struct sip_message *request,
                   const struct sip_flow *flow) {
    struct sip_writer writer = call_manager_writer(leg->manager);
    const struct sip_flow answer_flow = sip_answer_flow(request, flow);
    struct sip_transaction *server =
        sip_server_begin(&leg->manager->transactions, request, &answer_flow, NULL, NULL);
    if (server == NULL || !call_leg_learn(leg, request)) {
        sip_answer(leg->manager, request, flow, 503, "");
        return;
    }
    sip_put_answer_head(&writer, request, 200, "OK", "", &answer_flow.remote);
    sip_put_own_contact(leg->manager, &writer, leg->number, &leg->flow);
    if (leg->state == LEG_ANSWERED || leg->state == LEG_CONFIRMED) { /* no session before that */
        session_timer_agree(leg, request, &writer);
    }
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    sip_server_respond(server, 200, writer.data, writer.used);
    if (call_connected_learn(leg, request)) {
        call_connected_tell(leg);
    }
}

void call_request(struct call_manager *manager, const struct sip_message *request,
                  const struct sip_flow *flow) {
    struct sip_text tag = {"", 0};
    struct call_leg *leg = NULL;
    if (sip_tag(request, SIP_TO, &tag)) {
        leg = call_leg_find(manager, tag, sip_message_header(request, SIP_CALL_ID));
    }
    if (leg != NULL && leg->call != NULL && !dialog_source_allows(leg, request, flow)) {
        return;
    }
    if (request->method == SIP_ACK) {
        if (leg != NULL && leg->call != NULL && acknowledged(leg, request)) {
            pickup_acknowledged(leg);
            music_acknowledged(leg);
        }
        return;
    }
    if (leg == NULL || leg->call == NULL) {
        sip_answer(manager, request, flow, 481, "");
        return;
    }
    if (!in_order(leg, request)) {
        sip_answer(manager, request, flow, 500, "CSeq is lower than one seen before");
        return;
    }
    switch (request->method) {
    case SIP_BYE:
        sip_answer_kept(manager, request, flow, 200);
        call_statistics_note(leg, request);
        leg->state = LEG_OVER;
        if (!pickup_cancelled(leg)) {
            const int status = leg->call->answered != NULL ? 200 : 487;
            leg->call->said = (struct release_cause){status, release_cause_read(request)};
            leg->call->bye = request;
            call_end(leg->call, leg, status, "One party hung up");
        }
        break;
    case SIP_UPDATE:
        if (request->body.length == 0) {
            update(leg, request, flow);
        } else if (leg->call->answered == NULL) {
            call_relay_early(leg, request, flow);
        } else {
            call_relay(leg, request, flow);
        }
        break;
    case SIP_INVITE:
        call_statistics_note(leg, request); /* of the stream that ends with it */
        call_relay(leg, request, flow);
        break;
    case SIP_PRACK: call_reliable_acknowledged(leg, request, flow); break;
    case SIP_INFO: call_relay(leg, request, flow); break;
    case SIP_OPTIONS: sip_answer(manager, request, flow, 200, ""); break;
    case SIP_REFER: transfer_refer(leg, request, flow); break;
    case SIP_NOTIFY:
        if (!sip_event_is(request, "kpml")) {
            sip_answer(manager, request, flow, 481, "");
        } else if (leg->tells_keys) {
            call_relay(leg, request, flow);
        } else {
            digit_collection_notify(leg, request, flow);
        }
        break;
    case SIP_SUBSCRIBE: /* of kpml: the other party is to tell its keys */
        if (leg->call->answered != NULL && call_leg_other(leg) != NULL) {
            call_leg_other(leg)->tells_keys = true;
        }
        call_relay(leg, request, flow);
        break;
    default: sip_answer(manager, request, flow, 481, ""); break; /* no usage of this dialog */
    }
}

void call_stray_response(struct call_manager *manager, const struct sip_message *response,
                         const struct sip_flow *flow) {
    struct sip_text tag;
    struct call_leg *leg;
    if (response->method != SIP_INVITE || response->status < 200 || response->status >= 300 ||
        !sip_tag(response, SIP_FROM, &tag)) {
        return;
    }
    leg = call_leg_find(manager, tag, sip_message_header(response, SIP_CALL_ID));
    if (leg == NULL) {
        ended_invite_answered(manager, response, flow);
    } else if (leg->call != NULL && leg->answered_cseq != 0 &&
               response->cseq == leg->answered_cseq && forked_answer_is(leg, response)) {
        forked_answer_end(leg, response);
    } else if (leg->ack != NULL && response->cseq == leg->ack_cseq) {
        (void)sip_transport_send(&manager->transport, &leg->flow, leg->ack, leg->ack_length);
    }
}
