/* Where a call goes next. A call that is forwarded keeps its caller and the caller's offer; whom it
 * had reached is let go. What forwarded calls may reach is the forwarding number's to say: the
 * caller's own calling search spaces do not count any more, nor does it that the caller is a
 * visitor, so that no forwarding sends a call back over the EMCC trunk. */
#include "calls/call_delivery.h"
#include "calls/call_callee.h"
#include "calls/call_leg.h"
#include "calls/trunk_status.h"
#include "events/call.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <stdio.h>
#include <stdlib.h>

static void deliver(struct call *of, const struct call_origin *origin, const char *digits);

static const char *caller_device(const struct call *of) {
    return of->caller->trunk ? "" : of->caller->device_name;
}

static struct forward_point point_of(const struct call *of, const sj_directory_number *number) {
    sj_scope *scope = of->manager->scope;
    const struct forward_point point = {
        .number = number,
        .external = of->external,
        .destination_override = sj_param_ccm_cfa_destination_override(scope),
        .calling = of->original_calling,
        .ring_s = sj_param_ccm_forward_no_answer_timer(scope),
        .longest_ring_s = sj_param_ccm_t301_timer(scope),
    };
    return point;
}

static void publish_forwarded(const struct call *of, const struct forward_hop *hop,
                              const struct forward_decision *decision) {
    sj_call_forwarded event;
    memset(&event, 0, sizeof event);
    event.call_id = of->id;
    event.forwarding_number = hop->number;
    event.destination = decision->destination;
    event.reason = decision->reason;
    event.hops = (int64_t)forward_history_hops(&of->history);
    event.trace_id = of->trace_id;
    sj_metric_add(of->manager->scope, of->manager->metric_forwarded, 1);
    sj_publish_call_forwarded(of->manager->scope, of->manager->call_forwarded, &event);
}

/* Notes who forwards. False when the call has ended: a circle, or one time too many. */
static bool note_hop(struct call *of, const sj_directory_number *number,
                     const struct forward_decision *decision) {
    const int64_t most = sj_param_ccm_forward_maximum_hop_count(of->manager->scope);
    struct forward_hop hop;
    char why[160];
    memset(&hop, 0, sizeof hop);
    hop.times = 1;
    (void)snprintf(hop.number, sizeof hop.number, "%s", of->route->digits);
    (void)snprintf(hop.key, sizeof hop.key, "%s", of->number_key);
    (void)snprintf(hop.name, sizeof hop.name, "%s",
                   number->alerting_name == NULL ? "" : number->alerting_name);
    (void)snprintf(hop.reason, sizeof hop.reason, "%s", forward_reason_text(decision->reason));
    call_trace(of, "%s %s to %s", hop.number, forward_reason_words(decision->reason),
               decision->destination);
    switch (forward_history_add(&of->history, &hop, (unsigned)most)) {
    case FORWARD_LOOP:
        (void)snprintf(why, sizeof why, "Forwarding leads in a circle back to %s", hop.number);
        call_end(of, NULL, 482, why);
        return false;
    case FORWARD_TOO_OFTEN:
        (void)snprintf(why, sizeof why, "Forwarded %u times: limit of forwarding hops reached",
                       forward_history_hops(&of->history));
        call_end(of, NULL, 480, why);
        return false;
    case FORWARD_NO_MEMORY: call_end(of, NULL, 503, "Out of memory"); return false;
    default: publish_forwarded(of, &hop, decision); return true;
    }
}

/* The caller as the forwarding number lets it go on. */
static void origin_of_forwarded(const struct call *of, const struct forward_decision *decision,
                                struct call_origin *origin) {
    memset(origin, 0, sizeof *origin);
    origin->forwarded = true;
    calling_search_spaces_of_phone(decision->spaces[0], decision->spaces[1], &origin->spaces);
    (void)snprintf(origin->number, sizeof origin->number, "%s", of->original_calling);
    (void)snprintf(origin->name, sizeof origin->name, "%s", of->calling_name);
    (void)snprintf(origin->mask, sizeof origin->mask, "%s", of->calling_mask);
    (void)snprintf(origin->device_name, sizeof origin->device_name, "%s", caller_device(of));
    (void)snprintf(origin->trunk.device_pool, sizeof origin->trunk.device_pool, "%s",
                   of->device_pool);
}

