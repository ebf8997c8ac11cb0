/* The file methods of the log: its syncs left out and its cuts made in steps. */
#include "host/store/disk/log_sync.h"

#include <sojourn/error.h>

static struct store_log *log_of(sqlite3_file *file) {
    return (struct store_log *)(void *)(uintptr_t)file->pMethods;
}

/* Whether what the header replaces can be told from the new log after a power failure. */
static bool is_moved(struct store_log *log, struct store_salts salts) {
    bool moved;
    uv_mutex_lock(&log->mutex);
    moved = store_same_log(log->moved.salts, salts) && log->frames > 0 &&
            log->moved.frames >= (uint32_t)log->frames;
    uv_mutex_unlock(&log->mutex);
    return moved;
}

/* One step. It is no fault of a write when it fails: the file is only longer than it need be. */
static int shorten(struct store_log *log, sqlite3_file *file) {
    sqlite3_int64 size = 0, next;
    int status = log->real->xFileSize(file, &size);
    if (status == SQLITE_OK && size > log->shorten_to) {
        next = size - STORE_LOG_STEP > log->shorten_to ? size - STORE_LOG_STEP : log->shorten_to;
        status = log->real->xTruncate(file, next);
        size = next;
    }
    log->shorten_to = status == SQLITE_OK && size > log->shorten_to ? log->shorten_to : 0;
    log->shortened_at = uv_hrtime();
    return status;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size) {
    struct store_log *log = log_of(file);
    if (!log->deferring || size == 0) {
        return log->real->xTruncate(file, size);
    }
    log->shorten_to = size;
    return shorten(log, file);
}

static void go_on_shortening(struct store_log *log, sqlite3_file *file, sqlite3_int64 written_to) {
    if (written_to > log->shorten_to) {
        log->shorten_to = 0; /* it is long again; SQLite asks anew */
    } else if (uv_hrtime() - log->shortened_at >= STORE_LOG_STEP_NS) {
        (void)shorten(log, file);
    }
}

static int write_log(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset) {
    struct store_log *log = log_of(file);
    if (offset == 0 && amount == STORE_LOG_HEADER) {
        unsigned char before[STORE_LOG_HEADER];
        struct store_salts old, now;
        const bool has_old = log->real->xRead(file, before, STORE_LOG_HEADER, 0) == SQLITE_OK &&
                             store_log_salts(before, &old);
        const bool has_new = store_log_salts(bytes, &now);
        const bool again =
            has_old && has_new && store_same_log(old, now); /* after a write that failed */
        if (has_new) {
            log->salts = now;
        }
        if (!again) {
            log->safe = log->empty || (has_old && is_moved(log, old));
            log->empty = false;
        }
    }
    if (log->shorten_to > 0) {
        go_on_shortening(log, file, offset + amount);
    }
    return log->real->xWrite(file, bytes, amount, offset);
}

static int sync_log(sqlite3_file *file, int flags) {
    struct store_log *log = log_of(file);
    if (log->deferring && log->safe) {
        return SQLITE_OK;
    }
    log->waited++;
    return log->real->xSync(file, flags);
}

int store_log_open(struct store_log *log, sqlite3 *database, const char *path, sj_error *error) {
    sqlite3_file *file = NULL;
    sqlite3_int64 size = -1;
    unsigned char header[STORE_LOG_HEADER];
    int moved = -1;
    if (uv_mutex_init(&log->mutex) != 0) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the store's log");
    }
    log->moved = store_moved_read(path);
    (void)sqlite3_wal_checkpoint_v2(database, "main", SQLITE_CHECKPOINT_TRUNCATE, &log->frames,
                                    &moved); /* a reader may hinder */
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
        file == NULL || file->pMethods == NULL ||
        file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK ||
        file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
        uv_mutex_destroy(&log->mutex);
        return sj_error_set(error, SJ_E_IO, "the log of the store %s cannot be brought to the disk",
                            path);
    }
    log->empty = size == 0;
    if (size >= STORE_LOG_HEADER &&
        file->pMethods->xRead(file, header, sizeof header, 0) == SQLITE_OK) {
        (void)store_log_salts(header, &log->salts);
    }
    log->real = file->pMethods;
    log->methods = *log->real;
    log->methods.xWrite = write_log;
    log->methods.xSync = sync_log;
    log->methods.xTruncate = truncate_log;
    log->deferring = true;
    file->pMethods = &log->methods;
    return SJ_OK;
}

void store_log_close(struct store_log *log) {
    if (log->real != NULL && log->deferring) {
        log->deferring = false;
        uv_mutex_destroy(&log->mutex);
    }
}
