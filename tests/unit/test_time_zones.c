/* What clocks show in each zone: around the changes of summer time, and beside the C library with
 * the same release of the zone database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "host/record/time_zone_rule.h"
#include "host/record/time_zones.h"

#include <sojourn/error.h>

static int64_t utc(int year, int month, int day, int hour, int minute, int second) {
    struct tm parts = {.tm_year = year - 1900,
                       .tm_mon = month - 1,
                       .tm_mday = day,
                       .tm_hour = hour,
                       .tm_min = minute,
                       .tm_sec = second};
    return timegm(&parts);
}

static int32_t offset_at(const char *zone, int64_t moment) {
    int32_t offset = INT32_MIN;
    assert_int_equal(sj_time_zone_offset_at(zone, moment, &offset), SJ_OK);
    return offset;
}

/* The second before a change, and the change. */
static void changes(const char *zone, int64_t moment, int32_t before, int32_t after) {
    assert_int_equal(offset_at(zone, moment - 1), before);
    assert_int_equal(offset_at(zone, moment), after);
}

static void summer_time_begins_and_ends_to_the_second(void **state) {
    (void)state;
    changes("Europe/London", utc(2026, 3, 29, 1, 0, 0), 0, 3600);
    changes("Europe/London", utc(2026, 10, 25, 1, 0, 0), 3600, 0);
    changes("Europe/Berlin", utc(2026, 3, 29, 1, 0, 0), 3600, 7200);
    changes("America/New_York", utc(2027, 3, 14, 7, 0, 0), -18000, -14400);
    changes("America/New_York", utc(2027, 11, 7, 6, 0, 0), -14400, -18000);
    changes("Australia/Sydney", utc(2026, 10, 3, 16, 0, 0), 36000, 39600); /* over the new year */
    changes("Australia/Sydney", utc(2027, 4, 3, 16, 0, 0), 39600, 36000);
    changes("Australia/Lord_Howe", utc(2026, 10, 3, 15, 30, 0), 37800, 39600); /* half an hour */
    changes("America/Nuuk", utc(2026, 3, 29, 1, 0, 0), -7200, -3600);  /* the evening before */
    changes("Asia/Jerusalem", utc(2026, 3, 27, 0, 0, 0), 7200, 10800); /* Thursday, 26 o'clock */
    changes("Europe/Dublin", utc(2026, 10, 25, 1, 0, 0), 3600, 0);     /* less in winter */
}

static void ramadan_and_zones_without_summer_time(void **state) {
    (void)state;
    changes("Africa/Casablanca", utc(2027, 2, 7, 2, 0, 0), 3600, 0);
    changes("Africa/Casablanca", utc(2027, 3, 14, 2, 0, 0), 0, 3600);
    assert_int_equal(offset_at("Asia/Kathmandu", 0), 20700);
    assert_int_equal(offset_at("Etc/GMT+3", utc(2026, 7, 1, 0, 0, 0)), -10800);
    assert_int_equal(offset_at("UTC", utc(2026, 7, 1, 0, 0, 0)), 0);
    int32_t offset;
    assert_int_equal(sj_time_zone_offset_at("Europe/Londn", 0, &offset), SJ_E_NOT_FOUND);
}

static void rules_before_1970_and_in_leap_years(void **state) {
    static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
    (void)state;
    assert_int_equal(sj_time_zone_rule_offset(berlin, utc(1969, 7, 1, 0, 0, 0)), 7200);
    assert_int_equal(sj_time_zone_rule_offset(berlin, utc(1969, 12, 31, 23, 59, 59)), 3600);
    assert_int_equal(sj_time_zone_rule_offset(berlin, utc(2028, 3, 26, 0, 59, 59)), 3600);
    assert_int_equal(sj_time_zone_rule_offset(berlin, utc(2028, 3, 26, 1, 0, 0)), 7200);
    assert_int_equal(sj_time_zone_rule_offset(berlin, utc(2400, 2, 29, 12, 0, 0)), 3600);
}

/* ---- beside the C library ---- */

static bool library_has_the_same_release(void) {
    char line[64] = "";
    FILE *file = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
    if (file == NULL) {
        return false;
    }
    const bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    return read && strcmp(line, "# version 2025b\n") == 0;
}

static void compare_zone(const char *zone) {
    char variable[80];
    (void)snprintf(variable, sizeof variable, ":%s", zone);
    assert_int_equal(setenv("TZ", variable, 1), 0);
    tzset();
    const int64_t closely_until = utc(2027, 1, 1, 0, 0, 0);
    int64_t step = 0;
    for (int64_t moment = utc(2026, 1, 1, 0, 30, 0); moment < utc(2039, 12, 31, 0, 0, 0);
         moment += step) {
        const time_t now = (time_t)moment;
        struct tm parts;
        step = (moment < closely_until ? 5 : 97) * 3600;
        assert_non_null(localtime_r(&now, &parts));
        if (offset_at(zone, moment) != parts.tm_gmtoff) {
            fail_msg("%s at %lld: %d, the C library says %ld", zone, (long long)moment,
                     offset_at(zone, moment), parts.tm_gmtoff);
        }
    }
}

static void every_zone_is_as_in_the_c_library(void **state) {
    char line[256], word[64], name[64];
    (void)state;
    if (!library_has_the_same_release()) {
        skip();
    }
    FILE *file = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
    assert_non_null(file);
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const bool zone = line[0] == 'Z' && sscanf(line, "Z %63s", name) == 1;
        const bool link = line[0] == 'L' && sscanf(line, "L %63s %63s", word, name) == 2;
        if (zone || link) {
            if (sj_time_zone_exists(name)) {
                compare_zone(name);
                count++;
            }
        }
    }
    (void)fclose(file);
    assert_int_equal(count, 597); /* all but "Factory" */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summer_time_begins_and_ends_to_the_second),
        cmocka_unit_test(ramadan_and_zones_without_summer_time),
        cmocka_unit_test(rules_before_1970_and_in_leap_years),
        cmocka_unit_test(every_zone_is_as_in_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
