/* The first INVITE of a leg: the caller's is answered, a callee's is sent. */
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_diversion.h"
#include "calls/call_leg.h"
#include "calls/call_location.h"
#include "calls/call_presentation.h"
#include "calls/call_reliable.h"
#include "calls/conveyed_location.h"
#include "calls/header_passage.h"
#include "calls/hunt.h"
#include "calls/session_timer.h"
#include "calls/told_number.h"
#include "calls/told_place.h"
#include "calls/trunk_status.h"
#include "sip/option_tags.h"

void call_leg_answer(struct call_leg *caller, int status, const char *reason,
                     const struct message_body *body) {
    struct call_manager *manager = caller->manager;
    struct sip_writer writer = call_manager_writer(manager);
    struct sip_message request;
    const struct sip_text none = {"", 0};
    if (!call_leg_unanswered(caller) || call_reliable_hold(caller, status, body) ||
        !sip_message_parse(caller->request, caller->request_length, &request)) {
        return;
    }
    sip_put_answer_head(&writer, &request, status,
                        status >= 300 && caller->call->shortage != NULL ? NOT_ENOUGH_BANDWIDTH
                                                                        : sip_reason_phrase(status),
                        status == 100 ? "" : caller->local_tag, &caller->flow.remote);
    for (size_t i = 0; i < request.count && status > 100; i++) {
        if (request.headers[i].name == SIP_RECORD_ROUTE) {
            sip_put(&writer, "Record-Route: ");
            sip_put_value(&writer, request.headers[i].value);
            sip_put(&writer, "\r\n");
        }
    }
    if (status > 100 && status < 300) {
        sip_put_own_contact(manager, &writer, caller->number, &caller->flow);
        call_connected_put_called(caller, &writer);
        told_place_put(caller, &writer);
    }
    if (status >= 180 && status < 300) {
        sip_put(&writer, CALL_ALLOW);
        sip_put_supported(&writer);
        if (caller->cisco) {
            call_leg_put_security(&writer, "to", status >= 200 && caller->call->encrypted);
        }
    }
    const bool reliable = call_reliable_put(caller, status, body, &writer);
    if (status == 200) {
        session_timer_agree(caller, &request, &writer);
    }
    if (status >= 300 && caller->call->shortage != NULL) {
        call_put_shortage(manager, &writer);
    } else if (status >= 300) {
        char line[RELEASE_CAUSE_LINE];
        release_cause_write(call_said_cause(caller->call, status), line);
        sip_put(&writer, line);
    }
    if (status >= 300 && caller->call->shortage == NULL && reason[0] != '\0') {
        sip_put(&writer, "Reason: SIP;cause=");
        sip_put_number(&writer, (uint64_t)status);
        sip_put(&writer, ";text=\"");
        sip_put_value(&writer, sip_text_of(reason));
        sip_put(&writer, "\"\r\n");
        sip_put_warning(manager, &writer, reason);
    }
    if (status > 100) {
        header_passage_put_kept(caller, &writer);
    }
    if (body != NULL) {
        sip_put_body(&writer, body->type, body->content);
    } else {
        sip_put_body(&writer, none, none);
    }
    if (writer.overflow) {
        return;
    }
    if (status >= 200) {
        caller->state = status < 300 ? LEG_ANSWERED : LEG_OVER;
    } else if (status >= 180) {
        caller->state = LEG_RINGING;
    }
    call_leg_show(caller);
    sip_server_respond(caller->invite, status, writer.data, writer.used);
    call_reliable_sent(caller, status, reliable, body != NULL && body->content.length > 0);
}

/* What of the caller's INVITE goes on, while that waits for its answer. */
static void pass_headers(const struct call_leg *caller, const struct call_leg *leg,
                         struct sip_writer *writer) {
    struct sip_message request;
    if (header_passage_is_wanted(leg->manager) && call_leg_unanswered(caller) &&
        caller->request != NULL &&
        sip_message_parse(caller->request, caller->request_length, &request)) {
        header_passage_put(caller, leg, &request, writer);
    }
}

static void put_extensions(struct call_leg *leg, const struct call_target *target,
                           struct sip_writer *writer) {
    const uint32_t session_s = session_timer_wanted(leg->manager, target->session_least_s);
    const bool reliable = call_reliable_offer(leg);
    sip_put(writer, "Supported: replaces");
    sip_put(writer, session_s > 0 ? ", timer" : "");
    sip_put(writer, reliable ? ", 100rel\r\n" : "\r\n");
    if (session_s > 0) {
        session_timer_offer(leg->manager, session_s, target->session_least_s, writer);
    }
}

