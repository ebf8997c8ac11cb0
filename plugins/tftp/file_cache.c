/* See file_cache.h. */
#include "file_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

file *file_new(char *data, size_t length, const char *trace_id) {
    file *shared = calloc(1, sizeof *shared);
    if (shared == NULL) {
        free(data);
        return NULL;
    }
    shared->references = 1;
    shared->length = length;
    shared->data = data;
    (void)snprintf(shared->trace_id, sizeof shared->trace_id, "%s", trace_id);
    return shared;
}

file *file_retain(file *shared) {
    shared->references++;
    return shared;
}

void file_release(file *shared) {
    if (shared != NULL && --shared->references == 0) {
        free(shared->data);
        free(shared);
    }
}

static size_t slot_of(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *p = name; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
    }
    return (size_t)((hash ^ hash >> 32) % FILE_CACHE_SLOTS);
}

static void clear_slot(file_cache *cache, size_t slot) {
    free(cache->slots[slot].name);
    file_release(cache->slots[slot].shared);
    cache->slots[slot].name = NULL;
    cache->slots[slot].shared = NULL;
}

file *file_cache_find(file_cache *cache, const char *name) {
    size_t slot = slot_of(name);
    if (cache->slots[slot].name == NULL || cache->slots[slot].generation != cache->generation ||
        strcmp(cache->slots[slot].name, name) != 0) {
        return NULL;
    }
    return file_retain(cache->slots[slot].shared);
}

void file_cache_keep(file_cache *cache, const char *name, file *shared) {
    size_t slot = slot_of(name);
    clear_slot(cache, slot);
    cache->slots[slot].name = strdup(name);
    if (cache->slots[slot].name != NULL) {
        cache->slots[slot].shared = file_retain(shared);
        cache->slots[slot].generation = cache->generation;
    }
}

void file_cache_forget(file_cache *cache, const char *name) {
    size_t slot = slot_of(name);
    if (cache->slots[slot].name != NULL && strcmp(cache->slots[slot].name, name) == 0) {
        clear_slot(cache, slot);
    }
}

void file_cache_forget_all(file_cache *cache) {
    cache->generation++;
}

void file_cache_free(file_cache *cache) {
    for (size_t slot = 0; slot < FILE_CACHE_SLOTS; slot++) {
        clear_slot(cache, slot);
    }
}
