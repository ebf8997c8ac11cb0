/* Partitions with a time schedule: calls search them when it is active, the analysis at any time
 * that is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis_kit.h"
#include "resources/calling_search_space.h"
#include "resources/date_time_group.h"
#include "resources/device_pool.h"
#include "resources/directory_number.h"
#include "resources/hunt.h"
#include "resources/partition.h"
#include "resources/route_pattern.h"
#include "resources/time_period.h"

/* The kit's clock begins on a Monday, at 08:00 UTC; Alice's shows 09:00. */
static void office_hours(sj_testkit *kit, const char *start, const char *end) {
    char period[200];
    (void)snprintf(period, sizeof period,
                   "{\"name\":\"Office\",\"start_time\":\"%s\",\"end_time\":\"%s\",\"start_day\":"
                   "\"mon\",\"end_day\":\"fri\"}",
                   start, end);
    put(kit, &sj_time_period_meta, period);
    put(kit, &sj_time_schedule_meta, "{\"name\":\"Office\",\"time_periods\":[\"Office\"]}");
    put(kit, &sj_date_time_group_meta, "{\"name\":\"Berlin\",\"time_zone\":\"Europe/Berlin\"}");
    put(kit, &sj_device_pool_meta, "{\"name\":\"Default\",\"date_time_group\":\"Berlin\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"PSTN\",\"time_schedule\":\"Office\"}");
}

static void holds(const char *part) {
    if (strstr(analysed.course, part) == NULL) {
        fail_msg("expected \"%s\" in\n%s", part, analysed.course);
    }
}

static void calls_search_what_is_active(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    office_hours(kit, "09:01", "17:00");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91234", "1001", "");
    (void)expect(kit, alice, "SIP/2.0 404");
    sj_testkit_forget(kit);
    sj_testkit_set_wall(kit, sj_wall_ms(sj_testkit_scope(kit)) + 60000);
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "91235", "1001", "");
    (void)expect(kit, gateway, "INVITE sip:1235@192.0.2.90");
}

static void a_standing_call_outlasts_its_hours(void **state) {
    sj_testkit *kit = *state;
    char dialog[3000];
    both_register(kit);
    office_hours(kit, "08:00", "17:00");
    put(kit, &sj_partition_meta, "{\"name\":\"Internal\",\"time_schedule\":\"Office\"}");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "1002", "1001", "");
    answer(kit, bob, expect(kit, bob, "INVITE"), 200, "answer-sdp");
    (void)snprintf(dialog, sizeof dialog, "%s", expect(kit, alice, "SIP/2.0 200"));
    within(kit, alice, "ACK", 1, dialog);
    office_hours(kit, "16:00", "17:00"); /* the period changes */
    sj_testkit_forget(kit);
    within(kit, alice, "INFO", 2, dialog);
    answer(kit, bob, expect(kit, bob, "INFO"), 200, "");
    (void)expect(kit, alice, "SIP/2.0 200");
    assert_null(sj_testkit_find(kit, "event", "call.ended"));
    invite(kit, bob, "uuid-1002@192.0.2.2:5060", "1001", "1002", "");
    (void)expect(kit, bob, "SIP/2.0 404"); /* new ones are not put through */
    sj_testkit_forget(kit);
    within(kit, alice, "BYE", 3, dialog);
    (void)expect(kit, alice, "SIP/2.0 200");
}

