/* Route lists, route groups, and the Standard Local Route Group. For a visitor's phone the latter
 * means: back to the cluster it stands in, over the PSTN access trunk; by default only for patterns
 * found through the adjunct CSS, so that ordinary long-distance calls do not end in a dial plan
 * that does not know them. Pure over the dial plan. */
#include "dial_plan/route_selection.h"
#include "dial_plan/party_transformation.h"
#include "dial_plan/transformations.h"

#include <sojourn/base/text.h>
#include <sojourn/number_mask.h>

#include <stdio.h>

static struct route_step *add_step(struct route_steps *result, enum route_step_kind kind,
                                   const char *trunk, const char *called, const char *calling) {
    struct route_step *step;
    if (result->count == ROUTE_STEPS_MAX) {
        return NULL;
    }
    step = &result->steps[result->count++];
    step->kind = kind;
    (void)snprintf(step->trunk, sizeof step->trunk, "%s", trunk);
    (void)snprintf(step->called, sizeof step->called, "%s", called);
    (void)snprintf(step->calling, sizeof step->calling, "%s", calling);
    step->calling_id = SJ_PRESENTATION_DEFAULT;
    return step;
}

/* A trunk, with the numbers as it sends them. */
static void add_trunk(const struct dial_plan *plan, const char *trunk, const char *called,
                      const struct route_query *query, struct route_steps *result) {
    struct route_step *step = add_step(result, ROUTE_TRUNK, trunk, called, query->calling);
    if (step == NULL) {
        return;
    }
    if (trunk_transformation(plan, query, step) != SJ_OK) {
        result->count--;
        result->note = "out of memory";
        return;
    }
    const bool shows = strcmp(step->calling, query->calling) != 0;
    char turn[16] = "";
    if (sj_given(query->pattern->route_list)) {
        (void)snprintf(turn, sizeof turn, "%zu. ", result->count);
    }
    course_add(query->course, SJ_ROUTING_STEP_KIND_DEVICE, trunk, "%sis sent %s%s%s", turn,
               step->called, shows ? ", from " : "", shows ? step->calling : "");
}

static void add_group(const struct dial_plan *plan, const char *name, const char *called,
                      const struct route_query *query, struct route_steps *result) {
    const sj_route_group *group = dial_plan_get(plan, PLAN_ROUTE_GROUP, name);
    size_t first;
    if (group == NULL || group->members_count == 0) {
        result->note = "a route group without members was left out";
        course_add(query->course, SJ_ROUTING_STEP_KIND_ROUTE_GROUP, name,
                   "left out: it has no members");
        return;
    }
    const bool circular = group->distribution == SJ_ROUTE_GROUP_DISTRIBUTION_CIRCULAR;
    first = circular ? query->turn % group->members_count : 0;
    course_add(query->course, SJ_ROUTING_STEP_KIND_ROUTE_GROUP, name, "%s",
               circular ? "circular: each call begins with the next member"
                        : "top down: each call begins with the first member");
    course_enter(query->course);
    for (size_t i = 0; i < group->members_count; i++) {
        add_trunk(plan, group->members[(first + i) % group->members_count], called, query, result);
    }
    course_leave(query->course);
}

static bool returns_to_visiting_cluster(const sj_route_list *list,
                                        const struct route_query *query) {
    switch (list->return_to_visiting_cluster) {
    case SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_ALWAYS: return query->emcc;
    case SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_NEVER: return false;
    default: return query->emcc && query->through_adjunct;
    }
}

static void add_local_route_group(const struct dial_plan *plan, const sj_route_list *list,
                                  const struct route_query *query, const char *called,
                                  struct route_steps *result) {
    const sj_device_pool *pool = dial_plan_get(plan, PLAN_DEVICE_POOL, query->device_pool);
    if (returns_to_visiting_cluster(list, query)) {
        (void)add_step(result, ROUTE_RETURN_TO_VISITING_CLUSTER, "", called, query->calling);
        course_add(
            query->course, SJ_ROUTING_STEP_KIND_LOCAL_ROUTE_GROUP, STANDARD_LOCAL_ROUTE_GROUP,
            "the caller is a traveller%s: %s goes back to the cluster in which the phone "
            "stands, over the PSTN access trunk",
            query->through_adjunct ? " and the match came through the adjunct CSS" : "", called);
    } else if (pool != NULL && sj_given(pool->local_route_group) &&
               strcmp(pool->local_route_group, STANDARD_LOCAL_ROUTE_GROUP) != 0) {
        course_add(query->course, SJ_ROUTING_STEP_KIND_LOCAL_ROUTE_GROUP,
                   STANDARD_LOCAL_ROUTE_GROUP, "stands for %s of the caller's device pool %s",
                   pool->local_route_group, pool->name);
        add_group(plan, pool->local_route_group, called, query, result);
    } else {
        result->note = query->emcc ? "the Standard Local Route Group was left out: the pattern was "
                                     "not found through the adjunct CSS"
                                   : "the caller's device pool has no local route group";
        course_add(query->course, SJ_ROUTING_STEP_KIND_LOCAL_ROUTE_GROUP,
                   STANDARD_LOCAL_ROUTE_GROUP, "%s", result->note);
    }
}

