/* What the files of the store share. */
#ifndef HOST_STORE_INTERNAL_H
#define HOST_STORE_INTERNAL_H

#include <sqlite3.h>
#include <uv.h>

#include "events/node.h"
#include "host/core/node.h"
#include "host/store/bulk_internal.h"
#include "host/store/cache.h"
#include "host/store/flush.h"
#include "host/store/log_sync.h"
#include "host/store/plan.h"
#include "host/store/store.h"

struct store_change {
    const char *resource; /* NULL: a parameter's value, `first` its service and `key` its name */
    const char *first;
    const char *key;
    sj_config_changed_action action;
};

struct store_known { /* a metadata's address and the plan that serves it */
    sj_map_link by_address;
    const sj_resource_meta *meta;
    struct store_plan *plan;
};

struct store {
    struct node *node;
    struct removal_guard *guards; /* removal.c */
    sqlite3 *database;
    char *path;
    bool in_memory;
    int lock_file; /* -1: none */
    struct sj_catalog catalog;
    unsigned declarations; /* counted up when resources or parameters come or go */
    struct store_plan **plans;
    size_t plans_count;
    sj_map known;
    struct sj_arena scratch; /* of one read */
    struct store_cache cache;

    sqlite3_stmt *begin, *commit, *rollback, *param_get, *param_put, *param_remove, *shape_get;
    bool in_transaction; /* opened by a caller, not for one write */
    bool writing;        /* a transaction around one write is open */
    bool broken; /* a write of the open transaction failed half-way: it can only be rolled back */
    char owner[64];
    uv_prepare_t watch; /* finds transactions that were left open */
    struct store_change *changes;
    size_t changes_count, changes_capacity;
    struct sj_arena change_texts;

    sj_topic *config_changed;
    void (*param_changed)(void *user, const char *service, const char *name);
    void *param_user;
    struct store_flush flush;
    struct store_log log;
    struct store_bulk *
        bulk; /* a large change that is prepared, or decided and not yet in its tables; else NULL */
    sqlite3_stmt *bulk_remove;
    uv_timer_t bulk_timer; /* its next slice */
    size_t bulk_rows;      /* of a slice */
    bool bulk_failed;      /* the last slice could not be written, which has been said */
    int handles; /* of the loop that are not closed yet: the store is freed after the last */
};

/* store.c: what the handles are closed with. */
void store_handle_closed(uv_handle_t *handle);

/* sql.c: SQLite's results as errors, statements. */
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

/* tables.c: brings the database to what a plan needs. */
int store_make_tables(struct store *store, struct store_plan *plan, sj_error *error);
int store_make_first_records(struct store *store, struct store_plan *plan, sj_error *error);
bool store_is_indexed(const struct store_table *table, const struct store_column *column);
/* Unique whatever the case: user ids, which phones with a digit pad type as they like. */
bool store_ignores_case(const struct store_column *column);

/* plans.c: the plan of a metadata, made with its tables when it is new. */
struct store_plan *store_plan_of(struct store *store, const sj_resource_meta *meta,
                                 sj_error *error);
void store_forget_plans(struct store *store,
                        bool all); /* else those of resources that no declaration knows any more */

/* rows.c: one row and the lists below it, as a struct whose texts live until the statement moves on
 * and the scratch is reset.
 */
int store_read_row(struct store *store, struct store_plan *plan, sqlite3_stmt *row, void **record,
                   sj_error *error);
int64_t store_lists_of(const struct store_plan *plan,
                       const void *record); /* the bits of those that have items */
int store_write_lists(struct store *store, struct store_plan *plan, const char *key,
                      const void *record, sj_error *error);
int store_remove_lists(struct store *store, struct store_plan *plan, const char *key,
                       sj_error *error);
void store_bind_value(sqlite3_stmt *statement, int index, const struct store_column *column,
                      const void *member);
bool store_column_equal(const struct store_column *column, const void *a, const void *b);
void store_bind_columns(sqlite3_stmt *statement, int first, const struct store_table *table,
                        const void *row);

/* references.c */
/* `before` is what was stored until now, or NULL. */
int store_check_unique(struct store *store, struct store_plan *plan, const char *key,
                       const void *before, const void *record, sj_error *error);

/* update.c: writes what differs; *written is false when the whole row has to be. */
int store_update_row(struct store *store, struct store_plan *plan, const char *key,
                     const void *before, const void *record, bool lists, bool *written,
                     sj_error *error);

/* transaction.c */
int store_begin_write(struct store *store, bool *own, sj_error *error);
int store_end_write(struct store *store, bool own, int status, sj_error *error);
/* Right before a write: the transaction is still open, and what is about to change is known when it
 * has to be forgotten or told. */
int store_will_write(struct store *store, const char *resource, const char *first, const char *key,
                     sj_config_changed_action action, sj_error *error);
int store_transaction_open(struct store *store);
/* What ends a transaction is ready before one begins: memory may be short then. */
int store_transaction_prepare(struct store *store, sj_error *error);
void store_transaction_close(struct store *store);

/* migrate.c: numbered changes that tables.c cannot make by itself. */
struct store_migration {
    int number;
    const char *what;
    const char *sql; /* one or several statements */
};
extern const struct store_migration store_migrations[]; /* ends with number 0 */
int store_migrate(struct store *store, const struct store_migration *migrations, sj_error *error);

/* rules.c: what no declaration can say of a record: the rules of every record, or those of what
 * people give. */
void store_check_rules(struct store *store, const sj_resource_meta *meta, const void *record,
                       const struct sj_path *path, struct sj_problems *problems, bool given);

#endif
