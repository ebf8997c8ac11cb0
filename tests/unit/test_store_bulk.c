/* A large change: built beside, seen at once, whole after a restart; what others write meanwhile
 * stands. */
#include "store_fixture.h"

#include "host/store/bulk.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/partition.h"
#include "resources/phone.h"

static sj_error error;

static int try_put(struct fixture *fixture, const sj_resource_meta *meta, const char *json) {
    return put_json(fixture, meta, json, 0, &error);
}

static void put(struct fixture *fixture, const sj_resource_meta *meta, const char *json) {
    must_put(fixture, meta, json);
}

static bool is_there(struct fixture *fixture, const char *partition) {
    return sj_store_exists(fixture_store(fixture), &sj_partition_meta, partition);
}

static void expect_description(struct fixture *fixture, const char *key, const char *description) {
    void *record = NULL;
    assert_int_equal(sj_store_get(fixture_store(fixture), &sj_partition_meta, key, &record, &error),
                     SJ_OK);
    assert_string_equal(((sj_partition *)record)->description, description);
    sj_host_record_free(record);
}

static void open_bulk(struct fixture *fixture) {
    if (sj_store_bulk_open(fixture_store(fixture), "a test", &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
}

static void stage(struct fixture *fixture) {
    size_t done, total;
    int more;
    while ((more = sj_store_bulk_stage(fixture_store(fixture), &done, &total, &error)) > 0) {
    }
    if (more != 0 || done != total) {
        fail_msg("%s", error.text);
    }
}

static int review(struct fixture *fixture) {
    int more;
    while ((more = sj_store_bulk_review(fixture_store(fixture), &error)) > 0) {
    }
    return more;
}

static void count_settled(void *user) {
    ++*(int *)user;
}

static void decide(struct fixture *fixture, int *settled) {
    struct store *store = fixture_store(fixture);
    assert_int_equal(review(fixture), 0);
    assert_int_equal(sj_store_transaction_begin(store, "a test", &error), SJ_OK);
    assert_int_equal(sj_store_bulk_decide(store, count_settled, settled, &error), SJ_OK);
    assert_int_equal(sj_store_transaction_commit(store, &error), SJ_OK);
}

static void nothing(uv_timer_t *timer) {
    (void)timer;
}

/* The store's own timers keep no loop alive. */
static void run_until_settled(struct fixture *fixture, const int *settled) {
    uv_timer_t alive;
    assert_int_equal(uv_timer_init(&fixture->loop, &alive), 0);
    assert_int_equal(uv_timer_start(&alive, nothing, 1, 1), 0);
    while (*settled == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&alive, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void beside_and_at_once(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    int settled = 0;
    put(fixture, &sj_partition_meta, "{\"name\":\"old\"}");
    put(fixture, &sj_partition_meta, "{\"name\":\"goes\"}");
    open_bulk(fixture);
    assert_int_equal(sj_store_bulk_open(store, "another", &error), SJ_E_CONFLICT);
    sj_store_bulk_enter(store);
    put(fixture, &sj_partition_meta, "{\"name\":\"old\",\"description\":\"new\"}");
    put(fixture, &sj_partition_meta, "{\"name\":\"a\"}");
    put(fixture, &sj_partition_meta, "{\"name\":\"z\"}");
    put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1\",\"partition\":\"a\"}");
    assert_int_equal(
        try_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1\",\"partition\":\"b\"}"),
        SJ_E_INVALID);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "goes", 0, &error), SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "a", 0, &error), SJ_E_IN_USE);
    expect_description(fixture, "old", "new");
    assert_int_equal(sj_store_count(store, &sj_partition_meta, NULL, &error), 3);
    sj_store_bulk_leave(store);
    /* Others see nothing of it, and write. */
    expect_description(fixture, "old", "");
    assert_true(is_there(fixture, "goes") && !is_there(fixture, "a"));
    put(fixture, &sj_partition_meta, "{\"name\":\"theirs\"}");
    stage(fixture);
    assert_int_equal(sj_store_count(store, &sj_partition_meta, NULL, &error), 3);
    decide(fixture, &settled);
    /* All of it is there before any of it is in its table. */
    assert_true(sj_store_bulk_pending(store) == 5);
    expect_description(fixture, "old", "new");
    assert_true(!is_there(fixture, "goes") && is_there(fixture, "a") &&
                is_there(fixture, "theirs"));
    assert_int_equal(sj_store_count(store, &sj_partition_meta, NULL, &error), 4);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "a", 0, &error), SJ_E_IN_USE);
    /* Who writes to a record of it writes after it. */
    put(fixture, &sj_partition_meta, "{\"name\":\"old\",\"description\":\"newer\"}");
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "z", 0, &error), SJ_OK);
    assert_int_equal(sj_store_transaction_begin(store, "a test", &error), SJ_OK);
    put(fixture, &sj_partition_meta, "{\"name\":\"a\",\"description\":\"rolled back\"}");
    expect_description(fixture, "a", "rolled back");
    sj_store_transaction_rollback(store);
    expect_description(fixture, "a", "");
    assert_int_equal(sj_store_bulk_open(store, "another", &error), SJ_E_CONFLICT);
    run_until_settled(fixture, &settled);
    assert_int_equal(sj_store_bulk_pending(store), 0);
    expect_description(fixture, "old", "newer");
    assert_true(!is_there(fixture, "z") && !is_there(fixture, "goes") && is_there(fixture, "a"));
    assert_int_equal(sj_store_count(store, &sj_partition_meta, NULL, &error), 3);
    open_bulk(fixture);
    sj_store_bulk_discard(store);
}

