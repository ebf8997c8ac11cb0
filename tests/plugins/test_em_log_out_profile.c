/* Phones with a log-out profile: what they are while no user is logged in, and that nobody takes it
 * for somebody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "parameters/extension_mobility.h"
#include "resources/common_device_configuration.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

#define LOBBY                                                                                      \
    "{\"name\":\"lobby\",\"model\":\"Cisco 8851\",\"lines\":[{\"directory_number\":\"2900\"}]%s}"

static sj_scope *scope_of(struct cluster *cluster) {
    return sj_testkit_scope(cluster->kit);
}

static void lobby(struct cluster *cluster, const char *more) {
    char json[400];
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"2900\"}");
    (void)snprintf(json, sizeof json, LOBBY, more);
    put(cluster, &sj_device_profile_meta, json);
}

static void put_phone(struct cluster *cluster, const char *more) {
    char json[400];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"SEP1\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
                   "\"lines\":[{\"directory_number\":\"2001\"}]%s}",
                   more);
    put(cluster, &sj_phone_meta, json);
    sj_testkit_advance(cluster->kit, 1000);
}

/* NULL when the phone is as it is configured. */
static sj_live_device *live(struct cluster *cluster, const char *name) {
    sj_live_device *device = NULL;
    (void)sj_live_device_get(scope_of(cluster), name, &device, NULL);
    return device;
}

static void expect_lobby(struct cluster *cluster) {
    sj_live_device *device = live(cluster, "SEP1");
    assert_non_null(device);
    assert_true(device->log_out_profile);
    assert_string_equal(device->device_profile, "lobby");
    assert_int_equal(device->lines_count, 1);
    assert_string_equal(device->lines[0].directory_number, "2900");
    sj_record_free(scope_of(cluster), device);
}

/* Phone, profile, number and pool in one go, as `apply` removes them: nothing is left, and what was
 * kept until then is no obstacle. */
static void goes_with_all_that_it_was_made_from(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = scope_of(cluster);
    lobby(cluster, "");
    put(cluster, &sj_device_pool_meta, "{\"name\":\"Ground floor\"}");
    put_phone(cluster, ",\"logout_profile\":\"lobby\",\"device_pool\":\"Ground floor\"");
    expect_lobby(cluster);
    assert_int_equal(sj_device_pool_delete(scope, "Ground floor", NULL),
                     SJ_E_IN_USE); /* the phone's */
    assert_int_equal(sj_phone_delete(scope, "SEP1", NULL), SJ_OK);
    assert_int_equal(sj_device_profile_delete(scope, "lobby", NULL), SJ_OK);
    assert_int_equal(sj_directory_number_delete(scope, "2900", NULL), SJ_OK);
    assert_int_equal(sj_device_pool_delete(scope, "Ground floor", NULL), SJ_OK);
    sj_testkit_advance(cluster->kit, 1000);
    assert_null(live(cluster, "SEP1"));
}

/* What the phone no longer refers to may go at once; the live device follows. */
static void follows_the_phone_when_its_pool_goes(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = scope_of(cluster);
    lobby(cluster, "");
    put(cluster, &sj_device_pool_meta, "{\"name\":\"Ground floor\"}");
    put_phone(cluster, ",\"logout_profile\":\"lobby\",\"device_pool\":\"Ground floor\"");
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
        "\"lines\":[{\"directory_number\":\"2001\"}],\"logout_profile\":\"lobby\"}");
    assert_int_equal(sj_device_pool_delete(scope, "Ground floor", NULL), SJ_OK);
    expect_lobby(cluster);
    sj_testkit_advance(cluster->kit, 1000);
    expect_lobby(cluster);
    sj_live_device *device = live(cluster, "SEP1");
    assert_string_equal(device->device_pool, "Default");
    sj_record_free(scope, device);
}

static void comes_with_the_field_and_goes_with_it(void **state) {
    struct cluster *cluster = *state;
    lobby(cluster, "");
    assert_null(live(cluster, "SEP1"));
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    expect_lobby(cluster);
    assert_int_equal(cluster->resets, 1);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESTART);
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    assert_int_equal(cluster->resets, 1); /* nothing has changed */
    put_phone(cluster, "");
    assert_null(live(cluster, "SEP1"));
    assert_int_equal(cluster->resets, 2);
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco 8851\",\"logout_profile\":\"lobby\"}");
    sj_testkit_advance(cluster->kit, 1000);
    assert_null(live(cluster, "SEP1"));
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    assert_int_equal(sj_phone_delete(scope_of(cluster), "SEP1", NULL), SJ_OK);
    sj_testkit_advance(cluster->kit, 1000);
    assert_null(live(cluster, "SEP1"));
}

