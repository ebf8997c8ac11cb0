/* A power failure at random moments: what was written since the last sync of a file is lost, or any
 * part of it is there, torn at the disk's sectors. Nothing that was acknowledged is missing, and
 * the database is whole.
 *
 * The writes, truncations and syncs of the host and of SQLite come through the functions below,
 * which keep for each of the store's files what is on the disk and what was written since.
 * SOJOURN_POWER_CUTS says how many failures, SOJOURN_SEED repeats a run. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

#include "host/store/internal.h"
#include "resources/partition.h"

enum { FILES = 3, RECORDS = 40, SECTOR = 512, OPS_TO_CUT = 80 };
static const char *const endings[FILES] = {"", "-wal", "-moved"};

struct write_op {
    struct write_op *next;
    uint64_t number;
    bool truncation;
    off_t at; /* of a truncation: the new size */
    size_t length;
    unsigned char bytes[];
};

struct disk_file {
    dev_t device;
    ino_t inode;
    unsigned char *image; /* what a power failure leaves in any case */
    size_t size;
    struct write_op *first, **last; /* since the last sync */
};

static struct {
    pthread_mutex_t mutex;
    bool on;
    uint64_t operations;
    struct disk_file files[FILES];
    long to_cut; /* operations until the next failure */
    bool cut;    /* one is to be looked at */
    char directory[80];
    int64_t acknowledged[RECORDS], acknowledged_at_cut[RECORDS];
    unsigned way;
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* SQLite's calls come here as well. */
#define EXPORTED __attribute__((visibility("default")))

/* ---- random ---- */

static _Thread_local uint64_t random_state;
static uint64_t seed;

static uint64_t next_random(void) {
    random_state = (random_state != 0 ? random_state : seed) * UINT64_C(6364136223846793005) +
                   UINT64_C(1442695040888963407);
    return random_state >> 33;
}

static bool one_in(unsigned count) {
    return next_random() % count == 0;
}

/* ---- the disk ---- */

static struct disk_file *file_of(int descriptor) {
    struct stat status;
    if (disk.on && fstat(descriptor, &status) == 0) {
        for (size_t i = 0; i < FILES; i++) {
            if (disk.files[i].inode == status.st_ino && disk.files[i].device == status.st_dev) {
                return &disk.files[i];
            }
        }
    }
    return NULL;
}

static void grow_image(unsigned char **image, size_t *size, size_t wanted) {
    if (wanted > *size) {
        *image = realloc(*image, wanted);
        assert_non_null(*image);
        memset(*image + *size, 0, wanted - *size);
        *size = wanted;
    }
}

/* `torn`: each sector is there or not. */
static void apply(unsigned char **image, size_t *size, const struct write_op *op, bool torn) {
    if (op->truncation) {
        grow_image(image, size, (size_t)op->at);
        *size = (size_t)op->at;
        return;
    }
    for (size_t done = 0; done < op->length;) {
        size_t at = (size_t)op->at + done, part = SECTOR - at % SECTOR;
        part = part < op->length - done ? part : op->length - done;
        if (!torn || one_in(2)) {
            grow_image(image, size, at + part);
            memcpy(*image + at, op->bytes + done, part);
        }
        done += part;
    }
}

/* What the failure leaves of one file, in a directory of its own. */
static void leave(const struct disk_file *file, const char *ending, uint64_t prefix) {
    unsigned char *image = malloc(file->size + 1);
    size_t size = file->size;
    char path[160];
    FILE *out;
    memcpy(image, file->image, size);
    for (const struct write_op *op = file->first; op != NULL; op = op->next) {
        const bool kept = disk.way == 1 || (disk.way == 2 && op->number <= prefix) ||
                          (disk.way == 3 && one_in(2)) || (disk.way == 4 && !one_in(4)) ||
                          disk.way == 5;
        if (kept) {
            apply(&image, &size, op, disk.way >= 4);
        }
    }
    (void)snprintf(path, sizeof path, "%s/sojourn.db%s", disk.directory, ending);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(image, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
    free(image);
}

/* Under the mutex: the power fails now. */
static void cut_power(void) {
    const uint64_t before = next_random() % 64;
    disk.way = (unsigned)(next_random() %
                          6); /* nothing, all, the first so many, any subset, most and torn, torn */
    disk.on = false;
    for (size_t i = 0; i < FILES; i++) {
        leave(&disk.files[i], endings[i], disk.operations > before ? disk.operations - before : 0);
    }
    disk.on = true;
    memcpy(disk.acknowledged_at_cut, disk.acknowledged, sizeof disk.acknowledged);
    disk.cut = true;
}

static void note(struct disk_file *file, bool truncation, const void *bytes, size_t length,
                 off_t at) {
    struct write_op *op = malloc(sizeof *op + length);
    assert_non_null(op);
    *op = (struct write_op){NULL, ++disk.operations, truncation, at, length};
    if (length > 0) {
        memcpy(op->bytes, bytes, length);
    }
    *file->last = op;
    file->last = &op->next;
    if (!disk.cut && --disk.to_cut <= 0) {
        cut_power();
        disk.to_cut = 1 + (long)(next_random() % OPS_TO_CUT);
    }
}

static void note_descriptor(int descriptor, bool truncation, const void *bytes, size_t length,
                            off_t at) {
    struct disk_file *file;
    (void)pthread_mutex_lock(&disk.mutex);
    file = file_of(descriptor);
    if (file != NULL) {
        note(file, truncation, bytes, length, at);
    }
    (void)pthread_mutex_unlock(&disk.mutex);
}

/* What was written before it began is on the disk when it ends; while it runs the power may fail as
 * well. */
static int sync_file(int descriptor) {
    struct disk_file *file;
    uint64_t newest;
    bool tracked;
    (void)pthread_mutex_lock(&disk.mutex);
    newest = disk.operations;
    tracked = file_of(descriptor) != NULL;
    (void)pthread_mutex_unlock(&disk.mutex);
    if (!tracked) {
        return 0;
    }
    (void)usleep((useconds_t)(next_random() % 400));
    (void)pthread_mutex_lock(&disk.mutex);
    file = file_of(descriptor);
    if (file != NULL) {
        while (file->first != NULL && file->first->number <= newest) {
            struct write_op *op = file->first;
            apply(&file->image, &file->size, op, false);
            file->first = op->next;
            file->last = file->first != NULL ? file->last : &file->first;
            free(op);
        }
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    return 0;
}

EXPORTED int fdatasync(int descriptor) {
    return sync_file(descriptor);
}

EXPORTED int fsync(int descriptor) {
    return sync_file(descriptor);
}

EXPORTED ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t at) {
    ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, length, at);
    if (written > 0) {
        note_descriptor(descriptor, false, bytes, (size_t)written, at);
    }
    return written;
}

EXPORTED ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t at) {
    return pwrite64(descriptor, bytes, length, at);
}

