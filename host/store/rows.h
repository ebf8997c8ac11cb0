/* One row and the lists below it, as a struct whose texts live until the statement moves on and the
 * scratch is reset. */
#ifndef HOST_STORE_ROWS_H
#define HOST_STORE_ROWS_H

#include <sqlite3.h>

#include <sojourn/error.h>

#include "host/store/plan.h"

struct store;

int store_read_row(struct store *store, struct store_plan *plan, sqlite3_stmt *row, void **record,
                   sj_error *error);
/* The bits of the lists that have items. */
int64_t store_lists_of(const struct store_plan *plan, const void *record);
int store_write_lists(struct store *store, struct store_plan *plan, const char *key,
                      const void *record, sj_error *error);
int store_remove_lists(struct store *store, struct store_plan *plan, const char *key,
                       sj_error *error);
void store_bind_value(sqlite3_stmt *statement, int index, const struct store_column *column,
                      const void *member);
bool store_column_equal(const struct store_column *column, const void *a, const void *b);
void store_bind_columns(sqlite3_stmt *statement, int first, const struct store_table *table,
                        const void *row);

#endif
