/* Where a call goes next. A call that is forwarded keeps its caller and the caller's offer; whom it
 * had reached is let go. What forwarded calls may reach is the forwarding number's to say: the
 * caller's own calling search spaces do not count any more, nor does it that the caller is a
 * visitor, so that no forwarding sends a call back over the EMCC trunk. */
#include "calls/call_delivery.h"
#include "calls/call_admission.h"
#include "calls/call_alternate.h"
#include "calls/call_analysis.h"
#include "calls/call_callee.h"
#include "calls/call_codes.h"
#include "calls/call_decision.h"
#include "calls/call_history.h"
#include "calls/call_leg.h"
#include "calls/call_place.h"
#include "calls/code_guesses.h"
#include "calls/digit_collection.h"
#include "calls/header_passage.h"
#include "calls/hunt.h"
#include "calls/intercom.h"
#include "calls/message_waiting_number.h"
#include "calls/park.h"
#include "calls/pickup.h"
#include "calls/pickup_alert.h"
#include "calls/trunk_status.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"
#include "sip/release_cause.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

static void deliver(struct call *call, const struct call_origin *origin,
                    const struct call_destination *destination);

static const char *caller_device(const struct call *call) {
    return call->caller->trunk ? "" : call->caller->device_name;
}

static struct forward_point point_of(const struct call *call, const sj_directory_number *number) {
    return call_forward_point(call->manager, number, call->external, call->original_calling);
}

static void publish_forwarded(const struct call *call, const struct forward_hop *hop,
                              const struct forward_decision *decision) {
    sj_call_forwarded event;
    char shown[DIGITS_MAX];
    memset(&event, 0, sizeof event);
    event.call_id = call->id;
    event.forwarding_number = hop->number;
    event.destination = dial_codes_shown(&call->manager->plan, decision->destination, shown);
    event.reason = decision->reason;
    event.hops = (int64_t)forward_history_hops(&call->history);
    event.trace_id = call->trace_id;
    sj_metric_add(call->manager->scope, call->manager->metric_forwarded, 1);
    sj_publish_call_forwarded(call->manager->scope, call->manager->call_forwarded, &event);
}

/* Notes who forwards. False when the call has ended: a circle, or one time too many. */
static bool note_hop(struct call *call, const struct forward_hop *hop,
                     const struct forward_decision *decision) {
    const int64_t most = sj_param_ccm_forward_maximum_hop_count(call->manager->scope);
    char why[160], shown[DIGITS_MAX];
    call_trace(call, "%s %s to %s", hop->number, forward_reason_words(decision->reason),
               dial_codes_shown(&call->manager->plan, decision->destination, shown));
    switch (forward_history_add(&call->history, hop, (unsigned)most)) {
    case FORWARD_LOOP:
        (void)snprintf(why, sizeof why, "Forwarding leads in a circle back to %s", hop->number);
        call_end(call, NULL, 482, why);
        return false;
    case FORWARD_TOO_OFTEN:
        (void)snprintf(why, sizeof why, "Forwarded %u times: limit of forwarding hops reached",
                       forward_history_hops(&call->history));
        call_end(call, NULL, 480, why);
        return false;
    case FORWARD_NO_MEMORY: call_end(call, NULL, 503, "Out of memory"); return false;
    default: publish_forwarded(call, hop, decision); return true;
    }
}

/* The caller, as far as it is still known when a number sends the call on. */
static void origin_of(const struct call *call, struct call_origin *origin) {
    memset(origin, 0, sizeof *origin);
    origin->forwarded = true;
    origin->external = call->external;
    (void)snprintf(origin->number, sizeof origin->number, "%s", call->original_calling);
    (void)snprintf(origin->name, sizeof origin->name, "%s", call->calling_name);
    (void)snprintf(origin->mask, sizeof origin->mask, "%s", call->calling_mask);
    (void)snprintf(origin->device_name, sizeof origin->device_name, "%s", caller_device(call));
    (void)snprintf(origin->trunk.device_pool, sizeof origin->trunk.device_pool, "%s",
                   call->device_pool);
}

