/* Brings the database to what a plan needs. */
#ifndef HOST_STORE_TABLES_H
#define HOST_STORE_TABLES_H

#include <stdbool.h>

#include <sojourn/error.h>

struct store;
struct store_column;
struct store_plan;
struct store_table;

int store_make_tables(struct store *store, struct store_plan *plan, sj_error *error);
int store_make_first_records(struct store *store, struct store_plan *plan, sj_error *error);
bool store_is_indexed(const struct store_table *table, const struct store_column *column);
/* Unique whatever the case: user ids, which phones with a digit pad type as they like. */
bool store_ignores_case(const struct store_column *column);

#endif