EXPORTED int ftruncate64(int descriptor, off64_t size) {
    int result = (int)syscall(SYS_ftruncate, descriptor, size);
    if (result == 0) {
        note_descriptor(descriptor, true, NULL, 0, size);
    }
    return result;
}

EXPORTED int ftruncate(int descriptor, off_t size) {
    return ftruncate64(descriptor, size);
}

/* From now on; what is written so far counts as on the disk. */
static void watch_disk(const char *path) {
    for (size_t i = 0; i < FILES; i++) {
        char name[160];
        struct stat status;
        FILE *in;
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        in = fopen(name, "r");
        assert_non_null(in);
        assert_int_equal(fstat(fileno(in), &status), 0);
        disk.files[i] = (struct disk_file){.device = status.st_dev, .inode = status.st_ino};
        grow_image(&disk.files[i].image, &disk.files[i].size, (size_t)status.st_size);
        assert_int_equal(fread(disk.files[i].image, 1, disk.files[i].size, in), disk.files[i].size);
        (void)fclose(in);
        disk.files[i].last = &disk.files[i].first;
    }
    disk.to_cut = OPS_TO_CUT;
    disk.on = true;
}

static void forget_disk(void) {
    disk.on = false;
    for (size_t i = 0; i < FILES; i++) {
        free(disk.files[i].image);
        while (disk.files[i].first != NULL) {
            struct write_op *op = disk.files[i].first;
            disk.files[i].first = op->next;
            free(op);
        }
    }
}

/* ---- what writes ---- */

struct commit {
    struct fixture *fixture;
    int64_t version;
    size_t records[3];
    size_t count;
};
static int commits_open;

static void commit_some(struct fixture *fixture);

