/* Group flush: commits only write to the log file; one flush makes all that were made before it
 * durable and then notifies those who wait. Flushes run on a thread of the store's own, checkpoints
 * (moving the log into the database file) on another, over connections of its own, so that
 * durability never queues behind other work, not even behind a checkpoint, and the loop never
 * waits for the disk.
 *
 * What a power failure may leave, and why it is whole:
 * - Within a log, frames bear checksums that run from its header on: after a failure SQLite takes
 * the commits up to the first frame that is not whole, in whatever order blocks reached the disk.
 * What was acknowledged was synced before, header included.
 * - The database file is written by checkpoints alone, which sync the log before and the database
 * after (SQLite does that, on the checkpoints' thread).
 * - A log is written over from its start once all of it is in the database and no other connection
 * reads it. SQLite would sync the new header on the loop then; log_sync.h leaves that out, and
 * moved_log.h says why that is safe. The order on which this rests: database synced, then
 * "<store>-moved" synced, and only then may the loop write over the log. While a checkpoint runs,
 * a read transaction (`reader`) keeps the loop from that; commits go on behind the log's end
 * meanwhile. */
#ifndef HOST_STORE_DISK_FLUSH_H
#define HOST_STORE_DISK_FLUSH_H

#include <sqlite3.h>
#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/types.h>

#include "host/core/later.h"
#include "host/store/disk/checkpoint.h"
#include "host/store/disk/log_sync.h"
#include "host/store/disk/place.h"

struct node;
struct store_waiter;

/* What the loop asks of the thread of the flushes. */
struct store_flush_order {
    bool asked, stop;
    bool unmoved; /* the log holds commits that are not in the database */
    bool checkpoint;
    bool checkpoint_first;        /* the log is very long: those who wait are notified after the
                                     checkpoint, so that they pause meanwhile */
    int frames;                   /* of the log */
    struct store_moved committed; /* what the sync makes durable */
};

/* What that thread answers. */
struct store_flush_answer {
    bool ready;     /* the loop has not seen it yet */
    int result;     /* of the sync: errno, or 0 */
    bool misplaced; /* the files are not in their place any more, for what `why` says */
    char why[256];
    bool saved; /* the log was deleted, and what it held was moved */
    off_t database_size;
};

/* What the flush needs of the store that it is a part of. */
struct store_flush_owner {
    struct node *node;
    sqlite3 *database; /* the loop's connection */
    const char *path;
    bool in_memory;
    /* Closes a handle of the loop; the flush stays in memory until all of them are closed. */
    void (*close_handle)(void *user, uv_handle_t *handle);
    void *user;
};

struct store_flush {
    struct store_flush_owner owner;
    sj_list_head waiting;  /* for the next flush */
    sj_list_head flushing; /* for the one that runs */
    uv_timer_t timer;      /* flushes what nobody waits for, and checkpoints when idle */
    struct later soon;     /* in memory: notifies those who wait in the loop's next turn */
    bool open, running;
    bool dirty;                   /* committed since the last flush began */
    int moved;                    /* frames of the log that are in the database */
    struct store_moved committed; /* as the last commit left the log */
    int checkpoint_frames; /* a flush with more frames to move than that is followed by a checkpoint
                            */
    char refusal[512];     /* why nothing is written any more: a flush failed, the files are gone;
                              "" while all is well */
    bool held_logged;      /* the log cannot be moved into the database: it was logged */
    bool fault_logged; /* the last write failed for want of room or by the disk: it was logged */
    struct sj_metric *log_bytes, *database_bytes, *log_held, *refused, *fault;
    struct store_log log;

    uv_thread_t thread;
    bool has_threads;
    uv_async_t answered;
    uv_cond_t wake;
    uv_mutex_t mutex; /* of the next three */
    struct store_flush_order order;
    struct store_flush_answer answer;
    struct store_mover mover;

    int log_file;             /* -1: not open; constant while the threads run */
    int noted_file;           /* the same; how far the log is on the disk is noted there */
    struct store_moved noted; /* of the flushes' thread */
    struct store_place place; /* of the flushes' thread */
};

int store_flush_open(struct store_flush *flush, const struct store_flush_owner *owner,
                     sj_error *error);
/* Ends the thread after what it does; those who wait are notified, also those who come to wait
 * meanwhile. */
void store_flush_close(struct store_flush *flush);
/* What the last write met: NULL, or why the disk did not take it. Logged when it begins and when it
 * is over. Nothing before the flush is open: what is met while the store is opened ends the node,
 * and is the reason that it gives. */
void store_flush_fault(struct store_flush *flush, const char *fault);
/* After each commit. */
void store_flush_dirty(struct store_flush *flush);

/* Before a commit, so that nothing can fail after it: `durable` is called once the next flush has
 * ended. The flush begins with store_flush_kick. *waiter is valid until the scope closes. */
int store_flush_wait(struct store_flush *flush, sj_scope *scope, const char *here,
                     sj_result_fn durable, void *user, struct store_waiter **waiter,
                     sj_error *error);
/* The commit failed: nothing is called. */
void store_flush_cancel(struct store_waiter *waiter);
void store_flush_kick(struct store_flush *flush);
/* 1: calls back once what is committed so far is durable. 0: it is already. Negative: the disk
 * failed, there is no memory to wait, or the scope closes; nothing is called. */
int store_flush_join(struct store_flush *flush, sj_scope *scope, const char *here,
                     sj_result_fn durable, void *user, sj_error *error);

/* At the start: waits for the disk. */
int store_flush_now(struct store_flush *flush, sj_error *error);
/* The files are where they were: SQLite may move the log into the database when it closes them. */
bool store_flush_in_place(const struct store_flush *flush);

#endif
