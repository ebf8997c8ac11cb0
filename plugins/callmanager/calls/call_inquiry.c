/* Follows a call that nobody makes. */
#include "calls/call_inquiry.h"
#include "calls/call_alternate.h"
#include "calls/call_destination.h"
#include "calls/call_place.h"
#include "calls/call_presentation.h"
#include "calls/call_region.h"
#include "calls/hunt_inquiry.h"
#include "calls/hunt_source.h"
#include "calls/message_waiting_number.h"
#include "calls/normalisation.h"
#include "calls/remote_number.h"
#include "calls/shared_line.h"
#include "calls/told_number.h"
#include "parameters/call_manager.h"

#include <sojourn/base/text.h>

#include <stdarg.h>
#include <stdio.h>

/* What one look-up leads to, by its targets. */
static const char *call_outcome_word(const struct number_route *route,
                                     const struct call_target *targets, size_t count) {
    switch (route->outcome) {
    case NUMBER_PHONE: return "phone";
    case NUMBER_ROUTE:
        return (count > 0 && targets[0].emcc[0] != '\0') ||
                       (count == 0 && route->steps.count > 0 &&
                        route->steps.steps[0].kind == ROUTE_RETURN_TO_VISITING_CLUSTER)
                   ? "return_to_visiting_cluster"
                   : "trunk";
    case NUMBER_BLOCKED: return "blocked";
    case NUMBER_LOOP: return "loop";
    case NUMBER_HUNT: return "hunt";
    case NUMBER_FEATURE:
        return route->feature == DIGIT_CALL_PICKUP       ? "pickup"
               : route->feature == DIGIT_MESSAGE_WAITING ? "message_waiting"
                                                         : "park";
    default: return "no_match";
    }
}

SJ_PRINTF(2, 3) static void say(struct call_outcome *outcome, const char *format, ...) {
    const size_t used = strlen(outcome->explanation);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(outcome->explanation + used, sizeof outcome->explanation - used, format,
                    arguments);
    va_end(arguments);
}

static void add_forwarding(struct course *course, const char *when,
                           const struct forward_decision *decision) {
    if (decision->action == FORWARD_ON) {
        course_add(course, SJ_ROUTING_STEP_KIND_FORWARDING, decision->destination,
                   "%s it goes there, as if dialled through %s%s%s", when,
                   decision->spaces[0][0] != '\0' ? decision->spaces[0] : "the null partition",
                   decision->spaces[1][0] != '\0' ? ", " : "", decision->spaces[1]);
    }
}

/* What rings, and what would become of the call if nobody answered. */
static void add_phones(struct call_manager *manager, const struct call_origin *origin,
                       const struct number_route *route, const struct call_decision *decision,
                       struct course *course) {
    const struct forward_point point = call_forward_point(
        manager, decision->number, call_origin_is_external(origin), origin->number);
    struct forward_decision then = call_forwarding_refused(&point, 486);
    for (size_t i = 0; i < decision->target_count; i++) {
        const struct call_target *target = &manager->target_scratch[i];
        course_add(course, SJ_ROUTING_STEP_KIND_PHONE, target->device_name, "%s%s%s%s",
                   target->assumed != NULL ? "is not registered; if it were, it " : "",
                   target->ringer_off ? "shows the call and does not ring" : "rings",
                   target->visitor ? "; it stands in another cluster" : "",
                   target->cisco ? "" : "; not a Cisco phone");
    }
    course_add(course, SJ_ROUTING_STEP_KIND_NOTE, route->digits, "rings for %lld s",
               (long long)decision->forwarding.ring_s);
    add_forwarding(course, "when they are busy or refuse,", &then);
    then = call_forwarding_not_answered(&point);
    add_forwarding(course, "when nobody answers,", &then);
}

static void add_number(struct call_manager *manager, const struct call_origin *origin,
                       const struct number_route *route, const struct call_decision *decision) {
    struct course *course = origin->inquiry->course;
    if (course == NULL) {
        return;
    }
    course_enter(course);
    if (decision->forwarding.action == FORWARD_RING && decision->status == 0) {
        add_phones(manager, origin, route, decision, course);
    } else if (decision->forwarding.action == FORWARD_ON) {
        char when[64];
        (void)snprintf(when, sizeof when, "%s:", forward_reason_words(decision->forwarding.reason));
        add_forwarding(course, when, &decision->forwarding);
    } else {
        course_add(course, SJ_ROUTING_STEP_KIND_PHONE, route->digits, "%s", decision->reason.text);
    }
    course_leave(course);
}

