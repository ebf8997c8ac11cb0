/* A large change, prepared in memory (bulk.h): its records, what it is found by, and what others
 * changed meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/record/record.h"
#include "host/store/bulk_state.h"

enum { MEANWHILE_MOST = 100000 };

struct store_bulk_value {
    sj_map_link by_value;
    const struct store_column *column;
    struct store_bulk_entry *entry;
};

/* ---- hashes ---- */

static uint64_t hash_of(const struct store_plan *plan, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), (uintptr_t)plan);
}

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

static bool seen(const struct store *store) {
    return store->bulk != NULL && (store->bulk->state == BULK_DECIDED || store->bulk->entered);
}

bool store_bulk_entered(const struct store *store) {
    return store->bulk != NULL && store->bulk->entered;
}

static struct store_bulk_entry *find(const struct store_bulk *bulk, const struct store_plan *plan,
                                     const char *key) {
    SJ_MAP_EACH_OF(entry, &bulk->entries, hash_of(plan, key), struct store_bulk_entry, by_key) {
        if (entry->group->plan == plan && strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

const struct store_bulk_entry *store_bulk_find(const struct store *store,
                                               const struct store_plan *plan, const char *key) {
    const struct store_bulk_entry *entry = seen(store) ? find(store->bulk, plan, key) : NULL;
    return entry != NULL && !entry->gone ? entry : NULL;
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
    return seen(store) ? group_of(store->bulk, plan) : NULL;
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
        if (value->column == column && !entry->gone && entry->record != NULL &&
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
    struct store_bulk_group **groups =
        realloc(bulk->groups, (bulk->groups_count + 1) * sizeof(void *));
    struct store_bulk_group *group = groups != NULL ? calloc(1, sizeof *group) : NULL;
    bulk->groups = groups != NULL ? groups : bulk->groups;
    if (group == NULL) {
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
    if (group->count == group->capacity) {
        size_t capacity = group->capacity > 0 ? group->capacity * 2 : 256;
        struct store_bulk_entry **entries = realloc(group->entries, capacity * sizeof(void *));
        if (entries == NULL) {
            return NULL;
        }
        group->entries = entries;
        group->capacity = capacity;
    }
    entry = sj_arena_alloc(&bulk->arena, sizeof *entry + length + 1);
    if (entry != NULL) {
        memcpy(entry->key, key, length + 1);
        entry->group = group;
        group->unsorted =
            group->unsorted ||
            (group->count > 0 && strcmp(group->entries[group->count - 1]->key, key) > 0);
        sj_map_add(&bulk->entries, &entry->by_key, hash_of(group->plan, key));
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
    if (copy != NULL && !note_values(bulk, group, entry)) {
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

/* ---- what others change meanwhile ---- */

void store_bulk_note_meanwhile(struct store_bulk *bulk, const struct store_change *changes,
                               size_t count) {
    for (size_t i = 0; i < count && !bulk->too_much; i++) {
        const size_t key_size = strlen(changes[i].key) + 1;
        struct store_bulk_meanwhile *one =
            bulk->meanwhile_count < MEANWHILE_MOST ? malloc(sizeof *one + key_size) : NULL;
        const char *first = changes[i].resource != NULL ? changes[i].resource : changes[i].first;
        if (one == NULL || strlen(first) >= sizeof one->first) {
            free(one);
            bulk->too_much = true;
            return;
        }
        one->param = changes[i].resource == NULL;
        one->removed = changes[i].action == SJ_CONFIG_CHANGED_ACTION_REMOVED;
        (void)snprintf(one->first, sizeof one->first, "%s", first);
        memcpy(one->key, changes[i].key, key_size);
        one->next = NULL;
        *bulk->last_meanwhile = one;
        bulk->last_meanwhile = &one->next;
        bulk->meanwhile_count++;
    }
}

static int in_the_way(const struct store_bulk_meanwhile *one, const sj_error *why,
                      sj_error *error) {
    return sj_error_set(error, SJ_E_CONFLICT, "the %s \"%.100s\" was %s meanwhile%s%.300s",
                        one->first, one->key, one->removed ? "removed" : "changed",
                        why != NULL ? ": " : "", why != NULL ? why->text : "");
}

static struct store_plan *plan_named(const struct store *store, const char *resource) {
    for (size_t i = 0; i < store->plans_count; i++) {
        if (strcmp(store->plans[i]->meta->record->name, resource) == 0) {
            return store->plans[i];
        }
    }
    return NULL;
}

/* A parameter that refers to a record which is to go, or that is set here too. */
static int review_param(struct store *store, const struct store_bulk_meanwhile *one,
                        sj_error *error) {
    const sj_param_meta *meta = sj_catalog_param(&store->catalog, one->first, one->key);
    char *value = sj_store_param_get(store, one->first, one->key);
    const char *own;
    struct sj_problems problems;
    bool same;
    sj_problems_init(&problems, 1);
    store->bulk->entered = true;
    same = store_bulk_param(store, one->first, one->key, &own);
    if (meta != NULL && value != NULL) {
        sj_store_check_parameter_reference(store, &meta->field, value, NULL, &problems);
    }
    store->bulk->entered = false;
    free(value);
    return same || problems.count > 0
               ? in_the_way(one, problems.count > 0 ? &problems.list[0] : NULL, error)
               : SJ_OK;
}

/* What was written refers to something that is to go, or has a value that must be unique. */
static int review_record(struct store *store, struct store_plan *plan,
                         const struct store_bulk_meanwhile *one, sj_error *error) {
    void *record = NULL;
    struct sj_problems before, now;
    sj_error why;
    int status = SJ_OK;
    if (sj_store_get(store, plan->meta, one->key, &record, NULL) != SJ_OK) {
        return SJ_OK; /* removed again: that comes further behind */
    }
    sj_problems_init(&before, 1);
    sj_problems_init(&now, 1);
    sj_store_check_references(store, plan->meta, record, NULL, &before);
    store->bulk->entered = true;
    sj_store_check_references(store, plan->meta, record, NULL, &now);
    if (now.total > before.total) {
        status = in_the_way(one, &now.list[0], error);
    } else if (store_check_unique(store, plan, one->key, NULL, record, &why) != SJ_OK) {
        status = in_the_way(one, &why, error);
    }
    store->bulk->entered = false;
    sj_host_record_free(record);
    return status;
}

int store_bulk_review_one(struct store *store, const struct store_bulk_meanwhile *one,
                          sj_error *error) {
    struct store_plan *plan = one->param ? NULL : plan_named(store, one->first);
    sj_error why;
    int status = SJ_OK;
    if (one->param) {
        return review_param(store, one, error);
    }
    if (plan == NULL) {
        return SJ_OK;
    }
    if (find(store->bulk, plan, one->key) != NULL) {
        return in_the_way(one, NULL, error);
    }
    if (!one->removed) {
        return review_record(store, plan, one, error);
    }
    store->bulk->entered = true;
    if (!sj_store_exists(store, plan->meta, one->key) &&
        sj_store_check_unreferenced(store, plan->meta, one->key, &why) != SJ_OK) {
        status = in_the_way(one, &why, error);
    }
    store->bulk->entered = false;
    return status;
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
    bulk->last_meanwhile = &bulk->meanwhile;
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
    while (bulk->meanwhile != NULL) {
        struct store_bulk_meanwhile *one = bulk->meanwhile;
        bulk->meanwhile = one->next;
        free(one);
    }
    (void)sqlite3_finalize(bulk->insert);
    free(bulk->groups);
    sj_map_clear(&bulk->entries);
    free(bulk->settling);
    sj_arena_free(&bulk->arena);
    free(bulk);
}

void store_bulk_forget_plan(struct store *store, const struct store_plan *plan) {
    struct store_bulk_group *group = store->bulk != NULL ? group_of(store->bulk, plan) : NULL;
    if (group == NULL) {
        return;
    }
    for (size_t i = 0; i < group->count; i++) {
        store->bulk->left -= group->entries[i]->gone ? 0 : 1;
        group->entries[i]->gone = true;
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
