/* The table of objects, and catalogs in the order of their versions. */
#include "core/catalog.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LEAST_TOMBSTONES = 256, LIVE_PER_TOMBSTONE = 8 };

static size_t object_bytes(const struct ils_object *object) {
    return sizeof *object + object->key_length + object->number_length + object->route_length + 3u;
}

/* URIs that differ in small and capital letters alone stand beside each other. */
static uint64_t key_hash(enum ils_kind kind, const char *key, size_t length) {
    return sj_hash_with(kind == ILS_DIRECTORY_URI ? sj_hash_keyed_nocase(key, length)
                                                  : sj_hash_keyed(key, length),
                        (uint64_t)kind);
}

static size_t hashed_length(enum ils_kind kind, const char *key) {
    return ils_kind_is_pattern(kind) ? ils_pattern_prefix(key) : strlen(key);
}

/* The same on every node: it is compared between them. */
static uint64_t fingerprint(const struct ils_object *object) {
    unsigned char head[12];
    for (unsigned i = 0; i < 8; i++) {
        head[i] = (unsigned char)(object->version >> (8 * i));
    }
    head[8] = object->kind;
    head[9] = object->failover;
    head[10] = object->strip;
    head[11] = object->key_length;
    const uint64_t hash = sj_hash_more(sj_hash_bytes(head, sizeof head), object->text,
                                       object_bytes(object) - sizeof *object);
    return hash ^ hash >> 29;
}

void ils_object_fact(const struct ils_object *object, struct ils_fact *fact) {
    *fact = (struct ils_fact){.kind = (enum ils_kind)object->kind,
                              .key = object->text,
                              .failover = object->failover,
                              .strip = object->strip,
                              .number = ils_object_number(object),
                              .route = ils_object_route(object)};
}

static bool is_live(const struct ils_object *object) {
    return !object->removed && object->catalog->owner != NULL;
}

static bool has_key(const struct ils_object *object, enum ils_kind kind, const char *key) {
    return object->kind == kind && strcmp(object->text, key) == 0;
}

/* ---- catalogs ---- */

struct ils_catalog *ils_catalog_new(void *owner, bool own) {
    struct ils_catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog != NULL) {
        catalog->owner = owner;
        catalog->own = own;
    }
    return catalog;
}

void ils_catalog_drop(struct ils_table *table, struct ils_catalog *catalog) {
    if (catalog == NULL) {
        return;
    }
    if (!catalog->own) {
        table->learned -= catalog->live.count;
    }
    catalog->owner = NULL;
    sj_list_add_last(&table->doomed, &catalog->link);
}

/* How many others state the same; those of a dropped catalog count until they are freed. */
static size_t others_of(const struct ils_table *table, const struct ils_object *object) {
    size_t others = 0;
    SJ_MAP_EACH_OF(one, &table->objects, object->by_key.hash, struct ils_object, by_key) {
        others += one != object && !one->removed &&
                  has_key(one, (enum ils_kind)object->kind, object->text);
    }
    return others;
}

static struct ils_order *order_of(const struct ils_object *object) {
    return object->removed ? &object->catalog->tombstones : &object->catalog->live;
}

/* Takes an object out of its catalog's order, and frees it. */
static void free_object(struct ils_table *table, struct ils_object *object) {
    struct ils_order *order = order_of(object);
    const size_t before = order->bytes;
    ils_order_remove(order, object);
    table->bytes -= before - order->bytes;
    (void)sj_map_remove(&table->objects, &object->by_key);
    table->bytes -= object_bytes(object);
    free(object);
}

/* Any of a catalog; NULL: it has none. */
static struct ils_object *any_of(const struct ils_catalog *catalog) {
    struct ils_object *object = ils_order_last(&catalog->live);
    return object != NULL ? object : ils_order_last(&catalog->tombstones);
}

