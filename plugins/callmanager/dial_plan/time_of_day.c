/* Compares what clocks show with the periods of a schedule. */
#include "dial_plan/time_of_day.h"
#include "resources/date_time_group.h"

#include <sojourn/base/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NO_ZONE "Etc/GMT"
#define YEAR_10000 INT64_C(253402300800)

struct local_time local_time_make(int64_t utc_s, int32_t offset_s) {
    const time_t shown = (time_t)(utc_s + offset_s);
    struct tm parts;
    (void)gmtime_r(&shown, &parts);
    return (struct local_time){.month = parts.tm_mon + 1,
                               .day = parts.tm_mday,
                               .weekday = parts.tm_wday,
                               .minute = parts.tm_hour * 60 + parts.tm_min};
}

/* ---- periods ---- */

/* "08:30", as the declaration has checked it. */
static int minute_of(const char *text) {
    return (int)strtol(text, NULL, 10) * 60 + (int)strtol(text + 3, NULL, 10);
}

/* first to last, round the end where the last comes before. */
static bool lies_within(int64_t value, int64_t first, int64_t last) {
    return first <= last ? value >= first && value <= last : value >= first || value <= last;
}

static bool is_of_year(const sj_time_period *period) {
    return period->repeat_every == SJ_TIME_PERIOD_REPEAT_EVERY_YEAR;
}

static bool is_day_of(const sj_time_period *period, const struct local_time *now) {
    if (!is_of_year(period)) {
        return lies_within(now->weekday, period->start_day, period->end_day);
    }
    const int64_t first = period->month_of_year * 100 + period->day_of_month;
    const int64_t last = period->month_of_year_end * 100 + period->day_of_month_end;
    return lies_within(now->month * 100 + now->day, first, last == 0 ? first : last);
}

static bool is_hour_of(const sj_time_period *period, const struct local_time *now) {
    return period->start_time[0] != '\0' && now->minute >= minute_of(period->start_time) &&
           now->minute < minute_of(period->end_time);
}

bool time_schedule_is_active(const struct dial_plan *plan, const sj_time_schedule *schedule,
                             const struct local_time *now) {
    bool day_of_year = false, active_by_year = false, active_by_week = false;
    for (size_t i = 0; i < schedule->time_periods_count; i++) {
        const sj_time_period *period =
            dial_plan_get(plan, PLAN_TIME_PERIOD, schedule->time_periods[i]);
        if (period == NULL || !is_day_of(period, now)) {
            continue;
        }
        const bool open = is_hour_of(period, now);
        day_of_year = day_of_year || is_of_year(period);
        active_by_year = active_by_year || (is_of_year(period) && open);
        active_by_week = active_by_week || (!is_of_year(period) && open);
    }
    return day_of_year ? active_by_year : active_by_week;
}

/* ---- clocks ---- */

const char *device_pool_zone(const struct dial_plan *plan, const char *device_pool) {
    const sj_device_pool *pool = dial_plan_get(plan, PLAN_DEVICE_POOL, device_pool);
    const sj_date_time_group *group =
        pool == NULL ? NULL : dial_plan_get(plan, PLAN_DATE_TIME_GROUP, pool->date_time_group);
    return group == NULL ? NO_ZONE : group->time_zone;
}

/* A plan that cannot ask clocks counts in UTC. */
static int32_t offset_at(const struct dial_plan *plan, const char *zone, int64_t utc_s) {
    int32_t offset = 0;
    return plan->time_zone_offset != NULL && plan->time_zone_offset(zone, utc_s, &offset) == SJ_OK
               ? offset
               : 0;
}

bool partition_is_active(const struct dial_plan *plan, const char *partition,
                         const struct moment *moment, const char **zone) {
    const sj_partition *record =
        moment->utc_s == 0 ? NULL : dial_plan_get(plan, PLAN_PARTITION, partition);
    const sj_time_schedule *schedule =
        record == NULL ? NULL : dial_plan_get(plan, PLAN_TIME_SCHEDULE, record->time_schedule);
    const char *counts = schedule == NULL ? ""
                         : sj_given(record->time_zone)
                             ? record->time_zone
                             : device_pool_zone(plan, moment->device_pool);
    if (zone != NULL) {
        *zone = counts;
    }
    if (schedule == NULL) {
        return true;
    }
    const struct local_time now =
        local_time_make(moment->utc_s, offset_at(plan, counts, moment->utc_s));
    return time_schedule_is_active(plan, schedule, &now);
}

/* ---- moments in words ---- */

enum { OFFSET_MINUTES_MOST = 14 * 60 }; /* further from UTC no clocks are */

/* "", "Z", "+01:00", "-03:30". */
static bool read_offset(const char *text, bool *given, int64_t *offset_s) {
    static const char digits[] = "0123456789";
    *given = text[0] != '\0';
    *offset_s = 0;
    if (!*given || strcmp(text, "Z") == 0) {
        return true;
    }
    if ((text[0] != '+' && text[0] != '-') || strspn(text + 1, digits) != 2 || text[3] != ':' ||
        strspn(text + 4, digits) != 2 || text[6] != '\0') {
        return false;
    }
    const int64_t minutes = minute_of(text + 1);
    *offset_s = text[0] == '-' ? -60 * minutes : 60 * minutes;
    return text[4] <= '5' && minutes <= OFFSET_MINUTES_MOST;
}

/* The moment at which the clocks of a zone show so many seconds since 1970. They change by some
 * hours at most: a day before they have the offset from before a change. */
static int64_t moment_shown(const struct dial_plan *plan, const char *zone, int64_t shown) {
    const int64_t before = shown - offset_at(plan, zone, shown - 86400);
    const int64_t after = shown - offset_at(plan, zone, shown + 86400);
    return before + offset_at(plan, zone, before) != shown &&
                   after + offset_at(plan, zone, after) == shown
               ? after
               : before;
}

bool moment_read(const struct dial_plan *plan, const char *text, const char *device_pool,
                 int64_t *utc_s) {
    struct tm parts = {0};
    bool offset_given;
    int64_t offset;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M", &parts);
    rest = rest == NULL ? strptime(text, "%Y-%m-%d %H:%M", &parts) : rest;
    if (rest != NULL && rest[0] == ':') {
        rest = strptime(rest, ":%S", &parts);
    }
    const struct tm wanted = parts;
    const int64_t shown = rest == NULL ? 0 : (int64_t)timegm(&parts);
    if (rest == NULL || !read_offset(rest, &offset_given, &offset) ||
        parts.tm_mday != wanted.tm_mday || wanted.tm_sec > 59) {
        return false; /* the 31st of June is the first of July, the 60th second the first */
    }
    *utc_s = offset_given ? shown - offset
                          : moment_shown(plan, device_pool_zone(plan, device_pool), shown);
    return *utc_s > 0 && *utc_s < YEAR_10000;
}

void moment_write(const struct dial_plan *plan, int64_t utc_s, const char *zone, char *text,
                  size_t room) {
    const time_t shown = (time_t)(utc_s + offset_at(plan, zone, utc_s));
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&shown, &parts) != NULL) {
        (void)strftime(text, room, "%Y-%m-%d %H:%M", &parts);
    }
}
