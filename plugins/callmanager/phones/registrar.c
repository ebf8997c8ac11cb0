/* REGISTER, in the dialects of Cisco's phones and of plain ones. A registration that is merely refreshed takes the short way:
 * one table look-up, one digest, one answer; neither a transaction nor the store is touched. */
#include "phones/registrar.h"
#include "core/refusals.h"
#include "events/device.h"
#include "parameters/call_manager.h"
#include "phones/address_check.h"
#include "phones/authorization.h"
#include "phones/auto_registration.h"
#include "phones/feature_events.h"
#include "phones/registration_store.h"
#include "phones/remote_control.h"
#include "phones/secure_phone.h"

#include <stdio.h>

enum { SHORTEST_S = 5, UNASKED_S = 3600 };
static const uint64_t grace_ms = 15000, removed_ms = 30000;

typedef struct register_request {
    const sip_message *message;
    const sip_flow *flow;
    char device_name[130]; /* as the phone says, or "" */
    char user[130];        /* of the address of record */
    bool named;            /* it said so in a Cisco way */
    bool has_contact, star, keep_alive;
    bool moved; /* the phone does not answer where it was */
    sip_name_address contact;
    uint32_t expires_s;
    uint32_t model_number;
} register_request;

/* ---- reading ---- */

/* "urn:uuid:00000000-0000-0000-0000-0011aabbccdd" names SEP0011AABBCCDD. */
static void name_from_instance(sip_text instance, char name[130]) {
    size_t used = 3;
    if (instance.length >= 2 && instance.at[0] == '<') {
        instance.at++;
        instance.length -= 2;
    }
    if (instance.length < 12 || strncasecmp(instance.at, "urn:uuid:00000000-0000-0000-0000-", 33) != 0 ||
        instance.length != 45) {
        return;
    }
    memcpy(name, "SEP", 3);
    for (size_t i = 33; i < 45; i++) {
        const char c = instance.at[i];
        name[used++] = (char)(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
    }
    name[used] = '\0';
}

/* Reason: SIP;cause=200;text="cisco-alarm:23 Name=SEP... ActiveLoad=..." */
static void name_from_reason(sip_text reason, char name[130]) {
    static const char key[] = " Name=";
    for (size_t i = 0; i + sizeof key - 1 < reason.length; i++) {
        if (memcmp(reason.at + i, key, sizeof key - 1) == 0) {
            sip_text found = {reason.at + i + sizeof key - 1, 0};
            while (found.at + found.length < reason.at + reason.length && found.at[found.length] != ' ' &&
                   found.at[found.length] != '"') {
                found.length++;
            }
            (void)sip_text_copy(found, name, 130);
            return;
        }
    }
}

static bool is_device_name(const char *name) {
    for (; *name != '\0'; name++) {
        if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9') ||
              *name == '.' || *name == '_' || *name == '-')) {
            return false;
        }
    }
    return true;
}

static bool read_contact(register_request *request) {
    const sip_text value = sip_message_header(request->message, SIP_CONTACT);
    sip_text found;
    uint64_t number = 0;
    if (request->message->first[SIP_CONTACT] < 0) {
        return true;
    }
    if (sip_text_is(value, "*")) {
        request->star = true;
        return request->message->first[SIP_EXPIRES] >= 0 && request->expires_s == 0;
    }
    if (!sip_name_address_parse(value, &request->contact)) {
        return false;
    }
    request->has_contact = true;
    request->keep_alive = sip_param(request->contact.params, "cisco-keep-alive", &found);
    if (sip_param(request->contact.params, "expires", &found)) {
        request->expires_s = sip_text_number(found, 0xffffffffu, &number) ? (uint32_t)number : UNASKED_S;
    }
    if (sip_param(request->contact.params, "+u.sip!devicename.ccm.cisco.com", &found)) {
        request->named = sip_text_copy(found, request->device_name, sizeof request->device_name) && found.length > 0;
    }
    if (!request->named && sip_param(request->contact.params, "+sip.instance", &found)) {
        name_from_instance(found, request->device_name);
        request->named = request->device_name[0] != '\0';
    }
    if (sip_param(request->contact.params, "+u.sip!model.ccm.cisco.com", &found) &&
        sip_text_number(found, 0xffffffu, &number)) {
        request->model_number = (uint32_t)number;
    }
    return true;
}