static void fill(struct fixture *fixture) {
    put(fixture, &sj_partition_meta, "{\"name\":\"kept\"}");
    put(fixture, &sj_partition_meta, "{\"name\":\"goes\"}");
    open_bulk(fixture);
    sj_store_bulk_enter(fixture_store(fixture));
    put(fixture, &sj_partition_meta, "{\"name\":\"mine\",\"description\":\"of two words\"}");
    put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1\",\"partition\":\"kept\"}");
    put(fixture, &sj_end_user_meta, "{\"user_id\":\"Alice\",\"last_name\":\"A\"}");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &sj_partition_meta, "goes", 0, &error),
                     SJ_OK);
    sj_store_bulk_leave(fixture_store(fixture));
    stage(fixture);
}

static void what_others_wrote_stands(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    static const struct {
        const sj_resource_meta *meta;
        const char *json, *words;
    } writes[] = {
        {&sj_partition_meta, "{\"name\":\"mine\"}", "the partition \"mine\" was changed meanwhile"},
        {&sj_directory_number_meta, "{\"pattern\":\"2\",\"partition\":\"goes\"}",
         "got \"goes\", which does not exist"},
        {&sj_end_user_meta, "{\"user_id\":\"ALICE\",\"last_name\":\"B\"}",
         "small and capital letters are one"},
    };
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        fill(fixture);
        put(fixture, writes[i].meta, writes[i].json);
        assert_int_equal(review(fixture), SJ_E_CONFLICT);
        if (strstr(error.text, writes[i].words) == NULL) {
            fail_msg("%s", error.text);
        }
        sj_store_bulk_discard(store);
        assert_false(sj_store_exists(store, &sj_directory_number_meta, "1@kept"));
        (void)sj_store_delete(store, &sj_partition_meta, "mine", 0, &error);
        (void)sj_store_delete(store, &sj_directory_number_meta, "2@goes", 0, &error);
        (void)sj_store_delete(store, &sj_end_user_meta, "ALICE", 0, &error);
    }
    fill(fixture);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "kept", 0, &error), SJ_OK);
    assert_int_equal(review(fixture), SJ_E_CONFLICT);
    assert_non_null(strstr(error.text, "the partition \"kept\" was removed meanwhile"));
    sj_store_bulk_discard(store);
    /* What has nothing to do with it is in nobody's way. */
    fill(fixture);
    put(fixture, &sj_partition_meta, "{\"name\":\"other\"}");
    assert_int_equal(review(fixture), 0);
    sj_store_bulk_discard(store);
}