static void acknowledged(void *user, int status, const sj_error *error) {
    struct commit *commit = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    (void)pthread_mutex_lock(&disk.mutex);
    for (size_t i = 0; i < commit->count; i++) {
        disk.acknowledged[commit->records[i]] = commit->version;
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    commits_open--;
    if (one_in(3)) {
        commit_some(commit->fixture);
    }
    free(commit);
}

static void write_version(struct fixture *fixture, size_t record, int64_t version) {
    char json[400];
    (void)snprintf(json, sizeof json, "{\"name\":\"P%zu\",\"description\":\"%lld %0*d\"}", record,
                   (long long)version, (int)(1 + next_random() % 90), 0);
    must_put(fixture, &sj_partition_meta, json);
}

static void commit_some(struct fixture *fixture) {
    static int64_t version;
    struct commit *commit = calloc(1, sizeof *commit);
    sj_error error = {0};
    commit->fixture = fixture;
    commit->version = ++version;
    commit->count = 1 + next_random() % 3;
    assert_int_equal(sj_store_transaction_begin(fixture->node.store, "test", &error), SJ_OK);
    for (size_t i = 0; i < commit->count; i++) {
        commit->records[i] = next_random() % RECORDS;
        write_version(fixture, commit->records[i], commit->version);
    }
    commits_open++;
    if (sj_store_commit_durable(fixture->node.store, fixture->node.scope, SJ_HERE, acknowledged,
                                commit, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

/* ---- what a start finds ---- */

static void check_whole(struct store *store) {
    sqlite3_stmt *statement = NULL;
    assert_int_equal(
        sqlite3_prepare_v2(store->database, "PRAGMA integrity_check", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    (void)sqlite3_finalize(statement);
}

static int look_at_cut(void) {
    struct fixture after = {0};
    int missing = 0;
    (void)snprintf(after.path, sizeof after.path, "%s/sojourn.db", disk.directory);
    fixture_open(&after, &sojourn_schema);
    check_whole(after.node.store);
    for (size_t i = 0; i < RECORDS; i++) {
        char key[16];
        void *record = NULL;
        int64_t version = 0;
        sj_error error = {0};
        (void)snprintf(key, sizeof key, "P%zu", i);
        if (sj_store_get(after.node.store, &sj_partition_meta, key, &record, &error) == SJ_OK) {
            version = strtoll(((const sj_partition *)record)->description, NULL, 10);
        }
        free(record);
        if (version < disk.acknowledged_at_cut[i]) {
            print_error("%s: version %lld was acknowledged, %lld is there (way %u)\n", key,
                        (long long)disk.acknowledged_at_cut[i], (long long)version, disk.way);
            missing++;
        }
    }
    fixture_close(&after);
    return missing;
}

static void nothing_acknowledged_is_lost(void **state) {
    struct fixture *fixture = *state;
    const char *wanted = getenv("SOJOURN_POWER_CUTS");
    const int cuts = wanted != NULL ? atoi(wanted) : 200;
    int made = 0, missing = 0, restarts = 0, frames = 0;
    fixture->node.store->flush.checkpoint_frames = 6;
    (void)snprintf(disk.directory, sizeof disk.directory, "%s/after", fixture->directory);
    assert_int_equal(mkdir(disk.directory, 0700), 0);
    watch_disk(fixture->path);
    while (made < cuts) {
        commit_some(fixture);
        (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
        while (one_in(4) ? commits_open > 0 : commits_open > 5) {
            (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
        }
        if (one_in(6)) {
            (void)usleep(
                (useconds_t)(next_random() % 2500)); /* so that a checkpoint comes to its end */
        }
        restarts += fixture->node.store->flush.log.frames < frames;
        frames = fixture->node.store->flush.log.frames;
        if (disk.cut) {
            missing += look_at_cut();
            made++;
            disk.cut = false;
        }
    }
    while (commits_open > 0) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
    print_message("%d power failures, %d logs written over, the loop waited for the disk %lld "
                  "times; SOJOURN_SEED=%llu\n",
                  made, restarts, (long long)fixture->node.store->flush.log.waited,
                  (unsigned long long)seed);
    forget_disk();
    assert_int_equal(missing, 0);
    assert_true(restarts > cuts / 20);
    assert_int_equal(fixture->node.store->flush.log.waited, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_acknowledged_is_lost, file_setup, fixture_teardown),
    };
    const char *given = getenv("SOJOURN_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10)
                         : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid();
    print_message("SOJOURN_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
