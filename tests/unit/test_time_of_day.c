/* Time periods and schedules of partitions, by the clocks of the right place, around the changes of
 * summer time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "dial_plan/calling_search_space.h"
#include "host/record/time_zones.h"
#include "resources/date_time_group.h"

static void release(void *user, void *record) {
    (void)user;
    free(record);
}

static void put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key,
                const void *record, size_t size) {
    void *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, record, size);
    assert_int_equal(dial_plan_put(plan, kind, key, copy, NULL), SJ_OK);
}

static void add_week(struct dial_plan *plan, const char *name, sj_weekday first, sj_weekday last,
                     const char *start, const char *end) {
    const sj_time_period period = {.name = name,
                                   .repeat_every = SJ_TIME_PERIOD_REPEAT_EVERY_WEEK,
                                   .start_day = first,
                                   .end_day = last,
                                   .start_time = start,
                                   .end_time = end};
    put(plan, PLAN_TIME_PERIOD, name, &period, sizeof period);
}

static void add_year(struct dial_plan *plan, const char *name, int first, int last,
                     const char *start, const char *end) {
    const sj_time_period period = {.name = name,
                                   .repeat_every = SJ_TIME_PERIOD_REPEAT_EVERY_YEAR,
                                   .month_of_year = first / 100,
                                   .day_of_month = first % 100,
                                   .month_of_year_end = last / 100,
                                   .day_of_month_end = last % 100,
                                   .start_time = start,
                                   .end_time = end};
    put(plan, PLAN_TIME_PERIOD, name, &period, sizeof period);
}

static void add_pool(struct dial_plan *plan, const char *name, const char *zone) {
    const sj_date_time_group group = {.name = name, .time_zone = zone};
    const sj_device_pool pool = {.name = name, .date_time_group = name};
    put(plan, PLAN_DATE_TIME_GROUP, name, &group, sizeof group);
    put(plan, PLAN_DEVICE_POOL, name, &pool, sizeof pool);
}

static int make_plan(void **state) {
    static struct dial_plan plan;
    static const char *const periods[] = {"Office", "Saturday closed",    "Saturday", "New Year",
                                          "Xmas",   "Night of the change"};
    static const char *const spaces[] = {"Always", "Office", "Berlin", "Gone"};
    const sj_time_schedule schedule = {"Office", "", periods, 6};
    const sj_time_schedule never = {"Never", "", NULL, 0};
    assert_int_equal(dial_plan_init(&plan, release, NULL), SJ_OK);
    plan.time_zone_offset = sj_time_zone_offset_at;
    add_week(&plan, "Office", SJ_WEEKDAY_MON, SJ_WEEKDAY_FRI, "08:00", "17:30");
    add_week(&plan, "Saturday closed", SJ_WEEKDAY_SAT, SJ_WEEKDAY_SAT, "", "");
    add_week(&plan, "Saturday", SJ_WEEKDAY_SAT, SJ_WEEKDAY_SAT, "08:00", "12:00");
    add_week(&plan, "Night of the change", SJ_WEEKDAY_SUN, SJ_WEEKDAY_SUN, "01:15", "02:45");
    add_year(&plan, "New Year", 101, 0, "", "");
    add_year(&plan, "Xmas", 1224, 102, "10:00", "11:00");
    add_pool(&plan, "London", "Europe/London");
    add_pool(&plan, "New York", "America/New_York");
    put(&plan, PLAN_TIME_SCHEDULE, "Office", &schedule, sizeof schedule);
    put(&plan, PLAN_TIME_SCHEDULE, "Never", &never, sizeof never);
    const sj_partition partitions[] = {
        {.name = "Office", .time_schedule = "Office", .time_zone = ""},
        {.name = "Berlin", .time_schedule = "Office", .time_zone = "Europe/Berlin"},
        {.name = "Always", .time_schedule = "", .time_zone = "Europe/Berlin"},
        {.name = "Gone", .time_schedule = "Never", .time_zone = ""}};
    for (size_t i = 0; i < 4; i++) {
        put(&plan, PLAN_PARTITION, partitions[i].name, &partitions[i], sizeof partitions[i]);
    }
    const sj_calling_search_space space = {
        .name = "All", .partitions = spaces, .partitions_count = 4};
    put(&plan, PLAN_CALLING_SEARCH_SPACE, "All", &space, sizeof space);
    *state = &plan;
    return 0;
}

static int free_plan(void **state) {
    dial_plan_free(*state);
    return 0;
}

static bool is_active(const struct dial_plan *plan, const char *partition, const char *pool,
                      const char *when) {
    struct moment moment = {.device_pool = pool};
    assert_true(moment_read(plan, when, pool, &moment.utc_s));
    return partition_is_active(plan, partition, &moment, NULL);
}

static bool in_london(const struct dial_plan *plan, const char *when) {
    return is_active(plan, "Office", "London", when);
}

static void days_and_hours_of_the_week(void **state) {
    assert_false(in_london(*state, "2026-11-27T07:59")); /* a Friday */
    assert_true(in_london(*state, "2026-11-27T08:00"));
    assert_true(in_london(*state, "2026-11-27T17:29:59"));
    assert_false(in_london(*state, "2026-11-27T17:30"));
    assert_true(in_london(*state, "2026-11-28T11:59")); /* hours before no office hours */
    assert_false(in_london(*state, "2026-11-28T12:00"));
    assert_false(in_london(*state, "2026-11-29T09:00"));
}

