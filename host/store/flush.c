/* Group flush and checkpoints (flush.h). The threads touch the job, their own members of `flush`, and the record of the moved
 * log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/log.h>
#include <sojourn/metric.h>

#include "../log.h"
#include "../metrics.h"
#include "../scope.h"
#include "../supervise.h"
#include "internal.h"

enum { PAGE = 4096 };
enum { LAZY_MS = 200, IDLE_MS = 2000, LOOK_MS = 5000, CHECKPOINT_FRAMES = 4000, LONG_LOG = 2 * CHECKPOINT_FRAMES };

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
static void tell_waiters(struct store *store, struct store_waiter **list, const char *failure) {
    struct store_waiter *told = *list;
    sj_error error;
    *list = NULL;
    if (told != NULL) {
        told->link = &told;
    }
    if (failure != NULL) {
        (void)sj_error_set(&error, SJ_E_IO, "what was written to %.200s is not safe on the disk: %.400s", store->path, failure);
    }
    while (told != NULL) {
        struct store_waiter *settled = take_first(&told);
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

/* The first file of the store that is not what it was, in a sentence. A log with commits that are not in the database yet
 * begins with a header. */
static enum store_place_state look(struct store *store, bool has_commits, char *why, size_t room) {
    struct store_flush *flush = &store->flush;
    enum store_place_state state = store_place_look(&flush->place, store->path, why, room);
    struct store_salts salts;
    if (state == STORE_IN_PLACE && has_commits && !store_log_file_salts(flush->log_file, &salts)) {
        (void)snprintf(why, room, "%s-wal was emptied by another program", store->path);
        state = STORE_MISPLACED;
    }
    return state;
}

