/* Live devices follow what they are made from while a user is logged in, and the phone is told when
 * its file changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_cluster.h"
#include "resources/calling_search_space.h"
#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/phone_service.h"
#include "resources/session.h"

static sj_live_device *live(struct cluster *cluster, const char *name) {
    sj_live_device *device = NULL;
    sj_testkit_advance(cluster->kit, 1000);
    assert_int_equal(sj_live_device_get(sj_testkit_scope(cluster->kit), name, &device, NULL),
                     SJ_OK);
    return device;
}

static void release(struct cluster *cluster, sj_live_device *device) {
    sj_record_free(sj_testkit_scope(cluster->kit), device);
}

static void log_in(struct cluster *cluster) {
    expect(cluster, PAGE "SEP1&userid=alice&seq=12345", "Login successful");
    sj_testkit_advance(cluster->kit, 1000);
    cluster->resets = 0;
}

static void the_profile(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"2002\"}");
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\","
        "\"lines\":[{\"directory_number\":\"2001\"},{\"directory_number\":\"2002\"}]}");
    sj_live_device *device = live(cluster, "SEP1");
    assert_int_equal(device->lines_count, 2);
    assert_int_equal(cluster->resets, 1);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESTART);
    const int64_t built_at = device->built_at;
    release(cluster, device);
    /* The state of Do Not Disturb comes from the phone itself: it need not be told. */
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"do_not_disturb\":true,"
        "\"lines\":[{\"directory_number\":\"2001\"},{\"directory_number\":\"2002\"}]}");
    device = live(cluster, "SEP1");
    assert_true(device->do_not_disturb);
    assert_true(device->built_at > built_at);
    assert_int_equal(cluster->resets, 1);
    release(cluster, device);
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco "
        "8851\",\"do_not_disturb\":true,\"user_locale\":\"German_Germany\","
        "\"lines\":[{\"directory_number\":\"2001\"},{\"directory_number\":\"2002\"}]}");
    release(cluster, live(cluster, "SEP1"));
    assert_int_equal(cluster->resets, 2);
    assert_int_equal(cluster->last_mode, SJ_DEVICE_RESET_MODE_RESET);
}

static void nothing_that_concerns_it(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    sj_live_device *device = live(cluster, "SEP1");
    const int64_t built_at = device->built_at;
    release(cluster, device);
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\",\"description\":\"of Alice\","
        "\"lines\":[{\"directory_number\":\"2001\"}]}");
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"bob-8851\",\"model\":\"Cisco 8851\",\"softkey_template\":\"X\"}");
    put(cluster, &sj_directory_number_meta, "{\"pattern\":\"2001\",\"description\":\"of Alice\"}");
    put_user(cluster, "alice", "\"alice-8851\"", ",\"telephone_number\":\"1\"");
    device = live(cluster, "SEP1");
    assert_int_equal(device->built_at, built_at);
    assert_int_equal(cluster->resets, 0);
    release(cluster, device);
}

/* Whichever allocation fails while a record changes: what waits to be made anew is, a minute later
 * at most, unless the log says that it is not. */
static void followed_when_memory_is_short(void **state) {
    struct cluster *cluster = *state;
    sj_error error;
    log_in(cluster);
    for (long n = 1; n <= 40; n++) {
        char display[24], json[160];
        (void)snprintf(display, sizeof display, "Alice %ld", n);
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"alice-8851\",\"model\":\"Cisco 8851\","
                       "\"lines\":[{\"directory_number\":\"2001\",\"display\":\"%s\"}]}",
                       display);
        sj_testkit_forget(cluster->kit);
        sj_testkit_fail_allocation(cluster->kit, n);
        const int status = sj_testkit_put(cluster->kit, &sj_device_profile_meta, json, &error);
        sj_testkit_advance(cluster->kit, 100);
        sj_testkit_fail_allocation(cluster->kit, 0);
        sj_testkit_advance(cluster->kit, 61000);
        if (status == SJ_OK && sj_testkit_find(cluster->kit, "log", "out of memory") == NULL) {
            sj_live_device *device = live(cluster, "SEP1");
            assert_string_equal(device->lines[0].display, display);
            release(cluster, device);
        }
    }
}

static void user_phone_number_and_services(void **state) {
    struct cluster *cluster = *state;
    log_in(cluster);
    put_user(cluster, "alice", "\"alice-8851\"", ",\"first_name\":\"Alice\"");
    put(cluster, &sj_calling_search_space_meta, "{\"name\":\"Line\"}");
    put(cluster, &sj_calling_search_space_meta, "{\"name\":\"Device\"}");
    put(cluster, &sj_directory_number_meta,
        "{\"pattern\":\"2001\",\"calling_search_space\":\"Line\"}");
    sj_live_device *device = live(cluster, "SEP1");
    assert_string_equal(device->user_display_name, "Alice X");
    assert_string_equal(device->calling_search_spaces[0], "Line");
    assert_string_equal(device->line_calling_search_spaces[0], "Line");
    assert_int_equal(cluster->resets, 0); /* the phone reads none of that */
    release(cluster, device);
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco "
        "8851\",\"enable_extension_mobility\":true,\"calling_search_space\":\"Device\","
        "\"expansion_modules\":[\"CKEM\"],\"lines\":[{\"directory_number\":\"2001\"}]}");
    device = live(cluster, "SEP1");
    assert_int_equal(device->calling_search_spaces_count, 2);
    assert_string_equal(device->calling_search_spaces[1], "Device");
    assert_string_equal(device->expansion_modules[0], "CKEM");
    assert_string_equal(device->user_id, "alice");
    assert_int_equal(cluster->resets, 1);
    release(cluster, device);
    put(cluster, &sj_phone_meta,
        "{\"name\":\"SEP1\",\"model\":\"Cisco "
        "8851\",\"enable_extension_mobility\":true,\"calling_search_space\":\"Line\","
        "\"expansion_modules\":[\"CKEM\"],\"lines\":[{\"directory_number\":\"2001\"}]}");
    device = live(cluster, "SEP1");
    assert_int_equal(device->calling_search_spaces_count, 2); /* one the line's, one the device's */
    assert_string_equal(device->calling_search_spaces[1], "Line");
    release(cluster, device);
    put(cluster, &sj_phone_service_meta,
        "{\"name\":\"News\",\"url\":\"http://x/\",\"enterprise_subscription\":true}");
    device = live(cluster, "SEP1");
    assert_int_equal(device->services_count, 1);
    assert_int_equal(cluster->resets, 2);
    release(cluster, device);
}

