/* Finds who calls, and turns an analysed number into the phones or trunks that are tried. */
#include "calls/call_routing.h"
#include "calls/call_identity.h"
#include "calls/call_presentation.h"
#include "calls/emcc_proof.h"
#include "calls/intercom.h"
#include "core/refusals.h"
#include "dial_plan/directory_uris.h"
#include "dial_plan/intercom_numbers.h"
#include "phones/authorization.h"
#include "phones/registered_phone.h"
#include "phones/registrations.h"
#include "phones/secure_phone.h"

#include <sojourn/line_contact.h>

#include <stdio.h>

/* ---- who calls ---- */

static void origin_of_phone(struct call_manager *manager, struct device *device, const char *number,
                            struct call_origin *origin) {
    origin->device = device;
    origin->line = device_line_by_number(device, number);
    device_calling_search_spaces(&manager->plan, device, origin->line, &origin->spaces);
    if (origin->line != NULL) {
        origin->verified = true;
        (void)snprintf(origin->number, sizeof origin->number, "%s", line_number(origin->line));
        (void)snprintf(origin->name, sizeof origin->name, "%s", line_display(origin->line));
        directory_uris_primary(&manager->plan, origin->line->key, origin->uri);
    }
}

static void origin_of_trunk(struct call_origin *origin) {
    calling_search_spaces_of_phone(origin->trunk.calling_search_space, "", &origin->spaces);
}

static const char *trunk_name(const struct call_origin *origin) {
    return origin->trunk.trunk == NULL ? "" : origin->trunk.trunk->name;
}

bool call_identify(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow, struct call_origin *origin) {
    char number[DIGITS_MAX], fault[SECURE_PHONE_FAULT];
    struct registration *registration;
    sj_error error;
    memset(origin, 0, sizeof *origin);
    sip_address_user(sip_message_header(request, SIP_FROM), number, sizeof number);
    registration = request->first[SIP_X_SOJOURN_EMCC] >= 0
                       ? NULL
                       : registered_phone_by_number(manager, request, flow, number);
    if (registration != NULL) {
        struct device *phone = registrations_device(manager, registration);
        if (phone == NULL) {
            sip_answer(manager, request, flow, 403,
                       "The phone is no longer configured in this cluster");
            return false;
        }
        struct nonce_mark proof;
        if (secure_phone_fault(manager, phone, flow, fault)[0] != '\0') {
            sip_answer(manager, request, flow, 403, fault);
            return false;
        }
        if (phone->digest &&
            !authorization_prove(manager, request, flow, phone, registration, &proof)) {
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
    if (origin->trunk.lease[0] != '\0' &&
        !emcc_proof_check(manager, request, flow, &origin->trunk)) {
        return false;
    }
    sip_transport_prove(&manager->transport, flow);
    call_identity_read(request, call_presentation_trust(manager, trunk_name(origin)),
                       origin->number, origin->name, origin->uri, &origin->verified);
    origin_of_trunk(origin);
    return true;
}

bool call_origin_is_external(const struct call_origin *origin) {
    if (origin->forwarded) {
        return origin->external;
    }
    return origin->device == NULL && origin->trunk.device_name[0] == '\0' &&
           origin->trunk.trunk != NULL &&
           origin->trunk.trunk->call_classification == SJ_SIP_TRUNK_CALL_CLASSIFICATION_OFF_NET;
}

bool call_origin_is_trunk(const struct call_origin *origin) {
    return origin->forwarded ? origin->from_trunk
                             : origin->device == NULL && origin->trunk.trunk != NULL;
}

const char *call_origin_device(const struct call_origin *origin) {
    return origin->device != NULL ? origin->device->name : origin->device_name;
}

int call_origin_by_name(struct call_manager *manager, const char *name, const char *line,
                        struct call_origin *origin, sj_error *error) {
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, name);
    struct device *phone = NULL;
    int status;
    memset(origin, 0, sizeof *origin);
    if (trunk != NULL) {
        trunk_caller_of(manager, trunk, &origin->trunk);
        origin_of_trunk(origin);
        return SJ_OK;
    }
    status = device_load(manager->scope, name, true, &phone, error);
    if (status == SJ_E_NOT_FOUND) {
        return sj_error_field(error, SJ_E_NOT_FOUND, "device_name",
                              "there is no phone and no trunk %s", name);
    }
    if (status == SJ_OK) {
        origin_of_phone(manager, phone, line, origin);
    }
    if (status == SJ_OK && line[0] != '\0' && strcmp(origin->number, line) != 0) {
        device_free(phone);
        origin->device = NULL;
        return sj_error_field(error, SJ_E_NOT_FOUND, "line", "phone %s has no line %s", name, line);
    }
    return status;
}

int call_origin_of_party(struct call_manager *manager, const struct call_leg *party,
                         struct call_origin *origin, sj_error *error) {
    if (party->trunk) {
        return party->returns ? call_origin_returned(manager, party->device_name, "", origin, error)
                              : call_origin_by_name(manager, party->device_name, "", origin, error);
    }
    struct registration *registration =
        registration_find(manager->registrations, party->device_name);
    struct device *phone =
        registration == NULL ? NULL : registrations_device(manager, registration);
    memset(origin, 0, sizeof *origin);
    if (phone == NULL) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "Phone %s is not registered any more",
                            party->device_name);
    }
    const struct device_line *line =
        party->line_key == NULL ? NULL : device_line_by_key(phone, party->line_key);
    origin_of_phone(manager, phone, line == NULL ? "" : line_number(line), origin);
    return SJ_OK;
}