static void reopen(struct fixture *fixture) {
    fixture_close(fixture);
    memset(&fixture->node, 0, sizeof fixture->node);
    fixture_open(fixture, &sojourn_schema);
}

static void decided_survives_and_undecided_leaves_nothing(void **state) {
    struct fixture *fixture = *state;
    int settled = 0;
    fill(fixture);
    reopen(fixture);
    assert_true(!is_there(fixture, "mine") && is_there(fixture, "goes"));
    fill(fixture);
    decide(fixture, &settled);
    put(fixture, &sj_partition_meta,
        "{\"name\":\"mine\",\"description\":\"later\"}"); /* not undone by what is older */
    reopen(fixture);
    expect_description(fixture, "mine", "later");
    assert_true(!is_there(fixture, "goes"));
    assert_true(sj_store_exists(fixture_store(fixture), &sj_directory_number_meta, "1@kept"));
    assert_true(sj_store_exists(fixture_store(fixture), &sj_end_user_meta, "Alice"));
    reopen(fixture);
    expect_description(fixture, "mine", "later");
}

/* ---- whatever is asked, the answer is that of a store which has it all in its tables ---- */

static unsigned seed = 7;

static unsigned pick(unsigned below) {
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % below;
}

static void random_number(char json[160], char key[32]) {
    (void)snprintf(key, 32, "%u@P%u", pick(40), pick(3));
    (void)snprintf(json, 160, "{\"pattern\":\"%.*s\",\"partition\":\"%s\",\"description\":\"d%u\"}",
                   (int)strcspn(key, "@"), key, strchr(key, '@') + 1, pick(4));
}

static char *all_answers(struct fixture *fixture) {
    struct store *store = fixture_store(fixture);
    sj_text out = {0};
    for (unsigned i = 0; i < 40; i++) {
        char value[16], value2[16], after[16];
        sj_query query = {0};
        sj_list list;
        (void)snprintf(value, sizeof value, "P%u", i % 3);
        (void)snprintf(value2, sizeof value2, "d%u", i % 4);
        (void)snprintf(after, sizeof after, "%u@P1", i);
        query.field = i % 2 == 0 ? "partition" : NULL;
        query.value = value;
        query.field2 = i % 4 == 0 ? "description" : NULL;
        query.value2 = value2;
        query.after_key = i % 3 == 0 ? after : NULL;
        query.limit = i % 5;
        assert_int_equal(sj_store_list(store, &sj_directory_number_meta, &query, &list, &error),
                         SJ_OK);
        for (size_t j = 0; j < list.count; j++) {
            sj_record_write(&out, sj_directory_number_meta.record, list.records[j], 0);
        }
        sj_host_list_free(&list);
        sj_text_printf(&out, "\n%lld\n",
                       (long long)sj_store_count(store, &sj_directory_number_meta, &query, &error));
    }
    for (unsigned i = 0; i < 120; i++) {
        char key[32];
        void *record = NULL;
        (void)snprintf(key, sizeof key, "%u@P%u", i / 3, i % 3);
        sj_text_printf(&out, "%d%d", sj_store_exists(store, &sj_directory_number_meta, key),
                       sj_store_get(store, &sj_directory_number_meta, key, &record, NULL) == SJ_OK);
        sj_host_record_free(record);
    }
    return sj_text_take(&out);
}

static void change_something(struct fixture *fixture) {
    char json[160], key[32];
    random_number(json, key);
    if (pick(3) == 0) {
        (void)sj_store_delete(fixture_store(fixture), &sj_directory_number_meta, key, 0, &error);
    } else {
        put(fixture, &sj_directory_number_meta, json);
    }
}

