/* The dialogs of calls. Sends through the transactions and the transport of the call manager. */
#include "calls/call_leg.h"
#include "calls/call_admission.h"
#include "calls/call_connected.h"
#include "calls/call_diversion.h"
#include "calls/call_exchange.h"
#include "calls/call_identity.h"
#include "calls/call_location.h"
#include "calls/call_presentation.h"
#include "calls/call_relay.h"
#include "calls/call_reliable.h"
#include "calls/call_statistics.h"
#include "calls/conveyed_location.h"
#include "calls/hunt.h"
#include "calls/hunt_members.h"
#include "calls/media_service.h"
#include "calls/session_timer.h"
#include "calls/trunk.h"
#include "calls/trunk_credentials.h"
#include "calls/trunk_status.h"
#include "phones/registration_table.h"
#include "sip/digest_client.h"
#include "sip/header_values.h"
#include "sip/option_tags.h"
#include "sip/record_route.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

struct call_leg *call_leg_new(struct call_manager *manager, struct call *call,
                              const struct sip_flow *flow) {
    struct call_leg *leg = calloc(1, sizeof *leg);
    if (leg == NULL) {
        return NULL;
    }
    leg->manager = manager;
    leg->call = call;
    leg->flow = *flow;
    leg->source = *flow;
    leg->local_cseq = 100;
    call_manager_token(manager, leg->local_tag);
    sj_map_add(&manager->legs, &leg->link, sj_hash_keyed_text(leg->local_tag));
    return leg;
}

bool call_leg_stand_in(struct call *call) {
    struct call_leg *leg = call_leg_new(call->manager, call, &call->caller->flow);
    if (leg == NULL) {
        return false;
    }
    sj_list_add_first(&call->callees, &leg->link_in_call);
    leg->stands_in = true;
    leg->state = LEG_CONFIRMED;
    leg->device_name = strdup("");
    if (leg->device_name == NULL) {
        return false;
    }
    call->answered = leg;
    return true;
}

void call_leg_renew_tag(struct call_leg *leg) {
    call_reliable_forget(leg);
    (void)sj_map_remove(&leg->manager->legs, &leg->link);
    call_manager_token(leg->manager, leg->local_tag);
    sj_map_add(&leg->manager->legs, &leg->link, sj_hash_keyed_text(leg->local_tag));
}

/* The line on which the call is, as its phone is configured now; NULL when it is not registered any
 * more. */
static struct device_line *line_of(const struct call_leg *leg) {
    struct registration *registration =
        leg->line_key == NULL
            ? NULL
            : registration_find_at(leg->manager->registrations, leg->device_name, &leg->flow);
    return registration == NULL ? NULL : device_line_by_key(registration->device, leg->line_key);
}

void call_leg_show(const struct call_leg *leg) {
    if (leg->on_line) {
        leg->manager->watch->number_changed(leg->manager, leg->line_key);
    }
}

void call_leg_take_line(struct call_leg *leg, struct device_line *line) {
    line->calls++;
    leg->on_line = true;
    leg->private_line = line_device(line)->privacy;
    sj_map_add(&leg->manager->legs_by_line, &leg->by_line, sj_hash_keyed_text(leg->line_key));
    call_leg_show(leg);
}

void call_leg_leave_line(struct call_leg *leg) {
    if (!leg->on_line) {
        return;
    }
    struct device_line *line = line_of(leg);
    call_leg_show(leg);
    leg->on_line = false;
    (void)sj_map_remove(&leg->manager->legs_by_line, &leg->by_line);
    hunt_member_line_left(leg->manager, leg->line_key);
    if (line != NULL && line->calls > 0) {
        line->calls--;
    }
}

static void leg_free(struct call_leg *leg) {
    call_leg_leave_line(leg);
    (void)sj_map_remove(&leg->manager->legs, &leg->link);
    free(leg->call_id);
    free(leg->local_party);
    free(leg->remote_party);
    free(leg->remote_target);
    free(leg->route_set);
    free(leg->device_name);
    free(leg->line_key);
    free(leg->number);
    free(leg->request);
    free(leg->ack);
    free(leg->limits);
    free(leg->connected);
    media_bridge_release(leg->bridge);
    digest_client_free(leg->credentials);
    free(leg);
}

