/* The store: what is written is read again; flags, references, uniqueness, transactions,
 * durability, growth of declarations. */
#include <sys/stat.h>

#include "store_fixture.h"

#include "host/node/host_table.h"
#include "host/store/internal.h"
#include "host/store/plan.h"

#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/intercluster_service_profile.h"
#include "resources/live_device.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/registration.h"
#include "resources/session.h"
#include "resources/sip_trunk.h"

static const char phone_json[] =
    "{\"name\":\"SEP1\",\"model\":\"Cisco 8841\",\"expansion_modules\":[\"A\",\"\",\"B\"],"
    "\"lines\":[{\"directory_number\":\"1001@PT\",\"label\":\"one\"},{\"directory_number\":"
    "\"1002\"}]}";

static void lay_down(struct fixture *fixture) {
    must_put(fixture, &sj_partition_meta, "{\"name\":\"PT\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1001\",\"partition\":\"PT\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1002\"}");
    must_put(fixture, &sj_phone_meta, phone_json);
}

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
    lay_down(fixture);
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
    lay_down(fixture);
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

static void references_must_exist(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    lay_down(fixture);
    assert_int_equal(
        put_json(fixture, &sj_phone_meta,
                 "{\"name\":\"SEP2\",\"model\":\"Cisco 8841\",\"device_pool\":\"Nowhere\"}", 0,
                 &error),
        SJ_E_INVALID);
    assert_string_equal(error.field, "device_pool");
    assert_string_equal(
        error.text,
        "device_pool: expected the key of a device_pool, got \"Nowhere\", which does not exist");
    assert_int_equal(put_json(fixture, &sj_phone_meta,
                              "{\"name\":\"SEP2\",\"model\":\"Cisco "
                              "8841\",\"lines\":[{\"directory_number\":\"1002\"},"
                              "{\"directory_number\":\"9\"}]}",
                              0, &error),
                     SJ_E_INVALID);
    assert_string_equal(error.field, "lines[1].directory_number");
    assert_false(sj_store_exists(fixture_store(fixture), &sj_phone_meta, "SEP2"));
}

static void what_is_in_use_stays(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    lay_down(fixture);
    assert_int_equal(sj_store_delete(store, &sj_directory_number_meta, "1001@PT", 0, &error),
                     SJ_E_IN_USE);
    assert_string_equal(error.text, "the directory_number \"1001@PT\" is still in use: the phone "
                                    "\"SEP1\" refers to it (lines.directory_number)");
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "PT", 0, &error), SJ_E_IN_USE);
    assert_int_equal(sj_store_delete(store, &sj_phone_meta, "SEP1", 0, &error), SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_directory_number_meta, "1001@PT", 0, &error),
                     SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_partition_meta, "PT", 0, &error), SJ_OK);
}

/* A live device is kept for somebody who is logged in; that of a log-out profile is made anew from
 * phone and profile. */
static void live_devices_of_log_out_profiles_hold_nothing_back(void **state) {
    struct fixture *fixture = *state;
    struct store *store = fixture_store(fixture);
    sj_error error = {0};
    must_put(fixture, &sj_partition_meta, "{\"name\":\"PT\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1001\",\"partition\":\"PT\"}");
    must_put(fixture, &sj_device_pool_meta, "{\"name\":\"Lobby\"}");
    must_put(fixture, &sj_live_device_meta,
             "{\"name\":\"SEP8\",\"log_out_profile\":true,\"device_pool\":\"Lobby\","
             "\"lines\":[{\"directory_number\":\"1001@PT\"}]}");
    must_put(fixture, &sj_live_device_meta,
             "{\"name\":\"SEP9\",\"user_id\":\"alice\",\"device_pool\":\"Lobby\","
             "\"lines\":[{\"directory_number\":\"1001@PT\"}]}");
    assert_int_equal(sj_store_delete(store, &sj_device_pool_meta, "Lobby", 0, &error), SJ_E_IN_USE);
    assert_string_equal(error.text, "the device_pool \"Lobby\" is still in use: the live_device "
                                    "\"SEP9\" refers to it (device_pool)");
    assert_int_equal(sj_store_delete(store, &sj_directory_number_meta, "1001@PT", 0, &error),
                     SJ_E_IN_USE);
    assert_non_null(
        strstr(error.text, "the live_device \"SEP9\" refers to it (lines.directory_number)"));
    assert_int_equal(sj_store_delete(store, &sj_live_device_meta, "SEP9", 0, &error), SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_device_pool_meta, "Lobby", 0, &error), SJ_OK);
    assert_int_equal(sj_store_delete(store, &sj_directory_number_meta, "1001@PT", 0, &error),
                     SJ_OK);
    assert_true(sj_store_exists(store, &sj_live_device_meta, "SEP8"));
    assert_int_equal(sj_store_delete(store, &sj_live_device_meta, "SEP8", 0, &error), SJ_OK);
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