static void the_default_device_profile(void **state) {
    struct cluster *cluster = *state;
    put(cluster, &sj_device_profile_meta,
        "{\"name\":\"alice-8851\",\"model\":\"Cisco 7841\",\"softkey_template\":\"of a 7841\","
        "\"lines\":[{\"directory_number\":\"2001\"}]}");
    log_in(cluster);
    sj_live_device *device = live(cluster, "SEP1");
    assert_string_equal(device->softkey_template, "");
    release(cluster, device);
    put(cluster, &sj_default_device_profile_meta,
        "{\"model\":\"Cisco 8851\",\"protocol\":\"SIP\",\"softkey_template\":\"of an "
        "8851\",\"join_across_lines\":true}");
    device = live(cluster, "SEP1");
    assert_string_equal(device->softkey_template, "of an 8851");
    assert_true(device->join_across_lines);
    assert_int_equal(cluster->resets, 1);
    release(cluster, device);
    assert_int_equal(
        sj_default_device_profile_delete(sj_testkit_scope(cluster->kit), "Cisco 8851@SIP", NULL),
        SJ_OK);
    device = live(cluster, "SEP1");
    assert_string_equal(device->softkey_template, "");
    release(cluster, device);
}

static void a_profile_that_goes_leaves_the_session_as_it_is(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    log_in(cluster);
    assert_int_equal(sj_device_profile_delete(scope, "alice-8851", NULL), SJ_E_IN_USE);
    put_user(cluster, "alice", "\"bob-8851\"", "");
    assert_int_equal(sj_device_profile_delete(scope, "alice-8851", NULL), SJ_OK);
    sj_live_device *device = live(cluster, "SEP1");
    assert_int_equal(device->lines_count, 1);
    assert_int_equal(cluster->resets, 0);
    release(cluster, device);
    expect(cluster, PAGE "SEP1&doLogout=true", "Logout successful");
}

/* More changes than there is room for: all are looked at. */
static void very_many_changes_at_once(void **state) {
    struct cluster *cluster = *state;
    char json[200];
    log_in(cluster);
    for (int i = 0; i < 700; i++) {
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\",\"model\":\"Cisco 8851\"}", i);
        put(cluster, &sj_device_profile_meta, json);
    }
    put_user(cluster, "alice", "\"alice-8851\"", ",\"first_name\":\"Alice\"");
    for (int i = 700; i < 1400; i++) {
        (void)snprintf(json, sizeof json, "{\"name\":\"P%d\",\"model\":\"Cisco 8851\"}", i);
        put(cluster, &sj_device_profile_meta, json);
    }
    sj_live_device *device = live(cluster, "SEP1");
    assert_string_equal(device->user_display_name, "Alice X");
    release(cluster, device);
}

/* One change among very many does not wait for them. */
static void few_before_many(void **state) {
    struct cluster *cluster = *state;
    sj_scope *scope = sj_testkit_scope(cluster->kit);
    char json[300];
    log_in(cluster);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(
            json, sizeof json,
            "{\"name\":\"SEPA%d\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true,"
            "\"logout_profile\":\"bob-8851\"}",
            i);
        put(cluster, &sj_phone_meta, json);
    }
    sj_testkit_advance(cluster->kit, 30000);
    assert_int_equal(sj_live_device_count(scope, NULL, NULL), 1001);
    put(cluster, &sj_phone_service_meta,
        "{\"name\":\"News\",\"url\":\"http://x/\",\"enterprise_subscription\":true}");
    sj_testkit_advance(cluster->kit, 100);
    const sj_query have_it = {.field = "services", .value = "News"};
    assert_true(sj_live_device_count(scope, &have_it, NULL) < 500);
    put_user(cluster, "alice", "\"alice-8851\"", ",\"first_name\":\"Alice\"");
    sj_testkit_advance(cluster->kit, 100);
    sj_live_device *device = NULL;
    assert_int_equal(sj_live_device_get(scope, "SEP1", &device, NULL), SJ_OK);
    assert_string_equal(device->user_display_name, "Alice X");
    release(cluster, device);
    sj_testkit_advance(cluster->kit, 30000);
    assert_int_equal(sj_live_device_count(scope, &have_it, NULL), 1001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_that_concerns_it, setup, teardown),
        cmocka_unit_test_setup_teardown(user_phone_number_and_services, setup, teardown),
        cmocka_unit_test_setup_teardown(followed_when_memory_is_short, setup, teardown),
        cmocka_unit_test_setup_teardown(the_default_device_profile, setup, teardown),
        cmocka_unit_test_setup_teardown(a_profile_that_goes_leaves_the_session_as_it_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(very_many_changes_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(few_before_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
