/* A binary heap over embedded links. Pure. */
#include <sojourn/base/array.h>
#include <sojourn/base/heap.h>

#include <stdlib.h>

static bool before(const sj_heap_link *a, const sj_heap_link *b) {
    return a->key < b->key || (a->key == b->key && a->order < b->order);
}

static void put(sj_heap *heap, size_t position, sj_heap_link *link) {
    heap->links[position - 1] = link;
    link->position = position;
}

/* Moves a link, for which `position` is free, up or down to where its key belongs. */
static void settle(sj_heap *heap, sj_heap_link *link, size_t position) {
    while (position > 1 && before(link, heap->links[position / 2 - 1])) {
        put(heap, position, heap->links[position / 2 - 1]);
        position /= 2;
    }
    for (size_t child = position * 2; child <= heap->count; child = position * 2) {
        if (child < heap->count && before(heap->links[child], heap->links[child - 1])) {
            child++;
        }
        if (!before(heap->links[child - 1], link)) {
            break;
        }
        put(heap, position, heap->links[child - 1]);
        position = child;
    }
    put(heap, position, link);
}

bool sj_heap_set(sj_heap *heap, sj_heap_link *link, int64_t key) {
    if (link->position == 0) {
        if (!sj_array_room(&heap->links, &heap->room, heap->count + 1, sizeof(void *))) {
            return false;
        }
        heap->count++;
        put(heap, heap->count, link);
    }
    link->key = key;
    link->order = ++heap->order;
    settle(heap, link, link->position);
    return true;
}

void sj_heap_remove(sj_heap *heap, sj_heap_link *link) {
    const size_t position = link->position;
    if (position == 0) {
        return;
    }
    sj_heap_link *last = heap->links[--heap->count];
    link->position = 0;
    if (last != link) {
        settle(heap, last, position);
    }
}

sj_heap_link *sj_heap_take_first(sj_heap *heap) {
    sj_heap_link *first = sj_heap_first(heap);
    if (first != NULL) {
        sj_heap_remove(heap, first);
    }
    return first;
}

void sj_heap_clear(sj_heap *heap) {
    free(heap->links);
    *heap = (sj_heap){0};
}
