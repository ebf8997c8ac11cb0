/* Maps (base/map.h): equal keys and hashes, growth, short memory, walks that remove, callbacks that
 * add while a map is emptied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/map.h>

#include "failing_memory.h"

enum { MANY = 20000 };

struct thing {
    char name[16];
    sj_map_link link;
    int seen;
};

static struct thing things[MANY];

static void name_things(void) {
    memset(things, 0, sizeof things);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(things[i].name, sizeof things[i].name, "SEP%012X", (unsigned)i);
    }
}

static void add(sj_map *map, struct thing *thing) {
    sj_map_add(map, &thing->link, sj_hash_keyed_text(thing->name));
}

static struct thing *find(const sj_map *map, const char *name) {
    SJ_MAP_EACH_OF(one, map, sj_hash_keyed_text(name), struct thing, link) {
        if (strcmp(one->name, name) == 0) {
            return one;
        }
    }
    return NULL;
}

static size_t longest_chain(const sj_map *map) {
    size_t longest = 0;
    for (size_t i = 0; i < map->buckets_count; i++) {
        size_t length = 0;
        for (const sj_map_link *link = map->buckets[i]; link != NULL; link = link->next) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Found at each size, also while the table grows, and not found before and after. */
static void finds_what_is_there(void **state) {
    sj_map map = {0};
    (void)state;
    name_things();
    assert_null(find(&map, things[0].name));
    for (int i = 0; i < MANY; i++) {
        assert_null(find(&map, things[i].name));
        add(&map, &things[i]);
        assert_int_equal(map.count, i + 1);
        for (int k = i; k >= 0 && i < 300; k--) {
            assert_ptr_equal(find(&map, things[k].name), &things[k]);
        }
    }
    assert_true(map.buckets_count >= MANY);
    assert_in_range(longest_chain(&map), 1, 16);
    for (int i = 0; i < MANY; i += 2) {
        assert_true(sj_map_remove(&map, &things[i].link));
        assert_false(sj_map_remove(&map, &things[i].link));
    }
    for (int i = 0; i < MANY; i++) {
        assert_ptr_equal(find(&map, things[i].name), i % 2 == 0 ? NULL : &things[i]);
    }
    assert_int_equal(map.count, MANY / 2);
    sj_map_clear(&map);
    assert_null(find(&map, things[1].name));
    assert_int_equal(map.count, 0);
}

/* Things with one hash come newest first, at each size. */
static void same_hash(void **state) {
    sj_map map = {0};
    (void)state;
    name_things();
    for (int i = 0; i < 1000; i++) {
        sj_map_add(&map, &things[i].link, (uint64_t)(i % 10) << 30);
    }
    for (uint64_t hash = 0; hash < 10; hash++) {
        int expected = 990 + (int)hash;
        SJ_MAP_EACH_OF(one, &map, hash << 30, struct thing, link) {
            assert_ptr_equal(one, &things[expected]);
            expected -= 10;
        }
        assert_int_equal(expected, (int)hash - 10);
    }
    assert_null(sj_map_first(&map, 11));
    sj_map_clear(&map);
}

/* Without memory for buckets nothing is lost; when there is memory again the table catches up. */
static void memory_short(void **state) {
    sj_map map = {0};
    (void)state;
    name_things();
    memory_is_short = true;
    for (int i = 0; i < 1000; i++) {
        add(&map, &things[i]);
    }
    memory_is_short = false;
    assert_int_equal(map.count, 1000);
    assert_null(map.buckets);
    for (int i = 0; i < 1000; i++) {
        assert_ptr_equal(find(&map, things[i].name), &things[i]);
    }
    for (int i = 1000; i < 3000; i++) {
        memory_is_short = i % 3 == 0;
        add(&map, &things[i]);
    }
    memory_is_short = false;
    for (int i = 0; i < 3000; i++) {
        assert_ptr_equal(find(&map, things[i].name), &things[i]);
    }
    assert_in_range(longest_chain(&map), 1, 16);
    sj_map_clear(&map);
}

/* A walk sees each once, and may remove the one it is at. */
static void walks(void **state) {
    static const int sizes[] = {0, 1, 4, 5, 17, 1000};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        sj_map map = {0};
        sj_map_place place = {0};
        name_things();
        for (int i = 0; i < sizes[s]; i++) {
            add(&map, &things[i]);
        }
        for (struct thing *one;
             (one = SJ_OWNER(sj_map_walk(&map, &place), struct thing, link)) != NULL;) {
            one->seen++;
            if ((one - things) % 3 != 0) {
                assert_true(sj_map_remove(&map, &one->link));
                memset(&one->link, 0xff, sizeof one->link); /* as if it was freed */
            }
        }
        assert_null(sj_map_walk(&map, &place));
        for (int i = 0; i < sizes[s]; i++) {
            assert_int_equal(things[i].seen, 1);
            assert_ptr_equal(find(&map, things[i].name), i % 3 == 0 ? &things[i] : NULL);
        }
        sj_map_clear(&map);
    }
}

/* While a map is emptied others are added and removed: each of those that stay in it comes out
 * once. */
static void empties(void **state) {
    sj_map map = {0};
    int taken = 0, added = 1000;
    (void)state;
    name_things();
    for (int i = 0; i < 1000; i++) {
        add(&map, &things[i]);
    }
    for (struct thing *one; (one = SJ_OWNER(sj_map_take_any(&map), struct thing, link)) != NULL;) {
        one->seen++;
        taken++;
        if (taken % 2 == 0 && added < 1500) {
            add(&map, &things[added++]);
        }
        if (taken == 1) {
            assert_int_equal(sj_map_remove(&map, &things[7].link), things[7].seen == 0);
            things[7].seen = 1;
        }
    }
    assert_int_equal(map.count, 0);
    assert_int_equal(added, 1500);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(things[i].seen, 1);
    }
    assert_null(sj_map_take_any(&map));
    sj_map_clear(&map);
}

/* Nothing in it points to it: it may be moved. */
static void moves(void **state) {
    sj_map map = {0}, moved;
    (void)state;
    name_things();
    for (int i = 0; i < 3; i++) {
        add(&map, &things[i]);
    }
    moved = map;
    assert_ptr_equal(find(&moved, things[2].name), &things[2]);
    for (int i = 3; i < 100; i++) {
        add(&moved, &things[i]);
    }
    map = moved;
    assert_ptr_equal(find(&map, things[2].name), &things[2]);
    assert_ptr_equal(find(&map, things[99].name), &things[99]);
    sj_map_clear(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_there),
        cmocka_unit_test(same_hash),
        cmocka_unit_test(memory_short),
        cmocka_unit_test(walks),
        cmocka_unit_test(empties),
        cmocka_unit_test(moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
