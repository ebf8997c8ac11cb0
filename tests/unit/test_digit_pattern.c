/* Dial patterns: compiling, matching, closeness, separators; transformations of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/digit_pattern.h"
#include "dial_plan/transformations.h"
#include "host/record/dial_pattern.h"

static struct digit_pattern compiled(const char *text) {
    struct digit_pattern pattern;
    sj_error error = {0};
    assert_int_equal(digit_pattern_compile(text, &pattern, &error), SJ_OK);
    return pattern;
}

static bool matches(const char *text, const char *digits) {
    const struct digit_pattern pattern = compiled(text);
    return digit_pattern_match(&pattern, digits, NULL);
}

static bool longer(const char *text, const char *digits) {
    const struct digit_pattern pattern = compiled(text);
    return digit_pattern_could_match_longer(&pattern, digits);
}

static void test_wildcards(void **state) {
    (void)state;
    assert_true(matches("2XXX", "2000"));
    assert_false(matches("2XXX", "200"));
    assert_false(matches("2XXX", "20000"));
    assert_false(matches("2XXX", "200*"));
    assert_true(matches("9!", "91"));
    assert_false(matches("9!", "9"));
    assert_true(matches("9!#", "9123#"));
    assert_false(matches("9!#", "9123"));
    assert_true(matches("12?3", "13"));
    assert_true(matches("12?3", "122223"));
    assert_true(matches("12+3", "1223"));
    assert_false(matches("12+3", "13"));
    assert_true(matches("\\+49!", "+4989"));
    assert_false(matches("\\+49!", "4989"));
    assert_true(matches("[2-4]5", "35"));
    assert_false(matches("[2-4]5", "55"));
    assert_true(matches("[^2-4]5", "55"));
    assert_false(matches("[^2-4]5", "*5"));
    assert_true(matches("[135*]", "*"));
    assert_true(matches("*7A", "*7A"));
    assert_true(matches("9.911", "9911"));
    assert_true(matches("X?1", "1"));
    assert_true(matches("X?1", "991"));
}

static void test_longer(void **state) {
    (void)state;
    assert_true(longer("2XXX", "20"));
    assert_false(longer("2XXX", "2000"));
    assert_false(longer("2XXX", "30"));
    assert_true(longer("9!", "91"));
    assert_true(longer("9!", ""));
    assert_true(longer("911", "91"));
    assert_false(longer("911", "911"));
    assert_true(longer("12?", "1"));
    assert_false(longer("9!#", "9123#"));
}

static void test_cardinality(void **state) {
    const struct digit_pattern many = compiled("15!");
    const struct digit_pattern some = compiled("1[3-5]XX");
    const struct digit_pattern one = compiled("1515");
    const struct digit_pattern optional = compiled("12?3");
    (void)state;
    assert_true(digit_pattern_cardinality(&many, 4) == 100.0);
    assert_true(digit_pattern_cardinality(&some, 4) == 300.0);
    assert_true(digit_pattern_cardinality(&one, 4) == 1.0);
    assert_true(digit_pattern_cardinality(&many, 2) == 0.0);
    assert_true(digit_pattern_cardinality(&optional, 2) == 1.0);
    assert_true(digit_pattern_cardinality(&optional, 5) == 1.0);
}

static size_t pre_dot(const char *text, const char *digits) {
    const struct digit_pattern pattern = compiled(text);
    size_t found = 99;
    assert_true(digit_pattern_match(&pattern, digits, &found));
    return found;
}

static void test_separator(void **state) {
    (void)state;
    assert_int_equal(pre_dot("9.!", "91234"), 1);
    assert_int_equal(pre_dot("9011.!#", "90114420#"), 4);
    assert_int_equal(pre_dot("2XXX", "2000"), 0);
    assert_int_equal(pre_dot("0?.1X", "00015"), 3);
    assert_int_equal(pre_dot("\\+1.XX", "+155"), 2);
}

static void test_faults(void **state) {
    static const char *const wrong[] = {"",    ".",  "9..1",  "9.1.2", "?",      "[",
                                        "[]",  "[2", "[5-2]", "[z]",   "[^0-9]", "\\",
                                        "\\1", "2Z", "9.+",   "X x"};
    struct digit_pattern pattern;
    sj_error error;
    char longest[80];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        error.text[0] = '\0';
        assert_int_equal(digit_pattern_compile(wrong[i], &pattern, &error), SJ_E_INVALID);
        assert_non_null(strstr(error.text, "dial pattern"));
    }
    memset(longest, 'X', sizeof longest);
    longest[79] = '\0';
    assert_int_equal(digit_pattern_compile(longest, &pattern, &error), SJ_E_INVALID);
}

static void check(sj_discard_digits discard, const char *mask, const char *prefix,
                  const char *number, size_t dot, const char *expected) {
    const struct transformation change = {discard, mask, prefix};
    char result[DIGITS_MAX];
    transformation_apply(&change, number, dot, result);
    assert_string_equal(result, expected);
}

static void test_transformations(void **state) {
    (void)state;
    check(SJ_DISCARD_DIGITS_NONE, "", "", "91234", 1, "91234");
    check(SJ_DISCARD_DIGITS_PRE_DOT, "", "", "91234", 1, "1234");
    check(SJ_DISCARD_DIGITS_PRE_DOT_TRAILING_POUND, "", "", "90114420#", 4, "4420");
    check(SJ_DISCARD_DIGITS_TRAILING_POUND, "", "", "90114420#", 4, "90114420");
    check(SJ_DISCARD_DIGITS_NO_DIGITS, "", "", "91234", 1, "91234");
    check(SJ_DISCARD_DIGITS_NONE, "408555XXXX", "", "1234", 0, "4085551234");
    check(SJ_DISCARD_DIGITS_NONE, "XXXX", "", "4085551234", 0, "1234");
    check(SJ_DISCARD_DIGITS_NONE, "XXXX", "", "12", 0, "12");
    check(SJ_DISCARD_DIGITS_NONE, "\\+1XXX", "", "555", 0, "+1555");
    check(SJ_DISCARD_DIGITS_PRE_DOT, "", "00", "91234", 1, "001234");
    check(SJ_DISCARD_DIGITS_PRE_DOT, "8XX", "\\+4", "9112", 2, "+4812");
    check(SJ_DISCARD_DIGITS_NONE, "", "1111111111111111111111111111111111111111",
          "2222222222222222222222222222222222222222", 0,
          "111111111111111111111111111111111111111122222222222222222222222");
}

static void numbers_in_their_order(void **state) {
    static const struct {
        const char *text, *first, *last;
        size_t count;
    } cases[] = {{"501", "501", "501", 1},
                 {"50X", "500", "509", 10},
                 {"5[1-3]X", "510", "539", 30},
                 {"*[^1-9]", "*0", "*0", 1},
                 {"\\+1[05]", "+10", "+15", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digit_pattern pattern;
        char number[DIGITS_MAX] = "", last[DIGITS_MAX] = "";
        size_t count = 0;
        sj_error error;
        assert_int_equal(digit_pattern_compile(cases[i].text, &pattern, &error), SJ_OK);
        while (digit_pattern_next(&pattern, number)) {
            if (count++ == 0) {
                assert_string_equal(number, cases[i].first);
            }
            assert_true(digit_pattern_match(&pattern, number, NULL));
            memcpy(last, number, sizeof last);
        }
        assert_string_equal(last, cases[i].last);
        assert_int_equal(count, cases[i].count);
    }
}

/* What is accepted where a pattern is given, and what digit analysis can use, are the same: random
 * texts decide alike. */
static void what_is_accepted_can_be_used(void **state) {
    static const char alphabet[] = "0159XX!!?+..[[]]^-\\*#A@ ";
    uint32_t seed = 20261128;
    size_t good = 0;
    (void)state;
    for (int round = 0; round < 300000; round++) {
        char text[16];
        struct digit_pattern pattern;
        sj_error error;
        seed = seed * 1664525u + 1013904223u;
        const size_t length = seed >> 16 & 7u;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        text[length] = '\0';
        const bool usable = digit_pattern_compile(text, &pattern, &error) == SJ_OK;
        if (usable != sj_dial_pattern_valid(text)) {
            fail_msg("\"%s\": digit analysis says %d", text, usable);
        }
        good += usable;
    }
    assert_true(good > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_accepted_can_be_used),
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_longer),
        cmocka_unit_test(test_cardinality),
        cmocka_unit_test(test_separator),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_transformations),
        cmocka_unit_test(numbers_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
