/* A binary heap of names by number: see earliest.h. Pure. */
#include "earliest.h"

#include <stdlib.h>
#include <string.h>

bool earliest_add(struct earliest *queue, int64_t number, const char *name) {
    if (queue->count == queue->room) {
        const size_t room = queue->room == 0 ? 64 : queue->room * 2;
        struct earliest_entry *grown = realloc(queue->entries, room * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        queue->entries = grown;
        queue->room = room;
    }
    char *copy = strdup(name);
    if (copy == NULL) {
        return false;
    }
    size_t at = queue->count++;
    while (at > 0 && queue->entries[(at - 1) / 2].number > number) {
        queue->entries[at] = queue->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->entries[at].number = number;
    queue->entries[at].name = copy;
    return true;
}

const struct earliest_entry *earliest_peek(const struct earliest *queue) {
    return queue->count > 0 ? &queue->entries[0] : NULL;
}

void earliest_pop(struct earliest *queue) {
    if (queue->count == 0) {
        return;
    }
    free(queue->entries[0].name);
    const struct earliest_entry last = queue->entries[--queue->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count && queue->entries[child + 1].number < queue->entries[child].number) {
            child++;
        }
        if (queue->entries[child].number >= last.number) {
            break;
        }
        queue->entries[at] = queue->entries[child];
        at = child;
    }
    if (queue->count > 0) {
        queue->entries[at] = last;
    }
}

void earliest_clear(struct earliest *queue) {
    for (size_t i = 0; i < queue->count; i++) {
        free(queue->entries[i].name);
    }
    free(queue->entries);
    memset(queue, 0, sizeof *queue);
}
