/* Transactions: a caller's own, or one around each single write. What was written is published
 * after the commit. */
#include "host/store/transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/log.h>

#include "host/store/bulk_entries.h"
#include "host/store/bulk_write.h"
#include "host/store/internal.h"
#include "host/store/sql.h"

static int keep_change(struct store *store, const char *resource, const char *first,
                       const char *key, sj_config_changed_action action) {
    struct store_change *change;
    if (!sj_array_room(&store->changes, &store->changes_room, store->changes_count + 1,
                       sizeof *change)) {
        return SJ_E_NO_MEMORY;
    }
    change = &store->changes[store->changes_count];
    change->resource = resource != NULL ? sj_arena_strdup(&store->change_texts, resource) : NULL;
    change->first = first != NULL ? sj_arena_strdup(&store->change_texts, first) : NULL;
    change->key = sj_arena_strdup(&store->change_texts, key);
    change->action = action;
    if (store->change_texts.failed) {
        return SJ_E_NO_MEMORY;
    }
    store->changes_count++;
    return SJ_OK;
}

/* SQLite ends a transaction by itself when memory or the disk is short, also while something is
 * read: what is written after that would stand alone. */
static bool was_ended(const struct store *store) {
    return sqlite3_get_autocommit(store->database) != 0;
}

int store_will_write(struct store *store, const char *resource, const char *first, const char *key,
                     sj_config_changed_action action, sj_error *error) {
    if (was_ended(store)) {
        store->broken = true;
        return sj_error_set(error, SJ_E_NO_MEMORY,
                            "the transaction was ended by the database, as memory or the disk is "
                            "short; nothing of it was written");
    }
    return keep_change(store, resource, first, key, action) == SJ_OK
               ? SJ_OK
               : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a change");
}

static void forget_changes(struct store *store) {
    store->changes_count = 0;
    sj_arena_reset(&store->change_texts);
}

