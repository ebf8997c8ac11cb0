/* Moving the log into the database, on a thread of its own (checkpoint.h). */
#include "host/store/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/log.h>

#include "host/store/internal.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"

/* ---- on the thread ---- */

static sqlite3 *open_connection(const char *path) {
    static const char settings[] =
        "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-64;"
        "SELECT 1 FROM sqlite_schema LIMIT 1"; /* which opens the log */
    sqlite3 *connection = NULL;
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(connection, settings, NULL, NULL, NULL) != SQLITE_OK) {
        (void)sqlite3_close(connection);
        return NULL;
    }
    return connection;
}

/* All of the log is in the database, on the disk: says so there before the loop may write over it.
 */
static void remember_moved(struct store *store, struct store_salts salts, int frames) {
    struct store_log *log = &store->log;
    const struct store_moved moved = {salts, (uint32_t)frames};
    if ((!store_same_log(log->moved.salts, salts) || log->moved.frames != moved.frames) &&
        store_moved_write(store->path, &moved) == 0) {
        uv_mutex_lock(&log->mutex);
        log->moved = moved;
        uv_mutex_unlock(&log->mutex);
    }
}

/* The reader keeps the log from being written over until the database and the record are on the
 * disk. When it came too late for that (all was moved before, so that it does not read the log),
 * the salts before and after are those of one log only if that has not happened. */
void store_checkpoint(struct store *store, struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    struct store_salts before, after;
    bool one_log;
    job->in_log = job->in_database = -1;
    flush->mover.connection =
        flush->mover.connection != NULL ? flush->mover.connection : open_connection(store->path);
    flush->mover.reader =
        flush->mover.reader != NULL ? flush->mover.reader : open_connection(store->path);
    if (flush->mover.connection == NULL || flush->mover.reader == NULL ||
        sqlite3_exec(flush->mover.reader, "BEGIN;SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL,
                     NULL) != SQLITE_OK) {
        (void)snprintf(job->trouble, sizeof job->trouble, "no second connection can be opened");
        return;
    }
    one_log = store_log_file_salts(flush->log_file, &before);
    if (sqlite3_wal_checkpoint_v2(flush->mover.connection, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  &job->in_log, &job->in_database) != SQLITE_OK) {
        (void)snprintf(job->trouble, sizeof job->trouble, "%s",
                       sqlite3_errmsg(flush->mover.connection));
        job->in_log = job->in_database = -1;
    }
    one_log =
        one_log && store_log_file_salts(flush->log_file, &after) && store_same_log(before, after);
    if (one_log && job->in_database > 0 && job->in_database == job->in_log) {
        remember_moved(store, after, job->in_database);
    }
    (void)sqlite3_exec(flush->mover.reader, "ROLLBACK", NULL, NULL, NULL);
}

static void move_and_say(struct store *store, struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    store_checkpoint(store, job);
    const struct timespec written = store_place_written(store->path);
    uv_mutex_lock(&flush->mutex);
    flush->mover.written = written;
    flush->job.asked_frames = job->frames;
    flush->job.in_log = job->in_log;
    flush->job.in_database = job->in_database;
    memcpy(flush->job.trouble, job->trouble, sizeof job->trouble);
    flush->job.moved = true;
    uv_mutex_unlock(&flush->mutex);
    (void)uv_async_send(&flush->answered);
}

static void run_mover(void *user) {
    struct store *store = user;
    struct store_flush *flush = &store->flush;
    flush->mover.connection =
        open_connection(store->path); /* now: they must have the log that the loop writes to */
    flush->mover.reader = open_connection(store->path);
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        flush->mover.running = false;
        uv_cond_signal(&flush->mover.rested);
        while (!flush->mover.asked && !flush->mover.stop) {
            uv_cond_wait(&flush->mover.wake, &flush->mutex);
        }
        if (!flush->mover.asked) {
            break;
        }
        struct store_flush_job job = {.frames = flush->mover.frames};
        flush->mover.asked = false;
        flush->mover.running = true;
        uv_mutex_unlock(&flush->mutex);
        move_and_say(store, &job);
        uv_mutex_lock(&flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* ---- on the thread of the flushes ---- */

/* The thread of the checkpoints does nothing, and nobody else asks it. */
void store_mover_await(struct store_flush *flush) {
    uv_mutex_lock(&flush->mutex);
    while (flush->mover.asked || flush->mover.running) {
        uv_cond_wait(&flush->mover.rested, &flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

bool store_mover_rests(struct store_flush *flush, struct timespec *written) {
    bool rests;
    uv_mutex_lock(&flush->mutex);
    rests = !flush->mover.asked && !flush->mover.running;
    if (flush->mover.written.tv_sec != 0) {
        *written = flush->mover.written;
    }
    uv_mutex_unlock(&flush->mutex);
    return rests;
}

/* One checkpoint that runs already is enough. */
void store_mover_ask(struct store_flush *flush, int frames) {
    uv_mutex_lock(&flush->mutex);
    if (!flush->mover.running) {
        flush->mover.asked = true;
        flush->mover.frames = frames;
        uv_cond_signal(&flush->mover.wake);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* ---- on the loop ---- */

/* Said once, until it is over. Behind is what the log held when the checkpoint began. */
static void see_held(struct store *store, int behind, const char *trouble) {
    struct store_flush *flush = &store->flush;
    if (behind > flush->checkpoint_frames && !flush->held) {
        flush->held = true;
        sj_node_log(store->node, SJ_LOG_WARNING,
                    "the store's log %s-wal has %lld MiB and grows, as it cannot be moved into the "
                    "database: %s",
                    store->path, (long long)store->log.frames * STORE_PAGE / 1048576,
                    trouble[0] != '\0' ? trouble
                                       : "another program reads an old state of it; end the "
                                         "sqlite3 shells and backups that have "
                                         "the store open");
    } else if (behind <= 0 && flush->held) {
        flush->held = false;
        sj_node_log(store->node, SJ_LOG_INFO, "the store's log %s-wal is in the database again",
                    store->path);
    }
    if (flush->log_held != NULL) {
        sj_host_metric_set(flush->log_held, flush->held ? 1 : 0);
    }
}

/* A log that was written over since then is another one. */
void store_checkpoint_seen(struct store *store, const struct store_flush_job *job) {
    const int in_database = job->in_database < 0 ? store->flush.moved : job->in_database;
    if (job->in_log <= store->log.frames) {
        store->flush.moved = in_database;
    }
    see_held(store,
             job->in_log < 0 || job->in_log >= job->asked_frames ? job->asked_frames - in_database
                                                                 : 0,
             job->trouble);
}

bool store_mover_start(struct store *store) {
    store->flush.mover.running = true; /* until it has its connections */
    return uv_thread_create(&store->flush.mover.thread, run_mover, store) == 0;
}

void store_mover_end(struct store *store) {
    struct store_flush *flush = &store->flush;
    uv_mutex_lock(&flush->mutex);
    flush->mover.stop = true;
    uv_cond_signal(&flush->mover.wake);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->mover.thread);
}

void store_checkpoint_close(struct store *store) {
    struct store_mover *mover = &store->flush.mover;
    (void)sqlite3_close(mover->connection);
    (void)sqlite3_close(mover->reader);
}
