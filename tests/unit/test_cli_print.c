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

static void print_json(const char *json) {
    FILE *kept = tmpfile();
    cJSON *value = cJSON_Parse(json);
    assert_true(kept != NULL && value != NULL);
    (void)fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(kept), STDOUT_FILENO) >= 0);
    cli_print(value);
    cli_print_case(3, "one", true, "");
    cli_print_case(4, "other", false, "why");
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
    print_json("{\"number\":7,\"message\":\"<!DOCTYPE html><p>\"}");
    assert_string_equal(printed, "<!DOCTYPE html><p>\nok 3 - one\nnot ok 4 - other\n  # why\n");
    print_json("{\"number\":7,\"message\":\"<A> is active\"}");
    assert_non_null(strstr(printed, "number: 7\n<A> is active\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_page_stands_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
