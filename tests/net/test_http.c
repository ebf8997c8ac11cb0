/* The HTTP server as a client meets it on a plain socket. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <sojourn/http.h>

#include "host/http/server.h"
#include "host/telemetry/log.h"

#define ADDRESS "127.81.2.1"

struct fixture {
    struct harness *harness;
    sj_http_request *held;
    size_t calls;
    bool called;
    char seen[512];
};

static void answer(sj_http_request *request, int status, const char *text) {
    sj_http_reply reply = {
        .status = status, .content_type = "text/plain", .body = text, .body_length = strlen(text)};
    sj_host_http_reply(request, &reply);
}

static void echo(void *user, sj_http_request *request) {
    struct fixture *fixture = user;
    const char *a = sj_host_http_param(request, "a");
    fixture->calls++;
    (void)snprintf(fixture->seen, sizeof fixture->seen, "%s %s?%s a=%s body=%.*s user=%s tls=%d",
                   request->method, request->path, request->query, a != NULL ? a : "-",
                   (int)(request->body_length < 100 ? request->body_length : 100), request->body,
                   request->user, request->tls);
    answer(request, 200, fixture->seen);
}

static void hold(void *user, sj_http_request *request) {
    struct fixture *fixture = user;
    fixture->held = request;
    fixture->called = true;
}

static void large(void *user, sj_http_request *request) {
    static char body[200000];
    sj_http_reply reply = {
        .status = 200, .content_type = "text/plain", .body = body, .body_length = sizeof body};
    (void)user;
    memset(body, 'x', sizeof body);
    sj_host_http_reply(request, &reply);
}

static void headers(void *user, sj_http_request *request) {
    sj_http_header list[] = {{"X-Good", "yes"},
                             {"X-Bad", "a\r\nSet-Cookie: x"},
                             {"Content-Length", "7"},
                             {"X Bad", "z"}};
    sj_http_reply reply = {.status = 204, .headers = list, .headers_count = 4};
    (void)user;
    sj_host_http_reply(request, &reply);
}

static void authenticate(struct node *node, const sj_address *peer, const char *authorization,
                         sj_authenticated_fn done, void *user) {
    (void)node;
    (void)peer;
    done(user,
         authorization == NULL                           ? SJ_E_DENIED
         : strcmp(authorization, "Basic too-many") == 0  ? SJ_E_LIMIT
         : strcmp(authorization, "Basic no-memory") == 0 ? SJ_E_NO_MEMORY
         : strcmp(authorization, "Basic YTpi") == 0      ? SJ_OK
                                                         : SJ_E_DENIED,
         "a");
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    sj_scope *scope;
    sj_error error;
    fixture->harness = harness_new("HQ", "hq-1", ADDRESS, HARNESS_HTTP);
    scope = fixture->harness->scope;
    sj_http_set_authenticator(&fixture->harness->node, authenticate);
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/echo", 0, echo, fixture, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "POST", "/echo", 0, echo, fixture, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/tree/*", 0, echo, fixture, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/hold", 0, hold, fixture, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/large", 0, large, fixture, &error));
    assert_non_null(
        sj_host_http_route(scope, SJ_HERE, "GET", "/headers", 0, headers, fixture, &error));
    assert_non_null(
        sj_host_http_route(scope, SJ_HERE, "GET", "/admin", SJ_ROUTE_ADMIN, echo, fixture, &error));
    assert_non_null(sj_host_http_route(scope, SJ_HERE, "GET", "/peer", SJ_ROUTE_PEER_CLUSTER, echo,
                                       fixture, &error));
    assert_null(sj_host_http_route(scope, SJ_HERE, "GET", "/echo", 0, echo, fixture, &error));
    assert_int_equal(error.code, SJ_E_EXISTS);
    assert_null(sj_host_http_route(scope, SJ_HERE, "get", "/x", 0, echo, fixture, &error));
    assert_int_equal(error.code, SJ_E_INVALID);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    harness_free(fixture->harness);
    free(fixture);
    return 0;
}

static int client(struct fixture *fixture) {
    return harness_client(fixture->harness, "");
}

static void say(int fd, const char *text) {
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static size_t count(const char *text, const char *piece) {
    size_t found = 0;
    for (const char *at = strstr(text, piece); at != NULL; at = strstr(at + 1, piece)) {
        found++;
    }
    return found;
}

static char heard[4 << 20];

/* Turns the loop until `piece` has been heard `times` times, or the server closed; returns what was
 * heard. "" for until closed.
 */
