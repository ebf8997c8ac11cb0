/* A traveller's live device at home follows its EMCC template, roaming device pool and profile, and
 * keeps what its cluster said of the phone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "events/device.h"
#include "resources/calling_search_space.h"
#include "resources/common_phone_profile.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/session.h"

static sj_live_device *live(struct world *world, int cluster) {
    sj_live_device *device = NULL;
    world_advance(world, 1000);
    (void)sj_live_device_get(sj_testkit_scope(world->kits[cluster]), PHONE, &device, NULL);
    return device;
}

static void expect_phone(const sj_live_device *device) {
    assert_non_null(device);
    assert_true(device->emcc);
    assert_string_equal(device->name, PHONE);
    assert_string_equal(device->model, "Cisco 8851");
    assert_int_equal(device->expansion_modules_count, 1);
    assert_string_equal(device->expansion_modules[0], "8800 Key Expansion Module");
    assert_non_null(strstr(device->logout_url, "doLogout=true"));
    assert_string_equal(device->geolocation.community_name, "Leeds");
    assert_string_equal(device->visiting_cluster_id, "BR");
    assert_string_equal(device->base_device, "EMCC1");
}

static void the_template_itself(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    assert_true(world_login(world));
    sj_live_device *device = live(world, HQ);
    expect_phone(device);
    assert_string_equal(device->emcc_template, "EMCC template");
    sj_record_free(hq, device);
    const size_t resets = world->resets[HQ];
    world_put(world, HQ, &sj_common_phone_profile_meta, "{\"name\":\"Visitors\"}");
    world_put(world, HQ, &sj_emcc_template_meta,
              "{\"name\":\"EMCC template\",\"common_phone_profile\":\"Visitors\"}");
    device = live(world, HQ);
    expect_phone(device);
    assert_string_equal(device->common_phone_profile, "Visitors");
    assert_int_equal(world->resets[HQ], resets + 1);
    sj_record_free(hq, device);
    assert_null(world_disagreement(world));
}

static void another_template_by_a_job(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    assert_true(world_login(world));
    const size_t resets = world->resets[HQ];
    world_put(world, HQ, &sj_common_phone_profile_meta, "{\"name\":\"Visitors\"}");
    world_put(world, HQ, &sj_emcc_template_meta,
              "{\"name\":\"New\",\"common_phone_profile\":\"Visitors\"}");
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC1\",\"number\":1,\"emcc_template\":\"New\",\"device_name\":\"" PHONE
              "\"}");
    sj_live_device *device = live(world, HQ);
    expect_phone(device);
    assert_string_equal(device->common_phone_profile, "Visitors");
    assert_string_equal(device->emcc_template, "New");
    assert_int_equal(world->resets[HQ], resets); /* Don't Reset */
    sj_record_free(hq, device);
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC1\",\"number\":1,\"emcc_template\":\"EMCC "
              "template\",\"device_name\":\"" PHONE "\",\"reset\":true}");
    device = live(world, HQ);
    assert_string_equal(device->common_phone_profile, "Standard Common Phone Profile");
    assert_int_equal(world->resets[HQ], resets + 1);
    sj_record_free(hq, device);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
    assert_null(world_disagreement(world));
}

static void pool_profile_and_rights(void **state) {
    struct world *world = *state;
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    assert_true(world_login(world));
    const size_t resets = world->resets[HQ];
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"Other adjunct\"}");
    world_put(world, HQ, &sj_calling_search_space_meta, "{\"name\":\"Other EMCC\"}");
    world_put(world, HQ, &sj_device_pool_meta,
              "{\"name\":\"UK "
              "visitors\",\"geolocation\":\"London\",\"adjunct_calling_search_space\":\"Other "
              "adjunct\"}");
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-8851\",\"model\":\"Cisco "
              "8851\",\"emcc_calling_search_space\":\"Other EMCC\","
              "\"lines\":[{\"directory_number\":\"1001\",\"display\":\"Alice\"}]}");
    sj_live_device *device = live(world, HQ);
    expect_phone(device);
    assert_string_equal(device->adjunct_calling_search_space, "Other adjunct");
    assert_int_equal(device->calling_search_spaces_count, 3);
    assert_string_equal(device->calling_search_spaces[0], "Other adjunct");
    assert_string_equal(device->calling_search_spaces[1], "Line");
    assert_string_equal(device->calling_search_spaces[2], "Other EMCC");
    assert_int_equal(world->resets[HQ], resets); /* the phone knows nothing of its rights */
    sj_record_free(hq, device);
}

/* A phone with a log-out profile is lent, comes back by itself, and runs it again. */
static void a_lent_phone_has_its_log_out_profile_back(void **state) {
    struct world *world = *state;
    sj_scope *br = sj_testkit_scope(world->kits[BR]);
    sj_phone *phone = NULL;
    world_put(world, BR, &sj_device_profile_meta, "{\"name\":\"lobby\",\"model\":\"Cisco 8851\"}");
    assert_int_equal(sj_phone_get(br, PHONE, &phone, NULL), SJ_OK);
    phone->logout_profile = "lobby";
    assert_int_equal(sj_phone_put(br, phone, SJ_PUT_ANY, NULL), SJ_OK);
    sj_record_free(br, phone);
    sj_live_device *device = live(world, BR);
    assert_non_null(device);
    assert_true(device->log_out_profile);
    sj_record_free(br, device);
    assert_true(world_login(world));
    assert_null(world_disagreement(world));
    world_advance(world, 30000);
    const sj_device_registered event = {.device_name = PHONE, .live = true};
    sj_publish_device_registered(br, sj_device_registered_topic(br, NULL), &event);
    world_advance(world, 5000);
    assert_int_equal(world_sessions(world, BR), 0);
    assert_int_equal(world_sessions(world, HQ), 0);
    device = live(world, BR);
    assert_non_null(device);
    assert_true(device->log_out_profile);
    sj_record_free(br, device);
    assert_null(world_disagreement(world));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_template_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(another_template_by_a_job, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_profile_and_rights, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lent_phone_has_its_log_out_profile_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
