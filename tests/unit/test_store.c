/* The store: records written, read, listed and counted, and what a put checks of them. */
#include <sys/stat.h>

#include "tests/unit/store_phone.h"

#include "host/store/internal.h"
#include "host/store/plan.h"
#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/phone_model.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"

static sj_phone *get_phone(struct fixture *fixture, const char *key) {
    sj_error error = {0};
    void *record = NULL;
    if (sj_store_get(fixture_store(fixture), &sj_phone_meta, key, &record, &error) != SJ_OK) {
        fail_msg("%s", error.text);
    }
    return record;
}

static void reads_what_was_written(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    void *expected = NULL;
    sj_phone *phone;
    put_phone(fixture);
    phone = get_phone(fixture, "SEP1");
    assert_int_equal(sj_host_record_from_json(sj_phone_meta.record, phone_json, strlen(phone_json),
                                              &expected, &error),
                     SJ_OK);
    assert_true(sj_record_equal(sj_phone_meta.record, expected, phone));
    assert_int_equal(phone->lines_count, 2);
    assert_string_equal(phone->lines[0].label, "one");
    assert_string_equal(phone->expansion_modules[2], "B");
    sj_host_record_free(expected);
    sj_host_record_free(phone);
}

static void replaces_lists(void **state) {
    struct fixture *fixture = *state;
    sj_phone *phone;
    put_phone(fixture);
    must_put(
        fixture, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco 8841\",\"lines\":[{\"directory_number\":\"1002\"}]}");
    phone = get_phone(fixture, "SEP1");
    assert_int_equal(phone->lines_count, 1);
    assert_string_equal(phone->lines[0].directory_number, "1002");
    assert_int_equal(phone->expansion_modules_count, 0);
    sj_host_record_free(phone);
}

static void embedded_records_are_kept(void **state) {
    struct fixture *fixture = *state;
    sj_live_device device, *again;
    sj_error error = {0};
    void *record = NULL;
    const char *const spaces[] = {"", "x", ""};
    memset(&device, 0, sizeof device);
    device.name = "SEP9";
    device.emcc = true;
    device.built_at = INT64_C(1700000000123);
    device.line_calling_search_spaces = spaces;
    device.line_calling_search_spaces_count = 3;
    assert_int_equal(sj_store_put(fixture_store(fixture), &sj_live_device_meta, &device, 0, &error),
                     SJ_OK);
    assert_int_equal(
        sj_store_get(fixture_store(fixture), &sj_live_device_meta, "SEP9", &record, &error), SJ_OK);
    again = record;
    assert_true(again->built_at == device.built_at);
    assert_true(again->emcc);
    assert_int_equal(again->line_calling_search_spaces_count, 3);
    assert_string_equal(again->line_calling_search_spaces[1], "x");
    sj_host_record_free(again);
}

static void unknown_key(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    void *record = &error;
    assert_int_equal(sj_store_get(fixture_store(fixture), &sj_phone_meta, "SEP9", &record, &error),
                     SJ_E_NOT_FOUND);
    assert_null(record);
    assert_string_equal(error.text, "there is no phone \"SEP9\"");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &sj_phone_meta, "SEP9", 0, &error),
                     SJ_E_NOT_FOUND);
}

static void put_flags(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    assert_int_equal(
        put_json(fixture, &sj_partition_meta, "{\"name\":\"A\"}", SJ_PUT_REPLACE, &error),
        SJ_E_NOT_FOUND);
    assert_int_equal(put_json(fixture, &sj_partition_meta, "{\"name\":\"A\"}", SJ_PUT_NEW, &error),
                     SJ_OK);
    assert_int_equal(put_json(fixture, &sj_partition_meta, "{\"name\":\"A\"}", SJ_PUT_NEW, &error),
                     SJ_E_EXISTS);
    assert_int_equal(
        put_json(fixture, &sj_partition_meta, "{\"name\":\"A\"}", SJ_PUT_REPLACE, &error), SJ_OK);
}

static void fixed_values(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    must_put(fixture, &sj_sip_trunk_meta, "{\"name\":\"T\"}");
    must_put(fixture, &sj_sip_trunk_meta, "{\"name\":\"T\",\"description\":\"changed\"}");
    assert_int_equal(
        put_json(fixture, &sj_sip_trunk_meta,
                 "{\"name\":\"T\",\"trunk_service_type\":\"extension_mobility_cross_clusters\"}", 0,
                 &error),
        SJ_E_INVALID);
    assert_string_equal(error.field, "trunk_service_type");
}