static const char *hear(struct fixture *fixture, int fd, const char *piece, size_t times) {
    size_t used = 0;
    for (int i = 0; i < 3000;) {
        ssize_t got;
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        got = read(fd, heard + used, sizeof heard - 1 - used);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            heard[used] = '\0';
            return heard;
        }
        used += got > 0 ? (size_t)got : 0;
        heard[used] = '\0';
        if (piece[0] != '\0' && count(heard, piece) >= times) {
            return heard;
        }
        if (got < 0) {
            (void)usleep(1000);
            i++;
        }
    }
    fail_msg("heard only: %.500s", heard);
    return heard;
}

/* Sends one request and expects this status and the connection's end. */
static void refused(struct fixture *fixture, const char *request, size_t length, int status) {
    int fd = client(fixture);
    char expected[32];
    (void)snprintf(expected, sizeof expected, "HTTP/1.1 %d ", status);
    assert_int_equal(write(fd, request, length), (ssize_t)length);
    (void)hear(fixture, fd, "", 0);
    if (strncmp(heard, expected, strlen(expected)) != 0) {
        fail_msg("%.60s: expected %d, came %.300s", request, status, heard);
    }
    assert_int_equal(count(heard, "\r\nDate: "), 1);
    assert_non_null(strstr(heard, "application/problem+json"));
    (void)close(fd);
}

#define REFUSED(request, status) refused(*state, (request), sizeof(request) - 1, (status))

static void keep_alive_and_pipelining(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "GET /echo?a=1%202+3 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "user=", 1), "GET /echo?a=1%202+3 a=1 2 3 body="));
    assert_non_null(strstr(heard, "HTTP/1.1 200 OK\r\nDate: "));
    assert_non_null(strstr(heard, "X-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(heard, "Cache-Control: no-store\r\n"));
    say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: "
            "application/x-www-form-urlencoded\r\nContent-Length: "
            "9\r\n\r\na=b%26c&x"
            "GET /tree/b/c HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: "
            "x\r\n\r\nDELETE /echo HTTP/1.1\r\nHost: "
            "x\r\n\r\n");
    (void)hear(fixture, fd, "HTTP/1.1 ", 4);
    assert_non_null(strstr(heard, "a=b&c body=a=b%26c&x"));
    assert_non_null(strstr(heard, "GET /tree/b/c?"));
    assert_non_null(strstr(heard, "HTTP/1.1 404 Not Found"));
    assert_non_null(strstr(heard, "HTTP/1.1 405 Method Not Allowed"));
    assert_non_null(strstr(heard, "Allow: POST, GET, HEAD"));
    /* An empty line before a request, in two packets. */
    say(fd, "\r");
    harness_turn(fixture->harness, 10);
    say(fd, "\nHEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (void)hear(fixture, fd, "", 0);
    assert_non_null(strstr(heard, "Connection: close\r\n\r\n"));
    assert_string_equal(strstr(heard, "\r\n\r\n"), "\r\n\r\n");
    (void)close(fd);
}

static void old_clients(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "user=", 1), "Connection: keep-alive"));
    say(fd, "GET /echo HTTP/1.0\r\n\r\n");
    (void)hear(fixture, fd, "", 0);
    assert_non_null(strstr(heard, "Connection: close"));
    (void)close(fd);
}

static void bodies(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: "
            "100-continue\r\n\r\n");
    (void)hear(fixture, fd, "100 Continue\r\n\r\n", 1);
    say(fd, "5\r\nhel");
    harness_turn(fixture->harness, 5);
    say(fd, "lo\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "user=", 1), "body=hello world user="));
    /* In pieces of one byte. */
    for (const char *at = "GET /echo?a=z HTTP/1.1\r\nHost: x\r\n\r\n"; *at != '\0'; at++) {
        assert_int_equal(write(fd, at, 1), 1);
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
    }
    assert_non_null(strstr(hear(fixture, fd, "user=", 1), "a=z"));
    (void)close(fd);
}

