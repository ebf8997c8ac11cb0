/* Reads a rule from left to right and compares a moment with the two changes of its year. */
#include "host/record/time_zone_rule.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600, DAY = 86400 };

/* Skips "CET" or "<+0330>". */
static const char *after_name(const char *at) {
    if (*at == '<') {
        return strchr(at, '>') + 1;
    }
    while (isalpha((unsigned char)*at)) {
        at++;
    }
    return at;
}

/* "-9:30", "2", "24", "-1"; in seconds. */
static int32_t read_time(const char **at) {
    const int sign = **at == '-' ? -1 : 1;
    int32_t seconds = 0;
    *at += **at == '-' || **at == '+' ? 1 : 0;
    for (int32_t unit = HOUR; unit >= 1; unit /= 60) {
        char *end;
        seconds += (int32_t)strtol(*at, &end, 10) * unit;
        *at = end;
        if (*end != ':') {
            break;
        }
        *at = end + 1;
    }
    return sign * seconds;
}

/* Days from 1970-01-01 to the first of a month of the Gregorian calendar. */
static int64_t days_to(int64_t year, int64_t month) {
    const int64_t shifted = month <= 2 ? year - 1 : year; /* a year that begins in March */
    const int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    const int64_t of_era = shifted - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t year_of(int64_t seconds) {
    const int64_t day = seconds / DAY - (seconds % DAY < 0 ? 1 : 0);
    int64_t year = 1970 + day / 366 - (day < 0 ? 1 : 0); /* never later */
    while (days_to(year + 1, 1) <= day) {
        year++;
    }
    return year;
}

/* "M3.5.0/1": in seconds after 1970, as if the clocks showed UTC. */
static int64_t read_change(const char **at, int64_t year) {
    char *end;
    const long month = strtol(*at + 1, &end, 10);
    const long week = strtol(end + 1, &end, 10);
    const long weekday = strtol(end + 1, &end, 10);
    const int64_t first = days_to(year, month);
    const int64_t next_month = month == 12 ? days_to(year + 1, 1) : days_to(year, month + 1);
    int64_t day = first + (weekday - (first + 4) % 7 + 7) % 7 + (week - 1) * 7;
    day -= day >= next_month ? 7 : 0; /* week 5: the last */
    *at = end;
    if (**at != '/') {
        return day * DAY + 2L * HOUR;
    }
    *at += 1;
    return day * DAY + read_time(at);
}

int32_t sj_time_zone_rule_offset(const char *rule, int64_t utc_s) {
    const char *at = after_name(rule);
    const int32_t standard = -read_time(&at);
    if (*at == '\0') {
        return standard;
    }
    at = after_name(at);
    const int32_t summer = *at == ',' ? standard + HOUR : -read_time(&at);
    const int64_t year = year_of(utc_s + standard);
    at++;
    const int64_t begins = read_change(&at, year) - standard;
    at++;
    const int64_t ends = read_change(&at, year) - summer;
    const bool is_summer =
        begins < ends ? utc_s >= begins && utc_s < ends : utc_s >= begins || utc_s < ends;
    return is_summer ? summer : standard;
}