static void validation_on_put(void **state) {
    struct fixture *fixture = *state;
    sj_partition partition;
    sj_emcc_base_device device;
    sj_error error = {0};
    memset(&partition, 0, sizeof partition);
    partition.name = "a<b";
    assert_int_equal(
        sj_store_put(fixture_store(fixture), &sj_partition_meta, &partition, 0, &error),
        SJ_E_INVALID);
    assert_string_equal(error.field, "name");
    memset(&device, 0, sizeof device);
    device.name = "EMCC1";
    device.number = 12345678;
    assert_int_equal(
        sj_store_put(fixture_store(fixture), &sj_emcc_base_device_meta, &device, 0, &error),
        SJ_E_INVALID);
    assert_string_equal(error.text, "number: expected a number from 1 to 999999, got 12345678");
}

static void plain_secrets_are_refused(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    assert_int_equal(put_json(fixture, &sj_end_user_meta,
                              "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"12345\"}", 0,
                              &error),
                     SJ_E_INVALID);
    assert_string_equal(error.field, "pin");
    assert_null(strstr(error.text, "12345"));
    must_put(fixture, &sj_end_user_meta,
             "{\"user_id\":\"a\",\"last_name\":\"A\",\"pin\":\"$argon2id$x\"}");
}

static void lists_and_counts(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    sj_list list;
    sj_query query;
    char json[128];
    for (int i = 0; i < 50; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"device_name\":\"SEP%02d\",\"user_id\":\"user%d\",\"kind\":\"%s\"}", i,
                       i % 5, i % 2 == 0 ? "home" : "visiting");
        must_put(fixture, &sj_session_meta, json);
    }
    memset(&query, 0, sizeof query);
    query.field = "user_id";
    query.value = "user3";
    assert_int_equal(sj_store_count(store, &sj_session_meta, &query, &error), 10);
    query.field2 = "kind";
    query.value2 = "home";
    assert_int_equal(sj_store_count(store, &sj_session_meta, &query, &error), 5);
    assert_int_equal(sj_store_list(store, &sj_session_meta, &query, &list, &error), SJ_OK);
    assert_int_equal(list.count, 5);
    assert_string_equal(sj_session_at(&list, 0)->device_name, "SEP08");
    sj_host_list_free(&list);
    query.after_key = "SEP18";
    query.limit = 2;
    assert_int_equal(sj_store_list(store, &sj_session_meta, &query, &list, &error), SJ_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(sj_session_at(&list, 0)->device_name, "SEP28");
    assert_string_equal(sj_session_at(&list, 1)->device_name, "SEP38");
    sj_host_list_free(&list);
    assert_int_equal(sj_store_list(store, &sj_session_meta, NULL, &list, &error), SJ_OK);
    assert_int_equal(list.count, 50);
    sj_host_list_free(&list);
    memset(&query, 0, sizeof query);
    query.field = "home_tftp";
    query.value = "127.0.0.9";
    must_put(
        fixture, &sj_session_meta,
        "{\"device_name\":\"SEPX\",\"user_id\":\"x\",\"home_tftp\":[\"127.0.0.8\",\"127.0.0.9\"]}");
    assert_int_equal(sj_store_count(store, &sj_session_meta, &query, &error), 1);
    must_put(fixture, &sj_phone_model_meta, "{\"name\":\"M\",\"number\":99}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"2\"}");
    must_put(fixture, &sj_device_profile_meta,
             "{\"name\":\"P1\",\"model\":\"M\",\"lines\":[{\"directory_number\":\"1\"},{"
             "\"directory_number\":\"2\"}]}");
    must_put(fixture, &sj_device_profile_meta,
             "{\"name\":\"P2\",\"model\":\"M\",\"lines\":[{\"directory_number\":\"2\"}]}");
    must_put(fixture, &sj_device_profile_meta, "{\"name\":\"P3\",\"model\":\"M\"}");
    query.field = "lines.directory_number";
    query.value = "2";
    query.after_key = "P1";
    assert_int_equal(sj_store_list(store, &sj_device_profile_meta, &query, &list, &error), SJ_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(sj_device_profile_at(&list, 0)->name, "P2");
    sj_host_list_free(&list);
    query.field = "lines";
    assert_int_equal(sj_store_list(store, &sj_device_profile_meta, &query, &list, &error),
                     SJ_E_INVALID);

    memset(&query, 0, sizeof query);
    query.field = "colour";
    assert_int_equal(sj_store_list(store, &sj_session_meta, &query, &list, &error), SJ_E_INVALID);
    assert_string_equal(error.field, "colour");
    query.field = "kind";
    query.value = "sideways";
    assert_int_equal(sj_store_count(store, &sj_session_meta, &query, &error), SJ_E_INVALID);
}

/* Of a record that is there only what differs is written; whatever differs, it is read again as
 * written. */
static void changes_of_any_fields(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    unsigned number = 1;
    put_phone(fixture);
    for (int i = 0; i < 400; i++) {
        char json[600];
        void *expected = NULL;
        sj_phone *phone;
        sj_error error = {0};
        number = number * 1103515245u + 12345u;
        const unsigned bits = number >> 16;
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"SEP1\",\"model\":\"Cisco "
                       "8841\",\"description\":\"%u\",\"enable_extension_mobility\":%s,"
                       "\"geolocation\":\"\",\"expansion_modules\":[%s],\"lines\":[%s],\"user_"
                       "locale\":\"%s\",\"do_not_disturb_"
                       "option\":\"%s\"}",
                       bits & 3, (bits & 4) != 0 ? "true" : "false", (bits & 8) != 0 ? "\"A\"" : "",
                       (bits & 16) != 0 ? "{\"directory_number\":\"1002\"}" : "",
                       (bits & 32) != 0 ? "en_GB" : "",
                       (bits & 64) != 0 ? "ringer_off" : "call_reject");
        must_put(fixture, &sj_phone_meta, json);
        store_cache_drop(store, "phone", "SEP1"); /* what is on the disk */
        phone = get_phone(fixture, "SEP1");
        assert_int_equal(
            sj_host_record_from_json(sj_phone_meta.record, json, strlen(json), &expected, &error),
            SJ_OK);
        assert_true(sj_record_equal(sj_phone_meta.record, expected, phone));
        sj_host_record_free(expected);
        sj_host_record_free(phone);
    }
}