static void smuggling(void **state) {
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
            "chunked\r\n\r\n0\r\n\r\n",
            400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
            "4\r\n\r\n0\r\n\r\n",
            400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
            400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd", 400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd", 400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            501);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
            "chunked\r\n\r\n0\r\n\r\n",
            400);
    REFUSED("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\nX: a\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nX\0: a\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400);
    REFUSED("GET /echo HTTP/1.1\r\n\r\n", 400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
            "chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
            400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
            "chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n",
            400);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
            413);
    REFUSED("GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", 505);
    REFUSED("BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", 501);
    REFUSED("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501);
    REFUSED("GET /echo HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417);
    assert_int_equal(((struct fixture *)*state)->calls, 0);
}

static void bad_paths(void **state) {
    REFUSED("GET /tree/../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/%2e%2E/x HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/%c3%28 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/%2 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    REFUSED("GET /tree/a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400);
}

static void limits(void **state) {
    struct fixture *fixture = *state;
    static char text[80000];
    size_t length = 0;
    int fd;
    memset(text, 'a', sizeof text);
    (void)snprintf(text, 6, "GET /");
    text[5] = 'a';
    (void)snprintf(text + 9000, sizeof text - 9000, " HTTP/1.1\r\nHost: x\r\n\r\n");
    refused(fixture, text, strlen(text), 414);
    length = (size_t)snprintf(text, sizeof text, "GET /echo HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 40; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "X-%d: %01000d\r\n", i, i);
    }
    refused(fixture, text, length, 431);
    length = (size_t)snprintf(text, sizeof text, "GET /echo HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 120; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "X-%d: 1\r\n", i);
    }
    length += (size_t)snprintf(text + length, sizeof text - length, "\r\n");
    refused(fixture, text, length, 431);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n", 413);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999\r\n\r\n", 413);
    /* A chunked body that grows beyond the limit. */
    fd = client(fixture);
    say(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n");
    (void)hear(fixture, fd, "HTTP/1.1 413", 1);
    (void)close(fd);
    REFUSED("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: "
            "application/x-www-form-urlencoded\r\nContent-Length: 1048577\r\n\r\n",
            413);
    /* Reading millions of parameters would take half a second. */
    length =
        (size_t)snprintf(text, sizeof text,
                         "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                         "application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n");
    memset(text + length, '&', 1000);
    refused(fixture, text, length + 1000, 400);
    length = (size_t)snprintf(
        text, sizeof text, "GET /echo?%01000d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 0);
    memset(text + sizeof "GET /echo?" - 1, '&', 1000);
    refused(fixture, text, length, 400);
    REFUSED("GET /echo?a=%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400);
}

static void slow_readers_get_all(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture), small = 32768;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (int i = 0; i < 10; i++) {
        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    harness_turn(fixture->harness, 50);
    say(fd, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (void)hear(fixture, fd, "", 0);
    assert_int_equal(count(heard, "HTTP/1.1 200 OK"), 11);
    assert_true(strlen(heard) > 2000000);
    (void)close(fd);
}

/* The kernel takes all of what they ask for at once: nothing waits, and nothing may be waited for.
 */
static void fast_readers_get_all(void **state) {
    struct fixture *fixture = *state;
    static const char request[] = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
    static char requests[1500 * (sizeof request - 1) + 1];
    int fd = client(fixture);
    for (size_t i = 0; i < 1500; i++) {
        memcpy(requests + i * (sizeof request - 1), request, sizeof request);
    }
    say(fd, requests);
    say(fd, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (void)hear(fixture, fd, "", 0);
    assert_int_equal(count(heard, "HTTP/1.1 200 OK"), 1501);
    (void)close(fd);
}

static void late_answers(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    assert_int_equal(fixture->calls, 0); /* in order: the second waits for the first */
    answer(fixture->held, 200, "first");
    (void)hear(fixture, fd, "user=", 1);
    assert_true(strstr(heard, "first") < strstr(heard, "user="));
    /* The client leaves before the answer. */
    fixture->called = false;
    say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    (void)shutdown(fd, SHUT_WR);
    harness_turn(fixture->harness, 10);
    answer(fixture->held, 200, "still wanted");
    (void)hear(fixture, fd, "", 0);
    assert_non_null(strstr(heard, "still wanted"));
    (void)close(fd);
    fd = client(fixture);
    fixture->called = false;
    say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    struct linger reset = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)close(fd);
    harness_turn(fixture->harness, 20);
    assert_string_equal(fixture->held->path, "/hold"); /* what the handler holds is still there */
    answer(fixture->held, 200, "into the void");
    harness_turn(fixture->harness, 20);
    assert_int_equal(sj_http_connections(&fixture->harness->node), 0);
}

static char logged[400];

static void keep_line(void *user, sj_log_level level, const char *who, const char *trace_id,
                      const char *text) {
    (void)user, (void)level, (void)who, (void)trace_id;
    (void)snprintf(logged, sizeof logged, "%s", text);
}

/* Whose handler has the defect is said. */
static void a_second_reply_names_the_route(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    answer(fixture->held, 200, "first");
    sj_log_set_sink(&fixture->harness->node, keep_line, NULL);
    answer(fixture->held, 200, "second");
    assert_non_null(strstr(logged, "a second reply to an HTTP request"));
    assert_non_null(strstr(logged, "of the handler of GET /hold"));
    (void)hear(fixture, fd, "first", 1);
    assert_null(strstr(heard, "second"));
    (void)close(fd);
}

static void route_goes(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    sj_error error;
    sj_scope *child = sj_host_scope_open(fixture->harness->scope, SJ_HERE, "service", NULL, NULL);
    assert_non_null(sj_host_http_route(child, SJ_HERE, "GET", "/gone", 0, hold, fixture, &error));
    say(fd, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->called);
    sj_host_scope_close(child);
    (void)hear(fixture, fd, "HTTP/1.1 503", 1);
    answer(fixture->held, 200, "late"); /* harmless */
    (void)close(fd);
    fd = client(fixture);
    say(fd, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fixture, fd, "HTTP/1.1 404", 1);
    /* It comes back when the node has started again. */
    fixture->harness->node.stopping = true;
    say(fd, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "HTTP/1.1 503", 1), "Retry-After: 2"));
    assert_non_null(strstr(heard, "The node is being stopped."));
    /* Not yet started, or being stopped. */
    fixture->harness->owner.visible = false;
    say(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fixture, fd, "HTTP/1.1 503", 1);
    (void)close(fd);
}

static void who_may(void **state) {
    struct fixture *fixture = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = client(fixture);
    say(fd, "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "HTTP/1.1 401", 1), "WWW-Authenticate: Basic"));
    say(fd, "GET /admin HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n\r\n");
    (void)hear(fixture, fd, "user=a ", 1);
    say(fd, "GET /admin HTTP/1.1\r\nHost: x\r\nAuthorization: Basic too-many\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "HTTP/1.1 429", 1), "Retry-After: 60"));
    say(fd, "GET /admin HTTP/1.1\r\nHost: x\r\nAuthorization: Basic no-memory\r\n\r\n");
    (void)hear(fixture, fd, "HTTP/1.1 503", 1);
    say(fd, "GET /peer HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_non_null(strstr(hear(fixture, fd, "HTTP/1.1 403", 1), "imported certificate"));
    (void)close(fd);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/sojourn.sock", fixture->harness->state);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    say(fd, "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fixture, fd, "user=local ", 1);
    (void)close(fd);
}

static void reply_headers(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture);
    say(fd, "GET /headers HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fixture, fd, "\r\n\r\n", 1);
    assert_non_null(strstr(heard, "X-Good: yes\r\n"));
    assert_null(strstr(heard, "Set-Cookie"));
    assert_null(strstr(heard, "Content-Length"));
    assert_null(strstr(heard, "X Bad"));
    (void)close(fd);
}

static void own_listener(void **state) {
    struct fixture *fixture = *state;
    sj_error error;
    sj_address to;
    int fd;
    sj_handle *listener =
        sj_host_http_listen(fixture->harness->scope, SJ_HERE, ADDRESS, 0, echo, fixture, &error);
    assert_non_null(listener);
    (void)sj_address_parse(ADDRESS, atoi(strrchr(listener->name, ':') + 1), &to);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    say(fd, "GET /anything.cnf.xml HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)hear(fixture, fd, "/anything.cnf.xml", 1);
    sj_host_handle_close(listener);
    (void)hear(fixture, fd, "", 0); /* idle connections end with it */
    (void)close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_not_equal(connect(fd, &to.any, sizeof to.v4), 0);
    (void)close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keep_alive_and_pipelining, setup, teardown),
        cmocka_unit_test_setup_teardown(old_clients, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(smuggling, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(limits, setup, teardown),
        cmocka_unit_test_setup_teardown(slow_readers_get_all, setup, teardown),
        cmocka_unit_test_setup_teardown(fast_readers_get_all, setup, teardown),
        cmocka_unit_test_setup_teardown(late_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_reply_names_the_route, setup, teardown),
        cmocka_unit_test_setup_teardown(route_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(who_may, setup, teardown),
        cmocka_unit_test_setup_teardown(reply_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(own_listener, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
