/* The threads behind the lanes (work.h): one mutex, one condition a group, one uv_async back to the
 * loop. */
#include "host/work/work.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/core/later.h"
#include "host/core/node.h"
#include "host/telemetry/metrics.h"

enum { MOST_THREADS = 4 };

/* Somebody waits for a secret that is compared as for what the loop does; an import comes last. */
static const int niceness[WORK_GROUPS] = {
    [WORK_SECRETS] = 0, [WORK_IMPORTS] = 15, [WORK_GENERAL] = 5};

struct group {
    struct work_pool *pool;
    enum work_group number;
    uv_cond_t wake;
    sj_list_head waiting; /* handed over to its threads */
    uv_thread_t threads[MOST_THREADS];
    size_t threads_count;
};

struct work_pool {
    uv_async_t wake;
    struct node *node;
    struct work_lanes lanes;
    struct group groups[WORK_GROUPS];
    uv_mutex_t mutex;        /* for all below */
    sj_list_head have_run;   /* by their `handed` */
    sj_list_head pushed_out; /* by their item's link; of the loop alone: gave way to others */
    struct later refuse_pushed_out;
    sj_metric *waiting[WORK_LANES], *begun[WORK_LANES], *refused[WORK_LANES];
    struct work_lane_state shown[WORK_LANES];
    bool stopping;
};

/* ---- on the threads ---- */

static void run_group(void *user) {
    struct group *group = user;
    struct work_pool *pool = group->pool;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), niceness[group->number]);
    uv_mutex_lock(&pool->mutex);
    for (;;) {
        struct work *work;
        while (sj_list_empty(&group->waiting) && !pool->stopping) {
            uv_cond_wait(&group->wake, &pool->mutex);
        }
        work = SJ_OWNER(sj_list_take_first(&group->waiting), struct work, handed);
        if (work == NULL) {
            break;
        }
        uv_mutex_unlock(&pool->mutex);
        work->run(work);
        uv_mutex_lock(&pool->mutex);
        sj_list_add_last(&pool->have_run, &work->handed);
        (void)uv_async_send(&pool->wake);
    }
    uv_mutex_unlock(&pool->mutex);
}

/* ---- on the loop ---- */

/* Signals are for the loop's thread; those of a fault in the thread itself come to it all the same.
 */
static bool start_thread(struct group *group) {
    sigset_t all, before;
    bool started;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGSEGV);
    (void)sigdelset(&all, SIGBUS);
    (void)sigdelset(&all, SIGILL);
    (void)sigdelset(&all, SIGFPE);
    (void)sigdelset(&all, SIGABRT);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    started = uv_thread_create(&group->threads[group->threads_count], run_group, group) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    group->threads_count += started;
    return started;
}

static void hand_over(struct group *group, struct work *work) {
    uv_mutex_lock(&group->pool->mutex);
    sj_list_add_last(&group->waiting, &work->handed);
    uv_cond_signal(&group->wake);
    uv_mutex_unlock(&group->pool->mutex);
}

static bool is_busy(const struct work_pool *pool) {
    size_t running = 0;
    for (int i = 0; i < WORK_GROUPS; i++) {
        running += pool->lanes.running[i];
    }
    return running > 0 || work_lanes_waiting(&pool->lanes) > 0;
}

static void hold_loop(struct work_pool *pool) {
    if (is_busy(pool)) {
        uv_ref((uv_handle_t *)&pool->wake);
    } else {
        uv_unref((uv_handle_t *)&pool->wake);
    }
}

static void show(struct work_pool *pool) {
    const struct node *node = pool->node;
    if (pool->waiting[0] == NULL || node->scope == NULL || sj_scope_closing(node->scope)) {
        return;
    }
    for (int i = 0; i < WORK_LANES; i++) {
        const struct work_lane_state *lane = &pool->lanes.lanes[i];
        sj_host_metric_set(pool->waiting[i], (double)lane->waiting);
        sj_host_metric_add(pool->begun[i], (double)(lane->begun - pool->shown[i].begun));
        sj_host_metric_add(pool->refused[i], (double)(lane->refused - pool->shown[i].refused));
        pool->shown[i] = *lane;
    }
}

static void begin_some(struct work_pool *pool) {
    for (int i = 0; i < WORK_GROUPS; i++) {
        struct work_item *item;
        while ((item = work_lanes_take(&pool->lanes, (enum work_group)i)) != NULL) {
            hand_over(&pool->groups[i], (struct work *)(void *)item);
        }
    }
    hold_loop(pool);
    show(pool);
}

static void settle(struct work_pool *pool) {
    sj_list_head have_run = {0};
    struct work *work;
    uv_mutex_lock(&pool->mutex);
    sj_list_take_all(&pool->have_run, &have_run);
    uv_mutex_unlock(&pool->mutex);
    SJ_LIST_EACH(one, &have_run, struct work, handed) {
        work_lanes_end(&pool->lanes, &one->item);
    }
    if (!pool->stopping) {
        begin_some(pool); /* the threads go on while those who asked are told */
    }
    while ((work = SJ_OWNER(sj_list_take_first(&have_run), struct work, handed)) != NULL) {
        work->done(work, SJ_OK);
    }
}

static void woken(uv_async_t *wake) {
    settle((struct work_pool *)(void *)wake);
}

static void refuse_pushed_out(struct later *item) {
    struct work_pool *pool = SJ_OWNER(item, struct work_pool, refuse_pushed_out);
    sj_list_head refused = {0};
    struct work *work;
    sj_list_take_all(&pool->pushed_out, &refused);
    while ((work = SJ_OWNER(sj_list_take_first(&refused), struct work, item.link)) != NULL) {
        work->done(work, SJ_E_LIMIT);
    }
}

