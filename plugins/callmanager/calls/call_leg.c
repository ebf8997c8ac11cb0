/* The dialogs of calls. Sends through the transactions and the transport of the call manager. */
#include "calls/call_leg.h"
#include "calls/call_admission.h"
#include "calls/call_relay.h"
#include "calls/call_reliable.h"
#include "calls/call_statistics.h"
#include "calls/ended_invite.h"
#include "calls/header_passage.h"
#include "calls/hunt_members.h"
#include "calls/media_service.h"
#include "calls/session_timer.h"
#include "calls/trunk_credentials.h"
#include "calls/trunk_load.h"
#include "calls/trunk_status.h"
#include "phones/registration_table.h"
#include "sip/header_values.h"
#include "sip/record_route.h"

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

struct device_line *call_leg_line(const struct call_leg *leg) {
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
    leg->private_line = registration_is_private(line_device(line)->registration);
    sj_map_add(&leg->manager->legs_by_line, &leg->by_line, sj_hash_keyed_text(leg->line_key));
    call_leg_show(leg);
}

void call_leg_leave_line(struct call_leg *leg) {
    if (!leg->on_line) {
        return;
    }
    struct device_line *line = call_leg_line(leg);
    call_leg_show(leg);
    leg->on_line = false;
    (void)sj_map_remove(&leg->manager->legs_by_line, &leg->by_line);
    hunt_member_line_left(leg->manager, leg->line_key);
    if (line != NULL && line->calls > 0) {
        line->calls--;
    }
}

static void leg_free(struct call_leg *leg) {
    ended_invite_note(leg);
    call_leg_leave_line(leg);
    trunk_load_leave(leg);
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
    free(leg->passed);
    free(leg->limits);
    free(leg->connected);
    free(leg->told);
    free(leg->outpulsed);
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
    trunk_load_leave(leg);
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

struct call_leg *call_leg_on_line(const struct call_manager *manager, const char *directory_number,
                                  const struct call_leg *previous) {
    sj_map_link *link = previous == NULL ? sj_map_first(&manager->legs_by_line,
                                                        sj_hash_keyed_text(directory_number))
                                         : sj_map_next(&previous->by_line);
    for (; link != NULL; link = sj_map_next(link)) {
        struct call_leg *leg = SJ_OWNER(link, struct call_leg, by_line);
        if (strcmp(leg->line_key, directory_number) == 0) {
            return leg;
        }
    }
    return NULL;
}

struct call_leg *call_leg_other(const struct call_leg *leg) {
    if (leg->call == NULL) {
        return NULL;
    }
    return leg->caller ? leg->call->answered : leg->call->caller;
}

/* ---- what the peer says of itself ---- */

/* Record-Route becomes the route set: as it stands for who was called, reversed for who calls (RFC
 * 3261 12.1). */
static bool learn_routes(struct call_leg *leg, const struct sip_message *message) {
    char text[2048];
    struct sip_writer writer;
    if (message->first[SIP_RECORD_ROUTE] < 0 || leg->route_set != NULL) {
        return true;
    }
    sip_writer_init(&writer, text, sizeof text);
    return sip_record_routes_put(message, !leg->inbound, &writer) &&
           sip_text_keep(&leg->route_set, (struct sip_text){text, writer.used});
}

bool call_leg_learn(struct call_leg *leg, const struct sip_message *message) {
    struct sip_name_address contact;
    struct sip_uri uri;
    const struct sip_text party = sip_message_header(message, message->request ? SIP_FROM : SIP_TO);
    if (sip_values_have(message, SIP_SUPPORTED, "X-cisco-srtp-fallback")) {
        leg->srtp_fallback = true;
    }
    leg->mixes = leg->mixes || sip_values_have(message, SIP_SUPPORTED, "join");
    if (!sip_text_keep(&leg->remote_party, party) || !learn_routes(leg, message)) {
        return false;
    }
    if (message->first[SIP_CONTACT] < 0) {
        /* A peer of RFC 2543 is called back where its From says. */
        return leg->remote_target != NULL || !message->request ||
               (sip_name_address_parse(party, &contact) &&
                sip_text_keep(&leg->remote_target, contact.uri));
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
    return sip_text_keep(&leg->remote_target, contact.uri);
}

bool call_leg_learn_dialog(struct call_leg *leg, const struct sip_message *response) {
    free(leg->route_set);
    leg->route_set = NULL;
    return call_leg_learn(leg, response);
}

/* ---- requests ---- */

bool call_leg_has_dialog(const struct call_leg *leg) {
    return leg->stands_in || leg->remote_target != NULL;
}

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
    sip_put_dialog(writer, leg->local_party, leg->local_tag, leg->remote_party, leg->call_id);
    sip_put(writer, "CSeq: ");
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
    if (leg->stands_in || !call_leg_has_dialog(leg)) {
        return;
    }
    call_leg_put_request(leg, &writer, sip_method_text(method), ++leg->local_cseq, branch);
    sip_put(&writer, "Max-Forwards: 70\r\n");
    sip_put(&writer, reason);
    if (method == SIP_BYE && leg->call != NULL) {
        header_passage_put(call_leg_other(leg), leg, leg->call->bye, &writer);
    }
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
        return call_identity_format(trunk_party_info_format(leg->manager, leg->device_name),
                                    leg->call != NULL && leg->call->emergency, number);
    }
    return digits_are_number(number)
               ? SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_DN_ONLY
               : SJ_SIP_TRUNK_CALLING_AND_CONNECTED_PARTY_INFO_FORMAT_DELIVER_URI_ONLY;
}
