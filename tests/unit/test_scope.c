/* Scopes: sweeping, nesting, asynchronous ends, holds, and what is awaited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/core/node.h"
#include "host/core/scope.h"

struct thing {
    sj_handle handle;
    int *closed;
    bool asynchronous;
};

static void thing_close(sj_handle *handle) {
    struct thing *thing = (struct thing *)handle;
    (*thing->closed)++;
    if (!thing->asynchronous) {
        sj_handle_done(handle);
        free(thing);
    }
}

static struct thing *thing_new(sj_scope *scope, const char *name, int *closed, bool asynchronous) {
    struct thing *thing = calloc(1, sizeof *thing);
    thing->closed = closed;
    thing->asynchronous = asynchronous;
    assert_int_equal(sj_handle_init(&thing->handle, scope, "thing", SJ_HERE, name, thing_close),
                     SJ_OK);
    return thing;
}

static int setup(void **state) {
    static struct node node;
    static uv_loop_t loop;
    sj_error error;
    *state = &node;
    return uv_loop_init(&loop) == 0 && sj_node_init(&node, &loop, &error) == SJ_OK ? 0 : -1;
}

static int teardown(void **state) {
    struct node *node = *state;
    sj_node_finish(node);
    return uv_loop_close(node->loop);
}

static void spin(struct node *node) {
    for (int i = 0; i < 8; i++) {
        uv_run(node->loop, UV_RUN_NOWAIT);
    }
}

static void count(void *user) {
    ++*(int *)user;
}

static void closing_sweeps_everything(void **state) {
    struct node *node = *state;
    int closed = 0, ended = 0;
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "call 1", count, &ended);
    sj_scope *child = sj_host_scope_open(scope, SJ_HERE, "leg", count, &ended);
    for (int i = 0; i < 5; i++) {
        thing_new(scope, "a", &closed, false);
        thing_new(child, "b", &closed, false);
    }
    assert_int_equal(sj_scope_count(scope), 10);
    sj_host_scope_close(scope);
    assert_int_equal(closed, 10);
    assert_int_equal(ended, 0); /* never before the caller's frame has left */
    spin(node);
    assert_int_equal(ended, 2);
    assert_int_equal(sj_scope_count(node->scope), 0);
}

static void memory_stays_until_the_caller_has_left(void **state) {
    struct node *node = *state;
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "call", NULL, NULL);
    char *text = sj_host_scope_strdup(scope, "alice");
    sj_host_scope_close(scope);
    assert_string_equal(text, "alice");
    sj_host_scope_close(scope); /* again: nothing happens */
    spin(node);
}

static void a_closing_scope_refuses_new_things(void **state) {
    struct node *node = *state;
    int closed = 0;
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "call", NULL, NULL);
    struct thing *thing = thing_new(scope, "slow", &closed, true);
    sj_handle late;
    sj_host_scope_close(scope);
    assert_int_equal(sj_handle_init(&late, scope, "thing", SJ_HERE, "late", thing_close),
                     SJ_E_STOPPING);
    assert_null(sj_host_scope_open(scope, SJ_HERE, "child", NULL, NULL));
    assert_null(sj_host_scope_hold(scope, SJ_HERE, "more"));
    sj_handle_done(&thing->handle);
    free(thing);
    spin(node);
}

static void asynchronous_ends_are_awaited_by_name(void **state) {
    struct node *node = *state;
    int closed = 0, ended = 0;
    char text[256];
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "login", count, &ended);
    struct thing *thing = thing_new(scope, "socket 5060", &closed, true);
    assert_int_equal(sj_scope_awaited(scope, text, sizeof text), 0);
    assert_string_equal(text, "");
    sj_host_scope_close(scope);
    spin(node);
    assert_int_equal(ended, 0);
    assert_int_equal(sj_scope_awaited(scope, text, sizeof text), 1);
    assert_non_null(strstr(text, "thing \"socket 5060\" ("));
    assert_non_null(strstr(text, "test_scope.c:"));
    sj_handle_done(&thing->handle);
    free(thing);
    spin(node);
    assert_int_equal(ended, 1);
}

static void holds_delay_the_end(void **state) {
    struct node *node = *state;
    int ended = 0;
    char text[256];
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "plugin", count, &ended);
    sj_scope *child = sj_host_scope_open(scope, SJ_HERE, "call", NULL, NULL);
    sj_handle *hold = sj_host_scope_hold(child, SJ_HERE, "2 calls in progress");
    assert_true(sj_scope_held(scope));
    sj_host_scope_close(scope);
    spin(node);
    assert_int_equal(ended, 0);
    assert_int_equal(sj_scope_awaited(scope, text, sizeof text), 1);
    assert_non_null(strstr(text, "hold \"2 calls in progress\""));
    sj_host_handle_close(hold);
    spin(node);
    assert_int_equal(ended, 1);
}

static void a_long_list_of_awaited_things_is_cut_and_counted(void **state) {
    struct node *node = *state;
    int closed = 0;
    char text[128];
    struct thing *things[20];
    sj_scope *scope = sj_host_scope_open(node->scope, SJ_HERE, "many", NULL, NULL);
    for (int i = 0; i < 20; i++) {
        things[i] = thing_new(scope, "slow", &closed, true);
    }
    sj_host_scope_close(scope);
    assert_int_equal(sj_scope_awaited(scope, text, sizeof text), 20);
    assert_non_null(strstr(text, " more"));
    for (int i = 0; i < 20; i++) {
        sj_handle_done(&things[i]->handle);
        free(things[i]);
    }
    spin(node);
}

static void one_handle_is_closed_once(void **state) {
    struct node *node = *state;
    int closed = 0;
    struct thing *thing = thing_new(node->scope, "one", &closed, true);
    sj_host_handle_close(&thing->handle);
    sj_host_handle_close(&thing->handle);
    assert_int_equal(closed, 1);
    sj_handle_done(&thing->handle);
    free(thing);
}

static void failing_allocations_are_values(void **state) {
    struct node *node = *state;
    node->fail_allocation = 1;
    assert_null(sj_host_scope_open(node->scope, SJ_HERE, "call", NULL, NULL));
    node->fail_allocation = 1;
    assert_null(sj_host_scope_alloc(node->scope, 10));
    assert_null(sj_host_scope_alloc(node->scope, SIZE_MAX));
    assert_int_equal(sj_scope_count(node->scope), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(closing_sweeps_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_stays_until_the_caller_has_left, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closing_scope_refuses_new_things, setup, teardown),
        cmocka_unit_test_setup_teardown(asynchronous_ends_are_awaited_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(holds_delay_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_list_of_awaited_things_is_cut_and_counted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_handle_is_closed_once, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_allocations_are_values, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