static void answers_are_those_of_the_tables(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    for (int i = 0; i < 3; i++) {
        char json[32];
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\"}", i);
        put(fixture, &sj_partition_meta, json);
    }
    for (int round = 0; round < 60; round++) {
        int settled = 0;
        char *inside, *decided, *written;
        for (unsigned i = pick(10); i > 0; i--) {
            change_something(fixture);
        }
        open_bulk(fixture);
        sj_store_bulk_enter(store);
        for (unsigned i = pick(60); i > 0; i--) {
            change_something(fixture);
        }
        inside = all_answers(fixture);
        sj_store_bulk_leave(store);
        stage(fixture);
        decide(fixture, &settled);
        decided = all_answers(fixture);
        assert_string_equal(decided, inside);
        free(decided);
        for (unsigned i = pick(6); i > 0; i--) {
            change_something(fixture);
        }
        decided = all_answers(fixture);
        run_until_settled(fixture, &settled);
        written = all_answers(fixture);
        assert_string_equal(written, decided);
        free(inside);
        free(decided);
        free(written);
    }
}

static int ask_partition(struct fixture *fixture, const char *name) {
    return sj_store_check_unreferenced(fixture_store(fixture), &sj_partition_meta, name, &error);
}

/* What an entry names is in use, wherever in the record it stands, and as the entry is now. */
static void what_it_names_is_in_use(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    static const char *const names[] = {"A", "B", "C", "D"};
    open_bulk(fixture);
    sj_store_bulk_enter(store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char json[40];
        (void)snprintf(json, sizeof json, "{\"name\":\"%s\"}", names[i]);
        put(fixture, &sj_partition_meta, json);
        assert_int_equal(ask_partition(fixture, names[i]), SJ_OK);
    }
    put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1001\",\"partition\":\"A\"}");
    assert_int_equal(ask_partition(fixture, "A"), SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "the directory_number \"1001@A\" refers to it (partition)"));
    put(fixture, &sj_calling_search_space_meta, "{\"name\":\"S\",\"partitions\":[\"B\",\"C\"]}");
    assert_int_equal(ask_partition(fixture, "C"), SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "the calling_search_space \"S\" refers to it (partitions)"));
    put(fixture, &sj_calling_search_space_meta, "{\"name\":\"S\",\"partitions\":[\"D\",\"B\"]}");
    assert_int_equal(ask_partition(fixture, "C"), SJ_OK);
    assert_int_equal(ask_partition(fixture, "D"), SJ_E_IN_USE);
    put(fixture, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco "
        "8841\",\"lines\":[{\"directory_number\":\"1001@A\"}]}");
    assert_int_equal(
        sj_store_check_unreferenced(store, &sj_directory_number_meta, "1001@A", &error),
        SJ_E_IN_USE);
    assert_non_null(strstr(error.text, "the phone \"SEP1\" refers to it (lines.directory_number)"));
    assert_int_equal(sj_store_delete(store, &sj_phone_meta, "SEP1", 0, &error), SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_directory_number_meta, "1001@A", 0, &error), SJ_OK);
    assert_int_equal(ask_partition(fixture, "A"), SJ_OK);
    sj_store_bulk_leave(store);
    assert_int_equal(ask_partition(fixture, "D"), SJ_OK); /* others do not see it */
}

/* Each is asked about once beside as many that name others: were they all looked at, this would
 * take minutes. */
static void many_are_asked_about_beside_many(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    enum { MANY = 20000 };
    char text[80];
    put(fixture, &sj_partition_meta, "{\"name\":\"P\"}");
    open_bulk(fixture);
    sj_store_bulk_enter(store);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "{\"pattern\":\"%d\",\"partition\":\"P\"}", i);
        put(fixture, &sj_directory_number_meta, text);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "Q%d", i);
        assert_int_equal(ask_partition(fixture, text), SJ_OK);
    }
    sj_store_bulk_leave(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_names_is_in_use, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(many_are_asked_about_beside_many, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(beside_and_at_once, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_others_wrote_stands, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(decided_survives_and_undecided_leaves_nothing, file_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(answers_are_those_of_the_tables, memory_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
