/* Reading: one record by its key, lists, counts. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/words.h>

#include "host/record/json.h"
#include "host/record/record.h"
#include "host/store/bulk_entries.h"
#include "host/store/bulk_view.h"
#include "host/store/internal.h"
#include "host/store/plans.h"
#include "host/store/rows.h"
#include "host/store/sql.h"
#include "host/store/tables.h"

static int not_found(const sj_resource_meta *meta, const char *key, sj_error *error) {
    return sj_error_set(error, SJ_E_NOT_FOUND, "there is no %s \"%s\"", meta->record->name, key);
}

static int hand_out(const struct store_plan *plan, const struct store_cached *cached,
                    const char *key, void **record, sj_error *error) {
    if (cached->record == NULL) {
        return not_found(plan->meta, key, error);
    }
    *record = sj_record_copy_block(plan->meta->record, cached->record, cached->size);
    return *record != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                              sj_article(plan->meta->record->name), plan->meta->record->name);
}

static sqlite3_stmt *prepare_one(struct store *store, struct store_plan *plan, sj_error *error) {
    char *select, *sql;
    if (plan->one != NULL) {
        return plan->one;
    }
    select = store_sql_select_one(&plan->root);
    sql = select != NULL ? store_text("%s WHERE key=?", select) : NULL;
    free(select);
    return store_prepare_made(store, &plan->one, sql, error);
}

/* Reads a record into a block of its own; SJ_E_NOT_FOUND without a sentence. */
static int read_block(struct store *store, struct store_plan *plan, const char *key, void **record,
                      size_t *size, sj_error *error) {
    sqlite3_stmt *statement = prepare_one(store, plan, error);
    void *built = NULL;
    int status, result;
    *record = NULL;
    *size = 0;
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    store_bind_text(statement, 1, key);
    result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        status = store_read_row(store, plan, statement, &built, error);
        if (status == SJ_OK) {
            *size = sj_record_measure(plan->meta->record, built);
            *record = sj_record_copy(plan->meta->record, built);
            status =
                *record != NULL
                    ? SJ_OK
                    : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                                   sj_article(plan->meta->record->name), plan->meta->record->name);
        }
    } else {
        status = result == SQLITE_DONE ? SJ_E_NOT_FOUND
                                       : store_sql_error(store, result, "reading a record", error);
    }
    (void)sqlite3_reset(statement);
    sj_arena_reset(&store->scratch);
    return status;
}

/* True when the table is known to hold nothing. Each write makes it unknown again
 * (store_cache_drop). */
static bool is_empty(struct store *store, struct store_plan *plan) {
    if (plan->occupancy == STORE_UNKNOWN &&
        (plan->any != NULL ||
         store_prepare_made(store, &plan->any,
                            store_text("SELECT 1 FROM \"%s\" LIMIT 1", plan->root.name),
                            NULL) != NULL)) {
        int result = sqlite3_step(plan->any);
        (void)sqlite3_reset(plan->any);
        plan->occupancy = result == SQLITE_DONE  ? STORE_EMPTY
                          : result == SQLITE_ROW ? STORE_OCCUPIED
                                                 : STORE_UNKNOWN;
    }
    return plan->occupancy == STORE_EMPTY;
}

int sj_store_get(struct store *store, const sj_resource_meta *meta, const char *key, void **record,
                 sj_error *error) {
    struct store_plan *plan = store_plan_of(store, meta, error);
    const struct store_bulk_entry *prepared;
    const struct store_cached *cached;
    size_t size;
    int status;
    *record = NULL;
    if (plan == NULL) {
        return SJ_E_INTERNAL;
    }
    prepared = store_bulk_find(store, plan, key);
    if (prepared != NULL && prepared->record != NULL) {
        *record = sj_record_copy(plan->meta->record, prepared->record);
        return *record != NULL
                   ? SJ_OK
                   : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for %s %s",
                                  sj_article(plan->meta->record->name), plan->meta->record->name);
    }
    if (prepared != NULL || is_empty(store, plan)) {
        return not_found(meta, key, error);
    }
    cached = store_cache_find(store, plan, key);
    if (cached != NULL) {
        return hand_out(plan, cached, key, record, error);
    }
    status = read_block(store, plan, key, record, &size, error);
    if (status == SJ_OK || status == SJ_E_NOT_FOUND) {
        void *kept =
            status == SJ_OK ? sj_record_copy_block(plan->meta->record, *record, size) : NULL;
        if (kept != NULL || status == SJ_E_NOT_FOUND) {
            store_cache_add(store, plan, key, kept, size);
        }
    }
    return status == SJ_E_NOT_FOUND ? not_found(meta, key, error) : status;
}

