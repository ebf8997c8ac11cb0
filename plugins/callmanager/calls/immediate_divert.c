/* A ringing call is redirected as if its phone had; an answered one is transferred. */
#include "calls/immediate_divert.h"
#include "calls/call_delivery.h"
#include "calls/call_join.h"
#include "calls/call_leg.h"
#include "calls/call_record.h"
#include "calls/hunt.h"
#include "calls/pickup.h"
#include "calls/transfer.h"
#include "parameters/call_manager.h"
#include "resources/voice_mail.h"

#include <sojourn/base/text.h>

#include <stdio.h>

#define NO_PILOT "The line has no voice mail pilot"

/* The pilot of the number's voice mail profile, or of the default one; false: there is none. */
static bool find_pilot(sj_scope *scope, const sj_directory_number *number, char pilot[DIGITS_MAX]) {
    sj_list list = {NULL, 0};
    if (sj_voice_mail_profile_list(scope, NULL, &list, NULL) != SJ_OK) {
        return false;
    }
    pilot[0] = '\0';
    for (size_t i = 0; i < list.count && pilot[0] == '\0'; i++) {
        const sj_voice_mail_profile *profile = sj_voice_mail_profile_at(&list, i);
        if (sj_given(number->voice_mail_profile)
                ? strcmp(profile->name, number->voice_mail_profile) == 0
                : profile->default_profile) {
            (void)snprintf(pilot, DIGITS_MAX, "%s", sj_or_empty(profile->voice_mail_pilot));
        }
    }
    sj_list_free(scope, &list);
    return pilot[0] != '\0';
}

const char *immediate_divert_hindrance(struct call_manager *manager, const char *line_key) {
    const sj_directory_number *number =
        dial_plan_directory_number(&manager->plan, sj_or_empty(line_key));
    char pilot[DIGITS_MAX];
    return number != NULL && find_pilot(manager->scope, number, pilot) ? NULL : NO_PILOT;
}

/* Why an answered call cannot be diverted as it is now; NULL: it can. */
static const char *hindrance(const struct call_leg *leg) {
    const struct call_leg *other = call_leg_other(leg);
    return other == NULL || leg->state != LEG_CONFIRMED || other->state != LEG_CONFIRMED
               ? "The call has not been answered"
           : other->stands_in ? "The call is parked"
           : leg->call->transfer != NULL || call_join_restores(leg->call)
               ? "Another change of this call is under way"
               : NULL;
}

static int divert_answered(struct call_leg *leg, const sj_directory_number *number,
                           const char *pilot, const char **why) {
    struct call_manager *manager = leg->manager;
    struct forward_hop hop = {.times = 1};
    struct call_origin rights;
    sj_error error = {0};
    if ((*why = hindrance(leg)) != NULL) {
        return 491;
    }
    *why = "The phone is no longer registered";
    if (call_origin_of_party(manager, leg, &rights, &error) != SJ_OK) {
        return 403;
    }
    (void)snprintf(hop.number, sizeof hop.number, "%s", rights.number);
    (void)snprintf(hop.key, sizeof hop.key, "%s", leg->line_key);
    (void)snprintf(hop.name, sizeof hop.name, "%s", sj_or_empty(number->alerting_name));
    (void)snprintf(hop.reason, sizeof hop.reason, "%s",
                   forward_reason_text(SJ_FORWARD_REASON_DEFLECTION));
    *why = "The voice mail system cannot be called now";
    return transfer_divert(leg, &rights, pilot, &hop) ? 0 : 503;
}

/* A call that hunts is the member's now, whose pilot has sent it there. */
static void arrive_at_member(struct call *call, const struct call_leg *member) {
    const struct dial_plan *plan = &call->manager->plan;
    const sj_directory_number *number = dial_plan_directory_number(plan, member->line_key);
    struct forward_hop hop;
    if (hunt_leave(call, &hop)) { /* it makes no circle: a pilot has no voice mail */
        (void)forward_history_add(
            &call->history, &hop,
            (unsigned)sj_param_ccm_forward_maximum_hop_count(call->manager->scope));
    }
    number_route_to(plan, member->line_key, number->pattern, call->calling, call->route);
    (void)snprintf(call->number_key, sizeof call->number_key, "%s", member->line_key);
}

int immediate_divert(struct call_leg *leg, const char **why) {
    struct call *call = leg->call;
    const sj_directory_number *number =
        dial_plan_directory_number(&leg->manager->plan, sj_or_empty(leg->line_key));
    char pilot[DIGITS_MAX];
    if (leg->caller && leg->inbound) {
        *why = "The call has not come in";
        return 603;
    }
    if (number == NULL || !find_pilot(leg->manager->scope, number, pilot)) {
        *why = NO_PILOT;
        return 603;
    }
    if (leg->state != LEG_RINGING || call->answered != NULL) {
        return divert_answered(leg, number, pilot, why);
    }
    call_trace(call, "%s diverts the call to its voice mail %s", leg->device_name, pilot);
    pickup_forget(call);
    if (hunt_goes_on(call)) {
        arrive_at_member(call, leg);
    }
    call_record_diverted(call, call->route->digits, call->route->partition,
                         call->history.count + 1);
    call_delivery_diverted(call, leg, pilot);
    return 0;
}
