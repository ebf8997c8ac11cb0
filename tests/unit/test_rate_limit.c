/* Token buckets: the burst, the refill, what was held back, and a table that is full of other keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sip/rate_limit.h"

static void test_one_key(void **state) {
    struct rate_limit limit;
    uint32_t held = 7;
    (void)state;
    assert_true(rate_limit_init(&limit, 8, 3, 1000));
    assert_true(rate_limit_is_clean(&limit, 5, 0));
    for (int i = 0; i < 3; i++) {
        assert_true(rate_limit_take(&limit, 5, 10, &held));
        assert_int_equal(held, 0);
    }
    assert_false(rate_limit_allows(&limit, 5, 10));
    assert_true(rate_limit_allows(&limit, 6, 10));
    for (uint32_t i = 1; i <= 4; i++) {
        assert_false(rate_limit_take(&limit, 5, 500, &held));
        assert_int_equal(held, i);
    }
    assert_false(rate_limit_allows(&limit, 5, 1000));
    assert_true(rate_limit_take(&limit, 5, 1010, &held));
    assert_int_equal(held, 4);
    assert_false(rate_limit_take(&limit, 5, 1010, NULL));
    assert_false(rate_limit_is_clean(&limit, 5, 3000));
    assert_true(rate_limit_is_clean(&limit, 5, 10000)); /* full again: as if nothing had been */
    rate_limit_free(&limit);
}

/* Whoever is at the limit stays there, whatever number of others come by. */
static void test_many_keys(void **state) {
    struct rate_limit limit;
    (void)state;
    assert_true(rate_limit_init(&limit, 64, 4, 1000));
    while (rate_limit_take(&limit, 0, 1, NULL)) {
    }
    for (uint64_t key = 1; key < 100000; key++) {
        assert_true(rate_limit_take(&limit, key * 0x9e3779b97f4a7c15u, 2, NULL));
        assert_false(rate_limit_allows(&limit, 0, 2));
    }
    rate_limit_free(&limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key),
        cmocka_unit_test(test_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
