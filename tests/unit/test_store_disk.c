/* The store against the disk: numbered changes of the database with a backup before, a full disk, a
 * killed process, what is durable. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fixture.h"

#include "host/node/host_table.h"
#include "host/store/internal.h"
#include "host/store/migrate.h"
#include "resources/partition.h"

/* ---- numbered changes ---- */

static int64_t ask_number(const char *path, const char *sql) {
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        number = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(database);
    return number;
}

static const struct store_migration good_changes[] = {
    {1, "first", "SELECT 1"},
    {2, "second", "SELECT 1"},
    {3, "add a colour", "CREATE TABLE colour(name TEXT);INSERT INTO colour VALUES('red')"},
    {4, "another", "INSERT INTO colour VALUES('blue')"},
    {0, NULL, NULL},
};
static const struct store_migration bad_changes[] = {
    {1, "first", "SELECT 1"},
    {2, "second", "SELECT 1"},
    {3, "add a colour", "CREATE TABLE colour(name TEXT)"},
    {4, "break", "INSERT INTO colours VALUES('blue')"},
    {0, NULL, NULL},
};

static void numbered_changes_come_after_a_backup(void **state) {
    struct fixture *fixture = *state;
    char backup[128];
    sj_error error = {0};
    struct stat status;
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    if (store_migrate(fixture_store(fixture), good_changes, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    (void)snprintf(backup, sizeof backup, "%s.before-3", fixture->path);
    assert_int_equal(stat(backup, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(ask_number(backup, "SELECT count(*) FROM r_partition"), 1);
    assert_int_equal(ask_number(backup, "SELECT count(*) FROM sqlite_master WHERE name='colour'"),
                     0);
    assert_int_equal(ask_number(fixture->path, "SELECT count(*) FROM colour"), 2);
    assert_int_equal(ask_number(fixture->path, "PRAGMA user_version"), 4);
    assert_int_equal(store_migrate(fixture_store(fixture), good_changes, &error),
                     SJ_OK); /* each once */
    assert_int_equal(ask_number(fixture->path, "SELECT count(*) FROM colour"), 2);
    assert_int_equal(store_migrate(fixture_store(fixture), store_migrations, &error), SJ_E_VERSION);
}

static void a_failed_change_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    int64_t version = ask_number(fixture->path, "PRAGMA user_version");
    assert_int_not_equal(store_migrate(fixture_store(fixture), bad_changes, &error), SJ_OK);
    assert_non_null(strstr(error.text, "change number 4 of the database (break) failed"));
    assert_int_equal(ask_number(fixture->path, "PRAGMA user_version"), version);
    assert_int_equal(
        ask_number(fixture->path, "SELECT count(*) FROM sqlite_master WHERE name='colour'"), 0);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
}

/* ---- syncs, counted ---- */

static atomic_int syncs_begun, syncs_ended;

/* In the program's own name, so that the host's calls come here. */
int fdatasync(int file) {
    int result;
    atomic_fetch_add(&syncs_begun, 1);
    result = (int)syscall(SYS_fdatasync, file);
    atomic_fetch_add(&syncs_ended, 1);
    return result;
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes) {
    struct rlimit limit = {bytes, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_refuses_writes_and_serves_reads(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    char wal[128];
    struct stat status;
    int result = SJ_OK, count = 0;
    (void)signal(SIGXFSZ, SIG_IGN);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"before\"}");
    (void)snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    assert_int_equal(stat(wal, &status), 0);
    limit_files((rlim_t)status.st_size + 20000);
    while (result == SJ_OK && count < 1000) {
        char json[64];
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", count++);
        result = put_json(fixture, &sj_partition_meta, json, 0, &error);
    }
    assert_int_equal(result, SJ_E_IO);
    assert_non_null(strstr(error.text, fixture->path));
    assert_true(sj_store_exists(store, &sj_partition_meta, "before"));
    assert_true(sj_store_count(store, &sj_partition_meta, NULL, &error) ==
                count); /* "before" and all but the last */
    limit_files(RLIM_INFINITY);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"after\"}");
    assert_true(sj_store_exists(store, &sj_partition_meta, "after"));
}

static void a_half_written_transaction_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    char wal[128], *json = malloc(3000);
    struct stat status;
    int result = SJ_OK;
    (void)signal(SIGXFSZ, SIG_IGN);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"before\"}");
    (void)snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    assert_int_equal(stat(wal, &status), 0);
    limit_files((rlim_t)status.st_size + 4096);
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    for (int i = 0; result == SJ_OK && i < 20000; i++) {
        (void)snprintf(json, 3000, "{\"name\":\"P%d\",\"description\":\"%0100d\"}", i, i);
        result = put_json(fixture, &sj_partition_meta, json, 0, &error);
    }
    if (result == SJ_OK) {
        result = sj_store_transaction_commit(store, &error); /* it all fitted into memory */
    } else {
        assert_int_not_equal(sj_store_transaction_commit(store, &error), SJ_OK);
    }
    assert_int_equal(result, SJ_E_IO);
    assert_false(sj_store_in_transaction(store));
    limit_files(RLIM_INFINITY);
    assert_true(sj_store_exists(store, &sj_partition_meta, "before"));
    assert_int_equal(sj_store_count(store, &sj_partition_meta, NULL, &error), 1);
    free(json);
}

/* ---- a killed process ---- */

static void durable(void *user, int status, const sj_error *error) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    *(bool *)user = true;
}

