/* An entry for each directory number that names a group. */
#include "dial_plan/pickup_groups.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <stdlib.h>

struct pickup_member {
    sj_map_link link; /* by the name of its group */
    const char *key;
    char group[];
};

static struct pickup_member *find(const struct dial_plan *plan, const char *group,
                                  const char *key) {
    SJ_MAP_EACH_OF(member, &plan->pickup_members, sj_hash_keyed_text(group), struct pickup_member,
                   link) {
        if (strcmp(member->key, key) == 0 && strcmp(member->group, group) == 0) {
            return member;
        }
    }
    return NULL;
}

void pickup_groups_number_goes(struct dial_plan *plan, const char *key) {
    const sj_directory_number *number = dial_plan_directory_number(plan, key);
    struct pickup_member *member = number == NULL || !sj_given(number->call_pickup_group)
                                       ? NULL
                                       : find(plan, number->call_pickup_group, key);
    if (member != NULL) {
        (void)sj_map_remove(&plan->pickup_members, &member->link);
        free(member);
    }
}

void pickup_groups_number_comes(struct dial_plan *plan, const char *key,
                                const sj_directory_number *number) {
    pickup_groups_number_goes(plan, key);
    if (!sj_given(number->call_pickup_group)) {
        return;
    }
    const size_t group_size = strlen(number->call_pickup_group) + 1, key_size = strlen(key) + 1;
    struct pickup_member *member = malloc(sizeof *member + group_size + key_size);
    if (member != NULL) { /* without memory it is not told of calls, no more */
        memcpy(member->group, number->call_pickup_group, group_size);
        memcpy(member->group + group_size, key, key_size);
        member->key = member->group + group_size;
        sj_map_add(&plan->pickup_members, &member->link, sj_hash_keyed_text(member->group));
    }
}

void pickup_groups_clear(struct dial_plan *plan) {
    for (sj_map_link *link; (link = sj_map_take_any(&plan->pickup_members)) != NULL;) {
        free(SJ_OWNER(link, struct pickup_member, link));
    }
    sj_map_clear(&plan->pickup_members);
}

const sj_call_pickup_group *pickup_group_of(const struct dial_plan *plan, const char *key) {
    const sj_directory_number *number = dial_plan_directory_number(plan, key);
    return number == NULL ? NULL
                          : dial_plan_get(plan, PLAN_CALL_PICKUP_GROUP, number->call_pickup_group);
}

const sj_call_pickup_group *pickup_group_by_number(const struct dial_plan *plan, const char *number,
                                                   const char *partition) {
    const sj_list_link *link = NULL;
    const sj_call_pickup_group *group;
    while ((group = dial_plan_walk(plan, PLAN_CALL_PICKUP_GROUP, &link)) != NULL) {
        if (strcmp(group->number, number) == 0 && strcmp(group->partition, partition) == 0) {
            return group;
        }
    }
    return NULL;
}

bool pickup_group_covers(const sj_call_pickup_group *group, const sj_call_pickup_group *other) {
    if (strcmp(group->name, other->name) == 0) {
        return true;
    }
    for (size_t i = 0; i < group->other_pickup_groups_count; i++) {
        if (strcmp(group->other_pickup_groups[i], other->name) == 0) {
            return true;
        }
    }
    return false;
}

const char *pickup_groups_member(const struct dial_plan *plan, const char *group,
                                 const struct pickup_member **at) {
    sj_map_link *link = *at == NULL ? sj_map_first(&plan->pickup_members, sj_hash_keyed_text(group))
                                    : sj_map_next(&(*at)->link);
    for (; link != NULL; link = sj_map_next(link)) {
        *at = SJ_OWNER(link, struct pickup_member, link);
        if (strcmp((*at)->group, group) == 0) {
            return (*at)->key;
        }
    }
    return NULL;
}
