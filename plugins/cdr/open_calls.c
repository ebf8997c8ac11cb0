/* A table of calls. Pure. */
#include "open_calls.h"

#include <stdlib.h>
#include <string.h>

struct open_call *open_calls_find(const struct open_calls *calls, const char *id) {
    SJ_MAP_EACH_OF(call, &calls->by_id, sj_hash_keyed_text(id), struct open_call, link) {
        if (strcmp(call->id, id) == 0) {
            return call;
        }
    }
    return NULL;
}

struct open_call *open_calls_add(struct open_calls *calls, const char *id) {
    const size_t length = strlen(id);
    struct open_call *call = calloc(1, sizeof *call + length + 1);
    if (call != NULL) {
        memcpy(call->id, id, length + 1);
        cdr_row_begin(&call->row, &cdr_columns);
        sj_map_add(&calls->by_id, &call->link, sj_hash_keyed_text(call->id));
        sj_list_add_last(&calls->all, &call->link_in_list);
    }
    return call;
}

void open_calls_take(struct open_calls *calls, struct open_call *call) {
    (void)sj_map_remove(&calls->by_id, &call->link);
    sj_list_remove(&call->link_in_list);
    sj_list_remove(&call->link_unsaved);
}

void open_calls_free(struct open_call *call) {
    sj_list_remove(&call->link_in_list);
    cdr_row_clear(&call->row);
    free(call);
}

void open_calls_remove(struct open_calls *calls, struct open_call *call) {
    open_calls_take(calls, call);
    open_calls_free(call);
}

void open_calls_clear(struct open_calls *calls) {
    for (sj_list_link *link; (link = sj_list_first(&calls->all)) != NULL;) {
        open_calls_remove(calls, SJ_OWNER(link, struct open_call, link_in_list));
    }
    sj_map_clear(&calls->by_id);
}
