/* Clients and handlers that take too long. The deadlines are brought forward, not waited for. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/http/server/connection.h"

#define ADDRESS "127.81.6.1"

struct fixture {
    struct harness *harness;
    sj_http_request *held[3];
    size_t held_count;
    bool called;
    uint64_t before; /* loop time, ms: the newest client was not there yet */
};

static void hold(void *user, sj_http_request *request) {
    struct fixture *fixture = user;
    fixture->held[fixture->held_count++] = request;
    fixture->called = true;
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    sj_error error;
    fixture->harness = harness_new("HQ", "hq-1", ADDRESS, HARNESS_HTTP);
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/hold", 0, hold,
                                       fixture, &error));
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/busy",
                                       SJ_ROUTE_BUSY_OK, hold, fixture, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    harness_free(fixture->harness);
    free(fixture);
    return 0;
}

static int client(struct fixture *fixture, const char *text) {
    int fd;
    uv_update_time(&fixture->harness->loop);
    fixture->before = uv_now(&fixture->harness->loop);
    fd = harness_client(fixture->harness, text);
    harness_turn(fixture->harness, 20);
    return fd;
}

/* The newest connection may go on doing what it does for so long from the moment it began it. */
static void assert_limit(struct fixture *fixture, uint64_t milliseconds) {
    const struct connection *connection = SJ_OWNER(
        sj_list_first(&fixture->harness->node.http->connections), struct connection, in_http);
    assert_non_null(connection);
    assert_in_range(connection->link.deadline, fixture->before + milliseconds,
                    sj_link_now(&connection->link) + milliseconds);
}

static void bring_forward(struct fixture *fixture) {
    SJ_LIST_EACH(connection, &fixture->harness->node.http->connections, struct connection,
                 in_http) {
        connection->link.deadline = 1;
    }
}

static char heard[8192];

static const char *hear(struct fixture *fixture, int fd) {
    size_t used = 0;
    for (int i = 0; i < 3000; i++) {
        ssize_t got;
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        got = read(fd, heard + used, sizeof heard - 1 - used);
        if (got == 0) {
            heard[used] = '\0';
            return heard;
        }
        used += got > 0 ? (size_t)got : 0;
        if (got < 0) {
            (void)usleep(1000);
        }
    }
    fail_msg("the server did not close; heard %.200s", heard);
    return heard;
}

static void slow_heads_and_bodies(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture, "GET /ho");
    assert_limit(fixture, 10000);
    bring_forward(fixture);
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 408"));
    (void)close(fd);
    fd = client(fixture, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123");
    assert_limit(fixture, 30000);
    bring_forward(fixture);
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 408"));
    (void)close(fd);
    fd = client(fixture, ""); /* says nothing at all */
    assert_limit(fixture, 10000);
    bring_forward(fixture);
    assert_string_equal(hear(fixture, fd), "");
    (void)close(fd);
    fd = client(fixture, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n"); /* idle after a reply */
    assert_limit(fixture, 60000);
    bring_forward(fixture);
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 404"));
    assert_null(strstr(heard, "408"));
    (void)close(fd);
}

static void slow_handler(void **state) {
    struct fixture *fixture = *state;
    sj_http_reply reply = {.status = 200};
    int fd = client(fixture, "GET /hold?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    assert_limit(fixture, 60000);
    bring_forward(fixture);
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 504"));
    assert_string_equal(sj_host_http_param(fixture->held[0], "x"),
                        "1"); /* the handler may go on with what it holds */
    sj_host_http_reply(fixture->held[0], &reply);
    (void)close(fd);
    /* One that never answers is let go with its route. */
    fd = client(fixture, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    bring_forward(fixture);
    (void)hear(fixture, fd);
    (void)close(fd);
    assert_int_equal(fixture->harness->node.http->pending, 1);
    sj_host_scope_close(fixture->harness->scope);
    fixture->harness->scope = NULL;
    harness_turn(fixture->harness, 20);
    assert_int_equal(fixture->harness->node.http->pending, 0);
}

static void sheds_load(void **state) {
    struct fixture *fixture = *state;
    sj_http_reply reply = {.status = 200};
    int fd;
    fixture->harness->node.http->pending += SJ_HTTP_PENDING_MAX;
    fd = client(fixture, "GET /hold HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 503"));
    assert_non_null(strstr(heard, "Retry-After: 2"));
    (void)close(fd);
    fd = client(fixture, "GET /busy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    sj_host_http_reply(fixture->held[0], &reply);
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 200"));
    (void)close(fd);
    fixture->harness->node.http->pending -= SJ_HTTP_PENDING_MAX;
    fixture->harness->node.http->connections_count += SJ_HTTP_CONNECTIONS_MAX;
    fd = client(fixture, "");
    assert_non_null(strstr(hear(fixture, fd), "HTTP/1.1 503"));
    (void)close(fd);
    fixture->harness->node.http->connections_count -= SJ_HTTP_CONNECTIONS_MAX;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slow_heads_and_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(slow_handler, setup, teardown),
        cmocka_unit_test_setup_teardown(sheds_load, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
