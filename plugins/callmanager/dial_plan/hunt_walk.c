/* Walks through the groups of a hunt list. Pure. */
#include "dial_plan/hunt_walk.h"

#include <stdlib.h>
#include <string.h>

bool hunt_member_rings(enum hunt_member_state state, sj_line_group_distribution distribution) {
    return state == HUNT_MEMBER_IDLE ||
           (state == HUNT_MEMBER_AVAILABLE &&
            distribution != SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME);
}

const char *hunt_member_state_text(enum hunt_member_state state) {
    switch (state) {
    case HUNT_MEMBER_IDLE: return "idle";
    case HUNT_MEMBER_AVAILABLE: return "available";
    case HUNT_MEMBER_BUSY: return "busy";
    case HUNT_MEMBER_LOGGED_OUT: return "logged_out";
    default: return "not_registered";
    }
}

static enum hunt_failure failure_of(enum hunt_member_state state) {
    return state == HUNT_MEMBER_LOGGED_OUT || state == HUNT_MEMBER_NOT_REGISTERED
               ? HUNT_NOT_AVAILABLE
               : HUNT_BUSY;
}

static sj_hunt_option option_after(const sj_line_group *group, enum hunt_failure failure) {
    switch (failure) {
    case HUNT_NO_ANSWER: return group->no_answer;
    case HUNT_BUSY: return group->busy;
    default: return group->not_available;
    }
}

static void note(struct hunt_walk *walk, enum hunt_failure failure) {
    walk->failure = failure > walk->failure ? failure : walk->failure;
}

static void leave(struct hunt_walk *walk) {
    walk->group++;
    walk->entered = walk->rest = false;
    walk->position = walk->first = 0;
}

static size_t first_of(const struct hunt_source *source, const sj_line_group *group) {
    switch (group->distribution) {
    case SJ_LINE_GROUP_DISTRIBUTION_CIRCULAR:
        return source->first(source->user, group) % group->members_count;
    case SJ_LINE_GROUP_DISTRIBUTION_TOP_DOWN:
    default: return 0;
    }
}

static bool enter(struct hunt_walk *walk, const struct hunt_source *source,
                  const sj_line_group *group) {
    if (group->distribution == SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME) {
        unsigned char *tried = realloc(walk->tried, group->members_count);
        if (tried == NULL) {
            return false;
        }
        memset(tried, 0, group->members_count);
        walk->tried = tried;
        walk->room = group->members_count;
    }
    walk->first = first_of(source, group);
    walk->entered = true;
    return true;
}

/* The next place of the list, from the first on; false: all have been. */
static bool next_place(struct hunt_walk *walk, const sj_line_group *group, size_t *member) {
    while (walk->position < group->members_count) {
        *member = (walk->first + walk->position++) % group->members_count;
        if (!walk->rest || *member >= walk->room || walk->tried[*member] == 0) {
            return true;
        }
    }
    return false;
}

static bool longest_idle(struct hunt_walk *walk, const struct hunt_source *source,
                         const sj_line_group *group, size_t *member) {
    int64_t since = 0;
    bool found = false;
    for (size_t i = 0; i < group->members_count && i < walk->room; i++) {
        if (walk->tried[i] == 0 &&
            source->state(source->user, group->members[i]) == HUNT_MEMBER_IDLE) {
            const int64_t idle = source->idle_since(source->user, group->members[i]);
            if (!found || idle < since) {
                *member = i;
                since = idle;
                found = true;
            }
        }
    }
    if (found) {
        walk->tried[*member] = 1;
    }
    return found;
}

static bool next_member(struct hunt_walk *walk, const struct hunt_source *source,
                        const sj_line_group *group, size_t *member) {
    if (group->distribution == SJ_LINE_GROUP_DISTRIBUTION_LONGEST_IDLE_TIME && !walk->rest) {
        if (longest_idle(walk, source, group, member)) {
            return true;
        }
        walk->rest = true;
    }
    return next_place(walk, group, member);
}

