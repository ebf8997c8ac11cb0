/* Changes of the database that adding tables and columns cannot express, numbered, applied once
 * each in one transaction, after the database was copied to "<path>.before-<number>". PRAGMA
 * user_version holds the number of the last one applied. */
#include "host/store/migrate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/store/first_use.h"
#include "host/store/internal.h"
#include "host/store/sql.h"

/* The first layout is number 1. */
const struct store_migration store_migrations[] = {
    {1, "the table of parameters",
     "CREATE TABLE param(service TEXT NOT NULL,name TEXT NOT NULL,node TEXT NOT NULL DEFAULT "
     "'',value TEXT NOT NULL,"
     "PRIMARY KEY(service,name,node))WITHOUT ROWID"},
    {2, "the table of the shapes of tables",
     "CREATE TABLE store_shape(name TEXT NOT NULL,shape INTEGER NOT NULL,PRIMARY "
     "KEY(name,shape))WITHOUT ROWID"},
    {0, NULL, NULL},
};

static int read_version(struct store *store, int *version, sj_error *error) {
    sqlite3_stmt *statement = NULL;
    int result;
    if (store_prepare(store, &statement, "PRAGMA user_version", error) == NULL) {
        return SJ_E_CORRUPT;
    }
    result = sqlite3_step(statement);
    *version = result == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    return result == SQLITE_ROW
               ? SJ_OK
               : store_sql_error(store, result, "reading the database's version", error);
}

static int back_up(struct store *store, int version, sj_error *error) {
    char *path = store_text("%s.before-%d", store->path, version + 1);
    sqlite3_stmt *statement = NULL;
    int result, status = SJ_OK;
    if (path == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    (void)unlink(path);
    if (store_prepare(store, &statement, "VACUUM INTO ?", error) == NULL) {
        free(path);
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, path);
    result = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    if (result != SQLITE_DONE) {
        status = store_sql_error(store, result, "copying the database before it is changed", error);
    } else if (chmod(path, S_IRUSR | S_IWUSR) != 0) {
        status = sj_error_set(error, SJ_E_IO,
                              "the copy %s cannot be made readable by the node alone", path);
    }
    free(path);
    return status;
}

static int apply(struct store *store, const struct store_migration *migration, sj_error *error) {
    sj_error cause;
    char *sql;
    int status = store_run(store, migration->sql, &cause);
    if (status != SJ_OK) {
        return sj_error_set(error, status,
                            "%s: change number %d of the database (%s) failed: %.300s", store->path,
                            migration->number, migration->what, cause.text);
    }
    sql = store_text("PRAGMA user_version=%d", migration->number);
    status = sql != NULL ? store_run(store, sql, error)
                         : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    free(sql);
    return status;
}

int store_migrate(struct store *store, const struct store_migration *migrations, sj_error *error) {
    int version = 0, newest = 0;
    int status = read_version(store, &version, error);
    for (size_t i = 0; migrations[i].number != 0; i++) {
        newest = migrations[i].number;
    }
    if (status != SJ_OK || version == newest) {
        return status;
    }
    if (version > newest) {
        return sj_error_set(
            error, SJ_E_VERSION,
            "%s was written by a later version of this software (layout %d, this one knows %d)",
            store->path, version, newest);
    }
    if (version == 0 && !store->in_memory) {
        status = store_first_use_check_empty(store->path, error);
    } else if (!store->in_memory) {
        status = back_up(store, version, error);
    }
    if (status == SJ_OK) {
        status = store_run(store, "BEGIN IMMEDIATE", error);
    }
    if (status != SJ_OK) {
        return status;
    }
    for (size_t i = 0; status == SJ_OK && migrations[i].number != 0; i++) {
        if (migrations[i].number > version) {
            status = apply(store, &migrations[i], error);
        }
    }
    if (status == SJ_OK) {
        status = store_run(store, "COMMIT", error);
    }
    if (status != SJ_OK) {
        (void)store_run(store, "ROLLBACK", NULL);
    }
    if (status == SJ_OK && version == 0 &&
        !store->in_memory) { /* before an identity is made for it */
        status = store_flush_now(&store->flush, error);
        store_first_use_done(store->path);
    }
    return status;
}
