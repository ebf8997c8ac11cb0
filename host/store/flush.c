/* Group flush (flush.h). Its thread touches the job and its own members of `flush`; the checkpoints
 * are in checkpoint.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/log.h>
#include <sojourn/metric.h>

#include "host/core/callback.h"
#include "host/core/scope.h"
#include "host/store/internal.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"

enum {
    LAZY_MS = 200,
    IDLE_MS = 2000,
    LOOK_MS = 5000,
    CHECKPOINT_FRAMES = 4000,
    LONG_LOG = 2 * CHECKPOINT_FRAMES
};

struct store_waiter {
    sj_handle handle; /* first: owned by the scope that committed */
    sj_list_link link;
    sj_result_fn durable;
    void *user;
};

static void close_waiter(sj_handle *handle) {
    struct store_waiter *waiter = (struct store_waiter *)handle;
    sj_list_remove(&waiter->link);
    sj_handle_done(handle);
    free(waiter);
}

/* Those who are told may commit again and start the next flush, whose waiters are not told here:
 * the list is taken away first.
 */
static void tell_waiters(struct store *store, const char *failure) {
    sj_list_head told = {0};
    sj_error error;
    sj_list_take_all(&store->flush.flushing, &told);
    if (failure != NULL) {
        (void)sj_error_set(&error, SJ_E_IO,
                           "what was written to %.200s is not safe on the disk: %.400s",
                           store->path, failure);
    }
    for (struct store_waiter *settled;
         (settled = SJ_OWNER(sj_list_take_first(&told), struct store_waiter, link)) != NULL;) {
        sj_result_fn durable = settled->durable;
        void *user = settled->user;
        struct bracket bracket = sj_enter(settled->handle.scope, "commit");
        sj_handle_done(&settled->handle); /* the callback may close the scope */
        free(settled);
        durable(user, failure == NULL ? SJ_OK : SJ_E_IO, failure == NULL ? NULL : &error);
        sj_leave(&bracket);
    }
}

/* ---- on the threads ---- */

static int sync_log(const struct store_flush *flush) {
    return fdatasync(flush->log_file) == 0 ? 0 : errno;
}

/* The first file of the store that is not what it was, in a sentence. A log with commits that are
 * not in the database yet begins with a header. */
static enum store_place_state look(struct store *store, bool has_commits, char *why, size_t room) {
    struct store_flush *flush = &store->flush;
    enum store_place_state state;
    struct store_salts salts;
    const bool at_rest = store_mover_rests(flush, &flush->place.database.written);
    state = store_place_look(&flush->place, store->path, at_rest, why, room);
    if (state == STORE_IN_PLACE && has_commits && !store_log_file_salts(flush->log_file, &salts)) {
        (void)snprintf(why, room, "%s-wal was emptied by another program", store->path);
        state = STORE_MISPLACED;
    }
    return state;
}

static void say(struct store_flush *flush) {
    (void)uv_async_send(&flush->answered);
}

/* The log's name is gone, its commits are not: into the database with them, before the node ends.
 */
static void save_log(struct store *store, struct store_flush_job *job) {
    store_mover_await(&store->flush); /* its connections are used here */
    store_checkpoint(store, job);
    job->saved = job->in_database >= 0 && job->in_database == job->in_log;
}

static void do_job(struct store *store, struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    const enum store_place_state state = look(store, job->unmoved, job->why, sizeof job->why);
    const int result = state == STORE_IN_PLACE ? sync_log(flush) : 0;
    const bool checkpoint = job->checkpoint && result == 0 && state == STORE_IN_PLACE;
    if (state == STORE_LOG_DELETED) {
        save_log(store, job);
    }
    if (checkpoint && job->checkpoint_first) {
        store_mover_ask(flush, job->frames);
        store_mover_await(flush);
    }
    uv_mutex_lock(&flush->mutex);
    flush->job.result = result;
    flush->job.misplaced = state != STORE_IN_PLACE;
    flush->job.saved = job->saved;
    memcpy(flush->job.why, job->why, sizeof job->why);
    flush->job.database_size = flush->place.database.size;
    flush->job.synced = true;
    uv_mutex_unlock(&flush->mutex);
    say(flush);
    if (checkpoint && !job->checkpoint_first) {
        store_mover_ask(flush, job->frames);
    }
}

