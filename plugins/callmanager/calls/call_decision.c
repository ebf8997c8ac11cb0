/* Decides about calls, without making any. */
#include "calls/call_decision.h"
#include "calls/intercom.h"
#include "calls/message_waiting_number.h"
#include "calls/pickup_choice.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdio.h>

bool call_failover_dialled(const char *failover, int status, struct call_destination *dialled) {
    if (failover[0] == '\0' || (status != 408 && (status < 500 || status >= 600))) {
        return false;
    }
    *dialled = (struct call_destination){.own = true};
    (void)snprintf(dialled->digits, sizeof dialled->digits, "%s", failover);
    return true;
}

struct forward_point call_forward_point(const struct call_manager *manager,
                                        const sj_directory_number *number, bool external,
                                        const char *calling) {
    sj_scope *scope = manager->scope;
    const struct forward_point point = {
        .number = number,
        .external = external,
        .destination_override = sj_param_ccm_cfa_destination_override(scope),
        .calling = calling,
        .ring_s = sj_param_ccm_forward_no_answer_timer(scope),
        .longest_ring_s = sj_param_ccm_t301_timer(scope),
    };
    return point;
}

void call_forward_hop(const struct number_route *route, const char *key,
                      const sj_directory_number *number, sj_forward_reason reason,
                      struct forward_hop *hop) {
    memset(hop, 0, sizeof *hop);
    hop->times = 1;
    (void)snprintf(hop->number, sizeof hop->number, "%s", route->digits);
    (void)snprintf(hop->key, sizeof hop->key, "%s", key);
    (void)snprintf(hop->name, sizeof hop->name, "%s", sj_or_empty(number->alerting_name));
    (void)snprintf(hop->reason, sizeof hop->reason, "%s", forward_reason_text(reason));
}

void call_origin_forward(const struct call_origin *before, const struct forward_decision *decision,
                         struct call_origin *origin) {
    memset(origin, 0, sizeof *origin);
    origin->forwarded = true;
    origin->external = call_origin_is_external(before);
    origin->from_trunk = call_origin_is_trunk(before);
    origin->inquiry = before->inquiry;
    calling_search_spaces_of_phone(decision->spaces[0], decision->spaces[1], &origin->spaces);
    (void)snprintf(origin->number, sizeof origin->number, "%s", before->number);
    (void)snprintf(origin->name, sizeof origin->name, "%s", before->name);
    (void)snprintf(origin->mask, sizeof origin->mask, "%s",
                   before->line != NULL ? line_mask(before->line) : before->mask);
    (void)snprintf(origin->device_name, sizeof origin->device_name, "%s",
                   call_origin_device(before));
    (void)snprintf(origin->trunk.device_pool, sizeof origin->trunk.device_pool, "%s",
                   before->device != NULL ? before->device->device_pool
                                          : before->trunk.device_pool);
}

static void decide_at_number(struct call_manager *manager, const struct call_origin *origin,
                             const struct number_route *route, struct call_decision *decision) {
    const struct forward_point point = call_forward_point(
        manager, decision->number, call_origin_is_external(origin), origin->number);
    const struct reach_query query = {.caller_device = call_origin_device(origin),
                                      .assumed = origin->inquiry != NULL ? origin->inquiry->assumed
                                                                         : NULL};
    struct number_reach phones;
    decision->target_count = call_phone_targets(manager, route->directory_number_key, &query,
                                                manager->target_scratch, CALL_TARGETS_MAX, &phones);
    call_phones_explain(&phones, route->digits, &decision->reason);
    decision->forwarding = call_forwarding_arrives(&point, &phones);
    decision->status =
        decision->forwarding.action == FORWARD_REFUSE ? decision->forwarding.status : 0;
}

/* What the call leads to outside is called as a URI when it has a host, and with the route string
 * by which it is routed, learned or brought along. */
static void address_target(const struct call_destination *destination,
                           const struct number_route *route, struct call_target *target) {
    if (!target->trunk || target->emcc[0] != '\0') {
        return;
    }
    (void)snprintf(target->route_string, sizeof target->route_string, "%s",
                   route->learned.known ? route->learned.route_string : destination->route_string);
    if (destination->host[0] != '\0') {
        struct sip_writer writer;
        (void)snprintf(target->host, sizeof target->host, "%s", destination->host);
        sip_writer_init(&writer, target->uri, sizeof target->uri - 1);
        sip_put(&writer, "sip:");
        sip_put_user(&writer, target->called);
        sip_put(&writer, "@");
        sip_put_host(&writer, destination->host, 0);
        target->uri[writer.used] = '\0';
    }
}

static void decide_elsewhere(struct call_manager *manager, const struct call_origin *origin,
                             const struct call_destination *destination,
                             const struct number_route *route, struct call_decision *decision) {
    decision->target_count = call_targets(manager, origin, route, manager->target_scratch,
                                          &decision->status, &decision->reason);
    for (size_t i = 0; i < decision->target_count; i++) {
        address_target(destination, route, &manager->target_scratch[i]);
    }
    decision->status = decision->target_count > 0 ? 0 : decision->status;
    if (route->outcome == NUMBER_UNKNOWN && destination->host[0] != '\0') {
        char shown[DIGITS_MAX];
        (void)sj_error_set(&decision->reason, SJ_E_NOT_FOUND,
                           "No directory URI and no SIP route pattern within reach fits %s@%s",
                           dial_codes_shown(&manager->plan, destination->digits, shown),
                           destination->host);
    }
}

/* As far as it hangs on the plan: what rings or is parked is seen when it is called. */
static void decide_feature(const struct call_manager *manager, const struct call_origin *origin,
                           const struct number_route *route, struct call_decision *decision) {
    const char *why = "";
    int status = 0;
    if ((route->feature == DIGIT_CALL_PICKUP && pickup_number_refused(origin, &status, &why)) ||
        (route->feature == DIGIT_MESSAGE_WAITING &&
         message_waiting_number_refused(manager, origin, &status, &why))) {
        decision->status = status;
        (void)sj_error_set(&decision->reason, SJ_E_DENIED, "%s", why);
    }
}

int call_decide(struct call_manager *manager, const struct call_origin *origin,
                const struct call_destination *destination, const struct call_facts *facts,
                struct number_route *route, struct call_decision *decision) {
    memset(decision, 0, sizeof *decision);
    if (call_analyse(manager, origin, destination, facts, route) != SJ_OK) {
        return SJ_E_NO_MEMORY;
    }
    if (route->outcome == NUMBER_UNASKED) {
        return SJ_OK;
    }
    intercom_bar(manager, origin, route);
    if (route->outcome == NUMBER_UNKNOWN || route->outcome == NUMBER_BLOCKED) {
        dial_codes_cut(&manager->plan, route->digits); /* no pattern has told codes from it */
    }
    decision->number = route->outcome == NUMBER_PHONE ? route->directory_number : NULL;
    route->directory_number = NULL;
    if (route->outcome == NUMBER_FEATURE) {
        decide_feature(manager, origin, route, decision);
    } else if (decision->number != NULL) {
        decide_at_number(manager, origin, route, decision);
    } else if (route->outcome != NUMBER_HUNT) { /* what comes of that is seen when it is called */
        decide_elsewhere(manager, origin, destination, route, decision);
    }
    return SJ_OK;
}
