/* Opening and closing the store, and which declarations it knows. */
#include "host/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/store/bulk_entries.h"
#include "host/store/bulk_write.h"
#include "host/store/disk/moved_log.h"
#include "host/store/first_use.h"
#include "host/store/internal.h"
#include "host/store/migrate.h"
#include "host/store/plans.h"
#include "host/store/sql.h"
#include "host/store/transaction.h"
#include "host/telemetry/log.h"

enum { LOCK_TRIES = 200 }; /* two seconds */

/* The database holds hashes and names: only the node reads it. SQLite gives its other files
 * the same mode. */
static int make_private(const char *path, sj_error *error) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        return sj_error_set(error, SJ_E_IO, "the store %s cannot be opened: %s", path,
                            strerror(errno));
    }
    if (fchmod(file, S_IRUSR | S_IWUSR) != 0) {
        (void)close(file);
        return sj_error_set(error, SJ_E_IO,
                            "the store %s cannot be made readable by the node alone: %s", path,
                            strerror(errno));
    }
    (void)close(file);
    return SJ_OK;
}

/* A node that was killed takes a moment to end, and the next one is started at once. */
static int lock_soon(int file) {
    const struct timespec moment = {.tv_nsec = 10000000L};
    int result = flock(file, LOCK_EX | LOCK_NB);
    for (int tries = 0; result != 0 && errno == EWOULDBLOCK && tries < LOCK_TRIES; tries++) {
        (void)nanosleep(&moment, NULL);
        result = flock(file, LOCK_EX | LOCK_NB);
    }
    return result;
}

/* One node, one store: what is kept in memory of it would be wrong if another wrote. The lock goes
 * with the process. */
static int lock_out_others(struct store *store, sj_error *error) {
    char *path = store_text("%s-lock", store->path);
    int status = SJ_OK;
    store->lock_file =
        path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;
    if (store->lock_file < 0) {
        status = sj_error_set(error, SJ_E_IO, "the store %s cannot be locked: %s", store->path,
                              strerror(errno));
    } else if (lock_soon(store->lock_file) != 0) {
        status = sj_error_set(error, SJ_E_CONFLICT,
                              "the store %s is in use by another node that runs", store->path);
    }
    free(path);
    return status;
}

static int open_database(struct store *store, sj_error *error) {
    char why[512];
    int result;
    if (!store->in_memory) {
        int status = lock_out_others(store, error);
        if (status == SJ_OK) {
            status = store_first_use_check(store->path, error);
        }
        if (status == SJ_OK) {
            status = make_private(store->path, error);
        }
        if (status == SJ_OK && store_log_is_lost(store->path, why, sizeof why)) {
            sj_node_log(store->node, SJ_LOG_ERROR, "%s", why);
        }
        if (status == SJ_OK) {
            status = store_moved_recover(store->path, error);
        }
        if (status != SJ_OK) {
            return status;
        }
    }
    (void)sqlite3_config(
        SQLITE_CONFIG_MEMSTATUS,
        0); /* a lock less for each allocation; refused once SQLite runs, which is well */
    result =
        sqlite3_open_v2(store->path, &store->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK) {
        return store_sql_error(store, result, "opening the store", error);
    }
    (void)sqlite3_busy_timeout(store->database, 250);
    (void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    result = sqlite3_exec(
        store->database,
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA wal_autocheckpoint=0;PRAGMA "
        "journal_size_limit=16777216;PRAGMA cache_size=-16384;"
        "PRAGMA temp_store=MEMORY",
        NULL, NULL, NULL);
    return result == SQLITE_OK
               ? SJ_OK
               : store_sql_error(store, result, "opening the store and its log", error);
}

static int add_schema(struct store *store, const sj_schema *schema, sj_error *error) {
    int status = sj_catalog_add(&store->catalog, schema, error);
    store->declarations++;
    if (status != SJ_OK) {
        return status;
    }
    for (size_t i = 0; schema->resources != NULL && schema->resources[i] != NULL; i++) {
        if (store_plan_of(store, schema->resources[i], error) == NULL) {
            sj_catalog_remove(&store->catalog, schema);
            store_forget_plans(store, false);
            return error != NULL && error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
        }
    }
    return SJ_OK;
}

static void close_flush_handle(void *user, uv_handle_t *handle) {
    store_close_handle(user, handle);
}

static int open_flush(struct store *store, sj_error *error) {
    const struct store_flush_owner owner = {.node = store->node,
                                            .database = store->database,
                                            .path = store->path,
                                            .in_memory = store->in_memory,
                                            .close_handle = close_flush_handle,
                                            .user = store};
    return store_flush_open(&store->flush, &owner, error);
}

int sj_store_open_at(struct node *node, const char *path, sj_error *error) {
    struct store *store = calloc(1, sizeof *store);
    sj_error cause;
    int status;
    memset(&cause, 0, sizeof cause);
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        free(store);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the store");
    }
    store->node = node;
    store->lock_file = store->flush.log_file = store->flush.noted_file = -1;
    store->in_memory = strcmp(path, ":memory:") == 0;
    status = store_transaction_open(store);
    if (status != SJ_OK) {
        free(store->path);
        free(store);
        return sj_error_set(error, status, "the store cannot watch the loop");
    }
    node->store = store;
    status = open_database(store, &cause);
    if (status == SJ_OK && !store->in_memory) {
        status = store_moved_make(store->path, &cause);
    }
    if (status == SJ_OK && !store->in_memory) { /* it was judged, and is emptied now */
        status = store_synced_forget(store->path, &cause);
    }
    if (status == SJ_OK) {
        status = open_flush(store, &cause);
    }
    if (status == SJ_OK) {
        status = store_transaction_prepare(store, &cause);
    }
    if (status == SJ_OK) {
        status = store_migrate(store, store_migrations, &cause);
    }
    if (status == SJ_OK) {
        status = store_bulk_prepare(store, &cause);
    }
    if (status == SJ_OK && node->schema != NULL) {
        status = add_schema(store, node->schema, &cause);
    }
    if (status == SJ_OK) {
        status = store_bulk_recover(store, &cause);
    }
    if (status != SJ_OK) {
        sj_store_close(node);
        if (error != NULL) {
            *error = cause;
        }
    }
    return status;
}