static void run_thread(void *user) {
    struct store *store = user;
    struct store_flush *flush = &store->flush;
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        struct store_flush_job job;
        while (!flush->job.asked && !flush->job.stop) {
            uv_cond_wait(&flush->wake, &flush->mutex);
        }
        if (!flush->job.asked) {
            break;
        }
        flush->job.asked = false;
        job = flush->job;
        job.trouble[0] = job.why[0] = '\0';
        uv_mutex_unlock(&flush->mutex);
        do_job(store, &job);
        uv_mutex_lock(&flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* ---- on the loop ---- */

static void start(struct store *store, bool idle);

static void set(struct sj_metric *metric, double value) {
    if (metric != NULL) {
        sj_host_metric_set(metric, value);
    }
}

void store_flush_fault(struct store *store, const char *fault) {
    struct store_flush *flush = &store->flush;
    if ((fault != NULL) == flush->faulty) {
        return;
    }
    flush->faulty = fault != NULL;
    set(flush->fault, flush->faulty);
    if (fault != NULL) {
        sj_node_log(store->node, SJ_LOG_ERROR,
                    "the disk of %s does not take what is written (%s): writes are refused and "
                    "reads go on until there is room",
                    store->path, fault);
    } else {
        sj_node_log(store->node, SJ_LOG_INFO, "the disk of %s takes what is written again",
                    store->path);
    }
}

static void refuse_writes(struct store *store) {
    set(store->flush.refused, 1);
    sj_node_log(store->node, SJ_LOG_ERROR, "the store takes no writes any more: %s",
                store->flush.refusal);
}

static void see_synced(struct store *store, const struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    flush->running = false;
    uv_unref((uv_handle_t *)&flush->answered);
    set(flush->database_bytes, (double)job->database_size);
    set(flush->log_bytes, (double)store->log.frames * (STORE_PAGE + STORE_FRAME_HEADER));
    if (flush->refusal[0] == '\0' && job->misplaced) {
        (void)snprintf(flush->refusal, sizeof flush->refusal,
                       "%s while the node runs; writes are refused, reads go on; %s", job->why,
                       job->saved ? "what the log held is in the database now: restart the node"
                                  : "stop the node, put the file back (or a backup), and start it");
        refuse_writes(store);
    } else if (flush->refusal[0] == '\0' && job->result != 0) {
        (void)snprintf(flush->refusal, sizeof flush->refusal,
                       "the disk failed to keep what was written before (%s); reads go on, writes "
                       "need a restart of the node",
                       strerror(job->result)); /* the kernel may have thrown away what it could not
                                                  write: only a restart tells */
        refuse_writes(store);
    }
    tell_waiters(store, flush->refusal[0] != '\0' ? flush->refusal : NULL);
}

static void take_answers(struct store *store) {
    struct store_flush *flush = &store->flush;
    struct store_flush_job job;
    uv_mutex_lock(&flush->mutex);
    job = flush->job;
    flush->job.synced = flush->job.moved = false;
    uv_mutex_unlock(&flush->mutex);
    if (job.moved) {
        store_checkpoint_seen(store, &job);
    }
    if (job.synced) {
        see_synced(store, &job);
    }
}

static void on_answer(uv_async_t *answered) {
    struct store *store = answered->data;
    struct store_flush *flush = &store->flush;
    take_answers(store);
    if (flush->open && !flush->running && !sj_list_empty(&flush->waiting)) {
        start(store, false);
    }
}

static void start(struct store *store, bool idle) {
    struct store_flush *flush = &store->flush;
    const int behind = store->log.frames - flush->moved;
    const bool is_long = store->log.frames > LONG_LOG &&
                         !flush->held; /* all of it has to be moved before it can begin anew */
    flush->running = true;
    flush->dirty = false;
    sj_list_take_all(&flush->waiting, &flush->flushing);
    uv_ref((uv_handle_t *)&flush->answered); /* the loop lives until those who wait are told */
    uv_mutex_lock(&flush->mutex);
    flush->job.asked = true;
    flush->job.checkpoint = behind > (idle || is_long ? 0 : flush->checkpoint_frames);
    flush->job.checkpoint_first = is_long;
    flush->job.frames = store->log.frames;
    flush->job.unmoved = behind > 0;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
}

static void in_memory(struct later *item) {
    struct store_flush *flush =
        (struct store_flush *)(void *)((char *)item - offsetof(struct store_flush, soon));
    struct store *store = (struct store *)(void *)((char *)flush - offsetof(struct store, flush));
    sj_list_take_all(&flush->waiting, &flush->flushing);
    tell_waiters(store, NULL);
}

/* Comes round for ever: what was not waited for is flushed, the log is moved when nothing was
 * written for a while, and the files are looked at. */
static void on_timer(uv_timer_t *timer) {
    struct store *store = timer->data;
    struct store_flush *flush = &store->flush;
    const bool idle = !flush->dirty;
    if (!flush->running) {
        start(store, idle);
    }
    (void)uv_timer_start(&flush->timer, on_timer,
                         !idle || store->log.frames > flush->moved ? IDLE_MS : LOOK_MS, 0);
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
    if (store->in_memory || !flush->open) {
        return;
    }
    flush->dirty = true;
    if (uv_timer_get_due_in(&flush->timer) > LAZY_MS) {
        (void)uv_timer_start(&flush->timer, on_timer, LAZY_MS, 0);
    }
}

static void kick(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (sj_list_empty(&flush->waiting) || !flush->open) {
        return;
    }
    if (store->in_memory) {
        sj_later_add(&store->node->later, &flush->soon, in_memory);
    } else if (!flush->running) {
        start(store, false);
    }
}

/* In no list yet. */
static struct store_waiter *new_waiter(struct store *store, sj_scope *scope, const char *here,
                                       sj_result_fn durable, void *user, sj_error *error) {
    struct store_waiter *waiter = sj_node_alloc(store->node, sizeof *waiter);
    if (waiter == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a commit");
        return NULL;
    }
    if (sj_handle_init(&waiter->handle, scope, "commit", here, "commit", close_waiter) != SJ_OK) {
        free(waiter);
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    waiter->durable = durable;
    waiter->user = user;
    return waiter;
}

bool sj_store_await(struct store *store, sj_scope *scope, const char *here, sj_result_fn durable,
                    void *user) {
    struct store_flush *flush = &store->flush;
    struct store_waiter *waiter;
    if (!flush->open || store->in_memory || (!flush->dirty && !flush->running)) {
        return false;
    }
    waiter = new_waiter(store, scope, here, durable, user, NULL);
    if (waiter == NULL) {
        return false;
    }
    sj_list_add_last(flush->dirty ? &flush->waiting : &flush->flushing, &waiter->link);
    kick(store);
    return true;
}

int sj_store_commit_durable(struct store *store, sj_scope *scope, const char *here,
                            sj_result_fn durable, void *user, sj_error *error) {
    sj_error unheard;
    sj_error *const why = error != NULL ? error : &unheard;
    struct store_waiter *waiter = new_waiter(store, scope, here, durable, user, why);
    int status;
    if (waiter == NULL) {
        return why->code;
    }
    /* Queued before the commit, after which nothing may fail; those who are told of the changes may
     * close the scope. */
    sj_list_add_last(&store->flush.waiting, &waiter->link);
    status = sj_store_transaction_commit(store, error);
    if (status != SJ_OK) {
        close_waiter(&waiter->handle);
    }
    kick(store);
    return status;
}

/* The mutex and its conditions, all or none. */
static bool make_locks(struct store_flush *flush) {
    uv_cond_t *const conditions[] = {&flush->wake, &flush->mover.wake, &flush->mover.rested};
    size_t made = 0;
    if (uv_mutex_init(&flush->mutex) != 0) {
        return false;
    }
    while (made < 3 && uv_cond_init(conditions[made]) == 0) {
        made++;
    }
    if (made == 3) {
        return true;
    }
    while (made > 0) {
        uv_cond_destroy(conditions[--made]);
    }
    uv_mutex_destroy(&flush->mutex);
    return false;
}

static void drop_locks(struct store_flush *flush) {
    uv_cond_destroy(&flush->wake);
    uv_cond_destroy(&flush->mover.wake);
    uv_cond_destroy(&flush->mover.rested);
    uv_mutex_destroy(&flush->mutex);
}

static int start_threads(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    if (uv_async_init(store->node->loop, &flush->answered, on_answer) != 0) {
        return sj_error_set(error, SJ_E_IO, "the loop cannot be woken by the store's thread");
    }
    flush->answered.data = store;
    uv_unref((uv_handle_t *)&flush->answered);
    store->handles++;
    if (make_locks(flush)) {
        if (store_mover_start(store)) {
            if (uv_thread_create(&flush->thread, run_thread, store) == 0) {
                flush->has_threads = true;
                return SJ_OK;
            }
            store_mover_end(store);
        }
        drop_locks(flush);
    }
    uv_close((uv_handle_t *)&flush->answered, store_handle_closed);
    return sj_error_set(error, SJ_E_NO_MEMORY, "no thread for the store's flush");
}

static int open_files(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    char name[4096];
    int result;
    (void)snprintf(name, sizeof name, "%s-wal", store->path);
    flush->log_file = open(name, O_RDONLY | O_CLOEXEC);
    result = flush->log_file < 0 ? errno : store_place_take(&flush->place, store->path);
    return result == 0 ? SJ_OK
                       : sj_error_set(error, SJ_E_IO, "the store's log %s cannot be read: %s", name,
                                      strerror(result));
}

static void make_metrics(struct store *store) {
    struct store_flush *flush = &store->flush;
    sj_scope *scope = store->node->scope;
    if (store->node->metrics == NULL || scope == NULL) {
        return; /* a test without them */
    }
    flush->log_bytes = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_log_bytes",
                                      "What the store's log holds.");
    flush->database_bytes = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_bytes",
                                           "The store's database file.");
    flush->log_held = sj_host_metric(
        scope, SJ_HERE, SJ_GAUGE, "sojourn_store_log_held",
        "1 while another program keeps the store's log from being moved into the database.");
    flush->refused = sj_host_metric(
        scope, SJ_HERE, SJ_GAUGE, "sojourn_store_refuses_writes",
        "1 once the store takes no writes any more: the disk failed, or its files are gone.");
    flush->fault = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_write_fault",
                                  "1 from a write that was refused because the disk is full, or by "
                                  "the disk, to one that succeeds.");
}

