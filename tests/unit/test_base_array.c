/* Growing arrays (base/array.h): growth, jumps, sizes that would overflow, short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/array.h>

#include "failing_memory.h"

struct hop {
    uint64_t number;
    char name[20];
};

/* One after the other: all stay, and the array moves seldom. */
static void grows(void **state) {
    struct hop *hops = NULL;
    size_t room = 0, moves = 0;
    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        const size_t before = room;
        assert_true(sj_array_room(&hops, &room, i + 1, sizeof *hops));
        assert_true(room > i);
        moves += room != before;
        hops[i] = (struct hop){.number = i, .name = "hop"};
    }
    assert_true(moves < 16);
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(hops[i].number, i);
        assert_string_equal(hops[i].name, "hop");
    }
    free(hops);
}

static void jumps(void **state) {
    char *bytes = NULL;
    size_t room = 0;
    (void)state;
    assert_true(sj_array_room(&bytes, &room, 0, 1)); /* nothing is wanted */
    assert_null(bytes);
    assert_true(sj_array_room(&bytes, &room, 1000, 1));
    assert_int_equal(room, 1000);
    memset(bytes, 'x', 1000);
    char *const same = bytes;
    assert_true(sj_array_room(&bytes, &room, 7, 1)); /* there is room: nothing moves or shrinks */
    assert_ptr_equal(bytes, same);
    assert_int_equal(room, 1000);
    free(bytes);
}

/* A size in bytes that no size_t holds is refused before anything is allocated or freed. */
static void too_large(void **state) {
    struct hop *hops = NULL;
    size_t room = 0;
    (void)state;
    assert_false(sj_array_room(&hops, &room, SIZE_MAX, sizeof *hops));
    assert_false(sj_array_room(&hops, &room, SIZE_MAX / sizeof *hops + 2, sizeof *hops));
    assert_null(hops);
    assert_int_equal(room, 0);
    assert_true(sj_array_room(&hops, &room, 1, sizeof *hops));
    hops[0].number = 7;
    struct hop *const same = hops;
    const size_t before = room;
    assert_false(sj_array_room(&hops, &room, SIZE_MAX / 2, sizeof *hops));
    assert_ptr_equal(hops, same);
    assert_int_equal(room, before);
    assert_int_equal(hops[0].number, 7);
    free(hops);
}

static void memory_short(void **state) {
    struct hop *hops = NULL;
    size_t room = 0;
    (void)state;
    memory_is_short = true;
    assert_false(sj_array_room(&hops, &room, 1, sizeof *hops));
    assert_null(hops);
    assert_int_equal(room, 0);
    memory_is_short = false;
    assert_true(sj_array_room(&hops, &room, 1, sizeof *hops));
    hops[0].number = 7;
    struct hop *const same = hops;
    const size_t before = room;
    memory_is_short = true;
    assert_true(sj_array_room(&hops, &room, before, sizeof *hops));
    assert_false(sj_array_room(&hops, &room, before + 1, sizeof *hops));
    memory_is_short = false;
    assert_ptr_equal(hops, same);
    assert_int_equal(room, before);
    assert_int_equal(hops[0].number, 7);
    free(hops);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows),
        cmocka_unit_test(jumps),
        cmocka_unit_test(too_large),
        cmocka_unit_test(memory_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
