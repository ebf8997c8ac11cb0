/* What queries see of a large change: entries that fit conditions, entries that refer to a record.
 */
#include "host/store/bulk_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/record/record.h"
#include "host/store/bulk_entries.h"

/* ---- conditions ---- */

static bool value_fits(const struct store_condition *condition, const void *row) {
    const struct store_column *column = condition->column;
    const void *member = sj_member_const(row, column->offset);
    switch (column->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: return strcmp(sj_member_text(member, 0), condition->value.text) == 0;
    case SJ_TYPE_BOOLEAN: return *(const bool *)member == condition->value.boolean;
    case SJ_TYPE_ENUM: return *(const int *)member == condition->value.number;
    case SJ_TYPE_REAL: return *(const double *)member == condition->value.real;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: return *(const int64_t *)member == condition->value.integer;
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: break;
    }
    return false;
}

static bool fits(const struct store_condition *condition, const struct store_plan *plan,
                 const void *record) {
    const struct store_table *table = condition->table;
    const char *items;
    size_t count;
    if (condition->column == NULL) {
        return true;
    }
    if (table == &plan->root) {
        return value_fits(condition, record);
    }
    items = *(const char *const *)sj_member_const(record, table->list_offset);
    count = items != NULL ? *(const size_t *)sj_member_const(record, table->count_offset) : 0;
    for (size_t i = 0; i < count; i++) {
        if (value_fits(condition, items + i * table->item_size)) {
            return true;
        }
    }
    return false;
}

/* ---- lists ---- */

static int by_key(const void *a, const void *b) {
    const struct store_bulk_entry *const *first = a, *const *second = b;
    return strcmp((*first)->key, (*second)->key);
}

void store_bulk_sort(struct store_bulk_group *group) {
    if (group->unsorted && group->count > 1) {
        qsort(group->entries, group->count, sizeof(void *), by_key);
    }
    group->unsorted = false;
}

/* The first entry behind a key. */
static size_t behind(const struct store_bulk_group *group, const char *key) {
    size_t low = 0, high = group->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(group->entries[middle]->key, key) > 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void store_bulk_cursor_open(struct store_bulk_cursor *cursor, struct store_bulk_group *group,
                            const struct store_condition conditions[2], const char *after_key) {
    *cursor = (struct store_bulk_cursor){group, conditions, 0};
    if (group != NULL) {
        store_bulk_sort(group);
        cursor->next = after_key != NULL ? behind(group, after_key) : 0;
    }
}

const struct store_bulk_entry *store_bulk_cursor_take(struct store_bulk_cursor *cursor,
                                                      const char *key) {
    const struct store_bulk_group *group = cursor->group;
    for (; group != NULL && cursor->next < group->count; cursor->next++) {
        const struct store_bulk_entry *entry = group->entries[cursor->next];
        if (entry->written || entry->record == NULL) {
            continue;
        }
        if (key != NULL && strcmp(entry->key, key) >= 0) {
            return NULL;
        }
        if (fits(&cursor->conditions[0], group->plan, entry->record) &&
            fits(&cursor->conditions[1], group->plan, entry->record)) {
            cursor->next++;
            return entry;
        }
    }
    return NULL;
}

/* ---- references ---- */

struct search {
    const char *target, *key;
    char place[160]; /* as people know it: "lines.partition" */
};

static bool refers(struct search *search, const sj_record_meta *meta, const void *record,
                   const char *above) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        bool names = (field->type == SJ_TYPE_REFERENCE ||
                      (field->type == SJ_TYPE_LIST && field->element == SJ_TYPE_REFERENCE)) &&
                     strcmp(field->target, search->target) == 0;
        size_t count;
        (void)snprintf(search->place, sizeof search->place, "%s%s%s", above,
                       above[0] != '\0' ? "." : "", field->name);
        if (field->type == SJ_TYPE_REFERENCE && names &&
            strcmp(sj_member_text(record, field->offset), search->key) == 0) {
            return true;
        }
        if (field->type == SJ_TYPE_LIST && (names || field->record != NULL)) {
            const void *items = sj_member_items(record, field, &count);
            char here[160];
            (void)snprintf(here, sizeof here, "%s", search->place);
            for (size_t j = 0; j < count; j++) {
                if (field->record != NULL
                        ? refers(search, field->record,
                                 sj_member_const(items, j * field->record->struct_size), here)
                        : strcmp(((const char *const *)items)[j], search->key) == 0) {
                    return true;
                }
            }
        } else if (field->type == SJ_TYPE_RECORD) {
            char here[160];
            (void)snprintf(here, sizeof here, "%s", search->place);
            if (refers(search, field->record, sj_member_const(record, field->offset), here)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the declaration names the resource at all. */
static bool may_refer(const sj_record_meta *meta, const char *target) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        bool names = field->type == SJ_TYPE_REFERENCE ||
                     (field->type == SJ_TYPE_LIST && field->element == SJ_TYPE_REFERENCE);
        if ((names && strcmp(field->target, target) == 0) ||
            (field->record != NULL && may_refer(field->record, target))) {
            return true;
        }
    }
    return false;
}

int store_bulk_check_unreferenced(const struct store *store, const struct store_plan *plan,
                                  const sj_resource_meta *target, const char *key,
                                  sj_error *error) {
    const struct store_bulk_group *group = store_bulk_seen(store, plan);
    const sj_resource_meta *from = plan->meta;
    struct search search = {target->record->name, key, ""};
    if (group == NULL || (from->flags & SJ_RESOURCE_RUNTIME) != 0 ||
        !may_refer(from->record, search.target)) {
        return SJ_OK;
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct store_bulk_entry *entry = group->entries[i];
        bool itself =
            strcmp(from->record->name, search.target) == 0 && strcmp(entry->key, key) == 0;
        if (!entry->written && entry->record != NULL && !itself &&
            refers(&search, from->record, entry->record, "")) {
            return sj_error_set(error, SJ_E_IN_USE,
                                "the %s \"%s\" is still in use: the %s \"%s\" refers to it (%s)",
                                search.target, key, from->record->name, entry->key, search.place);
        }
    }
    return SJ_OK;
}
