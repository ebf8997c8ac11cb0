/* From digits to phones and trunks: calling search spaces, translations, route lists, and the rule
 * that sends a visitor's emergency call back to the cluster it stands in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/alternate_numbers.h"
#include "dial_plan/number_routing.h"

static void *copy(const void *record, size_t size) {
    void *made = malloc(size);
    assert_non_null(made);
    return memcpy(made, record, size);
}

static void release(void *user, void *record) {
    (void)user;
    free(record);
}

static void add_space(struct dial_plan *plan, const char *name, const char *const *partitions,
                      size_t count) {
    sj_calling_search_space space;
    memset(&space, 0, sizeof space);
    space.name = name;
    space.partitions = partitions;
    space.partitions_count = count;
    assert_int_equal(
        dial_plan_put(plan, PLAN_CALLING_SEARCH_SPACE, name, copy(&space, sizeof space), NULL),
        SJ_OK);
}

static void add_number(struct dial_plan *plan, const char *number, const char *partition,
                       const char *css) {
    sj_directory_number record;
    memset(&record, 0, sizeof record);
    record.pattern = number;
    record.partition = partition;
    record.calling_search_space = css;
    record.alerting_name = "";
    record.active = true;
    assert_int_equal(dial_plan_put_pattern(plan, DIGIT_DIRECTORY_NUMBER, number, partition, false,
                                           copy(&record, sizeof record), NULL),
                     SJ_OK);
}

static sj_route_pattern route_pattern(const char *pattern, const char *partition) {
    sj_route_pattern record;
    memset(&record, 0, sizeof record);
    record.pattern = pattern;
    record.partition = partition;
    record.sip_trunk = record.route_list = record.called_party_transform_mask =
        record.called_party_prefix_digits = "";
    record.calling_party_transform_mask = record.calling_party_prefix_digits = "";
    return record;
}

static void add_route(struct dial_plan *plan, const sj_route_pattern *record) {
    assert_int_equal(dial_plan_put_pattern(plan, DIGIT_ROUTE_PATTERN, record->pattern,
                                           record->partition, false, copy(record, sizeof *record),
                                           NULL),
                     SJ_OK);
}

static void add_translation(struct dial_plan *plan, const char *pattern, const char *partition,
                            const char *mask, const char *css) {
    sj_translation_pattern record;
    memset(&record, 0, sizeof record);
    record.pattern = pattern;
    record.partition = partition;
    record.called_party_transform_mask = mask;
    record.called_party_prefix_digits = record.calling_party_transform_mask = "";
    record.calling_search_space = css;
    record.use_originator_calling_search_space = css[0] == '\0';
    assert_int_equal(dial_plan_put_pattern(plan, DIGIT_TRANSLATION_PATTERN, pattern, partition,
                                           true, copy(&record, sizeof record), NULL),
                     SJ_OK);
}

static void add_alternate(struct dial_plan *plan, const char *key, const char *mask,
                          const char *number, const char *partition) {
    sj_alternate_number record;
    memset(&record, 0, sizeof record);
    record.mask = mask;
    record.directory_number = number;
    record.partition = partition;
    record.add_to_local_route_partition = true;
    assert_int_equal(alternate_numbers_put(plan, key, copy(&record, sizeof record), NULL), SJ_OK);
}

static void add_group(struct dial_plan *plan, const char *name, const char *const *members,
                      size_t count, bool circular) {
    sj_route_group record;
    memset(&record, 0, sizeof record);
    record.name = name;
    record.members = members;
    record.members_count = count;
    record.distribution =
        circular ? SJ_ROUTE_GROUP_DISTRIBUTION_CIRCULAR : SJ_ROUTE_GROUP_DISTRIBUTION_TOP_DOWN;
    assert_int_equal(
        dial_plan_put(plan, PLAN_ROUTE_GROUP, name, copy(&record, sizeof record), NULL), SJ_OK);
}

static const char *const internal[] = {"Internal"};
static const char *const outside[] = {"PSTN", "Block"};
static const char *const emergency[] = {"UK emergency"};
static const char *const gateways[] = {"gw1", "gw2"};
static const char *const local_gateways[] = {"local-gw"};

static sj_route_list_member slrg_member, group_member;

static void add_list(struct dial_plan *plan, const char *name, const sj_route_list_member *member,
                     sj_route_list_return_to_visiting_cluster returns) {
    sj_route_list record;
    memset(&record, 0, sizeof record);
    record.name = name;
    record.enabled = true;
    record.members = member;
    record.members_count = 1;
    record.return_to_visiting_cluster = returns;
    assert_int_equal(dial_plan_put(plan, PLAN_ROUTE_LIST, name, copy(&record, sizeof record), NULL),
                     SJ_OK);
}

static int setup(void **state) {
    struct dial_plan *plan = calloc(1, sizeof *plan);
    sj_route_pattern pattern;
    sj_device_pool pool;
    assert_int_equal(dial_plan_init(plan, release, NULL), SJ_OK);
    add_space(plan, "Phones", internal, 1);
    add_space(plan, "PSTN", outside, 2);
    add_space(plan, "Adjunct UK", emergency, 1);
    add_number(plan, "2001", "Internal", "PSTN");
    add_number(plan, "\\+4420", "Internal", "");
    memset(&group_member, 0, sizeof group_member);
    group_member.route_group = "Gateways";
    group_member.called_party_transform_mask = "";
    group_member.called_party_prefix_digits = "";
    slrg_member = group_member;
    slrg_member.route_group = STANDARD_LOCAL_ROUTE_GROUP;
    add_group(plan, "Gateways", gateways, 2, true);
    add_group(plan, "Local", local_gateways, 1, false);
    add_list(plan, "By gateways", &group_member,
             SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_ADJUNCT_ONLY);
    add_list(plan, "By place", &slrg_member, SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_ADJUNCT_ONLY);
    memset(&pool, 0, sizeof pool);
    pool.name = "Site";
    pool.local_route_group = "Local";
    assert_int_equal(dial_plan_put(plan, PLAN_DEVICE_POOL, "Site", copy(&pool, sizeof pool), NULL),
                     SJ_OK);
    pattern = route_pattern("9.!", "PSTN");
    pattern.route_list = "By gateways";
    pattern.discard_digits = SJ_DISCARD_DIGITS_PRE_DOT;
    pattern.use_external_phone_number_mask = true;
    pattern.calling_party_prefix_digits = "1";
    add_route(plan, &pattern);
    pattern = route_pattern("8.!", "PSTN");
    pattern.route_list = "By place";
    add_route(plan, &pattern);
    pattern = route_pattern("9.999", "UK emergency");
    pattern.route_list = "By place";
    pattern.discard_digits = SJ_DISCARD_DIGITS_PRE_DOT;
    add_route(plan, &pattern);
    pattern = route_pattern("9.900!", "Block");
    pattern.block = true;
    add_route(plan, &pattern);
    *state = plan;
    return 0;
}

static int teardown(void **state) {
    dial_plan_free(*state);
    free(*state);
    return 0;
}

static struct calling_search_spaces spaces_of(const char *first, const char *second,
                                              const char *third) {
    const struct calling_search_spaces spaces = {{first, second, third},
                                                 third[0] != '\0'    ? 3
                                                 : second[0] != '\0' ? 2
                                                                     : 1};
    return spaces;
}

static void dial(struct dial_plan *plan, const struct calling_search_spaces *spaces, bool emcc,
                 unsigned turn, const char *digits, struct number_route *route) {
    const struct number_caller caller = {
        spaces, "2001", "408555XXXX", "Site", emcc, false, emcc ? "Adjunct UK" : "",
        turn,   0,      NULL,         NULL,   NULL};
    assert_int_equal(number_routing(plan, &caller, digits, route), SJ_OK);
}

static void test_phone(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Phones", "", "");
    struct number_route route;
    dial(*state, &spaces, false, 0, "2001", &route);
    assert_int_equal(route.outcome, NUMBER_PHONE);
    assert_string_equal(route.directory_number_key, "2001@Internal");
    assert_string_equal(route.origin, "Phones");
    dial(*state, &spaces, false, 0, "+4420", &route);
    assert_string_equal(route.directory_number_key, "\\+4420@Internal");
    dial(*state, &spaces, false, 0, "91234", &route);
    assert_int_equal(route.outcome, NUMBER_UNKNOWN);
}

static void test_route_list(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Phones", "PSTN", "");
    struct number_route route;
    dial(*state, &spaces, false, 0, "91234", &route);
    assert_int_equal(route.outcome, NUMBER_ROUTE);
    assert_int_equal(route.steps.count, 2);
    assert_string_equal(route.steps.steps[0].trunk, "gw1");
    assert_string_equal(route.steps.steps[0].called, "1234");
    assert_string_equal(route.calling, "14085552001");
    dial(*state, &spaces, false, 1, "91234", &route); /* circular */
    assert_string_equal(route.steps.steps[0].trunk, "gw2");
    assert_string_equal(route.steps.steps[1].trunk, "gw1");
    group_member.called_party_prefix_digits =
        "00"; /* the member's takes the place of the pattern's */
    dial(*state, &spaces, false, 0, "91234", &route);
    assert_string_equal(route.steps.steps[0].called, "0091234");
    dial(*state, &spaces, false, 0, "99001", &route);
    assert_int_equal(route.outcome, NUMBER_BLOCKED);
}

