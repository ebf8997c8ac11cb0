/* Group flush: commits only write to the log file; one flush makes all that were made before it
 * durable and then tells those who wait. Flushes run on a thread of the store's own, checkpoints
 * (moving the log into the database file) on another, over connections of its own, so that
 * durability queues behind nobody's work, not even behind a checkpoint, and the loop never waits
 * for the disk.
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
#ifndef HOST_STORE_FLUSH_H
#define HOST_STORE_FLUSH_H

#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/types.h>

#include "host/core/later.h"
#include "host/store/checkpoint.h"
#include "host/store/place.h"

struct store;
struct store_waiter;
struct sqlite3;

/* What the loop asks of the thread, and what the thread says; under the mutex. */
struct store_flush_job {
    bool asked, stop;
    bool unmoved; /* the log holds commits that are not in the database */
    bool checkpoint;
    bool checkpoint_first; /* the log is very long: those who wait are told after the checkpoint, so
                              that they pause meanwhile */
    int frames;            /* of the log when it was asked */
    bool synced, moved;    /* answered, not seen by the loop yet */
    int result;            /* of the sync: errno, or 0 */
    int asked_frames, in_log,
        in_database;   /* frames before and after the checkpoint; the last is -1 when it failed */
    char trouble[160]; /* why the checkpoint failed */
    char why[256];     /* the files are not in their place any more */
    bool misplaced;
    bool saved; /* the log was deleted, and what it held was moved */
    off_t database_size;
};

struct store_flush {
    sj_list_head waiting;  /* for the next flush */
    sj_list_head flushing; /* for the one that runs */
    uv_timer_t timer;      /* flushes what nobody waits for, and checkpoints when idle */
    struct later soon;     /* in memory: tells those who wait in the loop's next turn */
    bool open, running;
    bool dirty;            /* committed since the last flush began */
    int moved;             /* frames of the log that are in the database */
    int checkpoint_frames; /* a flush with more frames to move than that is followed by a checkpoint
                            */
    char refusal[512]; /* why nothing is written any more: a flush failed, the files are gone; ""
                          while all is well */
    bool held;         /* the log cannot be moved into the database: it was said */
    bool faulty;       /* the last write failed for want of room or by the disk: it was said */
    struct sj_metric *log_bytes, *database_bytes, *log_held, *refused, *fault;

    uv_thread_t thread;
    bool has_threads;
    uv_mutex_t mutex;
    uv_cond_t wake;
    uv_async_t answered;
    struct store_flush_job job;
    struct store_mover mover;

    int log_file; /* -1: not open; constant while the threads run */
    /* Of the flushes' thread. */
    struct store_place place;
};

int store_flush_open(struct store *store, sj_error *error);
/* Ends the thread after what it does; those who wait are told, also those who come to wait
 * meanwhile. */
void store_flush_close(struct store *store);
/* What the last write met: NULL, or why the disk did not take it. Said in the log when it begins
 * and when it is over. */
void store_flush_fault(struct store *store, const char *fault);
/* After each commit. */
void store_flush_dirty(struct store *store);
/* At the start: waits for the disk. */
int store_flush_now(struct store *store, sj_error *error);
/* The files are where they were: SQLite may move the log into the database when it closes them. */
bool store_flush_in_place(const struct store *store);

#endif