/* What the media of a call to this target may be, and where its bandwidth is taken from. */
static void add_media(const struct call_manager *manager, const struct call_origin *origin,
                      const struct call_target *target, struct course *course) {
    struct call_regions regions;
    struct call_place from, to;
    call_place_of_origin(manager, origin, &from);
    call_place_of_target(manager, target, &to);
    if (call_regions_of_target(manager, origin, target, &regions)) {
        char which[140];
        (void)snprintf(which, sizeof which, "regions %s and %s", regions.caller, regions.called);
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, target->device_name,
                   "%s: audio up to %lld kbps, video up to %lld kbps%s%s",
                   regions.emcc ? "a visitor's call, in the EMCC region" : which,
                   (long long)regions.limits.audio_kbps, (long long)regions.limits.video_kbps,
                   sj_given(regions.limits.codecs) ? ", codecs in the order of " : "",
                   sj_or_empty(regions.limits.codecs));
    }
    if (from.location[0] != '\0' || to.location[0] != '\0') {
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, target->device_name,
                   "the Location Bandwidth Manager is asked for bandwidth from %s to %s",
                   from.location[0] != '\0' ? from.location : SJ_LOCATION_HUB_NONE,
                   to.location[0] != '\0' ? to.location : SJ_LOCATION_HUB_NONE);
    }
}

/* How the phones show who calls. */
static int add_remote_numbers(struct call_manager *manager, const struct call_origin *origin,
                              const struct number_route *route, size_t count) {
    const struct number_caller caller = call_number_caller(manager, origin);
    struct route_query query = {.calling = route->calling,
                                .external_mask = caller.external_mask,
                                .device_pool = caller.device_pool,
                                .utc_s = caller.utc_s};
    for (size_t i = 0; i < count; i++) {
        struct call_target *target = &manager->target_scratch[i];
        const bool again = i > 0 && strcmp(target->device_name, target[-1].device_name) == 0;
        query.course = again ? NULL : caller.course;
        if (!remote_number_find(manager, &query, target)) {
            return SJ_E_NO_MEMORY;
        }
    }
    return SJ_OK;
}

/* How third parties are told to trunks: who answers to the one that the call comes from, who has
 * forwarded it to those that it goes to. */
static void add_told_numbers(struct call_manager *manager, const struct call_origin *origin,
                             const struct number_route *route,
                             const struct forward_history *history, size_t count) {
    const struct number_caller caller = call_number_caller(manager, origin);
    const struct route_query query = {.external_mask = "",
                                      .device_pool = caller.device_pool,
                                      .utc_s = caller.utc_s,
                                      .course = caller.course};
    char number[DIGITS_MAX];
    sj_presentation shown;
    if (caller.course == NULL) {
        return;
    }
    if (count > 0 && !origin->forwarded && call_origin_is_trunk(origin)) {
        (void)snprintf(number, sizeof number, "%s", route->digits);
        told_number(manager, origin->trunk.trunk->name, TRANSFORMED_CONNECTED, &query, number,
                    &shown);
    }
    for (size_t i = 0; i < count; i++) {
        const struct call_target *target = &manager->target_scratch[i];
        const bool again = i > 0 && strcmp(target->device_name, target[-1].device_name) == 0;
        for (size_t j = history->count; target->trunk && !again && j-- > 0;) {
            (void)snprintf(number, sizeof number, "%s", history->hops[j].number);
            told_number(manager, target->device_name, TRANSFORMED_REDIRECTING, &query, number,
                        &shown);
        }
    }
}

/* Of each device once: its addresses have the same. */
static void add_media_of_all(const struct call_manager *manager, const struct call_origin *origin,
                             size_t count) {
    for (size_t i = 0; origin->inquiry->course != NULL && i < count; i++) {
        const struct call_target *target = &manager->target_scratch[i];
        if (i == 0 || strcmp(target->device_name, target[-1].device_name) != 0) {
            add_media(manager, origin, target, origin->inquiry->course);
        }
    }
}

/* What a script makes of a message hangs on all that stands in it: it is not tried. */
static void add_script_of_caller(struct call_manager *manager, const struct call_origin *origin,
                                 struct call_outcome *outcome) {
    const char *script = normalisation_of_caller(manager, origin);
    if (script[0] != '\0') {
        course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_NOTE, script,
                   "this normalization script of the caller is asked about the request first "
                   "(policy sip.normalise): what it changes is not foreseen");
        say(outcome, "The normalization script %s may change the request before this.", script);
    }
}

