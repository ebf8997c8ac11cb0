/* The overlay: what a phone becomes, rule by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/overlay.h"

static const sj_end_user alice = {.user_id = "alice",
                                  .first_name = "Alice",
                                  .last_name = "Adams",
                                  .user_locale = "German_Germany"};

static void visiting_hardware_survives(void **state) {
    const char *const modules[] = {"8800 Key Expansion Module"}, *const profile_modules[] = {
                                                                     "7916"};
    const char *const services[] = {"EM", "Weather"}, *const enterprise[] = {"Weather",
                                                                             "Directory"};
    const char *const spaces[] = {"Adjunct", "Line"}, *const line_spaces[] = {"Line"};
    const sj_device_line lines[] = {{.directory_number = "1001", .display = "Alice"}};
    const sj_device_profile profile = {.name = "alice",
                                       .model = "Cisco 7962",
                                       .softkey_template = "of another model",
                                       .expansion_modules = profile_modules,
                                       .expansion_modules_count = 1,
                                       .services = services,
                                       .services_count = 2,
                                       .lines = lines,
                                       .lines_count = 1};
    const sj_emcc_template base = {.device_pool = "Template pool",
                                   .sip_profile = "SIP",
                                   .common_phone_profile = "CPP",
                                   .phone_security_profile = "NS"};
    const struct em_visiting_phone visiting = {.cluster_id = "BR",
                                               .device_name = "SEP1",
                                               .model = "Cisco 8851",
                                               .user_locale = "French_France",
                                               .logout_url = "http://br/logout",
                                               .expansion_modules = modules,
                                               .expansion_modules_count = 1};
    struct em_overlay_input input = {.visiting = &visiting,
                                     .emcc_template = &base,
                                     .base_device = "EMCC1",
                                     .roaming_device_pool = "UK visitors",
                                     .adjunct_calling_search_space = "Adjunct",
                                     .profile = &profile,
                                     .user = &alice,
                                     .calling_search_spaces = spaces,
                                     .calling_search_spaces_count = 2,
                                     .model_shows_services = true,
                                     .line_calling_search_spaces = line_spaces,
                                     .enterprise_services = enterprise,
                                     .enterprise_services_count = 2,
                                     .now = 42};
    struct em_overlay overlay;
    (void)state;
    em_overlay_compose(&input, &overlay);
    const sj_live_device *device = &overlay.device;
    assert_true(device->emcc);
    assert_string_equal(device->name, "SEP1");
    assert_string_equal(device->model, "Cisco 8851");
    assert_string_equal(device->device_pool, "UK visitors");
    assert_string_equal(device->expansion_modules[0], "8800 Key Expansion Module"); /* CSCvn19301 */
    assert_string_equal(device->load_information, "");
    assert_string_equal(device->softkey_template, ""); /* the profile was made for another model */
    assert_string_equal(device->user_locale, "German_Germany");
    assert_string_equal(device->user_display_name, "Alice Adams");
    assert_int_equal(device->services_count, 3);
    assert_string_equal(device->services[2], "Directory");
    assert_string_equal(device->lines[0].display, "Alice");
    assert_string_equal(device->logout_url, "http://br/logout");
    assert_int_equal(device->built_at, 42);
    input.roaming_device_pool = "";
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.device_pool, "Template pool");
}

static void local_overlay_keeps_the_phone(void **state) {
    const char *const modules[] = {"CKEM"};
    const sj_phone phone = {.name = "SEP1",
                            .model = "Cisco 8851",
                            .device_pool = "Own",
                            .load_information = "sip88xx",
                            .softkey_template = "phone's",
                            .user_locale = "French_France",
                            .expansion_modules = modules,
                            .expansion_modules_count = 1};
    const sj_device_profile profile = {.name = "alice",
                                       .model = "Cisco 8851",
                                       .softkey_template = "profile's",
                                       .user_locale = "Italian_Italy"};
    const struct em_overlay_input input = {.phone = &phone, .profile = &profile, .user = &alice};
    struct em_overlay overlay;
    (void)state;
    em_overlay_compose(&input, &overlay);
    assert_false(overlay.device.emcc);
    assert_string_equal(overlay.device.device_pool, "Own");
    assert_string_equal(overlay.device.load_information, "sip88xx");
    assert_string_equal(overlay.device.softkey_template, "profile's");
    assert_string_equal(overlay.device.user_locale, "Italian_Italy");
    assert_int_equal(overlay.device.expansion_modules_count, 1);
}

/* ---- profiles made for this phone and for others ---- */

static const char *const weather[] = {"Weather"}, *const directory[] = {"Directory"};
static const char *const ckem[] = {"CKEM"}, *const bekem[] = {"BEKEM"};

