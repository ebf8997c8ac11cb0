/* The index of patterns: closest match, order of partitions, growth and removal, thousands of
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dial_plan/digit_analysis.h"

static size_t released;

static void release(void *user, void *record) {
    (void)user;
    (void)record;
    released++;
}

static int record;

static void put(struct digit_analysis *analysis, const char *pattern, const char *partition,
                bool urgent) {
    sj_error error = {0};
    assert_int_equal(digit_analysis_put(analysis, DIGIT_ROUTE_PATTERN, pattern, partition, urgent,
                                        &record, &error),
                     SJ_OK);
}

static const char *match_in(struct digit_analysis *analysis, const char *const *partitions,
                            size_t count, const char *digits) {
    struct digit_match match;
    return digit_analysis_match(analysis, partitions, count, digits, &match) ? match.entry->text
                                                                             : "nothing";
}

static const char *const all[] = {"A", "B", ""};

static void test_closest(void **state) {
    struct digit_analysis *analysis = digit_analysis_new(release, NULL);
    (void)state;
    put(analysis, "1XXX", "A", false);
    put(analysis, "15!", "A", false);
    put(analysis, "1[3-5]XX", "B", false);
    put(analysis, "1234", "B", false);
    put(analysis, "911", "", false);
    put(analysis, "9.!", "A", false);
    assert_string_equal(match_in(analysis, all, 3, "1515"), "15!");
    assert_string_equal(match_in(analysis, all, 3, "1415"), "1[3-5]XX");
    assert_string_equal(match_in(analysis, all, 3, "1234"), "1234");
    assert_string_equal(match_in(analysis, all, 3, "1999"), "1XXX");
    assert_string_equal(match_in(analysis, all, 3, "911"), "911");
    assert_string_equal(match_in(analysis, all, 3, "9119"), "9.!");
    assert_string_equal(match_in(analysis, all, 3, "12345"), "nothing");
    assert_string_equal(match_in(analysis, all + 1, 2, "1999"), "nothing");
    digit_analysis_free(analysis);
}

static void test_ties(void **state) {
    static const char *const swapped[] = {"B", "A"};
    struct digit_analysis *analysis = digit_analysis_new(release, NULL);
    struct digit_match match;
    (void)state;
    put(analysis, "2XXX", "A", false);
    put(analysis, "2XXX", "B", false);
    assert_true(digit_analysis_match(analysis, all, 3, "2000", &match));
    assert_string_equal(match.entry->partition, "A");
    assert_int_equal(match.partition_rank, 0);
    assert_true(digit_analysis_match(analysis, swapped, 2, "2000", &match));
    assert_string_equal(match.entry->partition, "B");
    /* Closeness goes before order. */
    put(analysis, "200X", "B", false);
    assert_true(digit_analysis_match(analysis, all, 3, "2000", &match));
    assert_string_equal(match.entry->partition, "B");
    digit_analysis_free(analysis);
}

static void test_waiting(void **state) {
    struct digit_analysis *analysis = digit_analysis_new(release, NULL);
    struct digit_match match;
    (void)state;
    put(analysis, "20!", "A", false);
    put(analysis, "2XXX", "A", false);
    put(analysis, "911", "A", true);
    put(analysis, "9114", "A", false);
    assert_true(digit_analysis_match(analysis, all, 3, "2000", &match));
    assert_true(match.longer_possible && match.wait);
    assert_true(digit_analysis_match(analysis, all, 3, "2100", &match));
    assert_false(match.wait);
    assert_true(digit_analysis_match(analysis, all, 3, "911", &match));
    assert_true(match.longer_possible);
    assert_false(match.wait); /* urgent */
    assert_false(digit_analysis_match(analysis, all, 3, "91", &match));
    assert_true(match.longer_possible && match.wait);
    assert_false(digit_analysis_match(analysis, all, 3, "7", &match));
    assert_false(match.longer_possible);
    digit_analysis_free(analysis);
}

static void test_changes(void **state) {
    struct digit_analysis *analysis = digit_analysis_new(release, NULL);
    sj_error error = {0};
    (void)state;
    released = 0;
    put(analysis, "3XXX", "A", false);
    put(analysis, "3XXX", "A", true);
    assert_int_equal(released, 1);
    assert_int_equal(digit_analysis_count(analysis), 1);
    assert_int_equal(
        digit_analysis_put(analysis, DIGIT_ROUTE_PATTERN, "3[", "A", false, &record, &error),
        SJ_E_INVALID);
    assert_int_equal(released, 1);
    assert_non_null(digit_analysis_find(analysis, DIGIT_ROUTE_PATTERN, "3XXX", "A"));
    assert_null(digit_analysis_find(analysis, DIGIT_TRANSLATION_PATTERN, "3XXX", "A"));
    assert_true(digit_analysis_remove(analysis, DIGIT_ROUTE_PATTERN, "3XXX", "A"));
    assert_false(digit_analysis_remove(analysis, DIGIT_ROUTE_PATTERN, "3XXX", "A"));
    assert_string_equal(match_in(analysis, all, 3, "3000"), "nothing");
    put(analysis, "4000", "A", false);
    digit_analysis_free(analysis);
    assert_int_equal(released, 3);
}

/* Many numbers in an order that is not theirs: each is found, and only that one. */
static void test_thousands(void **state) {
    struct digit_analysis *analysis = digit_analysis_new(NULL, NULL);
    char number[16];
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(number, sizeof number, "%05u", i * 7919u % 20000u);
        put(analysis, number, i % 2 == 0 ? "A" : "B", false);
    }
    for (unsigned i = 0; i < 500; i++) {
        (void)snprintf(number, sizeof number, "%03uXXX!", i);
        put(analysis, number, "B", false);
    }
    assert_int_equal(digit_analysis_count(analysis), 20500);
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(number, sizeof number, "%05u", i);
        assert_string_equal(match_in(analysis, all, 3, number), number);
    }
    assert_string_equal(match_in(analysis, all, 3, "123456789"), "123XXX!");
    assert_string_equal(match_in(analysis, all, 3, "523456789"), "nothing");
    for (unsigned i = 0; i < 20000; i += 3) {
        (void)snprintf(number, sizeof number, "%05u", i);
        assert_true(digit_analysis_remove(analysis, DIGIT_ROUTE_PATTERN, number, "A") ||
                    digit_analysis_remove(analysis, DIGIT_ROUTE_PATTERN, number, "B"));
        assert_string_not_equal(match_in(analysis, all, 3, number), number);
    }
    digit_analysis_free(analysis);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closest),   cmocka_unit_test(test_ties),
        cmocka_unit_test(test_waiting),   cmocka_unit_test(test_changes),
        cmocka_unit_test(test_thousands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