static void add_scripts_of_targets(struct call_manager *manager, const struct call_origin *origin,
                                   struct call_outcome *outcome) {
    bool said = false;
    for (size_t i = 0; i < outcome->target_count; i++) {
        const struct call_target *target = &manager->target_scratch[i];
        const bool again = i > 0 && strcmp(target->device_name, target[-1].device_name) == 0;
        const char *script = again ? "" : normalisation_of_target(manager, target);
        if (script[0] == '\0') {
            continue;
        }
        course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_NOTE, target->device_name,
                   "its normalization script %s is asked about the request that is sent (policy "
                   "sip.normalise): what it changes is not foreseen",
                   script);
        if (!said) {
            say(outcome, " The normalization script %s may change the request that %s is sent.",
                script, target->device_name);
        }
        said = true;
    }
}

/* What is not known before the call, of a number that this node serves itself. */
static const char *hangs_on(const struct call_manager *manager, const struct number_route *route) {
    if (route->outcome != NUMBER_FEATURE) {
        return "";
    }
    switch (route->feature) {
    case DIGIT_CALL_PICKUP: return " A call is refused while nothing rings there.";
    case DIGIT_MESSAGE_WAITING:
        return message_waiting_number_is_on(manager, route) ? " A call switches the lamp on."
                                                            : " A call switches the lamp off.";
    case DIGIT_DIRECTED_CALL_PARK: return " A call is refused while another is parked there.";
    default: return " A call is refused while none is parked there.";
    }
}

static struct presentation said_towards(const struct call_manager *manager,
                                        const struct call_outcome *outcome,
                                        const struct call_target *target) {
    struct presentation of_patterns = outcome->presentation;
    of_patterns.calling_id = presentation_of(of_patterns.calling_id, target->calling_id);
    return call_presentation_towards(manager, &of_patterns,
                                     target->trunk ? target->device_name : "");
}

bool call_outcome_withholds(const struct call_manager *manager, const struct call_outcome *outcome,
                            const struct call_target *target) {
    return !(target->trunk && outcome->emergency) &&
           said_towards(manager, outcome, target).calling_id == SJ_PRESENTATION_RESTRICTED;
}

/* What is said of the caller above does not count then. */
static void add_shown_to_help(const struct call_manager *manager,
                              const struct call_outcome *outcome, struct course *course) {
    const struct call_target *target = &manager->target_scratch[0];
    if (!outcome->emergency || outcome->target_count == 0 || !target->trunk) {
        return;
    }
    const struct presentation said = said_towards(manager, outcome, target);
    if (said.calling_id == SJ_PRESENTATION_RESTRICTED ||
        said.calling_name == SJ_PRESENTATION_RESTRICTED) {
        course_add(course, SJ_ROUTING_STEP_KIND_NOTE, target->device_name,
                   "an emergency call: the caller's number and name are shown, whatever withholds "
                   "them, as who helps has to call back");
    }
}

/* Where nobody can be tried, why; at the end of the course what came of it. */
static void end(struct call_manager *manager, const struct call_origin *origin,
                const struct call_decision *decision, struct call_outcome *outcome) {
    outcome->word =
        decision->cause != 0
            ? "refused"
            : call_outcome_word(&outcome->route, manager->target_scratch, decision->target_count);
    outcome->status = decision->status;
    outcome->cause = decision->cause;
    outcome->target_count = decision->target_count;
    if (decision->status != 0) {
        say(outcome, " A call would be answered %d: %.300s.", decision->status,
            decision->reason.text);
    } else {
        say(outcome, "%s", hangs_on(manager, &outcome->route));
    }
    add_media_of_all(manager, origin, decision->target_count);
    add_shown_to_help(manager, outcome, origin->inquiry->course);
    add_scripts_of_targets(manager, origin, outcome);
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_OUTCOME, outcome->word, "%s",
               outcome->explanation);
}

static void hop_of(const struct call_manager *manager, const struct call_decision *decision,
                   const struct number_route *route, struct forward_hop *hop) {
    if (decision->number != NULL) {
        call_forward_hop(route, route->directory_number_key, decision->number,
                         decision->forwarding.reason, hop);
    } else {
        hunt_hop(dial_plan_hunt_pilot(&manager->plan, route->pattern, route->partition),
                 route->digits, decision->forwarding.reason, hop);
    }
}

