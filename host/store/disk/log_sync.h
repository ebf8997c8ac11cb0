/* What stands between SQLite and the file of the log on the loop's connection: the loop waits for
 * no sync of it, nor for the file system to give back what a long log has taken.
 *
 * SQLite syncs the log on the loop in one case (synchronous=NORMAL, no checkpoints there): after
 * the header of a log that is written over from its start. What that sync excludes is excluded by
 * moved_log.h, so it is left out when the log that is being replaced is known there; else (another
 * program has moved it, such as the sqlite3 shell) SQLite gets its sync and the loop waits.
 *
 * SQLite shortens a log that is begun anew and longer than journal_size_limit. Cutting off some
 * hundred MiB at once takes a tenth of a second, so that it is done in steps, with the writes that
 * follow: then nobody else writes, and all that is behind the limit is left from before, as long as
 * what is written ends before it.
 */
#ifndef HOST_STORE_DISK_LOG_SYNC_H
#define HOST_STORE_DISK_LOG_SYNC_H

#include <sqlite3.h>
#include <uv.h>

#include <sojourn/types.h>

#include "host/store/disk/moved_log.h"

enum {
    STORE_LOG_STEP = 4 * 1024 * 1024,
    STORE_LOG_STEP_NS = 20 * 1000000
}; /* so much is cut off, and so seldom */

struct store_log {
    sqlite3_io_methods
        methods; /* first: what SQLite calls leads here. A copy with three of them changed */
    const sqlite3_io_methods *real;
    bool deferring; /* the flush's thread syncs */
    bool empty; /* the file was empty, on the disk, when it was opened: nothing is written over */
    bool safe;  /* what the last header replaced */
    int frames; /* of the log as the last commit said */
    struct store_salts salts; /* of that log */
    uv_mutex_t mutex;
    struct store_moved moved; /* as it is on the disk; under the mutex */
    int64_t waited;           /* times that the loop waited for a sync */
    int64_t shorten_to;       /* bytes; 0: the file is as short as it shall be */
    uint64_t shortened_at;    /* the last step, ns */
};

/* Empties the log of a store that was just opened, as far as nobody reads it, and puts itself
 * before its file. Waits for the disk: at the start only. */
int store_log_open(struct store_log *log, sqlite3 *database, const char *path, sj_error *error);
/* SQLite syncs again itself: before the connection is closed. */
void store_log_close(struct store_log *log);

#endif
