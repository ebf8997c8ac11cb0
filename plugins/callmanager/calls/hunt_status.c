/* Reads what hunts see. */
#include "calls/hunt_status.h"
#include "calls/hunt.h"
#include "calls/hunt_members.h"
#include "events/hunt.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>

static int64_t count_hunts(const struct call_manager *manager, const sj_hunt_pilot *pilot) {
    int64_t count = 0;
    SJ_LIST_EACH(hunt, &manager->hunting->hunts, struct hunt, link) {
        count += strcmp(hunt->pattern, pilot->pattern) == 0 &&
                         strcmp(hunt->partition, pilot->partition) == 0
                     ? 1
                     : 0;
    }
    return count;
}

static void fill(const struct hunt_view *view, const sj_line_group *group, size_t place,
                 sj_hunt_status_reply_member *member) {
    struct call_manager *manager = view->manager;
    const char *number = group->members[place];
    const struct hunt_member *known = hunt_member_find(manager, number);
    struct number_reach reach;
    const enum hunt_member_state state = hunt_view_state(view, number, &reach);
    const int64_t idle_ms =
        (int64_t)sj_monotonic_ms(manager->scope) - hunt_member_idle_since(manager, number);
    *member = (sj_hunt_status_reply_member){
        .line_group = group->name,
        .distribution = sj_line_group_distribution_text(group->distribution),
        .directory_number = number,
        .state = hunt_member_state_text(state),
        .phones = (int64_t)reach.registered,
        .calls = (int64_t)reach.calls,
        .idle_s = reach.calls == 0 ? idle_ms / 1000 : 0,
        .next = group->distribution == SJ_LINE_GROUP_DISTRIBUTION_CIRCULAR &&
                hunt_group_first(manager, group) == place,
        .offered = known == NULL ? 0 : known->offered,
        .answered = known == NULL ? 0 : known->answered,
        .last_offered_at = known == NULL ? 0 : known->last_offered_ms};
}

static void reply(struct call_manager *manager, sj_question *question, const sj_hunt_pilot *pilot,
                  size_t limit) {
    struct hunt_view view = {.manager = manager, .caller_device = ""};
    struct hunt_source source;
    sj_hunt_status_reply_member *members = calloc(limit, sizeof *members);
    size_t count = 0, total = 0;
    if (members == NULL) {
        sj_fail(manager->scope, question, SJ_E_NO_MEMORY, "out of memory");
        return;
    }
    hunt_view_of(&view, pilot, &source);
    const bool enabled = view.list != NULL;
    view.list = dial_plan_get(&manager->plan, PLAN_HUNT_LIST, pilot->hunt_list);
    for (size_t i = 0; view.list != NULL && i < view.list->members_count; i++) {
        const sj_line_group *group = hunt_view_group(&view, i);
        for (size_t k = 0; group != NULL && k < group->members_count; k++, total++) {
            if (count < limit) {
                fill(&view, group, k, &members[count++]);
            }
        }
    }
    const sj_hunt_status_reply answer = {.hunt_list = pilot->hunt_list,
                                         .enabled = enabled,
                                         .hunting = count_hunts(manager, pilot),
                                         .total = (int64_t)total,
                                         .members = members,
                                         .members_count = count};
    sj_reply_hunt_status(manager->scope, question, &answer);
    free(members);
}

static void on_status(void *user, sj_question *question, const sj_hunt_status *request) {
    struct call_manager *manager = user;
    char pattern[128], partition[128];
    const sj_hunt_pilot *pilot = dial_plan_split_key(request->hunt_pilot, pattern, partition)
                                     ? dial_plan_hunt_pilot(&manager->plan, pattern, partition)
                                     : NULL;
    sj_error error;
    if (pilot == NULL) {
        (void)sj_error_field(&error, SJ_E_NOT_FOUND, "hunt_pilot", "there is no hunt pilot %.130s",
                             request->hunt_pilot);
        sj_fail_error(manager->scope, question, &error);
        return;
    }
    reply(manager, question, pilot, (size_t)request->limit);
}

int hunt_status_open(struct call_manager *manager, sj_error *error) {
    return sj_answer_hunt_status(manager->scope, on_status, manager, error) != NULL ? SJ_OK
                                                                                    : error->code;
}
