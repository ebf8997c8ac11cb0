/* CSV as other programs write it, and what a file for an imported catalog says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog_file.h"

/* All rows as text: fields in brackets, "!" for a row that is wrong. */
static void rows(const char *text, size_t length, char out[500]) {
    struct csv csv;
    struct csv_row row;
    size_t used = 0;
    enum csv_result result;
    out[0] = '\0';
    csv_begin(&csv, text, length);
    while ((result = csv_next(&csv, &row)) != CSV_END) {
        used += (size_t)snprintf(out + used, 500 - used, "%zu", row.line);
        for (size_t i = 0; result == CSV_ROW && i < row.count; i++) {
            used += (size_t)snprintf(out + used, 500 - used, "[%s]", row.fields[i]);
        }
        used += (size_t)snprintf(out + used, 500 - used, "%s ", result == CSV_ROW ? "" : "!");
    }
}

static void files_of_many_programs(void **state) {
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"", ""},
        {"\n\r\n \n", ""},
        {"a,b\n1,2\n", "1[a][b] 2[1][2] "},
        {"a;b\r\n1,5;2\r\n", "1[a][b] 2[1,5][2] "},
        {"a\tb\r1\t2", "1[a][b] 2[1][2] "},
        {"\xEF\xBB\xBF\"a\",\"b\"\r\n\"x\"\"y\",\"1,2\"\r\n", "1[a][b] 2[x\"y][1,2] "},
        {"sep=|\r\na|b\r\n1|2\r\n", "2[a][b] 3[1][2] "},
        {"a,b\n\"two\nlines\",2\n3,4\n", "1[a][b] 2[two\nlines][2] 4[3][4] "},
        {"a,b\n\"open,2\n3,4\n", "1[a][b] 2! 3[3][4] "},
        {"a,b\nM\xFCller,2\n3,4\n", "1[a][b] 2! 3[3][4] "},
        {"a,b\n1\n1,2,3\n,\n", "1[a][b] 2[1] 3[1][2][3] "},
        {"\"a;b\",c\n", "1[a;b][c] "},
        {"a,b\nx\"y,\"z\"w\n", "1[a][b] 2[x\"y][zw] "},
    };
    char out[500];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rows(cases[i].text, strlen(cases[i].text), out);
        assert_string_equal(out, cases[i].rows);
    }
    rows("a\n1\0002\n3\n\"4\0\"\n", 13, out);
    assert_string_equal(out, "1[a] 2! 3[3] 4! ");
    static char much[2 * CSV_ROW_ROOM];
    memset(much, 'x', sizeof much);
    much[0] = 'a';
    much[1] = '\n';
    much[sizeof much - 2] = '\n';
    rows(much, sizeof much, out);
    assert_string_equal(out, "1[a] 2! 3[x] ");
}

static void numbers_that_a_spreadsheet_has_seen(void **state) {
    char formula[] = " =\"+4930\" ", quoted[] = "'0049", plain[] = "8001";
    (void)state;
    assert_string_equal(csv_plain(formula), "+4930");
    assert_string_equal(csv_plain(quoted), "0049");
    assert_string_equal(csv_plain(plain), "8001");
    assert_true(csv_is_rounded("4,93012E+11"));
    assert_true(csv_is_rounded("4.9E+11"));
    assert_true(csv_is_rounded("1E+05"));
    assert_false(csv_is_rounded("4930"));
    assert_false(csv_is_rounded("E+11"));
    assert_false(csv_is_rounded("1E+"));
    assert_false(csv_is_rounded("1E+05x"));
}

static void objects_of_all_kinds(void **state) {
    static const char text[] = "Number,pstn_failover\nsip:Anna.B@PBX.example,+49\n+49xx,\n8001,9\n"
                               "81!,9\n,+49\n";
    struct catalog_file file;
    struct catalog_object object;
    char why[CSV_WHY_ROOM];
    (void)state;
    assert_true(catalog_file_begin(&file, text, sizeof text - 1, why));
    assert_int_equal(catalog_file_next(&file, &object), CSV_ROW);
    assert_int_equal(object.kind, CATALOG_URI);
    assert_string_equal(object.key, "Anna.B@pbx.example");
    assert_string_equal(object.user, "Anna.B");
    assert_string_equal(object.host, "pbx.example");
    assert_int_equal(catalog_file_next(&file, &object), CSV_ROW);
    assert_int_equal(object.kind, CATALOG_NUMBERS);
    assert_string_equal(object.key, "+49XX");
    assert_int_equal(catalog_file_next(&file, &object), CSV_ROW);
    assert_int_equal(object.kind, CATALOG_NUMBER);
    assert_string_equal(object.pstn_failover, "9");
    assert_int_equal(catalog_file_next(&file, &object), CSV_WRONG);
    assert_non_null(strstr(object.why, "strip_and_prepend"));
    assert_int_equal(object.line, 5);
    assert_int_equal(catalog_file_next(&file, &object), CSV_WRONG);
    assert_int_equal(catalog_file_next(&file, &object), CSV_END);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_many_programs),
        cmocka_unit_test(numbers_that_a_spreadsheet_has_seen),
        cmocka_unit_test(objects_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
