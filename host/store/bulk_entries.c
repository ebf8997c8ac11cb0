/* A large change, prepared in memory (bulk.h): its records, and what it is found by. */
#include "host/store/bulk_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/array.h>

#include "host/record/record.h"
#include "host/store/bulk.h"
#include "host/store/bulk_references.h"
#include "host/store/bulk_review.h"
#include "host/store/internal.h"
#include "host/store/rows.h"
#include "host/store/tables.h"

struct store_bulk_value {
    sj_map_link by_value;
    const struct store_column *column;
    struct store_bulk_entry *entry;
};

/* ---- hashes ---- */

/* Small and capital letters are one, as far as the table's comparison may take them for that. */
static uint64_t hash_of_value(const struct store_column *column, const void *record) {
    const void *member = sj_member_const(record, column->offset);
    uint64_t hash = 0;
    if (sj_type_is_text(column->type)) {
        const char *text = sj_member_text(member, 0);
        hash = sj_hash_keyed_nocase(text, strlen(text));
    } else if (column->type == SJ_TYPE_INTEGER) {
        hash = sj_hash_keyed(member, sizeof(int64_t));
    }
    return sj_hash_with(hash, (uintptr_t)column);
}

/* ---- looking ---- */

bool store_bulk_is_seen(const struct store *store) {
    return store->bulk != NULL && (store->bulk->state == BULK_DECIDED || store->bulk->entered);
}

bool store_bulk_entered(const struct store *store) {
    return store->bulk != NULL && store->bulk->entered;
}

