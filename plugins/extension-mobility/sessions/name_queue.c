/* A binary heap of names by number, and a hash table of where each name is in it. Pure. */
#include "sessions/name_queue.h"

#include <stdlib.h>
#include <string.h>

#include "reporting/error_codes.h"

static struct em_queued_name **bucket_of(struct em_queued_name **buckets, size_t room, const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return &buckets[hash & (room - 1)];
}

static struct em_queued_name **find(const struct em_name_queue *queue, const char *name) {
    struct em_queued_name **at = bucket_of(queue->buckets, queue->room, name);
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next_in_bucket;
    }
    return at;
}

static bool grow(struct em_name_queue *queue) {
    const size_t room = queue->room == 0 ? 64 : queue->room * 2;
    struct em_queued_name **buckets = calloc(room, sizeof(struct em_queued_name *));
    struct em_queued_name **heap = buckets != NULL ? realloc(queue->heap, room * sizeof(struct em_queued_name *)) : NULL;
    if (heap == NULL) {
        free(buckets);
        return false;
    }
    for (size_t i = 0; i < queue->count; i++) {
        struct em_queued_name **bucket = bucket_of(buckets, room, heap[i]->name);
        heap[i]->next_in_bucket = *bucket;
        *bucket = heap[i];
    }
    free(queue->buckets);
    queue->heap = heap;
    queue->buckets = buckets;
    queue->room = room;
    return true;
}

static void place(struct em_name_queue *queue, struct em_queued_name *entry, size_t at) {
    queue->heap[at] = entry;
    entry->place = at;
}

/* Moves an entry, whose place is free for it, up or down to where its number belongs. */
static void settle(struct em_name_queue *queue, struct em_queued_name *entry, size_t at) {
    while (at > 0 && queue->heap[(at - 1) / 2]->number > entry->number) {
        place(queue, queue->heap[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < queue->count && queue->heap[child + 1]->number < queue->heap[child]->number) {
            child++;
        }
        if (child >= queue->count || queue->heap[child]->number >= entry->number) {
            break;
        }
        place(queue, queue->heap[child], at);
        at = child;
    }
    place(queue, entry, at);
}

bool em_name_queue_add(struct em_name_queue *queue, int64_t number, const char *name) {
    const size_t length = strlen(name) + 1;
    struct em_queued_name *entry = queue->count > 0 ? *find(queue, name) : NULL;
    if (entry != NULL) {
        entry->number = number;
        settle(queue, entry, entry->place);
        return true;
    }
    if ((queue->count == queue->room && !grow(queue)) || (entry = malloc(sizeof *entry + length)) == NULL) {
        return false;
    }
    struct em_queued_name **bucket = bucket_of(queue->buckets, queue->room, name);
    memcpy(entry->name, name, length);
    entry->number = number;
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    queue->count++;
    settle(queue, entry, queue->count - 1);
    return true;
}

void em_name_queue_remove(struct em_name_queue *queue, const char *name) {
    struct em_queued_name **at = queue->count > 0 ? find(queue, name) : NULL;
    if (at == NULL || *at == NULL) {
        return;
    }
    struct em_queued_name *gone = *at;
    struct em_queued_name *last = queue->heap[--queue->count];
    *at = gone->next_in_bucket;
    if (last != gone) {
        settle(queue, last, gone->place);
    }
    free(gone);
}

const struct em_queued_name *em_name_queue_first(const struct em_name_queue *queue) {
    return queue->count > 0 ? queue->heap[0] : NULL;
}

void em_name_queue_pop(struct em_name_queue *queue) {
    if (queue->count > 0) {
        em_name_queue_remove(queue, queue->heap[0]->name);
    }
}

void em_name_queue_clear(struct em_name_queue *queue) {
    for (size_t i = 0; i < queue->count; i++) {
        free(queue->heap[i]);
    }
    free(queue->heap);
    free(queue->buckets);
    memset(queue, 0, sizeof *queue);
}