/* Notes who forwards. False when that is refused, which is the end then. */
static bool note_hop(struct call_manager *manager, const struct call_origin *origin,
                     const struct call_decision *decision, struct forward_history *history,
                     struct call_outcome *outcome) {
    struct forward_hop hop;
    const int64_t most = sj_param_ccm_forward_maximum_hop_count(manager->scope);
    hop_of(manager, decision, &outcome->route, &hop);
    say(outcome, " It %s to %s.", forward_reason_words(decision->forwarding.reason),
        decision->forwarding.destination);
    const enum forward_verdict verdict = forward_history_add(history, &hop, (unsigned)most);
    if (verdict == FORWARD_FINE) {
        return true;
    }
    outcome->word = "loop";
    outcome->status = verdict == FORWARD_LOOP ? 482 : verdict == FORWARD_TOO_OFTEN ? 480 : 503;
    say(outcome, " A call would be answered %d: %s.", outcome->status,
        verdict == FORWARD_LOOP        ? "forwarding leads in a circle"
        : verdict == FORWARD_TOO_OFTEN ? "limit of forwarding hops reached"
                                       : "out of memory");
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_OUTCOME, outcome->word, "%s",
               outcome->explanation);
    return false;
}

/* Decides as a call does, which asks for one number after the other. */
static int decide(struct call_manager *manager, const struct call_origin *origin,
                  const struct call_destination *destination, const struct inquiry_facts *facts,
                  struct call_outcome *outcome, struct call_decision *decision) {
    struct course *course = origin->inquiry->course;
    const size_t steps = course == NULL ? 0 : course->count;
    struct call_destination here = *destination;
    struct call_facts heard = {0};
    for (;;) {
        const int status = call_decide(manager, origin, &here, &heard, &outcome->route, decision);
        if (status != SJ_OK || outcome->route.outcome != NUMBER_UNASKED) {
            return status;
        }
        course_back(course, steps);
        call_lacks(&here, &outcome->route, outcome->lacks);
        const struct learned_fact *fact = inquiry_facts_find(facts, outcome->lacks);
        if (fact == NULL) {
            return SJ_OK;
        }
        outcome->lacks[0] = '\0';
        here.own = !call_facts_add(&heard, &here, &outcome->route, fact);
    }
}

/* Takes out whom a call that asks for TLS all the way does not reach. */
static void leave_out_in_clear(struct call_manager *manager,
                               const struct call_destination *destination,
                               struct call_decision *decision) {
    const size_t count = decision->target_count;
    char why[240];
    decision->target_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct call_target *target = &manager->target_scratch[i];
        if (!call_destination_unreached(destination->sips, target, why, sizeof why)) {
            manager->target_scratch[decision->target_count++] = *target;
        } else {
            (void)sj_error_set(&decision->reason, SJ_E_UNAVAILABLE, "%s", why);
        }
    }
    if (decision->target_count == 0 && count > 0) {
        decision->status = 480;
    }
}

/* What is decided before anything is looked up. */
static void decided_at_once(const struct call_origin *origin,
                            const struct call_destination *destination, const char *word,
                            int status, struct call_outcome *outcome) {
    outcome->word = word;
    outcome->status = status;
    (void)snprintf(outcome->route.digits, sizeof outcome->route.digits, "%s", destination->digits);
    (void)snprintf(outcome->route.calling, sizeof outcome->route.calling, "%s", origin->number);
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_OUTCOME, word, "%s",
               outcome->explanation);
}

static bool is_refused(const struct call_manager *manager, const struct call_origin *origin,
                       const struct call_destination *destination, struct call_outcome *outcome) {
    const char *why = call_destination_refusal(manager, destination, origin, NULL);
    if (why[0] == '\0') {
        return false;
    }
    say(outcome, "%sA call would be answered 403: %s.", outcome->explanation[0] != '\0' ? " " : "",
        why);
    decided_at_once(origin, destination, "refused", 403, outcome);
    return true;
}

