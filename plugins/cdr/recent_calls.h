/* The numbers of calls that have ended a moment ago: phones say what their media were like in the
 * answer to BYE, when the record of the call is written. Pure. */
#ifndef CDR_RECENT_CALLS_H
#define CDR_RECENT_CALLS_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

enum {
    RECENT_CALLS_MS = 40 * 1000, /* longer than a BYE is repeated */
    RECENT_CALLS_MAX = 100000,   /* the oldest give way */
};

struct recent_call {
    sj_map_link link; /* by its identifier */
    sj_list_link link_in_list;
    int64_t number, first; /* as of an open_call */
    uint64_t ended_ms;     /* monotonic */
    char id[];
};

/* Zeroed: empty. */
struct recent_calls {
    sj_map by_id;
    sj_list_head all; /* the oldest first */
};

/* Without memory it is not kept. */
void recent_calls_add(struct recent_calls *calls, const char *id, int64_t number, int64_t first,
                      uint64_t now_ms);
/* The newest of that identifier; NULL: none. */
const struct recent_call *recent_calls_find(const struct recent_calls *calls, const char *id);
/* Forgets those that ended long ago. */
void recent_calls_tidy(struct recent_calls *calls, uint64_t now_ms);
void recent_calls_clear(struct recent_calls *calls);

#endif
