/* First use happens once: files that are gone, before the start or under a running node, are no new
 * cluster. */
#include "store_fixture.h"

#include <sys/stat.h>

#include "host/secret/secret.h"
#include "host/store/internal.h"
#include "host/telemetry/log.h"
#include "host/telemetry/metrics.h"
#include "host/tls/context.h"
#include "resources/end_user.h"
#include "resources/partition.h"

static const char *path_of(const struct fixture *fixture, const char *name) {
    static char path[192];
    (void)snprintf(path, sizeof path, "%s/%s", fixture->directory, name);
    return path;
}

static bool is_there(const struct fixture *fixture, const char *name) {
    return access(path_of(fixture, name), F_OK) == 0;
}

/* ---- before the start ---- */

static void expect_refusal(struct fixture *fixture, const char *part) {
    struct node node;
    uv_loop_t loop;
    sj_error error = {0};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(sj_node_init(&node, &loop, &error), SJ_OK);
    node.schema = &sojourn_schema;
    assert_int_equal(sj_store_open_at(&node, fixture->path, &error), SJ_E_NOT_FOUND);
    if (strstr(error.text, part) == NULL || strstr(error.text, "begin-anew") == NULL) {
        fail_msg("%s", error.text);
    }
    sj_store_close(&node);
    sj_node_finish(&node);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* What was in use, and nothing else, shows in a directory: its store is missed. */
static void a_missing_store_is_missed(void **state) {
    struct fixture *fixture = *state;
    must_put(fixture, &sj_partition_meta, "{\"name\":\"A\"}");
    fixture_close(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    expect_refusal(fixture, "is missing, but it was in use here");
    assert_false(is_there(fixture, "sojourn.db"));
    assert_int_equal(unlink(path_of(fixture, "sojourn.db-moved")), 0);
    assert_int_equal(mkdir(path_of(fixture, "identity"), 0700), 0);
    fixture_file(fixture, "identity/tomcat.pem");
    expect_refusal(fixture, "identity/tomcat.pem is there");
    fixture_file(fixture, "sojourn.db");
    assert_int_equal(truncate(fixture->path, 0), 0);
    expect_refusal(fixture, "is empty, but it was in use here");
    fixture_file(fixture, "begin-anew");
    fixture_open(fixture, &sojourn_schema);
    assert_false(is_there(fixture, "begin-anew")); /* for this once */
    assert_false(sj_store_exists(fixture->node.store, &sj_partition_meta, "A"));
}

static void a_database_without_tables_is_no_store(void **state) {
    struct fixture *fixture = *state;
    sqlite3 *database;
    fixture_close(fixture);
    fixture_file(fixture, "secret.key");
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "CREATE TABLE t(a);DROP TABLE t", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    expect_refusal(fixture, "is an empty database");
    fixture_file(fixture, "begin-anew");
    fixture_open(fixture, &sojourn_schema);
}

/* A log that was left alone holds commits that are nowhere else. */
static void a_log_without_its_store_is_kept(void **state) {
    struct fixture *fixture = *state;
    fixture_close(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(unlink(path_of(fixture, "sojourn.db-moved")), 0);
    fixture_file(fixture, "sojourn.db-wal");
    expect_refusal(fixture, "sojourn.db-wal is there");
    assert_true(is_there(fixture, "sojourn.db-wal"));
    fixture_file(fixture, "begin-anew");
    fixture_open(fixture, &sojourn_schema);
}

/* ---- under a running node ---- */

struct outcome {
    int count, status;
    char text[640];
};

static void told(void *user, int status, const sj_error *error) {
    struct outcome *outcome = user;
    outcome->count++;
    outcome->status = status;
    (void)snprintf(outcome->text, sizeof outcome->text, "%s", error != NULL ? error->text : "");
}

static struct outcome commit_one(struct fixture *fixture, const char *json) {
    struct outcome outcome = {0};
    sj_error error = {0};
    assert_int_equal(sj_store_transaction_begin(fixture->node.store, "test", &error), SJ_OK);
    must_put(fixture, &sj_partition_meta, json);
    assert_int_equal(sj_store_commit_durable(fixture->node.store, fixture->node.scope, SJ_HERE,
                                             told, &outcome, &error),
                     SJ_OK);
    while (outcome.count == 0) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
    assert_int_equal(outcome.count, 1);
    return outcome;
}

static void expect_no_writes(struct fixture *fixture, const char *part) {
    struct outcome outcome = commit_one(fixture, "{\"name\":\"lost\"}");
    sj_error error = {0};
    assert_int_equal(outcome.status, SJ_E_IO);
    if (strstr(outcome.text, part) == NULL) {
        fail_msg("%s", outcome.text);
    }
    assert_non_null(sj_store_refusal(fixture->node.store));
    assert_non_null(strstr(sj_store_refusal(fixture->node.store), part));
    assert_int_equal(put_json(fixture, &sj_partition_meta, "{\"name\":\"B\"}", 0, &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "writes are refused"));
    assert_true(sj_store_exists(fixture->node.store, &sj_partition_meta, "A")); /* reads go on */
}

static void begin_running(struct fixture *fixture) {
    assert_int_equal(commit_one(fixture, "{\"name\":\"A\"}").status, SJ_OK);
}

static void a_deleted_store_takes_no_writes(void **state) {
    begin_running(*state);
    assert_int_equal(unlink(((struct fixture *)*state)->path), 0);
    expect_no_writes(*state, "sojourn.db was deleted");
}

static void a_deleted_log_takes_no_writes(void **state) {
    begin_running(*state);
    assert_int_equal(unlink(path_of(*state, "sojourn.db-wal")), 0);
    expect_no_writes(*state, "sojourn.db-wal was deleted");
    assert_non_null(strstr(sj_store_refusal(fixture_store(*state)), "is in the database now"));
    fixture_close(*state);
    fixture_open(*state, &sojourn_schema); /* what it held was not lost with it */
    assert_true(sj_store_exists(((struct fixture *)*state)->node.store, &sj_partition_meta, "A"));
}

static void an_emptied_store_takes_no_writes(void **state) {
    begin_running(*state);
    assert_int_equal(truncate(((struct fixture *)*state)->path, 0), 0);
    expect_no_writes(*state, "sojourn.db was shortened");
}

static void an_emptied_log_takes_no_writes(void **state) {
    begin_running(*state);
    assert_int_equal(truncate(path_of(*state, "sojourn.db-wal"), 0), 0);
    expect_no_writes(*state, "sojourn.db-wal was emptied");
}

/* What was put there instead is not touched when the node ends. */
static void a_replaced_store_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    struct stat status;
    begin_running(fixture);
    fixture_file(fixture, "other");
    assert_int_equal(rename(path_of(fixture, "other"), fixture->path), 0);
    expect_no_writes(fixture, "sojourn.db was replaced");
    fixture_close(fixture);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_size, 7);
    assert_int_equal(unlink(fixture->path), 0);
    fixture_file(fixture, "begin-anew");
    fixture_open(fixture, &sojourn_schema);
}

/* A backup is copied over it, of the same size and even with the same content: the node knows later
 * changes. */
static void a_store_written_over_takes_no_writes(void **state) {
    static char content[1 << 20];
    struct fixture *fixture = *state;
    struct stat before, after;
    FILE *file;
    begin_running(fixture);
    store_mover_await(
        &fixture->node.store
             ->flush); /* what is written during a checkpoint passes for its own writing */
    assert_int_equal(stat(fixture->path, &before), 0);
    do {
        size_t size;
        assert_non_null(file = fopen(fixture->path, "r+"));
        size = fread(content, 1, sizeof content, file);
        assert_true(size > 0);
        rewind(file);
        assert_int_equal(fwrite(content, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(stat(fixture->path, &after), 0);
    } while (before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
             before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    expect_no_writes(fixture, "sojourn.db was written by another program");
}

/* The node's own checkpoints write there, too. */
static void own_checkpoints_are_known(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture->node.store;
    begin_running(fixture);
    store->flush.checkpoint_frames = 0; /* each flush is followed by one */
    for (int i = 0; i < 50; i++) {
        char json[64];
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", i);
        assert_int_equal(commit_one(fixture, json).status, SJ_OK);
    }
    while (store->flush.moved < store->flush.log.frames) {
        assert_int_equal(commit_one(fixture, "{\"name\":\"Q\"}").status, SJ_OK);
    }
    assert_null(sj_store_refusal(store));
}

/* Nobody writes: it is seen all the same. */
static void a_deleted_store_is_seen_by_itself(void **state) {
    struct fixture *fixture = *state;
    begin_running(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    uv_ref((uv_handle_t *)&fixture->node.store->flush.timer);
    while (sj_store_refusal(fixture->node.store) == NULL) {
        (void)uv_run(fixture->node.loop, UV_RUN_ONCE);
    }
    assert_non_null(strstr(sj_store_refusal(fixture->node.store), "was deleted"));
}

/* ---- the pepper ---- */

static int pepper_setup(void **state) {
    struct fixture *fixture;
    sj_error error = {0};
    (void)file_setup(state);
    fixture = *state;
    fixture->node.facts.state_directory = fixture->directory;
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
    return 0;
}

static int pepper_teardown(void **state) {
    struct fixture *fixture = *state;
    sj_secret_close(&fixture->node);
    return fixture_teardown(state);
}

static void put_hash(struct fixture *fixture) {
    must_put(fixture, &sj_end_user_meta,
             "{\"user_id\":\"alice\",\"last_name\":\"A\",\"pin\":\"$argon2id$v=19$m=65536,t=2,p=1$"
             "c29tZXNhbHQ$"
             "RdescudvJCsgt3ub+b0dWRWJTmaaJObG\"}");
}

static void a_lost_pepper_is_not_replaced(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    put_hash(fixture);
    sj_secret_close(&fixture->node);
    assert_int_equal(unlink(path_of(fixture, "secret.key")), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_E_NOT_FOUND);
    assert_non_null(strstr(error.text, "secret.key is missing or empty"));
    assert_non_null(strstr(error.text, "forget-secrets"));
    assert_false(is_there(fixture, "secret.key"));
    fixture_file(fixture, "forget-secrets");
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
    assert_false(is_there(fixture, "forget-secrets"));
    sj_secret_close(&fixture->node);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
}

static void another_pepper_is_told(void **state) {
    struct fixture *fixture = *state;
    char other[32] = "another key of the right length";
    sj_error error = {0};
    FILE *file;
    put_hash(fixture);
    sj_secret_close(&fixture->node);
    file = fopen(path_of(fixture, "secret.key"), "r+");
    assert_non_null(file);
    assert_int_equal(fwrite(other, 1, sizeof other, file), sizeof other);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_E_NOT_FOUND);
    assert_non_null(strstr(error.text, "is not the key"));
    fixture_file(fixture, "forget-secrets");
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
}

/* Nothing was hashed yet: a key is made, as on first use. */
static void a_pepper_without_hashes_may_be_made_anew(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    sj_secret_close(&fixture->node);
    assert_int_equal(unlink(path_of(fixture, "secret.key")), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
    sj_secret_close(&fixture->node);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
}

/* A crash between making the file and writing it left an empty one: no key, no more. */
static void an_empty_pepper_is_none(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    sj_secret_close(&fixture->node);
    assert_int_equal(truncate(path_of(fixture, "secret.key"), 0), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
    put_hash(fixture);
    sj_secret_close(&fixture->node);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
    sj_secret_close(&fixture->node);
    assert_int_equal(truncate(path_of(fixture, "secret.key"), 0), 0);
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_E_NOT_FOUND);
    assert_non_null(strstr(error.text, "forget-secrets"));
    fixture_file(fixture, "forget-secrets");
    assert_int_equal(sj_secret_open(&fixture->node, &error), SJ_OK);
}

/* ---- the identity ---- */

static int identity_setup(void **state) {
    struct fixture *fixture;
    (void)file_setup(state);
    fixture = *state;
    fixture->node.facts = (struct sj_node){.name = "hq-1",
                                           .cluster_id = "HQ",
                                           .address = "127.0.0.1",
                                           .state_directory = fixture->directory};
    return 0;
}

static int identity_teardown(void **state) {
    sj_tls_close(&((struct fixture *)*state)->node);
    return fixture_teardown(state);
}

static void open_tls(struct fixture *fixture) {
    sj_error error = {0};
    if (sj_tls_open(&fixture->node, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

static void expect_missed(const sj_error *error) {
    if (strstr(error->text, "/identity/tomcat.pem is missing") == NULL ||
        strstr(error->text, "/new-identity") == NULL) {
        fail_msg("%s", error->text);
    }
}

static void a_lost_identity_is_not_replaced(void **state) {
    struct fixture *fixture = *state;
    struct node *node = &fixture->node;
    sj_error error = {0};
    open_tls(fixture);
    assert_non_null(sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error));
    assert_int_equal(unlink(path_of(fixture, "identity/tomcat.key")), 0);
    assert_int_equal(unlink(path_of(fixture, "identity/tomcat.pem")), 0);
    assert_int_equal(unlink(path_of(fixture, "identity/CallManager.key")), 0);
    assert_int_equal(unlink(path_of(fixture, "identity/CallManager.pem")), 0);
    assert_int_equal(rmdir(path_of(fixture, "identity")), 0);
    /* Under the running node: it keeps what it has. */
    assert_int_equal(sj_tls_reload(node, &error), SJ_E_CORRUPT);
    expect_missed(&error);
    assert_non_null(sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error));
    sj_tls_close(node);
    assert_int_equal(sj_tls_open(node, &error), SJ_E_NOT_FOUND);
    expect_missed(&error);
    assert_false(is_there(fixture, "identity"));
    fixture_file(fixture, "new-identity");
    open_tls(fixture);
    assert_false(is_there(fixture, "new-identity"));
    assert_non_null(sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error));
    sj_tls_close(node);
    open_tls(fixture);
    assert_non_null(sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error));
}

/* A link that leads nowhere cannot be looked at, and says nothing. */
static void only_a_file_that_is_seen_permits_a_new_identity(void **state) {
    struct fixture *fixture = *state;
    struct node *node = &fixture->node;
    sj_error error = {0};
    open_tls(fixture);
    assert_non_null(sj_tls_identity(node, SJ_IDENTITY_TOMCAT, &error));
    sj_tls_close(node);
    assert_int_equal(unlink(path_of(fixture, "identity/tomcat.pem")), 0);
    assert_int_equal(symlink("new-identity", path_of(fixture, "new-identity")), 0);
    assert_int_equal(sj_tls_open(node, &error), SJ_E_NOT_FOUND);
    expect_missed(&error);
    assert_int_equal(unlink(path_of(fixture, "new-identity")), 0);
}

/* The key that is left makes another certificate, which nobody trusts either. */
static void a_lost_certificate_is_not_replaced(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    open_tls(fixture);
    assert_non_null(sj_tls_identity(&fixture->node, SJ_IDENTITY_TOMCAT, &error));
    sj_tls_close(&fixture->node);
    assert_int_equal(unlink(path_of(fixture, "identity/tomcat.pem")), 0);
    assert_int_equal(sj_tls_open(&fixture->node, &error), SJ_E_NOT_FOUND);
    expect_missed(&error);
}

/* Of a kind that was never shown, nobody misses anything. */
static void what_was_not_shown_is_made(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    open_tls(fixture);
    assert_non_null(sj_tls_identity(&fixture->node, SJ_IDENTITY_TOMCAT, &error));
    sj_tls_close(&fixture->node);
    open_tls(fixture);
    assert_non_null(sj_tls_identity(&fixture->node, SJ_IDENTITY_TVS, &error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_missing_store_is_missed, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_database_without_tables_is_no_store, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_log_without_its_store_is_kept, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_deleted_store_takes_no_writes, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_deleted_log_takes_no_writes, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_emptied_store_takes_no_writes, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_emptied_log_takes_no_writes, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_replaced_store_is_left_alone, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_written_over_takes_no_writes, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(own_checkpoints_are_known, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_deleted_store_is_seen_by_itself, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_lost_pepper_is_not_replaced, pepper_setup,
                                        pepper_teardown),
        cmocka_unit_test_setup_teardown(an_empty_pepper_is_none, pepper_setup, pepper_teardown),
        cmocka_unit_test_setup_teardown(another_pepper_is_told, pepper_setup, pepper_teardown),
        cmocka_unit_test_setup_teardown(a_lost_identity_is_not_replaced, identity_setup,
                                        identity_teardown),
        cmocka_unit_test_setup_teardown(only_a_file_that_is_seen_permits_a_new_identity,
                                        identity_setup, identity_teardown),
        cmocka_unit_test_setup_teardown(a_lost_certificate_is_not_replaced, identity_setup,
                                        identity_teardown),
        cmocka_unit_test_setup_teardown(what_was_not_shown_is_made, identity_setup,
                                        identity_teardown),
        cmocka_unit_test_setup_teardown(a_pepper_without_hashes_may_be_made_anew, pepper_setup,
                                        pepper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
