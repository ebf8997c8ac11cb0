/* The store as its own files see it. What they offer each other stands in a header for each file
 * (README.md names them); what others may use of the store is in store.h and bulk.h. */
#ifndef HOST_STORE_INTERNAL_H
#define HOST_STORE_INTERNAL_H

#include <sqlite3.h>
#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "host/core/node.h"
#include "host/record/arena.h"
#include "host/record/catalog.h"
#include "host/store/cache.h"
#include "host/store/disk/flush.h"
#include "host/store/store.h"

struct store_bulk;
struct store_change;
struct store_plan;

struct store {
    struct node *node;
    sj_list_head guards; /* removal.c */
    sqlite3 *database;
    char *path;
    bool in_memory;
    int lock_file; /* -1: none */
    struct sj_catalog catalog;
    unsigned declarations; /* counted up when resources or parameters come or go */
    struct store_plan **plans;
    size_t plans_count, plans_room;
    sj_map known;            /* plans.c: by the address of the metadata that they serve */
    struct sj_arena scratch; /* of one read */
    struct store_cache cache;

    sqlite3_stmt *begin, *commit, *rollback, *param_get, *param_put, *param_remove, *shape_get;
    bool writes_stopped; /* the node stops, and its services have: nothing is written any more */
    bool in_transaction; /* opened by a caller, not for one write */
    bool writing;        /* a transaction around one write is open */
    uint64_t commits;    /* since the store was opened */
    bool broken; /* a write of the open transaction failed half-way: it can only be rolled back */
    char owner[64];
    uv_prepare_t watch; /* finds transactions that were left open */
    struct store_change *changes;
    size_t changes_count, changes_room;
    struct sj_arena change_texts;

    sj_topic *config_changed;
    void (*param_changed)(void *user, const char *service, const char *name);
    void *param_user;
    struct store_flush flush;
    struct store_bulk *
        bulk; /* a large change that is prepared, or decided and not yet in its tables; else NULL */
    sqlite3_stmt *bulk_remove;
    uv_timer_t bulk_timer; /* its next slice */
    size_t bulk_rows;      /* of a slice */
    bool bulk_failed;      /* the last slice could not be written, which has been logged */
    int closing; /* handles of the loop that are not closed yet: the store is freed after the last
                  */
};

/* store.c: closes one of the store's handles. */
void store_close_handle(struct store *store, uv_handle_t *handle);

#endif
