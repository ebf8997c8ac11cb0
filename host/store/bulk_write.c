/* A large change on its way to the disk (bulk.h): first into the table store_bulk, then, once it is
 * decided, into the tables of its records. A row of store_bulk goes in the transaction that writes
 * its record. The row 0 stands for the decision: its record is the last row that it covers. */
#include "host/store/bulk_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/log.h>

#include "host/core/callback.h"
#include "host/record/json.h"
#include "host/record/record.h"
#include "host/store/bulk.h"
#include "host/store/bulk_entries.h"
#include "host/store/bulk_review.h"
#include "host/store/bulk_view.h"
#include "host/store/internal.h"
#include "host/store/plans.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"
#include "host/store/write.h"

enum { RECOVER_AT_ONCE = 500, RETRY_MS = 1000, FIRST_ROWS = 16 };

/* ---- staging ---- */

static sqlite3_stmt *insert_statement(struct store *store, sj_error *error) {
    return store_prepare(store, &store->bulk->insert,
                         "INSERT INTO store_bulk(seq,resource,key,record)VALUES(?,?,?,?)", error);
}

static int stage_entry(struct store *store, struct store_bulk_entry *entry, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    const sj_record_meta *meta = entry->group->plan->meta->record;
    sqlite3_stmt *statement = insert_statement(store, error);
    sj_text json = {0};
    int result;
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    if (entry->record != NULL) {
        sj_record_write_stored(&json, meta, entry->record, entry->group->defaults);
    }
    if (json.failed) {
        sj_text_clear(&json);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    entry->sequence = ++bulk->last_sequence;
    (void)sqlite3_bind_int64(statement, 1, entry->sequence);
    store_bind_text(statement, 2, meta->name);
    store_bind_text(statement, 3, entry->key);
    if (entry->record != NULL) {
        store_bind_text(statement, 4, json.data);
    } else {
        (void)sqlite3_bind_null(statement, 4);
    }
    result = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    sj_text_clear(&json);
    return result == SQLITE_DONE ? SJ_OK
                                 : store_sql_error(store, result, "writing a large change", error);
}

/* In the order of the keys, which is that of the tables. */
static struct store_bulk_entry *next_to_stage(struct store_bulk *bulk) {
    while (bulk->staged_group < bulk->groups_count) {
        struct store_bulk_group *group = bulk->groups[bulk->staged_group];
        store_bulk_sort(group);
        if (bulk->staged_entry < group->count) {
            return group->entries[bulk->staged_entry++];
        }
        bulk->staged_group++;
        bulk->staged_entry = 0;
    }
    return NULL;
}

int sj_store_bulk_stage(struct store *store, size_t *staged, size_t *total, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    uint64_t begun = uv_hrtime();
    struct store_bulk_entry *entry;
    bool own;
    int status = store_begin_write(store, &own, error);
    if (status != SJ_OK) {
        return status;
    }
    if (bulk->last_sequence == 0) {
        sqlite3_stmt *highest = NULL;
        if (store_prepare(store, &highest, "SELECT max(seq) FROM store_bulk", error) == NULL) {
            status = SJ_E_INTERNAL;
        } else if (sqlite3_step(highest) == SQLITE_ROW) {
            bulk->last_sequence = sqlite3_column_int64(highest, 0);
        }
        (void)sqlite3_finalize(highest);
    }
    while (status == SJ_OK && !store_slice_is_over(begun) &&
           (entry = next_to_stage(bulk)) != NULL) {
        status = stage_entry(store, entry, error);
        bulk->staged += status == SJ_OK;
    }
    status = store_end_write(store, own, status, error);
    *staged = bulk->staged;
    *total = bulk->left;
    return status != SJ_OK ? status : bulk->staged < bulk->left ? 1 : 0;
}

/* ---- the decision ---- */

int sj_store_bulk_decide(struct store *store, void (*done)(void *user), void *user,
                         sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    char last[24];
    int status = SJ_OK;
    bulk->done = done;
    bulk->user = user;
    for (const struct store_bulk_param *param = bulk->params; param != NULL && status == SJ_OK;
         param = param->next) {
        status = sj_store_param_put(store, param->service, param->name, param->value, error);
    }
    if (status == SJ_OK && bulk->left > 0) {
        sqlite3_stmt *statement = NULL;
        (void)snprintf(last, sizeof last, "%lld", (long long)bulk->last_sequence);
        status = SJ_E_INTERNAL;
        if (store_prepare(
                store, &statement,
                "INSERT OR REPLACE INTO store_bulk(seq,resource,key,record)VALUES(0,'','',?)",
                error) != NULL) {
            int result;
            store_bind_text(statement, 1, last);
            result = sqlite3_step(statement);
            status = result == SQLITE_DONE
                         ? SJ_OK
                         : store_sql_error(store, result, "deciding a large change", error);
        }
        (void)sqlite3_finalize(statement);
    }
    if (status == SJ_OK) {
        bulk->state = BULK_DECIDING;
    }
    return status;
}

/* ---- into the tables ---- */

static int remove_row(struct store *store, int64_t sequence, sj_error *error) {
    sqlite3_stmt *statement =
        store_prepare(store, &store->bulk_remove, "DELETE FROM store_bulk WHERE seq=?", error);
    int result;
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    (void)sqlite3_bind_int64(statement, 1, sequence);
    result = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return result == SQLITE_DONE ? SJ_OK
                                 : store_sql_error(store, result, "writing a large change", error);
}

/* `record` NULL: removed; what is not there any more is as well. */
static int write_through(struct store *store, struct store_plan *plan, const char *key,
                         const void *record, int64_t sequence, sj_error *error) {
    int status = record != NULL
                     ? store_put_within(store, plan, key, record, STORE_PUT_UNCHECKED, error)
                     : store_delete_within(store, plan, key, STORE_PUT_UNCHECKED_REFERENCES, error);
    if (record == NULL && status == SJ_E_NOT_FOUND) {
        status = SJ_OK;
    }
    return status == SJ_OK ? remove_row(store, sequence, error) : status;
}

static int write_entry(struct store *store, struct store_bulk_entry *entry, sj_error *error) {
    struct store_bulk *bulk = store->bulk;
    if (!sj_array_room(&bulk->writing, &bulk->writing_room, bulk->writing_count + 1,
                       sizeof(void *))) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    bulk->writing[bulk->writing_count++] = entry;
    entry->written = true; /* from here on the table is looked at, by what writes it too */
    return write_through(store, entry->group->plan, entry->key, entry->record, entry->sequence,
                         error);
}

int store_bulk_write_first(struct store *store, struct store_plan *plan, const char *key,
                           sj_error *error) {
    const struct store_bulk_entry *entry = store->bulk != NULL && store->bulk->state == BULK_DECIDED
                                               ? store_bulk_find(store, plan, key)
                                               : NULL;
    return entry != NULL ? write_entry(store, (struct store_bulk_entry *)entry, error) : SJ_OK;
}

static struct store_bulk_entry *next_to_write(struct store_bulk *bulk) {
    while (bulk->written_group < bulk->groups_count) {
        struct store_bulk_group *group = bulk->groups[bulk->written_group];
        while (bulk->written_entry < group->count) {
            struct store_bulk_entry *entry = group->entries[bulk->written_entry];
            if (!entry->written) {
                return entry;
            }
            bulk->written_entry++;
        }
        bulk->written_group++;
        bulk->written_entry = 0;
    }
    return NULL;
}

/* All of it is in the tables. */
static void end(struct store *store) {
    void (*done)(void *user) = store->bulk->done;
    void *user = store->bulk->user;
    (void)uv_timer_stop(&store->bulk_timer);
    store_bulk_free(store);
    if (done != NULL) {
        done(user);
    }
}

static void slice(uv_timer_t *timer);

/* A few records a turn. Publishing them takes its time as well: the next slice is as much smaller
 * or larger. */
static void write_slice(struct store *store) {
    struct store_bulk *bulk = store->bulk;
    const uint64_t begun = uv_hrtime();
    struct store_bulk_entry *entry;
    size_t rows = 0;
    sj_error error;
    bool own, finished = false;
    int status = store_begin_write(store, &own, &error);
    if (status == SJ_OK) {
        for (; status == SJ_OK && rows < store->bulk_rows && !store_slice_is_over(begun) &&
               (entry = next_to_write(bulk)) != NULL;
             rows++) {
            status = write_entry(store, entry, &error);
        }
        finished = status == SJ_OK && next_to_write(bulk) == NULL;
        if (finished && !bulk->orphans) {
            status = remove_row(store, 0, &error);
        }
        status = store_end_write(store, own, status, &error);
    }
    if (status != SJ_OK && store->node->table.log != NULL && !store->bulk_failed) {
        sj_log_error(store->node->scope,
                     "a configuration that was accepted holds, but cannot be written to its tables "
                     "yet; tried again every second: %s",
                     error.text);
    }
    store->bulk_failed = status != SJ_OK;
    if (status == SJ_OK && finished) {
        end(store);
        return;
    }
    const uint64_t took = (uv_hrtime() - begun) / 1000000u;
    if (took > STORE_SLICE_MS) {
        store->bulk_rows = rows / 2 > FIRST_ROWS ? rows / 2 : FIRST_ROWS;
    } else if (took < STORE_SLICE_MS / 2) {
        store->bulk_rows *= 2;
    }
    (void)uv_timer_start(&store->bulk_timer, slice,
                         status != SJ_OK ? RETRY_MS : STORE_SLICE_PAUSE_MS, 0);
}

static void slice(uv_timer_t *timer) {
    struct store *store = timer->data;
    struct bracket bracket = sj_enter(store->node->scope, "large change");
    write_slice(store);
    sj_leave(&bracket);
}

void store_bulk_committed(struct store *store, const struct store_change *changes, size_t count) {
    struct store_bulk *bulk = store->bulk;
    if (bulk == NULL) {
        return;
    }
    if (bulk->state == BULK_OPEN) {
        store_bulk_note_meanwhile(bulk, changes, count);
    } else if (bulk->state == BULK_DECIDING) {
        bulk->state = BULK_DECIDED;
        store->bulk_rows = FIRST_ROWS;
        (void)uv_timer_start(&store->bulk_timer, slice, 0, 0);
    }
    for (size_t i = 0; i < bulk->writing_count; i++) {
        free(bulk->writing[i]->record);
        bulk->writing[i]->record = NULL;
    }
    bulk->left -= bulk->writing_count;
    bulk->writing_count = 0;
}

void store_bulk_rolled_back(struct store *store) {
    struct store_bulk *bulk = store->bulk;
    if (bulk == NULL) {
        return;
    }
    if (bulk->state == BULK_DECIDING) {
        bulk->state = BULK_OPEN;
    }
    for (size_t i = 0; i < bulk->writing_count; i++) {
        bulk->writing[i]->written = false;
    }
    if (bulk->writing_count > 0) {
        bulk->written_group = bulk->written_entry = 0;
    }
    bulk->writing_count = 0;
}

/* ---- the end of what was not decided ---- */

/* A part at a time: as many rows as were staged in a few slices. */
static void clear(uv_timer_t *timer) {
    struct store *store = timer->data;
    bool own;
    int status;
    if (store->bulk != NULL) {
        return; /* its rows are taken away with the next one that is given up, or when the store is
                   opened */
    }
    status = store_begin_write(store, &own, NULL);
    if (status == SJ_OK) {
        status = store_run(store,
                           "DELETE FROM store_bulk WHERE seq IN(SELECT seq FROM store_bulk WHERE "
                           "seq>0 LIMIT 2000)",
                           NULL);
        int removed = sqlite3_changes(store->database);
        status = store_end_write(store, own, status, NULL);
        if (status == SJ_OK && removed > 0) {
            (void)uv_timer_start(timer, clear, STORE_SLICE_PAUSE_MS, 0);
        }
    }
}

void sj_store_bulk_discard(struct store *store) {
    if (store->bulk != NULL && store->bulk->state != BULK_DECIDED) {
        bool staged = store->bulk->staged > 0;
        store_bulk_free(store);
        if (staged) {
            (void)uv_timer_start(&store->bulk_timer, clear, STORE_SLICE_PAUSE_MS, 0);
        }
    }
}

void sj_store_bulk_forget(struct store *store, void *user) {
    if (store->bulk != NULL && store->bulk->user == user) {
        store->bulk->done = NULL;
    }
}

size_t sj_store_bulk_pending(const struct store *store) {
    return store->bulk != NULL && store->bulk->state == BULK_DECIDED ? store->bulk->left : 0;
}

/* ---- opening and closing ---- */

int store_bulk_prepare(struct store *store, sj_error *error) {
    if (uv_timer_init(store->node->loop, &store->bulk_timer) != 0) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no timer for the store");
    }
    store->bulk_timer.data = store;
    uv_unref((uv_handle_t *)&store->bulk_timer);
    return store_run(store,
                     "CREATE TABLE IF NOT EXISTS store_bulk(seq INTEGER PRIMARY KEY,resource TEXT "
                     "NOT NULL,key TEXT NOT NULL,"
                     "record TEXT)",
                     error);
}

