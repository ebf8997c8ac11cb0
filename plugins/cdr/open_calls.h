/* The calls that go on, each with its number and its row as far as it is known. Pure. */
#ifndef CDR_OPEN_CALLS_H
#define CDR_OPEN_CALLS_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "row.h"

struct open_call {
    sj_map_link link;             /* by its identifier */
    sj_list_link link_in_list;    /* in the order in which they began */
    sj_list_link link_unsaved;    /* the file of calls that go on has another row of it, or none */
    int64_t number;               /* of this part of the call, which none has twice; 0: none yet */
    int64_t first;                /* of the call: that of its first part; 0: this is the first */
    bool kept;                    /* it is in that file */
    unsigned char identifier[16]; /* random: of its record */
    struct cdr_row row;
    char id[];
};

struct open_calls {
    sj_map by_id;
    sj_list_head all;
};

struct open_call *open_calls_find(const struct open_calls *calls, const char *id);
/* NULL: no memory. */
struct open_call *open_calls_add(struct open_calls *calls, const char *id);
/* Takes it out of the table without freeing it; it is in no list then. */
void open_calls_take(struct open_calls *calls, struct open_call *call);
void open_calls_free(struct open_call *call);
void open_calls_remove(struct open_calls *calls, struct open_call *call);
void open_calls_clear(struct open_calls *calls);

#endif
