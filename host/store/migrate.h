/* Numbered changes that tables.c cannot make by itself. */
#ifndef HOST_STORE_MIGRATE_H
#define HOST_STORE_MIGRATE_H

#include <sojourn/error.h>

struct store;

struct store_migration {
    int number;
    const char *what;
    const char *sql; /* one or several statements */
};
extern const struct store_migration store_migrations[]; /* ends with number 0 */
int store_migrate(struct store *store, const struct store_migration *migrations, sj_error *error);

#endif
