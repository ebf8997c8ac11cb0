/* Transactions of the store, and commits that are durable later. */
#include "tests/unit/store_fixture.h"

#include "resources/certificates.h"
#include "resources/partition.h"

static void transactions(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_E_CONFLICT);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    assert_true(sj_store_exists(store, &sj_partition_meta, "A"));
    sj_store_transaction_rollback(store);
    assert_false(sj_store_exists(store, &sj_partition_meta, "A"));
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    assert_int_equal(put_json(fixture, &sj_partition_meta, "{\"name\":\"<\"}", 0, &error),
                     SJ_E_INVALID);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"B\"}");
    assert_int_equal(sj_store_transaction_commit(store, &error), SJ_OK);
    assert_true(sj_store_exists(store, &sj_partition_meta, "A"));
    assert_true(sj_store_exists(store, &sj_partition_meta, "B"));
    assert_int_equal(sj_store_transaction_commit(store, &error), SJ_E_CONFLICT);
}

/* What was read is kept; it must never outlive what was written, nor show what was rolled back. */
static void reads_follow_writes(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    void *record = NULL;
    assert_false(sj_store_exists(store, &sj_partition_meta, "A"));
    assert_int_equal(sj_store_get(store, &sj_partition_meta, "A", &record, &error), SJ_E_NOT_FOUND);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\",\"description\":\"1\"}");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sj_store_get(store, &sj_partition_meta, "A", &record, &error), SJ_OK);
        assert_string_equal(((sj_partition *)record)->description, "1");
        ((sj_partition *)record)->description =
            "mine"; /* what was handed out is the caller's own */
        sj_host_record_free(record);
    }
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\",\"description\":\"2\"}");
    assert_int_equal(sj_store_get(store, &sj_partition_meta, "A", &record, &error), SJ_OK);
    assert_string_equal(((sj_partition *)record)->description, "2");
    sj_host_record_free(record);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "A", 0, &error), SJ_OK);
    assert_false(sj_store_exists(store, &sj_partition_meta, "A"));
    sj_store_transaction_rollback(store);
    assert_int_equal(sj_store_get(store, &sj_partition_meta, "A", &record, &error), SJ_OK);
    assert_string_equal(((sj_partition *)record)->description, "1");
    sj_host_record_free(record);
}

static void forgotten_transactions_are_rolled_back(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    sj_host_scope_close(
        sj_host_scope_open(fixture->node.scope, SJ_HERE, "keeps the loop alive", NULL, NULL));
    (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
    assert_false(sj_store_in_transaction(store));
    assert_false(sj_store_exists(store, &sj_partition_meta, "A"));
}

static void count_durable(void *user, int status, const sj_error *error) {
    (void)error;
    assert_int_equal(status, SJ_OK);
    ++*(int *)user;
}

static void durable_runs_later_and_once(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    int runs = 0;
    for (int i = 0; i < 3; i++) {
        char json[32];
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", i);
        assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
        must_put(fixture, &sj_partition_meta, json);
        assert_int_equal(sj_store_commit_durable(store, fixture->node.scope, SJ_HERE, count_durable,
                                                 &runs, &error),
                         SJ_OK);
    }
    assert_int_equal(runs, 0);
    for (int i = 0; i < 1000 && runs < 3; i++) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
    assert_int_equal(runs, 3);
    (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
    assert_int_equal(runs, 3);
}

static void closed_scopes_are_not_called(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    int runs = 0;
    sj_scope *scope = sj_host_scope_open(fixture->node.scope, SJ_HERE, "login", NULL, NULL);
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    assert_int_equal(sj_store_commit_durable(store, scope, SJ_HERE, count_durable, &runs, &error),
                     SJ_OK);
    sj_host_scope_close(scope);
    for (int i = 0; i < 20; i++) {
        (void)uv_run(fixture->node.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(runs, 0);
    assert_true(sj_store_exists(store, &sj_partition_meta, "A"));
}

/* Whoever commits need not take the sentence, and finds nothing open. */
static void a_closing_scope_commits_nothing(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    int runs = 0;
    sj_scope *scope = sj_host_scope_open(fixture->node.scope, SJ_HERE, "login", NULL, NULL);
    assert_int_equal(sj_store_transaction_begin(store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    sj_host_scope_close(scope);
    assert_int_equal(sj_store_commit_durable(store, scope, SJ_HERE, count_durable, &runs, NULL),
                     SJ_E_STOPPING);
    assert_false(sj_store_in_transaction(store));
    assert_false(sj_store_exists(store, &sj_partition_meta, "A"));
    assert_int_equal(runs, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transactions, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(reads_follow_writes, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(forgotten_transactions_are_rolled_back, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(durable_runs_later_and_once, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(durable_runs_later_and_once, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(closed_scopes_are_not_called, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(closed_scopes_are_not_called, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_closing_scope_commits_nothing, memory_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
