/* Finds who calls, and turns an analysed number into the phones or trunks that are tried. */
#include "calls/call_routing.h"
#include "calls/emcc_proof.h"
#include "phones/authorization.h"
#include "phones/registrar.h"
#include "phones/secure_phone.h"
#include "refusals.h"

#include <stdio.h>

/* ---- who calls ---- */

static void user_of(sip_text value, char *user, size_t room) {
    sip_name_address party;
    sip_uri uri;
    user[0] = '\0';
    if (sip_name_address_parse(value, &party) && sip_uri_parse(party.uri, &uri) && !sip_unescape(uri.user, user, room)) {
        user[0] = '\0';
    }
}

/* Several phones may share an address: then the number they call from decides, then the Contact they registered. */
static registration *registered_caller(call_manager *manager, const sip_message *request, const sip_flow *flow,
                                       const char *number) {
    registration *any = NULL;
    sip_name_address contact;
    const bool has_contact = sip_name_address_parse(sip_message_header(request, SIP_CONTACT), &contact);
    for (registration *here = registration_from(&manager->registrations, flow, NULL); here != NULL;
         here = registration_from(&manager->registrations, flow, here)) {
        const device_line *line = device_line_by_number(here->device, number);
        if (has_contact && sip_text_is(contact.uri, here->contact)) {
            return here;
        }
        if (any == NULL || (line != NULL && strcmp(line->number, number) == 0)) {
            any = here;
        }
    }
    if (any == NULL && has_contact) {
        registration *named = registration_by_contact(&manager->registrations, contact.uri);
        sj_address same = named == NULL ? flow->remote : named->flow.remote;
        if (same.any.sa_family == AF_INET6) {
            same.v6.sin6_port = flow->remote.v6.sin6_port;
        } else {
            same.v4.sin_port = flow->remote.v4.sin_port;
        }
        any = sj_address_equal(&same, &flow->remote) ? named : NULL; /* another port of the phone's address */
    }
    return any;
}

/* "0011aabbccdd" names SEP0011AABBCCDD. */
static bool name_from_mac(const char *user, char name[16]) {
    size_t length = 0;
    memcpy(name, "SEP", 4);
    for (; user[length] != '\0' && length < 13; length++) {
        const char c = user[length];
        const bool hex = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
        if (!hex || length == 12) {
            return false;
        }
        name[3 + length] = (char)(c >= 'a' ? c - 'a' + 'A' : c);
    }
    name[3 + length] = '\0';
    return length == 12;
}

registration *call_registered_phone(call_manager *manager, const sip_message *request, const sip_flow *flow) {
    char user[DIGITS_MAX], name[16];
    user_of(sip_message_header(request, SIP_FROM), user, sizeof user);
    if (name_from_mac(user, name)) {
        registration *named = registration_find(&manager->registrations, name);
        if (named != NULL) {
            return sip_flow_same_host(&named->flow, flow) ? named : NULL;
        }
    }
    return registered_caller(manager, request, flow, user);
}

registration *call_authorised_phone(call_manager *manager, const sip_message *request, const sip_flow *flow) {
    registration *phone = call_registered_phone(manager, request, flow);
    const device *with = phone == NULL ? NULL : registrar_device(manager, phone);
    char fault[SECURE_PHONE_FAULT];
    if (with == NULL) {
        sip_answer(manager, request, flow, 403, "No phone is registered from this address");
        return NULL;
    }
    if (secure_phone_fault(manager, with, flow, fault)[0] != '\0') {
        sip_answer(manager, request, flow, 403, fault);
        return NULL;
    }
    if (with->digest && !phone->cisco) { /* Cisco's phones do not answer such challenges: their address has to do */
        nonce_mark proof;
        return authorization_prove(manager, request, flow, with, phone, &proof) ? phone : NULL;
    }
    return phone;
}

static void origin_of_phone(call_manager *manager, device *from, const char *number, call_origin *origin) {
    origin->device = from;
    origin->line = device_line_by_number(from, number);
    device_calling_search_spaces(&manager->plan, from, origin->line, &origin->spaces);
    if (origin->line != NULL) {
        (void)snprintf(origin->number, sizeof origin->number, "%s", origin->line->number);
        (void)snprintf(origin->name, sizeof origin->name, "%s", origin->line->display);
    }
}