void store_bulk_close(struct store *store) {
    if (store->bulk != NULL) {
        store_bulk_free(store);
    }
    (void)sqlite3_finalize(store->bulk_remove);
    if (store->bulk_timer.data != NULL) {
        store_close_handle(store, (uv_handle_t *)&store->bulk_timer);
    }
}

struct row {
    int64_t sequence;
    char *resource, *key, *record;
};

/* The next rows that are decided, after `after`. */
static size_t read_rows(struct store *store, int64_t after, struct row *rows, sj_error *error) {
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    if (store_prepare(store, &statement,
                      "SELECT seq,resource,key,record FROM store_bulk WHERE seq>? AND seq<=(SELECT "
                      "CAST(record AS INTEGER) FROM "
                      "store_bulk WHERE seq=0) ORDER BY seq LIMIT 500",
                      error) == NULL) {
        return 0;
    }
    (void)sqlite3_bind_int64(statement, 1, after);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct row *row = &rows[count++];
        const char *record = (const char *)sqlite3_column_text(statement, 3);
        row->sequence = sqlite3_column_int64(statement, 0);
        row->resource = strdup((const char *)sqlite3_column_text(statement, 1));
        row->key = strdup((const char *)sqlite3_column_text(statement, 2));
        row->record = record != NULL ? strdup(record) : NULL;
    }
    (void)sqlite3_finalize(statement);
    return count;
}

