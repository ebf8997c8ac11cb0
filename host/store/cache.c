/* Records read lately (cache.h): a hash table over a list by age. */
#include "host/store/cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/store/internal.h"
#include "host/store/plan.h"

static size_t bytes_of(const struct store_cached *entry) {
    return sizeof *entry + strlen(entry->key) + 1 + entry->size + 32; /* and what malloc adds */
}

static void remove_entry(struct store_cache *cache, struct store_cached *entry) {
    (void)sj_map_remove(&cache->records, &entry->by_key);
    sj_list_remove(&entry->by_age);
    cache->bytes -= bytes_of(entry);
    free(entry->record);
    free(entry);
}

static struct store_cached *find(const struct store_cache *cache, const struct store_plan *plan,
                                 const char *key) {
    SJ_MAP_EACH_OF(entry, &cache->records, store_plan_hash(plan, key), struct store_cached,
                   by_key) {
        if (entry->plan == plan && strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

const struct store_cached *store_cache_find(struct store *store, const struct store_plan *plan,
                                            const char *key) {
    struct store_cache *cache = &store->cache;
    struct store_cached *entry = find(cache, plan, key);
    if (entry != NULL) {
        sj_list_add_first(&cache->ages, &entry->by_age);
    }
    return entry;
}

void store_cache_add(struct store *store, const struct store_plan *plan, const char *key,
                     void *record, size_t size) {
    struct store_cache *cache = &store->cache;
    size_t length = strlen(key);
    struct store_cached *entry;
    entry =
        length < 1024 && size < STORE_CACHE_BYTES / 64 ? malloc(sizeof *entry + length + 1) : NULL;
    if (entry == NULL) {
        free(record);
        return;
    }
    entry->plan = plan;
    entry->record = record;
    entry->size = size;
    memcpy(entry->key, key, length + 1);
    sj_map_add(&cache->records, &entry->by_key, store_plan_hash(plan, key));
    entry->by_age = (sj_list_link){NULL, NULL};
    sj_list_add_first(&cache->ages, &entry->by_age);
    cache->bytes += bytes_of(entry);
    while (cache->bytes > STORE_CACHE_BYTES) {
        remove_entry(cache, SJ_OWNER(sj_list_last(&cache->ages), struct store_cached, by_age));
    }
}

void store_cache_drop(struct store *store, const char *resource, const char *key) {
    for (size_t i = 0; i < store->plans_count; i++) {
        struct store_plan *plan = store->plans[i];
        if (strcmp(plan->meta->record->name, resource) == 0) {
            plan->occupancy = plan->occupancy == STORE_EMPTY ? STORE_UNKNOWN : plan->occupancy;
            struct store_cached *entry = find(&store->cache, plan, key);
            if (entry != NULL) {
                remove_entry(&store->cache, entry);
            }
        }
    }
}

void store_cache_clear(struct store *store) {
    SJ_LIST_EACH(entry, &store->cache.ages, struct store_cached, by_age) {
        free(entry->record);
        free(entry);
    }
    sj_map_clear(&store->cache.records);
    memset(&store->cache, 0, sizeof store->cache);
}