bool sj_store_exists(struct store *store, const sj_resource_meta *meta, const char *key) {
    struct store_plan *plan = store_plan_of(store, meta, NULL);
    const struct store_bulk_entry *prepared =
        plan != NULL ? store_bulk_find(store, plan, key) : NULL;
    const struct store_cached *cached = plan != NULL ? store_cache_find(store, plan, key) : NULL;
    bool found;
    if (prepared != NULL) {
        return prepared->record != NULL;
    }
    if (cached != NULL) {
        return cached->record != NULL;
    }
    if (plan == NULL ||
        (plan->exists == NULL &&
         store_prepare_made(store, &plan->exists,
                            store_text("SELECT 1 FROM \"%s\" WHERE key=?", plan->root.name),
                            NULL) == NULL)) {
        return false;
    }
    store_bind_text(plan->exists, 1, key);
    found = sqlite3_step(plan->exists) == SQLITE_ROW;
    (void)sqlite3_reset(plan->exists);
    return found;
}

/* ---- lists ---- */

static const struct store_column *find_column(const struct store_table *table, const char *name) {
    for (size_t i = 0; i < table->columns_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* "user_id", "lines.directory_number" (any item of the list), "services" (a list of plain values).
 */
static void find_condition(const struct store_plan *plan, const char *name,
                           struct store_condition *condition) {
    condition->table = &plan->root;
    condition->column = find_column(&plan->root, name);
    for (size_t i = 0; condition->column == NULL && i < plan->root.children_count; i++) {
        const struct store_table *list = &plan->root.children[i];
        const size_t length = strlen(list->list->name);
        if (strncmp(name, list->list->name, length) != 0 ||
            (name[length] != '.' && name[length] != '\0')) {
            continue;
        }
        condition->table = list;
        if (list->list->record == NULL && name[length] == '\0') {
            condition->column = &list->columns[0];
        } else if (list->list->record != NULL && name[length] == '.') {
            condition->column = find_column(list, name + length + 1);
        }
    }
}

static bool parse_condition(struct store *store, const struct store_plan *plan, const char *name,
                            const char *value, struct store_condition *condition, sj_error *error) {
    sj_field field;
    find_condition(plan, name, condition);
    if (condition->column == NULL || condition->column->type == SJ_TYPE_SECRET) {
        (void)sj_error_field(error, SJ_E_INVALID, name,
                             "%s: expected a field of %s that can be asked for, got something else",
                             name, plan->meta->record->name);
        return false;
    }
    field = *condition->column->field;
    field.type = condition->column->type; /* a list of plain values is asked for one of them */
    field.offset = 0;
    return sj_field_read_text(&field, sj_or_empty(value), &condition->value, &store->scratch,
                              error) == SJ_OK;
}

/* A statement of this shape that was prepared before, or room for it; NULL when out of memory. */
static struct store_query_cache *find_query(struct store_plan *plan,
                                            const struct store_condition conditions[2],
                                            const sj_query *asked, bool ordered) {
    const bool after = asked != NULL && asked->after_key != NULL,
               limited = !ordered && asked != NULL && asked->limit > 0;
    struct store_query_cache *queries;
    for (size_t i = 0; i < plan->queries_count; i++) {
        queries = &plan->queries[i];
        if (queries->columns[0] == conditions[0].column &&
            queries->columns[1] == conditions[1].column && queries->after == after &&
            queries->ordered == ordered && queries->limited == limited) {
            return queries;
        }
    }
    if (!sj_array_room(&plan->queries, &plan->queries_room, plan->queries_count + 1,
                       sizeof *queries)) {
        return NULL;
    }
    queries = &plan->queries[plan->queries_count++];
    *queries = (struct store_query_cache){{conditions[0].column, conditions[1].column},
                                          {conditions[0].table, conditions[1].table},
                                          after,
                                          ordered,
                                          limited,
                                          NULL};
    return queries;
}

static char *query_text(const struct store_plan *plan, const struct store_query_cache *query) {
    char *select = query->ordered ? store_sql_select_one(&plan->root)
                   : query->limited
                       ? store_text("SELECT count(*) FROM (SELECT 1 FROM \"%s\"", plan->root.name)
                       : store_text("SELECT count(*) FROM \"%s\"", plan->root.name);
    const char *joint = " WHERE ";
    sj_text sql = {0};
    if (select == NULL) {
        return NULL;
    }
    sj_text_puts(&sql, select);
    free(select);
    /* The first condition is the one whose index is used: who asks puts first what fits fewer
     * records. */
    for (size_t i = 0; i < 2 && query->columns[i] != NULL; i++) {
        const bool plain = i == 0 || !store_is_indexed(query->tables[0], query->columns[0]);
        if (query->tables[i] == &plan->root) {
            sj_text_printf(&sql, "%s%s\"%s\"=?", joint, plain ? "" : "+", query->columns[i]->name);
        } else {
            sj_text_printf(&sql, "%s%skey IN(SELECT key FROM \"%s\" WHERE \"%s\"=?)", joint,
                           plain ? "" : "+", query->tables[i]->name, query->columns[i]->name);
        }
        joint = " AND ";
    }
    if (query->after) {
        sj_text_printf(&sql, "%skey>?", joint);
    }
    if (query->ordered) {
        sj_text_puts(&sql, " ORDER BY key LIMIT ?");
    } else if (query->limited) {
        sj_text_puts(&sql, " LIMIT ?)");
    }
    return sj_text_take(&sql);
}

/* The statement for a list (ordered) or a count, with its values bound. */
static sqlite3_stmt *prepare_query(struct store *store, struct store_plan *plan,
                                   const sj_query *query, bool ordered,
                                   struct store_condition conditions[2], sj_error *error) {
    const bool merged = store_bulk_seen(store, plan) != NULL; /* then who asks counts himself */
    size_t count = 0;
    bool after = query != NULL && query->after_key != NULL;
    struct store_query_cache *found;
    sqlite3_stmt *statement;
    int index = 1;
    memset(conditions, 0, 2 * sizeof *conditions);
    if ((query != NULL && query->field != NULL &&
         !parse_condition(store, plan, query->field, query->value, &conditions[count++], error)) ||
        (query != NULL && query->field2 != NULL &&
         !parse_condition(store, plan, query->field2, query->value2, &conditions[count++],
                          error))) {
        return NULL;
    }
    found = find_query(plan, conditions, query, ordered);
    if (found == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a query");
        return NULL;
    }
    statement = found->statement;
    if (statement == NULL) {
        statement = store_prepare_made(store, &found->statement, query_text(plan, found), error);
    }
    if (statement == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count && conditions[i].column != NULL; i++) {
        store_bind_value(statement, index++, conditions[i].column, &conditions[i].value);
    }
    if (after) {
        store_bind_text(statement, index++, query->after_key);
    }
    if (ordered || found->limited) {
        (void)sqlite3_bind_int64(
            statement, index,
            query != NULL && query->limit > 0 && !merged ? (int64_t)query->limit : -1);
    }
    return statement;
}

static int add_record(sj_list *list, size_t *room, void *record) {
    if (record == NULL) {
        return SJ_E_NO_MEMORY;
    }
    if (!sj_array_room(&list->records, room, list->count + 1, sizeof record)) {
        free(record);
        return SJ_E_NO_MEMORY;
    }
    list->records[list->count++] = record;
    return SJ_OK;
}

/* A list of what the tables hold and of what a large change has instead, in the order of the keys.
 */
struct listing {
    struct store *store;
    struct store_plan *plan;
    struct store_bulk_cursor prepared;
    size_t limit, count; /* limit 0: none */
    sj_list *list;       /* NULL: they are counted */
    size_t room;
};

static bool is_full(const struct listing *listing) {
    return listing->limit > 0 && listing->count >= listing->limit;
}

/* `record` is copied; NULL: out of memory. */
static int list_record(struct listing *listing, const void *record, sj_error *error) {
    const sj_resource_meta *meta = listing->plan->meta;
    listing->count++;
    if (listing->list != NULL &&
        (record == NULL || add_record(listing->list, &listing->room,
                                      sj_record_copy(meta->record, record)) != SJ_OK)) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a list of %s", meta->plural);
    }
    return SJ_OK;
}

/* Those of a large change whose keys come before `key`, or all that are left. */
static int list_prepared(struct listing *listing, const char *key, sj_error *error) {
    const struct store_bulk_entry *entry;
    int status = SJ_OK;
    while (status == SJ_OK && !is_full(listing) &&
           (entry = store_bulk_cursor_take(&listing->prepared, key)) != NULL) {
        status = list_record(listing, entry->record, error);
    }
    return status;
}

static int list_row(struct listing *listing, sqlite3_stmt *row, sj_error *error) {
    const char *key = (const char *)sqlite3_column_text(row, 0);
    void *built = NULL;
    int status = list_prepared(listing, key, error);
    if (status != SJ_OK || is_full(listing) ||
        store_bulk_find(listing->store, listing->plan, key) != NULL) {
        return status;
    }
    if (listing->list != NULL) {
        status = store_read_row(listing->store, listing->plan, row, &built, error);
    }
    if (status == SJ_OK) {
        status = list_record(listing, built, error);
    }
    sj_arena_reset(&listing->store->scratch);
    return status;
}

/* Asks for the records, or for their keys when they are only counted. */
static int run_listing(struct listing *listing, const sj_query *query, sj_error *error) {
    struct store *store = listing->store;
    struct store_bulk_group *group = store_bulk_seen(store, listing->plan);
    struct store_condition conditions[2];
    sqlite3_stmt *statement = prepare_query(store, listing->plan, query, true, conditions, error);
    struct sj_arena values;
    int result = SQLITE_ROW, status = SJ_OK;
    if (statement == NULL) {
        sj_arena_reset(&store->scratch);
        return error != NULL ? error->code : SJ_E_INVALID;
    }
    store_bulk_cursor_open(&listing->prepared, group, conditions,
                           query != NULL ? query->after_key : NULL);
    values = store->scratch; /* what is bound must outlive the rows */
    memset(&store->scratch, 0, sizeof store->scratch);
    while (status == SJ_OK && !is_full(listing) &&
           (result = sqlite3_step(statement)) == SQLITE_ROW) {
        status = list_row(listing, statement, error);
    }
    (void)sqlite3_reset(statement);
    if (status == SJ_OK && result == SQLITE_DONE) {
        status = list_prepared(listing, NULL, error);
    }
    sj_arena_free(&store->scratch);
    sj_arena_reset(&values);
    store->scratch = values;
    if (status == SJ_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
        status = store_sql_error(store, result, "reading a list", error);
    }
    return status;
}

int sj_store_list(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                  sj_list *list, sj_error *error) {
    struct listing listing = {.store = store,
                              .plan = store_plan_of(store, meta, error),
                              .limit = query != NULL ? query->limit : 0,
                              .list = list};
    int status;
    memset(list, 0, sizeof *list);
    if (listing.plan == NULL) {
        return SJ_E_INTERNAL;
    }
    status = run_listing(&listing, query, error);
    if (status != SJ_OK) {
        sj_host_list_free(list);
    }
    return status;
}

int64_t sj_store_count(struct store *store, const sj_resource_meta *meta, const sj_query *query,
                       sj_error *error) {
    struct listing listing = {.store = store,
                              .plan = store_plan_of(store, meta, error),
                              .limit = query != NULL ? query->limit : 0};
    struct store_condition conditions[2];
    sqlite3_stmt *statement;
    int64_t count;
    if (listing.plan == NULL) {
        return SJ_E_INTERNAL;
    }
    if (store_bulk_seen(store, listing.plan) != NULL) {
        int status = run_listing(&listing, query, error);
        return status == SJ_OK ? (int64_t)listing.count : status;
    }
    statement = prepare_query(store, listing.plan, query, false, conditions, error);
    if (statement == NULL) {
        sj_arena_reset(&store->scratch);
        return error != NULL ? error->code : SJ_E_INVALID;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        count = sqlite3_column_int64(statement, 0);
    } else {
        count = store_sql_error(store, sqlite3_errcode(store->database), "counting", error);
    }
    (void)sqlite3_reset(statement);
    sj_arena_reset(&store->scratch);
    return count;
}

void sj_host_list_free(sj_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->records[i]);
    }
    free(list->records);
    list->records = NULL;
    list->count = 0;
}
