/* The emergency matrix of the Dialed Number Analyzer Server: who counts as a caller. */
#include "dna_emergency_kit.h"

#include "events/policy.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/route_pattern.h"
#include "resources/sip_trunk.h"

#define LINE(number) "{\"directory_number\":\"" number "@Phones\"}"

static char asked_of[4000];
static bool deciding; /* a policy decides about calling search spaces */

/* Who searches NoHelp reaches nobody. */
static const char *by_spaces(const sj_call_analyse *request) {
    const size_t used = strlen(asked_of);
    bool blocked = strcmp(sj_or_empty(request->line_calling_search_space), "NoHelp") == 0 ||
                   strcmp(request->line, "4002") == 0;
    for (size_t i = 0; i < request->calling_search_spaces_count; i++) {
        blocked = blocked || strcmp(request->calling_search_spaces[i], "NoHelp") == 0;
    }
    (void)snprintf(asked_of + used, sizeof asked_of - used, "%s%s%s%s%s\n", request->device_name,
                   request->line[0] != '\0' ? " line " : "", request->line,
                   request->returned ? " returned" : "",
                   request->digit_by_digit ? "" : " all digits");
    return blocked ? "blocked" : "trunk";
}

static void on_reach(void *user, sj_question *question, const sj_traveller_reach *request) {
    static const char *const spaces[] = {"Roaming"};
    const bool dave = strcmp(request->line, "4002@Phones") == 0;
    const sj_traveller_reach_reply reply = {.calling_search_spaces = spaces,
                                            .calling_search_spaces_count = 1,
                                            .adjunct_calling_search_space = "Roaming",
                                            .line_calling_search_space = dave ? "NoHelp" : "",
                                            .device_profile = request->device_profile};
    sj_reply_traveller_reach(sj_testkit_scope(user), question, &reply);
}

static void on_policies(void *user, sj_question *question, const sj_policy_list *request) {
    const sj_policy_list_reply_entry hook = {.hook = "css.select",
                                             .policy = deciding ? "mine.lua" : ""};
    const sj_policy_list_reply reply = {.hooks = &hook, .hooks_count = 1};
    (void)request;
    sj_reply_policy_list(sj_testkit_scope(user), question, &reply);
}

static void a_dial_plan(sj_testkit *kit) {
    world.destination.next_cluster_id = "";
    world.decide = by_spaces;
    asked_of[0] = '\0';
    deciding = false;
    put(kit, &sj_partition_meta, "{\"name\":\"Help\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Phones\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"All\",\"partitions\":[\"Help\"]}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"NoHelp\",\"partitions\":[\"Phones\"]}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Roaming\",\"partitions\":[\"Help\"]}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"4001\",\"partition\":\"Phones\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"4002\",\"partition\":\"Phones\",\"calling_search_space\":\"NoHelp\"}");
    put(kit, &sj_directory_number_meta, "{\"pattern\":\"4003\",\"partition\":\"Phones\"}");
    assert_non_null(sj_answer_traveller_reach(sj_testkit_scope(kit), on_reach, kit, NULL));
    assert_non_null(sj_answer_policy_list(sj_testkit_scope(kit), on_policies, kit, NULL));
}

static void phone(sj_testkit *kit, const char *name, const char *more) {
    char json[500];
    (void)snprintf(json, sizeof json,
                   "{\"name\":\"%s\",\"model\":\"Cisco 8851\",\"calling_search_space\":\"All\"%s}",
                   name, more);
    put(kit, &sj_phone_meta, json);
}

/* What one line reaches says nothing of another. */
static void each_line_is_a_caller(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    phone(kit, "SEP000000000001",
          ",\"lines\":[" LINE("4001") "," LINE("4002") "," LINE("4003") "]");
    emergency(kit, "112");
    holds("1 holes, 0 not known\n2 ways");
    holds("SEP000000000001 112 To-BR no|\n");
    holds("SEP000000000001, line 4002 112  yes|");
    assert_false(world.valid);
}

