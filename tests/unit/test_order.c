/* The order in which plugins start, and the sentence of each that has no place in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/plugin/start_order.h"

static bool from_outside(void *user, const char *word) {
    (void)user;
    return strcmp(word, "request:outside.x") == 0;
}

/* The names in order, with blanks between. */
static const char *ordered(struct order_item *items, size_t count) {
    static char text[256];
    size_t order[16], total = sj_order(items, count, from_outside, NULL, order);
    text[0] = '\0';
    for (size_t i = 0; i < total; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s", items[order[i]].name,
                       i + 1 < total ? " " : "");
    }
    return text;
}

static void providers_start_first(void **state) {
    struct order_item items[] = {
        {.name = "em",
         .needs = "request:device.reset  request:tftp.refresh",
         .provides = "request:em.login"},
        {.name = "callmanager", .needs = "", .provides = "request:device.reset event:call.started"},
        {.name = "tftp", .needs = "request:device.reset", .provides = "request:tftp.refresh"},
    };
    (void)state;
    assert_string_equal(ordered(items, 3), "callmanager tftp em");
    assert_string_equal(items[0].problem, "");
}

static void what_is_provided_outside_or_by_oneself_counts(void **state) {
    struct order_item items[] = {
        {.name = "a", .needs = "request:outside.x request:a.y", .provides = "request:a.y"}};
    (void)state;
    assert_string_equal(ordered(items, 1), "a");
}

static void a_word_is_matched_whole(void **state) {
    struct order_item items[] = {
        {.name = "a", .needs = "request:x.y", .provides = ""},
        {.name = "b", .needs = "", .provides = "request:x.yz equest:x.y"},
    };
    (void)state;
    assert_string_equal(ordered(items, 2), "b");
    assert_string_equal(items[0].problem, "needs request:x.y, which no active service provides");
}

static void dependants_say_whose_fault_it_is(void **state) {
    struct order_item items[] = {
        {.name = "c", .needs = "request:b.x", .provides = ""},
        {.name = "b", .needs = "request:a.x", .provides = "request:b.x"},
        {.name = "d", .needs = "", .provides = ""},
    };
    (void)state;
    assert_string_equal(ordered(items, 3), "d");
    assert_string_equal(items[1].problem, "needs request:a.x, which no active service provides");
    assert_string_equal(items[0].problem, "needs request:b.x of b, which cannot start: needs "
                                          "request:a.x, which no active service provides");
}

static void a_circle_names_its_members_and_who_hangs_on_it(void **state) {
    static const char circle[] =
        "the plugins need each other in a circle: b needs request:c.x of c, c needs "
        "request:d.x of d, d needs request:b.x of b";
    struct order_item items[] = {
        {.name = "a", .needs = "request:b.x", .provides = ""},
        {.name = "b", .needs = "request:c.x", .provides = "request:b.x"},
        {.name = "c", .needs = "request:d.x", .provides = "request:c.x"},
        {.name = "d", .needs = "request:b.x", .provides = "request:d.x"},
        {.name = "e", .needs = "", .provides = ""},
    };
    char expected[800];
    (void)state;
    assert_string_equal(ordered(items, 5), "e");
    for (size_t i = 1; i <= 3; i++) {
        assert_non_null(strstr(items[i].problem, "the plugins need each other in a circle:"));
        assert_non_null(strstr(items[i].problem, "c needs request:d.x of d"));
    }
    (void)snprintf(expected, sizeof expected, "needs request:b.x of b, which cannot start: %s",
                   items[1].problem);
    assert_string_equal(items[0].problem, expected);
    assert_int_equal(strlen(items[1].problem), strlen(circle));
}

static void two_circles_are_told_apart(void **state) {
    struct order_item items[] = {
        {.name = "a", .needs = "request:b", .provides = "request:a"},
        {.name = "b", .needs = "request:a", .provides = "request:b"},
        {.name = "c", .needs = "request:d", .provides = "request:c"},
        {.name = "d", .needs = "request:c request:a", .provides = "request:d"},
    };
    (void)state;
    assert_string_equal(ordered(items, 4), "");
    assert_null(strstr(items[0].problem, " c "));
    assert_non_null(strstr(items[2].problem, "c needs request:d of d, d needs request:c of c"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(providers_start_first),
        cmocka_unit_test(what_is_provided_outside_or_by_oneself_counts),
        cmocka_unit_test(a_word_is_matched_whole),
        cmocka_unit_test(dependants_say_whose_fault_it_is),
        cmocka_unit_test(a_circle_names_its_members_and_who_hangs_on_it),
        cmocka_unit_test(two_circles_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
