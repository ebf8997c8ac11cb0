/* Keeps the records of a query by what they are the same by. */
#include "host/store/twins.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "host/record/record.h"
#include "host/store/internal.h"
#include "rules/rules.h"

struct twin {
    sj_map_link by_same;
    const void *record;
};

/* The records of one query. */
struct twin_set {
    sj_map_link by_query;
    const sj_resource_meta *meta;
    sj_rule_same *same;
    uint64_t commits; /* of the store, when they were read */
    sj_list list;
    struct twin *twins; /* one a record */
    sj_map by_same;
    char value[]; /* that the query asks for */
};

static uint64_t hash_of_query(const sj_resource_meta *meta, sj_rule_same *same, const char *value) {
    return sj_hash_with(sj_hash_with(sj_hash_keyed_text(value), (uintptr_t)meta), (uintptr_t)same);
}

static void free_set(struct twin_set *set) {
    sj_map_clear(&set->by_same);
    sj_host_list_free(&set->list);
    free(set->twins);
    free(set);
}

void store_twins_clear(struct store_twins *twins) {
    for (sj_map_link *link; (link = sj_map_take_any(&twins->sets)) != NULL;) {
        free_set(SJ_OWNER(link, struct twin_set, by_query));
    }
    sj_map_clear(&twins->sets);
}

static struct twin_set *read_set(struct store *store, const sj_resource_meta *meta,
                                 const sj_query *query, sj_rule_same *same, const char *value) {
    const size_t size = strlen(value) + 1;
    struct twin_set *set = calloc(1, sizeof *set + size);
    if (set == NULL || sj_store_list(store, meta, query, &set->list, NULL) != SJ_OK) {
        free(set);
        return NULL;
    }
    set->meta = meta;
    set->same = same;
    set->commits = store->commits;
    memcpy(set->value, value, size);
    set->twins = calloc(set->list.count + 1, sizeof *set->twins);
    for (size_t i = 0; set->twins != NULL && i < set->list.count; i++) {
        char text[SJ_RULE_SAME_ROOM];
        set->twins[i].record = set->list.records[i];
        same(set->twins[i].record, text);
        sj_map_add(&set->by_same, &set->twins[i].by_same, sj_hash_keyed_text(text));
    }
    if (set->twins == NULL) {
        free_set(set);
        return NULL;
    }
    return set;
}

/* The set of that query as it is now; NULL: it cannot be read. */
static struct twin_set *find_set(struct store *store, struct store_twins *twins,
                                 const sj_resource_meta *meta, const sj_query *query,
                                 sj_rule_same *same) {
    const char *value = query == NULL ? "" : sj_or_empty(query->value);
    const uint64_t hash = hash_of_query(meta, same, value);
    SJ_MAP_EACH_OF(set, &twins->sets, hash, struct twin_set, by_query) {
        if (set->meta == meta && set->same == same && strcmp(set->value, value) == 0) {
            if (set->commits == store->commits) {
                return set;
            }
            (void)sj_map_remove(&twins->sets, &set->by_query);
            free_set(set);
            break;
        }
    }
    struct twin_set *set = read_set(store, meta, query, same, value);
    if (set != NULL) {
        sj_map_add(&twins->sets, &set->by_query, hash);
    }
    return set;
}

int store_twins_find(struct store *store, struct store_twins *twins, const sj_resource_meta *meta,
                     const sj_query *query, sj_rule_same *same, const void *record,
                     const void **twin) {
    char text[SJ_RULE_SAME_ROOM], other[SJ_RULE_SAME_ROOM], key[SJ_KEY_MAX], other_key[SJ_KEY_MAX];
    const struct twin_set *set = find_set(store, twins, meta, query, same);
    *twin = NULL;
    if (set == NULL) {
        return SJ_E_NO_MEMORY;
    }
    if (sj_resource_key(meta, record, key, NULL) != SJ_OK) {
        return SJ_OK; /* told already */
    }
    same(record, text);
    SJ_MAP_EACH_OF(one, &set->by_same, sj_hash_keyed_text(text), struct twin, by_same) {
        same(one->record, other);
        if (strcmp(text, other) == 0 &&
            sj_resource_key(meta, one->record, other_key, NULL) == SJ_OK &&
            strcmp(key, other_key) != 0) {
            *twin = one->record;
            break;
        }
    }
    return SJ_OK;
}
