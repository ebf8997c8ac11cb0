/* What stands between SQLite and the file of the log on the loop's connection: the loop waits for no sync of it.
 *
 * SQLite syncs the log on the loop in one case (synchronous=NORMAL, no checkpoints there): after the header of a log that is
 * written over from its start. What that sync excludes is excluded by moved_log.h, so it is left out when the log that is being
 * replaced is known there; else (somebody else has moved it, with the sqlite3 shell) SQLite gets its sync and the loop waits.
 */
#ifndef HOST_STORE_LOG_SYNC_H
#define HOST_STORE_LOG_SYNC_H

#include <sqlite3.h>
#include <uv.h>

#include <sojourn/types.h>

#include "moved_log.h"

struct store_log {
    sqlite3_io_methods methods; /* first: what SQLite calls leads here. A copy with two of them changed */
    const sqlite3_io_methods *real;
    bool deferring; /* the flush's thread syncs */
    bool empty;     /* the file was empty, on the disk, when it was opened: nothing is written over */
    bool safe;      /* what the last header replaced */
    int frames;     /* of the log as the last commit said */
    uv_mutex_t mutex;
    struct store_moved moved; /* as it is on the disk; under the mutex */
    int64_t waited;           /* times that the loop waited for a sync */
};

/* Empties the log of a store that was just opened, as far as nobody reads it, and puts itself before its file. Waits for the
 * disk: at the start only. */
int store_log_open(struct store_log *log, sqlite3 *database, const char *path, sj_error *error);
/* SQLite syncs again itself: before the connection is closed. */
void store_log_close(struct store_log *log);

#endif
