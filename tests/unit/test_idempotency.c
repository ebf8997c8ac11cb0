/* How many keys of commands are remembered, how much of their answers, and for how long. The
 * request and its reply are the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/http/server.h"
#include "host/rest/asker.h"
#include "host/rest/durable_reply.h"
#include "host/rest/idempotency.h"
#include "host/rest/internal.h"
#include "host/rest/reply.h"

/* ---- the request ---- */

static const char *key, *user, *body;
static int status; /* of the reply; 0: none */
static uint64_t now;

const char *__wrap_sj_host_http_header(const sj_http_request *request, const char *name);
bool __wrap_sj_http_is_local(sj_http_request *request);
const char *__wrap_rest_asker(sj_http_request *request, char name[REST_ASKER]);
void __wrap_rest_reply_status(sj_http_request *request, int answered, const char *detail);
void __wrap_rest_reply_refusal(sj_http_request *request, int answered, const char *detail,
                               const char *name, const char *value);
struct rest_durable *__wrap_rest_durable_begin_repeat(struct rest *rest, sj_http_request *request);
void __wrap_rest_durable_reply(struct rest_durable *durable, int answered, sj_text *json,
                               const char *location);

const char *__wrap_sj_host_http_header(const sj_http_request *request, const char *name) {
    (void)request;
    assert_string_equal(name, "Idempotency-Key");
    return key;
}

bool __wrap_sj_http_is_local(sj_http_request *request) {
    (void)request;
    return false;
}

const char *__wrap_rest_asker(sj_http_request *request, char name[REST_ASKER]) {
    (void)request;
    (void)snprintf(name, REST_ASKER, "%s", user);
    return name;
}

void __wrap_rest_reply_status(sj_http_request *request, int answered, const char *detail) {
    (void)request;
    (void)detail;
    status = answered;
}

void __wrap_rest_reply_refusal(sj_http_request *request, int answered, const char *detail,
                               const char *name, const char *value) {
    (void)request;
    (void)detail;
    (void)name;
    (void)value;
    status = answered;
}

struct rest_durable *__wrap_rest_durable_begin_repeat(struct rest *rest, sj_http_request *request) {
    (void)rest;
    return (struct rest_durable *)request; /* only its address counts */
}

void __wrap_rest_durable_reply(struct rest_durable *durable, int answered, sj_text *json,
                               const char *location) {
    (void)durable;
    (void)location;
    status = answered;
    sj_text_clear(json);
}

static uint64_t clock_of_test(struct node *node) {
    (void)node;
    return now;
}

/* NULL: it was answered. */
static struct rest_once *give(struct rest *rest, int number) {
    char text[40];
    sj_http_request request = {.path = "/api/v1/do/phone/reset", .body = body};
    struct rest_once *once;
    request.body_length = strlen(body);
    (void)snprintf(text, sizeof text, "key-number-%d", number);
    key = text;
    status = 0;
    return rest_once_begin(rest, &request, &once) ? once : NULL;
}

static int setup(void **state) {
    struct rest *rest = calloc(1, sizeof *rest);
    rest->node = calloc(1, sizeof *rest->node);
    rest->node->monotonic_ms = clock_of_test;
    user = "alice";
    body = "{}";
    now = 1000;
    *state = rest;
    return 0;
}

static int teardown(void **state) {
    struct rest *rest = *state;
    rest_once_close(rest);
    assert_int_equal(rest->once_count, 0);
    assert_int_equal(rest->once_bytes, 0);
    free(rest->node);
    free(rest);
    return 0;
}

/* ---- */

static void it_is_remembered_for_an_hour(void **state) {
    struct rest *rest = *state;
    rest_once_end(give(rest, 1), 200, "{}");
    now += ONCE_MS - 1;
    assert_null(give(rest, 1));
    assert_int_equal(status, 200);
    now += 1;
    rest_once_end(give(rest, 1), 200, "{}");
    assert_int_equal(rest->once_count, 1);
}

static void what_is_under_way_is_not_forgotten(void **state) {
    struct rest *rest = *state;
    struct rest_once *under_way[ONCE_OF_USER];
    for (int i = 0; i < ONCE_OF_USER; i++) {
        under_way[i] = give(rest, i);
        assert_non_null(under_way[i]);
    }
    now += 2 * ONCE_MS;
    assert_null(give(rest, 0));
    assert_int_equal(status, 409);
    assert_null(give(rest, ONCE_OF_USER));
    assert_int_equal(status, 429);
    user = "bob"; /* whom that does not concern */
    rest_once_forget(give(rest, 0));
    user = "alice";
    rest_once_end(under_way[7], 200, "{}");
    rest_once_forget(give(rest, ONCE_OF_USER));
    rest_once_forget(under_way[0]);
    rest_once_forget(give(rest, 0)); /* nothing was done: it may be used anew */
}

static void answers_of_a_user_have_a_bound(void **state) {
    enum { LENGTH = 100000 };
    struct rest *rest = *state;
    char *answer = calloc(1, ONCE_BYTES_OF_USER + 2);
    memset(answer, 'a', LENGTH);
    user = "bob";
    rest_once_end(give(rest, 0), 200, "{}");
    user = "alice";
    for (int i = 0; i < 50; i++) {
        rest_once_end(give(rest, i), 200, answer);
        assert_true(rest->once_bytes <= ONCE_BYTES_OF_USER + 2);
    }
    assert_null(give(rest, 49));
    assert_int_equal(status, 200);
    rest_once_forget(give(rest, 0)); /* the oldest has gone */
    user = "bob";
    assert_null(give(rest, 0));
    assert_int_equal(status, 200);
    /* One that is longer than all that a user has is not kept; that it was done is. */
    user = "carol";
    memset(answer, 'a', ONCE_BYTES_OF_USER + 1);
    rest_once_end(give(rest, 0), 200, answer);
    assert_null(give(rest, 0));
    assert_int_equal(status, 409);
    free(answer);
}

static void users_together_have_a_bound(void **state) {
    struct rest *rest = *state;
    char name[20];
    for (int i = 0; i < 3 * ONCE_MOST; i++) {
        (void)snprintf(name, sizeof name, "user-%d", i / 2);
        user = name;
        rest_once_end(give(rest, i), 200, "{}");
        assert_true(rest->once_count <= ONCE_MOST);
    }
    assert_null(give(rest, 3 * ONCE_MOST - 1));
    assert_int_equal(status, 200);
}

static void another_request_is_refused(void **state) {
    struct rest *rest = *state;
    struct rest_once *once = give(rest, 1);
    body = "{\"a\":1}";
    assert_null(give(rest, 1));
    assert_int_equal(status, 422);
    rest_once_end(once, 200, "{}");
    assert_null(give(rest, 1));
    assert_int_equal(status, 422);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_remembered_for_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_under_way_is_not_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_of_a_user_have_a_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(users_together_have_a_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(another_request_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
