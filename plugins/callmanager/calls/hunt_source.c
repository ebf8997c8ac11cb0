/* Reads the dial plan, the registrations and what is remembered of the members. */
#include "calls/hunt_source.h"
#include "calls/call_admission.h"
#include "calls/hunt_members.h"

#include <sojourn/base/text.h>

#include <stdio.h>

const sj_line_group *hunt_view_group(const struct hunt_view *view, size_t group) {
    return view->list != NULL && group < view->list->members_count
               ? dial_plan_get(&view->manager->plan, PLAN_LINE_GROUP, view->list->members[group])
               : NULL;
}

static struct reach_query query_of(const struct hunt_view *view) {
    const struct reach_query query = {view->caller_device, REACH_HUNTED, view->assumed};
    return query;
}

enum hunt_member_state hunt_view_state(const struct hunt_view *view, const char *directory_number,
                                       struct number_reach *reach) {
    const sj_directory_number *number =
        dial_plan_directory_number(&view->manager->plan, directory_number);
    const struct device_line *lines[CALL_TARGETS_MAX];
    const struct reach_query query = query_of(view);
    *reach = number_reach_find(view->manager, directory_number, &query, lines, CALL_TARGETS_MAX);
    if (number == NULL || !number->active) {
        return HUNT_MEMBER_NOT_REGISTERED;
    }
    return reach->registered == 0                   ? HUNT_MEMBER_NOT_REGISTERED
           : reach->logged_out == reach->registered ? HUNT_MEMBER_LOGGED_OUT
           : reach->free == 0                       ? HUNT_MEMBER_BUSY
           : reach->calls == 0                      ? HUNT_MEMBER_IDLE
                                                    : HUNT_MEMBER_AVAILABLE;
}

/* ---- for the walk ---- */

static const sj_line_group *group_of(void *user, size_t group) {
    return hunt_view_group(user, group);
}

static size_t first_of(void *user, const sj_line_group *group) {
    return hunt_group_first(((struct hunt_view *)user)->manager, group);
}

static enum hunt_member_state state_of(void *user, const char *directory_number) {
    struct number_reach reach;
    return hunt_view_state(user, directory_number, &reach);
}

static int64_t idle_since(void *user, const char *directory_number) {
    return hunt_member_idle_since(((struct hunt_view *)user)->manager, directory_number);
}

static void passed(void *user, const sj_line_group *group, const char *directory_number,
                   enum hunt_member_state state) {
    course_add(((struct hunt_view *)user)->course, SJ_ROUTING_STEP_KIND_PHONE, directory_number,
               "passed over in %s: %s", group->name,
               state == HUNT_MEMBER_NOT_REGISTERED ? "no phone with the number is registered"
               : state == HUNT_MEMBER_LOGGED_OUT ? "its phones are logged out of their hunt groups"
               : state == HUNT_MEMBER_AVAILABLE  ? "it is in a call, and only idle members ring"
                                                 : "it is busy");
}

void hunt_view_of(struct hunt_view *view, const sj_hunt_pilot *pilot, struct hunt_source *source) {
    const sj_hunt_list *list =
        pilot == NULL ? NULL
                      : dial_plan_get(&view->manager->plan, PLAN_HUNT_LIST, pilot->hunt_list);
    view->list = list != NULL && list->enabled ? list : NULL;
    *source = (struct hunt_source){.groups = view->list == NULL ? 0 : view->list->members_count,
                                   .group = group_of,
                                   .first = first_of,
                                   .state = state_of,
                                   .idle_since = idle_since,
                                   .passed = view->course == NULL ? NULL : passed,
                                   .user = view};
}

size_t hunt_attempt_targets(const struct hunt_view *view, const struct hunt_attempt *attempt) {
    struct call_manager *manager = view->manager;
    const sj_line_group *group = hunt_view_group(view, attempt->group);
    const struct reach_query query = query_of(view);
    const size_t first = attempt->all ? 0 : attempt->member;
    const size_t behind = group == NULL ? 0 : attempt->all ? group->members_count : first + 1;
    size_t count = 0;
    for (size_t i = first; i < behind && i < group->members_count && count < CALL_TARGETS_MAX;
         i++) {
        struct number_reach reach;
        if (!attempt->all || hunt_member_rings(hunt_view_state(view, group->members[i], &reach),
                                               group->distribution)) {
            count += call_phone_targets(manager, group->members[i], &query,
                                        manager->target_scratch + count, CALL_TARGETS_MAX - count,
                                        &reach);
        }
    }
    return count;
}

