/* Lists the members anew when line groups have changed, and somebody asks. */
#include "calls/hunt_members.h"

#include <sojourn/base/hash.h>

#include <stdio.h>
#include <stdlib.h>

struct hunting *hunting_open(struct call_manager *manager) {
    struct hunting *hunting = calloc(1, sizeof *hunting);
    if (hunting != NULL) {
        hunting->stale = true;
        hunting->began_ms = (int64_t)sj_monotonic_ms(manager->scope);
    }
    return hunting;
}

/* All members, or those that are not listed. */
static void forget_members(struct hunting *hunting, bool listed_stay) {
    sj_map_place place = {0};
    for (sj_map_link *link; (link = sj_map_walk(&hunting->members, &place)) != NULL;) {
        struct hunt_member *member = SJ_OWNER(link, struct hunt_member, link);
        if (!listed_stay || !member->listed) {
            (void)sj_map_remove(&hunting->members, &member->link);
            free(member);
        }
    }
}

/* All groups, or those that the plan does not have. */
static void forget_groups(struct hunting *hunting, const struct dial_plan *plan) {
    sj_map_place place = {0};
    for (sj_map_link *link; (link = sj_map_walk(&hunting->groups, &place)) != NULL;) {
        struct hunt_group_state *group = SJ_OWNER(link, struct hunt_group_state, link);
        if (plan == NULL || dial_plan_get(plan, PLAN_LINE_GROUP, group->name) == NULL) {
            (void)sj_map_remove(&hunting->groups, &group->link);
            free(group);
        }
    }
}

void hunting_free(struct hunting *hunting) {
    if (hunting == NULL) {
        return;
    }
    forget_members(hunting, false);
    forget_groups(hunting, NULL);
    sj_map_clear(&hunting->members);
    sj_map_clear(&hunting->groups);
    free(hunting);
}

void hunting_groups_changed(struct call_manager *manager) {
    manager->hunting->stale = true;
}

/* ---- members ---- */

static struct hunt_member *find(const struct hunting *hunting, const char *directory_number) {
    SJ_MAP_EACH_OF(member, &hunting->members, sj_hash_keyed_text(directory_number),
                   struct hunt_member, link) {
        if (strcmp(member->directory_number, directory_number) == 0) {
            return member;
        }
    }
    return NULL;
}

static void list_member(struct hunting *hunting, const char *directory_number) {
    struct hunt_member *member = find(hunting, directory_number);
    if (member == NULL) {
        const size_t size = strlen(directory_number) + 1;
        member = calloc(1, sizeof *member + size);
        if (member == NULL) {
            return; /* it counts as idle since the service runs */
        }
        memcpy(member->directory_number, directory_number, size);
        member->idle_since_ms = hunting->began_ms;
        sj_map_add(&hunting->members, &member->link, sj_hash_keyed_text(directory_number));
    }
    member->listed = true;
}

static void refresh(struct call_manager *manager) {
    struct hunting *hunting = manager->hunting;
    const sj_list_link *link = NULL;
    const sj_line_group *group;
    sj_map_place place = {0};
    if (!hunting->stale) {
        return;
    }
    hunting->stale = false;
    for (sj_map_link *at; (at = sj_map_walk(&hunting->members, &place)) != NULL;) {
        SJ_OWNER(at, struct hunt_member, link)->listed = false;
    }
    while ((group = dial_plan_walk(&manager->plan, PLAN_LINE_GROUP, &link)) != NULL) {
        for (size_t i = 0; i < group->members_count; i++) {
            list_member(hunting, group->members[i]);
        }
    }
    forget_members(hunting, true);
    forget_groups(hunting, &manager->plan);
}

struct hunt_member *hunt_member_find(struct call_manager *manager, const char *directory_number) {
    refresh(manager);
    return find(manager->hunting, directory_number);
}

int64_t hunt_member_idle_since(struct call_manager *manager, const char *directory_number) {
    const struct hunt_member *member = hunt_member_find(manager, directory_number);
    return member == NULL ? manager->hunting->began_ms : member->idle_since_ms;
}

void hunt_member_line_left(struct call_manager *manager, const char *directory_number) {
    struct hunt_member *member = hunt_member_find(manager, directory_number);
    if (member != NULL) {
        member->idle_since_ms = (int64_t)sj_monotonic_ms(manager->scope);
    }
}

void hunt_member_answered(struct call_manager *manager, const char *directory_number) {
    struct hunt_member *member = hunt_member_find(manager, directory_number);
    if (member != NULL) {
        member->answered++;
    }
}

/* ---- line groups ---- */

static struct hunt_group_state *group_of(const struct hunting *hunting, const char *name) {
    SJ_MAP_EACH_OF(group, &hunting->groups, sj_hash_keyed_text(name), struct hunt_group_state,
                   link) {
        if (strcmp(group->name, name) == 0) {
            return group;
        }
    }
    return NULL;
}

static struct hunt_group_state *group_made(struct hunting *hunting, const char *name) {
    struct hunt_group_state *group = group_of(hunting, name);
    const size_t size = strlen(name) + 1;
    if (group == NULL && (group = calloc(1, sizeof *group + size)) != NULL) {
        memcpy(group->name, name, size);
        sj_map_add(&hunting->groups, &group->link, sj_hash_keyed_text(name));
    }
    return group;
}

void hunt_member_offered(struct call_manager *manager, const char *line_group,
                         const char *directory_number) {
    struct hunt_member *member = hunt_member_find(manager, directory_number);
    struct hunt_group_state *group = group_made(manager->hunting, line_group);
    if (member != NULL) {
        member->offered++;
        member->last_offered_ms = sj_wall_ms(manager->scope);
    }
    if (group != NULL) {
        (void)snprintf(group->last, sizeof group->last, "%s", directory_number);
    }
}

size_t hunt_group_first(const struct call_manager *manager, const sj_line_group *group) {
    const struct hunt_group_state *state = group_of(manager->hunting, group->name);
    for (size_t i = 0; state != NULL && i < group->members_count; i++) {
        if (strcmp(group->members[i], state->last) == 0) {
            return (i + 1) % group->members_count;
        }
    }
    return 0;
}
