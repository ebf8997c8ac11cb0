/* The queue by which other threads reach the loop: a mutex, a list, one uv_async. */
#include "host/core/post.h"

#include <stdlib.h>

#include "host/core/node.h"

enum { MOST_WAITING = 65536 };

struct posted {
    struct posted *next;
    void (*run)(void *data);
    void *data;
};

struct post_queue {
    uv_async_t wake;
    uv_mutex_t mutex;
    struct posted *first, *last;
    size_t waiting;
};

static void drain(struct post_queue *queue) {
    struct posted *item;
    uv_mutex_lock(&queue->mutex);
    item = queue->first;
    queue->first = queue->last = NULL;
    queue->waiting = 0;
    uv_mutex_unlock(&queue->mutex);
    while (item != NULL) {
        struct posted *next = item->next;
        item->run(item->data);
        free(item);
        item = next;
    }
}

static void woken(uv_async_t *wake) {
    drain((struct post_queue *)(void *)wake);
}

int sj_post_open(struct node *node, sj_error *error) {
    struct post_queue *queue = sj_node_alloc(node, sizeof *queue);
    if (queue == NULL || uv_mutex_init(&queue->mutex) != 0) {
        free(queue);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the posting queue");
    }
    if (uv_async_init(node->loop, &queue->wake, woken) != 0) {
        uv_mutex_destroy(&queue->mutex);
        free(queue);
        return sj_error_set(error, SJ_E_IO, "the loop cannot be woken from other threads");
    }
    uv_unref((uv_handle_t *)&queue->wake);
    node->post = queue;
    return SJ_OK;
}

static void closed(uv_handle_t *handle) {
    struct post_queue *queue = (struct post_queue *)(void *)handle;
    uv_mutex_destroy(&queue->mutex);
    free(queue);
}

void sj_post_close(struct node *node) {
    struct post_queue *queue = node->post;
    if (queue != NULL) {
        drain(queue);
        node->post = NULL;
        uv_close((uv_handle_t *)&queue->wake, closed);
    }
}

int sj_post(struct node *node, void (*run)(void *data), void *data) {
    struct post_queue *queue = node->post;
    struct posted *item = malloc(sizeof *item);
    int status = SJ_OK;
    if (item == NULL) {
        return SJ_E_NO_MEMORY;
    }
    item->next = NULL;
    item->run = run;
    item->data = data;
    uv_mutex_lock(&queue->mutex);
    if (queue->waiting >= MOST_WAITING) {
        status = SJ_E_LIMIT;
    } else {
        if (queue->last != NULL) {
            queue->last->next = item;
        } else {
            queue->first = item;
        }
        queue->last = item;
        queue->waiting++;
    }
    uv_mutex_unlock(&queue->mutex);
    if (status != SJ_OK) {
        free(item);
        return status;
    }
    uv_async_send(&queue->wake);
    return SJ_OK;
}