/* ---- when nobody has answered ---- */

static struct forward_decision onwards(const char *destination, const char *space,
                                       sj_forward_reason reason) {
    struct forward_decision decision = {.action = FORWARD_ON, .reason = reason};
    (void)snprintf(decision.destination, sizeof decision.destination, "%s", destination);
    (void)snprintf(decision.spaces[0], sizeof decision.spaces[0], "%s", sj_or_empty(space));
    return decision;
}

/* The number of this cluster that has forwarded the call to the pilot; NULL: none has. */
static const sj_directory_number *forwarder(const struct dial_plan *plan,
                                            const struct forward_history *history) {
    const struct forward_hop *last = history->count > 0 ? &history->hops[history->count - 1] : NULL;
    return last != NULL && last->key[0] != '\0' ? dial_plan_directory_number(plan, last->key)
                                                : NULL;
}

struct forward_decision hunt_overflow(const struct dial_plan *plan, const sj_hunt_pilot *pilot,
                                      enum hunt_failure failure,
                                      const struct forward_history *history, bool external,
                                      bool from_trunk) {
    const bool unanswered = failure == HUNT_NO_ANSWER;
    const sj_forward_reason reason =
        unanswered ? SJ_FORWARD_REASON_NO_ANSWER : SJ_FORWARD_REASON_BUSY;
    struct forward_decision refusal = {.action = FORWARD_REFUSE,
                                       .status = failure == HUNT_BUSY ? 486
                                                 : failure == HUNT_NO_BANDWIDTH
                                                     ? call_shortage_status(from_trunk)
                                                     : 480};
    if (pilot == NULL) {
        return refusal;
    }
    const sj_directory_number *number = forwarder(plan, history);
    if (number != NULL && (unanswered ? pilot->forward_no_answer_use_personal_preferences
                                      : pilot->forward_busy_use_personal_preferences)) {
        const char *destination = external ? number->forward_no_coverage_external_destination
                                           : number->forward_no_coverage_internal_destination;
        if (sj_given(destination)) {
            return onwards(destination,
                           external ? number->forward_no_coverage_external_calling_search_space
                                    : number->forward_no_coverage_internal_calling_search_space,
                           reason);
        }
    }
    const char *destination =
        unanswered ? pilot->forward_no_answer_destination : pilot->forward_busy_destination;
    return sj_given(destination)
               ? onwards(destination,
                         unanswered ? pilot->forward_no_answer_calling_search_space
                                    : pilot->forward_busy_calling_search_space,
                         reason)
               : refusal;
}

void hunt_failure_explain(enum hunt_failure failure, const char *pilot, const char *list,
                          sj_error *reason) {
    (void)sj_error_set(reason, SJ_E_UNAVAILABLE,
                       list == NULL                ? "Hunt pilot %s: its hunt list is not enabled"
                       : failure == HUNT_NO_ANSWER ? "Hunt pilot %s: no member has answered"
                       : failure == HUNT_BUSY      ? "Hunt pilot %s: all members are busy"
                       : failure == HUNT_NO_BANDWIDTH ? "Hunt pilot %s: " NOT_ENOUGH_BANDWIDTH
                                                        " for its members"
                                                      : "Hunt pilot %s: no member is available",
                       pilot);
}

void hunt_hop(const sj_hunt_pilot *pilot, const char *number, sj_forward_reason reason,
              struct forward_hop *hop) {
    memset(hop, 0, sizeof *hop);
    hop->times = 1;
    (void)snprintf(hop->number, sizeof hop->number, "%s", number);
    (void)snprintf(hop->key, sizeof hop->key, "%s%s%s", pilot->pattern,
                   pilot->partition[0] == '\0' ? "" : "@", pilot->partition);
    (void)snprintf(hop->name, sizeof hop->name, "%s", sj_or_empty(pilot->alerting_name));
    (void)snprintf(hop->reason, sizeof hop->reason, "%s", forward_reason_text(reason));
}
