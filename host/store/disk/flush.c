/* Group flush. Its thread touches the order, its answer and its own members of the flush;
 * the checkpoints are in checkpoint.c. */
#include "host/store/disk/flush.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/log.h>
#include <sojourn/metric.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/scope.h"
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

static int not_durable(const struct store_flush *flush, const char *failure, sj_error *error) {
    return sj_error_set(error, SJ_E_IO, "what was written to %.200s is not durable: %.400s",
                        flush->owner.path, failure);
}

/* Those who are notified may commit again and start the next flush, whose waiters are not notified
 * here: the list is taken away first. */
static void notify_waiters(struct store_flush *flush, const char *failure) {
    sj_list_head done = {0};
    sj_error error;
    sj_list_take_all(&flush->flushing, &done);
    if (failure != NULL) {
        (void)not_durable(flush, failure, &error);
    }
    for (struct store_waiter *waiter;
         (waiter = SJ_OWNER(sj_list_take_first(&done), struct store_waiter, link)) != NULL;) {
        sj_result_fn durable = waiter->durable;
        void *user = waiter->user;
        struct bracket bracket = sj_enter(waiter->handle.scope, "commit");
        sj_handle_done(&waiter->handle); /* the callback may close the scope */
        free(waiter);
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
static enum store_place_state look(struct store_flush *flush, bool has_commits, char *why,
                                   size_t room) {
    enum store_place_state state;
    struct store_salts salts;
    const char *path = flush->owner.path;
    const bool at_rest = store_mover_rests(flush, &flush->place.database.written);
    state = store_place_look(&flush->place, path, at_rest, why, room);
    if (state == STORE_IN_PLACE && has_commits && !store_log_file_salts(flush->log_file, &salts)) {
        (void)snprintf(why, room, "%s-wal was emptied by another program", path);
        state = STORE_MISPLACED;
    }
    return state;
}

/* The log's name is gone, its commits are not: into the database with them, before the node ends.
 */
static bool save_log(struct store_flush *flush) {
    struct store_checkpoint_answer answer = {0};
    store_mover_await(flush); /* its connections are used here */
    store_checkpoint(flush, &answer);
    return answer.in_database >= 0 && answer.in_database == answer.in_log;
}

/* Nothing depends on it but what is said at the next start: that it fails has no other reason than
 * what makes the next flush fail. */
static void note_synced(struct store_flush *flush, const struct store_flush_order *order) {
    const struct store_moved *committed = &order->committed;
    if (!store_same_log(committed->salts, flush->noted.salts) ||
        committed->frames != flush->noted.frames) {
        (void)store_synced_note(flush->noted_file, committed);
        flush->noted = *committed;
    }
}

static void carry_out(struct store_flush *flush, const struct store_flush_order *order) {
    struct store_flush_answer answer = {.ready = true};
    const enum store_place_state state = look(flush, order->unmoved, answer.why, sizeof answer.why);
    answer.misplaced = state != STORE_IN_PLACE;
    answer.result = answer.misplaced ? 0 : sync_log(flush);
    if (!answer.misplaced && answer.result == 0) {
        note_synced(flush, order);
    }
    answer.saved = state == STORE_LOG_DELETED && save_log(flush);
    answer.database_size = flush->place.database.size;
    const bool checkpoint = order->checkpoint && !answer.misplaced && answer.result == 0;
    if (checkpoint && order->checkpoint_first) {
        store_mover_ask(flush, order->frames);
        store_mover_await(flush);
    }
    uv_mutex_lock(&flush->mutex);
    flush->answer = answer;
    uv_mutex_unlock(&flush->mutex);
    (void)uv_async_send(&flush->answered);
    if (checkpoint && !order->checkpoint_first) {
        store_mover_ask(flush, order->frames);
    }
}

static void run_thread(void *user) {
    struct store_flush *flush = user;
    uv_mutex_lock(&flush->mutex);
    for (;;) {
        while (!flush->order.asked && !flush->order.stop) {
            uv_cond_wait(&flush->wake, &flush->mutex);
        }
        if (!flush->order.asked) {
            break;
        }
        const struct store_flush_order order = flush->order;
        flush->order.asked = false;
        uv_mutex_unlock(&flush->mutex);
        carry_out(flush, &order);
        uv_mutex_lock(&flush->mutex);
    }
    uv_mutex_unlock(&flush->mutex);
}

/* ---- on the loop ---- */

static void start(struct store_flush *flush, bool idle);

static void set(struct sj_metric *metric, double value) {
    if (metric != NULL) {
        sj_host_metric_set(metric, value);
    }
}

void store_flush_fault(struct store_flush *flush, const char *fault) {
    const struct store_flush_owner *owner = &flush->owner;
    if (!flush->open || (fault != NULL) == flush->fault_logged) {
        return;
    }
    flush->fault_logged = fault != NULL;
    set(flush->fault, flush->fault_logged);
    if (fault != NULL) {
        sj_node_log(owner->node, SJ_LOG_ERROR,
                    "the disk of %s does not take what is written (%s): writes are refused and "
                    "reads go on until there is room",
                    owner->path, fault);
    } else {
        sj_node_log(owner->node, SJ_LOG_INFO, "the disk of %s takes what is written again",
                    owner->path);
    }
}

static void refuse_writes(struct store_flush *flush) {
    set(flush->refused, 1);
    sj_node_log(flush->owner.node, SJ_LOG_ERROR, "the store takes no writes any more: %s",
                flush->refusal);
}

static void see_flushed(struct store_flush *flush, const struct store_flush_answer *answer) {
    flush->running = false;
    uv_unref((uv_handle_t *)&flush->answered);
    set(flush->database_bytes, (double)answer->database_size);
    set(flush->log_bytes, (double)flush->log.frames * (STORE_PAGE + STORE_FRAME_HEADER));
    if (flush->refusal[0] == '\0' && answer->misplaced) {
        (void)snprintf(flush->refusal, sizeof flush->refusal,
                       "%s while the node runs; writes are refused, reads go on; %s", answer->why,
                       answer->saved
                           ? "what the log held is in the database now: restart the node"
                           : "stop the node, put the file back (or a backup), and start it");
        refuse_writes(flush);
    } else if (flush->refusal[0] == '\0' && answer->result != 0) {
        (void)snprintf(flush->refusal, sizeof flush->refusal,
                       "the disk failed to keep what was written before (%s); reads go on, writes "
                       "need a restart of the node",
                       strerror(answer->result)); /* the kernel may have thrown away what it could
                                                     not write: only a restart tells */
        refuse_writes(flush);
    }
    notify_waiters(flush, flush->refusal[0] != '\0' ? flush->refusal : NULL);
}

static void take_answers(struct store_flush *flush) {
    uv_mutex_lock(&flush->mutex);
    const struct store_flush_answer flushed = flush->answer;
    const struct store_checkpoint_answer moved = flush->mover.answer;
    flush->answer.ready = flush->mover.answer.ready = false;
    uv_mutex_unlock(&flush->mutex);
    if (moved.ready) {
        store_checkpoint_seen(flush, &moved);
    }
    if (flushed.ready) {
        see_flushed(flush, &flushed);
    }
}

static void on_answer(uv_async_t *answered) {
    struct store_flush *flush = answered->data;
    take_answers(flush);
    if (flush->open && !flush->running && !sj_list_empty(&flush->waiting)) {
        start(flush, false);
    }
}

static void start(struct store_flush *flush, bool idle) {
    const int frames = flush->log.frames, behind = frames - flush->moved;
    const bool is_long =
        frames > LONG_LOG &&
        !flush->held_logged; /* all of it has to be moved before it can begin anew */
    flush->running = true;
    flush->dirty = false;
    sj_list_take_all(&flush->waiting, &flush->flushing);
    uv_ref((uv_handle_t *)&flush->answered); /* the loop lives until those who wait are notified */
    uv_mutex_lock(&flush->mutex);
    flush->order.asked = true;
    flush->order.checkpoint = behind > (idle || is_long ? 0 : flush->checkpoint_frames);
    flush->order.checkpoint_first = is_long;
    flush->order.frames = frames;
    flush->order.committed = flush->committed;
    flush->order.unmoved = behind > 0;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
}

static void in_memory(struct later *item) {
    struct store_flush *flush = SJ_OWNER(item, struct store_flush, soon);
    sj_list_take_all(&flush->waiting, &flush->flushing);
    notify_waiters(flush, NULL);
}

/* Runs again and again: what was not waited for is flushed, the log is moved when nothing was
 * written for a while, and the files are looked at. */
static void on_timer(uv_timer_t *timer) {
    struct store_flush *flush = timer->data;
    const bool idle = !flush->dirty;
    if (!flush->running) {
        start(flush, idle);
    }
    (void)uv_timer_start(&flush->timer, on_timer,
                         !idle || flush->log.frames > flush->moved ? IDLE_MS : LOOK_MS, 0);
}

static int on_commit(void *user, sqlite3 *database, const char *name, int frames) {
    struct store_flush *flush = user;
    (void)database;
    (void)name;
    if (frames < flush->log.frames) {
        flush->moved = 0; /* a log from its start */
    }
    flush->log.frames = frames;
    flush->committed = (struct store_moved){flush->log.salts, (uint32_t)frames};
    return SQLITE_OK;
}

void store_flush_dirty(struct store_flush *flush) {
    if (flush->owner.in_memory || !flush->open) {
        return;
    }
    flush->dirty = true;
    if (uv_timer_get_due_in(&flush->timer) > LAZY_MS) {
        (void)uv_timer_start(&flush->timer, on_timer, LAZY_MS, 0);
    }
}

/* ---- waiting for it ---- */

/* In no list yet. */
static int new_waiter(struct store_flush *flush, sj_scope *scope, const char *here,
                      sj_result_fn durable, void *user, struct store_waiter **waiter,
                      sj_error *error) {
    *waiter = sj_node_alloc(flush->owner.node, sizeof **waiter);
    if (*waiter == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a commit");
        return SJ_E_NO_MEMORY;
    }
    if (sj_handle_init(&(*waiter)->handle, scope, "commit", here, "commit", close_waiter) !=
        SJ_OK) {
        free(*waiter);
        *waiter = NULL;
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return SJ_E_STOPPING;
    }
    (*waiter)->durable = durable;
    (*waiter)->user = user;
    return SJ_OK;
}

int store_flush_wait(struct store_flush *flush, sj_scope *scope, const char *here,
                     sj_result_fn durable, void *user, struct store_waiter **waiter,
                     sj_error *error) {
    const int status = new_waiter(flush, scope, here, durable, user, waiter, error);
    if (status == SJ_OK) {
        sj_list_add_last(&flush->waiting, &(*waiter)->link);
    }
    return status;
}

void store_flush_cancel(struct store_waiter *waiter) {
    close_waiter(&waiter->handle);
}

void store_flush_kick(struct store_flush *flush) {
    if (sj_list_empty(&flush->waiting) || !flush->open) {
        return;
    }
    if (flush->owner.in_memory) {
        sj_later_add(&flush->owner.node->later, &flush->soon, in_memory);
    } else if (!flush->running) {
        start(flush, false);
    }
}

int store_flush_join(struct store_flush *flush, sj_scope *scope, const char *here,
                     sj_result_fn durable, void *user, sj_error *error) {
    struct store_waiter *waiter;
    int status;
    if (flush->refusal[0] != '\0') {
        return not_durable(flush, flush->refusal, error);
    }
    if (!flush->open || flush->owner.in_memory || (!flush->dirty && !flush->running)) {
        return 0;
    }
    status = new_waiter(flush, scope, here, durable, user, &waiter, error);
    if (status != SJ_OK) {
        return status;
    }
    sj_list_add_last(flush->dirty ? &flush->waiting : &flush->flushing, &waiter->link);
    store_flush_kick(flush);
    return 1;
}

/* ---- opening and closing ---- */

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

static void close_handle(struct store_flush *flush, uv_handle_t *handle) {
    flush->owner.close_handle(flush->owner.user, handle);
}

static int start_threads(struct store_flush *flush, sj_error *error) {
    if (uv_async_init(flush->owner.node->loop, &flush->answered, on_answer) != 0) {
        return sj_error_set(error, SJ_E_IO, "the loop cannot be woken by the store's thread");
    }
    flush->answered.data = flush;
    uv_unref((uv_handle_t *)&flush->answered);
    if (make_locks(flush)) {
        if (store_mover_start(flush)) {
            if (uv_thread_create(&flush->thread, run_thread, flush) == 0) {
                flush->has_threads = true;
                return SJ_OK;
            }
            store_mover_end(flush);
        }
        drop_locks(flush);
    }
    close_handle(flush, (uv_handle_t *)&flush->answered);
    return sj_error_set(error, SJ_E_NO_MEMORY, "no thread for the store's flush");
}

static int open_files(struct store_flush *flush, sj_error *error) {
    const char *path = flush->owner.path;
    char name[4096];
    int result;
    (void)snprintf(name, sizeof name, "%s-wal", path);
    flush->log_file = open(name, O_RDONLY | O_CLOEXEC);
    result = flush->log_file < 0 ? errno : store_place_take(&flush->place, path);
    if (result == 0 && (flush->noted_file = store_moved_open(path)) < 0) {
        result = errno;
    }
    return result == 0 ? SJ_OK
                       : sj_error_set(error, SJ_E_IO, "the store's log %s cannot be read: %s", name,
                                      strerror(result));
}

static void make_metrics(struct store_flush *flush) {
    sj_scope *scope = flush->owner.node->scope;
    if (flush->owner.node->metrics == NULL || scope == NULL) {
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

int store_flush_open(struct store_flush *flush, const struct store_flush_owner *owner,
                     sj_error *error) {
    int status = SJ_OK;
    flush->owner = *owner;
    flush->checkpoint_frames = CHECKPOINT_FRAMES;
    if (!owner->in_memory) {
        status = store_log_open(&flush->log, owner->database, owner->path, error);
        status = status == SJ_OK ? open_files(flush, error) : status;
        status = status == SJ_OK ? start_threads(flush, error) : status;
    }
    if (status == SJ_OK && uv_timer_init(owner->node->loop, &flush->timer) != 0) {
        status = sj_error_set(error, SJ_E_NO_MEMORY, "no timer for the store");
    }
    if (status != SJ_OK) {
        return status;
    }
    flush->timer.data = flush;
    uv_unref((uv_handle_t *)&flush->timer);
    flush->open = true;
    if (!owner->in_memory) {
        make_metrics(flush);
        (void)sqlite3_wal_hook(owner->database, on_commit, flush);
        (void)uv_timer_start(&flush->timer, on_timer, LOOK_MS, 0);
    }
    return SJ_OK;
}

static void end_threads(struct store_flush *flush) {
    if (!flush->has_threads) {
        return;
    }
    uv_mutex_lock(&flush->mutex);
    flush->order.stop = true;
    uv_cond_signal(&flush->wake);
    uv_mutex_unlock(&flush->mutex);
    (void)uv_thread_join(&flush->thread);
    store_mover_end(flush);
    take_answers(flush);
    drop_locks(flush);
    close_handle(flush, (uv_handle_t *)&flush->answered);
}

int store_flush_now(struct store_flush *flush, sj_error *error) {
    const int result = sync_log(flush);
    return result == 0
               ? SJ_OK
               : sj_error_set(error, SJ_E_IO, "the store %s cannot be brought to the disk: %s",
                              flush->owner.path, strerror(result));
}

bool store_flush_in_place(const struct store_flush *flush) {
    return !flush->answer.misplaced;
}

void store_flush_close(struct store_flush *flush) {
    const bool was_open = flush->open;
    flush->open = false;
    flush->log_bytes = flush->database_bytes = flush->log_held = flush->refused = flush->fault =
        NULL; /* their scope is closed by now */
    sj_later_cancel(&flush->soon);
    end_threads(flush);
    while (!sj_list_empty(&flush->waiting)) { /* those who are notified may commit again */
        const int result = flush->owner.in_memory ? 0 : sync_log(flush);
        sj_list_take_all(&flush->waiting, &flush->flushing);
        notify_waiters(flush, flush->refusal[0] != '\0' ? flush->refusal
                                                        : (result != 0 ? strerror(result) : NULL));
    }
    if (was_open) {
        close_handle(flush, (uv_handle_t *)&flush->timer);
    }
    store_checkpoint_close(flush);
    if (flush->log_file >= 0) {
        (void)close(flush->log_file);
    }
    if (flush->noted_file >= 0) {
        (void)close(flush->noted_file);
    }
    store_log_close(&flush->log);
}