static int recover_row(struct store *store, const struct row *row, sj_error *error) {
    const sj_resource_meta *meta =
        row->resource != NULL ? sj_catalog_resource(&store->catalog, row->resource) : NULL;
    struct store_plan *plan = meta != NULL ? store_plan_of(store, meta, error) : NULL;
    struct sj_arena arena = {0};
    struct sj_problems problems;
    struct sj_json_reader reader = {&arena, &problems, NULL, SJ_JSON_IGNORE_UNKNOWN};
    void *record = NULL;
    int status = SJ_OK;
    if (meta == NULL) {
        return SJ_OK; /* it waits for its declaration */
    }
    sj_problems_init(&problems, 1);
    if (row->record != NULL) {
        record = sj_record_new(meta->record, &arena);
        cJSON *json = sj_json_parse_all(row->record, strlen(row->record), error);
        if (record == NULL || json == NULL) {
            status = error != NULL && json == NULL ? error->code : SJ_E_NO_MEMORY;
        } else {
            sj_record_read(&reader, meta->record, json, NULL, record);
        }
        cJSON_Delete(json);
    }
    if (status == SJ_OK && plan == NULL) {
        status = SJ_E_INTERNAL;
    }
    if (status == SJ_OK) {
        status = write_through(store, plan, row->key, record, row->sequence, error);
    }
    sj_arena_free(&arena);
    return status;
}