static void test_local_route_group(void **state) {
    const struct calling_search_spaces spaces = spaces_of("PSTN", "", "");
    struct number_route route;
    dial(*state, &spaces, false, 0, "85551", &route);
    assert_int_equal(route.steps.count, 1);
    assert_int_equal(route.steps.steps[0].kind, ROUTE_TRUNK);
    assert_string_equal(route.steps.steps[0].trunk, "local-gw");
}

static void test_visitor(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Adjunct UK", "Phones", "PSTN");
    struct number_route route;
    /* Emergency, through the adjunct CSS: back to the visited cluster. */
    dial(*state, &spaces, true, 0, "9999", &route);
    assert_true(route.through_adjunct);
    assert_int_equal(route.steps.count, 1);
    assert_int_equal(route.steps.steps[0].kind, ROUTE_RETURN_TO_VISITING_CLUSTER);
    assert_string_equal(route.steps.steps[0].called, "999");
    /* Long distance over the same route list, not through the adjunct CSS: as at home. */
    dial(*state, &spaces, true, 0, "85551", &route);
    assert_false(route.through_adjunct);
    assert_int_equal(route.steps.steps[0].kind, ROUTE_TRUNK);
    /* Unless the route list says otherwise. */
    add_list(*state, "By place", &slrg_member, SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_ALWAYS);
    dial(*state, &spaces, true, 0, "85551", &route);
    assert_int_equal(route.steps.steps[0].kind, ROUTE_RETURN_TO_VISITING_CLUSTER);
    dial(*state, &spaces, false, 0, "85551", &route); /* only visitors return */
    assert_int_equal(route.steps.steps[0].kind, ROUTE_TRUNK);
    add_list(*state, "By place", &slrg_member, SJ_ROUTE_LIST_RETURN_TO_VISITING_CLUSTER_NEVER);
    dial(*state, &spaces, true, 0, "9999", &route);
    assert_int_equal(route.steps.steps[0].kind, ROUTE_TRUNK);
}

