/* Brings the database to what a plan needs: tables and columns that are missing are made; nothing
 * is ever removed here, so that an older version finds its columns again. New tables get the
 * records that the declaration says exist from the start. */
#include "host/store/tables.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/log.h>
#include <sojourn/words.h>

#include "host/record/json.h"
#include "host/record/record.h"
#include "host/store/internal.h"
#include "host/store/plan.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"
#include "rules/rules.h"

static int run_made(struct store *store, char *sql, sj_error *error) {
    int status = sql != NULL ? store_run(store, sql, error)
                             : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a statement");
    free(sql);
    return status;
}

/* The names of the columns there are, each followed by a line break; NULL when out of memory, ""
 * when there is no such table.
 */
static int columns_of(struct store *store, const char *table, sj_text *names, sj_error *error) {
    sqlite3_stmt *statement = NULL;
    int result;
    sj_text_char(names, '\n');
    if (store_prepare(store, &statement, "SELECT name FROM pragma_table_info(?)", error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, table);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        sj_text_printf(names, "%s\n", (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    if (result != SQLITE_DONE) {
        return store_sql_error(store, result, "looking at a table", error);
    }
    return names->failed ? sj_error_set(error, SJ_E_NO_MEMORY, "out of memory") : SJ_OK;
}

static bool has_column(const sj_text *names, const char *column) {
    size_t length = strlen(column);
    const char *at = names->data;
    while ((at = strstr(at, column)) != NULL) {
        if (at[-1] == '\n' && at[length] == '\n') {
            return true;
        }
        at += length;
    }
    return false;
}

bool store_is_indexed(const struct store_table *table, const struct store_column *column) {
    bool wanted = (column->field->flags & (SJ_FIELD_UNIQUE | SJ_FIELD_INDEX)) != 0;
    return wanted || column->type == SJ_TYPE_REFERENCE ||
           (table->list == NULL && (column->field->flags & SJ_FIELD_KEY) != 0);
}

bool store_ignores_case(const struct store_column *column) {
    return (column->field->flags & SJ_FIELD_UNIQUE) != 0 && column->field->format != NULL &&
           strcmp(column->field->format, "user_id") == 0;
}

static int make_indexes(struct store *store, const struct store_table *table, sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < table->columns_count; i++) {
        const char *column = table->columns[i].name;
        if (store_is_indexed(table, &table->columns[i])) {
            status =
                run_made(store,
                         store_text("CREATE INDEX IF NOT EXISTS \"i_%s__%s\" ON \"%s\"(\"%s\")",
                                    table->name, column, table->name, column),
                         error);
        }
        if (status == SJ_OK && store_ignores_case(&table->columns[i])) {
            status = run_made(
                store,
                store_text(
                    "CREATE INDEX IF NOT EXISTS \"n_%s__%s\" ON \"%s\"(\"%s\" COLLATE NOCASE)",
                    table->name, column, table->name, column),
                error);
        }
    }
    return status;
}

struct making {
    struct store *store;
    sj_error *error;
    bool created; /* the resource's own table did not exist */
};

/* The row's own columns that no field stands for. */
static int add_own_columns(struct store *store, const struct store_table *table,
                           const sj_text *names, sj_error *error) {
    if (table->list != NULL || has_column(names, "_lists")) {
        return SJ_OK;
    }
    return run_made(
        store, store_text("ALTER TABLE \"%s\" ADD COLUMN " STORE_LISTS_COLUMN, table->name), error);
}

static int make_table(void *user, struct store_table *table) {
    struct making *making = user;
    sj_text names = {0};
    int status = columns_of(making->store, table->name, &names, making->error);
    bool exists = status == SJ_OK && names.length > 1;
    if (status == SJ_OK && !exists) {
        status = run_made(making->store, store_sql_create(table), making->error);
        making->created = making->created || table->list == NULL;
    } else if (status == SJ_OK) {
        status = add_own_columns(making->store, table, &names, making->error);
    }
    for (size_t i = 0; status == SJ_OK && exists && i < table->columns_count; i++) {
        if (!has_column(&names, table->columns[i].name)) {
            char *column = store_sql_column(&table->columns[i]);
            status = run_made(
                making->store,
                column != NULL ? store_text("ALTER TABLE \"%s\" ADD COLUMN %s", table->name, column)
                               : NULL,
                making->error);
            free(column);
        }
    }
    sj_text_clear(&names);
    return status == SJ_OK ? make_indexes(making->store, table, making->error) : status;
}

/* Whether a store that was made before lacks a record that is always there: some versions let them
 * be removed. */
static bool is_lost(struct store *store, const sj_resource_meta *meta, const void *record) {
    char key[SJ_KEY_MAX];
    if (sj_resource_key(meta, record, key, NULL) != SJ_OK || sj_rule_stays(meta, key) == NULL ||
        sj_store_exists(store, meta, key)) {
        return false;
    }
    sj_log_warning(store->node->scope, "the %s \"%s\" was missing and is added again",
                   meta->record->name, key);
    return true;
}

/* Records that exist from the start; references among them are right by declaration. Of a store
 * that was made before (`lost`) those that it may not lack. */
static int insert_factory(struct store *store, const sj_resource_meta *meta, const char *json,
                          bool lost, sj_error *error) {
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, 0};
    void *record;
    int status;
    sj_problems_init(&problems, 1);
    record = sj_record_parse(&reader, meta->record, json, strlen(json));
    status = sj_problems_result(&problems, error);
    if (record != NULL && (!lost || is_lost(store, meta, record))) {
        status = sj_store_put(store, meta, record, STORE_PUT_UNCHECKED, error);
    }
    sj_arena_free(&arena);
    return status;
}

static int insert_factories(struct store *store, const sj_resource_meta *meta, bool lost,
                            sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && meta->factory != NULL && meta->factory[i] != NULL; i++) {
        status = insert_factory(store, meta, meta->factory[i], lost, error);
    }
    return status;
}

