/* Growing texts, hexadecimal digits, UTF-8 and form decoding (base/text.h, hex.h, utf8.h, form.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/form.h>
#include <sojourn/base/hex.h>
#include <sojourn/base/text.h>
#include <sojourn/base/utf8.h>

#include "failing_memory.h"

static void composes(void **state) {
    sj_text text = {0};
    (void)state;
    sj_text_add(&text, "", 0);
    assert_string_equal(text.data, "");
    sj_text_puts(&text, "a");
    sj_text_char(&text, 'b');
    sj_text_integer(&text, 0);
    sj_text_integer(&text, INT64_MIN);
    sj_text_integer(&text, INT64_MAX);
    sj_text_printf(&text, "%s%c", "c", 'd');
    assert_string_equal(text.data, "ab0-92233720368547758089223372036854775807cd");
    assert_int_equal(text.length, strlen(text.data));
    sj_text_printf(&text, "%05000d", 7); /* more than there is room for */
    assert_int_equal(text.length, 44 + 5000);
    assert_string_equal(text.data + text.length - 2, "07");
    sj_text_clear(&text);
    assert_null(text.data);
    assert_int_equal(text.length + text.room, 0);
    sj_text_add(&text, "x\0y", 3);
    assert_memory_equal(text.data, "x\0y", 4);
    assert_true(sj_text_reserve(&text, 1000));
    memset(text.data + text.length, 'z', 1000);
    text.length += 1000;
    sj_text_char(&text, '!');
    assert_int_equal(text.length, 1004);
    sj_text_clear(&text);
}

static void is_taken(void **state) {
    sj_text text = {.limit = 3};
    (void)state;
    char *data = sj_text_take(&text);
    assert_string_equal(data, "");
    free(data);
    sj_text_puts(&text, "abc");
    data = sj_text_take(&text);
    assert_string_equal(data, "abc");
    assert_null(text.data);
    free(data);
    sj_text_puts(&text, "abcd"); /* the limit stays */
    assert_null(sj_text_take(&text));
    assert_false(text.failed);
}

/* At the limit; beyond it; and nothing more is added after that. */
static void has_a_limit(void **state) {
    sj_text text = {.limit = 600};
    (void)state;
    for (int i = 0; i < 600; i++) {
        sj_text_char(&text, 'a');
    }
    assert_false(text.failed);
    assert_int_equal(text.length, 600);
    sj_text_char(&text, 'b');
    assert_true(text.failed);
    assert_int_equal(text.length, 600);
    sj_text_clear(&text);
    sj_text_printf(&text, "%0601d", 1);
    assert_true(text.failed);
    assert_int_equal(text.length, 0);
    sj_text_puts(&text, "a");
    assert_int_equal(text.length, 0);
    sj_text_clear(&text);
    sj_text_puts(&text, "a");
    assert_false(text.failed);
    assert_false(sj_text_reserve(&text, SIZE_MAX));
    sj_text_clear(&text);
}

static void memory_short(void **state) {
    sj_text text = {0};
    (void)state;
    memory_is_short = true;
    sj_text_puts(&text, "a");
    memory_is_short = false;
    sj_text_puts(&text, "b");
    assert_true(text.failed);
    assert_null(text.data);
    assert_null(sj_text_take(&text));
    sj_text_puts(&text, "kept");
    memory_is_short = true;
    sj_text_printf(&text, "%01000d", 1);
    sj_text_json(&text, "a");
    sj_text_percent(&text, "a");
    memory_is_short = false;
    assert_true(text.failed);
    assert_string_equal(text.data, "kept");
    sj_text_clear(&text);
    memory_is_short = true;
    sj_text_printf(&text, "%d", 1);
    memory_is_short = false;
    assert_true(text.failed);
    sj_text_clear(&text);
}

static void escapes(void **state) {
    sj_text text = {0};
    (void)state;
    sj_text_json(&text, "a\"\\\n\r\t\x01\x1f\x7f/\xc3\xa9");
    assert_string_equal(text.data, "\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\\u007f/\xc3\xa9\"");
    sj_text_clear(&text);
    sj_text_json(&text, "");
    assert_string_equal(text.data, "\"\"");
    sj_text_clear(&text);
    sj_text_percent(&text, "aZ09-_.~ /?\xc3\xa9%+");
    assert_string_equal(text.data, "aZ09-_.~%20%2F%3F%C3%A9%25%2B");
    sj_text_clear(&text);
    sj_text_percent(&text, "");
    assert_string_equal(text.data, "");
    sj_text_clear(&text);
}

static void hexadecimal(void **state) {
    char text[9];
    unsigned char bytes[4] = {0};
    (void)state;
    sj_hex_write("\x00\x9f\xa0\xff", 4, text);
    assert_string_equal(text, "009fa0ff");
    sj_hex_write("", 0, text);
    assert_string_equal(text, "");
    assert_true(sj_hex_read("009fA0Ff", bytes, 4));
    assert_memory_equal(bytes, "\x00\x9f\xa0\xff", 4);
    assert_false(sj_hex_read("009fA0F", bytes, 4));
    assert_false(sj_hex_read("", bytes, 4));
    assert_true(sj_hex_read("", bytes, 0));
    assert_false(sj_hex_read("00 1", bytes, 2));
    for (int c = -128; c < 128; c++) {
        const char *at = c > 0 ? strchr(SJ_HEX_SMALL, c) : NULL,
                   *large = c > 0 ? strchr(SJ_HEX_LARGE, c) : NULL;
        const int expected = at != NULL      ? (int)(at - SJ_HEX_SMALL)
                             : large != NULL ? (int)(large - SJ_HEX_LARGE)
                                             : -1;
        assert_int_equal(sj_hex_value((char)c), expected);
    }
    assert_int_equal(sj_hex_byte("7g"), -1);
    assert_int_equal(sj_hex_byte("g7"), -1);
    assert_int_equal(sj_hex_byte("7e"), 0x7e);
}