static void add_list(const struct dial_plan *plan, const sj_route_list *list,
                     const struct route_query *query, const struct transformation *of_pattern,
                     struct route_steps *result) {
    course_add(query->course, SJ_ROUTING_STEP_KIND_ROUTE_LIST, list->name,
               "%zu route group%s, in this order", list->members_count,
               list->members_count == 1 ? "" : "s");
    course_enter(query->course);
    for (size_t i = 0; i < list->members_count; i++) {
        const sj_route_list_member *member = &list->members[i];
        const struct transformation of_member = {member->discard_digits,
                                                 member->called_party_transform_mask,
                                                 member->called_party_prefix_digits};
        char called[DIGITS_MAX];
        const bool own = transformation_is_set(&of_member);
        const struct transformation_note note = {query->course, SJ_ROUTING_STEP_KIND_CALLED_NUMBER,
                                                 own ? member->route_group
                                                     : query->pattern->pattern};
        transformation_apply_noted(own ? &of_member : of_pattern, query->digits, query->pre_dot,
                                   called, &note);
        if (strcmp(member->route_group, STANDARD_LOCAL_ROUTE_GROUP) == 0) {
            add_local_route_group(plan, list, query, called, result);
        } else {
            add_group(plan, member->route_group, called, query, result);
        }
    }
    course_leave(query->course);
}

void route_selection(const struct dial_plan *plan, const struct route_query *query,
                     struct route_steps *result) {
    const sj_route_pattern *pattern = query->pattern;
    const struct transformation of_pattern = {pattern->discard_digits,
                                              pattern->called_party_transform_mask,
                                              pattern->called_party_prefix_digits};
    result->count = 0;
    result->note = "";
    if (pattern->route_list[0] != '\0') {
        const sj_route_list *list = dial_plan_get(plan, PLAN_ROUTE_LIST, pattern->route_list);
        if (list == NULL || !list->enabled) {
            result->note = "the route list is not enabled";
            course_add(query->course, SJ_ROUTING_STEP_KIND_ROUTE_LIST, pattern->route_list,
                       "it is not enabled");
        } else {
            add_list(plan, list, query, &of_pattern, result);
        }
    } else if (pattern->sip_trunk[0] != '\0') {
        const struct transformation_note note = {query->course, SJ_ROUTING_STEP_KIND_CALLED_NUMBER,
                                                 pattern->pattern};
        char called[DIGITS_MAX];
        transformation_apply_noted(&of_pattern, query->digits, query->pre_dot, called, &note);
        add_trunk(plan, pattern->sip_trunk, called, query, result);
    } else {
        result->note = "the route pattern names neither a gateway nor a route list";
        course_add(query->course, SJ_ROUTING_STEP_KIND_NOTE, pattern->pattern, "%s", result->note);
    }
}

void route_external_number(const char *external_mask, const char *number, char result[DIGITS_MAX],
                           struct course *course) {
    (void)snprintf(result, DIGITS_MAX, "%s", number);
    if (external_mask[0] != '\0') {
        sj_number_mask(external_mask, number, result, DIGITS_MAX);
        course_add_change(course, SJ_ROUTING_STEP_KIND_CALLING_NUMBER,
                          "external phone number mask of the line", number, result);
    }
}

void route_calling_number(const sj_route_pattern *pattern, const char *number,
                          const char *external_mask, char result[DIGITS_MAX],
                          struct course *course) {
    const struct transformation_note note = {course, SJ_ROUTING_STEP_KIND_CALLING_NUMBER,
                                             pattern->pattern};
    const struct transformation mask_and_prefix = {SJ_DISCARD_DIGITS_NONE,
                                                   pattern->calling_party_transform_mask,
                                                   pattern->calling_party_prefix_digits};
    char external[DIGITS_MAX];
    route_external_number(pattern->use_external_phone_number_mask ? external_mask : "", number,
                          external, course);
    transformation_apply_noted(&mask_and_prefix, external, 0, result, &note);
}