/* Whom it had reached, and what became of that, counts no more. */
void call_delivery_let_go(struct call *call, const char *reason) {
    call_drop_callees(call, reason);
    pickup_alert_end(call);
    call->rings_ms = 0;
    timer_wheel_stop(&call->manager->fast.wheel, &call->ring);
    timer_wheel_stop(&call->manager->fast.wheel, &call->attempt);
    free(call->targets);
    call->targets = NULL;
    call->target_count = call->next_target = 0;
    call->best_status = 0;
    free(call->refusal);
    free(call->unreachable);
    free(call->shortage);
    call->refusal = call->unreachable = call->shortage = NULL;
    header_passage_keep(NULL, call->caller, NULL);
    call->failover[0] = '\0';
    call->host[0] = call->route_string[0] = '\0';
    if (call->early_media) { /* another party answers the offer anew */
        call_leg_renew_tag(call->caller);
        call->early_media = false;
    }
}

/* The next 180 is passed on to a caller who has not been answered yet. */
static void await_ringing(struct call_leg *caller) {
    if (call_leg_unanswered(caller)) {
        caller->state = LEG_OFFERED;
    }
}

void call_delivery_forward(struct call *call, const struct forward_hop *hop,
                           const struct forward_decision *decision) {
    struct call_destination destination = {.host = ""};
    struct call_origin caller, origin;
    if (!note_hop(call, hop, decision)) {
        return;
    }
    call_delivery_let_go(call, REASON_NO_ANSWER);
    call_leg_answer(call->caller, 181, "", NULL);
    await_ringing(call->caller);
    origin_of(call, &caller);
    call_origin_forward(&caller, decision, &origin);
    (void)snprintf(destination.digits, sizeof destination.digits, "%s", decision->destination);
    deliver(call, &origin, &destination);
}

/* Sends the call from the number it has reached to another. */
static void forward(struct call *call, const sj_directory_number *number,
                    const struct forward_decision *decision) {
    struct forward_hop hop;
    call_forward_hop(call->route, call->number_key, number, decision->reason, &hop);
    call_delivery_forward(call, &hop, decision);
}

bool call_delivery_fails_over(struct call *call, int status) {
    struct call_destination destination;
    if (!call_failover_dialled(call->failover, status, &destination)) {
        return false;
    }
    struct kept_origin *kept = call->failover_origin;
    const struct call_origin *origin = kept_origin_find(call->manager, kept);
    if (origin == NULL) {
        return false;
    }
    call_trace(call, "cluster %s cannot be reached for %s: over the PSTN as %s",
               call->route->learned.cluster_id, call->dialled, call->failover);
    call_delivery_let_go(call, REASON_NO_ANSWER);
    await_ringing(call->caller);
    call->failover_origin = NULL;
    sj_metric_add(call->manager->scope, call->manager->metric_pstn_failovers, 1);
    deliver(call, origin, &destination);
    kept_origin_free(kept);
    return true;
}

/* Follows a decision at the number that the call has reached. False when it is to ring. */
static bool follow(struct call *call, const sj_directory_number *number,
                   const struct forward_decision *decision, const char *why) {
    if (decision->action == FORWARD_ON) {
        forward(call, number, decision);
        return true;
    }
    if (decision->action == FORWARD_REFUSE) {
        call_end(call, NULL, decision->status,
                 why[0] != '\0' ? why : sip_reason_phrase(decision->status));
        return true;
    }
    return false;
}

/* Nobody can be rung where a parked call goes back to (the phone is not registered, or busy): it is
 * sent on as if nobody had answered, where the number does not say what else. */
static struct forward_decision when_reverted(const struct forward_point *point,
                                             const struct forward_decision *decision) {
    const struct forward_decision not_answered = call_forwarding_not_answered(point);
    return decision->action == FORWARD_REFUSE && not_answered.action == FORWARD_ON ? not_answered
                                                                                   : *decision;
}

/* Whether the call goes back from a park number, and no number has sent it on since. */
static bool is_reverted(const struct call *call) {
    return call->park != NULL && call->redirection.by[0] != '\0' &&
           call->redirection.hops == call->history.count;
}

/* The number whose phones are being rung, as it is configured now. NULL: it is none, or not any
 * more. */
static const sj_directory_number *present_number(const struct call *call) {
    return call->at_phones ? dial_plan_directory_number(&call->manager->plan, call->number_key)
                           : NULL;
}