/* False when it is malformed. */
static bool read_request(const sip_message *message, const sip_flow *flow, register_request *request) {
    sip_name_address to;
    sip_uri uri;
    uint64_t number = 0;
    memset(request, 0, sizeof *request);
    request->message = message;
    request->flow = flow;
    request->expires_s = UNASKED_S;
    if (message->first[SIP_EXPIRES] >= 0 && sip_text_number(sip_message_header(message, SIP_EXPIRES), 0xffffffffu, &number)) {
        request->expires_s = (uint32_t)number;
    }
    if (!sip_name_address_parse(sip_message_header(message, SIP_TO), &to) || !sip_uri_parse(to.uri, &uri) ||
        !read_contact(request)) {
        return false;
    }
    if (!sip_unescape(uri.user, request->user, sizeof request->user)) {
        return false;
    }
    if (!request->named) {
        name_from_reason(sip_message_header(message, SIP_REASON), request->device_name);
        request->named = request->device_name[0] != '\0';
    }
    return is_device_name(request->device_name);
}

/* ---- answering ---- */

static void refuse(call_manager *manager, const register_request *request, int status, const char *warning) {
    sj_log_debug(manager->scope, "REGISTER of %s answered %d: %s", request->named ? request->device_name : request->user,
                 status, warning);
    sip_answer(manager, request->message, request->flow, status, warning);
}

/* The phone's own contact comes back with all its parameters, but with the time granted. */
static void put_contact(sip_writer *writer, const register_request *request, uint32_t granted_s, bool fresh) {
    const sip_text params = request->contact.params;
    size_t i = 0;
    sip_put(writer, "Contact: <");
    sip_put_value(writer, request->contact.uri);
    sip_put(writer, ">");
    while (i < params.length) {
        sip_text one = {params.at + i, 1};
        bool quoted = false;
        while (i + one.length < params.length && (quoted || params.at[i + one.length] != ';')) {
            quoted = params.at[i + one.length] == '"' ? !quoted : quoted;
            one.length++;
        }
        i += one.length;
        if (one.length < 9 || strncasecmp(one.at, ";expires=", 9) != 0) {
            sip_put_value(writer, one);
        }
    }
    sip_put(writer, ";expires=");
    sip_put_number(writer, granted_s);
    sip_put(writer, fresh ? ";x-cisco-newreg\r\n" : "\r\n");
}

static const char remotecc_response[] =
    "<?xml version=\"1.0\" "
    "encoding=\"UTF-8\"?>\r\n<x-cisco-remotecc-response>\r\n<response>\r\n<code>200</code>\r\n<optionsind>\r\n"
    "<combine max=\"6\">\r\n<service-control/>\r\n</combine>\r\n<dialog usage=\"hook status\">\r\n<unot/>\r\n</dialog>\r\n"
    "</optionsind>\r\n</response>\r\n</x-cisco-remotecc-response>\r\n";

static void accept_request(call_manager *manager, const register_request *request, uint32_t granted_s, bool cisco, bool fresh) {
    sip_writer writer = call_manager_writer(manager);
    const sip_flow to = sip_answer_flow(request->message, request->flow);
    const bool with_body = cisco && request->message->body.length > 0 && granted_s > 0;
    char tag[SIP_TAG];
    call_manager_token(manager, tag);
    sip_put_answer_head(&writer, request->message, 200, "OK", tag, &request->flow->remote);
    sip_put(&writer, "Date: ");
    sip_put(&writer, call_manager_date(manager));
    sip_put(&writer, "\r\nServer: Sojourn/" SOJOURN_VERSION "\r\n");
    if (request->has_contact && (granted_s > 0 || request->keep_alive)) {
        put_contact(&writer, request, granted_s, fresh && cisco);
    }
    sip_put(&writer, "Expires: ");
    sip_put_number(&writer, granted_s);
    sip_put(&writer, cisco ? "\r\nSupported: X-cisco-srtp-fallback,X-cisco-sis-8.0.0\r\n" : "\r\n");
    sip_put_body(&writer, sip_text_of(with_body ? "application/x-cisco-remotecc-response+xml" : ""),
                 sip_text_of(with_body ? remotecc_response : ""));
    if (!writer.overflow) {
        (void)sip_transport_send(&manager->transport, &to, writer.data, writer.used);
    }
}

/* ---- authorising ---- */

