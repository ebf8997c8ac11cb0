/* What the store remembers of the node itself: a name and a value. */
#include <string.h>

#include "host/record/record.h"
#include "host/store/internal.h"
#include "host/store/plan.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"

char *sj_store_fact(struct store *store, const char *name) {
    sqlite3_stmt *statement = NULL;
    char *value = NULL;
    if (store_prepare(store, &statement, "SELECT value FROM store_fact WHERE name=?", NULL) ==
        NULL) {
        return NULL; /* no table yet: nothing is remembered */
    }
    store_bind_text(statement, 1, name);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        value = strdup((const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    return value;
}

static int put_fact(struct store *store, const char *name, const char *value, sj_error *error) {
    sqlite3_stmt *statement = NULL;
    int result,
        status = store_run(
            store,
            "CREATE TABLE IF NOT EXISTS store_fact(name TEXT PRIMARY KEY,value TEXT NOT NULL)"
            "WITHOUT ROWID",
            error);
    if (status != SJ_OK) {
        return status;
    }
    if (store_prepare(store, &statement, "INSERT OR REPLACE INTO store_fact(name,value)VALUES(?,?)",
                      error) == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, name);
    store_bind_text(statement, 2, value);
    result = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return result == SQLITE_DONE ? SJ_OK : store_sql_error(store, result, "noting a fact", error);
}

int sj_store_put_fact(struct store *store, const char *name, const char *value, sj_error *error) {
    bool own;
    int status = store_begin_write(store, &own, error);
    return status == SJ_OK ? store_end_write(store, own, put_fact(store, name, value, error), error)
                           : status;
}

/* ---- secrets ---- */

struct search {
    struct store *store;
    bool found;
};

static int look_in_table(void *user, struct store_table *table) {
    struct search *search = user;
    for (size_t i = 0; i < table->columns_count && !search->found; i++) {
        if (table->columns[i].type == SJ_TYPE_SECRET) {
            sqlite3_stmt *statement = NULL;
            char *sql = store_text("SELECT 1 FROM \"%s\" WHERE \"%s\"<>'' LIMIT 1", table->name,
                                   table->columns[i].name);
            if (store_prepare_made(search->store, &statement, sql, NULL) != NULL) {
                search->found = sqlite3_step(statement) == SQLITE_ROW;
            }
            (void)sqlite3_finalize(statement);
        }
    }
    return search->found ? 1 : 0;
}

bool sj_store_has_secrets(struct store *store) {
    struct search search = {store, false};
    for (size_t i = 0; i < store->plans_count && !search.found; i++) {
        (void)store_table_walk(&store->plans[i]->root, look_in_table, &search);
    }
    return search.found;
}
