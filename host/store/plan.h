/* How a resource lies in tables, worked out once from its metadata: one table for its records, one
 * below it for each list, embedded records flattened into columns. Pure: makes SQL text, runs none.
 *
 * r_phone            key, _lists (which lists may have items), one column per field
 * ("geolocation__country" for a field of an embedded record) r_phone__lines     key, position,
 * columns of the item ("value" when the items are plain values) r_phone__lines__x  key, position,
 * position2, ... */
#ifndef HOST_STORE_PLAN_H
#define HOST_STORE_PLAN_H

#include <sojourn/base/hash.h>

#include <sojourn/schema.h>

#include "host/record/arena.h"

struct sqlite3_stmt;

enum { STORE_DEPTH = 4 }; /* lists in lists in lists */
#define STORE_LISTS_COLUMN "_lists INTEGER NOT NULL DEFAULT -1"

struct store_column {
    const char *name;
    const sj_field *field;
    sj_type type;  /* of the value: a list's element type when the items are plain values */
    size_t offset; /* in the struct of the table's row */
    struct sqlite3_stmt
        *others; /* of a unique one: who else has its value; prepared on first use */
};

struct store_table {
    const char *name;
    const sj_field *list;             /* NULL for the resource's own table */
    size_t list_offset, count_offset; /* in the struct of the row above */
    size_t depth;                     /* number of positions in its key */
    int64_t bit; /* of a list of the record itself: set in the row's _lists when it has ever had
                    items */
    size_t item_size;
    struct store_column *columns;
    size_t columns_count;
    struct store_table *children;
    size_t children_count;
    struct sqlite3_stmt *select, *insert, *remove; /* prepared on first use */
};

/* Statements of the resource's own table that depend on what is asked, prepared on first use. */
struct store_query_cache {
    const struct store_column *columns[2]; /* conditions, or NULL */
    const struct store_table *tables[2];   /* where these columns are */
    bool after, ordered, limited;          /* ordered: records, else their count */
    struct sqlite3_stmt *statement;
};

/* Whether a table holds records: many hold none at all, and are asked for each phone. */
enum store_occupancy { STORE_UNKNOWN, STORE_EMPTY, STORE_OCCUPIED };

/* Writes certain columns of a record. */
struct store_update {
    uint64_t changed; /* a bit for each column */
    bool lists;
    struct sqlite3_stmt *statement;
};
enum { STORE_UPDATES = 8 };

struct store_plan {
    const sj_resource_meta *meta; /* its own copy: the plugin that brought it may go */
    struct store_table root;
    struct sj_arena arena; /* of all the above */
    enum store_occupancy occupancy;
    bool created; /* its table was made by this run: the first records are to be written */
    bool begun;   /* they have been */
    struct sqlite3_stmt *exists, *any, *one, *upsert,
        *remove; /* is there such a key, any key; the record of a key */
    struct store_update updates[STORE_UPDATES]; /* the last ones used */
    size_t next_update;
    unsigned unreferred; /* of which state of the declarations it is known that no resource and no
                            parameter can refer to it */
    struct store_query_cache *queries;
    size_t queries_count, queries_room;
};

/* NULL when out of memory, or when the lists are nested too deep. */
struct store_plan *store_plan_new(const sj_resource_meta *meta);
/* Statements must be finalised before. */
void store_plan_free(struct store_plan *plan);

/* Says the same of two plans only when they need the same tables. */
uint64_t store_plan_shape(const struct store_plan *plan);

/* The SQL texts; for free(), NULL when out of memory. */
char *store_sql_create(const struct store_table *table);
char *store_sql_column(
    const struct store_column *column); /* as in CREATE TABLE or ALTER TABLE ADD COLUMN */
char *store_sql_select_one(const struct store_table *table);
char *store_sql_upsert(const struct store_table *table);
char *store_sql_select_items(const struct store_table *table);
char *store_sql_insert_item(const struct store_table *table);

/* Calls `visit` for the table and all below it until it returns something but 0, which is returned.
 */
int store_table_walk(struct store_table *table, int (*visit)(void *user, struct store_table *table),
                     void *user);

/* Of a record of the plan, by its key. */
static inline uint64_t store_plan_hash(const struct store_plan *plan, const char *key) {
    return sj_hash_with(sj_hash_keyed_text(key), (uintptr_t)plan);
}

#endif
