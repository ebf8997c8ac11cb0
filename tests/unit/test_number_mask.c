/* Masks over numbers: from the right, shorter and longer than the number, and with little room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/number_mask.h>

static void masks(void **state) {
    static const struct {
        const char *mask, *number, *result;
    } cases[] = {
        {"+4940400XXXX", "4001", "+49404004001"},
        {"\\+4940400XXXX", "4001", "+49404004001"},
        {"XX", "4001", "01"},
        {"XXXXXX", "4001", "4001"},
        {"4940400XX12", "4001", "49404004012"},
        {"7639719800", "40361", "7639719800"},
        {"", "4001", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char result[32], small[5];
        sj_number_mask(cases[i].mask, cases[i].number, result, sizeof result);
        assert_string_equal(result, cases[i].result);
        sj_number_mask(cases[i].mask, cases[i].number, small, sizeof small);
        const char *cut = cases[i].result;
        while (strlen(cut) > 4) {
            cut++;
        }
        assert_string_equal(small, cut);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(masks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
