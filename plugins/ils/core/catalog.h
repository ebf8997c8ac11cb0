/* The learned objects of all clusters in one table, and each cluster's copy of them in the order of
 * their versions. Pure.
 *
 * A catalog is what one owner has stated up to a version. Each change has the owner's next version;
 * a removal leaves a tombstone, so that those who are behind can be told. Old tombstones are
 * forgotten: `floor` is the version up to which they are not known any more, and whoever is further
 * behind than that gets the whole catalog. `digest` is the sum of what is there: two copies of the
 * same version have the same one. */
#ifndef ILS_CATALOG_H
#define ILS_CATALOG_H

#include <sojourn/base/list.h>
#include <sojourn/base/map.h>

#include "core/object.h"
#include "core/order.h"

struct ils_object {
    sj_map_link by_key; /* patterns: by what stands before the first wildcard */
    struct ils_catalog *catalog;
    uint64_t version;
    uint8_t kind, strip;
    bool removed : 1, failover : 1;
    uint8_t key_length, number_length, route_length;
    char text[]; /* key, number, route, each with a NUL */
};

struct ils_catalog {
    sj_list_link link; /* in the table's `doomed` */
    void *owner;       /* whoever made it; NULL once it is doomed */
    bool own;          /* this cluster's: not counted as learned */
    uint64_t version, floor, digest;
    struct ils_order live, tombstones;
};

/* A walk through both, in the order of the versions; it holds until the catalog changes. */
struct ils_walk {
    const struct ils_catalog *catalog;
    struct ils_place live, tombstones;
};

/* Which of several that state the same key is used: the caller's rule. */
struct ils_choice {
    int (*precedence)(const struct ils_catalog *a,
                      const struct ils_catalog *b);                    /* < 0: the first */
    bool (*counts)(const struct ils_object *object, const void *user); /* false: passed over */
    const void *user;
};

struct ils_table {
    sj_map objects;
    sj_list_head doomed; /* catalogs that are no more, whose objects are freed bit by bit */
    size_t learned, most_learned;
    size_t doubled; /* keys that more than one state */
    size_t bytes;
};

static inline const char *ils_object_number(const struct ils_object *object) {
    return object->text + object->key_length + 1;
}
static inline const char *ils_object_route(const struct ils_object *object) {
    return ils_object_number(object) + object->number_length + 1;
}

struct ils_catalog *ils_catalog_new(void *owner, bool own);
/* Nothing of it is found any more; its memory goes with ils_table_sweep. */
void ils_catalog_drop(struct ils_table *table, struct ils_catalog *catalog);
/* Frees at most so many objects of what was dropped. False: nothing is left to do. */
bool ils_table_sweep(struct ils_table *table, size_t most);
void ils_table_clear(struct ils_table *table);

/* Applies a change of the owner's, whose version is higher than all before. `removed`: only kind
 * and key of the fact count. SJ_OK; SJ_E_LIMIT: no further object may be learned, nothing happened;
 * SJ_E_NO_MEMORY; SJ_E_INVALID: it is no such change. */
int ils_catalog_apply(struct ils_table *table, struct ils_catalog *catalog,
                      const struct ils_fact *fact, uint64_t version, bool removed);

/* The object of this catalog, tombstones too; NULL: none. */
struct ils_object *ils_catalog_find(const struct ils_table *table,
                                    const struct ils_catalog *catalog, enum ils_kind kind,
                                    const char *key);
/* From the first object of a later version on, tombstones too. */
struct ils_walk ils_catalog_after(const struct ils_catalog *catalog, uint64_t version);
/* The next object; NULL: that was all. */
struct ils_object *ils_walk_next(struct ils_walk *walk);
/* Forgets the oldest tombstones, so that they stay few. */
void ils_catalog_prune(struct ils_table *table, struct ils_catalog *catalog);
void ils_object_fact(const struct ils_object *object, struct ils_fact *fact);

/* The one in use of those with this very key; NULL: none. `others`: how many more state it. */
const struct ils_object *ils_table_find(const struct ils_table *table, enum ils_kind kind,
                                        const char *key, const struct ils_choice *choice,
                                        size_t *others);
/* How a URI is spelt that is stated and differs from this one in small and capital letters at most:
 * with these very letters if it is stated so, else the first; NULL: none. */
const char *ils_table_spelling(const struct ils_table *table, const char *uri,
                               const struct ils_choice *choice);
/* The closest pattern of a kind that a number fits. */
const struct ils_object *ils_table_match(const struct ils_table *table, enum ils_kind kind,
                                         const char *number, const struct ils_choice *choice);

#endif