/* By day a hunt pilot takes the number, by night the answering machine's. */
static void a_pilot_by_day(void **state) {
    sj_testkit *kit = *state;
    both_register(kit);
    office_hours(kit, "09:00", "17:00"); /* it is 09:00 in Berlin */
    put(kit, &sj_line_group_meta,
        "{\"name\":\"Sales\",\"distribution\":\"top_down\",\"members\":[\"1002@Internal\"]}");
    put(kit, &sj_hunt_list_meta, "{\"name\":\"Sales\",\"members\":[\"Sales\"]}");
    put(kit, &sj_hunt_pilot_meta,
        "{\"pattern\":\"9700\",\"partition\":\"PSTN\",\"hunt_list\":\"Sales\"}");
    put(kit, &sj_partition_meta, "{\"name\":\"Night\"}");
    put(kit, &sj_directory_number_meta,
        "{\"pattern\":\"9700\",\"partition\":\"Night\",\"forward_unregistered_internal_"
        "destination\":\"1003\",\"forward_unregistered_internal_calling_search_space\":"
        "\"Phones\"}");
    put(kit, &sj_calling_search_space_meta,
        "{\"name\":\"All\",\"partitions\":[\"PSTN\",\"Night\",\"Internal\"]}");
    sj_call_analyse request = {.device_name = ALICE, .digits = "9700"};
    ask(kit, &request);
    assert_string_equal(analysed.summary, "hunt 9700 in \"PSTN\": 1002 shown 1001");
    invite(kit, alice, "uuid-1001@192.0.2.1:5060", "9700", "1001", "");
    (void)expect(kit, bob, "INVITE");
    request.at = "2026-01-05T20:00";
    ask(kit, &request);
    assert_non_null(strstr(analysed.course, "forwarding 1003|"));
    assert_null(strstr(analysed.course, "hunt_list"));
}

static void an_analysis_at_any_time(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "91234", .digit_by_digit = true};
    office_hours(kit, "08:00", "17:00");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    request.at = "2026-12-24T17:30";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
    assert_string_equal(analysed.prefixes, "9 nothing ; ");
    holds("1 note 2026-12-24 17:30|>|when the call is made, by the clocks of Europe/Berlin");
    holds("1 note PSTN|>|not searched: its time schedule Office is not active at 2026-12-24 17:30 "
          "(Europe/Berlin)");
    request.at = "2026-12-24T15:59Z";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    request.at = "noon";
    ask(kit, &request);
    assert_int_equal(analysed.status, SJ_E_INVALID);
    assert_string_equal(analysed.error,
                        "at: expected a time such as 2026-12-24T18:30, or with Z or "
                        "+01:00 behind it, got \"noon\"");
}

static void changes_of_hours_are_tried(void **state) {
    sj_testkit *kit = *state;
    const sj_plan_change changes[] = {
        {.resource = "time_periods",
         .record = "{\"name\":\"Office\",\"start_time\":\"08:00\",\"end_time\":\"20:00\"}"}};
    sj_call_analyse request = {.device_name = ALICE,
                               .digits = "91234",
                               .at = "2026-11-26T18:00",
                               .changes = changes,
                               .changes_count = 1};
    office_hours(kit, "08:00", "17:00");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    request.changes_count = 0;
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
}

/* What matches closest in all partitions together does so at any time, unless it has a schedule. */
static void what_depends_on_the_time_is_told(void **state) {
    sj_testkit *kit = *state;
    sj_call_analyse request = {.device_name = ALICE, .digits = "91234"};
    ask(kit, &request);
    assert_string_equal(analysed.scheduled, "");
    office_hours(kit, "08:00", "17:00");
    ask(kit, &request);
    assert_string_equal(analysed.scheduled, "PSTN");
    request.at = "2026-12-24T17:30";
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "no_match");
    assert_string_equal(analysed.scheduled, "PSTN");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"9.1234\",\"partition\":\"Internal\",\"sip_trunk\":\"Gateway\"}");
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    assert_string_equal(analysed.scheduled, "");
    put(kit, &sj_route_pattern_meta,
        "{\"pattern\":\"91\",\"partition\":\"PSTN\",\"block\":true,\"urgent_priority\":true}");
    ask(kit, &request);
    assert_string_equal(analysed.scheduled, "");
    request.digit_by_digit = true; /* by day the dialling ends after 91 */
    ask(kit, &request);
    assert_string_equal(analysed.outcome, "trunk");
    assert_string_equal(analysed.scheduled, "PSTN");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_search_what_is_active, setup, teardown),
        cmocka_unit_test_setup_teardown(a_standing_call_outlasts_its_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pilot_by_day, setup, teardown),
        cmocka_unit_test_setup_teardown(an_analysis_at_any_time, setup, teardown),
        cmocka_unit_test_setup_teardown(what_depends_on_the_time_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_of_hours_are_tried, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