static void test_translations(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Phones", "", "");
    struct number_route route;
    char text[400];
    add_translation(*state, "112", "Internal", "9999", "Adjunct UK");
    add_translation(*state, "7XXX", "Internal", "2XXX", "");
    add_translation(*state, "6666", "Internal", "6666", "");
    dial(*state, &spaces, false, 0, "7001", &route);
    assert_int_equal(route.outcome, NUMBER_PHONE);
    assert_int_equal(route.translations, 1);
    assert_string_equal(route.digits, "2001");
    dial(*state, &spaces, true, 0, "112", &route);
    assert_string_equal(route.pattern, "9.999");
    assert_int_equal(route.steps.steps[0].kind, ROUTE_RETURN_TO_VISITING_CLUSTER);
    dial(*state, &spaces, false, 0, "6666", &route);
    assert_int_equal(route.outcome, NUMBER_LOOP);
    number_route_explain(&route, "6666", route.calling, text, sizeof text);
    assert_non_null(strstr(text, "loop"));
}

/* Patterns that are translated stand over alternate numbers, and what they make is an alternate
 * number again: each way ends. */
static void test_alternates_over_translations(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Phones", "", "");
    struct number_route route;
    add_alternate(*state, "82XXXX@2001", "82XXXX", "2001", "Internal");
    add_translation(*state, "82XXXX", "Internal", "2001", "Phones");
    dial(*state, &spaces, false, 0, "822001", &route);
    assert_int_equal(route.outcome, NUMBER_PHONE);
    assert_string_equal(route.origin, "Phones");
    assert_int_equal(route.translations, 1);
    add_alternate(*state, "83XXXX@4001", "83XXXX", "4001", "Internal"); /* 4001 is no number */
    add_translation(*state, "83XXXX", "Internal", "834001", "");
    add_translation(*state, "400X", "Internal", "834001", "");
    dial(*state, &spaces, false, 0, "834001", &route);
    assert_int_equal(route.outcome, NUMBER_LOOP);
    add_alternate(*state, "40XX@4001", "40XX", "4001", "Internal"); /* of itself */
    dial(*state, &spaces, false, 0, "4001", &route);
    assert_int_equal(route.outcome, NUMBER_LOOP);
}