static void ring_over(struct wheel_timer *timer) {
    struct call *call = SJ_OWNER(timer, struct call, ring);
    const sj_directory_number *number = present_number(call);
    if (hunt_goes_on(call)) {
        hunt_not_answered(call);
    } else if (number != NULL) {
        const struct forward_point point = point_of(call, number);
        const struct forward_decision decision = call_forwarding_not_answered(&point);
        (void)follow(call, number, &decision, "No answer within the ring time");
    } else {
        call_end(call, NULL, 480, "No answer within the ring time");
    }
}

/* There is no bandwidth for the number's phones: it is called around the link that is full, or the
 * call ends. */
static void refused_for_shortage(struct call *call, const sj_directory_number *number) {
    struct call_destination destination = {.own = true};
    struct forward_decision decision;
    struct call_origin caller, origin;
    if (number == NULL && call_delivery_fails_over(call, 503)) {
        return;
    }
    if (number == NULL || !call_alternate_number(call, number, destination.digits)) {
        call_end(call, NULL, call_shortage_status(call->caller->trunk), NOT_ENOUGH_BANDWIDTH);
        return;
    }
    call_trace(call, "automated alternate routing dials %s through %s", destination.digits,
               call->aar_css);
    call->routed_around = true;
    call_delivery_let_go(call, REASON_NO_ANSWER);
    memset(&decision, 0, sizeof decision);
    (void)snprintf(decision.spaces[0], sizeof decision.spaces[0], "%s", call->aar_css);
    origin_of(call, &caller);
    call_origin_forward(&caller, &decision, &origin);
    deliver(call, &origin, &destination);
}

void call_delivery_refused(struct call *call, int status) {
    const sj_directory_number *number = present_number(call);
    if (pickup_refused(call)) {
        return;
    }
    if (hunt_goes_on(call)) {
        hunt_refused(call, status);
    } else if (status == 503 && call->shortage != NULL) {
        refused_for_shortage(call, number);
    } else if (number != NULL) {
        const struct forward_point point = point_of(call, number);
        const struct forward_decision refused = call_forwarding_refused(&point, status),
                                      decision = is_reverted(call) ? when_reverted(&point, &refused)
                                                                   : refused;
        (void)follow(call, number, &decision, status == 488 ? sj_or_empty(call->refusal) : "");
    } else if (!call_delivery_fails_over(call, status)) {
        char why[300];
        (void)snprintf(why, sizeof why, "%s",
                       call->unreachable != NULL && (status == 408 || status == 503)
                           ? call->unreachable
                       : call->refusal != NULL && (status == 488 || status == 403)
                           ? call->refusal
                           : sip_reason_phrase(status));
        call_end(call, NULL, status, why);
    }
}

/* What the phone itself could call from that line, but for what is reached through the adjunct CSS.
 */
static void spaces_of_phone(struct call_manager *manager, const struct call_leg *leg,
                            struct forward_decision *decision) {
    const struct registration *registration =
        registration_find(manager->registrations, leg->device_name);
    struct device_line *line = registration == NULL || leg->line_key == NULL
                                   ? NULL
                                   : device_line_by_key(registration->device, leg->line_key);
    struct calling_search_spaces spaces = {.count = 0};
    size_t count = 0;
    if (line != NULL) {
        device_calling_search_spaces(&manager->plan, registration->device, line, &spaces);
    }
    for (size_t i = 0; i < spaces.count && count < 2; i++) {
        if (strcmp(spaces.names[i], registration->device->login->adjunct_css) != 0) {
            (void)snprintf(decision->spaces[count], sizeof decision->spaces[count], "%s",
                           spaces.names[i]);
            count++;
        }
    }
}

void call_delivery_diverted(struct call *call, const struct call_leg *leg,
                            const char *destination) {
    struct forward_decision decision;
    const sj_directory_number *number = present_number(call);
    if (number == NULL) {
        call_delivery_refused(call, 480);
        return;
    }
    memset(&decision, 0, sizeof decision);
    decision.action = FORWARD_ON;
    decision.reason = SJ_FORWARD_REASON_DEFLECTION;
    (void)snprintf(decision.destination, sizeof decision.destination, "%s", destination);
    spaces_of_phone(call->manager, leg, &decision);
    forward(call, number, &decision);
}

