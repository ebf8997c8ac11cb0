/* A queue of names by number, the lowest first, in which a name stands once: session ends by time, free base devices by their
 * number. Pure. */
#ifndef EM_NAME_QUEUE_H
#define EM_NAME_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct em_queued_name {
    int64_t number;
    size_t place; /* in the heap */
    struct em_queued_name *next_in_bucket;
    char name[];
};

struct em_name_queue {
    struct em_queued_name **heap, **buckets; /* both have `room` */
    size_t count, room;
};

/* False when memory is short. The name is copied; when it is in the queue already, it gets the new number. */
bool em_name_queue_add(struct em_name_queue *queue, int64_t number, const char *name);
void em_name_queue_remove(struct em_name_queue *queue, const char *name);
/* The lowest, or NULL. */
const struct em_queued_name *em_name_queue_first(const struct em_name_queue *queue);
/* Drops the lowest. */
void em_name_queue_pop(struct em_name_queue *queue);
void em_name_queue_clear(struct em_name_queue *queue);

#endif
