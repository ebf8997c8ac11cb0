/* Lists (base/list.h): order, removal, and callbacks that add and remove while a list is drained.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sojourn/base/list.h>

struct thing {
    int number;
    sj_list_link link;
};

/* The numbers, from the first to the last and back. */
static void check(const sj_list_head *list, const char *expected) {
    char forward[8] = "", backward[8] = "";
    size_t count = 0, left = strlen(expected);
    SJ_LIST_EACH(one, list, struct thing, link) {
        assert_in_range(count, 0, sizeof forward - 2);
        forward[count++] = (char)('0' + one->number);
    }
    for (const sj_list_link *link = sj_list_last(list); link != NULL;
         link = sj_list_previous(list, link)) {
        assert_in_range(left, 1, sizeof backward - 1);
        backward[--left] = (char)('0' + SJ_OWNER(link, const struct thing, link)->number);
    }
    assert_string_equal(forward, expected);
    assert_string_equal(backward, expected);
    assert_int_equal(sj_list_empty(list), expected[0] == '\0');
}

static void adds_and_removes(void **state) {
    sj_list_head list = {0};
    struct thing things[5] = {{0}};
    (void)state;
    for (int i = 0; i < 5; i++) {
        things[i].number = i;
    }
    check(&list, "");
    assert_null(sj_list_first(&list));
    assert_null(sj_list_last(&list));
    assert_null(sj_list_take_first(&list));
    assert_false(sj_list_linked(&things[0].link));
    sj_list_remove(&things[0].link); /* no effect */
    sj_list_add_last(&list, &things[1].link);
    sj_list_add_last(&list, &things[2].link);
    sj_list_add_first(&list, &things[0].link);
    check(&list, "012");
    sj_list_add_before(&things[2].link, &things[4].link);
    sj_list_add_before(&things[2].link, &things[2].link);
    check(&list, "0142");
    sj_list_add_first(&list, &things[2].link); /* moves */
    sj_list_add_first(&list, &things[2].link);
    check(&list, "2014");
    sj_list_add_last(&list, &things[4].link);
    check(&list, "2014");
    assert_true(sj_list_linked(&things[4].link));
    sj_list_remove(&things[0].link);
    sj_list_remove(&things[0].link);
    assert_false(sj_list_linked(&things[0].link));
    check(&list, "214");
    assert_ptr_equal(sj_list_take_first(&list), &things[2].link);
    assert_false(sj_list_linked(&things[2].link));
    SJ_LIST_EACH(one, &list, struct thing, link) {
        sj_list_remove(&one->link);
    }
    check(&list, "");
}

static void takes_all(void **state) {
    sj_list_head from = {0}, to = {0}, empty;
    struct thing things[4] = {{0}};
    (void)state;
    sj_list_init(&empty);
    check(&empty, "");
    for (int i = 0; i < 4; i++) {
        things[i].number = i;
        sj_list_add_last(i < 2 ? &to : &from, &things[i].link);
    }
    sj_list_take_all(&from, &to);
    check(&from, "");
    check(&to, "0123");
    sj_list_take_all(&from, &to);
    sj_list_take_all(&empty, &to);
    sj_list_take_all(&to, &to);
    check(&to, "0123");
    sj_list_take_all(&to, &from);
    check(&from, "0123");
    check(&to, "");
    sj_list_remove(&things[3].link); /* from whichever it is in */
    sj_list_add_last(&to, &things[3].link);
    check(&from, "012");
    check(&to, "3");
}

/* Each that is told adds one more; the first also removes the last. */
static void callbacks_may_add_and_remove(void **state) {
    sj_list_head waiting = {0}, told = {0};
    struct thing things[3] = {{0}}, added[3] = {{0}};
    int count = 0;
    (void)state;
    for (int i = 0; i < 3; i++) {
        things[i].number = i;
        sj_list_add_last(&waiting, &things[i].link);
    }
    sj_list_take_all(&waiting, &told);
    for (struct thing *one;
         (one = SJ_OWNER(sj_list_take_first(&told), struct thing, link)) != NULL;) {
        assert_int_equal(one->number, count);
        added[count].number = 5 + count;
        sj_list_add_last(&waiting, &added[count].link);
        sj_list_remove(&things[2].link);
        count++;
    }
    assert_int_equal(count, 2);
    check(&waiting, "56");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_and_removes),
        cmocka_unit_test(takes_all),
        cmocka_unit_test(callbacks_may_add_and_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
