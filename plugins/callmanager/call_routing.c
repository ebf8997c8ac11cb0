/* Finds who calls, and turns an analysed number into the phones or trunks that are tried. */
#include "call_routing.h"
#include "authorization.h"
#include "registrar.h"

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
    char number[DIGITS_MAX];
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
        if (phone->digest) {
            const digest_verdict verdict = authorization_check(manager, request, flow, phone, from);
            if (verdict != DIGEST_RIGHT) {
                if (verdict == DIGEST_WRONG) {
                    sip_answer(manager, request, flow, 403, "The digest credentials are not those of the phone's digest user");
                } else {
                    digest_credentials credentials;
                    authorization_challenge(manager, request, flow, authorization_find(request, &credentials));
                }
                return false;
            }
        }
        origin_of_phone(manager, phone, number, origin);
        return true;
    }
    if (trunk_identify(manager, request, flow, &origin->trunk, &error) != SJ_OK) {
        sj_log_info(manager->scope, "a call is refused: %s", error.text);
        sip_answer(manager, request, flow, 403, error.text);
        return false;
    }
    identity_from_trunk(request, origin);
    origin_of_trunk(origin);
    return true;
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
        .external_mask = origin->line != NULL ? origin->line->mask : "",
        .device_pool = from != NULL ? from->device_pool : origin->trunk.device_pool,
        .emcc = from != NULL && from->emcc,
        .adjunct_css = from != NULL ? from->adjunct_css : "",
        .turn = manager->turn,
    };
    return number_routing(&manager->plan, &caller, digits, route);
}

static size_t phone_targets(call_manager *manager, const call_origin *origin, const number_route *route, call_target *targets,
                            int *status, sj_error *reason) {
    size_t count = 0, busy = 0, registered = 0;
    device_line *line = NULL;
    while ((line = registration_lines(&manager->registrations, route->directory_number_key, line)) != NULL &&
           count < CALL_TARGETS_MAX) {
        const registration *to = line->device->registration;
        call_target *target = &targets[count];
        if (line->device == origin->device || line->device->removed) {
            continue;
        }
        registered++;
        if (line->calls >= line->busy_trigger || line->calls >= line->maximum_calls) {
            busy++;
            continue;
        }
        memset(target, 0, sizeof *target);
        target->flow = to->flow;
        target->cisco = to->cisco;
        (void)snprintf(target->uri, sizeof target->uri, "%s", to->contact);
        (void)snprintf(target->called, sizeof target->called, "%s", line->number);
        (void)snprintf(target->device_name, sizeof target->device_name, "%s", line->device->name);
        (void)snprintf(target->line_key, sizeof target->line_key, "%s", line->key);
        count++;
    }
    if (count == 0) {
        *status = registered > 0 ? 486 : 480;
        (void)sj_error_set(reason, SJ_E_UNAVAILABLE,
                           busy > 0 ? "All lines with the number %s are busy" : "No phone with the number %s is registered",
                           route->digits);
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
            count += trunk_targets(manager, step->trunk, step->called, targets + count, CALL_TARGETS_MAX - count);
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
