/* A table of calls that have ended. Pure. */
#include "recent_calls.h"

#include <stdlib.h>
#include <string.h>

static void forget_oldest(struct recent_calls *calls) {
    struct recent_call *call =
        SJ_OWNER(sj_list_take_first(&calls->all), struct recent_call, link_in_list);
    (void)sj_map_remove(&calls->by_id, &call->link);
    free(call);
}

void recent_calls_add(struct recent_calls *calls, const char *id, int64_t number, int64_t first,
                      uint64_t now_ms) {
    const size_t length = strlen(id) + 1;
    struct recent_call *call = calloc(1, sizeof *call + length);
    if (call == NULL) {
        return;
    }
    call->number = number;
    call->first = first;
    call->ended_ms = now_ms;
    memcpy(call->id, id, length);
    sj_map_add(&calls->by_id, &call->link, sj_hash_keyed_text(id));
    sj_list_add_last(&calls->all, &call->link_in_list);
    if (calls->by_id.count > RECENT_CALLS_MAX) {
        forget_oldest(calls);
    }
}

const struct recent_call *recent_calls_find(const struct recent_calls *calls, const char *id) {
    SJ_MAP_EACH_OF(call, &calls->by_id, sj_hash_keyed_text(id), struct recent_call, link) {
        if (strcmp(call->id, id) == 0) {
            return call;
        }
    }
    return NULL;
}

void recent_calls_tidy(struct recent_calls *calls, uint64_t now_ms) {
    for (sj_list_link *link;
         (link = sj_list_first(&calls->all)) != NULL &&
         SJ_OWNER(link, struct recent_call, link_in_list)->ended_ms + RECENT_CALLS_MS <= now_ms;) {
        forget_oldest(calls);
    }
}

void recent_calls_clear(struct recent_calls *calls) {
    while (sj_list_first(&calls->all) != NULL) {
        forget_oldest(calls);
    }
    sj_map_clear(&calls->by_id);
}
