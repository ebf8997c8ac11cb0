/* The order of a catalog: compared with a plain array over many random steps; and what it costs to
 * withdraw everything, which grows with how much it is, not with its square. */
#include <time.h>

#include "ils_clusters.h"

enum { STEPS = 20000, MOST = 4000, SMALL = 4000, TIMES = 8, TRIES = 5 };

struct model {
    struct ils_order order;
    struct ils_object *objects[MOST];
    size_t count;
    uint64_t version, random;
};

static size_t below(struct model *model, size_t end) {
    model->random = model->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(model->random >> 33) % end;
}

static void add(struct model *model) {
    struct ils_object *object = calloc(1, sizeof *object);
    assert_non_null(object);
    object->version = model->version += 1 + below(model, 3);
    assert_true(ils_order_add(&model->order, object));
    model->objects[model->count++] = object;
}

static void take_out(struct model *model) {
    const size_t at = below(model, model->count);
    ils_order_remove(&model->order, model->objects[at]);
    free(model->objects[at]);
    memmove(&model->objects[at], &model->objects[at + 1],
            (model->count - at - 1) * sizeof(struct ils_object *));
    model->count--;
}

/* From a version that may be one in the order, lie between two, or stand behind all. */
static void compare(struct model *model) {
    const uint64_t version = below(model, (size_t)model->version + 2);
    size_t at = 0;
    while (at < model->count && model->objects[at]->version <= version) {
        at++;
    }
    struct ils_place place = ils_order_after(&model->order, version);
    for (; at < model->count; at++, place = ils_order_next(&model->order, place)) {
        assert_ptr_equal(ils_order_at(&model->order, place), model->objects[at]);
    }
    assert_null(ils_order_at(&model->order, place));
    assert_int_equal(model->order.count, model->count);
    assert_ptr_equal(ils_order_first(&model->order), model->count > 0 ? model->objects[0] : NULL);
    assert_ptr_equal(ils_order_last(&model->order),
                     model->count > 0 ? model->objects[model->count - 1] : NULL);
    if (model->count > 0) {
        const size_t skipped = below(model, model->count);
        assert_ptr_equal(ils_order_at(&model->order, ils_order_skip(&model->order, skipped)),
                         model->objects[skipped]);
    }
}

static void it_is_a_plain_array(void **state) {
    struct model *model = calloc(1, sizeof *model);
    (void)state;
    assert_non_null(model);
    model->random = 7;
    for (unsigned i = 0; i < STEPS; i++) {
        const bool grows = i / 3000 % 2 == 0;
        if (model->count > 0 && (model->count == MOST || below(model, 10) < (grows ? 3u : 7u))) {
            take_out(model);
        } else {
            add(model);
        }
        if (i % 100 == 0) {
            compare(model);
            /* A quarter of the room of long orders is used. */
            assert_true(model->order.bytes <= 4096 + model->count * sizeof(void *) * 5);
        }
    }
    while (model->count > 0) {
        take_out(model);
    }
    assert_int_equal(model->order.bytes, 0);
    free(model);
}

/* CPU time of withdrawing so many in the order in which they were stated, while others look for
 * what is new after each. */
static double withdrawing_s(unsigned count) {
    struct ils *ils = cluster(1, ILS_HUB);
    char key[32];
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "user%u@example.com", i);
        state_uri(ils, key, "");
    }
    const clock_t begun = clock();
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "user%u@example.com", i);
        assert_int_equal(ils_withdraw(ils, ILS_DIRECTORY_URI, key), SJ_OK);
        struct ils_walk walk = ils_catalog_after(ils->self->catalog, 0);
        (void)ils_walk_next(&walk);
    }
    const double used = (double)(clock() - begun) / CLOCKS_PER_SEC;
    assert_int_equal(ils->self->catalog->live.count, 0);
    ils_free(ils);
    return used;
}

static void withdrawing_is_linear(void **state) {
    double small = 1e9, large = 1e9;
    (void)state;
    for (int i = 0; i < TRIES; i++) {
        const double few = withdrawing_s(SMALL), many = withdrawing_s(TIMES * SMALL);
        small = few < small ? few : small;
        large = many < large ? many : large;
    }
    print_message("%d times as many cost %.1f times as much\n", TIMES, large / small);
    assert_true(large < small * TIMES * 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_a_plain_array),
                                       cmocka_unit_test(withdrawing_is_linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