/* A phone dials its line's own number while a call waits at another phone of the line. */
static bool takes_over(const struct call_manager *manager, const struct call_origin *origin,
                       const struct call_destination *destination, struct call_outcome *outcome) {
    const struct call_inquiry *inquiry = origin->inquiry;
    const struct call_leg *leg = inquiry->assumed != NULL || inquiry->by_keys
                                     ? NULL
                                     : shared_line_held(manager, origin, destination->digits);
    if (leg == NULL) {
        return false;
    }
    const char *why = shared_line_refusal(origin, leg);
    say(outcome,
        "%sA call of the line %s waits at %s: ", outcome->explanation[0] != '\0' ? " " : "",
        destination->digits, leg->device_name);
    if (why == NULL) {
        say(outcome, "who dials the line's own number goes on with it, and nothing rings.");
    } else {
        say(outcome, "a call would be answered 403: %s.", why);
    }
    decided_at_once(origin, destination, why == NULL ? "phone" : "refused", why == NULL ? 0 : 403,
                    outcome);
    return true;
}

/* What a call does at once when nothing leads to the other cluster: the number for that is dialled.
 * False when there is a way, or none over the PSTN either. */
static bool fails_over(const struct call_origin *origin, const struct call_decision *decision,
                       struct call_destination *dialled, struct call_outcome *outcome) {
    if (decision->number != NULL || decision->target_count > 0 ||
        !call_failover_dialled(outcome->route.learned.failover, decision->status, dialled)) {
        return false;
    }
    say(outcome, " That way fails, so that %s is dialled.", dialled->digits);
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_FORWARDING, dialled->digits,
               "over the PSTN: %s", decision->reason.text);
    return true;
}

/* Where following a call has ended: by whom it was sent there. */
struct inquiry_end {
    struct call_origin origin;
    struct forward_decision onwards; /* the origin borrows from it */
};

/* `before`: what the call came by; NULL: it begins. */
static int follow(struct call_manager *manager, const struct call_origin *origin,
                  const struct call_destination *destination, const struct inquiry_facts *facts,
                  const struct call_outcome *before, struct call_outcome *outcome,
                  struct inquiry_end *at) {
    struct forward_history history = {0};
    struct call_destination dialled = *destination;
    int status = SJ_OK;
    at->origin = *origin;
    memset(outcome, 0, sizeof *outcome);
    outcome->emergency = before != NULL ? before->emergency : origin->trunk.emergency;
    if (before != NULL) {
        outcome->presentation = before->presentation;
    } else {
        add_script_of_caller(manager, origin, outcome);
    }
    if (is_refused(manager, origin, destination, outcome) ||
        (before == NULL && takes_over(manager, origin, destination, outcome))) {
        return SJ_OK;
    }
    for (bool again = true; again && status == SJ_OK;) {
        struct call_decision decision;
        char text[700], shown[DIGITS_MAX];
        again = false;
        status = decide(manager, &at->origin, &dialled, facts, outcome, &decision);
        if (status != SJ_OK || outcome->lacks[0] != '\0') {
            break;
        }
        presentation_add(&outcome->presentation, &outcome->route.presentation, "", NULL);
        outcome->emergency = outcome->emergency || outcome->route.emergency;
        number_route_explain(&outcome->route,
                             dial_codes_shown(&manager->plan, dialled.digits, shown),
                             outcome->route.steps.count > 0 ? outcome->route.steps.steps[0].calling
                                                            : outcome->route.calling,
                             text, sizeof text);
        say(outcome, "%s%s", outcome->explanation[0] != '\0' ? " " : "", text);
        if (outcome->route.learned.known) {
            const struct learned_fact *learned = &outcome->route.learned;
            course_add(at->origin.inquiry->course, SJ_ROUTING_STEP_KIND_NOTE, learned->pattern,
                       "learned by ILS: cluster %s advertises it, route string %s%s%s",
                       learned->cluster_id, learned->route_string,
                       learned->failover[0] != '\0' ? ", by way of the PSTN " : "",
                       learned->failover);
        }
        if (outcome->route.outcome == NUMBER_HUNT) {
            hunt_inquire(manager, &at->origin, &outcome->route, &history, destination->sips,
                         &decision);
        }
        outcome->asks_code = outcome->route.codes.status == 484 && at->origin.device != NULL;
        leave_out_in_clear(manager, destination, &decision);
        if (decision.number != NULL) {
            add_number(manager, &at->origin, &outcome->route, &decision);
        }
        if (fails_over(&at->origin, &decision, &dialled, outcome)) {
            again = true;
        } else if (decision.forwarding.action != FORWARD_ON) {
            status =
                add_remote_numbers(manager, &at->origin, &outcome->route, decision.target_count);
            add_told_numbers(manager, origin, &outcome->route, &history, decision.target_count);
            end(manager, origin, &decision, outcome);
        } else if (note_hop(manager, &at->origin, &decision, &history, outcome)) {
            struct call_origin next;
            at->onwards = decision.forwarding;
            call_origin_forward(&at->origin, &at->onwards, &next);
            at->origin = next;
            dialled = (struct call_destination){.host = ""};
            (void)snprintf(dialled.digits, sizeof dialled.digits, "%s", at->onwards.destination);
            again = true;
        }
    }
    forward_history_clear(&history);
    return status;
}