void call_leg_release(struct call_leg *leg) {
    if (leg->call != NULL) {
        call_relays_leave(leg);
    }
    call_reliable_free(leg);
    call_admission_release(leg);
    leg->call = NULL;
    call_leg_leave_line(leg);
    session_timer_stop(leg);
    if (leg->probe != NULL) {
        sip_transaction_detach(leg->probe);
        leg->probe = NULL;
    }
    if (leg->server_invite != NULL) {
        sip_transaction_detach(leg->server_invite);
        leg->server_invite = NULL;
    }
    if (leg->invite != NULL && leg->inbound) {
        sip_transaction_detach(leg->invite);
        leg->invite = NULL;
    }
    if (leg->invite == NULL) {
        leg_free(leg);
    }
}

struct call_leg *call_leg_find(const struct call_manager *manager, struct sip_text local_tag,
                               struct sip_text call_id) {
    SJ_MAP_EACH_OF(leg, &manager->legs, sj_hash_keyed(local_tag.at, local_tag.length),
                   struct call_leg, link) {
        if (sip_text_is(local_tag, leg->local_tag) && leg->call_id != NULL &&
            sip_text_is(call_id, leg->call_id)) {
            return leg;
        }
    }
    return NULL;
}

static bool has_remote_tag(const struct call_leg *leg, const char *tag) {
    struct sip_name_address party;
    struct sip_text value;
    if (leg->state == LEG_RINGING && !leg->inbound) { /* its To has none until the answer */
        return strcmp(leg->early_tag, tag) == 0;
    }
    return leg->remote_party != NULL &&
           sip_name_address_parse(sip_text_of(leg->remote_party), &party) &&
           sip_param(party.params, "tag", &value) && sip_text_is(value, tag);
}

struct call_leg *call_leg_replaced(const struct call_manager *manager,
                                   const struct sip_replaces *replaces) {
    const char *const tags[2][2] = {{replaces->to_tag, replaces->from_tag},
                                    {replaces->from_tag, replaces->to_tag}};
    for (size_t i = 0; i < 2; i++) {
        struct call_leg *leg =
            call_leg_find(manager, sip_text_of(tags[i][0]), sip_text_of(replaces->call_id));
        if (leg != NULL && leg->call != NULL && has_remote_tag(leg, tags[i][1])) {
            return leg;
        }
    }
    return NULL;
}

void call_leg_name(const struct call_leg *leg, struct sip_replaces *dialog) {
    struct sip_name_address party;
    struct sip_text tag = sip_text_of(leg->early_tag);
    memset(dialog, 0, sizeof *dialog);
    if (tag.length == 0 && leg->remote_party != NULL &&
        sip_name_address_parse(sip_text_of(leg->remote_party), &party)) {
        (void)sip_param(party.params, "tag", &tag);
    }
    (void)sip_text_copy(tag, dialog->to_tag, sizeof dialog->to_tag);
    (void)snprintf(dialog->call_id, sizeof dialog->call_id, "%s", leg->call_id);
    (void)snprintf(dialog->from_tag, sizeof dialog->from_tag, "%s", leg->local_tag);
}

struct call_leg *call_leg_other(const struct call_leg *leg) {
    if (leg->call == NULL) {
        return NULL;
    }
    return leg->caller ? leg->call->answered : leg->call->caller;
}

/* ---- what the peer says of itself ---- */

static bool set_text(char **member, struct sip_text text) {
    char *copy = malloc(text.length + 1);
    if (copy == NULL) {
        return false;
    }
    (void)sip_text_copy(text, copy, text.length + 1);
    free(*member);
    *member = copy;
    return true;
}

/* Record-Route becomes the route set: as it stands for who was called, reversed for who calls (RFC
 * 3261 12.1). */
static bool learn_routes(struct call_leg *leg, const struct sip_message *message) {
    char text[2048];
    struct sip_writer writer;
    struct sip_record_routes routes;
    if (message->first[SIP_RECORD_ROUTE] < 0 || leg->route_set != NULL) {
        return true;
    }
    if (!sip_record_routes_read(message, &routes)) {
        return false;
    }
    sip_writer_init(&writer, text, sizeof text);
    for (size_t i = 0; i < routes.count; i++) {
        sip_put(&writer, "Route: ");
        sip_put_value(&writer, routes.values[leg->inbound ? i : routes.count - 1 - i]);
        sip_put(&writer, "\r\n");
    }
    const struct sip_text whole = {text, writer.used};
    return !writer.overflow && set_text(&leg->route_set, whole);
}

