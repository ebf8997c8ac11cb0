/* What `sojourn emcc check` says of travellers, and of the base devices and EMCC templates that
 * they need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "em_checked.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "parameters/extension_mobility.h"
#include "resources/certificates.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_configuration.h"
#include "resources/emcc_template.h"
#include "resources/end_user.h"
#include "resources/phone_security_profile.h"
#include "resources/phone_service.h"
#include "resources/session.h"

static void no_home_cluster(struct world *world) {
    put_alice(world, ",\"home_cluster\":false");
}
static void disabled(struct world *world) {
    put_alice(world, ",\"enabled\":false");
}
static void must_change(struct world *world) {
    put_alice(world, ",\"pin_change_required\":true");
}
static void no_pin(struct world *world) {
    world_put(world, HQ, &sj_end_user_meta,
              "{\"user_id\":\"alice\",\"last_name\":\"A\",\"enable_emcc\":true,\"controlled_"
              "profiles\":[\"alice-8851\"]}");
}
static void no_profile(struct world *world) {
    char json[256];
    (void)snprintf(
        json, sizeof json,
        "{\"user_id\":\"alice\",\"last_name\":\"A\",\"enable_emcc\":true,\"pin\":\"%s\"}",
        sj_testkit_hash(world->kits[HQ], "12345"));
    world_put(world, HQ, &sj_end_user_meta, json);
}
static void
nobody_travels(struct world *world) { /* then what they would need is no matter either */
    world_put(world, HQ, &sj_end_user_meta, "{\"user_id\":\"alice\",\"last_name\":\"A\"}");
    world_param(world, HQ, &sj_param_emcc_default_tftp_server_meta, "");
    assert_int_equal(sj_emcc_base_device_delete(sj_testkit_scope(world->kits[HQ]), "EMCC1", NULL),
                     SJ_OK);
    assert_int_equal(sj_emcc_base_device_delete(sj_testkit_scope(world->kits[HQ]), "EMCC2", NULL),
                     SJ_OK);
}
static void locked(struct world *world) {
    world_put(world, HQ, &sj_credential_state_meta,
              "{\"user_id\":\"alice\",\"kind\":\"pin\",\"locked_until\":\"" FAR "\"}");
}
static void pin_too_old(struct world *world) {
    world_param(world, HQ, &sj_param_enterprise_credential_expires_after_meta, "90");
    world_put(world, HQ, &sj_credential_state_meta,
              "{\"user_id\":\"alice\",\"kind\":\"pin\",\"changed_at\":\"2025-09-01T00:00:00Z\"}");
}
static void letters(struct world *world) {
    world_param(world, HQ, &sj_param_em_alphanumeric_user_id_meta, "false");
}
static void no_css(struct world *world) {
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-8851\",\"model\":\"Cisco "
              "8851\",\"lines\":[{\"directory_number\":\"1001\"}]}");
}
static void no_line(struct world *world) {
    world_put(world, HQ, &sj_device_profile_meta,
              "{\"name\":\"alice-8851\",\"model\":\"Cisco "
              "8851\",\"emcc_calling_search_space\":\"EMCC\"}");
}
static void not_subscribed(struct world *world) { /* neither her profile nor the phone of HQ */
    world_put(world, HQ, &sj_phone_service_meta, SERVICE(""));
}
static void secure_template(struct world *world) {
    world_put(world, HQ, &sj_phone_security_profile_meta,
              "{\"name\":\"Secure\",\"device_security_mode\":\"encrypted\"}");
    world_put(world, HQ, &sj_emcc_template_meta,
              "{\"name\":\"EMCC template\",\"phone_security_profile\":\"Secure\"}");
}
static void no_default_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_configuration_meta, "{\"default_template\":\"\"}");
}
static void lost_default_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_configuration_meta, "{\"default_template\":\"Gone\"}");
}
static void no_template(struct world *world) {
    world_put(world, HQ, &sj_emcc_base_device_meta, "{\"name\":\"EMCC2\",\"number\":2}");
}
static void all_taken(struct world *world) {
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC1\",\"number\":1,\"emcc_template\":\"EMCC "
              "template\",\"device_name\":\"SEPA\"}");
    world_put(world, HQ, &sj_emcc_base_device_meta,
              "{\"name\":\"EMCC2\",\"number\":2,\"emcc_template\":\"EMCC "
              "template\",\"device_name\":\"SEPB\"}");
}
static void too_many(struct world *world) {
    world_param(world, HQ, &sj_param_enterprise_max_phones_meta, "4");
}

