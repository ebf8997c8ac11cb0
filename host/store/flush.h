/* Group flush: commits only write to the log file; one flush on the pool makes all that were made before it durable and then
 * tells those who wait. Checkpoints (moving the log into the database file) run there too, over a connection of their own, so
 * that the loop never waits for the disk. */
#ifndef HOST_STORE_FLUSH_H
#define HOST_STORE_FLUSH_H

#include <uv.h>

#include <sojourn/types.h>

#include "../later.h"

struct store;
struct store_waiter;
struct sqlite3;

struct store_flush {
    struct store_waiter *waiting;  /* for the next flush */
    struct store_waiter *flushing; /* for the one that runs */
    uv_work_t work;
    uv_timer_t timer;  /* flushes what nobody waits for, and checkpoints when idle */
    struct later soon; /* in memory: tells those who wait in the loop's next turn */
    bool open, running, wanted;
    bool dirty;      /* committed since the last flush began */
    int frames;      /* in the log file, as the last commit said */
    bool checkpoint; /* the running flush is to do one */
    int log_file;    /* -1: not open */
    struct sqlite3 *checkpointer;
    int result;       /* of the running flush: errno, or 0 */
    int checkpointed; /* frames moved by the running flush, -1 none */
    int failed;       /* errno of a flush that failed: nothing is written any more */
};

int store_flush_open(struct store *store, sj_error *error);
/* Waits for what runs, runs the loop meanwhile; those who wait are told. */
void store_flush_close(struct store *store);
/* After each commit. */
void store_flush_dirty(struct store *store);

#endif
