/* Rows of the tables to structs and back. */
#include "host/store/rows.h"

#include <string.h>

#include <sojourn/words.h>

#include "host/record/record.h"
#include "host/store/internal.h"
#include "host/store/sql.h"

/* ---- reading ---- */

static void read_value(const struct store_column *column, sqlite3_stmt *row, int index,
                       void *member) {
    switch (column->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: {
        const char *text = (const char *)sqlite3_column_text(row, index);
        *(const char **)member = sj_or_empty(text);
        break;
    }
    case SJ_TYPE_BOOLEAN: *(bool *)member = sqlite3_column_int(row, index) != 0; break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES: *(int64_t *)member = sqlite3_column_int64(row, index); break;
    case SJ_TYPE_REAL: *(double *)member = sqlite3_column_double(row, index); break;
    case SJ_TYPE_ENUM: {
        const char *word = (const char *)sqlite3_column_text(row, index);
        int number = word != NULL ? sj_enum_number(column->field, word,
                                                   (size_t)sqlite3_column_bytes(row, index))
                                  : 0;
        *(int *)member = number < 0 ? 0 : number; /* a word of a later version */
        break;
    }
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: break;
    }
}

struct place { /* of a row: its key and, in lists, the positions above */
    const char *key;
    int64_t positions[STORE_DEPTH];
};

static int read_list(struct store *store, struct store_table *table, const struct place *place,
                     void *row, sj_error *error);

static int read_lists(struct store *store, const struct store_table *table,
                      const struct place *place, void *row, sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < table->children_count; i++) {
        status = read_list(store, &table->children[i], place, row, error);
    }
    return status;
}

/* Texts of items must outlive the step to the next one. */
static bool keep_texts(struct store *store, const struct store_table *table, void *item) {
    for (size_t i = 0; i < table->columns_count; i++) {
        if (sj_type_is_text(table->columns[i].type)) {
            const char **text = sj_member(item, table->columns[i].offset);
            *text = (*text)[0] == '\0' ? "" : sj_arena_strdup(&store->scratch, *text);
        }
    }
    return !store->scratch.failed;
}

static bool grow(struct store *store, char **items, size_t count, size_t *capacity,
                 size_t item_size) {
    size_t more = *capacity == 0 ? 4 : *capacity * 2;
    char *bigger;
    if (count < *capacity) {
        return true;
    }
    bigger = sj_arena_alloc(&store->scratch, more * item_size);
    if (bigger == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(bigger, *items, count * item_size);
    }
    *items = bigger;
    *capacity = more;
    return true;
}

static int read_list(struct store *store, struct store_table *table, const struct place *place,
                     void *row, sj_error *error) {
    sqlite3_stmt *statement = table->select;
    char *items = NULL;
    size_t count = 0, capacity = 0;
    int result;
    if (statement == NULL) {
        statement = store_prepare_made(store, &table->select, store_sql_select_items(table), error);
    }
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, place->key);
    for (size_t i = 1; i < table->depth; i++) {
        (void)sqlite3_bind_int64(statement, (int)i + 1, place->positions[i - 1]);
    }
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        char *item;
        if (!grow(store, &items, count, &capacity, table->item_size)) {
            result = SQLITE_NOMEM;
            break;
        }
        item = items + count++ * table->item_size;
        for (size_t i = 0; i < table->columns_count; i++) {
            read_value(&table->columns[i], statement, (int)i, item + table->columns[i].offset);
        }
        if (!keep_texts(store, table, item)) {
            result = SQLITE_NOMEM;
            break;
        }
    }
    (void)sqlite3_reset(statement);
    if (result != SQLITE_DONE) {
        return store_sql_error(store, result, "reading a list", error);
    }
    *(void **)sj_member(row, table->list_offset) = items;
    *(size_t *)sj_member(row, table->count_offset) = count;
    for (size_t i = 0; i < count && table->children_count > 0; i++) {
        struct place below = *place;
        int status;
        below.positions[table->depth - 1] = (int64_t)i;
        status = read_lists(store, table, &below, items + i * table->item_size, error);
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}

int store_read_row(struct store *store, struct store_plan *plan, sqlite3_stmt *row, void **record,
                   sj_error *error) {
    const struct store_table *table = &plan->root;
    struct place place = {(const char *)sqlite3_column_text(row, 0), {0}};
    void *built = sj_arena_alloc(&store->scratch, table->item_size);
    int64_t lists = sqlite3_column_int64(row, 1);
    int status = SJ_OK;
    if (built == NULL || place.key == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                            sj_article(plan->meta->record->name), plan->meta->record->name);
    }
    for (size_t i = 0; i < table->columns_count; i++) {
        read_value(&table->columns[i], row, (int)i + 2, sj_member(built, table->columns[i].offset));
    }
    for (size_t i = 0; status == SJ_OK && i < table->children_count; i++) {
        if ((lists & table->children[i].bit) != 0) {
            status = read_list(store, &table->children[i], &place, built, error);
        }
    }
    if (status == SJ_OK) {
        *record = built;
    }
    return status;
}