/* Writes records and says each number through the pipe once it is durable, until it is killed. */
static void write_until_killed(struct fixture *fixture, int out) {
    for (int i = 0;; i++) {
        char json[64];
        sj_error error = {0};
        bool done = false;
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", i);
        must_put(fixture, &sj_partition_meta, "{\"name\":\"noise\"}");
        assert_int_equal(sj_store_transaction_begin(fixture->node.store, "test", &error), SJ_OK);
        must_put(fixture, &sj_partition_meta, json);
        assert_int_equal(sj_store_commit_durable(fixture->node.store, fixture->node.scope, SJ_HERE,
                                                 durable, &done, &error),
                         SJ_OK);
        while (!done) {
            (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
        }
        if (write(out, &i, sizeof i) != (ssize_t)sizeof i) {
            _exit(1);
        }
    }
}

static void what_was_durable_is_there_after_a_kill(void **state) {
    struct fixture *fixture = *state;
    int ends[2], number = -1, last = -1;
    pid_t child;
    fixture_close(fixture);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        fixture_open(fixture, &sojourn_schema);
        write_until_killed(fixture, ends[1]);
    }
    (void)close(ends[1]);
    while (last < 200 && read(ends[0], &number, sizeof number) == (ssize_t)sizeof number) {
        last = number;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    while (read(ends[0], &number, sizeof number) == (ssize_t)sizeof number) {
        last = number;
    }
    (void)close(ends[0]);
    assert_true(last >= 200);
    fixture_open(fixture, &sojourn_schema);
    for (int i = 0; i <= last; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "P%d", i);
        assert_true(sj_store_exists(fixture->node.store, &sj_partition_meta, key));
    }
}

/* ---- a commit from inside the answer to another ---- */

struct chained {
    struct fixture *fixture;
    bool second, beside;
    int begun, ended; /* syncs begun before the second was committed, ended when it was told */
};

static void second_durable(void *user, int status, const sj_error *error) {
    struct chained *chained = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    chained->second = true;
    chained->ended = atomic_load(&syncs_ended);
}

