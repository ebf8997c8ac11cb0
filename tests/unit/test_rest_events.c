/* Streams of live events (host/rest/events.c): how long one is kept without a reader. The
 * connection is the test's. */
#include "tests/unit/store_fixture.h"

#include "host/bus/bus.h"
#include "host/core/timers.h"
#include "host/http/server.h"
#include "host/rest/events.h"
#include "host/rest/internal.h"

struct bench {
    struct fixture *fixture;
    struct rest rest;
};

/* ---- the connection ---- */

static const struct live_events *reader_events;
static void *reader;

struct live *__wrap_sj_http_stream_begin(sj_http_request *request, int status,
                                         const char *content_type, const struct live_events *events,
                                         void *user);
int __wrap_sj_http_stream_write(struct live *live, const void *data, size_t length);
bool __wrap_sj_websocket_wanted(const sj_http_request *request);
const char *__wrap_sj_host_http_param(sj_http_request *request, const char *name);

struct live *__wrap_sj_http_stream_begin(sj_http_request *request, int status,
                                         const char *content_type, const struct live_events *events,
                                         void *user) {
    (void)status;
    (void)content_type;
    reader_events = events;
    reader = user;
    return (struct live *)request; /* only its address counts */
}

int __wrap_sj_http_stream_write(struct live *live, const void *data, size_t length) {
    (void)live;
    (void)data;
    (void)length;
    return SJ_OK;
}

bool __wrap_sj_websocket_wanted(const sj_http_request *request) {
    (void)request;
    return false;
}

const char *__wrap_sj_host_http_param(sj_http_request *request, const char *name) {
    (void)request;
    (void)name;
    return NULL;
}

/* ---- */

static int setup(void **state) {
    struct bench *bench = calloc(1, sizeof *bench);
    sj_error error = {0};
    assert_int_equal(memory_setup((void **)&bench->fixture), 0);
    struct node *node = &bench->fixture->node;
    bench->rest.node = node;
    bench->rest.catalog = sj_store_catalog(node->store);
    assert_int_equal(sj_timers_open(node, &error), SJ_OK);
    assert_int_equal(sj_bus_open(node, &error), SJ_OK);
    *state = bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    struct node *node = &bench->fixture->node;
    sj_node_close_scope(node);
    rest_events_close(&bench->rest);
    sj_bus_close(node);
    sj_timers_close(node);
    assert_int_equal(fixture_teardown((void **)&bench->fixture), 0);
    free(bench);
    return 0;
}

static void read_events(struct bench *bench) {
    sj_http_request request = {.size = sizeof request,
                               .method = "GET",
                               .path = "/api/v1/events",
                               .query = "",
                               .body = "",
                               .content_type = "",
                               .peer_cluster = "",
                               .user = ""};
    rest_events(&bench->rest, &request, "");
    assert_non_null(reader);
}

static void turn(struct bench *bench) {
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&bench->fixture->loop, UV_RUN_NOWAIT);
    }
}

static void a_stream_waits_for_its_reader(void **state) {
    struct bench *bench = *state;
    read_events(bench);
    reader_events->gone(reader);
    turn(bench);
    const sj_list_link *kept = sj_list_first(&bench->rest.streams);
    assert_non_null(kept);
    read_events(bench);
    assert_ptr_equal(sj_list_first(&bench->rest.streams), kept);
    reader_events->gone(reader);
}

/* Without memory for the timer that ends it, it ends at once: events are not kept without an end.
 */
static void a_stream_without_a_timer_ends(void **state) {
    struct bench *bench = *state;
    read_events(bench);
    bench->fixture->node.fail_allocation = 1;
    reader_events->gone(reader);
    assert_int_equal(bench->fixture->node.fail_allocation, 0);
    turn(bench);
    assert_true(sj_list_empty(&bench->rest.streams));
}

/* One that comes before that has it. */
static void a_reader_that_comes_again_keeps_it(void **state) {
    struct bench *bench = *state;
    read_events(bench);
    bench->fixture->node.fail_allocation = 1;
    reader_events->gone(reader);
    read_events(bench);
    turn(bench);
    assert_false(sj_list_empty(&bench->rest.streams));
    reader_events->gone(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stream_waits_for_its_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_without_a_timer_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_comes_again_keeps_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