/* SQLite counts the rows that a statement read without an index. */
static int rows_scanned(struct fixture *fixture) {
    const struct store *store = fixture_store(fixture);
    int rows = 0;
    for (size_t i = 0; i < store->plans_count; i++) {
        for (size_t j = 0; j < store->plans[i]->queries_count; j++) {
            rows += sqlite3_stmt_status(store->plans[i]->queries[j].statement,
                                        SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
        }
    }
    return rows;
}

static void sessions_are_looked_up_by_index(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    static const struct {
        sj_query query;
        int64_t count;
    } cases[] = {
        {{.field = "state", .value = "ending"}, 2},
        {{.field = "state", .value = "ending", .field2 = "remote_cluster_id", .value2 = "BR"}, 1},
        {{.field = "remote_cluster_id", .value = "BR", .limit = 1}, 1},
        {{.field = "remote_cluster_id", .value = "BR", .after_key = "SEP10"}, 44},
        {{.field = "user_id", .value = "user7"}, 1},
    };
    sj_error error = {0};
    char json[160];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"device_name\":\"SEP%02d\",\"user_id\":\"user%d\",\"kind\":\"home\","
                       "\"remote_cluster_id\":\"%s\","
                       "\"state\":\"%s\"}",
                       i, i, i % 2 == 0 ? "BR" : "LAB", i == 20 || i == 21 ? "ending" : "active");
        must_put(fixture, &sj_session_meta, json);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_list list;
        (void)rows_scanned(fixture);
        assert_int_equal(sj_store_count(store, &sj_session_meta, &cases[i].query, &error),
                         cases[i].count);
        assert_int_equal(sj_store_list(store, &sj_session_meta, &cases[i].query, &list, &error),
                         SJ_OK);
        assert_int_equal(list.count, cases[i].count);
        sj_host_list_free(&list);
        assert_int_equal(rows_scanned(fixture), 0);
    }
}

static void factory_and_singletons(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    void *record = NULL;
    assert_true(sj_store_exists(store, &sj_device_pool_meta, "Default"));
    assert_true(sj_store_exists(store, &sj_phone_model_meta, "Cisco 8841"));
    assert_int_equal(
        sj_store_get(store, &sj_intercluster_service_profile_meta, "default", &record, &error),
        SJ_OK);
    sj_host_record_free(record);
    assert_int_equal(
        sj_store_delete(store, &sj_intercluster_service_profile_meta, "default", 0, &error),
        SJ_E_CONFLICT);
}

static void survives_a_restart(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    sj_phone *phone;
    struct stat status;
    put_phone(fixture);
    assert_int_equal(sj_store_delete(fixture_store(fixture), &sj_phone_model_meta, "Cisco 7965", 0,
                                     &error) == SJ_OK ||
                         error.code == SJ_E_NOT_FOUND,
                     1);
    fixture_close(fixture);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    fixture_open(fixture, &sojourn_schema);
    phone = get_phone(fixture, "SEP1");
    assert_int_equal(phone->lines_count, 2);
    sj_host_record_free(phone);
    assert_false(sj_store_exists(fixture_store(fixture), &sj_phone_model_meta,
                                 "Cisco 7965")); /* factory records come once */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_was_written, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(replaces_lists, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(embedded_records_are_kept, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(unknown_key, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(put_flags, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(fixed_values, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(validation_on_put, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(plain_secrets_are_refused, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lists_and_counts, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_of_any_fields, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sessions_are_looked_up_by_index, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(factory_and_singletons, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(survives_a_restart, file_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
