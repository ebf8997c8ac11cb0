/* Durability does not queue behind a checkpoint: while the database file takes its time to reach
 * the disk, what is committed meanwhile is told as durable. Nor does the loop wait while a long log
 * is shortened. The file's own syncs and truncations stand in place of the library's; a gate holds
 * the syncs of the database. */
#include "store_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/store/internal.h"
#include "resources/partition.h"

#define EXPORTED __attribute__((visibility("default")))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_closed, somebody_waits;

/* Held while the gate is closed, when it is the database's. */
static void pass(int file) {
    char link[64], path[4096];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 3 || memcmp(path + length - 3, ".db", 3) != 0) {
        return;
    }
    (void)pthread_mutex_lock(&mutex);
    while (gate_closed) {
        somebody_waits = true;
        (void)pthread_cond_wait(&changed, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
}

static void set_gate(bool closed) {
    (void)pthread_mutex_lock(&mutex);
    gate_closed = closed;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&mutex);
}

static bool is_held(void) {
    (void)pthread_mutex_lock(&mutex);
    const bool held = somebody_waits;
    (void)pthread_mutex_unlock(&mutex);
    return held;
}

EXPORTED int fdatasync(int file) {
    pass(file);
    return (int)syscall(SYS_fdatasync, file);
}

EXPORTED int fsync(int file) {
    pass(file);
    return (int)syscall(SYS_fsync, file);
}

static int64_t longest_cut; /* bytes that one truncation took away */

static int cut(int file, off_t length) {
    struct stat before;
    if (fstat(file, &before) == 0 && before.st_size - length > longest_cut) {
        longest_cut = before.st_size - length;
    }
    return (int)syscall(SYS_ftruncate, file, length);
}

EXPORTED int ftruncate(int file, off_t length) {
    return cut(file, length);
}

EXPORTED int ftruncate64(int file, off_t length) {
    return cut(file, length);
}

static void durable(void *user, int status, const sj_error *error) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(bool *)user = true;
}

/* Whether it is told within ten seconds. */
static bool commit(struct fixture *fixture, int number) {
    char json[64];
    bool told = false;
    sj_error error = {0};
    (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", number);
    assert_int_equal(sj_store_transaction_begin(fixture_store(fixture), "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, json);
    assert_int_equal(sj_store_commit_durable(fixture_store(fixture), fixture->node.scope, SJ_HERE,
                                             durable, &told, &error),
                     SJ_OK);
    for (int i = 0; i < 10000 && !told; i++) {
        (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
        (void)usleep(1000);
    }
    return told;
}

static void a_checkpoint_holds_up_no_commit(void **state) {
    struct fixture *fixture = *state;
    int number = 0;
    fixture->node.store->flush.checkpoint_frames = 6;
    set_gate(true);
    for (; number < 100 && !is_held(); number++) { /* until a checkpoint waits for the disk */
        if (!commit(fixture, number)) {
            set_gate(false);
            fail_msg("commit %d is not told as durable", number);
        }
    }
    assert_true(is_held());
    for (int more = 0; more < 20; more++) {
        const bool told = commit(fixture, number + more);
        if (!told) {
            set_gate(false);
        }
        assert_true(told);
    }
    set_gate(false);
    assert_true(commit(fixture, number + 20));
}

/* What is left of a log that was long goes in steps, and all of it; what is committed meanwhile is
 * there. */
static void a_long_log_is_shortened_in_steps(void **state) {
    enum { LONG = 100 * 1024 * 1024, LIMIT = 16 * 1024 * 1024 };
    struct fixture *fixture = *state;
    char path[300];
    struct stat log;
    int number = 0;
    fixture->node.store->flush.checkpoint_frames = 6;
    (void)snprintf(path, sizeof path, "%s-wal", fixture->node.store->path);
    assert_true(commit(fixture, number++));
    assert_int_equal(truncate(path, LONG), 0);
    longest_cut = 0;
    do {
        assert_true(commit(fixture, number++));
        assert_int_equal(stat(path, &log), 0);
    } while (log.st_size > LIMIT && number < 5000);
    assert_in_range(log.st_size, 1, LIMIT);
    assert_in_range(longest_cut, 1, STORE_LOG_STEP);
    for (int i = 0; i < number; i++) {
        char name[24];
        sj_partition *partition = NULL;
        sj_error error = {0};
        (void)snprintf(name, sizeof name, "P%d", i);
        assert_int_equal(sj_partition_get(fixture->node.scope, name, &partition, &error), SJ_OK);
        sj_record_free(fixture->node.scope, partition);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_log_is_shortened_in_steps, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_holds_up_no_commit, file_setup,
                                        fixture_teardown)};
    return cmocka_run_group_tests_name("Checkpoints beside commits", tests, NULL, NULL);
}
