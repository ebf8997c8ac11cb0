/* Which names a Lua file has, and which of its tables has one twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/node/lua_names.h"

/* "NAME LINE BEFORE" of what is given twice, or "". */
static const char *twice(const char *text) {
    static char told[120];
    struct lua_name name;
    size_t before;
    told[0] = '\0';
    if (sj_lua_name_twice(text, &name, &before)) {
        (void)snprintf(told, sizeof told, "%.*s %zu %zu", (int)name.length, name.text, name.line,
                       before);
    }
    return told;
}

static void one_table_has_a_name_twice(void **state) {
    (void)state;
    assert_string_equal(twice("return { a = 1,\n b = 2,\n\n a = 3 }"), "a 4 1");
    assert_string_equal(twice("return { x = { a = 1 }, y = { a = 1, z = { a = 2 }, a = 3 } }"),
                        "a 1 1");
    assert_string_equal(twice("return { ['a b'] = 1,\n [\"a b\"] = 2 }"), "a b 2 1");
    assert_string_equal(twice("return { a = 1, [ 'a' ] = 2 }"), "a 1 1");
    assert_string_equal(twice("return { { n = 1 }, { n = 2,\n n = 3 } }"), "n 2 1");
}

static void what_is_no_member_does_not_count(void **state) {
    (void)state;
    assert_string_equal(twice(""), "");
    assert_string_equal(twice("return { a = 1, b = { a = 1 }, c = { a = 1 } }"), "");
    assert_string_equal(twice("local a = 1\na = 2\nreturn { a = a }"), "");
    assert_string_equal(twice("return { a = 1, -- a = 2\n --[[ a = 3\n]] b = \"a = 4\", c = [[ a = "
                              "5 ]], d = 'x\\' a = 6' }"),
                        "");
    assert_string_equal(twice("return { a = 1, b = a == 1, c = a ~= 1, d = a <= 1 }"), "");
    assert_string_equal(twice("return { f = function() local x = 1 x = 2 x = 3 end }"), "");
    assert_string_equal(twice("return { a = 1, aa = 2, A = 3, ['a '] = 4 }"), "");
    assert_string_equal(twice("} } a = 1 a = 2 { a = 1"), "");
    assert_string_equal(twice("return { 'unfinished"), "");
    assert_string_equal(twice("return { [==[ unfinished a = 1"), "");
}

static void depth_has_an_end(void **state) {
    char text[1024] = "";
    (void)state;
    memset(text, '{', 200);
    (void)snprintf(text + 200, sizeof text - 200, "a=1,a=2");
    assert_string_equal(twice(text), ""); /* too deep to tell, and no harm */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_table_has_a_name_twice),
        cmocka_unit_test(what_is_no_member_does_not_count),
        cmocka_unit_test(depth_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