/* Handlers may write again: the list is taken away first. */
static void publish_changes(struct store *store) {
    struct store_change *changes = store->changes;
    size_t count = store->changes_count;
    struct sj_arena texts = store->change_texts;
    if (count == 0) {
        return;
    }
    store->changes = NULL;
    store->changes_count = store->changes_room = 0;
    memset(&store->change_texts, 0, sizeof store->change_texts);
    if (store->config_changed == NULL && store->node->table.event_topic != NULL &&
        store->node->bus != NULL) {
        store->config_changed =
            store->node->table.event_topic(store->node->scope, &sj_config_changed_meta, NULL);
    }
    for (size_t i = 0; i < count;
         i++) { /* values first: who hears of a record may ask for a parameter */
        if (changes[i].resource == NULL && store->param_changed != NULL) {
            store->param_changed(store->param_user, changes[i].first, changes[i].key);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (changes[i].resource != NULL && store->config_changed != NULL) {
            sj_config_changed event;
            memset(&event, 0, sizeof event);
            event.resource = changes[i].resource;
            event.key = changes[i].key;
            event.action = changes[i].action;
            store->node->table.event_publish(store->config_changed, &event);
        }
    }
    free(changes);
    sj_arena_free(&texts);
}

/* ---- SQL ---- */

static int step(struct store *store, sqlite3_stmt **slot, const char *sql, sj_error *error) {
    sqlite3_stmt *statement = store_prepare(store, slot, sql, error);
    int result;
    if (statement == NULL) {
        return SJ_E_INTERNAL;
    }
    result = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return result == SQLITE_DONE ? SJ_OK : store_sql_error(store, result, sql, error);
}

static void roll_back(struct store *store) {
    /* SQLite has already done so after some errors. */
    if (sqlite3_get_autocommit(store->database) == 0) {
        (void)step(store, &store->rollback, "ROLLBACK", NULL);
    }
    for (size_t i = 0; i < store->changes_count;
         i++) { /* what was read of them meanwhile never was */
        if (store->changes[i].resource != NULL) {
            store_cache_drop(store, store->changes[i].resource, store->changes[i].key);
        }
    }
    forget_changes(store);
    store_bulk_rolled_back(store);
}

static int begin(struct store *store, sj_error *error) {
    const char *refusal = sj_store_refusal(store);
    if (refusal != NULL) {
        return sj_error_set(error, store->writes_stopped ? SJ_E_STOPPING : SJ_E_IO, "%s", refusal);
    }
    if (sqlite3_get_autocommit(store->database) ==
        0) { /* there was no memory to roll the last one back */
        roll_back(store);
        store_cache_clear(store);
    }
    return step(store, &store->begin, "BEGIN IMMEDIATE", error);
}

static int commit(struct store *store, sj_error *error) {
    int status = step(store, &store->commit, "COMMIT", error);
    if (status != SJ_OK) {
        roll_back(store);
        return status;
    }
    store->commits++;
    store_flush_fault(&store->flush, NULL);
    store_flush_dirty(&store->flush);
    store_bulk_committed(store, store->changes, store->changes_count);
    return SJ_OK;
}

/* ---- one write ---- */

int store_begin_write(struct store *store, bool *own, sj_error *error) {
    int status;
    *own = false;
    if (store_bulk_entered(store)) {
        return SJ_OK; /* what is written goes into the large change, in memory */
    }
    if (store->in_transaction) {
        return store->broken
                   ? sj_error_set(error, SJ_E_CONFLICT,
                                  "an earlier write of this transaction failed; roll it back")
                   : SJ_OK;
    }
    if (store->writing) {
        return SJ_OK; /* the first records of a table, made on its first use */
    }
    status = begin(store, error);
    *own = store->writing = status == SJ_OK;
    return status;
}

int store_end_write(struct store *store, bool own, int status, sj_error *error) {
    if (!own) {
        /* What fails while writing, and not when the record was looked at, leaves half a record
         * behind (also write.c). */
        store->broken = store->broken || status == SJ_E_IO || status == SJ_E_CORRUPT ||
                        status == SJ_E_NO_MEMORY || status == SJ_E_INTERNAL ||
                        status == SJ_E_UNAVAILABLE;
        return status;
    }
    store->writing = false;
    if (status != SJ_OK) {
        roll_back(store);
        return status;
    }
    status = commit(store, error);
    if (status == SJ_OK) {
        publish_changes(store);
    }
    return status;
}

/* ---- a caller's transaction ---- */

int sj_store_transaction_begin(struct store *store, const char *who, sj_error *error) {
    int status;
    if (store->in_transaction) {
        return sj_error_set(error, SJ_E_CONFLICT, "a transaction of %s is open already",
                            store->owner);
    }
    status = begin(store, error);
    if (status == SJ_OK) {
        store->in_transaction = true;
        store->broken = false;
        (void)snprintf(store->owner, sizeof store->owner, "%s", who);
    }
    return status;
}

int sj_store_transaction_commit(struct store *store, sj_error *error) {
    int status;
    if (!store->in_transaction) {
        return sj_error_set(error, SJ_E_CONFLICT, "there is no transaction to commit");
    }
    store->in_transaction = false;
    if (store->broken || was_ended(store)) {
        roll_back(store);
        return sj_error_set(error, SJ_E_IO,
                            "a write of this transaction failed; nothing of it was written");
    }
    status = commit(store, error);
    if (status == SJ_OK) {
        publish_changes(store);
    }
    return status;
}

void sj_store_transaction_rollback(struct store *store) {
    if (store->in_transaction) {
        store->in_transaction = false;
        roll_back(store);
    }
}

int sj_store_commit_durable(struct store *store, sj_scope *scope, const char *here,
                            sj_result_fn durable, void *user, sj_error *error) {
    struct store_waiter *waiter;
    /* Queued before the commit, after which nothing may fail; those who hear of the changes may
     * close the scope. */
    int status = store_flush_wait(&store->flush, scope, here, durable, user, &waiter, error);
    if (status != SJ_OK) {
        sj_store_transaction_rollback(store);
        return status;
    }
    status = sj_store_transaction_commit(store, error);
    if (status != SJ_OK) {
        store_flush_cancel(waiter);
    }
    store_flush_kick(&store->flush);
    return status;
}

int sj_store_await(struct store *store, sj_scope *scope, const char *here, sj_result_fn durable,
                   void *user, sj_error *error) {
    return store_flush_join(&store->flush, scope, here, durable, user, error);
}

uint64_t sj_store_commits(const struct store *store) {
    return store->commits;
}

bool sj_store_in_transaction(const struct store *store) {
    return store->in_transaction;
}

/* Before the loop waits for events no callback runs, so no transaction may be open. */
static void left_open(uv_prepare_t *watch) {
    struct store *store = watch->data;
    if (store->in_transaction) {
        sj_store_transaction_rollback(store);
        if (store->node->table.log != NULL) {
            sj_log_error(
                store->node->scope,
                "a transaction of %s was left open at the end of its callback and is rolled back",
                store->owner);
        }
    }
}

int store_transaction_open(struct store *store) {
    int result = uv_prepare_init(store->node->loop, &store->watch);
    if (result == 0) {
        store->watch.data = store;
        result = uv_prepare_start(&store->watch, left_open);
        uv_unref((uv_handle_t *)&store->watch);
    }
    return result == 0 ? SJ_OK : SJ_E_NO_MEMORY;
}

int store_transaction_prepare(struct store *store, sj_error *error) {
    return store_prepare(store, &store->begin, "BEGIN IMMEDIATE", error) != NULL &&
                   store_prepare(store, &store->commit, "COMMIT", error) != NULL &&
                   store_prepare(store, &store->rollback, "ROLLBACK", error) != NULL
               ? SJ_OK
               : SJ_E_INTERNAL;
}

void store_transaction_close(struct store *store) {
    sj_store_transaction_rollback(store);
    (void)sqlite3_finalize(store->begin);
    (void)sqlite3_finalize(store->commit);
    (void)sqlite3_finalize(store->rollback);
    free(store->changes);
    sj_arena_free(&store->change_texts);
}
