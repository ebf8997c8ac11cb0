/* Where a traveller's phone stands: whose geolocation counts at the visiting side, and whose filter
 * at home. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_world.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/geolocation_filter.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

#define GEOLOCATION(name, country, town)                                                           \
    "{\"name\":\"" name "\",\"address\":{\"country\":\"" country "\",\"community_name\":\"" town   \
    "\"}}"
#define PHONE_WITH(more)                                                                           \
    "{\"name\":\"" PHONE "\",\"model\":\"Cisco 8851\",\"enable_extension_mobility\":true" more "}"

/* The roaming device pool that HQ chooses for alice's login at BR. */
static void assert_roams_in(struct world *world, const char *pool) {
    sj_scope *hq = sj_testkit_scope(world->kits[HQ]);
    sj_session *session = NULL;
    assert_true(world_login(world));
    assert_int_equal(sj_session_get(hq, PHONE, &session, NULL), SJ_OK);
    assert_string_equal(session->roaming_device_pool, pool);
    sj_record_free(hq, session);
    assert_true(world_logout(world, BR));
    world_advance(world, 1000);
}

static void the_phone_then_its_pool_then_the_enterprise(void **state) {
    struct world *world = *state;
    static const char *const places[] = {GEOLOCATION("Paris", "FR", "Paris"),
                                         GEOLOCATION("Bonn", "DE", "Bonn"),
                                         GEOLOCATION("Rome", "IT", "Rome")};
    static const char *const pools[] = {"{\"name\":\"Visitors FR\",\"geolocation\":\"Paris\"}",
                                        "{\"name\":\"Visitors DE\",\"geolocation\":\"Bonn\"}",
                                        "{\"name\":\"Visitors IT\",\"geolocation\":\"Rome\"}"};
    for (size_t i = 0; i < 3; i++) {
        world_put(world, HQ, &sj_geolocation_meta, places[i]);
        world_put(world, HQ, &sj_device_pool_meta, pools[i]);
        world_put(world, BR, &sj_geolocation_meta, places[i]);
    }
    world_put(world, BR, &sj_device_pool_meta,
              "{\"name\":\"In Germany\",\"geolocation\":\"Bonn\"}");
    world_put(world, BR, &sj_device_pool_meta, "{\"name\":\"Nowhere\"}");
    world_param(world, BR, &sj_param_enterprise_default_geolocation_meta, "Rome");
    world_put(world, BR, &sj_phone_meta,
              PHONE_WITH(",\"device_pool\":\"In Germany\",\"geolocation\":\"Paris\""));
    assert_roams_in(world, "Visitors FR");
    world_put(world, BR, &sj_phone_meta, PHONE_WITH(",\"device_pool\":\"In Germany\""));
    assert_roams_in(world, "Visitors DE");
    world_put(world, BR, &sj_phone_meta, PHONE_WITH(",\"device_pool\":\"Nowhere\""));
    assert_roams_in(world, "Visitors IT");
    world_param(world, BR, &sj_param_enterprise_default_geolocation_meta, "");
    assert_roams_in(world, "");
}

/* The phone stands in Leeds, GB. Which of the two British pools fits, if any, is what the filter
 * says. */
static void the_remote_clusters_filter_then_the_features_then_the_enterprises(void **state) {
    struct world *world = *state;
    world_put(world, HQ, &sj_geolocation_meta, GEOLOCATION("Leeds", "GB", "Leeds"));
    world_put(world, HQ, &sj_device_pool_meta,
              "{\"name\":\"Visitors in Leeds\",\"geolocation\":\"Leeds\"}");
    world_put(world, HQ, &sj_geolocation_filter_meta,
              "{\"name\":\"Town\",\"use_country\":true,\"use_community_name\":true}");
    world_put(world, HQ, &sj_geolocation_filter_meta,
              "{\"name\":\"Street\",\"use_house_number\":true}");
    assert_roams_in(world, "UK visitors"); /* the feature's: by country, and the first name wins */
    world_param(world, HQ, &sj_param_enterprise_default_geolocation_filter_meta, "Town");
    assert_roams_in(world, "UK visitors");
    world_param(world, HQ, &sj_param_emcc_geolocation_filter_meta, "");
    assert_roams_in(world, "Visitors in Leeds");
    world_put(world, HQ, &sj_remote_cluster_meta,
              "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"127.0.0.2\",\"emcc\":true,\"pstn_"
              "access\":true,"
              "\"geolocation_filter\":\"Country\"}");
    assert_roams_in(world, "UK visitors");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_phone_then_its_pool_then_the_enterprise, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            the_remote_clusters_filter_then_the_features_then_the_enterprises, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