/* The caller's number and name as a trunk gives them: the asserted identity before the From. */
static void identity_from_trunk(const sip_message *request, call_origin *origin) {
    static const sip_header_name headers[] = {SIP_P_ASSERTED_IDENTITY, SIP_REMOTE_PARTY_ID, SIP_FROM};
    for (size_t i = 0; i < 3 && origin->number[0] == '\0'; i++) {
        sip_name_address party;
        user_of(sip_message_header(request, headers[i]), origin->number, sizeof origin->number);
        if (sip_name_address_parse(sip_message_header(request, headers[i]), &party)) {
            sip_display_copy(party.display, origin->name, sizeof origin->name);
        }
    }
}

static void origin_of_trunk(call_origin *origin) {
    calling_search_spaces_of_phone(origin->trunk.calling_search_space, "", &origin->spaces);
}

bool call_identify(call_manager *manager, const sip_message *request, const sip_flow *flow, call_origin *origin) {
    char number[DIGITS_MAX], fault[SECURE_PHONE_FAULT];
    registration *from;
    sj_error error;
    memset(origin, 0, sizeof *origin);
    user_of(sip_message_header(request, SIP_FROM), number, sizeof number);
    from = request->first[SIP_X_SOJOURN_EMCC] >= 0 ? NULL : registered_caller(manager, request, flow, number);
    if (from != NULL) {
        device *phone = registrar_device(manager, from);
        if (phone == NULL) {
            sip_answer(manager, request, flow, 403, "The phone is not configured in this cluster any more");
            return false;
        }
        nonce_mark proof;
        if (secure_phone_fault(manager, phone, flow, fault)[0] != '\0') {
            sip_answer(manager, request, flow, 403, fault);
            return false;
        }
        if (phone->digest && !authorization_prove(manager, request, flow, phone, from, &proof)) {
            return false;
        }
        origin_of_phone(manager, phone, number, origin);
        return true;
    }
    if (trunk_identify(manager, request, flow, &origin->trunk, &error) != SJ_OK) {
        (void)refusals_note(manager, REFUSED_CALL, flow, "a call is refused: %s", error.text);
        sip_answer(manager, request, flow, 403, error.text);
        return false;
    }
    if (origin->trunk.lease[0] != '\0' && !emcc_proof_check(manager, request, flow, &origin->trunk)) {
        return false;
    }
    sip_transport_prove(&manager->transport, flow);
    identity_from_trunk(request, origin);
    origin_of_trunk(origin);
    return true;
}

bool call_origin_is_external(const call_origin *origin) {
    return origin->device == NULL && origin->trunk.device_name[0] == '\0' && origin->trunk.trunk != NULL &&
           origin->trunk.trunk->call_classification == SJ_SIP_TRUNK_CALL_CLASSIFICATION_OFF_NET;
}

int call_origin_by_name(call_manager *manager, const char *name, call_origin *origin, sj_error *error) {
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, name);
    device *phone = NULL;
    int status;
    memset(origin, 0, sizeof *origin);
    if (trunk != NULL) {
        origin->trunk.trunk = trunk;
        (void)snprintf(origin->trunk.device_pool, sizeof origin->trunk.device_pool, "%s", trunk->device_pool);
        (void)snprintf(origin->trunk.calling_search_space, sizeof origin->trunk.calling_search_space, "%s",
                       trunk->calling_search_space);
        origin_of_trunk(origin);
        return SJ_OK;
    }
    status = device_load(manager->scope, name, true, &phone, error);
    if (status == SJ_E_NOT_FOUND) {
        return sj_error_field(error, SJ_E_NOT_FOUND, "device_name", "there is no phone and no trunk %s", name);
    }
    if (status == SJ_OK) {
        origin_of_phone(manager, phone, "", origin);
    }
    return status;
}

/* ---- where to ---- */

int call_analyse(call_manager *manager, const call_origin *origin, const char *digits, number_route *route) {
    const device *from = origin->device;
    const number_caller caller = {
        .spaces = &origin->spaces,
        .number = origin->number,
        .external_mask = origin->line != NULL ? origin->line->mask : origin->mask,
        .device_pool = from != NULL ? from->device_pool : origin->trunk.device_pool,
        .emcc = from != NULL && from->emcc,
        .adjunct_css = from != NULL ? from->adjunct_css : "",
        .turn = manager->turn,
    };
    return number_routing(&manager->plan, &caller, digits, route);
}

