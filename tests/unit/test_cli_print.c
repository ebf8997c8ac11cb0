/* What the shell prints of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/print.h"

/* The standard output, kept for the test. */
static char printed[4096];

static void print_json(const char *json, const char *name) {
    FILE *kept = tmpfile();
    cJSON *value = cJSON_Parse(json);
    assert_true(kept != NULL && value != NULL);
    (void)fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(kept), STDOUT_FILENO) >= 0);
    cli_print(value);
    cli_print_case(3, "one", true, "");
    cli_print_case(4, name, false, "why");
    (void)fflush(stdout);
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    (void)close(before);
    rewind(kept);
    printed[fread(printed, 1, sizeof printed - 1, kept)] = '\0';
    (void)fclose(kept);
    cJSON_Delete(value);
}

/* Beside a page nothing is printed; a sentence that begins with what a page begins with is none. */
static void a_page_stands_alone(void **state) {
    (void)state;
    print_json("{\"number\":7,\"message\":\"<!DOCTYPE html><p>\"}", "other");
    assert_string_equal(printed, "<!DOCTYPE html><p>\nok 3 - one\nnot ok 4 - other\n  # why\n");
    print_json("{\"number\":7,\"message\":\"<A> is active\"}", "other");
    assert_non_null(strstr(printed, "number: 7\n<A> is active\n"));
}

/* However deep a step is said to stand, its line can be read. */
static void trees_are_bounded(void **state) {
    (void)state;
    print_json("{\"course\":[{\"depth\":2147483647,\"text\":\"a\"},{\"depth\":-5,\"text\":\"b\"},"
               "{\"depth\":1,\"text\":\"c\"}]}",
               "other");
    const char *first = strchr(printed, 'a');
    assert_true(first != NULL && first - printed == 202);
    assert_memory_equal(first, "a\n  b\n    c\n", 12);
}

/* The name of a test is no directive, and no line of its own. */
static void names_are_names(void **state) {
    (void)state;
    print_json("{}", "x # SKIP later \\# \xc3\xa9");
    assert_non_null(strstr(printed, "\nnot ok 4 - x \\# SKIP later \\\\\\# \xc3\xa9\n  # why\n"));
    print_json("{}", "y\nok 7 - z\r\x1b\xff");
    assert_non_null(strstr(printed, "\nnot ok 4 - y ok 7 - z  \xff\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_page_stands_alone),
                                       cmocka_unit_test(trees_are_bounded),
                                       cmocka_unit_test(names_are_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