/* Why this phone may not register over this transport, or "". */
static const char *transport_fault(const device *of, sip_transport_kind transport) {
    if (!of->sip) {
        return "The phone is configured for SCCP";
    }
    switch (of->transport) {
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TCP: return transport == SIP_TCP ? "" : "The security profile asks for TCP";
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_UDP: return transport == SIP_UDP ? "" : "The security profile asks for UDP";
    case SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS: return transport == SIP_TLS ? "" : "The security profile asks for TLS";
    default: return transport != SIP_TLS ? "" : "The security profile asks for TCP or UDP";
    }
}

/* Whether the request may go on; otherwise it has been answered. */
static bool authorise(call_manager *manager, const register_request *request, const device *of, registration *old,
                      nonce_mark *proof) {
    char text[SECURE_PHONE_FAULT];
    const char *fault = secure_phone_fault(manager, of, request->flow, text);
    fault = fault[0] != '\0' ? fault : transport_fault(of, request->flow->transport);
    if (fault[0] != '\0') {
        refuse(manager, request, 403, fault);
        return false;
    }
    return !of->digest || authorization_prove(manager, request->message, request->flow, of, old, proof);
}

/* The phone of a digest user who has proved to be it; NULL when the request has been answered. */
static device *identify_by_credentials(call_manager *manager, const register_request *request) {
    device *found = NULL;
    char user[130];
    if (!authorization_prove_user(manager, request->message, request->flow, user)) {
        return NULL;
    }
    if (device_load_by_digest_user(manager->scope, user, &found, NULL) != SJ_OK) {
        refuse(manager, request, 404, "The digest user has no phone");
    }
    return found;
}

/* A plain phone that names no device: known by the contact it registered before; else its address of record is its name or its
 * digest user; else it is the phone of the digest user it proves to be. */
static device *identify_plain(call_manager *manager, const register_request *request, registration **old) {
    device *found = NULL;
    if (request->has_contact) {
        *old = registration_by_contact(manager->registrations, request->contact.uri);
        if (*old != NULL && !(*old)->cisco && sip_flow_same_host(&(*old)->flow, request->flow)) {
            return registrar_device(manager, *old);
        }
        *old = NULL;
    }
    if (request->user[0] == '\0' ||
        ((!is_device_name(request->user) || device_load(manager->scope, request->user, true, &found, NULL) != SJ_OK) &&
         device_load_by_digest_user(manager->scope, request->user, &found, NULL) != SJ_OK)) {
        found = identify_by_credentials(manager, request);
    }
    if (found == NULL) {
        return NULL;
    }
    found->generation = manager->generation;
    *old = registration_find(manager->registrations, found->name);
    if (*old != NULL) {
        device_free(found);
        return registrar_device(manager, *old);
    }
    return found;
}

/* The device that registers, or NULL when the request has been answered. *old: its registration, then it owns the device. */
static device *identify(call_manager *manager, const register_request *request, registration **old) {
    device *found = NULL;
    sj_error error;
    int status;
    *old = NULL;
    if (!request->named) {
        found = identify_plain(manager, request, old);
        if (found == NULL && *old != NULL) {
            refuse(manager, request, 404, "The phone is not configured in this cluster any more");
        }
        return found;
    }
    *old = registration_find(manager->registrations, request->device_name);
    if (*old != NULL) {
        found = registrar_device(manager, *old);
        if (found == NULL && request->expires_s == 0) {
            return (*old)->device; /* the phone unregisters */
        }
        if (found == NULL) {
            refuse(manager, request, 404, "The phone is not configured in this cluster any more");
        }
        return found;
    }
    status = device_load(manager->scope, request->device_name, true, &found, &error);
    if (status == SJ_E_NOT_FOUND) {
        char why[160] = "The phone is not configured in this cluster";
        if (!request->has_contact || request->expires_s == 0 ||
            !auto_registration_begin(manager, request->message, request->flow, request->device_name, request->model_number,
                                     why)) {
            (void)refusals_note(manager, REFUSED_PHONE, request->flow, "phone %s may not register: %s", request->device_name,
                                why);
            refuse(manager, request, 404, why);
        }
    } else if (status != SJ_OK) {
        sj_log_warning(manager->scope, "phone %s cannot register: %s", request->device_name, error.text);
        refuse(manager, request, 500, "The phone's configuration cannot be read");
    } else {
        found->generation = manager->generation;
    }
    return found;
}

/* ---- binding ---- */