/* Only the device CSS leads to help. */
static const char *by_device_css(const sj_call_analyse *request) {
    for (size_t i = 0; i < request->calling_search_spaces_count; i++) {
        if (strcmp(request->calling_search_spaces[i], "All") == 0) {
            return "trunk";
        }
    }
    return "no_match";
}

/* An intercom line has what its own CSS reaches and no more: nobody calls for help there who has
 * another line. */
static void intercom_lines_have_no_row(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    world.decide = by_device_css;
    put(kit, &sj_partition_meta, "{\"name\":\"Intercom\",\"usage\":\"intercom\"}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"Intercoms\",\"usage\":\"intercom\",\"partitions\":[\"Intercom\"]}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"7001\",\"partition\":\"Intercom\",\"calling_search_space\":"
        "\"Intercoms\"}");
    phone(kit, "SEP000000000001",
          ",\"enable_extension_mobility\":true,\"lines\":[" LINE(
              "4001") ",{\"directory_number\":\"7001@Intercom\",\"speed_dial\":\"7002\"}]");
    put(kit, &sj_device_profile_meta,
        "{\"name\":\"Ann\",\"model\":\"Cisco 8851\",\"lines\":[" LINE(
            "4003") ",{\"directory_number\":\"7001@Intercom\"}]}");
    emergency(kit, "112");
    holds(
        "0 holes, 0 not known\n1 way of emergency calls, 0 holes, 0 not known. Intercom lines have "
        "no row: they dial intercom numbers alone.\nSEP000000000001 112 To-BR no|\n");
    assert_true(world.valid);
    phone(kit, "SEP000000000002", ",\"lines\":[{\"directory_number\":\"7001@Intercom\"}]");
    emergency(kit, "112");
    holds("SEP000000000002 112  yes|"); /* it has no other */
}

/* Many phones, one row for all of which the same decides; no two of another place or right. */
static void many_phones_are_few_callers(void **state) {
    enum { PHONES = 3000, PROFILES = 1000, POOLS = 20 };
    sj_testkit *kit = *state;
    char json[400];
    a_dial_plan(kit);
    for (int i = 0; i < POOLS; i++) {
        (void)snprintf(json, sizeof json, "{\"name\":\"Pool%d\"}", i);
        put(kit, &sj_device_pool_meta, json);
    }
    for (int i = 0; i < PHONES; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "SEP%012X", i);
        (void)snprintf(json, sizeof json,
                       ",\"device_pool\":\"Pool%d\",\"enable_extension_mobility\":true,\"lines\":["
                       "%s,%s]",
                       i % POOLS, LINE("4001"), LINE("4003"));
        phone(kit, name, json);
    }
    for (int i = 0; i < PROFILES; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"name\":\"Profile%d\",\"model\":\"Cisco 8851\",\"lines\":[%s,%s]}", i,
                       LINE("4001"), LINE("4002"));
        put(kit, &sj_device_profile_meta, json);
    }
    emergency(kit, "112");
    holds("20 holes, 0 not known\n40 ways"); /* with the device CSS alone, and with line 4002 */
    assert_int_equal(world.asked_count, 40);
}

/* Whoever logs in somewhere has the rights of the profile, now or later. */
static void profiles_call_from_where_users_log_in(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    phone(kit, "SEP000000000001", ",\"lines\":[" LINE("4001") "]");
    put(kit, &sj_device_profile_meta,
        "{\"name\":\"William\",\"model\":\"Cisco 8851\",\"lines\":[" LINE("4002") "]}");
    emergency(kit, "112");
    holds("0 holes, 0 not known\n1 way "); /* nobody can log in */
    assert_true(world.valid);
    phone(kit, "SEP000000000002", ",\"enable_extension_mobility\":true");
    emergency(kit, "112");
    holds("1 holes, 0 not known\n2 ways");
    holds("SEP000000000002 with device profile William 112  yes|");
}

