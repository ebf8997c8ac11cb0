/* A large change, built beside and switched to at once. While it is prepared, puts and deletes
 * between sj_store_bulk_enter and sj_store_bulk_leave go into it, and only reads there see it; all
 * others go on writing. Each step takes a slice of time, so that the loop is never held:
 *
 * - enter, put and delete, leave: the records, checked as always, in memory
 * - stage: into the table store_bulk, in small transactions
 * - review: what others have changed meanwhile, and whether it stands in the way
 * - decide: one small transaction; from its commit on all reads see all of it
 * - by itself: the records go into their tables, and config.changed is published, in small
 *   transactions
 *
 * What is decided survives a power failure: what had not reached the tables is written when the
 * store is opened again. What is not decided leaves nothing behind. One at a time. */
#ifndef HOST_STORE_BULK_H
#define HOST_STORE_BULK_H

#include <uv.h>

#include "host/store/store.h"

enum { STORE_SLICE_MS = 4, STORE_SLICE_PAUSE_MS = 2 };
/* `begun` by uv_hrtime. */
static inline bool store_slice_is_over(uint64_t begun) {
    return uv_hrtime() - begun >= (uint64_t)STORE_SLICE_MS * 1000000u;
}

/* SJ_E_CONFLICT when there is another one, or one whose records are still being written. */
int sj_store_bulk_open(struct store *store, const char *who, sj_error *error);
/* Gives up what is not decided: nothing is changed then. */
void sj_store_bulk_discard(struct store *store);
void sj_store_bulk_enter(struct store *store);
void sj_store_bulk_leave(struct store *store);
/* 1: there is more to do; 0: all of it; else an error. */
int sj_store_bulk_stage(struct store *store, size_t *staged, size_t *total, sj_error *error);
/* 1: there is more to look at; 0: nothing is in the way now, decide in the same callback;
 * SJ_E_CONFLICT names what is. */
int sj_store_bulk_review(struct store *store, sj_error *error);
/* Within a transaction of the caller's, who commits it. `done` is called later, when all records
 * are in their tables and have been published. */
int sj_store_bulk_decide(struct store *store, void (*done)(void *user), void *user,
                         sj_error *error);
/* `done` is not called any more. */
void sj_store_bulk_forget(struct store *store, void *user);
/* Records that are decided and not yet in their tables. */
size_t sj_store_bulk_pending(const struct store *store);

#endif