int call_origin_returned(struct call_manager *manager, const char *device_name,
                         const char *cluster_id, struct call_origin *origin, sj_error *error) {
    memset(origin, 0, sizeof *origin);
    (void)snprintf(origin->trunk.device_name, sizeof origin->trunk.device_name, "%s", device_name);
    const int status = cluster_id[0] == '\0'
                           ? trunk_returned(manager, &origin->trunk, error)
                           : trunk_returned_from(manager, cluster_id, &origin->trunk, error);
    if (status == SJ_OK) {
        origin_of_trunk(origin);
    }
    return status;
}

int call_origin_from_cluster(struct call_manager *manager, const char *cluster_id,
                             struct call_origin *origin, sj_error *error) {
    memset(origin, 0, sizeof *origin);
    const int status = trunk_from_cluster(manager, cluster_id, &origin->trunk, error);
    if (status == SJ_OK) {
        origin_of_trunk(origin);
    }
    return status;
}

/* ---- where to ---- */

struct number_caller call_number_caller(const struct call_manager *manager,
                                        const struct call_origin *origin) {
    const struct device *device = origin->device;
    const struct number_caller caller = {
        .spaces = &origin->spaces,
        .number = origin->number,
        .external_mask = origin->line != NULL ? line_mask(origin->line) : origin->mask,
        .device_pool = device != NULL ? device->device_pool : origin->trunk.device_pool,
        .emcc = device != NULL && device->emcc,
        .adjunct_css = device != NULL ? device->login->adjunct_css : "",
        .turn = manager->turn + (origin->inquiry != NULL ? 1 : 0), /* as the next call's */
        .utc_s = origin->inquiry != NULL && origin->inquiry->utc_s != 0
                     ? origin->inquiry->utc_s
                     : sj_wall_ms(manager->scope) / 1000,
        .course = origin->inquiry != NULL ? origin->inquiry->course : NULL,
    };
    return caller;
}

/* Whether a phone has registered the contact that its file gives one of its lines: it then knows
 * each of them by its own. Any of them, as they may have been put in another order since. */
static bool knows_lines_by_contact(const struct device *phone, struct sip_text registered_user) {
    char contact[SJ_LINE_CONTACT_ROOM];
    for (size_t i = 0; i < phone->line_count; i++) {
        sj_line_contact(phone->name, phone->lines[i].key, contact);
        if (sip_text_is(registered_user, contact)) {
            return true;
        }
    }
    return false;
}

/* The URI at which a line is called: with the line's contact, or, on a phone that does not know its
 * lines by these, the one that it has registered. */
static void line_uri(const struct device_line *line, char *uri, size_t room) {
    const char *registered = line_device(line)->registration->contact;
    struct sip_uri parsed;
    if (line_device(line)->registration->cisco && sip_uri_parse(sip_text_of(registered), &parsed) &&
        knows_lines_by_contact(line_device(line), parsed.user)) {
        char contact[SJ_LINE_CONTACT_ROOM];
        sj_line_contact(line_device(line)->name, line->key, contact);
        (void)snprintf(uri, room, "%.*s%s%s", (int)(parsed.user.at - registered), registered,
                       contact, parsed.user.at + parsed.user.length);
    } else {
        (void)snprintf(uri, room, "%s", registered);
    }
}