/* A phone as it is now counts, too: it may have been made of records that have changed since. */
static void phones_count_as_they_are_now(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    phone(kit, "SEP000000000001", "");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP000000000001\",\"model\":\"Cisco 8851\",\"device_pool\":\"Default\","
        "\"user_id\":\"william\",\"calling_search_spaces\":[\"NoHelp\",\"All\"],"
        "\"lines\":[" LINE("4001") "," LINE(
            "4002") "],"
                    "\"line_calling_search_spaces\":[\"NoHelp\",\"\"]}");
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP0000000000BB\",\"model\":\"Cisco 8851\",\"device_pool\":\"Default\","
        "\"emcc\":true,\"visiting_cluster_id\":\"BR\",\"user_id\":\"alice\","
        "\"calling_search_spaces\":[\"All\"],\"lines\":[" LINE("4001") "]}");
    emergency(kit, "112");
    holds("1 not known\n3 ways");
    holds("SEP000000000001 112 To-BR no|\n");
    holds("SEP000000000001 with user william 112 To-BR no|\n");
    holds("SEP0000000000BB with user alice 112  not known|the phone stands in cluster BR, and the "
          "device pool Default has no adjunct CSS");
    assert_non_null(strstr(asked_of, "SEP000000000001 line 4001\n"));
}

/* A phone with a logout profile is never itself. */
static void a_logout_profile_takes_the_place_of_the_phone(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    put(kit, &sj_device_profile_meta,
        "{\"name\":\"Nobody\",\"model\":\"Cisco 8851\",\"lines\":[" LINE("4001") "]}");
    phone(kit, "SEP000000000001",
          ",\"enable_extension_mobility\":true,\"logout_profile\":\"Nobody\",\"lines\":[" LINE(
              "4002") "]");
    emergency(kit, "112");
    holds("SEP000000000001 112  yes|"); /* nobody has made it that yet */
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP000000000001\",\"model\":\"Cisco 8851\",\"device_pool\":\"Default\","
        "\"log_out_profile\":true,\"device_profile\":\"Nobody\","
        "\"calling_search_spaces\":[\"All\"],\"lines\":[" LINE("4001") "]}");
    emergency(kit, "112");
    holds("0 holes, 0 not known\n1 way ");
    holds("SEP000000000001 with device profile Nobody 112 To-BR no|\n");
}

static void travellers(sj_testkit *kit) {
    a_dial_plan(kit);
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\",\"emcc\":true}");
    put(kit, &sj_device_pool_meta,
        "{\"name\":\"Roaming London\",\"adjunct_calling_search_space\":\"Roaming\"}");
    put(kit, &sj_device_profile_meta,
        "{\"name\":\"Alice\",\"model\":\"Cisco 8851\",\"lines\":[" LINE("4001") "]}");
    put(kit, &sj_device_profile_meta,
        "{\"name\":\"Dave\",\"model\":\"Cisco 8851\",\"lines\":[" LINE("4001") "," LINE(
            "4002") "]}");
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"alice\",\"last_name\":\"A\",\"enable_emcc\":true,"
        "\"default_profile\":\"Alice\"}");
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"bob\",\"last_name\":\"B\",\"enable_emcc\":true,"
        "\"default_profile\":\"Alice\"}");
}

/* Not some user who may travel, but all of whom something else decides, with each of their lines
 * and of the profiles that they may choose. */
static void each_traveller_counts(void **state) {
    sj_testkit *kit = *state;
    travellers(kit);
    emergency(kit, "112");
    holds("0 holes, 0 not known\n1 way ");
    put(kit, &sj_end_user_meta,
        "{\"user_id\":\"dave\",\"last_name\":\"D\",\"enable_emcc\":true,"
        "\"default_profile\":\"Alice\",\"controlled_profiles\":[\"Dave\"]}");
    emergency(kit, "112");
    holds("1 holes, 0 not known\n2 ways");
    holds("alice 112 To-BR no|\n");
    holds("dave, line 4002 112  yes|");
}

