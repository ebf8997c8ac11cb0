/* A queue of names by number, the lowest first, in which a name stands once: session ends by time,
 * free base devices by their number. Pure. */
#ifndef EM_NAME_QUEUE_H
#define EM_NAME_QUEUE_H

#include <sojourn/base/heap.h>
#include <sojourn/base/map.h>

struct em_queued_name {
    sj_heap_link by_number; /* .key: the number */
    sj_map_link by_name;
    char name[];
};

/* Zeroed: empty. */
struct em_name_queue {
    sj_heap numbers;
    sj_map names;
};

/* False when memory is short. The name is copied; when it is in the queue already, it gets the new
 * number. */
bool em_name_queue_add(struct em_name_queue *queue, int64_t number, const char *name);
void em_name_queue_remove(struct em_name_queue *queue, const char *name);
/* The lowest, or NULL. */
const struct em_queued_name *em_name_queue_first(const struct em_name_queue *queue);
/* Drops the lowest. */
void em_name_queue_pop(struct em_name_queue *queue);
void em_name_queue_clear(struct em_name_queue *queue);

#endif
