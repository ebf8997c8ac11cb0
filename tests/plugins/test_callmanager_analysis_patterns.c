/* call.analyse: which patterns calls can match at all, of the plan, of a change, of other clusters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/call_park.h"
#include "resources/calling_search_space.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/ils.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"
#include "resources/sip_route_pattern.h"

static const sj_plan_change *changes;
static size_t changes_count;

/* `said`: what is said of it, or NULL when there is such a pattern. */
static void about(sj_testkit *kit, const char *pattern, const char *partition, const char *said) {
    sj_call_analyse_expected_pattern expected[] = {{pattern, partition}};
    const sj_call_analyse request = {.device_name = ALICE,
                                     .digits = "1002",
                                     .changes = (sj_plan_change *)changes,
                                     .changes_count = changes_count,
                                     .expected_patterns = expected,
                                     .expected_patterns_count = 1};
    ask(kit, &request);
    if (said == NULL ? analysed.unknown[0] != '\0' : strcmp(analysed.unknown, said) != 0) {
        fail_msg("%s in \"%s\": expected \"%s\", got \"%s\"", pattern, partition, sj_or_empty(said),
                 analysed.unknown);
    }
}

static void of_the_plan(void **state) {
    sj_testkit *kit = *state;
    put(kit, &sj_call_park_number_meta, "{\"pattern\":\"70X\",\"partition\":\"Internal\"}");
    put(kit, &sj_directed_call_park_meta,
        "{\"pattern\":\"71X\",\"partition\":\"Internal\",\"retrieval_prefix\":\"*7\"}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"78XX\",\"partition\":\"Internal\",\"block\":true}");
    put(kit, &sj_sip_route_pattern_meta,
        "{\"pattern\":\"*.example.com\",\"sip_trunk\":\"Gateway\"}");
    put(kit, &sj_directory_uri_meta,
        "{\"user\":\"anna\",\"host\":\"example.com\",\"partition\":\"Internal\","
        "\"directory_number\":\"1001@Internal\"}");
    put(kit, &sj_alternate_number_meta,
        "{\"directory_number\":\"1001\",\"mask\":\"8XXXX\",\"partition\":\"Internal\"}");
    static const char *const known[][2] = {{"9.!", ""},
                                           {"9.!", "PSTN"},
                                           {"1001", "Internal"},
                                           {"70X", ""},
                                           {"78XX", "Internal"},
                                           {"71X", ""},
                                           {"*7.71X", ""},
                                           {"*.example.com", ""},
                                           {"anna@example.com", ""},
                                           {"ANNA@example.com", "Internal"},
                                           {"81001", "Internal"},
                                           {"81001", ""}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        about(kit, known[i][0], known[i][1], NULL);
    }
    about(kit, "9!", "", "there is no pattern 9! (did you mean 9.!?)");
    about(kit, "9.!", "Internal", "there is no pattern 9.! in the partition Internal");
    about(kit, "10O1", "", "there is no pattern 10O1 (did you mean 1001?)");
    about(kit, "*.exampel.com", "",
          "there is no pattern *.exampel.com (did you mean "
          "*.example.com?)");
    about(kit, "bob@example.com", "", "there is no pattern bob@example.com");
    about(kit, "[", "", "there is no pattern [");
}

/* As the plan is, or with the changes: what they remove is matched no more, which may be tested. */
static void of_a_change(void **state) {
    sj_testkit *kit = *state;
    const sj_plan_change list[] = {
        {.resource = "route_pattern",
         .record = "{\"pattern\":\"7XXX\",\"partition\":\"PSTN\",\"block\":true}"},
        {.resource = "route_patterns", .removed = "9.!@PSTN"}};
    changes = list;
    changes_count = 2;
    about(kit, "7XXX", "PSTN", NULL);
    about(kit, "9.!", "PSTN", NULL);
    about(kit, "8XXX", "PSTN",
          "there is no pattern 8XXX in the partition PSTN (did you mean 7XXX?)");
    changes = NULL;
    changes_count = 0;
    about(kit, "9.!", "PSTN", NULL);
    about(kit, "7XXX", "PSTN", "there is no pattern 7XXX in the partition PSTN");
}

/* What others advertise is not held here: its form alone is looked at, where it can be learned. */
static void of_other_clusters(void **state) {
    sj_testkit *kit = *state;
    about(kit, "83XX", "", "there is no pattern 83XX");
    put(kit, &sj_partition_meta, "{\"name\":\"Global Learned Enterprise Patterns\"}");
    about(kit, "83XX", "", "there is no pattern 83XX"); /* the caller does not reach it */
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"Internal\",\"PSTN\",\"Global Learned Enterprise "
        "Patterns\"]}");
    about(kit, "83XX", "", NULL);
    about(kit, "9!", "", "there is no pattern 9! (did you mean 9.!?)");
    about(kit, "9!", "Global Learned Enterprise Patterns", NULL);
    about(kit, "83XX", "Global Learned Enterprise Patterns", NULL);
    about(kit, "\\+4930!", "", NULL);
    about(kit, "bob@other.example", "", NULL);
    about(kit, "83XX", "PSTN", "there is no pattern 83XX in the partition PSTN");
    about(kit, "8.3XX", "", "there is no pattern 8.3XX");
    about(kit, "8!3", "", "there is no pattern 8!3");
    const sj_plan_change fewer = {.resource = "calling_search_spaces",
                                  .record = "{\"name\":\"All\",\"partitions\":[\"Internal\"]}"};
    changes = &fewer; /* what it takes away may be tested */
    changes_count = 1;
    about(kit, "83XX", "", NULL);
    changes = NULL;
    changes_count = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_the_plan, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_change, setup, teardown),
        cmocka_unit_test_setup_teardown(of_other_clusters, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