static void unique_values(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    must_put(fixture, &sj_emcc_base_device_meta, "{\"name\":\"EMCC1\",\"number\":1}");
    must_put(fixture, &sj_emcc_base_device_meta,
             "{\"name\":\"EMCC2\",\"number\":2}"); /* both without a device: not equal */
    must_put(fixture, &sj_emcc_base_device_meta,
             "{\"name\":\"EMCC1\",\"number\":1,\"device_name\":\"SEP1\"}");
    assert_int_equal(put_json(fixture, &sj_emcc_base_device_meta,
                              "{\"name\":\"EMCC2\",\"number\":2,\"device_name\":\"SEP1\"}", 0,
                              &error),
                     SJ_E_EXISTS);
    assert_string_equal(error.field, "device_name");
    assert_non_null(strstr(error.text, "\"EMCC1\" has the same"));
    assert_int_equal(put_json(fixture, &sj_emcc_base_device_meta,
                              "{\"name\":\"EMCC3\",\"number\":2}", 0, &error),
                     SJ_E_EXISTS);
    must_put(fixture, &sj_end_user_meta, "{\"user_id\":\"alice\",\"last_name\":\"A\"}");
    must_put(fixture, &sj_end_user_meta, "{\"user_id\":\"alice\",\"last_name\":\"B\"}");
    must_put(fixture, &sj_end_user_meta, "{\"user_id\":\"alic\",\"last_name\":\"A\"}");
    assert_int_equal(put_json(fixture, &sj_end_user_meta,
                              "{\"user_id\":\"Alice\",\"last_name\":\"A\"}", 0, &error),
                     SJ_E_EXISTS);
    assert_string_equal(error.field, "user_id");
    assert_non_null(strstr(error.text, "\"alice\" has the same"));
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
    lay_down(fixture);
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
    lay_down(fixture);
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

/* ---- a declaration that grows ---- */

struct old_thing {
    const char *name;
};
struct new_thing {
    const char *name;
    int64_t weight;
    const char *colour;
    const char *const *tags;
    size_t tags_count;
};

#define FIELD(struct_, name_, type_, element_, flags_, fallback_)                                  \
    {                                                                                              \
        .name = #name_, .title = #name_, .doc = "", .since = "1.0", .unit = "", .type = type_,     \
        .element = element_, .flags = flags_, .offset = offsetof(struct struct_, name_),           \
        .format = "", .hash = "", .target = "", .fallback = fallback_                              \
    }

static const sj_field old_fields[] = {
    FIELD(old_thing, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, "")};
static const sj_field new_fields[] = {
    FIELD(new_thing, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, ""),
    FIELD(new_thing, weight, SJ_TYPE_INTEGER, SJ_TYPE_INTEGER, 0, "7"),
    FIELD(new_thing, colour, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_INDEX, "it's red"),
    {.name = "tags",
     .title = "tags",
     .doc = "",
     .since = "1.0",
     .unit = "",
     .type = SJ_TYPE_LIST,
     .element = SJ_TYPE_TEXT,
     .offset = offsetof(struct new_thing, tags),
     .count_offset = offsetof(struct new_thing, tags_count),
     .format = "",
     .hash = "",
     .target = "",
     .fallback = ""},
};
static const uint64_t prints[] = {1, 2, 3, 4, 5};
static const sj_record_meta old_record = {
    sizeof old_record,        SJ_KIND_RESOURCE, "thing", "Thing", "", "1.0",
    sizeof(struct old_thing), old_fields,       1,       prints};
static const sj_record_meta new_record = {
    sizeof new_record,        SJ_KIND_RESOURCE, "thing", "Thing", "", "1.0",
    sizeof(struct new_thing), new_fields,       4,       prints};
static const sj_resource_meta old_meta = {
    sizeof old_meta, &old_record, "things", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta new_meta = {
    sizeof new_meta, &new_record, "things", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta *const old_resources[] = {&old_meta, NULL};
static const sj_resource_meta *const new_resources[] = {&new_meta, NULL};
static const sj_schema old_schema = {
    .size = sizeof old_schema, .name = "old", .resources = old_resources};
static const sj_schema new_schema = {
    .size = sizeof new_schema, .name = "new", .resources = new_resources};

static bool sees_index(struct fixture *fixture, const char *name) {
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(fixture_store(fixture)->database,
                                        "SELECT 1 FROM sqlite_master WHERE name=?", -1, &statement,
                                        NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const bool there = sqlite3_step(statement) == SQLITE_ROW;
    (void)sqlite3_finalize(statement);
    return there;
}

static void declarations_may_grow(void **state) {
    struct fixture *fixture = *state;
    struct new_thing *thing;
    sj_error error = {0};
    void *record = NULL;
    fixture_close(fixture);
    fixture_open(fixture, &old_schema);
    must_put(fixture, &old_meta, "{\"name\":\"a\"}");
    fixture_close(fixture);
    fixture_open(fixture, &new_schema);
    assert_int_equal(sj_store_get(fixture_store(fixture), &new_meta, "a", &record, &error), SJ_OK);
    thing = record;
    assert_int_equal(thing->weight, 7);
    assert_string_equal(thing->colour, "it's red");
    assert_int_equal(thing->tags_count, 0);
    sj_host_record_free(thing);
    assert_true(sees_index(fixture, "i_r_thing__colour"));
    must_put(fixture, &new_meta, "{\"name\":\"a\",\"weight\":9,\"tags\":[\"x\",\"y\"]}");
    /* An older plugin writes beside the newer host: what it does not know stays. */
    must_put(fixture, &old_meta, "{\"name\":\"a\"}");
    assert_int_equal(sj_store_get(fixture_store(fixture), &new_meta, "a", &record, &error), SJ_OK);
    thing = record;
    assert_int_equal(thing->weight, 9);
    assert_int_equal(thing->tags_count, 2);
    sj_host_record_free(thing);
}

struct box {
    const char *name, *thing;
};
static const sj_field box_fields[] = {
    FIELD(box, name, SJ_TYPE_TEXT, SJ_TYPE_TEXT, SJ_FIELD_REQUIRED, ""),
    {.name = "thing",
     .title = "thing",
     .doc = "",
     .since = "1.0",
     .unit = "",
     .type = SJ_TYPE_REFERENCE,
     .element = SJ_TYPE_REFERENCE,
     .offset = offsetof(struct box, thing),
     .format = "",
     .hash = "",
     .target = "thing",
     .fallback = ""}};
static const sj_record_meta box_record = {
    sizeof box_record,  SJ_KIND_RESOURCE, "box", "Box", "", "1.0",
    sizeof(struct box), box_fields,       2,     prints};
static const sj_resource_meta box_meta = {
    sizeof box_meta, &box_record, "boxes", {"name", NULL}, 0, "", NULL};
static const sj_resource_meta *const box_resources[] = {&box_meta, NULL};
static const sj_schema box_schema = {
    .size = sizeof box_schema, .name = "box", .resources = box_resources};

/* That nobody refers to things holds until a plugin comes that does. */
static void referrers_may_come_later(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    fixture_close(fixture);
    fixture_open(fixture, &new_schema);
    must_put(fixture, &new_meta, "{\"name\":\"a\"}");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error), SJ_OK);
    assert_int_equal(sj_store_add_schema(&fixture->node, &box_schema, &error), SJ_OK);
    must_put(fixture, &new_meta, "{\"name\":\"a\"}");
    must_put(fixture, &box_meta, "{\"name\":\"b\",\"thing\":\"a\"}");
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error),
                     SJ_E_IN_USE);
    sj_store_remove_schema(&fixture->node, &box_schema);
    assert_int_equal(sj_store_delete(fixture_store(fixture), &new_meta, "a", 0, &error), SJ_OK);
}