bool call_leg_learn(struct call_leg *leg, const struct sip_message *message) {
    struct sip_name_address contact;
    struct sip_uri uri;
    const struct sip_text party = sip_message_header(message, message->request ? SIP_FROM : SIP_TO);
    if (sip_values_have(message, SIP_SUPPORTED, "X-cisco-srtp-fallback")) {
        leg->srtp_fallback = true;
    }
    leg->mixes = leg->mixes || sip_values_have(message, SIP_SUPPORTED, "join");
    if (!set_text(&leg->remote_party, party) || !learn_routes(leg, message)) {
        return false;
    }
    if (message->first[SIP_CONTACT] < 0) {
        /* A peer of RFC 2543 is called back where its From says. */
        return leg->remote_target != NULL || !message->request ||
               (sip_name_address_parse(party, &contact) &&
                set_text(&leg->remote_target, contact.uri));
    }
    if (!sip_name_address_parse(sip_message_header(message, SIP_CONTACT), &contact) ||
        !sip_uri_parse(contact.uri, &uri)) {
        return false;
    }
    struct sip_text focus;
    leg->mixes_now = sip_param(contact.params, "isfocus", &focus);
    /* A trunk's peer is called where its Contact says; a phone over the way it came. */
    if (leg->trunk && leg->flow.transport == SJ_SIP_TRANSPORT_UDP) {
        sj_address target;
        if (leg->route_set == NULL && sip_uri_address(&uri, 5060, &target)) {
            leg->flow.remote = target;
        }
    }
    return set_text(&leg->remote_target, contact.uri);
}

bool call_leg_learn_dialog(struct call_leg *leg, const struct sip_message *response) {
    free(leg->route_set);
    leg->route_set = NULL;
    return call_leg_learn(leg, response);
}

/* ---- requests ---- */

bool call_leg_unanswered(const struct call_leg *leg) {
    return leg->inbound && leg->invite != NULL && !sip_server_answered(leg->invite);
}

void call_leg_set_timers(struct call_leg *leg) {
    leg->timed = leg->trunk && leg->device_name != NULL &&
                 trunk_timers(leg->manager, leg->device_name, &leg->invite_timers, true) &&
                 trunk_timers(leg->manager, leg->device_name, &leg->other_timers, false);
}

const struct sip_timers *call_leg_timers(const struct call_leg *leg, bool invite) {
    return !leg->timed ? NULL : invite ? &leg->invite_timers : &leg->other_timers;
}

void call_leg_put_request(struct call_leg *leg, struct sip_writer *writer, const char *method,
                          uint32_t cseq, char branch[32]) {
    char token[SIP_TAG];
    struct sip_uri target;
    if (leg->trunk && (leg->inbound || leg->state >= LEG_ANSWERED) &&
        !sip_transport_connected(&leg->manager->transport, &leg->flow) &&
        sip_uri_parse(sip_text_of(leg->remote_target), &target)) {
        /* The connection was closed: a trunk's peer is reached where its Contact says. */
        (void)sip_uri_address(&target, 5060, &leg->flow.remote);
    } else if (!leg->trunk && !sip_transport_connected(&leg->manager->transport, &leg->flow)) {
        const struct registration *phone =
            registration_find(leg->manager->registrations, leg->device_name);
        leg->flow = phone != NULL ? phone->flow : leg->flow; /* it has come back */
    }
    call_manager_token(leg->manager, token);
    (void)snprintf(branch, 32, "z9hG4bK%s", token);
    sip_put(writer, method);
    sip_put(writer, " ");
    sip_put_value(writer, sip_text_of(leg->remote_target));
    sip_put(writer, " SIP/2.0\r\n");
    sip_put_own_via(leg->manager, writer, branch, &leg->flow);
    if (leg->route_set != NULL) {
        sip_put(writer, leg->route_set);
    }
    sip_put(writer, "From: ");
    sip_put_value(writer, sip_text_of(leg->local_party));
    sip_put(writer, ";tag=");
    sip_put(writer, leg->local_tag);
    sip_put(writer, "\r\nTo: ");
    sip_put_value(writer, sip_text_of(leg->remote_party));
    sip_put(writer, "\r\nCall-ID: ");
    sip_put_value(writer, sip_text_of(leg->call_id));
    sip_put(writer, "\r\nCSeq: ");
    sip_put_number(writer, cseq);
    sip_put(writer, " ");
    sip_put(writer, method);
    sip_put(writer, "\r\nUser-Agent: Sojourn/" SOJOURN_VERSION "\r\n");
    sip_put_own_contact(leg->manager, writer, leg->number, &leg->flow);
    trunk_credentials_put(leg->manager, leg->credentials, method, leg->remote_target, writer);
}