void call_line_target(const struct device_line *line, struct call_target *target) {
    const struct device *phone = line_device(line);
    memset(target, 0, sizeof *target);
    if (phone->registration == NULL) {
        target->assumed = line_device(line);
        target->cisco = !phone->third_party;
    } else {
        target->flow = phone->registration->flow;
        target->cisco = phone->registration->cisco;
        line_uri(line, target->uri, sizeof target->uri);
    }
    target->visitor = phone->emcc;
    target->ringer_off = phone->do_not_disturb;
    /* Cisco's phones do it by their file. Who is in a call, or not to be disturbed, is rung. */
    target->answers = line->answers && !target->cisco && line->calls == 0 && !phone->do_not_disturb;
    (void)snprintf(target->called, sizeof target->called, "%s", line_number(line));
    (void)snprintf(target->device_name, sizeof target->device_name, "%s", phone->name);
    (void)snprintf(target->line_key, sizeof target->line_key, "%s", line->key);
}

size_t call_phone_targets(struct call_manager *manager, const char *directory_number,
                          const struct reach_query *query, struct call_target *targets, size_t room,
                          struct number_reach *phones) {
    const struct device_line *lines[CALL_TARGETS_MAX];
    *phones = number_reach_find(manager, directory_number, query, lines,
                                room < CALL_TARGETS_MAX ? room : CALL_TARGETS_MAX);
    const bool intercom = intercom_number(&manager->plan, directory_number);
    for (size_t i = 0; i < phones->free; i++) {
        call_line_target(lines[i], &targets[i]);
        targets[i].answers = targets[i].answers && phones->registered == 1; /* no shared line */
        if (intercom) {
            intercom_target(&targets[i]);
        }
    }
    return phones->free;
}

const struct device *call_target_phone(const struct call_manager *manager,
                                       const struct call_target *target) {
    const struct registration *registration =
        target->trunk || target->assumed != NULL
            ? NULL
            : registration_find(manager->registrations, target->device_name);
    return registration != NULL ? registration->device : target->assumed;
}

void call_phones_explain(const struct number_reach *phones, const char *digits, sj_error *reason) {
    (void)sj_error_set(reason, SJ_E_UNAVAILABLE,
                       phones->registered == 0   ? "No phone with the number %s is registered"
                       : phones->undisturbed > 0 ? "%s: Do Not Disturb is on"
                                                 : "All lines with the number %s are busy",
                       digits);
}

static size_t route_targets(struct call_manager *manager, const struct call_origin *origin,
                            const struct number_route *route, struct call_target *targets,
                            int *status, sj_error *reason) {
    size_t count = 0;
    *status = 503;
    (void)sj_error_set(reason, SJ_E_UNAVAILABLE, "%s",
                       route->steps.note[0] != '\0' ? route->steps.note
                                                    : "no trunk has a usable destination");
    for (size_t i = 0; i < route->steps.count && count < CALL_TARGETS_MAX; i++) {
        const struct route_step *step = &route->steps.steps[i];
        if (step->kind == ROUTE_RETURN_TO_VISITING_CLUSTER) {
            count += trunk_return_targets(manager, origin->device, step->called, targets + count,
                                          CALL_TARGETS_MAX - count, reason);
        } else {
            const size_t first = count;
            count += trunk_targets(manager, step->trunk, step->called, targets + count,
                                   CALL_TARGETS_MAX - count, reason);
            for (size_t j = first; j < count; j++) {
                memcpy(targets[j].calling, step->calling, sizeof targets[j].calling);
                targets[j].calling_id = step->calling_id;
            }
        }
    }
    return count;
}

size_t call_targets(struct call_manager *manager, const struct call_origin *origin,
                    const struct number_route *route, struct call_target *targets, int *status,
                    sj_error *reason) {
    switch (route->outcome) {
    case NUMBER_ROUTE: return route_targets(manager, origin, route, targets, status, reason);
    case NUMBER_BLOCKED:
        if (route->codes.status != 0) {
            *status = route->codes.status;
            (void)sj_error_set(reason, SJ_E_DENIED, "Calls to %s: %s", route->digits,
                               route->codes.why);
            return 0;
        }
        *status = 403;
        (void)sj_error_set(reason, SJ_E_DENIED, "Calls to %s are blocked", route->digits);
        return 0;
    case NUMBER_LOOP:
        *status = 482;
        (void)sj_error_set(reason, SJ_E_CONFLICT, "Translation patterns lead in a circle");
        return 0;
    default:
        *status = 404;
        (void)sj_error_set(reason, SJ_E_NOT_FOUND, "No pattern within reach matches %s",
                           route->digits);
        return 0;
    }
}