/* One attempt within the group; or why there is none: `failure`, HUNT_NOTHING when all of it has
 * been tried. */
static bool attempt_one(struct hunt_walk *walk, const struct hunt_source *source,
                        const sj_line_group *group, struct hunt_attempt *attempt,
                        enum hunt_failure *failure) {
    size_t member = 0;
    *failure = HUNT_NOTHING;
    if (!next_member(walk, source, group, &member)) {
        return false;
    }
    const enum hunt_member_state state = source->state(source->user, group->members[member]);
    *attempt = (struct hunt_attempt){.group = walk->group, .member = member};
    if (hunt_member_rings(state, group->distribution)) {
        return true;
    }
    if (source->passed != NULL) {
        source->passed(source->user, group, group->members[member], state);
    }
    *failure = failure_of(state);
    return false;
}

static bool attempt_all(struct hunt_walk *walk, const struct hunt_source *source,
                        const sj_line_group *group, struct hunt_attempt *attempt,
                        enum hunt_failure *failure) {
    bool rings = false;
    *failure = HUNT_NOTHING;
    if (walk->position > 0) {
        return false;
    }
    walk->position = group->members_count;
    *attempt = (struct hunt_attempt){.group = walk->group, .all = true};
    for (size_t i = 0; i < group->members_count; i++) {
        const enum hunt_member_state state = source->state(source->user, group->members[i]);
        if (hunt_member_rings(state, group->distribution)) {
            rings = true;
            continue;
        }
        if (source->passed != NULL) {
            source->passed(source->user, group, group->members[i], state);
        }
        *failure = failure_of(state) > *failure ? failure_of(state) : *failure;
    }
    return rings;
}

static bool stop(struct hunt_walk *walk, const struct hunt_source *source) {
    walk->group = source->groups;
    return false;
}

/* Goes on within the group, after `last` there. False: not in this group, and *last is the failure
 * after which that is so. */
static bool go_on(struct hunt_walk *walk, const struct hunt_source *source,
                  const sj_line_group *group, enum hunt_failure *last,
                  struct hunt_attempt *attempt) {
    enum hunt_failure failure = HUNT_NOTHING;
    for (;;) {
        if (*last != HUNT_NOTHING) {
            const sj_hunt_option option = option_after(group, *last);
            if (option == SJ_HUNT_OPTION_STOP || option == SJ_HUNT_OPTION_NEXT_GROUP) {
                return false;
            }
        }
        const bool rings = group->distribution == SJ_LINE_GROUP_DISTRIBUTION_BROADCAST
                               ? attempt_all(walk, source, group, attempt, &failure)
                               : attempt_one(walk, source, group, attempt, &failure);
        if (rings) {
            return true;
        }
        if (failure == HUNT_NOTHING) {
            return false;
        }
        note(walk, failure);
        *last = failure;
    }
}

bool hunt_walk_next(struct hunt_walk *walk, const struct hunt_source *source,
                    enum hunt_failure last, struct hunt_attempt *attempt) {
    note(walk, last);
    for (; walk->group < source->groups; leave(walk)) {
        const sj_line_group *group = source->group(source->user, walk->group);
        if (group == NULL || group->members_count == 0 ||
            (!walk->entered && !enter(walk, source, group))) {
            last = HUNT_NOTHING;
            continue;
        }
        if (go_on(walk, source, group, &last, attempt)) {
            return true;
        }
        const sj_hunt_option option = option_after(group, last);
        if (last != HUNT_NOTHING &&
            (option == SJ_HUNT_OPTION_STOP || option == SJ_HUNT_OPTION_NEXT_MEMBER_ONLY)) {
            return stop(walk, source);
        }
        last = HUNT_NOTHING;
    }
    return false;
}

void hunt_walk_clear(struct hunt_walk *walk) {
    free(walk->tried);
    memset(walk, 0, sizeof *walk);
}
