/* Which members of a hunt list ring, one attempt after the other: the distribution algorithms of
 * line groups, and what is tried next when an attempt fails. Pure: it asks its source what the
 * groups and the members are like now, so that the same is decided about calls and about the
 * analysis. */
#ifndef CALLMANAGER_HUNT_WALK_H
#define CALLMANAGER_HUNT_WALK_H

#include "resources/hunt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hunt_member_state {
    HUNT_MEMBER_IDLE,      /* without a call */
    HUNT_MEMBER_AVAILABLE, /* in a call, and it can take another one */
    HUNT_MEMBER_BUSY,
    HUNT_MEMBER_LOGGED_OUT, /* all its phones are, of their hunt groups */
    HUNT_MEMBER_NOT_REGISTERED,
};

/* Why an attempt has failed, in the order in which the worse counts for the whole hunt. */
enum hunt_failure {
    HUNT_NOTHING,
    HUNT_NOT_AVAILABLE,
    HUNT_NO_BANDWIDTH, /* it could be called but for that; tried on as when it is not available */
    HUNT_BUSY,
    HUNT_NO_ANSWER
};

struct hunt_source {
    size_t groups;
    /* The group, or NULL when it is not there any more. */
    const sj_line_group *(*group)(void *user, size_t group);
    /* Where a circular group begins. */
    size_t (*first)(void *user, const sj_line_group *group);
    enum hunt_member_state (*state)(void *user, const char *directory_number);
    /* Since when (any clock) it has had no call. */
    int64_t (*idle_since)(void *user, const char *directory_number);
    /* A member was passed over; may be NULL. */
    void (*passed)(void *user, const sj_line_group *group, const char *directory_number,
                   enum hunt_member_state state);
    void *user;
};

/* How far a hunt is. Zeroed: it has not begun. */
struct hunt_walk {
    size_t group; /* which is being tried */
    bool entered; /* something of it has been tried */
    bool rest;    /* of a group by longest idle time: nobody in it is idle any more */
    size_t first, position;
    unsigned char *tried; /* members of it, by index; only for longest idle time */
    size_t room;
    enum hunt_failure failure; /* the worst so far */
};

struct hunt_attempt {
    size_t group;
    bool all;      /* all members that can ring, */
    size_t member; /* or this one */
};

/* The next attempt after the last one has failed like that (HUNT_NOTHING: there was none). False:
 * the hunt is over, and walk->failure says why. A group may change between attempts: what is tried
 * then is by the places in its list. */
bool hunt_walk_next(struct hunt_walk *walk, const struct hunt_source *source,
                    enum hunt_failure last, struct hunt_attempt *attempt);
void hunt_walk_clear(struct hunt_walk *walk);

/* Whether a member in that state rings in a group of that algorithm. */
bool hunt_member_rings(enum hunt_member_state state, sj_line_group_distribution distribution);
const char *hunt_member_state_text(enum hunt_member_state state);

#endif
