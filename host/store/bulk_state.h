/* A large change as the four bulk_*.c share it (bulk.h says what it is). */
#ifndef HOST_STORE_BULK_STATE_H
#define HOST_STORE_BULK_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "host/record/arena.h"
#include "host/store/plan.h"

enum bulk_state { BULK_OPEN, BULK_DECIDING, BULK_DECIDED };

struct store_bulk_entry {
    sj_map_link by_key;
    const struct store_bulk_group *group;
    void *record;     /* one block; NULL: removed */
    int64_t sequence; /* its row in the table store_bulk */
    bool written;     /* it is in its table */
    char key[];
};

struct store_bulk_group { /* the entries of one resource */
    struct store_plan *plan;
    void *defaults; /* a record as declared */
    struct store_bulk_entry **entries;
    size_t count, room;
    bool unsorted;   /* not in the order of their keys yet */
    bool has_unique; /* fields */
    sj_map values;   /* of those */
};

struct store_bulk_param {
    struct store_bulk_param *next;
    const char *service, *name, *value;
};

struct store_bulk {
    char who[64];
    enum bulk_state state;
    bool entered;
    unsigned declarations; /* of the store, when it was opened */
    struct sj_arena arena;
    sj_map entries;
    sj_map references; /* bulk_references.c: of entries, by what they name */
    struct store_bulk_group **groups;
    size_t groups_count, groups_room;
    size_t left; /* entries that are not in their tables */
    struct store_bulk_param *params;
    bool orphans; /* entries of a resource that has gone away stay in the table store_bulk */

    /* bulk_review.c: what others change */
    sj_list_head meanwhile;
    size_t meanwhile_count;
    bool too_much; /* more was changed than was noted */

    /* bulk_write.c */
    size_t staged_group, staged_entry, staged; /* how far it is in the table */
    int64_t last_sequence;
    sqlite3_stmt *insert;
    struct store_bulk_entry **writing; /* written in the transaction that is open */
    size_t writing_count, writing_room;
    size_t written_group, written_entry; /* how far the records are in their tables */
    void (*done)(void *user);
    void *user;
};

#endif