void registrar_count(call_manager *manager) {
    const registration_table *table = manager->registrations;
    const double count = (double)table->by_name.count;
    sj_metric_set(manager->scope, manager->metric_registrations, count);
    sj_metric_set(manager->scope, manager->metric_bytes, count > 0 ? (double)registration_table_bytes(table) / count : 0);
}

static void publish_registered(call_manager *manager, const registration *of) {
    sj_device_registered event;
    char address[SJ_ADDRESS_TEXT];
    memset(&event, 0, sizeof event);
    event.device_name = of->device->name;
    event.port = sj_address_format(&of->flow.remote, address, sizeof address);
    event.address = address;
    event.transport = (sj_device_registered_transport)of->flow.transport;
    event.user_agent = of->user_agent;
    event.model_number = of->model_number;
    event.live = of->device->live;
    event.trace_id = "";
    sj_log_info(manager->scope, "phone %s is registered from %s:%d over %s%s%s", of->device->name, address, (int)event.port,
                sip_transport_text(of->flow.transport), of->device->user_id[0] != '\0' ? " for user " : "",
                of->device->user_id);
    sj_publish_device_registered(manager->scope, manager->device_registered, &event);
}

int64_t registrar_left_ms(const call_manager *manager, const registration *of) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope);
    return of->expires_ms > now_ms ? (int64_t)(of->expires_ms - now_ms) : 0;
}

static void expired(wheel_timer *timer) {
    registration *of = HASH_OWNER(timer, registration, expiry);
    call_manager *manager = of->table->owner;
    if (of->expires_ms + grace_ms > sj_monotonic_ms(manager->scope) && !of->device->removed) {
        registrar_watch(manager, of); /* it has been refreshed meanwhile */
        return;
    }
    registrar_remove(manager, of, of->device->removed ? "removed" : "expired");
}

void registrar_watch(call_manager *manager, registration *of) {
    const uint64_t now_ms = sj_monotonic_ms(manager->scope), end_ms = of->expires_ms + grace_ms;
    const uint64_t left_ms = of->device->removed ? removed_ms : end_ms > now_ms ? end_ms - now_ms : 0;
    timer_wheel_start(&manager->slow.wheel, &of->expiry, now_ms, left_ms, expired);
}

void registrar_remove(call_manager *manager, registration *of, const char *reason) {
    sj_device_unregistered event;
    char name[130];
    memset(&event, 0, sizeof event);
    (void)snprintf(name, sizeof name, "%s", of->device->name);
    event.device_name = name;
    event.reason = reason;
    timer_wheel_stop(&manager->slow.wheel, &of->expiry);
    registration_store_forget(manager, of);
    authorization_forget(manager, of);
    registration_remove(of);
    registrar_count(manager);
    sj_log_info(manager->scope, "phone %s is not registered any more (%s)", name, reason);
    sj_publish_device_unregistered(manager->scope, manager->device_unregistered, &event);
}

static uint32_t granted(call_manager *manager, const register_request *request) {
    const uint32_t most = (uint32_t)sj_param_ccm_sip_station_keep_alive_interval(manager->scope);
    return request->expires_s < most ? request->expires_s : most;
}

/* Over UDP a phone listens where its Contact says, unless that is an address of its own network behind a translator. */
static sip_flow binding_flow(const register_request *request) {
    sip_flow flow = *request->flow;
    sip_uri uri;
    sj_address named;
    if (flow.transport == SIP_UDP && sip_uri_parse(request->contact.uri, &uri) && sip_uri_address(&uri, 5060, &named) &&
        named.any.sa_family == flow.remote.any.sa_family) {
        sj_address seen = flow.remote;
        if (named.any.sa_family == AF_INET6) {
            seen.v6.sin6_port = named.v6.sin6_port;
        } else {
            seen.v4.sin_port = named.v4.sin_port;
        }
        if (sj_address_equal(&seen, &named)) {
            flow.remote = named;
        }
    }
    return flow;
}

/* registration_put for a registration that may be watched and waiting to be saved: without memory it stays as it was. */
static registration *put_registration(call_manager *manager, registration *old, device *with, const registration_facts *facts) {
    const bool unsaved = old != NULL && old->unsaved_at != NULL;
    registration *now;
    if (old != NULL) { /* it may be replaced */
        timer_wheel_stop(&manager->slow.wheel, &old->expiry);
        registration_store_forget_pending(old);
    }
    now = registration_put(manager->registrations, old, with, facts);
    if (now != NULL || old != NULL) {
        registrar_watch(manager, now != NULL ? now : old);
    }
    if (unsaved) {
        registration_store_changed(manager, now != NULL ? now : old);
    }
    return now;
}