static void test_emergency_over_alternates(void **state) {
    const struct calling_search_spaces spaces = spaces_of("Phones", "", "");
    sj_route_pattern help = route_pattern("112", "Internal");
    struct number_route route;
    help.emergency_services_number = true;
    help.route_list = "By gateways";
    add_route(*state, &help);
    add_alternate(*state, "11XXXX@2001", "11XXXX", "2001", "Internal");
    add_translation(*state, "11XXXX", "Internal", "112", "");
    dial(*state, &spaces, false, 0, "112001", &route);
    assert_int_equal(route.outcome, NUMBER_ROUTE);
    assert_true(route.emergency);
}

static void test_live_device_order(void **state) {
    static const char *const decided[] = {"Adjunct", "Line 1", "EMCC"};
    static const char *const without[] = {"Device"};
    static const char *const same[] = {"All", "All"};
    struct calling_search_spaces spaces;
    (void)state;
    calling_search_spaces_of_live_device(true, decided, 3, "Line 1", "Line 1", &spaces);
    assert_int_equal(spaces.count, 3);
    assert_string_equal(spaces.names[1], "Line 1");
    calling_search_spaces_of_live_device(true, decided, 3, "Line 1", "Line 2", &spaces);
    assert_string_equal(spaces.names[0], "Adjunct");
    assert_string_equal(spaces.names[1], "Line 2");
    assert_string_equal(spaces.names[2], "EMCC");
    calling_search_spaces_of_live_device(true, decided, 3, "Line 1", "", &spaces);
    assert_int_equal(spaces.count, 2);
    calling_search_spaces_of_live_device(false, without, 1, "Line 1", "Line 1", &spaces);
    assert_string_equal(spaces.names[0], "Line 1");
    assert_string_equal(spaces.names[1], "Device");
    calling_search_spaces_of_live_device(false, same, 2, "All", "All", &spaces);
    assert_int_equal(spaces.count, 1);
    calling_search_spaces_of_live_device(false, same, 2, "All", "Line 2", &spaces);
    assert_int_equal(spaces.count, 2);
    assert_string_equal(spaces.names[0], "Line 2");
    assert_string_equal(spaces.names[1], "All"); /* the device CSS is not the first line's alone */
    calling_search_spaces_of_live_device(false, same, 2, "All", "", &spaces);
    assert_int_equal(spaces.count, 1);
    /* A policy that leaves the line CSS out is obeyed. */
    calling_search_spaces_of_live_device(true, without, 1, "Line 1", "Line 1", &spaces);
    assert_int_equal(spaces.count, 1);
    calling_search_spaces_of_phone("Line", "Device", &spaces);
    assert_string_equal(spaces.names[0], "Line");
    assert_int_equal(spaces.count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_phone),
        TEST(test_route_list),
        TEST(test_local_route_group),
        TEST(test_visitor),
        TEST(test_translations),
        TEST(test_alternates_over_translations),
        TEST(test_emergency_over_alternates),
        cmocka_unit_test(test_live_device_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
