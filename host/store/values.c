/* Values of parameters: the table param. */
#include <string.h>

#include "host/store/bulk_entries.h"
#include "host/store/internal.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"

char *sj_store_param_get(struct store *store, const char *service, const char *name) {
    sqlite3_stmt *statement =
        store_prepare(store, &store->param_get,
                      "SELECT value FROM param WHERE service=? AND name=? AND node=''", NULL);
    char *value = NULL;
    const char *prepared;
    if (store_bulk_param(store, service, name, &prepared)) {
        return prepared != NULL ? strdup(prepared) : NULL;
    }
    if (statement == NULL) {
        return NULL;
    }
    store_bind_text(statement, 1, service);
    store_bind_text(statement, 2, name);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        value = strdup((const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_reset(statement);
    return value;
}

static sqlite3_stmt *bind_row(struct store *store, const char *service, const char *name,
                              const char *value, sj_error *error) {
    sqlite3_stmt *statement =
        value != NULL
            ? store_prepare(store, &store->param_put,
                            "INSERT INTO param(service,name,value)VALUES(?,?,?)"
                            "ON CONFLICT(service,name,node)DO UPDATE SET value=excluded.value",
                            error)
            : store_prepare(store, &store->param_remove,
                            "DELETE FROM param WHERE service=? AND name=?", error);
    if (statement != NULL) {
        store_bind_text(statement, 1, service);
        store_bind_text(statement, 2, name);
        if (value != NULL) {
            store_bind_text(statement, 3, value);
        }
    }
    return statement;
}

int sj_store_param_put(struct store *store, const char *service, const char *name,
                       const char *value, sj_error *error) {
    bool own;
    int status = store_begin_write(store, &own, error);
    sqlite3_stmt *statement;
    if (status != SJ_OK || store_bulk_entered(store)) {
        return status != SJ_OK ? status : store_bulk_param_put(store, service, name, value, error);
    }
    statement = bind_row(store, service, name, value, error);
    status = statement != NULL ? store_will_write(store, NULL, service, name,
                                                  SJ_CONFIG_CHANGED_ACTION_CHANGED, error)
                               : SJ_E_INTERNAL;
    if (status == SJ_OK) {
        int result = sqlite3_step(statement);
        (void)sqlite3_reset(statement);
        status = result == SQLITE_DONE
                     ? SJ_OK
                     : store_sql_error(store, result, "writing a parameter", error);
    }
    return store_end_write(store, own, status, error);
}

void sj_store_on_param(struct store *store,
                       void (*changed)(void *user, const char *service, const char *name),
                       void *user) {
    store->param_changed = changed;
    store->param_user = user;
}
