/* Timers and clocks. Touches the loop's one timer and the scopes that own plugins' timers. */
#include "host/core/timers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/core/callback.h"
#include "host/core/node.h"

struct timers {
    uv_timer_t wake;
    sj_heap heap;
    bool running;
};

/* A plugin's timer. */
struct timer {
    sj_handle handle;
    struct timer_item item;
    int64_t repeat_ms;
    sj_done_fn fire;
    void *user;
};

uint64_t sj_node_monotonic_ms(struct node *node) {
    return node->monotonic_ms != NULL ? node->monotonic_ms(node) : uv_now(node->loop);
}

int64_t sj_node_wall_ms(struct node *node) {
    struct timespec now;
    if (node->wall_ms != NULL) {
        return node->wall_ms(node);
    }
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wake(uv_timer_t *timer) {
    sj_timers_run(timer->data);
}

/* Sets the loop's timer to the earliest due time, at least `least_ms` from now. With a test's clock
 * the test runs the timers itself. */
static void arm_after(struct node *node, uint64_t least_ms) {
    struct timers *timers = node->timers;
    if (node->monotonic_ms != NULL || timers->running) {
        return;
    }
    const sj_heap_link *first = sj_heap_first(&timers->heap);
    if (first == NULL) {
        uv_timer_stop(&timers->wake);
    } else {
        uint64_t now = uv_now(node->loop), due = (uint64_t)first->key;
        uv_timer_start(&timers->wake, wake, due > now + least_ms ? due - now : least_ms, 0);
    }
}

static void arm(struct node *node) {
    arm_after(node, 0);
}

int sj_timers_open(struct node *node, sj_error *error) {
    struct timers *timers = sj_node_alloc(node, sizeof *timers);
    if (timers == NULL || uv_timer_init(node->loop, &timers->wake) != 0) {
        free(timers);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the timers");
    }
    timers->wake.data = node;
    node->timers = timers;
    return SJ_OK;
}

static void closed(uv_handle_t *handle) {
    struct timers *timers = (struct timers *)(void *)handle;
    sj_heap_clear(&timers->heap);
    free(timers);
}

void sj_timers_close(struct node *node) {
    if (node->timers != NULL) {
        uv_close((uv_handle_t *)&node->timers->wake, closed);
        node->timers = NULL;
    }
}

int sj_timer_set(struct node *node, struct timer_item *item, int64_t delay_ms,
                 void (*fire)(struct timer_item *item)) {
    const int64_t now = (int64_t)sj_node_monotonic_ms(node), most = INT64_MAX - now;
    const int64_t delay = delay_ms < 0 ? 0 : delay_ms < most ? delay_ms : most;
    if (!sj_heap_set(&node->timers->heap, &item->link, now + delay)) {
        return SJ_E_NO_MEMORY;
    }
    item->fire = fire;
    arm(node);
    return SJ_OK;
}

void sj_timer_clear(struct node *node, struct timer_item *item) {
    if (sj_heap_linked(&item->link) && node->timers != NULL) {
        sj_heap_remove(&node->timers->heap, &item->link);
        arm(node);
    }
}

bool sj_timers_next(struct node *node, uint64_t *due) {
    const sj_heap_link *first = sj_heap_first(&node->timers->heap);
    if (first == NULL) {
        return false;
    }
    *due = (uint64_t)first->key;
    return true;
}

void sj_timers_run(struct node *node) {
    struct timers *timers = node->timers;
    const uint64_t newest = timers->heap.order;
    const int64_t now = (int64_t)sj_node_monotonic_ms(node);
    timers->running = true;
    /* A timer set by one that fires waits for the next round, even with no delay. */
    for (sj_heap_link *first; (first = sj_heap_first(&timers->heap)) != NULL && first->key <= now &&
                              first->order <= newest;) {
        struct timer_item *item = SJ_OWNER(first, struct timer_item, link);
        sj_timer_clear(node, item);
        item->fire(item);
    }
    timers->running = false;
    arm_after(node, 1); /* with 0 libuv would come back before it looks at what else waits */
}

static struct timer *timer_of(struct timer_item *item) {
    return SJ_OWNER(item, struct timer, item);
}

static void timer_close(sj_handle *handle) {
    struct timer *timer = (struct timer *)handle;
    sj_timer_clear(sj_scope_node(handle->scope), &timer->item);
    sj_handle_release(handle);
}

static void timer_fire(struct timer_item *item) {
    struct timer *timer = timer_of(item);
    sj_scope *scope = timer->handle.scope;
    const char *here = timer->handle.here;
    sj_done_fn fire = timer->fire;
    void *user = timer->user;
    struct bracket bracket;
    if (timer->repeat_ms > 0) {
        (void)sj_timer_set(sj_scope_node(scope), item, timer->repeat_ms,
                           timer_fire); /* its place in the heap is free */
    } else {
        sj_handle_release(&timer->handle);
    }
    bracket = sj_enter_detail(scope, "timer", here);
    fire(user);
    sj_leave(&bracket);
}

uint64_t sj_host_clock_monotonic_ms(sj_scope *scope) {
    return sj_node_monotonic_ms(sj_scope_node(scope));
}

int64_t sj_host_clock_wall_ms(sj_scope *scope) {
    return sj_node_wall_ms(sj_scope_node(scope));
}

/* "every 500 ms". Without printf: a server starts one for each transfer. */
static void name_timer(char name[48], const char *prefix, uint64_t ms) {
    char digits[24];
    size_t at = sizeof digits;
    memcpy(&digits[at -= 4], " ms", 4);
    do {
        digits[--at] = (char)('0' + ms % 10);
        ms /= 10;
    } while (ms > 0);
    const size_t length = strlen(prefix);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the digits behind it end with NUL */
    memcpy(name, prefix, length);
    memcpy(name + length, digits + at, sizeof digits - at);
}

sj_handle *sj_host_timer_start(sj_scope *scope, const char *here, int64_t delay_ms,
                               int64_t repeat_ms, sj_done_fn fire, void *user) {
    struct node *node = sj_scope_node(scope);
    struct timer *timer = sj_node_alloc(node, sizeof *timer);
    char name[48];
    if (timer == NULL) {
        return NULL;
    }
    timer->repeat_ms = repeat_ms;
    timer->fire = fire;
    timer->user = user;
    name_timer(name, repeat_ms > 0 ? "every " : "in ",
               (uint64_t)(repeat_ms > 0  ? repeat_ms
                          : delay_ms > 0 ? delay_ms
                                         : 0));
    if (sj_handle_init(&timer->handle, scope, "timer", here, name, timer_close) != SJ_OK) {
        free(timer);
        return NULL;
    }
    if (sj_timer_set(node, &timer->item, delay_ms, timer_fire) != SJ_OK) {
        sj_handle_release(&timer->handle);
        return NULL;
    }
    return &timer->handle;
}

void sj_host_timer_again(sj_handle *handle, int64_t delay_ms) {
    struct timer *timer = (struct timer *)handle;
    if (handle->closing) {
        return;
    }
    (void)sj_timer_set(sj_scope_node(handle->scope), &timer->item, delay_ms,
                       timer_fire); /* live: its place is there */
}
