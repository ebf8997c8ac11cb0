/* The rules for EMCC base devices: numbering and capacity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emcc_devices.h"

static void capacity(void **state) {
    char why[256] = "";
    (void)state;
    assert_true(emcc_devices_fit(50000, 4000, 1000, 60000, why, sizeof why));
    assert_false(emcc_devices_fit(50000, 4000, 1001, 60000, why, sizeof why));
    assert_non_null(strstr(why, "50000 phones + 2 x 5001 EMCC devices would be 60002"));
    assert_non_null(strstr(why, "at most 1000 more"));
    assert_false(emcc_devices_fit(70000, 0, 1, 60000, why, sizeof why));
    assert_non_null(strstr(why, "at most 0 more"));
}

static void numbers_are_not_used_again(void **state) {
    char name[EMCC_DEVICE_NAME_ROOM];
    (void)state;
    assert_int_equal(emcc_devices_next_number(0, 0), 1);
    assert_int_equal(emcc_devices_next_number(123, 120), 124);
    assert_int_equal(emcc_devices_next_number(0, 150), 151);
    emcc_device_name(124, name);
    assert_string_equal(name, "EMCC124");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(capacity),
                                       cmocka_unit_test(numbers_are_not_used_again)};
    return cmocka_run_group_tests_name("bulk, pure parts", tests, NULL, NULL);
}