static void bind_contact(call_manager *manager, const register_request *request, device *with, registration *old,
                         nonce_mark proof) {
    registration_facts facts;
    registration *now;
    const sip_flow flow = binding_flow(request);
    const bool moved = old == NULL || !sip_flow_equal(&old->flow, &flow);
    bool fresh = old == NULL || !sip_text_is(sip_message_header(request->message, SIP_CALL_ID), old->call_id);
    memset(&facts, 0, sizeof facts);
    facts.flow = flow;
    facts.contact = request->contact.uri;
    facts.call_id = sip_message_header(request->message, SIP_CALL_ID);
    facts.user_agent = sip_message_header(request->message, SIP_USER_AGENT);
    facts.cseq = request->message->cseq;
    facts.granted_s = granted(manager, request);
    facts.model_number = request->model_number;
    facts.cisco = request->named;
    facts.now_ms = sj_wall_ms(manager->scope);
    facts.clock_ms = sj_monotonic_ms(manager->scope);
    const bool changed = moved || fresh || !sip_text_is(request->contact.uri, old->contact);
    now = old != NULL && !changed ? registration_put(manager->registrations, old, NULL, &facts)
                                  : put_registration(manager, old, old == NULL ? with : NULL, &facts);
    if (now == NULL) {
        refuse(manager, request, 503, "Out of memory");
        return;
    }
    if (proof.serial != 0) {
        now->nonces[0] = proof;
    }
    if (changed) {
        registration_store_changed(manager, now);
    }
    accept_request(manager, request, facts.granted_s, now->cisco, fresh);
    if (moved) {
        sip_transport_prove(&manager->transport, &now->flow);
        registrar_count(manager);
        publish_registered(manager, now);
    }
    if ((moved || fresh) && now->cisco && remote_control_is_spoken(request->message)) {
        remote_control_tell_all(manager, now);
    }
}

/* Order of requests within one Call-ID. True when the request is to be treated; otherwise it has been answered. */
static bool in_order(call_manager *manager, const register_request *request, const registration *old) {
    const sip_text call_id = sip_message_header(request->message, SIP_CALL_ID);
    if (old == NULL || !sip_text_is(call_id, old->call_id) || request->message->cseq > old->cseq ||
        !sip_flow_same_host(&old->flow, request->flow)) {
        return true;
    }
    if (request->message->cseq == old->cseq) { /* repeated: the answer was lost */
        const int64_t left_ms = registrar_left_ms(manager, old);
        accept_request(manager, request, left_ms > 0 ? (uint32_t)((left_ms + 999) / 1000) : 1, old->cisco, false);
    } else {
        refuse(manager, request, 500, "CSeq is lower than one seen before");
    }
    return false;
}

/* A phone whose name is all that it shows keeps its registration until it has gone from where it is. */
static bool may_move(call_manager *manager, const register_request *request, const device *with, registration *old) {
    if (old == NULL || request->moved || with->digest || with->removed || sip_flow_same_host(&old->flow, request->flow) ||
        with->security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE) { /* its certificate names it */
        return true;
    }
    if (request->expires_s == 0) {
        (void)refusals_note(manager, REFUSED_MOVE, request->flow, "phone %s cannot be taken off from elsewhere", with->name);
        refuse(manager, request, 403, "The phone is registered at another address");
    } else {
        address_check_begin(manager, request->message, request->flow, old);
    }
    return false;
}

static void receive(call_manager *manager, const sip_message *message, const sip_flow *flow, bool moved) {
    register_request request;
    registration *old = NULL;
    nonce_mark proof = {0, 0};
    device *with;
    if (!read_request(message, flow, &request)) {
        sip_answer(manager, message, flow, 400, "To, Contact, Expires or device name cannot be read");
        return;
    }
    request.moved = moved;
    with = identify(manager, &request, &old);
    if (with == NULL) {
        return;
    }
    const bool ours = with->registration == NULL;       /* otherwise it goes with its registration */
    if (request.keep_alive && request.expires_s == 0) { /* a standby node is asked whether it lives: no binding is touched */
        accept_request(manager, &request, 0, true, false);
    } else if (in_order(manager, &request, old) && authorise(manager, &request, with, old, &proof) &&
               may_move(manager, &request, with, old)) {
        if (request.expires_s == 0 && (request.star || request.has_contact)) {
            accept_request(manager, &request, 0, request.named, false);
            if (old != NULL) {
                registrar_remove(manager, old, "by_phone");
            }
        } else if (request.star) {
            refuse(manager, &request, 400, "Contact: * needs Expires: 0");
        } else if (!request.has_contact) { /* a query */
            refuse(manager, &request, 400, "A Contact is expected");
        } else if (request.expires_s < SHORTEST_S) {
            refuse(manager, &request, 423, "Registrations last at least 5 seconds");
        } else {
            bind_contact(manager, &request, with, old, proof);
            return; /* the device has been taken */
        }
    }
    if (ours) {
        device_free(with);
    }
}

