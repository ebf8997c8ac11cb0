/* The vendor's names of time zones are remembered: a clock is gone through once for each zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phone_time_zone.h"

static int asked;

/* Berlin is an hour ahead all year long, what begins with "Nowhere" is no zone, all else is UTC. */
static bool clock_of(void *user, const char *zone, int64_t utc_s, int32_t *offset_s) {
    (void)user;
    (void)utc_s;
    asked++;
    *offset_s = strcmp(zone, "Europe/Berlin") == 0 ? 3600 : 0;
    return strncmp(zone, "Nowhere", 7) != 0;
}

static void a_zone_is_looked_for_once(void **state) {
    struct phone_time_zones zones = {0};
    bool exact = false, again = false;
    (void)state;
    asked = 0;
    const char *name = phone_time_zones_find(&zones, "Europe/Berlin", clock_of, NULL, &exact);
    assert_true(asked > 0 && exact);
    asked = 0;
    assert_ptr_equal(phone_time_zones_find(&zones, "Europe/Berlin", clock_of, NULL, &again), name);
    assert_true(again);
    assert_int_equal(asked, 0);
    (void)phone_time_zones_find(&zones, "Nowhere", clock_of, NULL, &exact);
    assert_false(exact);
    asked = 0;
    exact = true;
    (void)phone_time_zones_find(&zones, "Nowhere", clock_of, NULL, &exact);
    assert_false(exact);
    assert_int_equal(asked, 0);
}

static void the_oldest_make_room(void **state) {
    struct phone_time_zones zones = {0};
    char name[80];
    bool exact;
    (void)state;
    (void)phone_time_zones_find(&zones, "Europe/Berlin", clock_of, NULL, &exact);
    for (int i = 0; i < PHONE_TIME_ZONES; i++) {
        (void)snprintf(name, sizeof name, "Nowhere/%d", i);
        (void)phone_time_zones_find(&zones, name, clock_of, NULL, &exact);
    }
    asked = 0;
    (void)phone_time_zones_find(&zones, name, clock_of, NULL, &exact);
    assert_int_equal(asked, 0);
    (void)phone_time_zones_find(&zones, "Europe/Berlin", clock_of, NULL, &exact);
    assert_true(asked > 0 && exact);
}

/* And the empty name is none that is remembered from the beginning. */
static void names_that_do_not_fit(void **state) {
    struct phone_time_zones zones = {0};
    char name[80];
    bool exact;
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        asked = 0;
        (void)phone_time_zones_find(&zones, name, clock_of, NULL, &exact);
        assert_true(asked > 0);
    }
    asked = 0;
    assert_non_null(phone_time_zones_find(&zones, "", clock_of, NULL, &exact));
    assert_true(asked > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_looked_for_once),
        cmocka_unit_test(the_oldest_make_room),
        cmocka_unit_test(names_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
