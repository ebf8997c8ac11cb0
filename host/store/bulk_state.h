/* What bulk.c (in memory) and bulk_write.c (to the disk) share. */
#ifndef HOST_STORE_BULK_STATE_H
#define HOST_STORE_BULK_STATE_H

#include "host/store/internal.h"

enum bulk_state { BULK_OPEN, BULK_DECIDING, BULK_DECIDED };

struct store_bulk_param {
    struct store_bulk_param *next;
    const char *service, *name, *value;
};

struct store_bulk_meanwhile { /* a change of somebody else's */
    struct store_bulk_meanwhile *next;
    bool param, removed;
    char first[128]; /* the resource, or the parameter's service */
    char key[];
};

struct store_bulk {
    char who[64];
    enum bulk_state state;
    bool entered;
    unsigned declarations; /* of the store, when it was opened */
    struct sj_arena arena;
    sj_map entries;
    struct store_bulk_group **groups;
    size_t groups_count;
    size_t left; /* entries that are not in their tables */
    struct store_bulk_param *params;
    struct store_bulk_meanwhile *meanwhile, **last_meanwhile;
    size_t meanwhile_count;
    bool too_much; /* more was changed than was noted */
    bool orphans;  /* entries of a resource that has gone away stay in the table store_bulk */

    /* bulk_write.c */
    size_t staged_group, staged_entry, staged; /* how far it is in the table */
    int64_t last_sequence;
    sqlite3_stmt *insert;
    struct store_bulk_entry **settling; /* written in the transaction that is open */
    size_t settling_count, settling_capacity;
    size_t settled_group, settled_entry; /* how far the records are in their tables */
    void (*settled)(void *user);
    void *user;
};

/* bulk.c */
void store_bulk_free(struct store *store);
void store_bulk_note_meanwhile(struct store_bulk *bulk, const struct store_change *changes,
                               size_t count);
int store_bulk_review_one(struct store *store, const struct store_bulk_meanwhile *one,
                          sj_error *error);

#endif