static void days_of_the_year_come_first(void **state) {
    assert_false(in_london(*state, "2026-12-24T09:00")); /* a Thursday, but of the year */
    assert_true(in_london(*state, "2026-12-24T10:30"));
    assert_true(in_london(*state, "2026-12-27T10:30")); /* a Sunday */
    assert_true(in_london(*state, "2027-01-01T10:30")); /* hours before no office hours */
    assert_true(in_london(*state, "2027-01-02T10:59")); /* over the end of the year */
    assert_true(in_london(*state, "2027-01-04T09:00"));
    assert_true(in_london(*state, "2026-12-23T09:00"));
}

static void weeks_that_wrap(void **state) {
    struct dial_plan *plan = *state;
    static const char *const wrapping[] = {"Weekend"};
    const sj_time_schedule schedule = {"Office", "", wrapping, 1};
    add_week(plan, "Weekend", SJ_WEEKDAY_FRI, SJ_WEEKDAY_MON, "00:00", "24:00");
    put(plan, PLAN_TIME_SCHEDULE, "Office", &schedule, sizeof schedule);
    assert_true(in_london(plan, "2026-11-27T00:00"));
    assert_true(in_london(plan, "2026-11-29T12:00"));
    assert_true(in_london(plan, "2026-11-30T23:59"));
    assert_false(in_london(plan, "2026-12-01T00:00"));
}

static void whose_clocks_count(void **state) {
    struct dial_plan *plan = *state;
    assert_true(is_active(plan, "Office", "London", "2026-11-27T12:00Z"));
    assert_false(is_active(plan, "Office", "New York", "2026-11-27T12:00Z")); /* 07:00 */
    assert_true(is_active(plan, "Berlin", "New York", "2026-11-27T07:00Z"));
    assert_true(is_active(plan, "Berlin", "New York", "2026-11-27T16:29Z"));
    assert_false(is_active(plan, "Berlin", "New York", "2026-11-27T16:30Z"));
    assert_true(is_active(plan, "Office", "", "2026-11-27T08:00Z")); /* nobody's: UTC */
    assert_true(is_active(plan, "Always", "London", "2026-11-29T03:00Z"));
    assert_false(is_active(plan, "Gone", "London", "2026-11-27T12:00Z"));
    assert_false(is_active(plan, "Gone", "London", "2026-11-28T09:00Z"));
    assert_true(is_active(plan, "Unknown", "London", "2026-11-28T09:00Z"));
}