bool call_leg_invite(struct call_leg *leg, const struct call_target *target,
                     const struct sip_transaction_events *events) {
    struct call_manager *manager = leg->manager;
    struct call *call = leg->call;
    struct sip_writer writer = call_manager_writer(manager);
    struct message_body offer;
    char branch[32], text[1200], call_id[SIP_TAG + 64], token[SIP_TAG];
    struct sip_writer party;
    const struct hunt *hunted = hunt_goes_on(call) ? call->hunt : NULL;
    const char *number = call_presentation_calling(call, leg);
    struct call_identity caller = {
        .name = call->calling_name,
        .number = number,
        .callback = call_presentation_callback(call, leg),
        .uri = call_identity_keeps_uri(call->original_calling, number) ? call->calling_uri : "",
        .withheld = call_presentation_of(call, leg, true, call->calling_withheld),
        .verified = call->calling_verified,
        .format = call_leg_identity_format(leg, number)};

    const char *own = call_manager_address(manager, &leg->flow);
    call_manager_token(manager, token);
    (void)snprintf(call_id, sizeof call_id, "%s@%s", token, own);
    leg->call_id = strdup(call_id);
    leg->remote_target = strdup(target->uri);
    leg->number = call_identity_user(&caller);
    leg->line_key = target->line_key[0] == '\0' ? NULL : strdup(target->line_key);
    sip_writer_init(&party, text, sizeof text);
    call_identity_put_from(&party, &caller, own);
    leg->local_party = strndup(text, party.used);
    if (party.overflow || leg->local_party == NULL) {
        return false;
    }
    party.used = 0;
    sip_put(&party, "<sip:");
    sip_put_user(&party, target->called);
    sip_put(&party, "@");
    sip_put_host(&party, target->host[0] != '\0' ? target->host : own, 0);
    sip_put(&party, ">");
    leg->remote_party = strndup(text, party.used);
    if (party.overflow || leg->remote_party == NULL || leg->call_id == NULL ||
        leg->remote_target == NULL || leg->number == NULL || leg->device_name == NULL) {
        return false;
    }
    call_leg_set_timers(leg);
    if (!call_media_offer(call, leg, &offer)) {
        return false;
    }
    leg->ack_cseq = leg->local_cseq;
    call_leg_put_request(leg, &writer, "INVITE", leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: ");
    sip_put_number(&writer, call->max_forwards);
    sip_put(&writer, "\r\n" CALL_ALLOW "Date: ");
    sip_put(&writer, call_manager_date(manager));
    sip_put(&writer, "\r\n");
    put_extensions(leg, target, &writer);
    call_presentation_tell(leg, &caller);
    call_identity_put_headers(&writer, &caller, own, "calling");
    if (target->trunk && trunk_invite_expires_s(manager, target->device_name) > 0) {
        sip_put(&writer, "Expires: ");
        sip_put_number(&writer, (uint64_t)trunk_invite_expires_s(manager, target->device_name));
        sip_put(&writer, "\r\n");
    }
    if (leg->cisco) {
        call_leg_put_security(&writer, "from", call->encrypted && !call->caller->srtp_fallback);
    }
    if (call->join != NULL) {
        sip_put(&writer, "Require: join\r\nJoin: ");
        sip_put_value(&writer, sip_text_of(call->join));
        sip_put(&writer, "\r\n");
    }
    if (hunted != NULL) {
        hunt_put_headers(&writer, hunted, leg->cisco, own);
    }
    if (!target->no_diversion) {
        call_diversion_write(&writer, &call->history, own, call_presentation_trusts(leg),
                             told_number_redirecting, leg);
    }
    if (target->ringer_off && !leg->cisco) { /* Cisco's phones know it themselves */
        sip_put(&writer, "Alert-Info: <urn:x-sojourn:ringer-off>;info=silent\r\n");
    }
    /* Several would all answer. The two ways in which makers of phones ask for it. */
    if (target->answers && call->target_count == 1) {
        sip_put(&writer, "Call-Info: <sip:");
        sip_put_host(&writer, own, 0);
        sip_put(&writer, ">;answer-after=0\r\nAlert-Info: <urn:x-sojourn:auto-answer>;"
                         "info=alert-autoanswer\r\n");
    }
    if (target->emcc[0] != '\0') {
        sip_put(&writer, "X-Sojourn-Emcc: ");
        sip_put_value(&writer, sip_text_of(target->emcc));
        sip_put(&writer, "\r\n");
    }
    if (target->route_string[0] != '\0' && trunk_sends_route_string(manager, target->device_name)) {
        sip_put(&writer, "X-cisco-dest-route-string: <sip:");
        sip_put_value(&writer, sip_text_of(target->route_string));
        sip_put(&writer, ">\r\n");
    }
    if (target->trunk && trunk_conveys_location(manager, target->device_name)) {
        conveyed_location_write(&writer, &call->caller_place, told_place_counted_by(call->caller));
        if (call->emergency) {
            conveyed_emergency_write(&writer);
        }
    }
    leg->placed = target->trunk && !target->no_place &&
                  call_location_add(leg, caller.withheld.number, &offer, &writer);
    pass_headers(call->caller, leg, &writer);
    sip_put_body(&writer, offer.type, offer.content);
    if (writer.overflow) {
        return false;
    }
    leg->invite =
        sip_client_begin_timed(&manager->transactions, call_leg_timers(leg, true), SIP_INVITE,
                               branch, &leg->flow, writer.data, writer.used, events, leg);
    if (leg->invite != NULL) {
        struct device_line *line = call_leg_line(leg);
        if (line != NULL) {
            call_leg_take_line(leg, line);
        }
    }
    return leg->invite != NULL;
}
