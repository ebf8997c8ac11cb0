/* The table of objects, and catalogs in the order of their versions. */
#include "core/catalog.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/array.h>

enum { LEAST_TOMBSTONES = 256, LIVE_PER_TOMBSTONE = 8, FIRST_ROOM = 16 };

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
        table->learned -= catalog->live;
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

static void free_object(struct ils_table *table, struct ils_object *object) {
    (void)sj_map_remove(&table->objects, &object->by_key);
    table->bytes -= object_bytes(object);
    free(object);
}

bool ils_table_sweep(struct ils_table *table, size_t most) {
    struct ils_catalog *catalog;
    while ((catalog = SJ_OWNER(sj_list_first(&table->doomed), struct ils_catalog, link)) != NULL) {
        while (catalog->used > 0) {
            if (most-- == 0) {
                return true;
            }
            struct ils_object *object = catalog->order[--catalog->used];
            if (object != NULL) {
                table->doubled -= !object->removed && others_of(table, object) == 1;
                free_object(table, object);
            }
        }
        sj_list_remove(&catalog->link);
        table->bytes -= catalog->room * sizeof(void *);
        free(catalog->order);
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

size_t ils_catalog_after(const struct ils_catalog *catalog, uint64_t version) {
    size_t low = 0, high = catalog->used;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        size_t at = middle;
        while (at < high && catalog->order[at] == NULL) {
            at++;
        }
        if (at < high && catalog->order[at]->version <= version) {
            low = at + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Closes the gaps when they are half of all, so that the order stays short and quick to search. */
static void close_gaps(struct ils_catalog *catalog) {
    size_t kept = 0;
    if (catalog->used < FIRST_ROOM || catalog->live + catalog->tombstones > catalog->used / 2) {
        return;
    }
    for (size_t i = 0; i < catalog->used; i++) {
        if (catalog->order[i] != NULL) {
            catalog->order[kept] = catalog->order[i];
            catalog->order[kept]->place = (uint32_t)kept;
            kept++;
        }
    }
    catalog->used = kept;
}

static bool make_room(struct ils_table *table, struct ils_catalog *catalog) {
    const size_t room = catalog->room;
    if (!sj_array_room(&catalog->order, &catalog->room, catalog->used + 1, sizeof(void *))) {
        return false;
    }
    table->bytes += (catalog->room - room) * sizeof(void *);
    return true;
}

/* Counts one more, or one less, that states a key. */
static void count(struct ils_table *table, const struct ils_object *object, bool more) {
    if (others_of(table, object) == 1) {
        table->doubled = more ? table->doubled + 1 : table->doubled - 1;
    }
    object->catalog->live = more ? object->catalog->live + 1 : object->catalog->live - 1;
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
static void retire(struct ils_table *table, struct ils_catalog *catalog,
                   struct ils_object *object) {
    catalog->order[object->place] = NULL;
    if (object->removed) {
        catalog->tombstones--;
    } else {
        catalog->digest ^= fingerprint(object);
        count(table, object, false);
    }
    free_object(table, object);
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
    if (object == NULL || !make_room(table, catalog)) {
        free(object);
        return SJ_E_NO_MEMORY;
    }
    if (before != NULL) {
        retire(table, catalog, before);
    }
    object->catalog = catalog;
    object->version = version;
    object->place = (uint32_t)catalog->used;
    catalog->order[catalog->used++] = object;
    catalog->version = version;
    table->bytes += object_bytes(object);
    sj_map_add(&table->objects, &object->by_key,
               key_hash(fact->kind, fact->key, hashed_length(fact->kind, fact->key)));
    if (removed) {
        catalog->tombstones++;
    } else {
        catalog->digest ^= fingerprint(object);
        count(table, object, true);
    }
    close_gaps(catalog);
    return SJ_OK;
}

void ils_catalog_prune(struct ils_table *table, struct ils_catalog *catalog) {
    const size_t most = LEAST_TOMBSTONES + catalog->live / LIVE_PER_TOMBSTONE;
    if (catalog->tombstones <= most) {
        return;
    }
    for (size_t i = 0; i < catalog->used && catalog->tombstones > most / 2; i++) {
        struct ils_object *object = catalog->order[i];
        if (object != NULL && object->removed) {
            catalog->floor = object->version;
            retire(table, catalog, object);
        }
    }
    close_gaps(catalog);
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