/* Sends the call from the number it has reached to another. */
static void forward(struct call *of, const sj_directory_number *number,
                    const struct forward_decision *decision) {
    struct call_origin origin;
    if (!note_hop(of, number, decision)) {
        return;
    }
    call_drop_callees(of);
    timer_wheel_stop(&of->manager->fast.wheel, &of->ring);
    timer_wheel_stop(&of->manager->fast.wheel, &of->attempt);
    free(of->targets);
    of->targets = NULL;
    of->target_count = of->next_target = 0;
    of->best_status = 0;
    free(of->refusal);
    free(of->unreachable);
    of->refusal = of->unreachable = NULL;
    if (of->early_media) { /* another party answers the offer anew */
        call_leg_renew_tag(of->caller);
        of->early_media = false;
    }
    call_leg_answer(of->caller, 181, "", NULL);
    of->caller->state = LEG_OFFERED; /* so that the next 180 is passed on */
    origin_of_forwarded(of, decision, &origin);
    deliver(of, &origin, decision->destination);
}

/* Follows a decision at the number that the call has reached. False when it is to ring. */
static bool follow(struct call *of, const sj_directory_number *number,
                   const struct forward_decision *decision, const char *why) {
    if (decision->action == FORWARD_ON) {
        forward(of, number, decision);
        return true;
    }
    if (decision->action == FORWARD_REFUSE) {
        call_end(of, NULL, decision->status,
                 why[0] != '\0' ? why : sip_reason_phrase(decision->status));
        return true;
    }
    return false;
}

/* The number whose phones are being rung, as it is configured now. NULL: it is none, or not any
 * more. */
static const sj_directory_number *present_number(const struct call *of) {
    return of->at_phones ? dial_plan_directory_number(&of->manager->plan, of->number_key) : NULL;
}

static void ring_over(struct wheel_timer *timer) {
    struct call *of = SJ_OWNER(timer, struct call, ring);
    const sj_directory_number *number = present_number(of);
    if (number != NULL) {
        const struct forward_point point = point_of(of, number);
        const struct forward_decision decision = call_forwarding_not_answered(&point);
        (void)follow(of, number, &decision, "No answer within the ring time");
    } else {
        call_end(of, NULL, 480, "No answer within the ring time");
    }
}

void call_delivery_refused(struct call *of, int status) {
    const sj_directory_number *number = present_number(of);
    if (number != NULL) {
        const struct forward_point point = point_of(of, number);
        const struct forward_decision decision = call_forwarding_refused(&point, status);
        (void)follow(of, number, &decision, "");
    } else {
        char why[300];
        (void)snprintf(why, sizeof why, "%s",
                       of->unreachable != NULL && (status == 408 || status == 503)
                           ? of->unreachable
                           : sip_reason_phrase(status));
        call_end(of, NULL, status, why);
    }
}

/* What the phone itself could call from that line, but for what is reached through the adjunct CSS.
 */
static void spaces_of_phone(struct call_manager *manager, const struct call_leg *by,
                            struct forward_decision *decision) {
    const struct registration *of = registration_find(manager->registrations, by->device_name);
    struct calling_search_spaces spaces;
    size_t count = 0;
    for (size_t i = 0; of != NULL && by->line_key != NULL && i < of->device->line_count; i++) {
        if (strcmp(of->device->lines[i].key, by->line_key) == 0) {
            device_calling_search_spaces(&manager->plan, of->device, &of->device->lines[i],
                                         &spaces);
            for (size_t j = 0; j < spaces.count && count < 2; j++) {
                if (strcmp(spaces.names[j], of->device->adjunct_css) != 0) {
                    (void)snprintf(decision->spaces[count], sizeof decision->spaces[count], "%s",
                                   spaces.names[j]);
                    count++;
                }
            }
            return;
        }
    }
}

void call_delivery_redirected(struct call *of, const struct call_leg *by,
                              const struct sip_message *response) {
    const sj_directory_number *number = present_number(of);
    struct forward_decision decision;
    struct sip_name_address contact;
    struct sip_uri uri;
    memset(&decision, 0, sizeof decision);
    decision.action = FORWARD_ON;
    decision.reason = SJ_FORWARD_REASON_DEFLECTION;
    if (number == NULL ||
        !sip_name_address_parse(sip_message_header(response, SIP_CONTACT), &contact) ||
        !sip_uri_parse(contact.uri, &uri) ||
        !sip_unescape(uri.user, decision.destination, sizeof decision.destination) ||
        decision.destination[0] == '\0') {
        call_delivery_refused(of, 480);
        return;
    }
    spaces_of_phone(of->manager, by, &decision);
    forward(of, number, &decision);
}

