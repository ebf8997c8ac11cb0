/* The store when memory is short: each allocation that the host's code makes during a story of
 * writes, reads and commits fails once. Every callback comes exactly once or, after an error,
 * never; what was rolled back is seen by nobody; the store goes on.
 */
#include "store_fixture.h"

#include "host/store/internal.h"
#include "resources/end_user.h"
#include "resources/partition.h"

static _Thread_local long allocations_left = -1; /* -1: none fails */
static bool has_failed;

static bool fails(void) {
    if (allocations_left > 0 && --allocations_left == 0) {
        has_failed = true;
        return true;
    }
    return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

/* SQLite's own. */
static sqlite3_mem_methods real_methods;

static void *sqlite_malloc(int size) {
    return fails() ? NULL : real_methods.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size) {
    return fails() ? NULL : real_methods.xRealloc(old, size);
}

/* ---- the story ---- */

struct told {
    int expected, came;
};

static void told(void *user, int status, const sj_error *error) {
    (void)status;
    (void)error;
    ((struct told *)user)->came++;
}

static int put_description(struct fixture *fixture, const char *name, int number) {
    sj_partition record;
    char description[32];
    sj_error error = {0};
    memset(&record, 0, sizeof record);
    (void)snprintf(description, sizeof description, "%d", number);
    record.name = name;
    record.description = description;
    return sj_store_put(fixture->node.store, &sj_partition_meta, &record, 0, &error);
}

enum { ANY = -2 };

/* -1: it could not be read. */
static int get_description(struct fixture *fixture, const char *name) {
    void *record = NULL;
    sj_error error = {0};
    int number = -1;
    if (sj_store_get(fixture->node.store, &sj_partition_meta, name, &record, &error) == SJ_OK) {
        number = atoi(((const sj_partition *)record)->description);
    }
    free(record);
    return number;
}

/* What each record is expected to hold. */
struct expected {
    int a, b, d;
};

/* A transaction with reads between its writes, committed whether or not a write was refused. */
static void one_story(struct fixture *fixture, struct told *counts, struct expected *expected,
                      int number) {
    sj_error error = {0};
    if (sj_store_transaction_begin(fixture->node.store, "test", &error) == SJ_OK) {
        const bool a = put_description(fixture, "A", number) == SJ_OK;
        (void)get_description(fixture, "A");
        const bool b = put_description(fixture, "B", number) == SJ_OK;
        (void)get_description(fixture, "B");
        (void)sj_store_param_put(fixture->node.store, "Test", "test", "1", &error);
        (void)sj_store_delete(fixture->node.store, &sj_partition_meta, "C", 0, &error);
        (void)get_description(fixture, "C");
        if (sj_host_store_commit(fixture->node.scope, SJ_HERE, told, counts, &error) == SJ_OK) {
            counts->expected++;
            expected->a = a ? number : expected->a;
            expected->b = b ? number : expected->b;
        }
        assert_false(sj_store_in_transaction(fixture->node.store));
    }
    expected->d = put_description(fixture, "D", number) == SJ_OK ? number : expected->d;
    (void)get_description(fixture, "D");
}

/* What is read is what the database holds. */
static void check_same(struct fixture *fixture, const char *name, int expected) {
    sqlite3_stmt *statement = NULL;
    int cached = get_description(fixture, name), stored = -1;
    assert_int_equal(sqlite3_prepare_v2(fixture->node.store->database,
                                        "SELECT description FROM r_partition WHERE key=?", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        stored = sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    if (cached != stored || (expected != ANY && stored != expected)) {
        fail_msg("%s: %d is read, %d is stored, %d was expected", name, cached, stored, expected);
    }
}

static void each_allocation_fails_once(void **state) {
    struct fixture *fixture = *state;
    struct expected expected = {-1, -1, -1};
    long number = 0;
    do {
        struct told counts = {0, 0};
        assert_int_equal(put_description(fixture, "C", 1), SJ_OK);
        store_cache_clear(fixture->node.store);
        has_failed = false;
        allocations_left = ++number;
        one_story(fixture, &counts, &expected, (int)number);
        allocations_left = -1;
        for (int turns = 0; turns < 1000 && counts.came < counts.expected; turns++) {
            (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
        }
        (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
        assert_int_equal(counts.came, counts.expected);
        check_same(fixture, "A", expected.a);
        check_same(fixture, "B", expected.b);
        check_same(fixture, "C", ANY);
        check_same(fixture, "D", expected.d);
    } while (has_failed);
    print_message("%ld allocations\n", number - 1);
    assert_true(number > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_fails_once, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(each_allocation_fails_once, file_setup, fixture_teardown),
    };
    sqlite3_mem_methods methods;
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_methods);
    methods = real_methods;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
