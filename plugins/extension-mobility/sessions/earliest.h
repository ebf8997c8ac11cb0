/* A queue of names by number, the lowest first, in which a name stands once: session ends by time, free base devices by their
 * number. Pure. */
#ifndef EM_EARLIEST_H
#define EM_EARLIEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct earliest_entry {
    int64_t number;
    size_t place; /* in the heap */
    struct earliest_entry *next_in_bucket;
    char name[];
};

struct earliest {
    struct earliest_entry **heap, **buckets; /* both have `room` */
    size_t count, room;
};

/* False when memory is short. The name is copied; when it is in the queue already, it gets the new number. */
bool earliest_add(struct earliest *queue, int64_t number, const char *name);
void earliest_remove(struct earliest *queue, const char *name);
/* The lowest, or NULL. */
const struct earliest_entry *earliest_peek(const struct earliest *queue);
/* Drops the lowest. */
void earliest_pop(struct earliest *queue);
void earliest_clear(struct earliest *queue);

#endif
