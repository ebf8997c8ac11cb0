/* A binary heap of things that carry their own link: the lowest key first, equal keys in the order
 * in which they were set. For deadlines, and for the lowest free of many. Pure.
 *
 * A zeroed sj_heap is empty, a zeroed sj_heap_link is in no heap. Setting a key of what is in the
 * heap already, removing and looking at the first never fail. */
#ifndef SOJOURN_BASE_HEAP_H
#define SOJOURN_BASE_HEAP_H

#include <stdbool.h>

#include "owner.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_heap_link {
    int64_t key;
    uint64_t order;  /* each sj_heap_set of the heap gives a higher one */
    size_t position; /* in the heap, from 1; 0: in none */
} sj_heap_link;

typedef struct sj_heap {
    sj_heap_link **links;
    size_t count, room;
    uint64_t order; /* the highest one given */
} sj_heap;

/* Adds it with that key, or gives it that key when it is there. False: no memory, and nothing has
 * changed. */
bool sj_heap_set(sj_heap *heap, sj_heap_link *link, int64_t key);
/* No effect when it is in no heap. */
void sj_heap_remove(sj_heap *heap, sj_heap_link *link);

static inline bool sj_heap_linked(const sj_heap_link *link) {
    return link->position > 0;
}

/* The one with the lowest key; NULL: there is none. */
static inline sj_heap_link *sj_heap_first(const sj_heap *heap) {
    return heap->count == 0 ? NULL : heap->links[0];
}

/* Removes the first and returns it; NULL: there is none. */
sj_heap_link *sj_heap_take_first(sj_heap *heap);

/* Frees what the heap has allocated. Nothing is in it any more, or nothing that is looks at its
 * link again. */
void sj_heap_clear(sj_heap *heap);

#ifdef __cplusplus
}
#endif
#endif