static const sj_phone desk = {.name = "SEP1",
                              .model = "Cisco 8851",
                              .softkey_template = "phone's",
                              .phone_button_template = "phone's buttons",
                              .always_use_prime_line = true,
                              .mlpp_domain = "1",
                              .do_not_disturb = true,
                              .digest_user = "desk"};
static const sj_device_profile made_for_8851 = {.name = "alice",
                                                .model = "Cisco 8851",
                                                .phone_button_template = "profile's buttons",
                                                .join_across_lines = true,
                                                .single_button_barge =
                                                    SJ_SINGLE_BUTTON_BARGE_CBARGE,
                                                .hold_music_source = "Jazz",
                                                .mlpp_domain = "2",
                                                .services = weather,
                                                .services_count = 1,
                                                .expansion_modules = ckem,
                                                .expansion_modules_count = 1};
static const sj_default_device_profile default_8851 = {.model = "Cisco 8851",
                                                       .softkey_template = "default's",
                                                       .privacy = true,
                                                       .mlpp_domain = "3",
                                                       .mlpp_preemption =
                                                           SJ_MLPP_PREEMPTION_FORCEFUL,
                                                       .services = directory,
                                                       .services_count = 1,
                                                       .expansion_modules = bekem,
                                                       .expansion_modules_count = 1};

static void the_same_model_is_taken_whole(void **state) {
    const struct em_overlay_input input = {.phone = &desk,
                                           .profile = &made_for_8851,
                                           .default_profile = &default_8851,
                                           .user = &alice};
    struct em_overlay overlay;
    const sj_live_device *device = &overlay.device;
    (void)state;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(device->softkey_template, ""); /* that is what the profile says */
    assert_string_equal(device->phone_button_template, "profile's buttons");
    assert_false(device->always_use_prime_line);
    assert_true(device->join_across_lines);
    assert_int_equal(device->single_button_barge, SJ_SINGLE_BUTTON_BARGE_CBARGE);
    assert_string_equal(device->mlpp_domain, "2");
    assert_string_equal(device->hold_music_source, "Jazz");
    assert_int_equal(device->services_count, 1);
    assert_string_equal(device->services[0], "Weather");
    assert_string_equal(device->expansion_modules[0],
                        "CKEM");          /* the phone says nothing of its own */
    assert_false(device->do_not_disturb); /* the profile's, not the phone's */
    assert_string_equal(device->digest_user, "desk");
}

static void another_model_takes_the_default(void **state) {
    sj_device_profile profile = made_for_8851;
    struct em_overlay_input input = {.phone = &desk,
                                     .profile = &profile,
                                     .default_profile = &default_8851,
                                     .user = &alice,
                                     .model_shows_services = true};
    struct em_overlay overlay;
    const sj_live_device *device = &overlay.device;
    (void)state;
    profile.model = "Cisco 7841";
    em_overlay_compose(&input, &overlay);
    assert_string_equal(device->softkey_template, "default's");
    assert_string_equal(device->phone_button_template,
                        "phone's buttons"); /* the default says nothing */
    assert_true(device->privacy);
    assert_false(device->join_across_lines);
    assert_false(device->always_use_prime_line);
    assert_string_equal(device->mlpp_domain, "3");
    assert_int_equal(device->mlpp_preemption, SJ_MLPP_PREEMPTION_FORCEFUL);
    assert_string_equal(device->expansion_modules[0], "BEKEM");
    assert_string_equal(device->hold_music_source, "Jazz"); /* still the user's */
    assert_string_equal(device->user_locale, "German_Germany");
    assert_string_equal(device->services[0], "Weather");
    assert_int_equal(device->services_count, 1);

    input.model_shows_services = false;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.services[0], "Directory");
    input.model_shows_services = true;
    profile.services_count = 0;
    em_overlay_compose(&input, &overlay);
    assert_int_equal(overlay.device.services_count, 1);
    assert_string_equal(overlay.device.services[0], "Directory");
}

static void another_protocol_is_another_kind(void **state) {
    sj_device_profile profile = made_for_8851;
    const struct em_overlay_input input = {
        .phone = &desk, .profile = &profile, .default_profile = &default_8851, .user = &alice};
    struct em_overlay overlay;
    (void)state;
    profile.protocol = SJ_DEVICE_PROTOCOL_SCCP;
    em_overlay_compose(&input, &overlay);
    assert_int_equal(overlay.device.protocol, SJ_DEVICE_PROTOCOL_SIP);
    assert_string_equal(overlay.device.softkey_template, "default's");
}

