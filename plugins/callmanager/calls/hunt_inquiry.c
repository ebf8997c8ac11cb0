/* Notes the course of a hunt that nobody makes. */
#include "calls/hunt_inquiry.h"
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
                       const struct hunt_view *view, struct course *course) {
    struct hunt_attempt attempt;
    unsigned number = 1;
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
                  struct call_decision *decision) {
    struct course *course = origin->inquiry->course;
    const sj_hunt_pilot *pilot =
        dial_plan_hunt_pilot(&manager->plan, route->pattern, route->partition);
    const bool external = call_origin_is_external(origin);
    struct hunt_view view = {.manager = manager,
                             .caller_device = call_origin_device(origin),
                             .assumed = origin->inquiry->assumed,
                             .course = course};
    struct hunt_source source;
    struct hunt_walk walk = {0};
    struct hunt_attempt attempt;
    hunt_view_of(&view, pilot, &source);
    course_add(course, SJ_ROUTING_STEP_KIND_HUNT_LIST, pilot == NULL ? "" : pilot->hunt_list,
               view.list == NULL ? "it is not enabled" : "its line groups are tried in this order");
    course_enter(course);
    if (hunt_walk_next(&walk, &source, HUNT_NOTHING, &attempt)) {
        decision->forwarding.action = FORWARD_RING;
        add_attempt(&view, course, &attempt, 1);
        add_others(&walk, &source, &view, course);
        decision->target_count = hunt_attempt_targets(&view, &attempt);
        add_phones(&view, course, decision->target_count);
        const struct forward_decision then =
            hunt_overflow(&manager->plan, pilot, HUNT_NO_ANSWER, history, external);
        add_overflow(course, "when nobody answers,", &then);
    } else {
        decision->forwarding =
            hunt_overflow(&manager->plan, pilot, walk.failure, history, external);
        hunt_failure_explain(walk.failure, route->digits, view.list == NULL ? NULL : "",
                             &decision->reason);
        decision->status =
            decision->forwarding.action == FORWARD_REFUSE ? decision->forwarding.status : 0;
        add_overflow(course, decision->reason.text, &decision->forwarding);
    }
    course_leave(course);
    hunt_walk_clear(&walk);
}