void registrar_receive(call_manager *manager, const sip_message *message, const sip_flow *flow) {
    receive(manager, message, flow, false);
}

void registrar_receive_moved(call_manager *manager, const sip_message *message, const sip_flow *flow) {
    receive(manager, message, flow, true);
}

/* ---- changes from elsewhere ---- */

/* A plain phone can be called where its Contact says even without the connection it came over; false when it cannot. */
static bool fall_back_to_contact(call_manager *manager, registration *of) {
    registration_facts facts;
    registration *now;
    sip_uri uri;
    memset(&facts, 0, sizeof facts);
    facts.flow = of->flow;
    facts.cisco = of->cisco;
    facts.model_number = of->model_number;
    if (of->cisco || of->flow.transport != SIP_TCP || !sip_uri_parse(sip_text_of(of->contact), &uri) ||
        !sip_uri_address(&uri, 5060, &facts.flow.remote)) {
        return false;
    }
    if (sip_flow_equal(&facts.flow, &of->flow)) {
        return true;
    }
    facts.contact = sip_text_of(of->contact);
    facts.call_id = sip_text_of(of->call_id);
    facts.user_agent = sip_text_of(of->user_agent);
    facts.cseq = of->cseq;
    facts.granted_s = of->granted_s;
    facts.now_ms = of->registered_at_ms;
    facts.clock_ms = of->expires_ms - (uint64_t)of->granted_s * 1000;
    now = put_registration(manager, of, NULL, &facts);
    if (now != NULL) {
        registration_store_changed(manager, now);
    }
    return now != NULL; /* without memory it is taken off, and will register again */
}

void registrar_connection_closed(call_manager *manager, const sip_flow *flow) {
    registration *next;
    for (registration *of = registration_from(manager->registrations, flow, NULL); of != NULL; of = next) {
        next = registration_from(manager->registrations, flow, of);
        if (!fall_back_to_contact(manager, of)) {
            registrar_remove(manager, of, "connection_closed");
        }
    }
}

device *registrar_device(call_manager *manager, registration *of) {
    device *fresh = NULL;
    sj_error error;
    int status;
    if (of->device->removed) {
        registrar_device_changed(manager, of->device->name);
        return of->device->removed ? NULL : of->device;
    }
    if (of->device->generation == manager->generation) {
        return of->device;
    }
    status = device_load(manager->scope, of->device->name, true, &fresh, &error);
    if (status == SJ_OK) {
        fresh->generation = manager->generation;
        registration_set_device(of, fresh);
    } else if (status == SJ_E_NOT_FOUND) {
        registrar_device_changed(manager, of->device->name);
        return NULL;
    }
    return of->device; /* a store that cannot answer now leaves the phone as it was */
}

void registrar_device_changed(call_manager *manager, const char *device_name) {
    registration *of = registration_find(manager->registrations, device_name);
    device *fresh = NULL;
    sj_error error;
    int status;
    if (of == NULL) {
        return;
    }
    status = device_load(manager->scope, device_name, true, &fresh, &error);
    if (status == SJ_OK) {
        const bool before = of->device->do_not_disturb;
        fresh->generation = manager->generation;
        registration_set_device(of, fresh);
        registrar_watch(manager, of);
        remote_control_tell_do_not_disturb(manager, of);
        if (before != of->device->do_not_disturb) {
            feature_events_tell(manager, of->device->name);
        }
    } else if (status == SJ_E_NOT_FOUND) {
        if (!of->device->removed) {
            /* It is kept for a moment, without rights, so that it can still be told to reset. */
            of->device->removed = true;
            registrar_watch(manager, of);
        }
    } else {
        sj_log_warning(manager->scope, "phone %s keeps its old configuration: %s", device_name, error.text);
    }
}