#define SOLE " (alice)."

static const struct check_case cases[] = {
    {"home cluster off",
     no_home_cluster,
     HQ,
     false,
     {"Home Cluster is off, logins fail with 23: 1 traveller" SOLE}},
    {"disabled",
     disabled,
     HQ,
     true,
     {"note: The user is disabled, logins fail with 2: 1 traveller" SOLE}},
    {"no PIN", no_pin, HQ, false, {"No PIN is set, logins fail with 2: 1 traveller" SOLE}},
    {"no profile",
     no_profile,
     HQ,
     false,
     {"No device profile is associated, logins fail with 205: 1 traveller" SOLE}},
    {"nobody travels",
     nobody_travels,
     HQ,
     true,
     {"note: No user of this cluster has Enable Extension Mobility Cross Cluster: what travellers "
      "of this cluster need is not "
      "judged."}},
    {"locked",
     locked,
     HQ,
     true,
     {"note: The PIN is locked after wrong attempts, logins fail with 2 for a while: 1 "
      "traveller" SOLE}},
    {"must change",
     must_change,
     HQ,
     true,
     {"note: The PIN must be changed at the next login, which fails with 41 and offers the "
      "change: 1 traveller" SOLE}},
    {"PIN too old",
     pin_too_old,
     HQ,
     true,
     {"note: The PIN must be changed at the next login, which fails with 41 and offers the "
      "change: 1 traveller" SOLE}},
    {"letters",
     letters,
     HQ,
     true,
     {"note: Alphanumeric User ID is off and the user id has letters, it cannot be typed on phones "
      "here: 1 traveller" SOLE}},
    {"no EMCC CSS",
     no_css,
     HQ,
     false,
     {"The device profile has no Extension Mobility Cross Cluster CSS, calls reach no more than "
      "the line's own: 1 "
      "traveller" SOLE}},
    {"no line",
     no_line,
     HQ,
     false,
     {"The device profile has no line, the phone has no number: 1 traveller" SOLE}},
    {"no subscription",
     not_subscribed,
     HQ,
     false,
     {"The device profile is not subscribed to Extension Mobility, the user cannot log out: 1 "
      "traveller" SOLE,
      "Not subscribed to Extension Mobility, no login is offered: 1 phone (SEPHQ)."}},
    {"many travellers",
     many_travellers,
     HQ,
     false,
     {"No device profile is associated, logins fail with 205: 997 travellers (t0003, t0004, t0005 "
      "and 994 more).",
      "note: 2 EMCC base devices serve 1001 travellers; 2 are free now, further logins fail "
      "with 33."}},
    {"secure template",
     secure_template,
     HQ,
     false,
     {"The Device Security Profile Secure of EMCC template EMCC template is secure: logins from "
      "phones that are not fail with "
      "43."}},
    {"no default template",
     no_default_template,
     HQ,
     true,
     {"note: There is no default EMCC template: base devices inserted from now on have none. Run "
      "Update EMCC Devices (sojourn "
      "emcc update TEMPLATE)."}},
    {"lost default template",
     lost_default_template,
     HQ,
     false,
     {"The default EMCC template Gone does not exist."}},
    {"no template",
     no_template,
     HQ,
     false,
     {"No EMCC template, logins on it fail with 6: 1 base device (EMCC2)."}},
    {"all taken",
     all_taken,
     HQ,
     false,
     {"All 2 EMCC base devices are in use: the next login fails with 33."}},
    {"capacity",
     too_many,
     HQ,
     false,
     {"Phones (1) and 2 x 2 EMCC base devices make 5, more than Maximum Number of Phones (4): no "
      "more can be inserted."}},
};

static void each_thing_has_its_sentence(void **state) {
    (void)state;
    expect_each(cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_has_its_sentence),
    };
    return cmocka_run_group_tests_name("emcc check: travellers", tests, NULL, NULL);
}