static void refuses_a_later_layout(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    char command[256];
    fixture_close(fixture);
    (void)snprintf(command, sizeof command, "sqlite3 '%s' 'PRAGMA user_version=999'",
                   fixture->path);
    if (system(command) != 0) {
        fixture_open(fixture, &sojourn_schema);
        skip();
    }
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    assert_int_equal(sj_store_open_at(&fixture->node, fixture->path, &error), SJ_E_VERSION);
    assert_non_null(strstr(error.text, "later version"));
    assert_null(fixture->node.store);
}

static void says_where_it_cannot_open(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    fixture_close(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(sj_node_init(&fixture->node, &fixture->loop, &error), SJ_OK);
    sj_table_fill(&fixture->node.table);
    assert_int_equal(sj_store_open_at(&fixture->node, "/nonexistent/x.db", &error), SJ_E_IO);
    assert_non_null(strstr(error.text, "/nonexistent/x.db"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_was_written, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(replaces_lists, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(embedded_records_are_kept, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(unknown_key, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(put_flags, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(references_must_exist, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_in_use_stays, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(live_devices_of_log_out_profiles_hold_nothing_back,
                                        memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(fixed_values, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(unique_values, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(validation_on_put, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(plain_secrets_are_refused, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lists_and_counts, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(changes_of_any_fields, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sessions_are_looked_up_by_index, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(transactions, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(reads_follow_writes, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(forgotten_transactions_are_rolled_back, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(durable_runs_later_and_once, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(durable_runs_later_and_once, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(closed_scopes_are_not_called, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_closing_scope_commits_nothing, memory_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(closed_scopes_are_not_called, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(factory_and_singletons, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(survives_a_restart, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(declarations_may_grow, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(referrers_may_come_later, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(refuses_a_later_layout, file_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(says_where_it_cannot_open, memory_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