/* London, 29 March: 00:59:59 and then 02:00. 25 October: 01:00 to 02:00 comes twice. */
static void changes_of_summer_time(void **state) {
    struct dial_plan *plan = *state;
    assert_false(is_active(plan, "Office", "London", "2026-03-29T00:59:59Z")); /* 00:59:59 */
    assert_true(is_active(plan, "Office", "London", "2026-03-29T01:00Z"));     /* 02:00 */
    assert_true(is_active(plan, "Office", "London", "2026-03-29T01:44Z"));
    assert_false(is_active(plan, "Office", "London", "2026-03-29T01:45Z"));
    assert_false(is_active(plan, "Office", "London", "2026-10-25T00:14Z"));
    assert_true(is_active(plan, "Office", "London", "2026-10-25T00:15Z"));  /* 01:15, summer */
    assert_false(is_active(plan, "Office", "London", "2026-10-25T01:00Z")); /* 01:00, winter */
    assert_true(is_active(plan, "Office", "London", "2026-10-25T01:15Z"));  /* 01:15 again */
    assert_true(is_active(plan, "Office", "London", "2026-03-27T08:00Z"));  /* 08:00, winter */
    assert_false(is_active(plan, "Office", "London", "2026-03-30T06:59Z"));
    assert_true(is_active(plan, "Office", "London", "2026-03-30T07:00Z")); /* 08:00, summer */
}

static int64_t read_there(const struct dial_plan *plan, const char *text) {
    int64_t utc_s = -1;
    return moment_read(plan, text, "London", &utc_s) ? utc_s : -1;
}

static void moments_are_read(void **state) {
    const struct dial_plan *plan = *state;
    char text[32];
    assert_int_equal(read_there(plan, "2026-07-01T12:00"), 1782903600);
    assert_int_equal(read_there(plan, "2026-07-01 12:00:30"), 1782903630);
    assert_int_equal(read_there(plan, "2026-07-01T12:00Z"), 1782907200);
    assert_int_equal(read_there(plan, "2026-07-01T12:00-05:00"), 1782925200);
    assert_int_equal(read_there(plan, "2026-07-01T12:00+14:00"), 1782856800);
    assert_int_equal(read_there(plan, "2026-07-01T12:00+05:59"), 1782885660);
    /* 01:30 is skipped in March: the same while after the change; in October it is the first. */
    assert_int_equal(read_there(plan, "2026-03-29T01:30"), 1774747800);
    assert_int_equal(read_there(plan, "2026-10-25T01:30"), 1792888200);
    moment_write(plan, 1774747800, "Europe/London", text, sizeof text);
    assert_string_equal(text, "2026-03-29 02:30");
    static const char *const wrong[] = {"",
                                        "now",
                                        "2026-07-01",
                                        "2026-06-31T12:00",
                                        "2026-07-01T25:00",
                                        "2026-07-01T12:00+1:00",
                                        "2026-07-01T12:00Z ",
                                        "12:00",
                                        "1969-01-01T00:00Z",
                                        "2026-07-01T12:00++1:00",
                                        "2026-07-01T12:00+99:99",
                                        "2026-07-01T12:00+01:60",
                                        "2026-07-01T12:00-14:01",
                                        "9999-12-31T23:59-24:00",
                                        "2026-07-01T12:00:60",
                                        "2026-07-01T12:00:61",
                                        "2026-07-01T12:00+01:00x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (read_there(plan, wrong[i]) != -1) {
            fail_msg("\"%s\" was read", wrong[i]);
        }
    }
}

static void partitions_that_are_closed_are_not_laid_out(void **state) {
    const struct dial_plan *plan = *state;
    const struct calling_search_spaces spaces = {{"All"}, 1};
    const struct moment evening = {1792958400, "London"}; /* Sunday, 20:00 UTC */
    const struct moment none = {0, "London"};
    struct visible_partitions visible;
    assert_int_equal(visible_partitions_lay_out(plan, &spaces, &evening, &visible), SJ_OK);
    assert_int_equal(visible.count, 2);
    assert_string_equal(visible.names[0], "Always");
    assert_string_equal(visible.names[1], "");
    assert_int_equal(visible.closed_count, 3);
    assert_string_equal(visible.closed[1], "Berlin");
    visible_partitions_free(&visible);
    assert_int_equal(visible_partitions_lay_out(plan, &spaces, &none, &visible), SJ_OK);
    assert_int_equal(visible.count, 5);
    assert_int_equal(visible.closed_count, 0);
    visible_partitions_free(&visible);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(days_and_hours_of_the_week, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(days_of_the_year_come_first, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(weeks_that_wrap, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(whose_clocks_count, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(changes_of_summer_time, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(moments_are_read, make_plan, free_plan),
        cmocka_unit_test_setup_teardown(partitions_that_are_closed_are_not_laid_out, make_plan,
                                        free_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