static void commit_one(struct fixture *fixture, const char *json, sj_result_fn done, void *user) {
    sj_error error = {0};
    assert_int_equal(sj_store_transaction_begin(fixture->node.store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, json);
    assert_int_equal(sj_store_commit_durable(fixture->node.store, fixture->node.scope, SJ_HERE,
                                             done, user, &error),
                     SJ_OK);
}

static void first_durable(void *user, int status, const sj_error *error) {
    struct chained *chained = user;
    (void)error;
    assert_int_equal(status, SJ_OK);
    chained->begun = atomic_load(&syncs_begun);
    commit_one(chained->fixture, "{\"name\":\"second\"}", second_durable, chained);
}

static void a_commit_inside_an_answer_has_a_flush_of_its_own(void **state) {
    struct fixture *fixture = *state;
    struct chained chained = {.fixture = fixture};
    for (int i = 0; i < 20; i++) {
        chained.second = false;
        commit_one(fixture, "{\"name\":\"first\"}", first_durable, &chained);
        commit_one(fixture, "{\"name\":\"beside\"}", durable, &chained.beside);
        while (!chained.second) {
            (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
        }
        assert_true(chained.ended > chained.begun);
    }
}

/* ---- the log does not grow for ever ---- */

static void the_log_is_moved_into_the_database(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    char wal[128];
    struct stat status;
    (void)snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    for (int i = 0; i < 12000; i++) {
        char json[64];
        bool done = false;
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\",\"description\":\"%d\"}", i % 100, i);
        must_put(fixture, &sj_partition_meta, json);
        if (i % 500 == 0) {
            assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
            must_put(fixture, &sj_partition_meta, "{\"name\":\"mark\"}");
            assert_int_equal(sj_store_commit_durable(store, fixture->node.scope, SJ_HERE, durable,
                                                     &done, &error),
                             SJ_OK);
            while (!done) {
                (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
            }
        }
    }
    assert_int_equal(stat(wal, &status), 0);
    assert_true(status.st_size < 12000L * 4096); /* a page a commit would be 48 MB and more */
}

static void commit_and_wait(struct fixture *fixture, int number) {
    char json[64];
    bool done = false;
    (void)snprintf(json, sizeof json, "{\"name\":\"P%d\",\"description\":\"%d\"}", number % 100,
                   number);
    commit_one(fixture, json, durable, &done);
    while (!done) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
}

/* Another program reads an old state: the log grows as long as it does, which is said; then it is
 * cut. */
static void an_outside_reader_is_told(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sqlite3 *reader = NULL;
    char wal[128];
    struct stat status;
    int number = 0;
    (void)snprintf(wal, sizeof wal, "%s-wal", fixture->path);
    commit_and_wait(fixture, number++);
    assert_int_equal(sqlite3_open_v2(fixture->path, &reader, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(reader, "BEGIN;SELECT count(*) FROM r_partition", NULL, NULL, NULL),
        SQLITE_OK);
    while (store->flush.log.frames < 6000) {
        char json[64];
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\",\"description\":\"%d\"}", number % 100,
                       number);
        must_put(fixture, &sj_partition_meta, json);
        if (number++ % 100 == 0) {
            commit_and_wait(fixture, number);
        }
    }
    while (!store->flush.held_logged) {
        commit_and_wait(fixture, number++);
    }
    assert_int_equal(stat(wal, &status), 0);
    assert_true(status.st_size > 6000L * 4096);
    assert_int_equal(sqlite3_exec(reader, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(reader), SQLITE_OK);
    do { /* it is cut in steps */
        commit_and_wait(fixture, number++);
        assert_int_equal(stat(wal, &status), 0);
    } while (store->flush.held_logged || store->flush.log.frames > 4000 ||
             (status.st_size >= 5000L * 4096 && number < 20000));
    assert_true(status.st_size < 5000L * 4096);
}

/* ---- what cannot be opened ---- */

static int open_again(const char *path, struct node *node, uv_loop_t *loop, sj_error *error) {
    int status;
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(sj_node_init(node, loop, error), SJ_OK);
    sj_table_fill(&node->table);
    node->schema = &sojourn_schema;
    status = sj_store_open_at(node, path, error);
    sj_store_close(node);
    sj_node_finish(node);
    assert_int_equal(uv_loop_close(loop), 0);
    return status;
}

static void a_store_has_one_node(void **state) {
    struct fixture *fixture = *state;
    struct node other;
    uv_loop_t loop;
    sj_error error = {0};
    assert_int_equal(open_again(fixture->path, &other, &loop, &error), SJ_E_CONFLICT);
    assert_non_null(strstr(error.text, "in use by another node"));
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
}

/* A worker that was killed with its supervisor may still be about to die when the next node starts.
 */
static void a_node_that_is_dying_is_waited_for(void **state) {
    struct fixture *fixture = *state;
    struct node other;
    uv_loop_t loop;
    sj_error error = {0};
    char path[300], lock[310];
    int file, status;
    pid_t dying;
    (void)snprintf(path, sizeof path, "%s.next", fixture->path);
    (void)snprintf(lock, sizeof lock, "%s-lock", path);
    file = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    assert_int_equal(flock(file, LOCK_EX), 0);
    dying = fork();
    if (dying == 0) {
        (void)usleep(150 * 1000);
        _exit(0);
    }
    (void)close(file); /* the lock is the child's now */
    assert_int_equal(open_again(path, &other, &loop, &error), SJ_OK);
    assert_int_equal(waitpid(dying, &status, 0), dying);
    (void)unlink(lock);
    (void)unlink(path);
}

static void expect_no_log(struct fixture *fixture) {
    struct node other;
    uv_loop_t loop;
    sj_error error = {0};
    assert_int_equal(open_again(fixture->path, &other, &loop, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "opening the store and its log"));
    assert_non_null(strstr(error.text, fixture->path));
}

/* A full disk, or something else in the log's place: the reason, and no half open store. */
static void a_log_that_cannot_be_opened_is_told(void **state) {
    struct fixture *fixture = *state;
    char log[128];
    (void)signal(SIGXFSZ, SIG_IGN);
    fixture_close(fixture);
    limit_files(0);
    expect_no_log(fixture);
    limit_files(RLIM_INFINITY);
    (void)snprintf(log, sizeof log, "%s-wal", fixture->path);
    (void)unlink(log);
    assert_int_equal(mkdir(log, 0700), 0);
    expect_no_log(fixture);
    assert_int_equal(rmdir(log), 0);
    fixture_open(fixture, &sojourn_schema);
}

static void damaged_files_are_told(void **state) {
    struct fixture *fixture = *state;
    struct node other;
    uv_loop_t loop;
    sj_error error = {0};
    FILE *file;
    fixture_close(fixture);
    file = fopen(fixture->path, "r+");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        (void)fputs("this is no database ", file);
    }
    (void)fclose(file);
    assert_int_equal(open_again(fixture->path, &other, &loop, &error), SJ_E_CORRUPT);
    assert_non_null(strstr(error.text, fixture->path));
    assert_int_equal(unlink(fixture->path), 0);
    fixture_file(fixture, "begin-anew");
    fixture_open(fixture, &sojourn_schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbered_changes_come_after_a_backup, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_failed_change_changes_nothing, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_refuses_writes_and_serves_reads, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_half_written_transaction_is_refused, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_durable_is_there_after_a_kill, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_has_one_node, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_node_that_is_dying_is_waited_for, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened_is_told, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(damaged_files_are_told, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_commit_inside_an_answer_has_a_flush_of_its_own,
                                        file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_outside_reader_is_told, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_log_is_moved_into_the_database, file_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