/* What call_delivery dials behind the outcome's targets, with the rights that it has then. `when`:
 * in words. */
static int follow_behind(struct call_manager *manager, const struct call_origin *origin,
                         const struct call_destination *dialled, const struct inquiry_facts *facts,
                         const char *when, struct call_outcome *outcome,
                         struct call_failover *failover) {
    struct course *course = origin->inquiry->course;
    struct inquiry_end end_of_it;
    memcpy(failover->before, manager->target_scratch,
           outcome->target_count * sizeof *failover->before);
    course_enter(course);
    const int status =
        follow(manager, origin, dialled, facts, outcome, &failover->outcome, &end_of_it);
    course_leave(course);
    failover->any = status == SJ_OK;
    memcpy(outcome->lacks, failover->outcome.lacks, sizeof outcome->lacks);
    say(outcome, " When %s, %s is dialled: %s", when, dialled->digits,
        failover->outcome.explanation);
    return status;
}

/* When none of the targets answers: with the rights that led to them. */
static int follow_failover(struct call_manager *manager, const struct call_origin *origin,
                           const struct call_destination *dialled,
                           const struct inquiry_facts *facts, struct call_outcome *outcome,
                           struct call_failover *failover) {
    char when[100];
    (void)snprintf(when, sizeof when, "cluster %s cannot be reached",
                   outcome->route.learned.cluster_id);
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_FORWARDING, dialled->digits,
               "over the PSTN, when %s", when);
    return follow_behind(manager, origin, dialled, facts, when, outcome, failover);
}

static bool takes_bandwidth(const struct call_manager *manager, const struct call_origin *origin,
                            const struct call_target *target) {
    struct call_place from, to;
    call_place_of_origin(manager, origin, &from);
    call_place_of_target(manager, target, &to);
    return from.location[0] != '\0' || to.location[0] != '\0';
}

/* When there is too little bandwidth for the phones of a number here: through what the caller may
 * reach for that. */
static int follow_alternate(struct call_manager *manager, const struct call_origin *origin,
                            const struct inquiry_facts *facts, struct call_outcome *outcome,
                            struct call_failover *failover) {
    const struct call_target *target = &manager->target_scratch[0];
    struct call_destination dialled = {.own = true};
    struct forward_decision around;
    struct call_origin there;
    const char *css =
        call_alternate_of_target(manager, origin, &outcome->route, target, dialled.digits);
    if (css == NULL || !takes_bandwidth(manager, origin, target)) {
        return SJ_OK;
    }
    memset(&around, 0, sizeof around);
    (void)snprintf(around.spaces[0], sizeof around.spaces[0], "%s", css);
    call_origin_forward(origin, &around, &there);
    failover->around = true;
    course_add(origin->inquiry->course, SJ_ROUTING_STEP_KIND_FORWARDING, dialled.digits,
               "automated alternate routing, when there is too little bandwidth, through %s", css);
    return follow_behind(manager, &there, &dialled, facts, "there is too little bandwidth", outcome,
                         failover);
}

int call_inquire(struct call_manager *manager, const struct call_origin *origin,
                 const struct call_destination *destination, const struct inquiry_facts *facts,
                 struct call_outcome *outcome, struct call_failover *failover) {
    enum { UNREACHABLE = 503 };
    struct inquiry_end at;
    struct call_destination dialled;
    const int status = follow(manager, origin, destination, facts, NULL, outcome, &at);
    if (failover == NULL) {
        return status;
    }
    failover->any = failover->around = false;
    if (status != SJ_OK || outcome->lacks[0] != '\0' || outcome->target_count == 0) {
        return status;
    }
    if (!call_failover_dialled(outcome->route.learned.failover, UNREACHABLE, &dialled)) {
        return follow_alternate(manager, origin, facts, outcome, failover);
    }
    dialled.sips = destination->sips; /* the call still asks for it */
    return follow_failover(manager, &at.origin, &dialled, facts, outcome, failover);
}