void call_delivery_redirected(struct call *call, const struct call_leg *leg,
                              const struct sip_message *response) {
    char destination[DIGITS_MAX];
    struct sip_name_address contact;
    struct sip_uri uri;
    if (call->pickup != NULL ||
        !sip_name_address_parse(sip_message_header(response, SIP_CONTACT), &contact) ||
        !sip_uri_parse(contact.uri, &uri) || !sip_uri_user(&uri, destination, sizeof destination) ||
        destination[0] == '\0') {
        call_delivery_refused(call, 480);
        return;
    }
    call_delivery_diverted(call, leg, destination);
}

static void begin_to_ring(struct call *call, int64_t ring_s) {
    timer_wheel_start(&call->manager->fast.wheel, &call->ring,
                      sj_monotonic_ms(call->manager->scope), (uint64_t)ring_s * 1000, ring_over);
    call_try_targets(call);
}

static bool keep_targets(struct call *call, const struct call_target *targets) {
    call->targets = call->target_count == 0 ? NULL : malloc(call->target_count * sizeof *targets);
    if (call->targets != NULL) {
        memcpy(call->targets, targets, call->target_count * sizeof *targets);
    }
    return call->targets != NULL;
}

bool call_delivery_ring(struct call *call, const struct call_target *targets, size_t count,
                        int64_t ring_s) {
    call_delivery_let_go(call, REASON_NO_ANSWER);
    call->target_count = count;
    if (!keep_targets(call, targets)) {
        call->target_count = 0;
        return false;
    }
    begin_to_ring(call, ring_s);
    return true;
}

/* A trunk's SIP profile may say that a call rings less long than T301. */
static int64_t longest_ring_s(const struct call *call) {
    struct call_manager *manager = call->manager;
    const int64_t t301_s = sj_param_ccm_t301_timer(manager->scope);
    const int64_t expires_s =
        call->targets[0].trunk ? trunk_invite_expires_s(manager, call->targets[0].device_name) : 0;
    return expires_s > 0 && expires_s < t301_s ? expires_s : t301_s;
}

/* A directory number of this cluster. */
static void deliver_to_number(struct call *call, const struct call_decision *decision) {
    const sj_directory_number *number = decision->number;
    (void)snprintf(call->number_key, sizeof call->number_key, "%s",
                   call->route->directory_number_key);
    (void)snprintf(call->called_name, sizeof call->called_name, "%s",
                   sj_or_empty(number->alerting_name));
    const struct forward_point point = point_of(call, number);
    const struct forward_decision forwarding =
        is_reverted(call) ? when_reverted(&point, &decision->forwarding) : decision->forwarding;
    if (follow(call, number, &forwarding, decision->reason.text)) {
        return;
    }
    if (!keep_targets(call, call->manager->target_scratch)) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    pickup_alert_begin(call);
    begin_to_ring(call, decision->forwarding.ring_s);
}

/* Whatever else the digits lead to. */
static void deliver_elsewhere(struct call *call, const struct call_decision *decision) {
    call->called_name[0] = '\0';
    if (decision->target_count == 0) {
        if (!call_delivery_fails_over(call, decision->status)) {
            call_end(call, NULL, decision->status, decision->reason.text);
        }
    } else if (!keep_targets(call, call->manager->target_scratch)) {
        call_end(call, NULL, 503, "Out of memory");
    } else {
        begin_to_ring(call, longest_ring_s(call));
    }
}

/* What is dialled when the way to the other cluster fails: with the caller's own rights. */
static void keep_failover(struct call *call, const struct call_origin *origin) {
    kept_origin_free(call->failover_origin);
    call->failover_origin = NULL;
    if (call->route->learned.failover[0] != '\0') {
        call->failover_origin = kept_origin_new(origin);
    }
    (void)snprintf(call->failover, sizeof call->failover, "%s",
                   call->failover_origin == NULL ? "" : call->route->learned.failover);
}