bool ils_table_sweep(struct ils_table *table, size_t most) {
    struct ils_catalog *catalog;
    while ((catalog = SJ_OWNER(sj_list_first(&table->doomed), struct ils_catalog, link)) != NULL) {
        struct ils_object *object;
        while ((object = any_of(catalog)) != NULL) {
            if (most-- == 0) {
                return true;
            }
            table->doubled -= !object->removed && others_of(table, object) == 1;
            free_object(table, object);
        }
        sj_list_remove(&catalog->link);
        free(catalog);
    }
    return false;
}

void ils_table_clear(struct ils_table *table) {
    (void)ils_table_sweep(table, SIZE_MAX);
    sj_map_clear(&table->objects);
}

struct ils_object *ils_catalog_find(const struct ils_table *table,
                                    const struct ils_catalog *catalog, enum ils_kind kind,
                                    const char *key) {
    const uint64_t hash = key_hash(kind, key, hashed_length(kind, key));
    SJ_MAP_EACH_OF(one, &table->objects, hash, struct ils_object, by_key) {
        if (one->catalog == catalog && has_key(one, kind, key)) {
            return one;
        }
    }
    return NULL;
}

struct ils_walk ils_catalog_after(const struct ils_catalog *catalog, uint64_t version) {
    return (struct ils_walk){catalog, ils_order_after(&catalog->live, version),
                             ils_order_after(&catalog->tombstones, version)};
}

struct ils_object *ils_walk_next(struct ils_walk *walk) {
    const struct ils_order *lives = &walk->catalog->live, *graves = &walk->catalog->tombstones;
    struct ils_object *live = ils_order_at(lives, walk->live),
                      *grave = ils_order_at(graves, walk->tombstones);
    if (live != NULL && (grave == NULL || live->version < grave->version)) {
        walk->live = ils_order_next(lives, walk->live);
        return live;
    }
    if (grave != NULL) {
        walk->tombstones = ils_order_next(graves, walk->tombstones);
    }
    return grave;
}

/* Counts one more, or one less, that states a key. */
static void count(struct ils_table *table, const struct ils_object *object, bool more) {
    if (others_of(table, object) == 1) {
        table->doubled = more ? table->doubled + 1 : table->doubled - 1;
    }
    if (!object->catalog->own) {
        table->learned = more ? table->learned + 1 : table->learned - 1;
    }
}

static struct ils_object *new_object(const struct ils_fact *fact, bool removed) {
    const char *number = removed ? "" : fact->number, *route = removed ? "" : fact->route;
    const size_t key = strlen(fact->key), digits = strlen(number), string = strlen(route);
    if (key == 0 || key > ILS_KEY_MAX || digits > ILS_NUMBER_MAX || string > ILS_ROUTE_MAX) {
        return NULL;
    }
    struct ils_object *object = calloc(1, sizeof *object + key + digits + string + 3);
    if (object == NULL) {
        return NULL;
    }
    object->kind = (uint8_t)fact->kind;
    object->failover = !removed && fact->failover;
    object->strip = removed ? 0 : fact->strip;
    object->removed = removed;
    object->key_length = (uint8_t)key;
    object->number_length = (uint8_t)digits;
    object->route_length = (uint8_t)string;
    memcpy(object->text, fact->key, key + 1);
    memcpy(object->text + key + 1, number, digits + 1);
    memcpy(object->text + key + 1 + digits + 1, route, string + 1);
    return object;
}

/* Takes one out of order, digest and counts. */
static void retire(struct ils_table *table, struct ils_object *object) {
    if (!object->removed) {
        object->catalog->digest ^= fingerprint(object);
        count(table, object, false);
    }
    free_object(table, object);
}

static bool add_to_order(struct ils_table *table, struct ils_object *object) {
    struct ils_order *order = order_of(object);
    const size_t before = order->bytes;
    const bool added = ils_order_add(order, object);
    table->bytes += order->bytes - before;
    return added;
}

