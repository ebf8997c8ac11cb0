/* Work put off until the running callback has returned. */
#include "host/core/later.h"

static void drain(uv_idle_t *idle) {
    struct later_queue *queue = idle->data;
    uint64_t newest = queue->sequence;
    /* What is added meanwhile waits for the next iteration, so that sockets and timers get their
     * turn. */
    for (struct later *item;
         (item = SJ_OWNER(sj_list_first(&queue->items), struct later, link)) != NULL &&
         item->sequence <= newest;) {
        sj_later_cancel(item);
        item->run(item);
    }
    if (sj_list_empty(&queue->items)) {
        uv_idle_stop(idle);
    }
}

int sj_later_open(struct later_queue *queue, uv_loop_t *loop) {
    sj_list_init(&queue->items);
    queue->sequence = 0;
    if (uv_idle_init(loop, &queue->idle) != 0) {
        return -1;
    }
    queue->idle.data = queue;
    queue->open = true;
    return 0;
}

void sj_later_close(struct later_queue *queue) {
    if (queue->open) {
        queue->open = false;
        uv_close((uv_handle_t *)&queue->idle, NULL);
    }
}

void sj_later_add(struct later_queue *queue, struct later *item, void (*run)(struct later *item)) {
    if (item->queue != NULL) {
        return;
    }
    item->run = run;
    item->queue = queue;
    item->sequence = ++queue->sequence;
    if (sj_list_empty(&queue->items)) {
        uv_idle_start(&queue->idle, drain);
    }
    sj_list_add_last(&queue->items, &item->link);
}

void sj_later_cancel(struct later *item) {
    sj_list_remove(&item->link);
    item->queue = NULL;
}