/* Delivers with what is known of other clusters; false: that has to be asked for first. */
static bool deliver_with(struct call *call, const struct call_origin *origin,
                         const struct call_destination *destination,
                         const struct call_facts *facts) {
    struct call_manager *manager = call->manager;
    const struct presentation before = call->presentation;
    struct call_decision decision;
    if (call_decide(manager, origin, destination, facts, call->route, &decision) != SJ_OK) {
        call_end(call, NULL, 503, "Out of memory");
        return true;
    }
    if (call->route->outcome == NUMBER_UNASKED) {
        return false;
    }
    (void)snprintf(call->calling, sizeof call->calling, "%s", call->route->calling);
    (void)snprintf(call->called, sizeof call->called, "%s", call->route->digits);
    presentation_add(&call->presentation, &call->route->presentation, "", NULL);
    call->emergency = call->emergency || call->route->emergency;
    call_history_routed(call, destination->digits);
    call->at_phones = decision.number != NULL || call->route->outcome == NUMBER_HUNT;
    call->serial = call->route->outcome == NUMBER_ROUTE;
    call->target_count = decision.target_count;
    intercom_begin(call, decision.number);
    keep_failover(call, origin);
    hunt_forget(call);
    if (!code_guesses_allow(call)) {
        call_end(call, NULL, 403, "Too many wrong codes: try again later");
    } else if (call->privacy_exceeds && !call->emergency) {
        call_end(call, NULL, 500,
                 "Privacy is critical, and asks for more than id, user and header");
    } else if (call->route->codes.status == 484 &&
               digit_collection_of_code(call, origin, destination->digits)) {
        call->presentation = before;
        return true; /* the call goes on with it, as if it began */
    } else if (call->route->outcome == NUMBER_HUNT) {
        hunt_begin(call);
    } else if (call->route->outcome == NUMBER_FEATURE &&
               call->route->feature == DIGIT_CALL_PICKUP) {
        pickup_delivered(call, decision.status);
    } else if (call->route->outcome == NUMBER_FEATURE &&
               call->route->feature == DIGIT_MESSAGE_WAITING) {
        message_waiting_delivered(call, decision.status, decision.reason.text);
    } else if (call->route->outcome == NUMBER_FEATURE) {
        park_delivered(call);
    } else if (decision.number != NULL) {
        deliver_to_number(call, &decision);
    } else {
        deliver_elsewhere(call, &decision);
    }
    return true;
}

static void heard(void *user, const struct call_origin *origin, const struct call_facts *facts) {
    struct call *call = user;
    struct call_destination destination = {.own = facts == NULL};
    (void)snprintf(destination.digits, sizeof destination.digits, "%s", call->awaited);
    (void)snprintf(destination.host, sizeof destination.host, "%s", call->host);
    (void)snprintf(destination.route_string, sizeof destination.route_string, "%s",
                   call->route_string);
    if (origin == NULL) {
        call_end(call, NULL, 480, "The caller's phone is not registered any more");
    } else if (!deliver_with(call, origin, &destination, facts)) {
        call_end(call, NULL, 503, "What other clusters have could not be learned");
    }
}

static void deliver(struct call *call, const struct call_origin *origin,
                    const struct call_destination *destination) {
    static const struct call_facts nothing;
    call_codes_keep(call, destination->digits);
    call->route = call->route == NULL ? malloc(sizeof *call->route) : call->route;
    if (call->route == NULL) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    if (!deliver_with(call, origin, destination, &nothing)) {
        struct call_destination here = *destination;
        here.own = true;
        (void)snprintf(call->awaited, sizeof call->awaited, "%s", destination->digits);
        if (!call_ask(call->manager, call->manager->scope, origin, destination, &call->question,
                      heard, call)) {
            (void)deliver_with(call, origin, &here, NULL);
        }
    }
}

void call_delivery_keep_caller(struct call *call, const struct call_origin *origin) {
    (void)snprintf(call->original_calling, sizeof call->original_calling, "%s", origin->number);
    (void)snprintf(call->calling_mask, sizeof call->calling_mask, "%s",
                   origin->line == NULL ? "" : line_mask(origin->line));
    (void)snprintf(call->device_pool, sizeof call->device_pool, "%s",
                   origin->device != NULL ? origin->device->device_pool
                                          : origin->trunk.device_pool);
    call->external = call_origin_is_external(origin);
    call->emergency = origin->trunk.emergency;
    call_alternate_keep(call, origin);
    call_place_of_origin(call->manager, origin, &call->caller_place);
}

void call_delivery_begin(struct call *call, const struct call_origin *origin,
                         const struct call_destination *destination) {
    call_delivery_keep_caller(call, origin);
    call->sips = destination->sips;
    (void)snprintf(call->host, sizeof call->host, "%s", destination->host);
    (void)snprintf(call->route_string, sizeof call->route_string, "%s", destination->route_string);
    deliver(call, origin, destination);
}

