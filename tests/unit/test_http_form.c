/* Query strings, form bodies and the text they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/utf8.h>

#include "host/http/form.h"
#include "host/http/text.h"

static struct form_param params[20];
static char space[1000];

static size_t parse(const char *text) {
    size_t count = sj_form_count(text, strlen(text));
    assert_true(count <= 20 && sj_form_room(strlen(text), count) <= sizeof space);
    return sj_form_parse(text, strlen(text), params, space);
}

static void decodes(void **state) {
    (void)state;
    assert_int_equal(parse("device=SEP001122334455&EMCC=true&name=a+b%20c%2B"), 3);
    assert_string_equal(params[0].name, "device");
    assert_string_equal(params[0].value, "SEP001122334455");
    assert_string_equal(params[2].value, "a b c+");
    assert_int_equal(parse("&&a&=b&c=d=e&"), 3);
    assert_string_equal(params[0].name, "a");
    assert_string_equal(params[0].value, "");
    assert_string_equal(params[1].name, "");
    assert_string_equal(params[1].value, "b");
    assert_string_equal(params[2].value, "d=e");
    assert_int_equal(parse(""), 0);
}

static void sloppy_and_old_clients(void **state) {
    (void)state;
    assert_int_equal(parse("a=100%&b=%zz%4&c=M%FCller%e9&d=%c3%bc&e=\xe4"), 5);
    assert_string_equal(params[0].value, "100%");
    assert_string_equal(params[1].value, "%zz%4");
    assert_string_equal(params[2].value, "M\xc3\xbcller\xc3\xa9"); /* ISO 8859-1 */
    assert_string_equal(params[3].value, "\xc3\xbc");
    assert_string_equal(params[4].value, "\xc3\xa4");
    assert_true(sj_form_has_nul("a=%00", 5));
    assert_true(sj_form_has_nul("a\0b", 3));
    assert_false(sj_form_has_nul("a=%0", 4));
}

static void types(void **state) {
    (void)state;
    assert_true(sj_form_is_type("application/x-www-form-urlencoded"));
    assert_true(sj_form_is_type("Application/X-WWW-form-urlencoded; charset=utf-8"));
    assert_false(sj_form_is_type("application/x-www-form-urlencodedx"));
    assert_false(sj_form_is_type("text/xml"));
    assert_false(sj_form_is_type(NULL));
}

static void utf8(void **state) {
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "a\xff"};
    static const char *const good[] = {"",
                                       "a",
                                       "\xc3\xbc",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x93\x9e",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xed\x9f\xbf"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(sj_utf8_valid(bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(sj_utf8_valid(good[i], strlen(good[i])));
    }
}

static void header_texts(void **state) {
    (void)state;
    assert_true(sj_header_name_good("X-Sojourn_1"));
    assert_false(sj_header_name_good(""));
    assert_false(sj_header_name_good("a b"));
    assert_false(sj_header_name_good("a:"));
    assert_true(sj_header_value_good("a\tb \xc3\xbc"));
    assert_false(sj_header_value_good("a\r\nb"));
    assert_false(sj_header_value_good("\x7f"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes), cmocka_unit_test(sloppy_and_old_clients),
        cmocka_unit_test(types), cmocka_unit_test(utf8), cmocka_unit_test(header_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
