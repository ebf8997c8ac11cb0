/* Records read lately, kept as they were handed out, so that what is asked for again and again (a phone's pool, its profiles)
 * costs a copy and no SQL. Also keys that have no record. The store is the only writer and drops what it changes. */
#ifndef HOST_STORE_CACHE_H
#define HOST_STORE_CACHE_H

#include <stddef.h>

struct store;
struct store_plan;

enum { STORE_CACHE_BYTES = 24 * 1024 * 1024, STORE_CACHE_BUCKETS = 131072 };

struct store_cached {
    struct store_cached *next_in_bucket;
    struct store_cached *newer, *older;
    const struct store_plan *plan;
    void *record; /* one block of `size` bytes; NULL: there is none with this key */
    size_t size;
    size_t hash;
    char key[];
};

struct store_cache {
    struct store_cached **buckets; /* made on first use */
    struct store_cached *newest, *oldest;
    size_t bytes;
};

/* NULL when it is not known whether there is such a record. */
const struct store_cached *store_cache_find(struct store *store, const struct store_plan *plan, const char *key);
/* Takes the block over, or frees it when there is no room. */
void store_cache_add(struct store *store, const struct store_plan *plan, const char *key, void *record, size_t size);
/* Forgets a key in all plans of the resource. */
void store_cache_drop(struct store *store, const char *resource, const char *key);
void store_cache_clear(struct store *store);

#endif
