/* Notes the course of a hunt that nobody makes. */
#include "calls/hunt_inquiry.h"
#include "calls/call_admission.h"
#include "calls/call_destination.h"
#include "calls/hunt_source.h"

#include <sojourn/base/text.h>

#include <stdio.h>

enum { ATTEMPTS_SHOWN = 100 };

static void add_attempt(const struct hunt_view *view, struct course *course,
                        const struct hunt_attempt *attempt, unsigned number) {
    const sj_line_group *group = hunt_view_group(view, attempt->group);
    course_add(course, SJ_ROUTING_STEP_KIND_LINE_GROUP, group->name, "%u. rings %s for %lld s (%s)",
               number, attempt->all ? "all members" : group->members[attempt->member],
               (long long)group->rna_reversion_timeout,
               sj_line_group_distribution_text(group->distribution));
}

static bool is_without_bandwidth(const struct call_inquiry *inquiry, const char *device) {
    for (size_t i = 0; i < inquiry->without_bandwidth_count; i++) {
        if (strcmp(inquiry->without_bandwidth[i], device) == 0) {
            return true;
        }
    }
    return false;
}

/* Whom the hunt does not ring although it could, and why. */
struct hunt_limits {
    const struct call_inquiry *inquiry;
    bool sips; /* the call asks for TLS */
};

/* Leaves those of the targets in target_scratch that can be called, how many; `last`: what becomes
 * of the attempt when there are none. */
static size_t leave_out_barred(const struct hunt_view *view, const struct hunt_limits *limits,
                               size_t count, enum hunt_failure *last) {
    struct call_target *targets = view->manager->target_scratch;
    size_t left = 0;
    char why[240];
    *last = HUNT_NOT_AVAILABLE;
    for (size_t i = 0; i < count; i++) {
        const bool in_clear =
            call_destination_unreached(limits->sips, &targets[i], why, sizeof why);
        if (!in_clear && !is_without_bandwidth(limits->inquiry, targets[i].device_name)) {
            targets[left++] = targets[i];
            continue;
        }
        *last = in_clear ? *last : HUNT_NO_BANDWIDTH;
        course_enter(view->course);
        course_add(view->course, SJ_ROUTING_STEP_KIND_PHONE, targets[i].device_name,
                   "does not ring: %s", in_clear ? why : "there is too little bandwidth to it");
        course_leave(view->course);
    }
    return left;
}

/* The first attempt that rings at all, its targets in target_scratch: 0: none does, and `walk` says
 * why. */
static size_t first_attempt(struct hunt_walk *walk, const struct hunt_source *source,
                            const struct hunt_view *view, const struct hunt_limits *limits,
                            unsigned *number) {
    struct hunt_attempt attempt;
    enum hunt_failure last = HUNT_NOTHING;
    while (hunt_walk_next(walk, source, last, &attempt)) {
        add_attempt(view, view->course, &attempt, ++*number);
        const size_t count =
            leave_out_barred(view, limits, hunt_attempt_targets(view, &attempt), &last);
        if (count > 0) {
            return count;
        }
    }
    return 0;
}

static void add_phones(const struct hunt_view *view, struct course *course, size_t count) {
    course_enter(course);
    for (size_t i = 0; i < count; i++) {
        const struct call_target *target = &view->manager->target_scratch[i];
        course_add(course, SJ_ROUTING_STEP_KIND_PHONE, target->device_name, "%srings as %s%s",
                   target->assumed != NULL ? "is not registered; if it were, it " : "",
                   target->called, target->visitor ? "; it stands in another cluster" : "");
    }
    course_leave(course);
}

/* Who would be tried then, if nobody answered. */
static void add_others(struct hunt_walk *walk, const struct hunt_source *source,
                       const struct hunt_view *view, struct course *course, unsigned number) {
    struct hunt_attempt attempt;
    while (hunt_walk_next(walk, source, HUNT_NO_ANSWER, &attempt)) {
        if (++number > ATTEMPTS_SHOWN) {
            course_add(course, SJ_ROUTING_STEP_KIND_NOTE, "", "and further members");
            return;
        }
        add_attempt(view, course, &attempt, number);
    }
}

static void add_overflow(struct course *course, const char *when,
                         const struct forward_decision *decision) {
    if (decision->action == FORWARD_ON) {
        course_add(course, SJ_ROUTING_STEP_KIND_FORWARDING, decision->destination,
                   "%s it goes there, as if dialled through %s", when,
                   decision->spaces[0][0] != '\0' ? decision->spaces[0] : "the null partition");
    }
}

void hunt_inquire(struct call_manager *manager, const struct call_origin *origin,
                  const struct number_route *route, const struct forward_history *history,
                  bool sips, struct call_decision *decision) {
    struct course *course = origin->inquiry->course;
    const sj_hunt_pilot *pilot =
        dial_plan_hunt_pilot(&manager->plan, route->pattern, route->partition);
    const bool external = call_origin_is_external(origin), trunk = call_origin_is_trunk(origin);
    struct hunt_view view = {.manager = manager,
                             .caller_device = call_origin_device(origin),
                             .assumed = origin->inquiry->assumed,
                             .course = course};
    const struct hunt_limits limits = {origin->inquiry, sips};
    struct hunt_source source;
    struct hunt_walk walk = {0};
    unsigned number = 0;
    hunt_view_of(&view, pilot, &source);
    course_add(course, SJ_ROUTING_STEP_KIND_HUNT_LIST, pilot == NULL ? "" : pilot->hunt_list,
               view.list == NULL ? "it is not enabled" : "its line groups are tried in this order");
    course_enter(course);
    decision->target_count = first_attempt(&walk, &source, &view, &limits, &number);
    if (decision->target_count > 0) {
        decision->forwarding.action = FORWARD_RING;
        add_phones(&view, course, decision->target_count);
        if (sips) {
            course_add(course, SJ_ROUTING_STEP_KIND_NOTE, "",
                       "the call asks for TLS (sips): of all that follow no phone rings that is "
                       "reached otherwise");
        }
        add_others(&walk, &source, &view, course, number);
        const struct forward_decision then =
            hunt_overflow(&manager->plan, pilot, HUNT_NO_ANSWER, history, external, trunk);
        add_overflow(course, "when nobody answers,", &then);
    } else {
        decision->forwarding =
            hunt_overflow(&manager->plan, pilot, walk.failure, history, external, trunk);
        hunt_failure_explain(walk.failure, route->digits, view.list == NULL ? NULL : "",
                             &decision->reason);
        decision->status =
            decision->forwarding.action == FORWARD_REFUSE ? decision->forwarding.status : 0;
        decision->cause =
            decision->status != 0 && walk.failure == HUNT_NO_BANDWIDTH ? CAUSE_OUT_OF_BANDWIDTH : 0;
        add_overflow(course, decision->reason.text, &decision->forwarding);
    }
    course_leave(course);
    hunt_walk_clear(&walk);
}
