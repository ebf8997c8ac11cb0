/* call.analyse: what the media of a call may be, and the bandwidth that it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "parameters/call_manager.h"
#include "parameters/emcc.h"
#include "resources/aar_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/location.h"
#include "resources/phone.h"
#include "resources/region.h"
#include "resources/sip_trunk.h"

static void holds(const char *part) {
    if (strstr(analysed.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, analysed.course);
    }
}

static void regions_and_locations(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_region_meta, "{\"name\":\"Here\"}");
    put(kit, &sj_region_meta, "{\"name\":\"There\"}");
    put(kit, &sj_region_relation_meta,
        "{\"region\":\"Here\",\"other_region\":\"There\",\"max_audio_bit_rate\":8}");
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"region\":\"Here\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Gateways\",\"region\":\"There\",\"location\":\"Rome\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"device_pool\":\"Gateways\",\"sip_trunk_security_profile\":"
        "\"UDP\",\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    ask_for(kit, ALICE, "91234");
    holds("note Gateway|>|regions Here and There: audio up to 8 kbps");
    holds("note Gateway|>|the Location Bandwidth Manager is asked for bandwidth from Hub_None to "
          "Rome");
    assert_string_equal(analysed.to[0].bandwidth, "Hub_None > Rome 8 kbps; else  through ");
    assert_string_equal(analysed.to[0].next_cluster, "");
}

/* A number of this cluster has a way around, as calls take it. */
static void too_little_bandwidth_for_a_number(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"location\":\"Rome\",\"aar_calling_search_space\":\"All\"}");
    put(kit, &sj_aar_group_meta, "{\"name\":\"Rome\",\"prefix_digits\":\"90039\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"aar_destination_mask\":\"0655XXXX\","
        "\"aar_group\":\"Rome\"}");
    assert_int_equal(sj_testkit_set_param(
                         kit, &sj_param_ccm_automated_alternate_routing_enable_meta, "true", NULL),
                     SJ_OK);
    ask(kit, &(sj_call_analyse){.device_name = ALICE, .digits = "1002", .phones_assumed = true});
    assert_string_equal(analysed.to[0].bandwidth,
                        "Rome > Rome 64 kbps; else 9003906551002 through All");
    assert_string_equal(analysed.around, "0 Gateway Gateway");
    both_register(kit);
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.to[0].bandwidth,
                        "Rome > Rome 64 kbps; else 9003906551002 through All");
    assert_string_equal(analysed.around, "0 Gateway Gateway");
    assert_string_equal(analysed.outcome, "phone");
    holds("0 forwarding 9003906551002|>|automated alternate routing, when there is too little");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"1006\",\"partition\":\"Internal\"}");
    put(kit, &sj_phone_meta, /* whose line has the mask that the number has not */
        "{\"name\":\"SEP001122334406\",\"model\":\"Cisco 7841\",\"lines\":[{\"directory_number\":"
        "\"1006@Internal\",\"external_phone_number_mask\":\"0677XXXX\"}]}");
    ask(kit, &(sj_call_analyse){.device_name = ALICE, .digits = "1006", .phones_assumed = true});
    assert_string_equal(analysed.to[0].bandwidth, "Rome > Rome 64 kbps; else 06771006 through All");
    assert_string_equal(analysed.around, "404"); /* nothing has that number */
}

/* A trunk that calls has a location of its own, as one that is called. */
static void a_trunk_that_calls(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse request = {.device_name = "Gateway", .digits = "1002"};
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"location\":\"Rome\","
        "\"destinations\":[{\"address\":\"192.0.2.90\"}]}");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "phone");
    assert_non_null(strstr(analysed.to[0].bandwidth, "Rome > Hub_None 64 kbps"));
    /* One in Shadow brings calls of the cluster that it leads to. */
    emcc_world(kit);
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"location\":\"Shadow\","
        "\"destinations\":[{\"address\":\"198.51.100.1\"}]}");
    ask(kit, &request);
    assert_non_null(strstr(analysed.to[0].bandwidth, "br/Shadow > Hub_None 64 kbps"));
}

