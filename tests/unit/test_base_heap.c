/* Heaps (base/heap.h): order, equal keys, changed keys, removal from the middle, short memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/heap.h>

#include "failing_memory.h"

enum { MANY = 2000 };

struct thing {
    int number;
    sj_heap_link link;
};

static struct thing things[MANY];

static void lowest_first(void **state) {
    sj_heap heap = {0};
    uint32_t random = 1;
    size_t left = 0;
    int64_t last = INT64_MIN;
    uint64_t order = 0;
    (void)state;
    memset(things, 0, sizeof things);
    assert_null(sj_heap_first(&heap));
    assert_null(sj_heap_take_first(&heap));
    for (int i = 0; i < MANY; i++) {
        random = random * 1103515245 + 12345;
        assert_false(sj_heap_linked(&things[i].link));
        assert_true(sj_heap_set(&heap, &things[i].link, (int64_t)(random >> 16) % 100 - 50));
        assert_true(sj_heap_linked(&things[i].link));
    }
    for (int i = 0; i < MANY; i += 3) {
        random = random * 1103515245 + 12345;
        assert_true(sj_heap_set(&heap, &things[i].link, (int64_t)(random >> 16) % 100 - 50));
    }
    for (int i = 0; i < MANY; i += 7) {
        sj_heap_remove(&heap, &things[i].link);
        sj_heap_remove(&heap, &things[i].link);
        assert_false(sj_heap_linked(&things[i].link));
    }
    left = heap.count;
    assert_int_equal(left, MANY - (MANY + 6) / 7);
    for (sj_heap_link *link; (link = sj_heap_first(&heap)) != NULL; left--) {
        assert_true(link->key > last ||
                    (link->key == last && link->order > order)); /* equal keys: as they were set */
        last = link->key;
        order = link->order;
        assert_ptr_equal(sj_heap_take_first(&heap), link);
        assert_false(sj_heap_linked(link));
    }
    assert_int_equal(left, 0);
    sj_heap_clear(&heap);
}

static void extremes(void **state) {
    sj_heap heap = {0};
    struct thing one = {0}, other = {0};
    (void)state;
    assert_true(sj_heap_set(&heap, &one.link, INT64_MAX));
    assert_true(sj_heap_set(&heap, &other.link, INT64_MIN));
    assert_ptr_equal(SJ_OWNER(sj_heap_first(&heap), struct thing, link), &other);
    assert_true(sj_heap_set(&heap, &other.link, INT64_MAX)); /* as the newest of its key */
    assert_ptr_equal(SJ_OWNER(sj_heap_first(&heap), struct thing, link), &one);
    sj_heap_clear(&heap);
}

/* Adding fails and changes nothing; what is there can still be set anew and removed. */
static void memory_short(void **state) {
    sj_heap heap = {0};
    int added = 0;
    (void)state;
    memset(things, 0, sizeof things);
    memory_is_short = true;
    assert_false(sj_heap_set(&heap, &things[0].link, 1));
    assert_false(sj_heap_linked(&things[0].link));
    memory_is_short = false;
    assert_true(sj_heap_set(&heap, &things[0].link, 1));
    memory_is_short = true;
    for (added = 1; sj_heap_set(&heap, &things[added].link, -added); added++) {
    }
    assert_int_equal(heap.count, added);
    assert_false(sj_heap_linked(&things[added].link));
    assert_ptr_equal(sj_heap_first(&heap), &things[added - 1].link);
    assert_true(sj_heap_set(&heap, &things[0].link, -added));
    assert_ptr_equal(sj_heap_first(&heap), &things[0].link);
    sj_heap_remove(&heap, &things[0].link);
    assert_ptr_equal(sj_heap_first(&heap), &things[added - 1].link);
    memory_is_short = false;
    sj_heap_clear(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lowest_first),
        cmocka_unit_test(extremes),
        cmocka_unit_test(memory_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
