/* Records read lately (cache.h): a hash table over a list by age. */
#include "cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static size_t hash_of(const struct store_plan *plan, const char *key) {
    uint64_t hash = (uint64_t)(uintptr_t)plan * UINT64_C(0x9e3779b97f4a7c15);
    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32);
}

static size_t bytes_of(const struct store_cached *entry) {
    return sizeof *entry + strlen(entry->key) + 1 + entry->size + 32; /* and what malloc adds */
}

static void leave_age(struct store_cache *cache, struct store_cached *entry) {
    if (entry->newer != NULL) {
        entry->newer->older = entry->older;
    } else {
        cache->newest = entry->older;
    }
    if (entry->older != NULL) {
        entry->older->newer = entry->newer;
    } else {
        cache->oldest = entry->newer;
    }
}

static void enter_newest(struct store_cache *cache, struct store_cached *entry) {
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void remove_entry(struct store_cache *cache, struct store_cached *entry) {
    struct store_cached **link = &cache->buckets[entry->hash % STORE_CACHE_BUCKETS];
    while (*link != entry) {
        link = &(*link)->next_in_bucket;
    }
    *link = entry->next_in_bucket;
    leave_age(cache, entry);
    cache->bytes -= bytes_of(entry);
    free(entry->record);
    free(entry);
}

static struct store_cached *find(const struct store_cache *cache, const struct store_plan *plan, const char *key, size_t hash) {
    struct store_cached *entry = cache->buckets != NULL ? cache->buckets[hash % STORE_CACHE_BUCKETS] : NULL;
    while (entry != NULL && (entry->hash != hash || entry->plan != plan || strcmp(entry->key, key) != 0)) {
        entry = entry->next_in_bucket;
    }
    return entry;
}

const struct store_cached *store_cache_find(struct store *store, const struct store_plan *plan, const char *key) {
    struct store_cache *cache = &store->cache;
    struct store_cached *entry = find(cache, plan, key, hash_of(plan, key));
    if (entry != NULL && entry != cache->newest) {
        leave_age(cache, entry);
        enter_newest(cache, entry);
    }
    return entry;
}

void store_cache_add(struct store *store, const struct store_plan *plan, const char *key, void *record, size_t size) {
    struct store_cache *cache = &store->cache;
    size_t length = strlen(key);
    struct store_cached *entry;
    if (cache->buckets == NULL) {
        cache->buckets = calloc(STORE_CACHE_BUCKETS, sizeof(void *));
    }
    entry =
        cache->buckets != NULL && length < 1024 && size < STORE_CACHE_BYTES / 64 ? malloc(sizeof *entry + length + 1) : NULL;
    if (entry == NULL) {
        free(record);
        return;
    }
    entry->plan = plan;
    entry->record = record;
    entry->size = size;
    entry->hash = hash_of(plan, key);
    memcpy(entry->key, key, length + 1);
    entry->next_in_bucket = cache->buckets[entry->hash % STORE_CACHE_BUCKETS];
    cache->buckets[entry->hash % STORE_CACHE_BUCKETS] = entry;
    enter_newest(cache, entry);
    cache->bytes += bytes_of(entry);
    while (cache->bytes > STORE_CACHE_BYTES) {
        remove_entry(cache, cache->oldest);
    }
}

void store_cache_drop(struct store *store, const char *resource, const char *key) {
    for (size_t i = 0; i < store->plans_count; i++) {
        struct store_plan *plan = store->plans[i];
        if (strcmp(plan->meta->record->name, resource) == 0) {
            plan->peopled = plan->peopled == STORE_EMPTY ? STORE_UNKNOWN : plan->peopled;
            struct store_cached *entry = find(&store->cache, plan, key, hash_of(plan, key));
            if (entry != NULL) {
                remove_entry(&store->cache, entry);
            }
        }
    }
}

void store_cache_clear(struct store *store) {
    struct store_cached *entry = store->cache.newest;
    while (entry != NULL) {
        struct store_cached *older = entry->older;
        free(entry->record);
        free(entry);
        entry = older;
    }
    free(store->cache.buckets);
    memset(&store->cache, 0, sizeof store->cache);
}