static void gives_way_to_a_user_and_comes_back(void **state) {
    struct cluster *cluster = *state;
    lobby(cluster, "");
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    expect(cluster, PAGE "SEP1", "<CiscoIPPhoneInput>"); /* the login form: no user is logged in */
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_live_device *device = live(cluster, "SEP1");
    assert_false(device->log_out_profile);
    assert_string_equal(device->user_id, "alice");
    sj_record_free(scope_of(cluster), device);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    expect_lobby(cluster); /* at once: in the same transaction */
    assert_int_equal(sessions(cluster), 0);
    sj_testkit_advance(cluster->kit, 1000);
    assert_int_equal(cluster->resets, 3);
    expect(cluster, PAGE "SEP1&doLogout=true", "(19)"); /* nobody to log out */
}

static void the_login_user_is_no_session(void **state) {
    struct cluster *cluster = *state;
    lobby(cluster, ",\"login_user_id\":\"alice\"");
    put_user(cluster, "alice", "\"alice-8851\"",
             ",\"first_name\":\"Alice\",\"user_locale\":\"German_Germany\"");
    put_phone(cluster, ",\"logout_profile\":\"lobby\"");
    sj_live_device *device = live(cluster, "SEP1");
    assert_non_null(device);
    assert_string_equal(device->user_id, "alice");
    assert_string_equal(device->user_display_name, "Alice X");
    assert_string_equal(device->digest_user, "alice");
    assert_string_equal(device->user_locale, "German_Germany");
    sj_record_free(scope_of(cluster), device);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESET); /* for the language */
    assert_int_equal(sessions(cluster), 0);
    expect(cluster, PAGE "SEP1", "<CiscoIPPhoneInput>");
    /* Multiple logins are not allowed, and this is none. */
    expect(cluster, PAGE "SEP2&userid=alice&seq=12345", "Login successful");
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login successful");
    assert_int_equal(sessions(cluster), 2);
}

static void languages_decide_how_it_restarts(void **state) {
    struct cluster *cluster = *state;
    put(cluster, &sj_common_device_configuration_meta,
        "{\"name\":\"Paris\",\"user_locale\":\"French_France\"}");
    lobby(cluster, ",\"user_locale\":\"French_France\"");
    put_phone(cluster, ",\"common_device_configuration\":\"Paris\",\"logout_profile\":\"lobby\"");
    assert_int_equal(cluster->last_mode,
                     SJ_DEVICE_RESET_MODE_RESTART); /* the same language as before */
    put_user(cluster, "bob", "\"bob-8851\"", ",\"user_locale\":\"Italian_Italy\"");
    expect(cluster, PAGE "SEP1&userid=bob&seq=12345", "Login successful");
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESET);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
    sj_testkit_advance(cluster->kit, 1000);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESET);
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345",
           "Login successful"); /* who speaks French here, saying nothing else */
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESTART);
}

static void is_swept_in_at_start(void **state) {
    struct cluster *cluster = *state;
    sj_error error = {0};
    char json[200];
    lobby(cluster, "");
    assert_int_equal(sj_testkit_stop(cluster->kit, "extension-mobility", &error), SJ_OK);
    for (int i = 10; i < 60; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"SEP%d\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
            "\"logout_profile\":\"lobby\"}",
            i);
        put(cluster, &sj_phone_meta, json);
    }
    put(cluster, &sj_live_device_meta,
        "{\"name\":\"SEP2\",\"log_out_profile\":true,\"model\":\"Cisco 8851\"}");
    assert_int_equal(sj_testkit_start(cluster->kit, &sj_plugin_descriptor, &error), SJ_OK);
    sj_testkit_advance(cluster->kit, 5000);
    assert_int_equal(sj_live_device_count(scope_of(cluster), NULL, NULL), 50);
    assert_null(live(cluster, "SEP2")); /* its phone has no log-out profile any more */
    put(cluster, &sj_device_profile_meta, "{\"name\":\"lobby\",\"model\":\"Cisco 8851\"}");
    sj_testkit_advance(cluster->kit, 5000);
    const sj_query without = {.field = "lines.directory_number", .value = "2900"};
    assert_int_equal(sj_live_device_count(scope_of(cluster), &without, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_with_all_that_it_was_made_from, setup, teardown),
        cmocka_unit_test_setup_teardown(follows_the_phone_when_its_pool_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(comes_with_the_field_and_goes_with_it, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_way_to_a_user_and_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(the_login_user_is_no_session, setup, teardown),
        cmocka_unit_test_setup_teardown(languages_decide_how_it_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(is_swept_in_at_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