/* Visitors' calls have the EMCC region's rate, whatever the regions are. */
static void visitors(void **state) {
    sj_testkit *kit = *state;
    const sj_call_analyse back = {
        .device_name = ALICE, .returned = true, .calling_number = "4001", .digits = "9999"};
    emcc_world(kit);
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"location\":\"Rome\"}");
    ask_for(kit, "SEP00AABBCCDD01", "1002");
    assert_string_equal(analysed.outcome, "phone");
    assert_string_equal(analysed.to[0].bandwidth, "Rome > Rome 8 kbps; else  through ");
    holds("note SEP001122334402|>|a visitor's call, in the EMCC region: audio up to 8 kbps, video "
          "up to 384 kbps");
    ask(kit, &(sj_call_analyse){
                 .device_name = "SEP001122334402", .digits = "1001", .phones_assumed = true});
    assert_string_equal(analysed.to[1].bandwidth, "Rome > Rome 8 kbps; else  through ");
    /* A call that comes back is one for help, and keeps codecs that are larger. */
    ask(kit, &back);
    assert_string_equal(analysed.to[0].bandwidth,
                        "Rome > Rome 64 kbps, never refused; else  through ");
    assert_int_equal(
        sj_testkit_set_param(kit, &sj_param_emcc_region_max_audio_bit_rate_meta, "256", NULL),
        SJ_OK);
    ask_for(kit, "SEP00AABBCCDD01", "1002");
    assert_string_equal(analysed.to[0].bandwidth, "Rome > Rome 64 kbps; else  through ");
}

/* What is refused while no Location Bandwidth Manager answers, wherever both ends are. */
static void nobody_keeps_count(void **state) {
    sj_testkit *kit = *state;
    register_phone(kit, bob, "SEP001122334402", "1002", 1, 3600);
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.to[0].lbm, "");
    assert_int_equal(sj_testkit_set_param(kit,
                                          &sj_param_ccm_call_treatment_when_no_lbm_available_meta,
                                          "reject_calls", NULL),
                     SJ_OK);
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.to[0].lbm, "Hub_None > Hub_None needs an absent one");
    emcc_world(kit);
    ask_for(kit, "SEP00AABBCCDD01", "9999"); /* what goes back takes nothing here */
    assert_string_equal(analysed.to[0].lbm, "");
}

/* Hunts go on without those to whom there is too little. */
static void hunts(void **state) {
    sj_testkit *kit = *state;
    static const char *const bob_and_dave[] = {"SEP001122334402", "SEP001122334404"};
    sj_call_analyse request = {
        .device_name = ALICE, .digits = "7000", .without_bandwidth = bob_and_dave};
    dave_registers(kit);
    both_register(kit);
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"distribution\":\"top_down\",\"members\":[\"1002@Internal\","
        "\"1004@Internal\"]}");
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales\",\"members\":[\"Sales\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales\"}");
    ask(kit, &request);
    assert_string_equal(analysed.destinations, "SEP001122334402 1002 ; ");
    request.without_bandwidth_count = 1;
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "hunt");
    assert_string_equal(analysed.destinations, "SEP001122334404 1004 ; ");
    holds("phone SEP001122334402|>|does not ring: there is too little bandwidth to it");
    request.without_bandwidth_count = 2;
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "refused");
    assert_int_equal(analysed.sip_status, 488);
    assert_int_equal(analysed.cause, 125);
    const sj_call_analyse over_trunk = {.device_name = "Gateway",
                                        .digits = "7000",
                                        .without_bandwidth = bob_and_dave,
                                        .without_bandwidth_count = 2};
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"calling_search_space\":\"Phones\",\"destinations\":[{"
        "\"address\":\"192.0.2.90\"}]}");
    ask(kit, &over_trunk);
    assert_int_equal(analysed.sip_status, 503);
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Sales\","
        "\"forward_busy_destination\":\"1001\",\"forward_busy_calling_search_space\":\"Phones\"}");
    ask(kit, &over_trunk);
    assert_string_equal(analysed.destinations, ALICE " 1001 ; ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(regions_and_locations, setup, teardown),
        cmocka_unit_test_setup_teardown(too_little_bandwidth_for_a_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trunk_that_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(visitors, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_keeps_count, setup, teardown),
        cmocka_unit_test_setup_teardown(hunts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
