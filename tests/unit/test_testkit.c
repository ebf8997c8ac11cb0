/* The testkit itself, with a small plugin that uses each part of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sojourn/testkit.h>

#include "events/node.h"
#include "events/session.h"

struct state {
    sj_scope *scope;
    sj_udp *udp;
    sj_handle *hold;
    sj_topic *topic;
    int ticks, closes;
    int fetched;
    char body[64];
    int verified;
};

static void on_tick(void *user) {
    struct state *state = user;
    state->ticks++;
}

static void on_datagram(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    struct state *state = user;
    assert_int_equal(count, 1);
    (void)sj_udp_send(state->scope, socket, &datagrams[0].from, datagrams[0].data,
                      datagrams[0].length);
}

static void on_fetched(void *user, const sj_http_result *result) {
    struct state *state = user;
    state->fetched = result->status == SJ_OK ? result->http_status : result->status;
    (void)snprintf(state->body, sizeof state->body, "%s", result->body);
}

static void on_verified(void *user, int status, const sj_error *error) {
    struct state *state = user;
    (void)error;
    state->verified = status;
}

static void on_page(void *user, sj_http_request *request) {
    struct state *state = user;
    const char *pin = sj_http_param(state->scope, request, "pin");
    sj_error error;
    if (strcmp(request->path, "/fetch") == 0) {
        sj_http_call call = {.size = sizeof call, .method = "GET", .url = "https://far/x"};
        assert_non_null(sj_http_fetch(state->scope, &call, on_fetched, state, &error));
    } else if (pin != NULL) {
        sj_secret_verify(state->scope, "$argon2id$test$1234", pin, on_verified, state);
    }
    sj_http_reply_text(state->scope, request, 200, "text/plain", pin == NULL ? "no pin" : pin);
}

static void on_data(void *user, sj_stream *stream, const char *data, size_t length) {
    const struct state *state = user;
    (void)sj_stream_write(state->scope, stream, data, length);
}

static void on_close(void *user, sj_stream *stream, int status, const char *reason) {
    struct state *state = user;
    (void)stream;
    (void)status;
    (void)reason;
    state->closes++;
}

static void on_accept(void *user, sj_stream *stream) {
    const sj_stream_events events = {NULL, on_data, on_close};
    struct state *state = user;
    sj_stream_set(state->scope, stream, &events, state);
}

static int init(sj_scope *scope, void *user, sj_error *error) {
    struct state *state = user;
    state->scope = scope;
    state->topic = sj_session_started_topic(scope, error);
    if (state->topic == NULL ||
        sj_http_route(scope, "GET", "/page", SJ_ROUTE_PHONE, on_page, state, error) == NULL ||
        sj_http_route(scope, "POST", "/page", SJ_ROUTE_PHONE, on_page, state, error) == NULL ||
        sj_http_route(scope, "GET", "/fetch", SJ_ROUTE_PHONE, on_page, state, error) == NULL ||
        sj_http_route(scope, "GET", "/admin", SJ_ROUTE_ADMIN, on_page, state, error) == NULL) {
        return error->code;
    }
    return SJ_OK;
}

static int start(sj_scope *scope, void *user, sj_error *error) {
    struct state *state = user;
    state->udp = sj_udp_open(scope, "127.0.0.1", 5060, on_datagram, state, error);
    if (state->udp == NULL ||
        sj_stream_listen(scope, "127.0.0.1", 5060, false, on_accept, state, error) == NULL) {
        return error->code;
    }
    return sj_timer_start(scope, 100, 100, on_tick, state) == NULL
               ? sj_error_set(error, SJ_E_NO_MEMORY, "no timer")
               : SJ_OK;
}

static const sj_plugin sample = {SJ_PLUGIN_MAGIC,
                                 sizeof(sj_plugin),
                                 SJ_ABI_MAJOR,
                                 SJ_ABI_MINOR,
                                 "sample",
                                 "Sample",
                                 "1",
                                 "A sample.",
                                 "",
                                 "",
                                 0,
                                 sizeof(struct state),
                                 NULL,
                                 init,
                                 start,
                                 NULL,
                                 NULL};

static int setup(void **user) {
    *user = sj_testkit_open(NULL);
    return 0;
}

static int teardown(void **user) {
    sj_error error;
    int status = sj_testkit_end(*user, &error);
    if (status != SJ_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
    }
    return status;
}

static struct state *started(sj_testkit *kit) {
    sj_error error;
    assert_int_equal(sj_testkit_start(kit, &sample, &error), SJ_OK);
    return sj_testkit_plugin_state(kit, "sample");
}

static void time_moves_only_when_told(void **user) {
    const struct state *state = started(*user);
    sj_testkit_run(*user);
    assert_int_equal(state->ticks, 0);
    sj_testkit_advance(*user, 99);
    assert_int_equal(state->ticks, 0);
    sj_testkit_advance(*user, 1);
    assert_int_equal(state->ticks, 1);
    sj_testkit_advance(*user, 1000);
    assert_int_equal(state->ticks, 11);
}

static void requests_reach_routes(void **user) {
    struct state *state = started(*user);
    const sj_testkit_reply *reply = sj_testkit_get(*user, "/page?pin=12%2034");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "12 34");
    assert_int_equal(state->verified, SJ_E_DENIED);
    reply = sj_testkit_post_form(*user, "/page", "pin=1234");
    assert_string_equal(reply->body, "1234");
    assert_int_equal(state->verified, SJ_OK);
    assert_int_equal(sj_testkit_get(*user, "/nowhere")->status, 404);
    assert_int_equal(sj_testkit_get(*user, "/admin")->status, 401);
}

static int64_t respond(void *user, const sj_http_call *call, sj_http_result *result) {
    assert_string_equal(call->url, "https://far/x");
    result->status = SJ_OK;
    result->http_status = 201;
    result->body = "hello";
    return *(int64_t *)user;
}

static void fetches_are_answered_by_the_test(void **user) {
    struct state *state = started(*user);
    int64_t delay = 500;
    assert_int_equal(sj_testkit_get(*user, "/fetch")->status, 200);
    assert_int_equal(state->fetched, SJ_E_UNAVAILABLE);
    sj_testkit_on_fetch(*user, respond, &delay);
    state->fetched = 0;
    (void)sj_testkit_get(*user, "/fetch");
    assert_int_equal(state->fetched, 0);
    sj_testkit_advance(*user, 500);
    assert_int_equal(state->fetched, 201);
    assert_string_equal(state->body, "hello");
    delay = -1;
    (void)sj_testkit_get(*user, "/fetch");
    sj_testkit_advance(*user, 10000);
    assert_int_equal(state->fetched, SJ_E_TIMEOUT);
    assert_int_equal(sj_testkit_count(*user, "http", "GET https://far/x"), 3);
}

static void datagrams_go_both_ways(void **user) {
    const void *data;
    size_t length;
    sj_address to;
    (void)started(*user);
    assert_int_equal(sj_testkit_datagram(*user, 5060, "127.0.0.7", 5062, "OPTIONS\x01", 8), SJ_OK);
    assert_non_null(sj_testkit_find(*user, "udp", "127.0.0.1:5060 > 127.0.0.7:5062 OPTIONS\\x01"));
    assert_true(sj_testkit_datagram_sent(*user, 0, &to, &data, &length));
    assert_int_equal(length, 8);
    assert_memory_equal(data, "OPTIONS\x01", 8);
    assert_int_equal(sj_testkit_datagram(*user, 9, "127.0.0.7", 5062, "x", 1), SJ_E_NOT_FOUND);
}

static void streams_go_both_ways(void **user) {
    struct state *state = started(*user);
    sj_testkit_peer *peer = sj_testkit_connect(*user, 5060, "127.0.0.7", 40000);
    size_t length;
    assert_non_null(peer);
    sj_testkit_write(peer, "ping", 4);
    assert_string_equal(sj_testkit_received(peer, &length), "ping");
    assert_int_equal(length, 4);
    assert_int_equal(sj_testkit_owned(*user, "sample", "stream"), 1);
    sj_testkit_hang_up(peer, SJ_OK, "gone");
    assert_true(sj_testkit_closed(peer));
    assert_int_equal(state->closes, 1);
    assert_int_equal(sj_testkit_owned(*user, "sample", "stream"), 0);
    assert_null(sj_testkit_connect(*user, 5099, "127.0.0.7", 40000));
}

static void events_and_log_lines_are_recorded(void **user) {
    struct state *state = started(*user);
    sj_session_started event = {.user_id = "alice"};
    sj_publish_session_started(state->scope, state->topic, &event);
    sj_log_warning(state->scope, "the %s", "line");
    assert_non_null(sj_testkit_find(*user, "event", "session.started {"));
    assert_non_null(sj_testkit_find(*user, "event", "alice"));
    assert_string_equal(sj_testkit_find(*user, "log", "line"), "warning sample: the line");
    sj_testkit_forget(*user);
    assert_null(sj_testkit_nth(*user, "event", 0));
}

static void a_plugin_may_start_again(void **user) {
    sj_error error;
    (void)started(*user);
    assert_int_equal(sj_testkit_start(*user, &sample, &error), SJ_E_EXISTS);
    assert_int_equal(sj_testkit_stop(*user, "sample", &error), SJ_OK);
    assert_null(sj_testkit_plugin_state(*user, "sample"));
    (void)started(*user);
}

static void a_hold_that_stays_is_named(void **user) {
    sj_testkit *kit = sj_testkit_open(NULL);
    struct state *state = started(kit);
    sj_error error;
    (void)user;
    state->hold = sj_scope_hold(state->scope, "a call in progress");
    assert_int_equal(sj_testkit_stop(kit, "sample", &error), SJ_E_TIMEOUT);
    assert_non_null(strstr(
        error.text, "sample did not stop within 30 s, awaited: hold \"a call in progress\" ("));
    assert_non_null(strstr(error.text, "test_testkit.c:"));
    sj_handle_close(state->scope, state->hold);
    sj_testkit_run(kit);
    assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);
}

static void allocations_fail_on_order(void **user) {
    sj_error error;
    for (long n = 1; n < 12; n++) {
        sj_testkit_fail_allocation(*user, n);
        if (sj_testkit_start(*user, &sample, &error) == SJ_OK) {
            sj_testkit_fail_allocation(*user, 0);
            assert_int_equal(sj_testkit_stop(*user, "sample", &error), SJ_OK);
        }
        sj_testkit_fail_allocation(*user, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(time_moves_only_when_told, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_reach_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(fetches_are_answered_by_the_test, setup, teardown),
        cmocka_unit_test_setup_teardown(datagrams_go_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_go_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(events_and_log_lines_are_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plugin_may_start_again, setup, teardown),
        cmocka_unit_test(a_hold_that_stays_is_named),
        cmocka_unit_test_setup_teardown(allocations_fail_on_order, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