static sqlite3 *open_connection(const char *path) {
    static const char settings[] = "PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-64;"
                                   "SELECT 1 FROM sqlite_schema LIMIT 1"; /* which opens the log */
    sqlite3 *connection = NULL;
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(connection, settings, NULL, NULL, NULL) != SQLITE_OK) {
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
static void move_log(struct store *store, struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    struct store_salts before, after;
    bool one_log;
    job->in_log = job->in_database = -1;
    flush->checkpointer = flush->checkpointer != NULL ? flush->checkpointer : open_connection(store->path);
    flush->reader = flush->reader != NULL ? flush->reader : open_connection(store->path);
    if (flush->checkpointer == NULL || flush->reader == NULL ||
        sqlite3_exec(flush->reader, "BEGIN;SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL) != SQLITE_OK) {
        (void)snprintf(job->trouble, sizeof job->trouble, "no second connection can be opened");
        return;
    }
    one_log = store_log_file_salts(flush->log_file, &before);
    if (sqlite3_wal_checkpoint_v2(flush->checkpointer, NULL, SQLITE_CHECKPOINT_PASSIVE, &job->in_log, &job->in_database) !=
        SQLITE_OK) {
        (void)snprintf(job->trouble, sizeof job->trouble, "%s", sqlite3_errmsg(flush->checkpointer));
        job->in_log = job->in_database = -1;
    }
    one_log = one_log && store_log_file_salts(flush->log_file, &after) && store_same_log(before, after);
    if (one_log && job->in_database > 0 && job->in_database == job->in_log) {
        remember_moved(store, after, job->in_database);
    }
    (void)sqlite3_exec(flush->reader, "ROLLBACK", NULL, NULL, NULL);
}

static void say(struct store_flush *flush) {
    (void)uv_async_send(&flush->answered);
}

static void move_and_say(struct store *store, struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    move_log(store, job);
    uv_mutex_lock(&flush->mutex);
    flush->job.asked_frames = job->frames;
    flush->job.in_log = job->in_log;
    flush->job.in_database = job->in_database;
    memcpy(flush->job.trouble, job->trouble, sizeof job->trouble);
    flush->job.moved = true;
    uv_mutex_unlock(&flush->mutex);
    say(flush);
}

/* The thread of the checkpoints does nothing, and nobody else asks it. */
static void await_mover(struct store_flush *flush) {
    uv_mutex_lock(&flush->mutex);
    while (flush->move.asked || flush->move.running) {
        uv_cond_wait(&flush->moved_some, &flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* One checkpoint that runs already is enough. */
static void ask_mover(struct store_flush *flush, int frames) {
    uv_mutex_lock(&flush->mutex);
    if (!flush->move.running) {
        flush->move.asked = true;
        flush->move.frames = frames;
        uv_cond_signal(&flush->wake_mover);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* The log's name is gone, its commits are not: into the database with them, before the node ends. */
static void save_log(struct store *store, struct store_flush_job *job) {
    await_mover(&store->flush); /* its connections are used here */
    move_log(store, job);
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
        ask_mover(flush, job->frames);
        await_mover(flush);
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
        ask_mover(flush, job->frames);
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

static void run_mover(void *user) {
    struct store *store = user;
    struct store_flush *flush = &store->flush;
    flush->checkpointer = open_connection(store->path); /* now: they must have the log that the loop writes to */
    flush->reader = open_connection(store->path);
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        flush->move.running = false;
        uv_cond_signal(&flush->moved_some);
        while (!flush->move.asked && !flush->move.stop) {
            uv_cond_wait(&flush->wake_mover, &flush->mutex);
        }
        if (!flush->move.asked) {
            break;
        }
        struct store_flush_job job = {.frames = flush->move.frames};
        flush->move.asked = false;
        flush->move.running = true;
        uv_mutex_unlock(&flush->mutex);
        move_and_say(store, &job);
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

/* Said once, until it is over. Behind is what the log held when the checkpoint began. */
static void see_held(struct store *store, int behind, const char *trouble) {
    struct store_flush *flush = &store->flush;
    if (behind > flush->checkpoint_frames && !flush->held) {
        flush->held = true;
        sj_node_log(store->node, SJ_LOG_WARNING,
                    "the store's log %s-wal has %lld MiB and grows, as it cannot be moved into the database: %s", store->path,
                    (long long)store->log.frames * PAGE / 1048576,
                    trouble[0] != '\0'
                        ? trouble
                        : "another program reads an old state of it; end the sqlite3 shells and backups that have "
                          "the store open");
    } else if (behind <= 0 && flush->held) {
        flush->held = false;
        sj_node_log(store->node, SJ_LOG_INFO, "the store's log %s-wal is in the database again", store->path);
    }
    set(flush->log_held, flush->held ? 1 : 0);
}

/* A log that was written over since then is another one. */
static void see_moved(struct store *store, const struct store_flush_job *job) {
    const int in_database = job->in_database < 0 ? store->flush.moved : job->in_database;
    if (job->in_log <= store->log.frames) {
        store->flush.moved = in_database;
    }
    see_held(store, job->in_log < 0 || job->in_log >= job->asked_frames ? job->asked_frames - in_database : 0, job->trouble);
}

static void refuse_writes(struct store *store) {
    set(store->flush.refused, 1);
    sj_node_log(store->node, SJ_LOG_ERROR, "the store takes no writes any more: %s", store->flush.refusal);
}

static void see_synced(struct store *store, const struct store_flush_job *job) {
    struct store_flush *flush = &store->flush;
    flush->running = false;
    uv_unref((uv_handle_t *)&flush->answered);
    set(flush->database_bytes, (double)job->database_size);
    set(flush->log_bytes, (double)store->log.frames * (PAGE + STORE_FRAME_HEADER));
    if (flush->refusal[0] == '\0' && job->misplaced) {
        (void)snprintf(flush->refusal, sizeof flush->refusal, "%s while the node runs; writes are refused, reads go on; %s",
                       job->why,
                       job->saved ? "what the log held is in the database now: restart the node"
                                  : "stop the node, put the file back (or a backup), and start it");
        refuse_writes(store);
    } else if (flush->refusal[0] == '\0' && job->result != 0) {
        (void)snprintf(
            flush->refusal, sizeof flush->refusal,
            "the disk failed to keep what was written before (%s); reads go on, writes need a restart of the node",
            strerror(job->result)); /* the kernel may have thrown away what it could not write: only a restart tells */
        refuse_writes(store);
    }
    tell_waiters(store, &flush->flushing, flush->refusal[0] != '\0' ? flush->refusal : NULL);
}

static void take_answers(struct store *store) {
    struct store_flush *flush = &store->flush;
    struct store_flush_job job;
    uv_mutex_lock(&flush->mutex);
    job = flush->job;
    flush->job.synced = flush->job.moved = false;
    uv_mutex_unlock(&flush->mutex);
    if (job.moved) {
        see_moved(store, &job);
    }
    if (job.synced) {
        see_synced(store, &job);
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
    const bool is_long = store->log.frames > LONG_LOG && !flush->held; /* all of it has to be moved before it can begin anew */
    flush->running = true;
    flush->dirty = false;
    move_waiters(&flush->waiting, &flush->flushing);
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
    struct store_flush *flush = (struct store_flush *)(void *)((char *)item - offsetof(struct store_flush, soon));
    struct store *store = (struct store *)(void *)((char *)flush - offsetof(struct store, flush));
    move_waiters(&flush->waiting, &flush->flushing);
    tell_waiters(store, &flush->flushing, NULL);
}

/* Comes round for ever: what was not waited for is flushed, the log is moved when nothing was written for a while, and the
 * files are looked at. */
static void on_timer(uv_timer_t *timer) {
    struct store *store = timer->data;
    struct store_flush *flush = &store->flush;
    const bool idle = !flush->dirty;
    if (!flush->running) {
        start(store, idle);
    }
    (void)uv_timer_start(&flush->timer, on_timer, !idle || store->log.frames > flush->moved ? IDLE_MS : LOOK_MS, 0);
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

static bool start_mover(struct store *store) {
    store->flush.move.running = true; /* until it has its connections */
    return uv_thread_create(&store->flush.mover, run_mover, store) == 0;
}

static void end_mover(struct store *store) {
    struct store_flush *flush = &store->flush;
    uv_mutex_lock(&flush->mutex);
    flush->move.stop = true;
    uv_cond_signal(&flush->wake_mover);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->mover);
}

/* The mutex and its conditions, all or none. */
static bool make_locks(struct store_flush *flush) {
    uv_cond_t *const conditions[] = {&flush->wake, &flush->wake_mover, &flush->moved_some};
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
    uv_cond_destroy(&flush->wake_mover);
    uv_cond_destroy(&flush->moved_some);
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
        if (start_mover(store)) {
            if (uv_thread_create(&flush->thread, run_thread, store) == 0) {
                flush->has_threads = true;
                return SJ_OK;
            }
            end_mover(store);
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
    return result == 0 ? SJ_OK : sj_error_set(error, SJ_E_IO, "the store's log %s cannot be read: %s", name, strerror(result));
}

static void make_metrics(struct store *store) {
    struct store_flush *flush = &store->flush;
    sj_scope *scope = store->node->scope;
    if (store->node->metrics == NULL || scope == NULL) {
        return; /* a test without them */
    }
    flush->log_bytes = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_log_bytes", "What the store's log holds.");
    flush->database_bytes = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_bytes", "The store's database file.");
    flush->log_held = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_log_held",
                                     "1 while another program keeps the store's log from being moved into the database.");
    flush->refused = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_store_refuses_writes",
                                    "1 once the store takes no writes any more: the disk failed, or its files are gone.");
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
    end_mover(store);
    take_answers(store);
    drop_locks(flush);
    uv_close((uv_handle_t *)&flush->answered, store_handle_closed);
}

int store_flush_now(struct store *store, sj_error *error) {
    const int result = sync_log(&store->flush);
    return result == 0
               ? SJ_OK
               : sj_error_set(error, SJ_E_IO, "the store %s cannot be brought to the disk: %s", store->path, strerror(result));
}

bool store_flush_in_place(const struct store *store) {
    return !store->flush.job.misplaced;
}

void store_flush_close(struct store *store) {
    struct store_flush *flush = &store->flush;
    const bool was_open = flush->open;
    flush->open = false;
    flush->log_bytes = flush->database_bytes = flush->log_held = flush->refused = NULL; /* their scope is closed by now */
    sj_later_cancel(&flush->soon);
    end_threads(store);
    while (flush->waiting != NULL) { /* those who are told may commit again */
        const int result = store->in_memory ? 0 : sync_log(flush);
        move_waiters(&flush->waiting, &flush->flushing);
        tell_waiters(store, &flush->flushing,
                     flush->refusal[0] != '\0' ? flush->refusal : (result != 0 ? strerror(result) : NULL));
    }
    if (was_open) {
        uv_close((uv_handle_t *)&flush->timer, store_handle_closed);
    }
    (void)sqlite3_close(flush->checkpointer);
    (void)sqlite3_close(flush->reader);
    if (flush->log_file >= 0) {
        (void)close(flush->log_file);
    }
    store_log_close(&store->log);
}
