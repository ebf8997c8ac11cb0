/* Group flush and checkpoints (flush.h). The thread touches the job, its own members of `flush`, and the record of the moved
 * log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/log.h>

#include "../scope.h"
#include "../supervise.h"
#include "internal.h"

enum { LAZY_MS = 200, IDLE_MS = 2000, CHECKPOINT_FRAMES = 4000, LONG_LOG = 2 * CHECKPOINT_FRAMES };

struct store_waiter {
    sj_handle handle; /* first: owned by the scope that committed */
    struct store_waiter *next;
    struct store_waiter **link; /* what points to this one */
    sj_result_fn durable;
    void *user;
};

static void unlink_waiter(struct store_waiter *waiter) {
    *waiter->link = waiter->next;
    if (waiter->next != NULL) {
        waiter->next->link = waiter->link;
    }
}

static struct store_waiter *take_first(struct store_waiter **list) {
    struct store_waiter *waiter = *list;
    *list = waiter->next;
    if (*list != NULL) {
        (*list)->link = list;
    }
    return waiter;
}

static void push_waiter(struct store_waiter **list, struct store_waiter *waiter) {
    waiter->next = *list;
    waiter->link = list;
    if (waiter->next != NULL) {
        waiter->next->link = &waiter->next;
    }
    *list = waiter;
}

static void close_waiter(sj_handle *handle) {
    struct store_waiter *waiter = (struct store_waiter *)handle;
    unlink_waiter(waiter);
    sj_handle_done(handle);
    free(waiter);
}

/* Takes all of one list over to another that is empty, first come first. */
static void move_waiters(struct store_waiter **from, struct store_waiter **to) {
    while (*from != NULL) {
        struct store_waiter *waiter = take_first(from);
        push_waiter(to, waiter); /* the newest was in front: the order turns round here */
    }
}

/* Those who are told may commit again and start the next flush, whose waiters are not told here: the list is taken away first.
 */
static void tell_waiters(struct store *store, struct store_waiter **list, int failure) {
    struct store_waiter *told = *list;
    sj_error error;
    *list = NULL;
    if (told != NULL) {
        told->link = &told;
    }
    if (failure != 0) {
        (void)sj_error_set(&error, SJ_E_IO, "what was written to %s is not safe on the disk: %s", store->path,
                           strerror(failure));
    }
    while (told != NULL) {
        struct store_waiter *settled = take_first(&told);
        sj_result_fn durable = settled->durable;
        void *user = settled->user;
        struct bracket bracket = sj_enter(settled->handle.scope, "commit");
        sj_handle_done(&settled->handle); /* the callback may close the scope */
        free(settled);
        durable(user, failure == 0 ? SJ_OK : SJ_E_IO, failure == 0 ? NULL : &error);
        sj_leave(&bracket);
    }
}

/* ---- on the thread ---- */

static int sync_log(struct store_flush *flush, const char *path) {
    char name[4096];
    if (flush->log_file < 0) {
        (void)snprintf(name, sizeof name, "%s-wal", path);
        flush->log_file = open(name, O_RDONLY | O_CLOEXEC);
        if (flush->log_file < 0) {
            return errno == ENOENT ? 0 : errno; /* no log yet: nothing was committed */
        }
    }
    return fdatasync(flush->log_file) == 0 ? 0 : errno;
}

static sqlite3 *open_connection(const char *path) {
    sqlite3 *connection = NULL;
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(connection, "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-64", NULL, NULL,
                     NULL) != SQLITE_OK) {
        (void)sqlite3_close(connection);
        return NULL;
    }
    return connection;
}

/* All of the log is in the database, on the disk: says so there before the loop may write over it. */
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

/* The reader keeps the log from being written over until the database and the record are on the disk. When it came too late for
 * that (all was moved before, so that it does not read the log), the salts before and after are those of one log only if that
 * has not happened. */
