/* A queue of names by number, the lowest first: session ends by time, free base devices by their number. Pure. */
#ifndef EM_EARLIEST_H
#define EM_EARLIEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct earliest_entry {
    int64_t number;
    char *name;
};

struct earliest {
    struct earliest_entry *entries;
    size_t count, room;
};

/* False when memory is short. The name is copied. The same name may be in it several times. */
bool earliest_add(struct earliest *queue, int64_t number, const char *name);
/* The lowest, or NULL. */
const struct earliest_entry *earliest_peek(const struct earliest *queue);
/* Drops the lowest. */
void earliest_pop(struct earliest *queue);
void earliest_clear(struct earliest *queue);

#endif