/* Every code is read back from its bytes, and nothing else is UTF-8. */
static void utf8(void **state) {
    static const char *const wrong[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xc3",
                                        "\xc3(",
                                        "\xe0\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xe2\x82",
                                        "\xe2(\xa1",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf0\x9f\x98",
                                        "\xf5\x80\x80",
                                        "\xff"};
    uint32_t point;
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code += code == 0xd7ff ? 0x801 : 1) {
        char text[5] = {0};
        const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
        text[0] = (char)(leads[length] | code >> 6 * (length - 1));
        for (size_t i = 1; i < length; i++) {
            text[i] = (char)(0x80 | (code >> 6 * (length - 1 - i) & 0x3f));
        }
        assert_int_equal(sj_utf8_decode(text, SIZE_MAX, &point), length);
        assert_int_equal(point, code);
        assert_int_equal(sj_utf8_decode(text, length - 1, NULL), 0);
        assert_true(sj_utf8_valid(text, length));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "ab%s", wrong[i]);
        assert_int_equal(sj_utf8_decode(wrong[i], SIZE_MAX, &point), 0);
        assert_int_equal(point, (unsigned char)wrong[i][0]);
        assert_false(sj_utf8_valid(text, strlen(text)));
        assert_false(sj_utf8_valid_text(text, strlen(text)));
    }
    assert_int_equal(sj_utf8_decode("", 0, &point), 0);
    assert_true(sj_utf8_valid("", 0));
    assert_true(sj_utf8_valid("a\0b", 3));
    assert_false(sj_utf8_valid_text("a\0b", 3));
    assert_true(sj_utf8_valid_text("a\xc3\xa9", 3));
    assert_int_equal(sj_utf8_count("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"), 5);
    assert_int_equal(sj_utf8_count(""), 0);
    assert_int_equal(sj_utf8_cut("abc", 3, 5), 3);
    assert_int_equal(sj_utf8_cut("abc", 3, 2), 2);
    assert_int_equal(sj_utf8_cut("a\xe2\x82\xacz", 5, 4), 4);
    assert_int_equal(sj_utf8_cut("a\xe2\x82\xacz", 5, 3), 1);
    assert_int_equal(sj_utf8_cut("a\xe2\x82\xacz", 5, 2), 1);
    assert_int_equal(sj_utf8_cut("\x80\x80\x80", 3, 2), 0);
}

static void one_line(void **state) {
    static const struct {
        const char *text, *expected;
        size_t room;
    } cases[] = {
        {"a b", "a b", 16},
        {"", "", 16},
        {"a\r\nok 7\t\x1b[31m\x7f", "a  ok 7  [31m ", 16},
        {"a\xc2\x9b"
         "1m\xe2\x80\xa8z",
         "a 1m z", 16}, /* C1, and a separator of lines */
        {"a\xff\xc3", "a??", 16},
        {"ab\xe2\x82\xac", "ab\xe2\x82\xac", 6},
        {"ab\xe2\x82\xac", "ab", 5},
        {"abc", "", 1},
    };
    char text[16];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sj_utf8_one_line(text, cases[i].room, cases[i].text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void forms(void **state) {
    static const struct {
        const char *text, *expected;
        size_t length;
    } cases[] = {
        {"a+b%20c", "a b c", 5}, {"%41%6a%6A", "Ajj", 3}, {"%", "%", 1},           {"%4", "%4", 2},
        {"%4g", "%4g", 3},       {"%00", "", 1},          {"100%25%", "100%%", 5}, {"", "", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[16];
        const size_t length = strlen(cases[i].text);
        assert_int_equal(sj_form_decode(cases[i].text, length, out), cases[i].length);
        assert_memory_equal(out, cases[i].expected, cases[i].length);
        memcpy(out, cases[i].text, length);
        assert_int_equal(sj_form_decode(out, length, out), cases[i].length); /* where it is */
        assert_memory_equal(out, cases[i].expected, cases[i].length);
    }
    assert_int_equal(sj_form_decode("%41", 2, (char[3]){0}), 2); /* the third is not its own */
}

static void absent(void **state) {
    (void)state;
    assert_false(sj_given(NULL));
    assert_false(sj_given(""));
    assert_true(sj_given(" "));
    assert_string_equal(sj_or_empty(NULL), "");
    assert_string_equal(sj_or_empty("a"), "a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composes),     cmocka_unit_test(is_taken), cmocka_unit_test(has_a_limit),
        cmocka_unit_test(memory_short), cmocka_unit_test(escapes),  cmocka_unit_test(hexadecimal),
        cmocka_unit_test(utf8),         cmocka_unit_test(forms),    cmocka_unit_test(absent),
        cmocka_unit_test(one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
