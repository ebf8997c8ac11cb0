/* Group flush and checkpoints (flush.h). The work function runs on the pool and touches only what it is given in `flush`. */
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

enum { LAZY_MS = 200, IDLE_MS = 2000, CHECKPOINT_FRAMES = 4000 };

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

/* Takes all of one list over to another, first come first. */
static void move_waiters(struct store_waiter **from, struct store_waiter **to) {
    while (*from != NULL) {
        struct store_waiter *waiter = take_first(from);
        push_waiter(to, waiter); /* the newest was in front: the order turns round here */
    }
}

static void tell_waiters(struct store *store, int failure) {
    struct store_flush *flush = &store->flush;
    sj_error error;
    if (failure != 0) {
        (void)sj_error_set(&error, SJ_E_IO, "what was written to %s is not safe on the disk: %s", store->path,
                           strerror(failure));
    }
    while (flush->flushing != NULL) {
        struct store_waiter waiter = *flush->flushing;
        struct bracket bracket = sj_enter(waiter.handle.scope, "commit");
        struct store_waiter *settled = take_first(&flush->flushing);
        sj_handle_done(&settled->handle); /* the callback may close the scope */
        free(settled);
        waiter.durable(waiter.user, failure == 0 ? SJ_OK : SJ_E_IO, failure == 0 ? NULL : &error);
        sj_leave(&bracket);
    }
}

/* ---- on the pool ---- */

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

static int move_log(struct store_flush *flush, const char *path) {
    int in_log = -1, moved = -1;
    if (flush->checkpointer == NULL &&
        sqlite3_open_v2(path, &flush->checkpointer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
        (void)sqlite3_exec(flush->checkpointer, "PRAGMA synchronous=NORMAL;PRAGMA cache_size=-64", NULL, NULL, NULL);
    }
    if (sqlite3_wal_checkpoint_v2(flush->checkpointer, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved) != SQLITE_OK) {
        return -1;
    }
    return moved;
}

static void work(uv_work_t *request) {
    struct store *store = request->data;
    struct store_flush *flush = &store->flush;
    flush->result = sync_log(flush, store->path);
    flush->checkpointed = flush->checkpoint && flush->result == 0 ? move_log(flush, store->path) : -1;
}

/* ---- on the loop ---- */

static void start(struct store *store, bool checkpoint);

static void after_work(uv_work_t *request, int status) {
    struct store *store = request->data;
    struct store_flush *flush = &store->flush;
    (void)status;
    flush->running = false;
    if (flush->result != 0) {
        flush->failed = flush->result; /* the kernel may have thrown away what it could not write: only a restart tells */
    }
    if (flush->checkpointed >= 0) {
        flush->frames -= flush->checkpointed < flush->frames ? flush->checkpointed : flush->frames;
    }
    tell_waiters(store, flush->result);
    if (flush->open && !flush->running && flush->waiting != NULL) {
        start(store, flush->frames > CHECKPOINT_FRAMES);
    }
}

static void start(struct store *store, bool checkpoint) {
    struct store_flush *flush = &store->flush;
    flush->running = true;
    flush->dirty = false;
    flush->checkpoint = checkpoint;
    move_waiters(&flush->waiting, &flush->flushing);
    flush->work.data = store;
    if (uv_queue_work(store->node->loop, &flush->work, work, after_work) != 0) {
        work(&flush->work);
        after_work(&flush->work, 0);
    }
}

static void in_memory(struct later *item) {
    struct store_flush *flush = (struct store_flush *)(void *)((char *)item - offsetof(struct store_flush, soon));
    struct store *store = (struct store *)(void *)((char *)flush - offsetof(struct store, flush));
    move_waiters(&flush->waiting, &flush->flushing);
    tell_waiters(store, 0);
}

static void on_timer(uv_timer_t *timer) {
    struct store *store = timer->data;
    struct store_flush *flush = &store->flush;
    if (!flush->running && flush->dirty) {
        start(store, flush->frames > CHECKPOINT_FRAMES);
    } else if (!flush->running && flush->frames > 0) {
        start(store, true); /* nothing was written for a while */
        return;
    }
    if (flush->frames > 0) {
        (void)uv_timer_start(&flush->timer, on_timer, IDLE_MS, 0);
    }
}

static int on_commit(void *user, sqlite3 *database, const char *name, int frames) {
    struct store *store = user;
    (void)database;
    (void)name;
    store->flush.frames = frames;
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
    if (flush->waiting == NULL) {
        return;
    }
    if (store->in_memory) {
        sj_later_add(&store->node->later, &flush->soon, in_memory);
    } else if (!flush->running) {
        start(store, flush->frames > CHECKPOINT_FRAMES);
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

int store_flush_open(struct store *store, sj_error *error) {
    struct store_flush *flush = &store->flush;
    flush->log_file = -1;
    if (uv_timer_init(store->node->loop, &flush->timer) != 0) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no timer for the store");
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

void store_flush_close(struct store *store) {
    struct store_flush *flush = &store->flush;
    if (!flush->open) {
        return;
    }
    while (flush->running) {
        (void)uv_run(store->node->loop, UV_RUN_ONCE);
    }
    flush->open = false;
    sj_later_cancel(&flush->soon);
    move_waiters(&flush->waiting, &flush->flushing);
    tell_waiters(store, store->in_memory ? 0 : sync_log(flush, store->path));
    uv_close((uv_handle_t *)&flush->timer, store_handle_closed);
    (void)sqlite3_close(flush->checkpointer);
    if (flush->log_file >= 0) {
        (void)close(flush->log_file);
    }
}