static int recover_some(struct store *store, const struct row *rows, size_t count,
                        sj_error *error) {
    bool own;
    int status = store_begin_write(store, &own, error);
    if (status != SJ_OK) {
        return status;
    }
    for (size_t i = 0; status == SJ_OK && i < count; i++) {
        status = recover_row(store, &rows[i], error);
    }
    return store_end_write(store, own, status, error);
}

int store_bulk_recover(struct store *store, sj_error *error) {
    static const char tidy[] =
        "DELETE FROM store_bulk WHERE seq>COALESCE((SELECT CAST(record AS INTEGER) FROM store_bulk "
        "WHERE seq=0),0);"
        "DELETE FROM store_bulk WHERE seq=0 AND NOT EXISTS(SELECT 1 FROM store_bulk WHERE seq>0)";
    struct row *rows = calloc(RECOVER_AT_ONCE, sizeof *rows);
    int64_t after = 0;
    size_t count;
    int status = SJ_OK;
    if (rows == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a large change");
    }
    while (status == SJ_OK && (count = read_rows(store, after, rows, error)) > 0) {
        status = recover_some(store, rows, count, error);
        after = rows[count - 1].sequence;
        for (size_t i = 0; i < count; i++) {
            free(rows[i].resource);
            free(rows[i].key);
            free(rows[i].record);
        }
    }
    free(rows);
    return status == SJ_OK ? store_run(store, tidy, error) : status;
}