static void begin_to_ring(struct call *of, int64_t ring_s) {
    timer_wheel_start(&of->manager->fast.wheel, &of->ring, sj_monotonic_ms(of->manager->scope),
                      (uint64_t)ring_s * 1000, ring_over);
    call_try_targets(of);
}

static bool keep_targets(struct call *of, const struct call_target *targets) {
    of->targets = of->target_count == 0 ? NULL : malloc(of->target_count * sizeof *targets);
    if (of->targets != NULL) {
        memcpy(of->targets, targets, of->target_count * sizeof *targets);
    }
    return of->targets != NULL;
}

/* A directory number of this cluster. */
static void deliver_to_number(struct call *of, const sj_directory_number *number) {
    struct call_manager *manager = of->manager;
    struct number_reach phones;
    const struct forward_point point = point_of(of, number);
    struct forward_decision decision;
    sj_error reason;
    of->serial = false;
    of->at_phones = true;
    (void)snprintf(of->number_key, sizeof of->number_key, "%s", of->route->directory_number_key);
    (void)snprintf(of->called_name, sizeof of->called_name, "%s",
                   number->alerting_name == NULL ? "" : number->alerting_name);
    of->target_count = call_phone_targets(manager, of->number_key, caller_device(of),
                                          manager->target_scratch, &phones);
    call_phones_explain(&phones, of->route->digits, &reason);
    decision = call_forwarding_arrives(&point, &phones);
    if (follow(of, number, &decision, reason.text)) {
        return;
    }
    if (!keep_targets(of, manager->target_scratch)) {
        call_end(of, NULL, 503, "Out of memory");
        return;
    }
    begin_to_ring(of, decision.ring_s);
}

/* Whatever else the digits lead to. */
/* A trunk's SIP profile may say that a call rings less long than T301. */
static int64_t longest_ring_s(const struct call *of) {
    struct call_manager *manager = of->manager;
    const int64_t t301_s = sj_param_ccm_t301_timer(manager->scope);
    const int64_t expires_s =
        of->targets[0].trunk ? trunk_invite_expires_s(manager, of->targets[0].device_name) : 0;
    return expires_s > 0 && expires_s < t301_s ? expires_s : t301_s;
}

static void deliver_elsewhere(struct call *of, const struct call_origin *origin) {
    struct call_manager *manager = of->manager;
    int status = 503;
    sj_error reason = {0, "", "Out of memory"};
    of->at_phones = false;
    of->serial = of->route->outcome == NUMBER_ROUTE;
    of->called_name[0] = '\0';
    of->target_count =
        call_targets(manager, origin, of->route, manager->target_scratch, &status, &reason);
    if (!keep_targets(of, manager->target_scratch)) {
        call_end(of, NULL, status, reason.text);
        return;
    }
    begin_to_ring(of, longest_ring_s(of));
}

static void deliver(struct call *of, const struct call_origin *origin, const char *digits) {
    struct call_manager *manager = of->manager;
    const sj_directory_number *number;
    of->route = of->route == NULL ? malloc(sizeof *of->route) : of->route;
    if (of->route == NULL || call_analyse(manager, origin, digits, of->route) != SJ_OK) {
        call_end(of, NULL, 503, "Out of memory");
        return;
    }
    if (sj_param_ccm_digit_analysis_complexity(manager->scope) ==
        SJ_CCM_DIGIT_ANALYSIS_COMPLEXITY_TRACED) {
        char text[480];
        number_route_explain(of->route, digits, text, sizeof text);
        call_trace(of, "%s", text);
    }
    (void)snprintf(of->calling, sizeof of->calling, "%s", of->route->calling);
    (void)snprintf(of->called, sizeof of->called, "%s", of->route->digits);
    number = of->route->directory_number;
    of->route->directory_number = NULL; /* the plan may change while the call lives */
    if (of->route->outcome == NUMBER_PHONE && number != NULL) {
        deliver_to_number(of, number);
    } else {
        deliver_elsewhere(of, origin);
    }
}

void call_delivery_begin(struct call *of, const struct call_origin *origin) {
    (void)snprintf(of->original_calling, sizeof of->original_calling, "%s", origin->number);
    (void)snprintf(of->calling_mask, sizeof of->calling_mask, "%s",
                   origin->line == NULL ? "" : origin->line->mask);
    (void)snprintf(of->device_pool, sizeof of->device_pool, "%s",
                   origin->device != NULL ? origin->device->device_pool
                                          : origin->trunk.device_pool);
    of->external = call_origin_is_external(origin);
    deliver(of, origin, of->dialled);
}