void call_delivery_for(struct call *call, const struct call_origin *rights,
                       const struct call_destination *destination) {
    call->sips = call->sips || destination->sips;
    (void)snprintf(call->host, sizeof call->host, "%s", destination->host);
    call_alternate_keep(call, rights);
    deliver(call, rights, destination);
}

/* The caller, with rights that are not its own. */
static struct call_origin origin_with(const struct call *call, const struct call_origin *rights) {
    static const struct forward_decision nothing;
    struct call_origin caller, origin;
    origin_of(call, &caller);
    call_origin_forward(&caller, &nothing, &origin);
    origin.spaces = rights->spaces;
    return origin;
}

void call_delivery_again(struct call *call, const struct call_origin *rights, const char *number) {
    struct call_destination destination = {.host = ""};
    (void)snprintf(destination.digits, sizeof destination.digits, "%s", number);
    call_delivery_let_go(call, REASON_NO_ANSWER);
    const struct call_origin origin = origin_with(call, rights);
    deliver(call, &origin, &destination);
}

bool call_delivery_finds(const struct call *call, const struct call_origin *rights,
                         const char *number) {
    static const struct call_facts nothing;
    const struct call_origin origin = origin_with(call, rights);
    struct call_destination destination = {.host = ""};
    struct call_decision decision;
    struct number_route *route = malloc(sizeof *route);
    bool found = false;
    (void)snprintf(destination.digits, sizeof destination.digits, "%s", number);
    if (route == NULL ||
        call_decide(call->manager, &origin, &destination, &nothing, route, &decision) != SJ_OK) {
        free(route);
        return false;
    }
    if (decision.number != NULL) {
        const struct forward_point point = point_of(call, decision.number);
        found = when_reverted(&point, &decision.forwarding).action != FORWARD_REFUSE;
    } else {
        found = route->outcome == NUMBER_UNASKED || route->outcome == NUMBER_HUNT ||
                (route->outcome == NUMBER_FEATURE && decision.status == 0) ||
                decision.target_count > 0;
    }
    free(route);
    return found;
}

void call_delivery_to_phone(struct call *call, const struct call_target *target) {
    const sj_directory_number *number =
        dial_plan_directory_number(&call->manager->plan, target->line_key);
    call_delivery_let_go(call, REASON_ANSWERED_ELSEWHERE);
    await_ringing(call->caller);
    (void)snprintf(call->called, sizeof call->called, "%s", target->called);
    (void)snprintf(call->number_key, sizeof call->number_key, "%s", target->line_key);
    (void)snprintf(call->called_name, sizeof call->called_name, "%s",
                   number == NULL ? "" : sj_or_empty(number->alerting_name));
    call->target_count = 1;
    if (!keep_targets(call, target)) {
        call_end(call, NULL, 503, "Out of memory");
        return;
    }
    call_try_targets(call);
}

void call_delivery_back(struct call *call, const struct number_route *route) {
    struct call_manager *manager = call->manager;
    const char *key = route->directory_number_key;
    struct call_decision decision = {.number = dial_plan_directory_number(&manager->plan, key)};
    struct number_reach phones;
    call_delivery_let_go(call, REASON_NORMAL);
    await_ringing(call->caller);
    call->answered = NULL;
    call->called_withheld = (struct call_withheld){false, false};
    call->called_verified = false;
    call->at_phones = decision.number != NULL;
    *call->route = *route;
    (void)snprintf(call->called, sizeof call->called, "%s", route->digits);
    if (route->outcome == NUMBER_HUNT) {
        call->at_phones = true;
        hunt_begin(call);
        return;
    }
    if (decision.number == NULL) {
        call_end(call, NULL, 480, "The number where it rang is not configured any more");
        return;
    }
    const struct forward_point point = point_of(call, decision.number);
    const struct reach_query query = {.caller_device = caller_device(call)};
    call->target_count = call_phone_targets(manager, key, &query, manager->target_scratch,
                                            CALL_TARGETS_MAX, &phones);
    call_phones_explain(&phones, route->digits, &decision.reason);
    decision.forwarding = call_forwarding_arrives(&point, &phones);
    deliver_to_number(call, &decision);
}
