/* What queries see of a large change: entries that fit conditions. */
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