int store_flush_open(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    int status = SJ_OK;
    flush->checkpoint_frames = CHECKPOINT_FRAMES;
    if (!store->in_memory) {
        status = store_log_open(&store->log, store->database, store->path, error);
        status = status == SJ_OK ? open_files(store, error) : status;
        status = status == SJ_OK ? start_threads(store, error) : status;
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
        make_metrics(store);
        (void)sqlite3_wal_hook(store->database, on_commit, store);
        (void)uv_timer_start(&flush->timer, on_timer, LOOK_MS, 0);
    }
    return SJ_OK;
}

static void end_threads(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (!flush->has_threads) {
        return;
    }
    uv_mutex_lock(&flush->mutex);
    flush->job.stop = true;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->thread);
    store_mover_end(store);
    take_answers(store);
    drop_locks(flush);
    uv_close((uv_handle_t *)&flush->answered, store_handle_closed);
}

int store_flush_now(struct store *store, sj_error *error) {
    const int result = sync_log(&store->flush);
    return result == 0
               ? SJ_OK
               : sj_error_set(error, SJ_E_IO, "the store %s cannot be brought to the disk: %s",
                              store->path, strerror(result));
}

bool store_flush_in_place(const struct store *store) {
    return !store->flush.job.misplaced;
}

void store_flush_close(struct store *store) {
    struct store_flush *flush = &store->flush;
    const bool was_open = flush->open;
    flush->open = false;
    flush->log_bytes = flush->database_bytes = flush->log_held = flush->refused = flush->fault =
        NULL; /* their scope is closed by now */
    sj_later_cancel(&flush->soon);
    end_threads(store);
    while (!sj_list_empty(&flush->waiting)) { /* those who are told may commit again */
        const int result = store->in_memory ? 0 : sync_log(flush);
        sj_list_take_all(&flush->waiting, &flush->flushing);
        tell_waiters(store, flush->refusal[0] != '\0' ? flush->refusal
                                                      : (result != 0 ? strerror(result) : NULL));
    }
    if (was_open) {
        uv_close((uv_handle_t *)&flush->timer, store_handle_closed);
    }
    store_checkpoint_close(store);
    if (flush->log_file >= 0) {
        (void)close(flush->log_file);
    }
    store_log_close(&store->log);
}
