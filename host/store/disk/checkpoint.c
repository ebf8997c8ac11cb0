/* Moving the log into the database, on a thread of its own. */
#include "host/store/disk/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include <sojourn/log.h>

#include "host/core/node.h"
#include "host/store/disk/flush.h"
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
static void remember_moved(struct store_flush *flush, struct store_salts salts, int frames) {
    struct store_log *log = &flush->log;
    const struct store_moved moved = {salts, (uint32_t)frames};
    if ((!store_same_log(log->moved.salts, salts) || log->moved.frames != moved.frames) &&
        store_moved_write(flush->owner.path, &moved) == 0) {
        uv_mutex_lock(&log->mutex);
        log->moved = moved;
        uv_mutex_unlock(&log->mutex);
    }
}

/* The reader keeps the log from being written over until the database and the record are on the
 * disk. When it came too late for that (all was moved before, so that it does not read the log),
 * the salts before and after are those of one log only if that has not happened. */
void store_checkpoint(struct store_flush *flush, struct store_checkpoint_answer *answer) {
    struct store_mover *mover = &flush->mover;
    const char *path = flush->owner.path;
    struct store_salts before, after;
    bool one_log;
    answer->in_log = answer->in_database = -1;
    mover->connection = mover->connection != NULL ? mover->connection : open_connection(path);
    mover->reader = mover->reader != NULL ? mover->reader : open_connection(path);
    if (mover->connection == NULL || mover->reader == NULL ||
        sqlite3_exec(mover->reader, "BEGIN;SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL,
                     NULL) != SQLITE_OK) {
        (void)snprintf(answer->trouble, sizeof answer->trouble,
                       "no second connection can be opened");
        return;
    }
    one_log = store_log_file_salts(flush->log_file, &before);
    if (sqlite3_wal_checkpoint_v2(mover->connection, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  &answer->in_log, &answer->in_database) != SQLITE_OK) {
        (void)snprintf(answer->trouble, sizeof answer->trouble, "%s",
                       sqlite3_errmsg(mover->connection));
        answer->in_log = answer->in_database = -1;
    }
    one_log =
        one_log && store_log_file_salts(flush->log_file, &after) && store_same_log(before, after);
    if (one_log && answer->in_database > 0 && answer->in_database == answer->in_log) {
        remember_moved(flush, after, answer->in_database);
    }
    (void)sqlite3_exec(mover->reader, "ROLLBACK", NULL, NULL, NULL);
}

static void move_and_answer(struct store_flush *flush, int frames) {
    struct store_checkpoint_answer answer = {.ready = true, .asked_frames = frames};
    store_checkpoint(flush, &answer);
    const struct timespec written = store_place_written(flush->owner.path);
    uv_mutex_lock(&flush->mutex);
    flush->mover.written = written;
    flush->mover.answer = answer;
    uv_mutex_unlock(&flush->mutex);
    (void)uv_async_send(&flush->answered);
}

static void run_mover(void *user) {
    struct store_flush *flush = user;
    struct store_mover *mover = &flush->mover;
    /* Now: they must have the log that the loop writes to. */
    mover->connection = open_connection(flush->owner.path);
    mover->reader = open_connection(flush->owner.path);
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        mover->running = false;
        uv_cond_signal(&mover->rested);
        while (!mover->asked && !mover->stop) {
            uv_cond_wait(&mover->wake, &flush->mutex);
        }
        if (!mover->asked) {
            break;
        }
        const int frames = mover->frames;
        mover->asked = false;
        mover->running = true;
        uv_mutex_unlock(&flush->mutex);
        move_and_answer(flush, frames);
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

/* Logged once, until it is over. Behind is what the log held when the checkpoint began. */
static void see_held(struct store_flush *flush, int behind, const char *trouble) {
    const struct store_flush_owner *owner = &flush->owner;
    if (behind > flush->checkpoint_frames && !flush->held_logged) {
        flush->held_logged = true;
        sj_node_log(owner->node, SJ_LOG_WARNING,
                    "the store's log %s-wal has %lld MiB and grows, as it cannot be moved into the "
                    "database: %s",
                    owner->path, (long long)flush->log.frames * STORE_PAGE / 1048576,
                    trouble[0] != '\0' ? trouble
                                       : "another program reads an old state of it; end the "
                                         "sqlite3 shells and backups that have "
                                         "the store open");
    } else if (behind <= 0 && flush->held_logged) {
        flush->held_logged = false;
        sj_node_log(owner->node, SJ_LOG_INFO, "the store's log %s-wal is in the database again",
                    owner->path);
    }
    if (flush->log_held != NULL) {
        sj_host_metric_set(flush->log_held, flush->held_logged ? 1 : 0);
    }
}

/* A log that was written over since then is another one. */
void store_checkpoint_seen(struct store_flush *flush,
                           const struct store_checkpoint_answer *answer) {
    const int in_database = answer->in_database < 0 ? flush->moved : answer->in_database;
    const bool counts = answer->in_log < 0 || answer->in_log >= answer->asked_frames;
    if (answer->in_log <= flush->log.frames) {
        flush->moved = in_database;
    }
    see_held(flush, counts ? answer->asked_frames - in_database : 0, answer->trouble);
}

bool store_mover_start(struct store_flush *flush) {
    flush->mover.running = true; /* until it has its connections */
    return uv_thread_create(&flush->mover.thread, run_mover, flush) == 0;
}

void store_mover_end(struct store_flush *flush) {
    uv_mutex_lock(&flush->mutex);
    flush->mover.stop = true;
    uv_cond_signal(&flush->mover.wake);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->mover.thread);
}

void store_checkpoint_close(struct store_flush *flush) {
    (void)sqlite3_close(flush->mover.connection);
    (void)sqlite3_close(flush->mover.reader);
}
