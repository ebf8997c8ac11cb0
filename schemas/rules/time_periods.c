/* Rules of time periods: hours have both ends, and dates exist. */
#include "rules/rules.h"

#include <string.h>

#include "resources/time_period.h"

static void check_hours(const struct sj_rule_check *check, const sj_time_period *period) {
    const bool starts = period->start_time[0] != '\0', ends = period->end_time[0] != '\0';
    if (starts != ends) {
        sj_rule_tell(check, sj_rule_field(starts ? "end_time" : "start_time"),
                     "expected both start_time and end_time, or neither for no office hours, got "
                     "only \"%s\"",
                     starts ? period->start_time : period->end_time);
    } else if (starts && strcmp(period->start_time, period->end_time) >= 0) {
        sj_rule_tell(
            check, sj_rule_field("end_time"),
            "expected a time later than the start, %s, got \"%s\": hours over midnight are "
            "two periods",
            period->start_time, period->end_time);
    }
}

/* A month that is none has been told by the field's limits. */
static void check_date(const struct sj_rule_check *check, int64_t month, int64_t day,
                       const char *field) {
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month <= 12 && (month < 1 || day < 1 || day > days[month - 1])) {
        sj_rule_tell(check, sj_rule_field(field),
                     "expected a date of the year, got day %d of month %d", (int)day, (int)month);
    }
}

void sj_rule_time_period(const struct sj_rule_check *check, const void *record) {
    const sj_time_period *period = record;
    check_hours(check, period);
    if (period->repeat_every == SJ_TIME_PERIOD_REPEAT_EVERY_YEAR) {
        check_date(check, period->month_of_year, period->day_of_month, "day_of_month");
        if (period->month_of_year_end != 0 || period->day_of_month_end != 0) {
            check_date(check, period->month_of_year_end, period->day_of_month_end,
                       "day_of_month_end");
        }
    }
}