static void move_log(struct store *store, int *in_log, int *in_database) {
    struct store_flush *flush = &store->flush;
    struct store_salts before, after;
    bool one_log;
    *in_log = *in_database = -1;
    flush->checkpointer = flush->checkpointer != NULL ? flush->checkpointer : open_connection(store->path);
    flush->reader = flush->reader != NULL ? flush->reader : open_connection(store->path);
    if (flush->checkpointer == NULL || flush->reader == NULL ||
        sqlite3_exec(flush->reader, "BEGIN;SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL) != SQLITE_OK) {
        return;
    }
    one_log = flush->log_file >= 0 && store_log_file_salts(flush->log_file, &before);
    if (sqlite3_wal_checkpoint_v2(flush->checkpointer, NULL, SQLITE_CHECKPOINT_PASSIVE, in_log, in_database) != SQLITE_OK) {
        *in_log = *in_database = -1;
    }
    one_log = one_log && store_log_file_salts(flush->log_file, &after) && store_same_log(before, after);
    if (one_log && *in_database > 0 && *in_database == *in_log) {
        remember_moved(store, after, *in_database);
    }
    (void)sqlite3_exec(flush->reader, "ROLLBACK", NULL, NULL, NULL);
}

static void say(struct store_flush *flush) {
    (void)uv_async_send(&flush->answered);
}

static void move_and_say(struct store *store) {
    struct store_flush *flush = &store->flush;
    int in_log, in_database;
    move_log(store, &in_log, &in_database);
    uv_mutex_lock(&flush->mutex);
    flush->job.in_log = in_log;
    flush->job.in_database = in_database;
    flush->job.moved = true;
    uv_mutex_unlock(&flush->mutex);
    say(flush);
}

static void do_job(struct store *store, bool checkpoint, bool checkpoint_first) {
    struct store_flush *flush = &store->flush;
    const int result = sync_log(flush, store->path);
    if (result == 0 && checkpoint && checkpoint_first) {
        move_and_say(store);
    }
    uv_mutex_lock(&flush->mutex);
    flush->job.result = result;
    flush->job.synced = true;
    uv_mutex_unlock(&flush->mutex);
    say(flush);
    if (result == 0 && checkpoint && !checkpoint_first) {
        move_and_say(store);
    }
}

static void run_thread(void *user) {
    struct store *store = user;
    struct store_flush *flush = &store->flush;
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        bool checkpoint, first;
        while (!flush->job.asked && !flush->job.stop) {
            uv_cond_wait(&flush->wake, &flush->mutex);
        }
        if (!flush->job.asked) {
            break;
        }
        flush->job.asked = false;
        checkpoint = flush->job.checkpoint;
        first = flush->job.checkpoint_first;
        uv_mutex_unlock(&flush->mutex);
        do_job(store, checkpoint, first);
        uv_mutex_lock(&flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* ---- on the loop ---- */

static void start(struct store *store, bool idle);

/* A log that was written over since then is another one. */
static void see_moved(struct store *store, int in_log, int in_database) {
    if (in_database >= 0 && in_log <= store->log.frames) {
        store->flush.moved = in_database;
    }
}

static void see_synced(struct store *store, int result) {
    struct store_flush *flush = &store->flush;
    flush->running = false;
    uv_unref((uv_handle_t *)&flush->answered);
    if (result != 0) {
        flush->failed = result; /* the kernel may have thrown away what it could not write: only a restart tells */
    }
    tell_waiters(store, &flush->flushing, result);
}

static void take_answers(struct store *store) {
    struct store_flush *flush = &store->flush;
    struct store_flush_job job;
    uv_mutex_lock(&flush->mutex);
    job = flush->job;
    flush->job.synced = flush->job.moved = false;
    uv_mutex_unlock(&flush->mutex);
    if (job.moved) {
        see_moved(store, job.in_log, job.in_database);
    }
    if (job.synced) {
        see_synced(store, job.result);
    }
}

static void on_answer(uv_async_t *answered) {
    struct store *store = answered->data;
    struct store_flush *flush = &store->flush;
    take_answers(store);
    if (flush->open && !flush->running && flush->waiting != NULL) {
        start(store, false);
    }
}

static void start(struct store *store, bool idle) {
    struct store_flush *flush = &store->flush;
    const int behind = store->log.frames - flush->moved;
    flush->running = true;
    flush->dirty = false;
    move_waiters(&flush->waiting, &flush->flushing);
    uv_ref((uv_handle_t *)&flush->answered); /* the loop lives until those who wait are told */
    uv_mutex_lock(&flush->mutex);
    flush->job.asked = true;
    flush->job.checkpoint = behind > (idle ? 0 : flush->checkpoint_frames);
    flush->job.checkpoint_first = store->log.frames > LONG_LOG;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
}

static void in_memory(struct later *item) {
    struct store_flush *flush = (struct store_flush *)(void *)((char *)item - offsetof(struct store_flush, soon));
    struct store *store = (struct store *)(void *)((char *)flush - offsetof(struct store, flush));
    move_waiters(&flush->waiting, &flush->flushing);
    tell_waiters(store, &flush->flushing, 0);
}

static void on_timer(uv_timer_t *timer) {
    struct store *store = timer->data;
    struct store_flush *flush = &store->flush;
    const bool idle = !flush->dirty; /* nothing was written for a while */
    if (!flush->running && (!idle || store->log.frames > flush->moved)) {
        start(store, idle);
    }
    if (!idle || flush->running) {
        (void)uv_timer_start(&flush->timer, on_timer, IDLE_MS, 0);
    }
}

static int on_commit(void *user, sqlite3 *database, const char *name, int frames) {
    struct store *store = user;
    (void)database;
    (void)name;
    if (frames < store->log.frames) {
        store->flush.moved = 0; /* a log from its start */
    }
    store->log.frames = frames;
    return SQLITE_OK;
}

void store_flush_dirty(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (store->in_memory) {
        return;
    }
    flush->dirty = true;
    if (!uv_is_active((uv_handle_t *)&flush->timer) || uv_timer_get_due_in(&flush->timer) > LAZY_MS) {
        (void)uv_timer_start(&flush->timer, on_timer, LAZY_MS, 0);
    }
}

static void kick(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (flush->waiting == NULL || !flush->open) {
        return;
    }
    if (store->in_memory) {
        sj_later_add(&store->node->later, &flush->soon, in_memory);
    } else if (!flush->running) {
        start(store, false);
    }
}

int sj_store_commit_durable(struct store *store, sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                            sj_error *error) {
    struct store_waiter *waiter = sj_node_alloc(store->node, sizeof *waiter);
    int status;
    if (waiter == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a commit");
    }
    if (sj_handle_init(&waiter->handle, scope, "commit", here, "commit", close_waiter) != SJ_OK) {
        free(waiter);
        return sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
    }
    waiter->durable = durable;
    waiter->user = user;
    /* Queued before the commit, after which nothing may fail; those who are told of the changes may close the scope. */
    push_waiter(&store->flush.waiting, waiter);
    status = sj_store_transaction_commit(store, error);
    if (status != SJ_OK) {
        close_waiter(&waiter->handle);
    }
    kick(store);
    return status;
}

static int start_thread(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    if (uv_async_init(store->node->loop, &flush->answered, on_answer) != 0) {
        return sj_error_set(error, SJ_E_IO, "the loop cannot be woken by the store's thread");
    }
    flush->answered.data = store;
    uv_unref((uv_handle_t *)&flush->answered);
    store->handles++;
    if (uv_mutex_init(&flush->mutex) == 0) {
        if (uv_cond_init(&flush->wake) == 0) {
            if (uv_thread_create(&flush->thread, run_thread, store) == 0) {
                flush->has_thread = true;
                return SJ_OK;
            }
            uv_cond_destroy(&flush->wake);
        }
        uv_mutex_destroy(&flush->mutex);
    }
    uv_close((uv_handle_t *)&flush->answered, store_handle_closed);
    return sj_error_set(error, SJ_E_NO_MEMORY, "no thread for the store's flush");
}

int store_flush_open(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    int status = SJ_OK;
    flush->log_file = -1;
    flush->checkpoint_frames = CHECKPOINT_FRAMES;
    if (!store->in_memory) {
        status = store_log_open(&store->log, store->database, store->path, error);
        status = status == SJ_OK ? start_thread(store, error) : status;
    }
    if (status == SJ_OK && uv_timer_init(store->node->loop, &flush->timer) != 0) {
        status = sj_error_set(error, SJ_E_NO_MEMORY, "no timer for the store");
    }
    if (status != SJ_OK) {
        return status;
    }
    flush->timer.data = store;
    uv_unref((uv_handle_t *)&flush->timer);
    store->handles++;
    flush->open = true;
    if (!store->in_memory) {
        (void)sqlite3_wal_hook(store->database, on_commit, store);
    }
    return SJ_OK;
}

static void end_thread(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (!flush->has_thread) {
        return;
    }
    uv_mutex_lock(&flush->mutex);
    flush->job.stop = true;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->thread);
    take_answers(store);
    uv_cond_destroy(&flush->wake);
    uv_mutex_destroy(&flush->mutex);
    uv_close((uv_handle_t *)&flush->answered, store_handle_closed);
}

void store_flush_close(struct store *store) {
    struct store_flush *flush = &store->flush;
    const bool was_open = flush->open;
    flush->open = false;
    sj_later_cancel(&flush->soon);
    end_thread(store);
    while (flush->waiting != NULL) { /* those who are told may commit again */
        const int result = store->in_memory ? 0 : sync_log(flush, store->path);
        move_waiters(&flush->waiting, &flush->flushing);
        tell_waiters(store, &flush->flushing, result);
    }
    if (was_open) {
        uv_close((uv_handle_t *)&flush->timer, store_handle_closed);
    }
    (void)sqlite3_close(flush->checkpointer);
    (void)sqlite3_close(flush->reader);
    if (flush->has_thread && flush->log_file >= 0) {
        (void)close(flush->log_file);
    }
    store_log_close(&store->log);
}