static int insert_singleton(struct store *store, const sj_resource_meta *meta, sj_error *error) {
    struct sj_arena arena = {0};
    void *record = sj_record_new(meta->record, &arena);
    int status = record != NULL ? sj_store_put(store, meta, record, STORE_PUT_UNCHECKED, error)
                                : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                                               sj_article(meta->record->name), meta->record->name);
    sj_arena_free(&arena);
    return status;
}

static int first_records(struct store *store, const sj_resource_meta *meta, sj_error *error) {
    int status = insert_factories(store, meta, false, error);
    if (status == SJ_OK && (meta->flags & SJ_RESOURCE_SINGLETON) != 0 &&
        !sj_store_exists(store, meta, "default")) {
        status = insert_singleton(store, meta, error);
    }
    return status;
}

/* Shapes that the tables are known to have, so that a start need not look at each of them. */
static bool shape_is_known(struct store *store, const char *name, uint64_t shape) {
    sqlite3_stmt *statement = store_prepare(
        store, &store->shape_get, "SELECT 1 FROM store_shape WHERE name=? AND shape=?", NULL);
    bool known;
    if (statement == NULL) {
        return false;
    }
    store_bind_text(statement, 1, name);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)shape);
    known = sqlite3_step(statement) == SQLITE_ROW;
    (void)sqlite3_reset(statement);
    return known;
}

static int remember_shape(struct store *store, const char *name, uint64_t shape, sj_error *error) {
    sqlite3_stmt *statement = NULL;
    int result;
    if (store_prepare(store, &statement,
                      "INSERT OR REPLACE INTO store_shape(name,shape)VALUES(?,?)", error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, name);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)shape);
    result = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return result == SQLITE_DONE ? SJ_OK : store_sql_error(store, result, "noting a table", error);
}

int store_make_tables(struct store *store, struct store_plan *plan, sj_error *error) {
    struct making making = {store, error, false};
    uint64_t shape = store_plan_shape(plan);
    bool own;
    int status;
    if (shape_is_known(store, plan->root.name, shape)) {
        return SJ_OK;
    }
    status = store_begin_write(store, &own, error);
    if (status == SJ_OK) {
        status = store_table_walk(&plan->root, make_table, &making);
        if (status == SJ_OK) {
            status = remember_shape(store, plan->root.name, shape, error);
        }
        plan->created = making.created;
        status = store_end_write(store, own, status, error);
    }
    return status;
}

int store_make_first_records(struct store *store, struct store_plan *plan, sj_error *error) {
    if (plan->created) {
        return first_records(store, plan->meta, error);
    }
    return sj_rule_always(plan->meta)[0] == NULL ? SJ_OK
                                                 : insert_factories(store, plan->meta, true, error);
}
