/* A large change, as the files of the store see it. Everything that reads looks here first. */
#ifndef HOST_STORE_BULK_INTERNAL_H
#define HOST_STORE_BULK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <sojourn/base/map.h>

#include "host/record/problems.h"
#include "host/store/bulk.h"
#include "host/store/plan.h"

struct store_change;

struct store_bulk_entry {
    sj_map_link by_key;
    const struct store_bulk_group *group;
    void *record;     /* one block; NULL: removed */
    int64_t sequence; /* its row in the table store_bulk */
    bool gone;        /* it is in its table */
    char key[];
};

struct store_bulk_group { /* the entries of one resource */
    struct store_plan *plan;
    void *defaults; /* a record as declared */
    struct store_bulk_entry **entries;
    size_t count, capacity;
    bool unsorted;   /* not in the order of their keys yet */
    bool has_unique; /* fields */
    sj_map values;   /* of those */
};

/* The entry that stands before what the tables hold of a key, or NULL. */
const struct store_bulk_entry *store_bulk_find(const struct store *store,
                                               const struct store_plan *plan, const char *key);
/* The entries of a resource that whoever reads now must see, or NULL; those that are `gone` are to
 * be left out. */
struct store_bulk_group *store_bulk_seen(const struct store *store, const struct store_plan *plan);
/* Another record of the resource with the same value of a unique field, or NULL. */
const struct store_bulk_entry *store_bulk_equal(const struct store *store,
                                                const struct store_plan *plan,
                                                const struct store_column *column, const char *key,
                                                const void *record);

bool store_bulk_entered(const struct store *store);
/* `record` NULL: it is removed. */
int store_bulk_put(struct store *store, struct store_plan *plan, const char *key,
                   const void *record, sj_error *error);
int store_bulk_param_put(struct store *store, const char *service, const char *name,
                         const char *value, sj_error *error);
/* Whether the value has been set, and to what (NULL: the default). */
bool store_bulk_param(const struct store *store, const char *service, const char *name,
                      const char **value);

/* Before a key is written to its table: what is decided about it goes there first, in the same
 * transaction. */
int store_bulk_settle(struct store *store, struct store_plan *plan, const char *key,
                      sj_error *error);
/* The end of each transaction. */
void store_bulk_committed(struct store *store, const struct store_change *changes, size_t count);
void store_bulk_rolled_back(struct store *store);

int store_bulk_prepare(struct store *store,
                       sj_error *error); /* the store is opened: makes the table */
/* Writes what was decided and not written before; what is of a resource that is not declared waits
 * for its declaration. */
int store_bulk_recover(struct store *store, sj_error *error);
void store_bulk_close(struct store *store);
/* The resource of a plugin goes away. */
void store_bulk_forget_plan(struct store *store, const struct store_plan *plan);

/* write.c: a record into its table, and out of it, within the transaction that is open. */
int store_put_within(struct store *store, struct store_plan *plan, const char *key,
                     const void *record, unsigned flags, sj_error *error);
int store_delete_within(struct store *store, struct store_plan *plan, const char *key,
                        unsigned flags, sj_error *error);

/* bulk_view.c: what queries must merge. */
struct store_condition {
    const struct store_table *table; /* the record's own, or that of one of its lists */
    const struct store_column *column;
    union {
        const char *text;
        int64_t integer;
        double real;
        bool boolean;
        int number;
    } value;
};

/* The entries that fit the conditions, in the order of their keys. `group` NULL: none. */
struct store_bulk_cursor {
    const struct store_bulk_group *group;
    const struct store_condition *conditions; /* two */
    size_t next;
};

void store_bulk_sort(struct store_bulk_group *group);
void store_bulk_cursor_open(struct store_bulk_cursor *cursor, struct store_bulk_group *group,
                            const struct store_condition conditions[2], const char *after_key);
/* The next one whose key comes before `key` (NULL: any), or NULL. */
const struct store_bulk_entry *store_bulk_cursor_take(struct store_bulk_cursor *cursor,
                                                      const char *key);

/* SJ_E_IN_USE when a record that is seen refers to this one. */
int store_bulk_check_unreferenced(const struct store *store, const struct store_plan *plan,
                                  const sj_resource_meta *target, const char *key, sj_error *error);

#endif
