/* SQLite's results as errors with sentences, and prepared statements. */
#ifndef HOST_STORE_SQL_H
#define HOST_STORE_SQL_H

#include <sqlite3.h>

#include <sojourn/error.h>
#include <sojourn/types.h>

struct store;

int store_sql_error(struct store *store, int result, const char *doing, sj_error *error);
int store_run(struct store *store, const char *sql, sj_error *error);
sqlite3_stmt *store_prepare(struct store *store, sqlite3_stmt **slot, const char *sql,
                            sj_error *error);
/* Takes and frees the text, which may be NULL (out of memory). */
sqlite3_stmt *store_prepare_made(struct store *store, sqlite3_stmt **slot, char *sql,
                                 sj_error *error);
/* printf; for free(), NULL when out of memory. */
char *store_text(const char *format, ...) SJ_PRINTF(1, 2);
void store_bind_text(sqlite3_stmt *statement, int index, const char *text);

#endif
