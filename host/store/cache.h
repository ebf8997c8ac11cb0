/* Records read lately, kept as they were handed out, so that what is asked for again and again (a
 * phone's pool, its profiles) costs a copy and no SQL. Also keys that have no record. The store is
 * the only writer and drops what it changes. */
#ifndef HOST_STORE_CACHE_H
#define HOST_STORE_CACHE_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

struct store;
struct store_plan;

enum { STORE_CACHE_BYTES = 24 * 1024 * 1024 };

struct store_cached {
    sj_map_link by_key;
    sj_list_link by_age;
    const struct store_plan *plan;
    void *record; /* one block of `size` bytes; NULL: there is none with this key */
    size_t size;
    char key[];
};

struct store_cache {
    sj_map records;
    sj_list_head ages; /* newest first */
    size_t bytes;
};

/* NULL when it is not known whether there is such a record. */
const struct store_cached *store_cache_find(struct store *store, const struct store_plan *plan,
                                            const char *key);
/* Takes the block over, or frees it when there is no room. */
void store_cache_add(struct store *store, const struct store_plan *plan, const char *key,
                     void *record, size_t size);
/* Forgets a key in all plans of the resource. */
void store_cache_drop(struct store *store, const char *resource, const char *key);
void store_cache_clear(struct store *store);

#endif