static struct store_bulk_entry *find(const struct store_bulk *bulk, const struct store_plan *plan,
                                     const char *key) {
    SJ_MAP_EACH_OF(entry, &bulk->entries, store_plan_hash(plan, key), struct store_bulk_entry,
                   by_key) {
        if (entry->group->plan == plan && strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

const struct store_bulk_entry *store_bulk_find(const struct store *store,
                                               const struct store_plan *plan, const char *key) {
    const struct store_bulk_entry *entry =
        store_bulk_is_seen(store) ? find(store->bulk, plan, key) : NULL;
    return entry != NULL && !entry->written ? entry : NULL;
}

bool store_bulk_has(const struct store_bulk *bulk, const struct store_plan *plan, const char *key) {
    return find(bulk, plan, key) != NULL;
}

static struct store_bulk_group *group_of(const struct store_bulk *bulk,
                                         const struct store_plan *plan) {
    for (size_t i = 0; i < bulk->groups_count; i++) {
        if (bulk->groups[i]->plan == plan) {
            return bulk->groups[i];
        }
    }
    return NULL;
}

struct store_bulk_group *store_bulk_seen(const struct store *store, const struct store_plan *plan) {
    return store_bulk_is_seen(store) ? group_of(store->bulk, plan) : NULL;
}

static bool is_unique(const struct store_column *column) {
    return (column->field->flags & SJ_FIELD_UNIQUE) != 0;
}

static bool equal_value(const struct store_column *column, const void *a, const void *b) {
    if (store_ignores_case(column)) {
        return strcasecmp(sj_member_text(a, column->offset), sj_member_text(b, column->offset)) ==
               0;
    }
    return store_column_equal(column, a, b);
}

const struct store_bulk_entry *store_bulk_equal(const struct store *store,
                                                const struct store_plan *plan,
                                                const struct store_column *column, const char *key,
                                                const void *record) {
    const struct store_bulk_group *group = store_bulk_seen(store, plan);
    if (group == NULL) {
        return NULL;
    }
    SJ_MAP_EACH_OF(value, &group->values, hash_of_value(column, record),
                   const struct store_bulk_value, by_value) {
        const struct store_bulk_entry *entry = value->entry;
        if (value->column == column && !entry->written && entry->record != NULL &&
            strcmp(entry->key, key) != 0 && equal_value(column, entry->record, record)) {
            return entry;
        }
    }
    return NULL;
}

bool store_bulk_param(const struct store *store, const char *service, const char *name,
                      const char **value) {
    for (const struct store_bulk_param *param = store_bulk_entered(store) ? store->bulk->params
                                                                          : NULL;
         param != NULL; param = param->next) {
        if (strcmp(param->service, service) == 0 && strcmp(param->name, name) == 0) {
            *value = param->value;
            return true;
        }
    }
    return false;
}

/* ---- building ---- */

static struct store_bulk_group *add_group(struct store_bulk *bulk, struct store_plan *plan) {
    struct store_bulk_group *group;
    if (!sj_array_room(&bulk->groups, &bulk->groups_room, bulk->groups_count + 1, sizeof(void *)) ||
        (group = calloc(1, sizeof *group)) == NULL) {
        return NULL;
    }
    group->plan = plan;
    group->defaults = sj_record_new(plan->meta->record, &bulk->arena);
    for (size_t i = 0; i < plan->root.columns_count; i++) {
        group->has_unique = group->has_unique || is_unique(&plan->root.columns[i]);
    }
    bulk->groups[bulk->groups_count++] = group;
    return group->defaults != NULL ? group : NULL;
}

static bool note_values(struct store_bulk *bulk, struct store_bulk_group *group,
                        struct store_bulk_entry *entry) {
    for (size_t i = 0; group->has_unique && i < group->plan->root.columns_count; i++) {
        const struct store_column *column = &group->plan->root.columns[i];
        struct store_bulk_value *value;
        if (!is_unique(column)) {
            continue;
        }
        value = sj_arena_alloc(&bulk->arena, sizeof *value);
        if (value == NULL) {
            return false;
        }
        value->column = column;
        value->entry = entry;
        sj_map_add(&group->values, &value->by_value, hash_of_value(column, entry->record));
    }
    return true;
}

static struct store_bulk_entry *add_entry(struct store_bulk *bulk, struct store_bulk_group *group,
                                          const char *key) {
    size_t length = strlen(key);
    struct store_bulk_entry *entry;
    if (!sj_array_room(&group->entries, &group->room, group->count + 1, sizeof(void *))) {
        return NULL;
    }
    entry = sj_arena_alloc(&bulk->arena, sizeof *entry + length + 1);
    if (entry != NULL) {
        memcpy(entry->key, key, length + 1);
        entry->group = group;
        group->unsorted =
            group->unsorted ||
            (group->count > 0 && strcmp(group->entries[group->count - 1]->key, key) > 0);
        sj_map_add(&bulk->entries, &entry->by_key, store_plan_hash(group->plan, key));
        group->entries[group->count++] = entry;
        bulk->left++;
    }
    return entry;
}

int store_bulk_put(struct store *store, struct store_plan *plan, const char *key,
                   const void *record, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    struct store_bulk_group *group = group_of(bulk, plan);
    struct store_bulk_entry *entry = find(bulk, plan, key);
    void *copy = record != NULL ? sj_record_copy(plan->meta->record, record) : NULL;
    bool good = record == NULL || copy != NULL;
    if (good && group == NULL) {
        group = add_group(bulk, plan);
    }
    if (good && group != NULL && entry == NULL) {
        entry = add_entry(bulk, group, key);
    }
    if (entry == NULL || !good) {
        free(copy);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    free(entry->record);
    entry->record = copy;
    if (copy != NULL &&
        (!note_values(bulk, group, entry) || !store_bulk_note_references(bulk, entry))) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    return SJ_OK;
}

int store_bulk_param_put(struct store *store, const char *service, const char *name,
                         const char *value, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    struct store_bulk_param *param = sj_arena_alloc(&bulk->arena, sizeof *param);
    if (param != NULL) {
        param->service = sj_arena_strdup(&bulk->arena, service);
        param->name = sj_arena_strdup(&bulk->arena, name);
        param->value = value != NULL ? sj_arena_strdup(&bulk->arena, value) : NULL;
        param->next = bulk->params; /* the newest is found first */
        bulk->params = param;
    }
    return bulk->arena.failed
               ? sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change")
               : SJ_OK;
}

/* ---- life ---- */

int sj_store_bulk_open(struct store *store, const char *who, sj_error *error) {
    struct store_bulk *bulk;
    if (store->bulk != NULL) {
        return sj_error_set(error, SJ_E_CONFLICT, "a large change of %s is being written",
                            store->bulk->who);
    }
    bulk = calloc(1, sizeof *bulk);
    if (bulk == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    (void)snprintf(bulk->who, sizeof bulk->who, "%s", who);
    bulk->declarations = store->declarations;
    store->bulk = bulk;
    return SJ_OK;
}

void store_bulk_free(struct store *store) {
    struct store_bulk *bulk = store->bulk;
    store->bulk = NULL;
    for (size_t i = 0; i < bulk->groups_count; i++) {
        struct store_bulk_group *group = bulk->groups[i];
        for (size_t j = 0; j < group->count; j++) {
            free(group->entries[j]->record);
        }
        free(group->entries);
        sj_map_clear(&group->values);
        free(group);
    }
    store_bulk_forget_meanwhile(bulk);
    (void)sqlite3_finalize(bulk->insert);
    free(bulk->groups);
    sj_map_clear(&bulk->entries);
    sj_map_clear(&bulk->references);
    free(bulk->writing);
    sj_arena_free(&bulk->arena);
    free(bulk);
}

void store_bulk_forget_plan(struct store *store, const struct store_plan *plan) {
    struct store_bulk_group *group = store->bulk != NULL ? group_of(store->bulk, plan) : NULL;
    if (group == NULL) {
        return;
    }
    for (size_t i = 0; i < group->count; i++) {
        store->bulk->left -= group->entries[i]->written ? 0 : 1;
        group->entries[i]->written = true;
        free(group->entries[i]->record);
        group->entries[i]->record = NULL;
    }
    group->plan = NULL;
    store->bulk->orphans = true;
}

void sj_store_bulk_enter(struct store *store) {
    store->bulk->entered = true;
}

void sj_store_bulk_leave(struct store *store) {
    store->bulk->entered = false;
}
