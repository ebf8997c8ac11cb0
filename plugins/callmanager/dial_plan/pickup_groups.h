/* Call pickup groups: who belongs to them, and who may pick up whose calls. Members are found by
 * the name of their group, without walking all directory numbers. Pure over the dial plan. */
#ifndef CALLMANAGER_PICKUP_GROUPS_H
#define CALLMANAGER_PICKUP_GROUPS_H

#include "dial_plan/dial_plan.h"

/* A directory number comes, in the place of the one with the same key; or goes. */
void pickup_groups_number_comes(struct dial_plan *plan, const char *key,
                                const sj_directory_number *number);
void pickup_groups_number_goes(struct dial_plan *plan, const char *key);
void pickup_groups_clear(struct dial_plan *plan);

/* The group of a directory number ("1002@Internal"); NULL: none. */
const sj_call_pickup_group *pickup_group_of(const struct dial_plan *plan, const char *key);
/* The group with that number; NULL: none. */
const sj_call_pickup_group *pickup_group_by_number(const struct dial_plan *plan, const char *number,
                                                   const char *partition);
/* Whether members of the first may pick up calls of the second one by one: it is the same, or one
 * of its other groups. */
bool pickup_group_covers(const sj_call_pickup_group *group, const sj_call_pickup_group *other);

struct pickup_member;
/* The keys of a group's directory numbers, one after the other: begin with *at NULL; NULL at the
 * end. */
const char *pickup_groups_member(const struct dial_plan *plan, const char *group,
                                 const struct pickup_member **at);

#endif