/* ---- writing ---- */

void store_bind_value(sqlite3_stmt *statement, int index, const struct store_column *column,
                      const void *member) {
    switch (column->type) {
    case SJ_TYPE_TEXT:
    case SJ_TYPE_REFERENCE:
    case SJ_TYPE_SECRET: store_bind_text(statement, index, *(const char *const *)member); break;
    case SJ_TYPE_BOOLEAN:
        (void)sqlite3_bind_int(statement, index, *(const bool *)member ? 1 : 0);
        break;
    case SJ_TYPE_INTEGER:
    case SJ_TYPE_TIME:
    case SJ_TYPE_MINUTES:
        (void)sqlite3_bind_int64(statement, index, *(const int64_t *)member);
        break;
    case SJ_TYPE_REAL: (void)sqlite3_bind_double(statement, index, *(const double *)member); break;
    case SJ_TYPE_ENUM:
        store_bind_text(statement, index, sj_enum_word(column->field, *(const int *)member));
        break;
    case SJ_TYPE_RECORD:
    case SJ_TYPE_LIST: break;
    }
}

bool store_column_equal(const struct store_column *column, const void *a, const void *b) {
    sj_field placed = *column->field;
    placed.offset = column->offset;
    return sj_field_equal(&placed, a, b);
}

void store_bind_columns(sqlite3_stmt *statement, int first, const struct store_table *table,
                        const void *row) {
    for (size_t i = 0; i < table->columns_count; i++) {
        store_bind_value(statement, first + (int)i, &table->columns[i],
                         sj_member_const(row, table->columns[i].offset));
    }
}

static int write_list(struct store *store, struct store_table *table, const struct place *place,
                      const void *row, sj_error *error) {
    const char *items = *(const char *const *)sj_member_const(row, table->list_offset);
    size_t count = items != NULL ? *(const size_t *)sj_member_const(row, table->count_offset) : 0;
    sqlite3_stmt *statement = table->insert;
    if (count > 0 && statement == NULL) {
        statement = store_prepare_made(store, &table->insert, store_sql_insert_item(table), error);
        if (statement == NULL) {
            return SJ_E_INTERNAL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const char *item = items + i * table->item_size;
        struct place below = *place;
        int result, status = SJ_OK;
        below.positions[table->depth - 1] = (int64_t)i;
        store_bind_text(statement, 1, place->key);
        for (size_t j = 0; j < table->depth; j++) {
            (void)sqlite3_bind_int64(statement, (int)j + 2, below.positions[j]);
        }
        store_bind_columns(statement, (int)table->depth + 2, table, item);
        result = sqlite3_step(statement);
        (void)sqlite3_reset(statement);
        if (result != SQLITE_DONE) {
            return store_sql_error(store, result, "writing a list", error);
        }
        for (size_t j = 0; status == SJ_OK && j < table->children_count; j++) {
            status = write_list(store, &table->children[j], &below, item, error);
        }
        if (status != SJ_OK) {
            return status;
        }
    }
    return SJ_OK;
}

int64_t store_lists_of(const struct store_plan *plan, const void *record) {
    int64_t lists = 0;
    for (size_t i = 0; i < plan->root.children_count; i++) {
        const struct store_table *table = &plan->root.children[i];
        if (*(const void *const *)sj_member_const(record, table->list_offset) != NULL &&
            *(const size_t *)sj_member_const(record, table->count_offset) > 0) {
            lists |= table->bit;
        }
    }
    return lists;
}

int store_write_lists(struct store *store, struct store_plan *plan, const char *key,
                      const void *record, sj_error *error) {
    struct place place = {key, {0}};
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < plan->root.children_count; i++) {
        status = write_list(store, &plan->root.children[i], &place, record, error);
    }
    return status;
}

struct removal {
    struct store *store;
    const char *key;
    sj_error *error;
};

static int remove_list(void *user, struct store_table *table) {
    struct removal *removal = user;
    int result;
    if (table->list == NULL) {
        return SJ_OK;
    }
    if (table->remove == NULL &&
        store_prepare_made(removal->store, &table->remove,
                           store_text("DELETE FROM \"%s\" WHERE key=?", table->name),
                           removal->error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(table->remove, 1, removal->key);
    result = sqlite3_step(table->remove);
    (void)sqlite3_reset(table->remove);
    return result == SQLITE_DONE
               ? SJ_OK
               : store_sql_error(removal->store, result, "removing a list", removal->error);
}

int store_remove_lists(struct store *store, struct store_plan *plan, const char *key,
                       sj_error *error) {
    struct removal removal = {store, key, error};
    return store_table_walk(&plan->root, remove_list, &removal);
}