int sj_store_open(struct node *node, sj_error *error) {
    char *path = store_text("%s/sojourn.db", node->facts.state_directory);
    int status = path != NULL ? sj_store_open_at(node, path, error)
                              : sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    free(path);
    return status;
}

static void handle_closed(uv_handle_t *handle) {
    struct store *store = handle->data;
    if (--store->closing == 0) {
        free(store->path);
        free(store);
    }
}

void store_close_handle(struct store *store, uv_handle_t *handle) {
    handle->data = store;
    store->closing++;
    uv_close(handle, handle_closed);
}

/* What lies there when another program has meddled is not ours to write to; else SQLite moves the
 * log into the database and deletes it, which the next start shall not take for a loss. */
static void leave_files(struct store *store) {
    sj_error error;
    if (!store_flush_in_place(&store->flush)) {
        (void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    } else if (store->flush.noted_file >= 0 && store_synced_forget(store->path, &error) != SJ_OK) {
        sj_node_log(store->node, SJ_LOG_ERROR, "%s", error.text);
    }
}

void sj_store_close(struct node *node) {
    struct store *store = node->store;
    if (store == NULL) {
        return;
    }
    store_flush_close(&store->flush);
    store_bulk_close(store);
    store_forget_plans(store, true);
    (void)sqlite3_finalize(store->shape_get);
    (void)sqlite3_finalize(store->param_get);
    (void)sqlite3_finalize(store->param_put);
    (void)sqlite3_finalize(store->param_remove);
    store_transaction_close(store);
    leave_files(store);
    (void)sqlite3_close(store->database);
    if (store->lock_file >= 0) {
        (void)close(store->lock_file);
    }
    sj_catalog_free(&store->catalog);
    sj_arena_free(&store->scratch);
    node->store = NULL;
    store_close_handle(store, (uv_handle_t *)&store->watch);
}

int sj_store_add_schema(struct node *node, const sj_schema *schema, sj_error *error) {
    int status = add_schema(node->store, schema, error);
    return status == SJ_OK && node->store->bulk == NULL ? store_bulk_recover(node->store, error)
                                                        : status;
}

void sj_store_remove_schema(struct node *node, const sj_schema *schema) {
    sj_catalog_remove(&node->store->catalog, schema);
    store_forget_plans(node->store, false);
}

const struct sj_catalog *sj_store_catalog(const struct store *store) {
    return &store->catalog;
}

unsigned sj_store_declarations(const struct store *store) {
    return store->declarations;
}

/* A large change that is decided goes on at the next start. */
void sj_store_stop_writes(struct store *store) {
    store->writes_stopped = true;
    (void)uv_timer_stop(&store->bulk_timer);
}

const char *sj_store_refusal(const struct store *store) {
    if (store->writes_stopped) {
        return "the node is being stopped; nothing was written";
    }
    return store->flush.refusal[0] != '\0' ? store->flush.refusal : NULL;
}