/* It is refused soon. */
static void push_out(struct work_pool *pool, struct work_item *item) {
    sj_list_add_last(&pool->pushed_out, &item->link);
    sj_later_add(&pool->node->later, &pool->refuse_pushed_out, refuse_pushed_out);
}

/* The first piece of a group's work starts its threads. */
static bool has_threads(struct group *group) {
    while (group->threads_count < work_threads[group->number] && start_thread(group)) {
    }
    return group->threads_count > 0;
}

int sj_work_submit(struct node *node, struct work *work, enum work_lane lane, const char *share,
                   void (*run)(struct work *work), void (*done)(struct work *work, int status)) {
    struct work_pool *pool = node->work;
    struct work_item *dropped;
    int status;
    if (!has_threads(&pool->groups[work_rules[lane].group])) {
        return SJ_E_NO_MEMORY;
    }
    work->run = run;
    work->done = done;
    status = work_lanes_add(&pool->lanes, &work->item, lane, share, &dropped);
    if (dropped != NULL) {
        push_out(pool, dropped);
    }
    begin_some(pool);
    return status;
}

void sj_work_move_share(struct node *node, enum work_lane from, enum work_lane to,
                        const char *share) {
    struct work_pool *pool = node->work;
    struct work_item *item, *dropped;
    if (!has_threads(&pool->groups[work_rules[to].group])) {
        return;
    }
    while ((item = work_lanes_take_out(&pool->lanes, from, share)) != NULL) {
        if (work_lanes_add(&pool->lanes, item, to, share, &dropped) != SJ_OK) {
            dropped = item;
        }
        if (dropped != NULL) {
            push_out(pool, dropped);
        }
    }
    begin_some(pool);
}

bool sj_work_cancel(struct node *node, struct work *work) {
    struct work_pool *pool = node->work;
    if (work->item.running) {
        return false;
    }
    if (work->item.share != NULL) {
        work_lanes_remove(&pool->lanes, &work->item);
        hold_loop(pool);
        show(pool);
        return true;
    }
    if (sj_list_linked(&work->item.link)) { /* pushed out, and not refused yet */
        sj_list_remove(&work->item.link);
        return true;
    }
    return false; /* it has run, and its `done` is about to be called */
}

size_t sj_work_waiting(struct node *node, enum work_lane lane) {
    return node->work->lanes.lanes[lane].waiting;
}

static void open_metrics(struct work_pool *pool) {
    sj_scope *scope = pool->node->scope;
    if (pool->node->metrics == NULL) {
        return;
    }
    for (int i = 0; i < WORK_LANES; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "sojourn_work_waiting{lane=\"%s\"}", work_rules[i].name);
        pool->waiting[i] = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, name,
                                          "Pieces of work that wait for a thread.");
        (void)snprintf(name, sizeof name, "sojourn_work_begun_total{lane=\"%s\"}",
                       work_rules[i].name);
        pool->begun[i] =
            sj_host_metric(scope, SJ_HERE, SJ_COUNTER, name, "Pieces of work given to a thread.");
        (void)snprintf(name, sizeof name, "sojourn_work_refused_total{lane=\"%s\"}",
                       work_rules[i].name);
        pool->refused[i] = sj_host_metric(scope, SJ_HERE, SJ_COUNTER, name,
                                          "Pieces of work refused because too many were waiting.");
    }
}

static bool open_locks(struct work_pool *pool) {
    int made = 0;
    if (uv_mutex_init(&pool->mutex) != 0) {
        return false;
    }
    while (made < WORK_GROUPS && uv_cond_init(&pool->groups[made].wake) == 0) {
        pool->groups[made].pool = pool;
        pool->groups[made].number = (enum work_group)made;
        made++;
    }
    if (made == WORK_GROUPS) {
        return true;
    }
    while (made > 0) {
        uv_cond_destroy(&pool->groups[--made].wake);
    }
    uv_mutex_destroy(&pool->mutex);
    return false;
}

static void close_locks(struct work_pool *pool) {
    for (int i = 0; i < WORK_GROUPS; i++) {
        uv_cond_destroy(&pool->groups[i].wake);
    }
    uv_mutex_destroy(&pool->mutex);
}

int sj_work_open(struct node *node, sj_error *error) {
    struct work_pool *pool = sj_node_alloc(node, sizeof *pool);
    if (pool == NULL || !open_locks(pool)) {
        free(pool);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the work queues");
    }
    if (uv_async_init(node->loop, &pool->wake, woken) != 0) {
        close_locks(pool);
        free(pool);
        return sj_error_set(error, SJ_E_IO, "the loop cannot be woken from other threads");
    }
    uv_unref((uv_handle_t *)&pool->wake);
    pool->node = node;
    node->work = pool;
    open_metrics(pool);
    return SJ_OK;
}

static void closed(uv_handle_t *handle) {
    struct work_pool *pool = (struct work_pool *)(void *)handle;
    close_locks(pool);
    free(pool);
}

void sj_work_close(struct node *node) {
    struct work_pool *pool = node->work;
    if (pool == NULL) {
        return;
    }
    uv_mutex_lock(&pool->mutex);
    pool->stopping = true;
    for (int i = 0; i < WORK_GROUPS; i++) {
        uv_cond_broadcast(&pool->groups[i].wake);
    }
    uv_mutex_unlock(&pool->mutex);
    for (int i = 0; i < WORK_GROUPS; i++) {
        for (size_t j = 0; j < pool->groups[i].threads_count; j++) {
            (void)uv_thread_join(&pool->groups[i].threads[j]);
        }
    }
    settle(pool);
    sj_later_cancel(&pool->refuse_pushed_out);
    node->work = NULL;
    uv_close((uv_handle_t *)&pool->wake, closed);
}