static void without_a_default_the_phone_keeps_its_own(void **state) {
    sj_device_profile profile = made_for_8851;
    const struct em_overlay_input input = {.phone = &desk, .profile = &profile, .user = &alice};
    struct em_overlay overlay;
    (void)state;
    profile.model = "Cisco 7841";
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.softkey_template, "phone's");
    assert_string_equal(overlay.device.phone_button_template, "phone's buttons");
    assert_true(overlay.device.always_use_prime_line);
    assert_string_equal(overlay.device.mlpp_domain, "1");
    assert_int_equal(overlay.device.expansion_modules_count, 0);
    assert_int_equal(overlay.device.services_count, 0); /* the model shows none */
}

static void modules_of_the_phone_survive(void **state) {
    sj_phone phone = desk;
    const struct em_overlay_input input = {.phone = &phone,
                                           .profile = &made_for_8851,
                                           .default_profile = &default_8851,
                                           .user = &alice};
    struct em_overlay overlay;
    (void)state;
    phone.expansion_modules = bekem;
    phone.expansion_modules_count = 1;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.expansion_modules[0], "BEKEM"); /* CSCvn19301 */
}

static void a_visitor_takes_the_default_too(void **state) {
    const sj_emcc_template base = {.name = "T", .device_pool = "Pool"};
    const sj_civic_address leeds = {.country = "GB"};
    const struct em_visiting_phone visiting = {.cluster_id = "BR",
                                               .device_name = "SEP9",
                                               .model = "Cisco 7841",
                                               .user_locale = "French_France",
                                               .geolocation = &leeds};
    struct em_overlay_input input = {.visiting = &visiting,
                                     .emcc_template = &base,
                                     .base_device = "EMCC1",
                                     .profile = &made_for_8851,
                                     .default_profile = &default_8851,
                                     .user = &alice};
    struct em_overlay overlay;
    (void)state;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.softkey_template, "default's");
    assert_string_equal(overlay.device.digest_user, "alice");
    assert_string_equal(overlay.device.emcc_template, "T");
    assert_string_equal(overlay.device.phone_user_locale,
                        "French_France"); /* for the next time it is composed */
    assert_string_equal(overlay.device.geolocation.country, "GB");
    input.default_profile = NULL;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.softkey_template, "");
    assert_true(overlay.device.join_across_lines); /* nothing is known of the phone's own */
}

/* ---- no user is logged in ---- */

static void log_out_profile_with_and_without_user(void **state) {
    struct em_overlay_input input = {
        .phone = &desk, .log_out_profile = true, .profile = &made_for_8851};
    struct em_overlay overlay;
    (void)state;
    em_overlay_compose(&input, &overlay);
    assert_true(overlay.device.log_out_profile);
    assert_string_equal(overlay.device.user_id, "");
    assert_string_equal(overlay.device.user_display_name, "");
    assert_string_equal(overlay.device.digest_user, "desk");
    assert_true(
        overlay.device.do_not_disturb); /* the phone's own: the profile may be that of many */
    assert_true(overlay.device.join_across_lines);
    input.user = &alice;
    em_overlay_compose(&input, &overlay);
    assert_string_equal(overlay.device.user_id, "alice");
    assert_string_equal(overlay.device.user_display_name, "Alice Adams");
    assert_string_equal(overlay.device.digest_user, "alice");
    assert_string_equal(overlay.device.user_locale, "German_Germany");
}

static void what_no_phone_reads(void **state) {
    const char *const space[] = {"Line"};
    sj_live_device before = {.name = "SEP1", .softkey_template = "A", .built_at = 1};
    sj_live_device after = before;
    (void)state;
    after.built_at = 2;
    after.do_not_disturb = true;
    after.user_display_name = "Alice";
    after.calling_search_spaces = space;
    after.calling_search_spaces_count = 1;
    after.softkey_template = "B";
    const sj_live_device compared = em_overlay_inside_as(&after, &before);
    assert_int_equal(compared.built_at, 1);
    assert_false(compared.do_not_disturb);
    assert_int_equal(compared.calling_search_spaces_count, 0);
    assert_null(compared.user_display_name);
    assert_string_equal(compared.softkey_template, "B");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(visiting_hardware_survives),
                                       cmocka_unit_test(local_overlay_keeps_the_phone),
                                       cmocka_unit_test(the_same_model_is_taken_whole),
                                       cmocka_unit_test(another_model_takes_the_default),
                                       cmocka_unit_test(another_protocol_is_another_kind),
                                       cmocka_unit_test(without_a_default_the_phone_keeps_its_own),
                                       cmocka_unit_test(modules_of_the_phone_survive),
                                       cmocka_unit_test(a_visitor_takes_the_default_too),
                                       cmocka_unit_test(log_out_profile_with_and_without_user),
                                       cmocka_unit_test(what_no_phone_reads)};
    return cmocka_run_group_tests_name("Overlay", tests, NULL, NULL);
}
