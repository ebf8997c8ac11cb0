/* Work put off until no plugin's frame is on the stack: replies of the bus, the end of scopes.
 * First come, first served, in the loop's next iteration. Touches nothing but the loop. */
#ifndef SJ_HOST_CORE_LATER_H
#define SJ_HOST_CORE_LATER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include <sojourn/base/list.h>

struct later {
    sj_list_link link;
    void (*run)(struct later *item); /* may free the item, add others, cancel others */
    struct later_queue *queue;       /* NULL when not queued */
    uint64_t sequence;
};

struct later_queue {
    sj_list_head items;
    uv_idle_t idle;
    uint64_t sequence;
    bool open;
};

int sj_later_open(struct later_queue *queue, uv_loop_t *loop);
void sj_later_close(struct later_queue *queue); /* the queue must be empty; completes on the loop */
void sj_later_add(struct later_queue *queue, struct later *item,
                  void (*run)(struct later *item)); /* no effect when queued */
void sj_later_cancel(struct later *item);           /* no effect when not queued */

#endif
