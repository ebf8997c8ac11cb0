/* Work put off until no plugin's frame is on the stack. See later.h. */
#include "later.h"

#include <stddef.h>

static void drain(uv_idle_t *idle) {
    struct later_queue *queue = idle->data;
    uint64_t newest = queue->sequence;
    /* What is added meanwhile waits for the next iteration, so that sockets and timers get their turn. */
    while (queue->first != NULL && queue->first->sequence <= newest) {
        struct later *item = queue->first;
        sj_later_cancel(item);
        item->run(item);
    }
    if (queue->first == NULL) {
        uv_idle_stop(idle);
    }
}

int sj_later_open(struct later_queue *queue, uv_loop_t *loop) {
    queue->first = queue->last = NULL;
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
    item->next = NULL;
    item->previous = queue->last;
    if (queue->last != NULL) {
        queue->last->next = item;
    } else {
        queue->first = item;
        uv_idle_start(&queue->idle, drain);
    }
    queue->last = item;
}

void sj_later_cancel(struct later *item) {
    struct later_queue *queue = item->queue;
    if (queue == NULL) {
        return;
    }
    if (item->previous != NULL) {
        item->previous->next = item->next;
    } else {
        queue->first = item->next;
    }
    if (item->next != NULL) {
        item->next->previous = item->previous;
    } else {
        queue->last = item->previous;
    }
    item->next = item->previous = NULL;
    item->queue = NULL;
}
