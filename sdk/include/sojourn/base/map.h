/* Hash tables of things that carry their own link. Any key: the caller hashes it and compares it,
 * so that one table serves texts, addresses and keys of two parts, and may hold several things with
 * the same key. Pure.
 *
 *     struct source {
 *         sj_map_link by_name;
 *         char name[];
 *     };
 *     static struct source *find(const sj_map *sources, const char *name) {
 *         SJ_MAP_EACH_OF(one, sources, sj_hash_keyed_text(name), struct source, by_name) {
 *             if (strcmp(one->name, name) == 0) {
 *                 return one;
 *             }
 *         }
 *         return NULL;
 *     }
 *     sj_map_add(&sources, &source->by_name, sj_hash_keyed_text(source->name));
 *
 * A zeroed sj_map is empty. Adding never fails: the table grows by one bucket with each thing that
 * is added, so that no single call takes long, and where there is no memory for buckets the chains
 * get longer. The map owns nothing but its buckets: whoever frees a thing removes it first, and
 * sj_map_clear frees the buckets, which it keeps until then.
 *
 * Hashes are those of hash.h (keyed). The order of a walk differs from run to run: what is shown is
 * sorted, or stands in a list as well. */
#ifndef SOJOURN_BASE_MAP_H
#define SOJOURN_BASE_MAP_H

#include <stdbool.h>

#include "hash.h"
#include "owner.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_map_link {
    struct sj_map_link *next; /* in its bucket */
    uint64_t hash;
} sj_map_link;

typedef struct sj_map {
    sj_map_link **buckets; /* NULL: all are in `few` */
    sj_map_link *few;
    size_t buckets_count, room;
    size_t mask;   /* of the hashes: one bit more than all buckets have; see sj_map_bucket_ */
    size_t lowest; /* buckets below this one are empty */
    size_t count;
} sj_map;

/* The link is in no map. */
void sj_map_add(sj_map *map, sj_map_link *link, uint64_t hash);
/* False: it was not in this map. */
bool sj_map_remove(sj_map *map, sj_map_link *link);

/* Linear hashing: a bucket that does not exist yet is still part of the one with the highest bit
 * less. */
static inline sj_map_link *sj_map_bucket_(const sj_map *map, uint64_t hash) {
    if (map->buckets == NULL) {
        return map->few;
    }
    const size_t index = (size_t)hash & map->mask;
    return map->buckets[index < map->buckets_count ? index : index & map->mask >> 1];
}

static inline sj_map_link *sj_map_same_(sj_map_link *link, uint64_t hash) {
    while (link != NULL && link->hash != hash) {
        link = link->next;
    }
    return link;
}

/* The first with that hash, the newest, and the next one; NULL: there is none. Different keys may
 * share a hash. */
static inline sj_map_link *sj_map_first(const sj_map *map, uint64_t hash) {
    return sj_map_same_(sj_map_bucket_(map, hash), hash);
}

static inline sj_map_link *sj_map_next(const sj_map_link *link) {
    return sj_map_same_(link->next, link->hash);
}

/* Each thing with that hash, as `type *entry`. The body changes nothing in the map, unless it
 * leaves the loop then. */
#define SJ_MAP_EACH_OF(entry, map, hash, type, member)                                             \
    for (type *entry = SJ_OWNER(sj_map_first((map), (hash)), type, member); entry != NULL;         \
         entry = SJ_OWNER(sj_map_next(&entry->member), type, member))

/* Where a walk is; zeroed: at its beginning. */
typedef struct sj_map_place {
    size_t bucket;
    sj_map_link *next;
} sj_map_place;

/* The next of all, in no order; NULL: that was all. The one returned last may be removed and freed.
 * Nothing is added during a walk, and nothing else removed. */
sj_map_link *sj_map_walk(const sj_map *map, sj_map_place *place);

/* Any of them, which is in no map then; NULL: there is none. For emptying a map whose callbacks may
 * add and remove. */
sj_map_link *sj_map_take_any(sj_map *map);

/* Empties the map and frees its buckets; what was in it is the caller's. */
void sj_map_clear(sj_map *map);

#ifdef __cplusplus
}
#endif
#endif
