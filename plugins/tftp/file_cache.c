/* The cache of built documents (file_cache.h): a table of fixed size, a few slots for each name. */
#include "file_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hash.h>

struct file *file_new(char *data, size_t length, const char *trace_id) {
    struct file *shared = calloc(1, sizeof *shared);
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

struct file *file_retain(struct file *shared) {
    shared->references++;
    return shared;
}

void file_release(struct file *shared) {
    if (shared != NULL && --shared->references == 0) {
        if (shared->counted_in != NULL) {
            *shared->counted_in -= shared->length;
        }
        free(shared->data);
        free(shared);
    }
}

/* The first of the slots where `name` may lie. */
static size_t first_slot(const char *name) {
    return (size_t)(sj_hash_keyed_text(name) % (FILE_CACHE_SLOTS / FILE_CACHE_WAYS)) *
           FILE_CACHE_WAYS;
}

/* The slot where `name` lies, or FILE_CACHE_SLOTS. */
static size_t slot_of(const struct file_cache *cache, const char *name) {
    const size_t first = first_slot(name);
    for (size_t slot = first; slot < first + FILE_CACHE_WAYS; slot++) {
        if (cache->slots[slot].name != NULL && strcmp(cache->slots[slot].name, name) == 0) {
            return slot;
        }
    }
    return FILE_CACHE_SLOTS;
}

static void clear_slot(struct file_cache *cache, size_t slot) {
    free(cache->slots[slot].name);
    file_release(cache->slots[slot].shared);
    cache->slots[slot].name = NULL;
    cache->slots[slot].shared = NULL;
}

struct file *file_cache_find(struct file_cache *cache, const char *name) {
    const size_t slot = slot_of(cache, name);
    if (slot == FILE_CACHE_SLOTS || cache->slots[slot].generation != cache->generation) {
        return NULL;
    }
    return file_retain(cache->slots[slot].shared);
}

/* Its own slot, else an empty one, else the one filled longest ago. */
static size_t slot_for(const struct file_cache *cache, const char *name) {
    const size_t own = slot_of(cache, name), first = first_slot(name);
    size_t oldest = first;
    for (size_t slot = first; own == FILE_CACHE_SLOTS && slot < first + FILE_CACHE_WAYS; slot++) {
        if (cache->slots[slot].name == NULL) {
            return slot;
        }
        oldest = cache->slots[slot].kept < cache->slots[oldest].kept ? slot : oldest;
    }
    return own != FILE_CACHE_SLOTS ? own : oldest;
}

void file_cache_keep(struct file_cache *cache, const char *name, struct file *shared) {
    const size_t slot = slot_for(cache, name);
    clear_slot(cache, slot);
    cache->slots[slot].name = strdup(name);
    if (cache->slots[slot].name != NULL) {
        cache->slots[slot].shared = file_retain(shared);
        cache->slots[slot].generation = cache->generation;
        cache->slots[slot].kept = ++cache->kept;
    }
}

void file_cache_forget(struct file_cache *cache, const char *name) {
    const size_t slot = slot_of(cache, name);
    if (slot != FILE_CACHE_SLOTS) {
        clear_slot(cache, slot);
    }
}

void file_cache_forget_beginning(struct file_cache *cache, const char *beginning) {
    for (size_t slot = 0; slot < FILE_CACHE_SLOTS; slot++) {
        const char *name = cache->slots[slot].name;
        if (name != NULL && strncmp(name, beginning, strlen(beginning)) == 0) {
            clear_slot(cache, slot);
        }
    }
}

void file_cache_forget_shared_lines(struct file_cache *cache) {
    for (size_t slot = 0; slot < FILE_CACHE_SLOTS; slot++) {
        if (cache->slots[slot].shared != NULL && cache->slots[slot].shared->shares_lines) {
            clear_slot(cache, slot);
        }
    }
}

void file_cache_forget_all(struct file_cache *cache) {
    cache->generation++;
}

void file_cache_free(struct file_cache *cache) {
    for (size_t slot = 0; slot < FILE_CACHE_SLOTS; slot++) {
        clear_slot(cache, slot);
    }
}