/* The numbers of a place are those that are reached there: marked, else urgent; a place without any
 * is named. */
static void each_place_has_numbers(void **state) {
    sj_testkit *kit = *state;
    travellers(kit);
    put(kit, &sj_partition_meta, "{\"name\":\"London\"}");
    put(kit, &sj_calling_search_space_meta, "{\"name\":\"Roaming\",\"partitions\":[\"London\"]}");
    put(kit, &sj_sip_trunk_meta,
        "{\"name\":\"Gateway\",\"destinations\":[{\"address\":\"192.0.2.9\"}]}");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"911\",\"partition\":\"Help\",\"sip_trunk\":\"Gateway\","
        "\"emergency_services_number\":true}");
    emergency(kit, NULL);
    holds("The adjunct CSS Roaming reaches no emergency number.\n");
    assert_false(world.valid);
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"999\",\"partition\":\"London\",\"sip_trunk\":\"Gateway\","
        "\"urgent_priority\":true}");
    emergency(kit, NULL);
    holds("0 holes, 0 not known\n1 way ");
    holds("alice 999 To-BR no|\n");
    assert_true(world.valid);
    phone(kit, "SEP000000000001", ""); /* and no number of a place is one of another */
    put(kit, &sj_live_device_meta,
        "{\"name\":\"SEP0000000000BB\",\"model\":\"Cisco 8851\",\"device_pool\":\"Roaming London\","
        "\"emcc\":true,\"visiting_cluster_id\":\"BR\",\"user_id\":\"alice\","
        "\"adjunct_calling_search_space\":\"Roaming\",\"calling_search_spaces\":[\"Roaming\"],"
        "\"lines\":[" LINE("4001") "]}");
    emergency(kit, NULL);
    holds("0 holes, 0 not known\n3 ways");
    holds("SEP000000000001 911 To-BR no|\n");
    holds("SEP0000000000BB with user alice 999 To-BR no|\n");
}

/* Where a policy decides, it may decide otherwise of each. */
static void a_policy_decides_of_each_traveller(void **state) {
    sj_testkit *kit = *state;
    travellers(kit);
    deciding = true;
    emergency(kit, "112");
    holds("0 holes, 0 not known\n2 ways");
    holds("alice 112 To-BR no|\nbob 112 To-BR no|\n");
}

/* Visitors log in where users may; the site of the phone decides about their calls. */
static void visitors_call_where_users_log_in(void **state) {
    sj_testkit *kit = *state;
    a_dial_plan(kit);
    put(kit, &sj_remote_cluster_meta,
        "{\"cluster_id\":\"BR\",\"fully_qualified_name\":\"192.0.2.7\",\"emcc\":true}");
    phone(kit, "SEP000000000001", "");
    emergency(kit, "112");
    holds("1 way ");
    phone(kit, "SEP000000000002", ",\"enable_extension_mobility\":true");
    phone(kit, "SEP000000000003", ",\"enable_extension_mobility\":true");
    emergency(kit, "112");
    holds("2 ways");
    holds("a visitor 112 To-BR no|\n");
    assert_non_null(strstr(asked_of, "SEP000000000002 returned all digits\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DNA_TEST(each_line_is_a_caller),
        DNA_TEST(intercom_lines_have_no_row),
        DNA_TEST(many_phones_are_few_callers),
        DNA_TEST(profiles_call_from_where_users_log_in),
        DNA_TEST(phones_count_as_they_are_now),
        DNA_TEST(a_logout_profile_takes_the_place_of_the_phone),
        DNA_TEST(each_traveller_counts),
        DNA_TEST(each_place_has_numbers),
        DNA_TEST(a_policy_decides_of_each_traveller),
        DNA_TEST(visitors_call_where_users_log_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