int ils_catalog_apply(struct ils_table *table, struct ils_catalog *catalog,
                      const struct ils_fact *fact, uint64_t version, bool removed) {
    if (version <= catalog->version || fact->kind <= 0 || fact->kind >= ILS_KINDS_END) {
        return SJ_E_INVALID;
    }
    struct ils_object *before = ils_catalog_find(table, catalog, fact->kind, fact->key);
    const bool grows = !removed && (before == NULL || before->removed);
    if (grows && !catalog->own && table->learned >= table->most_learned) {
        return SJ_E_LIMIT;
    }
    struct ils_object *object = new_object(fact, removed);
    if (object == NULL) {
        return SJ_E_NO_MEMORY;
    }
    object->catalog = catalog;
    object->version = version;
    if (!add_to_order(table, object)) {
        free(object);
        return SJ_E_NO_MEMORY;
    }
    if (before != NULL) {
        retire(table, before);
    }
    catalog->version = version;
    table->bytes += object_bytes(object);
    sj_map_add(&table->objects, &object->by_key,
               key_hash(fact->kind, fact->key, hashed_length(fact->kind, fact->key)));
    if (!removed) {
        catalog->digest ^= fingerprint(object);
        count(table, object, true);
    }
    return SJ_OK;
}

void ils_catalog_prune(struct ils_table *table, struct ils_catalog *catalog) {
    const size_t most = LEAST_TOMBSTONES + catalog->live.count / LIVE_PER_TOMBSTONE;
    while (catalog->tombstones.count > most) {
        struct ils_object *oldest = ils_order_first(&catalog->tombstones);
        catalog->floor = oldest->version;
        retire(table, oldest);
    }
}

/* ---- finding ---- */

static bool may_be_used(const struct ils_choice *choice, const struct ils_object *object) {
    return is_live(object) && choice->counts(object, choice->user);
}

const struct ils_object *ils_table_find(const struct ils_table *table, enum ils_kind kind,
                                        const char *key, const struct ils_choice *choice,
                                        size_t *others) {
    const struct ils_object *best = NULL;
    size_t found = 0;
    SJ_MAP_EACH_OF(one, &table->objects, key_hash(kind, key, hashed_length(kind, key)),
                   struct ils_object, by_key) {
        if (has_key(one, kind, key) && may_be_used(choice, one)) {
            found++;
            best = best == NULL || choice->precedence(one->catalog, best->catalog) < 0 ? one : best;
        }
    }
    if (others != NULL) {
        *others = found > 0 ? found - 1 : 0;
    }
    return best;
}

const char *ils_table_spelling(const struct ils_table *table, const char *uri,
                               const struct ils_choice *choice) {
    const char *best = NULL;
    SJ_MAP_EACH_OF(one, &table->objects, key_hash(ILS_DIRECTORY_URI, uri, strlen(uri)),
                   struct ils_object, by_key) {
        if (one->kind != ILS_DIRECTORY_URI || strcasecmp(one->text, uri) != 0 ||
            !may_be_used(choice, one)) {
            continue;
        }
        if (strcmp(one->text, uri) == 0) {
            return one->text;
        }
        best = best == NULL || strcmp(one->text, best) < 0 ? one->text : best;
    }
    return best;
}

const struct ils_object *ils_table_match(const struct ils_table *table, enum ils_kind kind,
                                         const char *number, const struct ils_choice *choice) {
    const struct ils_object *best = NULL;
    unsigned least = 0;
    for (size_t length = strlen(number) + 1; length-- > 0;) {
        SJ_MAP_EACH_OF(one, &table->objects, key_hash(kind, number, length), struct ils_object,
                       by_key) {
            unsigned wildcards;
            if (one->kind != kind || !ils_pattern_matches(one->text, number, &wildcards) ||
                !may_be_used(choice, one)) {
                continue;
            }
            const int same = best == NULL ? 1 : strcmp(one->text, best->text);
            if (best == NULL || wildcards < least || (wildcards == least && same < 0) ||
                (wildcards == least && same == 0 &&
                 choice->precedence(one->catalog, best->catalog) < 0)) {
                best = one;
                least = wildcards;
            }
        }
    }
    return best;
}