void call_leg_send(struct call_leg *leg, enum sip_method method, const char *reason) {
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32];
    if (leg->stands_in) {
        return;
    }
    call_leg_put_request(leg, &writer, sip_method_text(method), ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n");
    sip_put(&writer, reason);
    sip_put_body(&writer, sip_text_of(""), sip_text_of(""));
    struct call_farewell *farewell = method == SIP_BYE ? call_statistics_await(leg) : NULL;
    if (writer.overflow ||
        sip_client_begin_timed(&leg->manager->transactions, call_leg_timers(leg, false), method,
                               branch, &leg->flow, writer.data, writer.used,
                               farewell != NULL ? &call_statistics_events : NULL,
                               farewell) == NULL) {
        call_statistics_forget(farewell);
    }
}

void call_leg_acknowledge(struct call_leg *leg, struct sip_text content_type,
                          struct sip_text body) {
    struct sip_writer writer = call_manager_writer(leg->manager);
    char branch[32];
    leg->ack_due = false;
    call_leg_put_request(leg, &writer, "ACK", leg->ack_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n");
    sip_put_body(&writer, content_type, body);
    if (writer.overflow) {
        return;
    }
    free(leg->ack);
    leg->ack = malloc(writer.used);
    leg->ack_length = leg->ack == NULL ? 0 : writer.used;
    if (leg->ack != NULL) {
        memcpy(leg->ack, writer.data, writer.used);
    }
    (void)sip_transport_send(&leg->manager->transport, &leg->flow, writer.data, writer.used);
}

void call_leg_put_security(struct sip_writer *writer, const char *orientation, bool encrypted) {
    sip_put(writer, "Call-Info: <urn:x-cisco-remotecc:callinfo>; security=");
    sip_put(writer, encrypted ? "Encrypted" : "NotAuthenticated");
    sip_put(writer, "; orientation=");
    sip_put(writer, orientation);
    sip_put(writer, "\r\n");
}

sj_sip_trunk_calling_and_connected_party_info_format
call_leg_identity_format(const struct call_leg *leg, const char *number) {
    if (leg->trunk) {
        return trunk_party_info_format(leg->manager, leg->device_name);
    }
    return digits_are_number(number)
               ? SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
               : SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_ONLY;
}

/* ---- the first INVITE ---- */

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
    struct call_identity caller = {
        .name = call->calling_name,
        .number = call->calling,
        .uri =
            call_identity_keeps_uri(call->original_calling, call->calling) ? call->calling_uri : "",
        .withheld = call_presentation_of(call, leg, true, call->calling_withheld),
        .verified = call->calling_verified,
        .format = call_leg_identity_format(leg, call->calling)};

    const char *own = call_manager_address(manager, &leg->flow);
    call_manager_token(manager, token);
    (void)snprintf(call_id, sizeof call_id, "%s@%s", token, own);
    leg->call_id = strdup(call_id);
    leg->remote_target = strdup(target->uri);
    leg->number = call_identity_user(&caller);
    leg->line_key = target->line_key[0] == '\0' ? NULL : strdup(target->line_key);
    sip_writer_init(&party, text, sizeof text);
    call_identity_put_from(&party, &caller, own);
    const struct sip_text local = {text, party.used};
    if (party.overflow || !set_text(&leg->local_party, local)) {
        return false;
    }
    party.used = 0;
    sip_put(&party, "<sip:");
    sip_put_user(&party, target->called);
    sip_put(&party, "@");
    sip_put_host(&party, target->host[0] != '\0' ? target->host : own, 0);
    sip_put(&party, ">");
    const struct sip_text remote = {text, party.used};
    if (!set_text(&leg->remote_party, remote) || leg->call_id == NULL ||
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
        call_diversion_write(&writer, &call->history, own, call_presentation_trusts(leg));
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
        conveyed_location_write(&writer, &call->caller_place);
        if (call->emergency) {
            conveyed_emergency_write(&writer);
        }
    }
    leg->placed =
        target->trunk && !target->no_place &&
        call_location_add(call, target->device_name, caller.withheld.number, &offer, &writer);
    sip_put_body(&writer, offer.type, offer.content);
    if (writer.overflow) {
        return false;
    }
    leg->invite =
        sip_client_begin_timed(&manager->transactions, call_leg_timers(leg, true), SIP_INVITE,
                               branch, &leg->flow, writer.data, writer.used, events, leg);
    if (leg->invite != NULL) {
        struct device_line *line = line_of(leg);
        if (line != NULL) {
            call_leg_take_line(leg, line);
        }
    }
    return leg->invite != NULL;
}
