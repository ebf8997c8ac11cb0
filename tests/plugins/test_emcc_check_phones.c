/* What `sojourn emcc check` says of the phones of a cluster, on which visitors log in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/call_manager.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"

static void auto_registration(struct world *world) {
    world_param(world, HQ, &sj_param_ccm_auto_registration_meta, "true");
}
static void no_place(struct world *world) {
    world_put(world, BR, &sj_device_pool_meta,
              "{\"name\":\"Nowhere\",\"local_route_group\":\"Gateways\"}");
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPNOWHERE\",\"model\":\"Cisco "
              "8851\",\"device_pool\":\"Nowhere\",\"enable_extension_mobility\":true}");
}
static void no_local_gateway(struct world *world) {
    world_put(world, BR, &sj_device_pool_meta, "{\"name\":\"Leeds\",\"geolocation\":\"Office\"}");
}
static void no_login_offered(struct world *world) {
    world_put(world, BR, &sj_phone_service_meta, SERVICE(""));
}
static void old_model(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPOLD\",\"model\":\"Cisco 7940\",\"enable_extension_mobility\":true}");
}
static void old_models_only(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco "
              "7940\",\"device_pool\":\"Leeds\",\"enable_extension_mobility\":true}");
}
static void model_without_services(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"SEPSIP\",\"model\":\"Third-party SIP Device "
              "(Basic)\",\"enable_extension_mobility\":true}");
}
#define SUBSCRIBED(more) DESK(",\"services\":[\"EM\"]" more)
static void log_out_profile(struct world *world) { /* the phone is subscribed, the profile is not */
    world_put(world, BR, &sj_phone_service_meta, SERVICE(""));
    world_put(world, BR, &sj_device_profile_meta,
              "{\"name\":\"Bruce\",\"model\":\"Cisco 8851\",\"emcc_calling_search_space\":\"From "
              "home\",\"services\":[\"EM\"],"
              "\"lines\":[{\"directory_number\":\"2001\"}]}");
    world_put(world, BR, &sj_device_profile_meta, "{\"name\":\"Idle\",\"model\":\"Cisco 8851\"}");
    world_put(world, BR, &sj_phone_meta, SUBSCRIBED(",\"logout_profile\":\"Idle\""));
}
static void subscribed_log_out_profile(struct world *world) { /* the other way round */
    log_out_profile(world);
    world_put(world, BR, &sj_device_profile_meta,
              "{\"name\":\"Idle\",\"model\":\"Cisco 8851\",\"services\":[\"EM\"]}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"logout_profile\":\"Idle\""));
}
static void no_phones(struct world *world) {
    world_put(world, BR, &sj_phone_meta,
              "{\"name\":\"" PHONE "\",\"model\":\"Cisco 8851\",\"device_pool\":\"Leeds\"}");
}
static void digest_phone(struct world *world) {
    world_put(world, BR, &sj_phone_security_profile_meta,
              "{\"name\":\"Digest\",\"digest_authentication\":true}");
    world_put(world, BR, &sj_phone_meta, DESK(",\"phone_security_profile\":\"Digest\""));
}

static const struct check_case cases[] = {
    {"auto-registration",
     auto_registration,
     HQ,
     false,
     {"Auto-registration is on: a traveller's phone that registers here becomes one of this "
      "cluster's, and its next login across "
      "clusters fails with 37."}},
    {"phone without place",
     no_place,
     BR,
     false,
     {"No geolocation, by itself, its device pool or the enterprise, no roaming device pool can be "
      "chosen at home: 1 phone "
      "(SEPNOWHERE)."}},
    {"no local route group",
     no_local_gateway,
     BR,
     false,
     {"The device pool has no Standard Local Route Group, emergency calls that come back fail: 1 "
      "phone (" PHONE ")."}},
    {"no login offered",
     no_login_offered,
     BR,
     false,
     {"The device profile is not subscribed to Extension Mobility, the user cannot log out: 1 "
      "traveller (bruce).",
      "Not subscribed to Extension Mobility, no login is offered: 1 phone (" PHONE ")."}},
    {"model without EMCC",
     old_model,
     BR,
     true,
     {"note: The model does not support EMCC, travellers' logins fail with 213: 1 phone "
      "(SEPOLD)."}},
    {"models without EMCC only",
     old_models_only,
     BR,
     false,
     {"The model does not support EMCC, travellers' logins fail with 213: 1 phone (" PHONE ")."}},
    {"model without services",
     model_without_services,
     BR,
     false,
     {"The model shows no phone services, no login is offered: 1 phone (SEPSIP)."}},
    {"log-out profile without the service",
     log_out_profile,
     BR,
     false,
     {"The logout profile is not subscribed to Extension Mobility, no login is offered: 1 phone "
      "(" PHONE ")."}},
    {"log-out profile with the service", subscribed_log_out_profile, BR, true, {NULL}},
    {"no phones",
     no_phones,
     BR,
     true,
     {"note: No phone has Enable Extension Mobility: no user can log in on phones of this "
      "cluster."}},
    {"digest credentials",
     digest_phone,
     BR,
     true,
     {"note: The phone security profile asks for digest credentials, which no phone's file holds: "
      "the phone registers only "
      "when "
      "they are entered at it: 1 phone (" PHONE ")."}},
};

static void each_thing_has_its_sentence(void **state) {
    (void)state;
    expect_each(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check: phones", tests, NULL, NULL);
}