/* Makes one phone with that number anew whose configuration has changed. False when none was: all are as they should be. */
static bool refresh_one(call_manager *manager, const char *directory_number) {
    device_line *line = NULL;
    while ((line = registration_lines(&manager->registrations, directory_number, line)) != NULL) {
        registration *of = line->device->registration;
        if (line->device->generation != manager->generation && !line->device->removed) {
            (void)registrar_device(manager, of); /* which may replace its lines */
            return of->device->removed || of->device->generation == manager->generation;
        }
    }
    return false;
}

size_t call_phone_targets(call_manager *manager, const char *directory_number, const char *caller_device, call_target *targets,
                          forward_phones *phones) {
    device_line *line = NULL;
    memset(phones, 0, sizeof *phones);
    while (refresh_one(manager, directory_number)) {
    }
    while ((line = registration_lines(&manager->registrations, directory_number, line)) != NULL &&
           phones->free < CALL_TARGETS_MAX) {
        const device *phone = line->device;
        call_target *target = &targets[phones->free];
        if (phone->removed) {
            continue;
        }
        phones->registered++;
        if (strcmp(phone->name, caller_device) == 0 || line->calls >= line->busy_trigger ||
            line->calls >= line->maximum_calls) {
            continue;
        }
        if (phone->do_not_disturb && phone->call_reject) {
            phones->undisturbed++;
            continue;
        }
        memset(target, 0, sizeof *target);
        target->flow = phone->registration->flow;
        target->cisco = phone->registration->cisco;
        target->visitor = phone->emcc;
        target->ringer_off = phone->do_not_disturb;
        (void)snprintf(target->uri, sizeof target->uri, "%s", phone->registration->contact);
        (void)snprintf(target->called, sizeof target->called, "%s", line->number);
        (void)snprintf(target->device_name, sizeof target->device_name, "%s", phone->name);
        (void)snprintf(target->line_key, sizeof target->line_key, "%s", line->key);
        phones->free++;
    }
    return phones->free;
}

void call_phones_explain(const forward_phones *phones, const char *digits, sj_error *reason) {
    (void)sj_error_set(reason, SJ_E_UNAVAILABLE,
                       phones->registered == 0   ? "No phone with the number %s is registered"
                       : phones->undisturbed > 0 ? "%s does not want to be disturbed"
                                                 : "All lines with the number %s are busy",
                       digits);
}

static size_t phone_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                            int *status, sj_error *reason) {
    forward_phones phones;
    const size_t count = call_phone_targets(manager, route->directory_number_key,
                                            origin->device == NULL ? "" : origin->device->name, targets, &phones);
    if (count == 0) {
        *status = phones.registered > 0 ? 486 : 480;
        call_phones_explain(&phones, route->digits, reason);
    }
    return count;
}

static size_t route_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                            int *status, sj_error *reason) {
    size_t count = 0;
    *status = 503;
    (void)sj_error_set(reason, SJ_E_UNAVAILABLE, "%s",
                       route->steps.note[0] != '\0' ? route->steps.note : "no trunk has a usable destination");
    for (size_t i = 0; i < route->steps.count && count < CALL_TARGETS_MAX; i++) {
        const route_step *step = &route->steps.steps[i];
        if (step->kind == ROUTE_RETURN_TO_VISITING_CLUSTER) {
            count +=
                trunk_return_targets(manager, origin->device, step->called, targets + count, CALL_TARGETS_MAX - count, reason);
        } else {
            count += trunk_targets(manager, step->trunk, step->called, targets + count, CALL_TARGETS_MAX - count, reason);
        }
    }
    return count;
}

size_t call_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                    int *status, sj_error *reason) {
    switch (route->outcome) {
    case NUMBER_PHONE: return phone_targets(manager, origin, route, targets, status, reason);
    case NUMBER_ROUTE: return route_targets(manager, origin, route, targets, status, reason);
    case NUMBER_BLOCKED:
        *status = 403;
        (void)sj_error_set(reason, SJ_E_DENIED, "Calls to %s are blocked", route->digits);
        return 0;
    case NUMBER_LOOP:
        *status = 482;
        (void)sj_error_set(reason, SJ_E_CONFLICT, "Translation patterns lead in a circle");
        return 0;
    default:
        *status = 404;
        (void)sj_error_set(reason, SJ_E_NOT_FOUND, "Nothing within reach matches %s", route->digits);
        return 0;
    }
}
