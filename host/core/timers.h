/* Timers: a heap ordered by due time under one timer of the loop, so that a test's clock can stand
 * in for the real one.
 *
 * Other parts embed struct timer_item for deadlines of their own; plugins get handles through the
 * host table. */
#ifndef SJ_HOST_CORE_TIMERS_H
#define SJ_HOST_CORE_TIMERS_H

#include <sojourn/base/heap.h>
#include <sojourn/types.h>

struct node;

struct timer_item {
    sj_heap_link link; /* by the time when it is due; equal ones fire in the order they were set */
    void (*fire)(struct timer_item *item);
};

int sj_timers_open(struct node *node, sj_error *error);
void sj_timers_close(struct node *node);

/* Sets (or sets anew) a timer; SJ_E_NO_MEMORY when the heap cannot grow. */
int sj_timer_set(struct node *node, struct timer_item *item, int64_t delay_ms,
                 void (*fire)(struct timer_item *item));
void sj_timer_clear(struct node *node, struct timer_item *item);

/* The next due time; false when no timer is set. Runs what is due at the node's present time. */
bool sj_timers_next(struct node *node, uint64_t *due);
void sj_timers_run(struct node *node);

uint64_t sj_node_monotonic_ms(struct node *node);
int64_t sj_node_wall_ms(struct node *node);

uint64_t sj_host_clock_monotonic_ms(sj_scope *scope);
int64_t sj_host_clock_wall_ms(sj_scope *scope);
sj_handle *sj_host_timer_start(sj_scope *scope, const char *here, int64_t delay_ms,
                               int64_t repeat_ms, sj_done_fn fire, void *user);
void sj_host_timer_again(sj_handle *handle, int64_t delay_ms);

#endif
