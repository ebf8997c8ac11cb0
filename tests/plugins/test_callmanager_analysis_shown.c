/* Whom call.analyse says the caller's number is withheld from, beside what calls send: by all that
 * a call has come by, over numbers that forward it, hunt pilots and ways over the PSTN. */
#include "uri_world.h"

#include "analysis_kit.h"
#include "parameters/call_manager.h"
#include "resources/device_pool.h"
#include "resources/hunt.h"
#include "resources/location.h"

static const char withheld[] = "the caller's number is withheld from it";

static const char *answer_of(sj_testkit *kit, const char *address, int status) {
    static char sent[DIALOG];
    (void)snprintf(sent, sizeof sent, "%s", expect(kit, address, "INVITE"));
    answer(kit, address, sent, status, "");
    return sent;
}

/* The gateway is called, and shown as much as the analysis says. */
static void gateway_is_shown(sj_testkit *kit, const char *digits, bool shown) {
    char uri[80];
    ask_for(kit, ALICE, digits);
    assert_string_equal(analysed.to[0].text, shown ? "" : withheld);
    sj_testkit_forget(kit);
    (void)snprintf(uri, sizeof uri, "sip:%s@x", digits);
    alice_calls(kit, uri);
    const char *sent = answer_of(kit, gateway, 486);
    assert_int_equal(strstr(sent, "Privacy: id") == NULL, shown);
    assert_int_equal(strstr(header(sent, "From"), "anonymous") == NULL, shown);
}

static void withhold_by_a_prefix(sj_testkit *kit) {
    put(kit, &sj_translation_pattern_meta,
        "{\"pattern\":\"*67.!\",\"partition\":\"Internal\",\"discard_digits\":\"pre_dot\","
        "\"use_originator_calling_search_space\":true,\"calling_line_id_presentation\":"
        "\"restricted\"}");
}

static void over_numbers_that_forward(void **state) {
    sj_testkit *kit = *state;
    withhold_by_a_prefix(kit);
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1005\",\"partition\":\"Internal\",\"forward_all_destination\":\"91234\","
        "\"forward_all_calling_search_space\":\"All\"}");
    gateway_is_shown(kit, "1005", true);
    gateway_is_shown(kit, "*671005", false);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"91234\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"calling_line_id_presentation\":\"allowed\"}");
    gateway_is_shown(kit, "*671005", true); /* what is said last counts */
}

static void over_hunt_pilots(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_line_group_meta, "{\"name\":\"Nobody\"}");
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Nobody\",\"members\":[\"Nobody\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"7000\",\"partition\":\"Internal\",\"hunt_list\":\"Nobody\","
        "\"forward_busy_destination\":\"91234\",\"forward_busy_calling_search_space\":\"All\","
        "\"calling_line_id_presentation\":\"restricted\"}");
    gateway_is_shown(kit, "7000", false);
}

/* The way to another cluster says it, and the one over the PSTN keeps it. */
static void over_the_pstn(void **state) {
    sj_testkit *kit = *state;
    answer_lookups(kit);
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"b.example\",\"partition\":\"Internal\",\"sip_trunk\":\"To-B\","
        "\"calling_line_id_presentation\":\"restricted\"}");
    ask_for(kit, ALICE, "54001");
    assert_string_equal(analysed.destinations, "To-B 54001 ; Gateway 4001 ; Gateway 4001 ; ");
    assert_string_equal(analysed.to[0].text, withheld);
    assert_string_equal(
        analysed.to[1].text,
        "over the PSTN, when those before it cannot be reached; the caller's number "
        "is withheld from it");
    alice_calls(kit, "sip:54001@x");
    assert_non_null(strstr(answer_of(kit, far_cluster, 503), "Privacy: id"));
    assert_non_null(strstr(answer_of(kit, gateway, 486), "Privacy: id"));
    put(kit, &sj_sip_trunk_meta, "{\"name\":\"To-B\",\"calling_search_space\":\"All\"}");
    gateway_is_shown(kit, "54001", false); /* at once, as nothing leads there */
}

static void around_a_full_link(void **state) {
    sj_testkit *kit = *state;
    withhold_by_a_prefix(kit);
    put(kit, &sj_location_meta, "{\"name\":\"Rome\"}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Default\",\"location\":\"Rome\",\"aar_calling_search_space\":\"All\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"1002\",\"partition\":\"Internal\",\"aar_destination_mask\":\"91234\"}");
    assert_int_equal(sj_testkit_set_param(
                         kit, &sj_param_ccm_automated_alternate_routing_enable_meta, "true", NULL),
                     SJ_OK);
    ask_for(kit, ALICE, "1002");
    assert_string_equal(analysed.around, "0 Gateway Gateway");
    assert_string_equal(analysed.around_text, "when there is too little bandwidth");
    ask_for(kit, ALICE, "*671002");
    assert_string_equal(analysed.around, "0 Gateway Gateway");
    assert_non_null(strstr(analysed.around_text, withheld));
}

/* Who helps is shown the caller, and the course says so behind what withholds it. */
static void calls_for_help(void **state) {
    static const char shown[] = "note Gateway|>|an emergency call: the caller's number and name "
                                "are shown, whatever withholds them";
    sj_testkit *kit = *state;
    withhold_by_a_prefix(kit);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"911\",\"partition\":\"PSTN\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    gateway_is_shown(kit, "911", true);
    assert_null(strstr(analysed.course, shown));
    gateway_is_shown(kit, "*67911", true);
    assert_non_null(strstr(analysed.course, shown));
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_world, teardown)
    const struct CMUnitTest tests[] = {
        TEST(over_numbers_that_forward), TEST(over_hunt_pilots), TEST(over_the_pstn),
        TEST(around_a_full_link),        TEST(calls_for_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
