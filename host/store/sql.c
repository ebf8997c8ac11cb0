/* SQLite's results as errors with sentences, and prepared statements. */
#include "host/store/sql.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/store/internal.h"

int store_sql_error(struct store *store, int result, const char *doing, sj_error *error) {
    const char *words =
        store->database != NULL ? sqlite3_errmsg(store->database) : sqlite3_errstr(result);
    switch (result & 0xff) {
    case SQLITE_FULL:
        store_flush_fault(&store->flush, "it is full");
        return sj_error_set(error, SJ_E_IO,
                            "%s: the disk of %s is full; nothing was written, reads go on", doing,
                            store->path);
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        store_flush_fault(&store->flush, words);
        return sj_error_set(
            error, SJ_E_IO,
            "%s: the file %s could not be read or written (%s); nothing was written", doing,
            store->path, words);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return sj_error_set(error, SJ_E_CORRUPT,
                            "%s: the file %s is damaged (%s); restore a backup", doing, store->path,
                            words);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sj_error_set(error, SJ_E_UNAVAILABLE, "%s: another program holds %s", doing,
                            store->path);
    case SQLITE_NOMEM: return sj_error_set(error, SJ_E_NO_MEMORY, "%s: out of memory", doing);
    case SQLITE_CONSTRAINT: return sj_error_set(error, SJ_E_EXISTS, "%s: %s", doing, words);
    default:
        return sj_error_set(error, SJ_E_INTERNAL, "%s: the store answered \"%s\"", doing, words);
    }
}

int store_run(struct store *store, const char *sql, sj_error *error) {
    int result = sqlite3_exec(store->database, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? SJ_OK
                               : store_sql_error(store, result, "running a statement", error);
}

sqlite3_stmt *store_prepare(struct store *store, sqlite3_stmt **slot, const char *sql,
                            sj_error *error) {
    if (*slot == NULL) {
        int result =
            sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
        if (result != SQLITE_OK) {
            (void)store_sql_error(store, result, "preparing a statement", error);
        }
    }
    return *slot;
}

sqlite3_stmt *store_prepare_made(struct store *store, sqlite3_stmt **slot, char *sql,
                                 sj_error *error) {
    if (sql == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a statement");
        return NULL;
    }
    (void)store_prepare(store, slot, sql, error);
    free(sql);
    return *slot;
}

void store_bind_text(sqlite3_stmt *statement, int index, const char *text) {
    (void)sqlite3_bind_text(statement, index, sj_or_empty(text), -1, SQLITE_STATIC);
}

char *store_text(const char *format, ...) {
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return text;
}
