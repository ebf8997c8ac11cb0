/* A heap of names by number, and a map that finds each name in it. Pure. */
#include "sessions/name_queue.h"

#include <stdlib.h>
#include <string.h>

static struct em_queued_name *find(const struct em_name_queue *queue, const char *name) {
    SJ_MAP_EACH_OF(entry, &queue->names, sj_hash_keyed_text(name), struct em_queued_name, by_name) {
        if (strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void drop(struct em_name_queue *queue, struct em_queued_name *entry) {
    if (entry != NULL) {
        sj_heap_remove(&queue->numbers, &entry->by_number);
        sj_map_remove(&queue->names, &entry->by_name);
        free(entry);
    }
}

bool em_name_queue_add(struct em_name_queue *queue, int64_t number, const char *name) {
    const size_t length = strlen(name) + 1;
    struct em_queued_name *entry = find(queue, name);
    if (entry != NULL) {
        return sj_heap_set(&queue->numbers, &entry->by_number, number);
    }
    entry = calloc(1, sizeof *entry + length);
    if (entry == NULL || !sj_heap_set(&queue->numbers, &entry->by_number, number)) {
        free(entry);
        return false;
    }
    memcpy(entry->name, name, length);
    sj_map_add(&queue->names, &entry->by_name, sj_hash_keyed_text(name));
    return true;
}

void em_name_queue_remove(struct em_name_queue *queue, const char *name) {
    drop(queue, find(queue, name));
}

const struct em_queued_name *em_name_queue_first(const struct em_name_queue *queue) {
    return SJ_OWNER(sj_heap_first(&queue->numbers), struct em_queued_name, by_number);
}

void em_name_queue_pop(struct em_name_queue *queue) {
    drop(queue, SJ_OWNER(sj_heap_first(&queue->numbers), struct em_queued_name, by_number));
}

void em_name_queue_clear(struct em_name_queue *queue) {
    sj_map_link *link;
    while ((link = sj_map_take_any(&queue->names)) != NULL) {
        free(SJ_OWNER(link, struct em_queued_name, by_name));
    }
    sj_map_clear(&queue->names);
    sj_heap_clear(&queue->numbers);
}
