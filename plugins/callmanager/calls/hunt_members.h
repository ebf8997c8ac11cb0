/* What is remembered of the members of line groups while the service runs: since when each has had
 * no call, which calls they got, and where circular groups go on. Nothing of it outlives the
 * service: after a start all count as idle since then, so that they ring in the order of their
 * list. */
#ifndef CALLMANAGER_HUNT_MEMBERS_H
#define CALLMANAGER_HUNT_MEMBERS_H

#include "core/call_manager.h"

struct hunt_member {
    sj_map_link link;          /* by directory number */
    bool listed;               /* in a line group */
    int64_t idle_since_ms;     /* monotonic: when its last call ended */
    int64_t last_offered_ms;   /* wall clock; 0: never */
    int64_t offered, answered; /* calls of line groups */
    char directory_number[];
};

/* A line group that has rung somebody. */
struct hunt_group_state {
    sj_map_link link; /* by name */
    char last[130];   /* the member that was rung last */
    char name[];
};

struct hunting {
    sj_map members, groups;
    bool stale; /* line groups have changed since the members were listed */
    int64_t began_ms;
    sj_list_head hunts; /* of calls: hunt.c */
};

/* NULL: no memory. */
struct hunting *hunting_open(struct call_manager *manager);
void hunting_free(struct hunting *hunting);
/* A line group is another one now, or gone. */
void hunting_groups_changed(struct call_manager *manager);

/* NULL: it is none, or there was no memory to remember it. */
struct hunt_member *hunt_member_find(struct call_manager *manager, const char *directory_number);
/* Since when it has had no call (monotonic), at most since the service runs. */
int64_t hunt_member_idle_since(struct call_manager *manager, const char *directory_number);
/* A call has left the line. */
void hunt_member_line_left(struct call_manager *manager, const char *directory_number);
/* A call of the line group rings there; or was answered. */
void hunt_member_offered(struct call_manager *manager, const char *line_group,
                         const char *directory_number);
void hunt_member_answered(struct call_manager *manager, const char *directory_number);
/* The place in its list where a circular group begins: behind the member that was rung last. */
size_t hunt_group_first(const struct call_manager *manager, const sj_line_group *group);

#endif
