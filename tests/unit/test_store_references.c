/* What records say of each other: references that must exist, records that are in use, values that
 * are unique. */
#include "tests/unit/store_phone.h"

#include "resources/certificates.h"
#include "resources/device_pool.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/live_device.h"

static void references_must_exist(void **state) {
    struct fixture *fixture = *state;
    sj_error error = {0};
    put_phone(fixture);
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
    put_phone(fixture);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(references_must_exist, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_in_use_stays, memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(live_devices_of_log_out_profiles_hold_nothing_back,
                                        memory_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(unique_values, memory_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
