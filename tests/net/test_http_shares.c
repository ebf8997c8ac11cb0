/* What unproven clients may take of the HTTP server: bytes of unfinished requests by source and all
 * together, descriptors; and which hosts they may name. Request heads and bodies leave nothing in
 * memory. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include "../sanitized.h"
#include "host/http/server/connection.h"
#include "host/rest/host_name.h"

#define ADDRESS "127.81.7.1"

struct fixture {
    struct harness *harness;
    size_t calls;
};

static void echo(void *user, sj_http_request *request) {
    struct fixture *fixture = user;
    sj_http_reply reply = {
        .status = 200, .content_type = "text/plain", .body = "ok", .body_length = 2};
    (void)sj_host_http_param(request, "a");
    fixture->calls++;
    sj_host_http_reply(request, &reply);
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    sj_error error;
    fixture->harness = harness_new("HQ", "hq-1", ADDRESS, HARNESS_HTTP);
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/echo", 0, echo,
                                       fixture, &error));
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "POST", "/echo", 0, echo,
                                       fixture, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    harness_free(fixture->harness);
    free(fixture);
    return 0;
}

static int client(struct fixture *fixture, const char *from) {
    sj_address local, to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    (void)sj_address_parse(from, 0, &local);
    (void)sj_address_parse(ADDRESS, fixture->harness->node.facts.http_port, &to);
    assert_int_equal(bind(fd, &local.any, sizeof local.v4), 0);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Sends as much as the server takes within the budget of turns. */
static void pour(struct fixture *fixture, int fd, size_t bytes) {
    static const char zeros[65536];
    for (int i = 0; bytes > 0 && i < 2000; i++) {
        ssize_t sent = send(fd, zeros, bytes < sizeof zeros ? bytes : sizeof zeros, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            return; /* refused */
        }
        bytes -= sent > 0 ? (size_t)sent : 0;
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
    }
}

static int status_of(struct fixture *fixture, int fd) {
    char text[64] = "";
    for (int i = 0; i < 3000; i++) {
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        if (read(fd, text, sizeof text - 1) > 12) {
            return atoi(text + 9);
        }
        (void)usleep(1000);
    }
    return 0;
}

static int ask(struct fixture *fixture, const char *from, const char *text) {
    int fd = client(fixture, from), status;
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    status = status_of(fixture, fd);
    (void)close(fd);
    return status;
}

static const char head[] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n";

/* A hundred connections of one address with a body that never ends. */
static void one_source_holds_a_bounded_part(void **state) {
    enum { MANY = 100 };
    struct fixture *fixture = *state;
    int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = client(fixture, "127.0.0.66");
        assert_int_equal(write(fds[i], head, sizeof head - 1), (ssize_t)sizeof head - 1);
        pour(fixture, fds[i], 4194303);
        assert_true(fixture->harness->node.http->budget.bytes <=
                    SJ_BUDGET_SOURCE_BYTES + (8u << 20));
    }
    assert_int_equal(status_of(fixture, fds[MANY - 1]), 503);
    assert_int_equal(
        ask(fixture, "127.0.0.7", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"),
        200);
    for (int i = 0; i < MANY; i++) {
        (void)close(fds[i]);
    }
    harness_turn(fixture->harness, 50);
    assert_int_equal(fixture->harness->node.http->budget.bytes, 0);
}

/* Of many addresses, those that hold the most give way; a modest one is served. */
static void all_sources_hold_a_bounded_part(void **state) {
    enum { MANY = 40 };
    struct fixture *fixture = *state;
    int fds[MANY], modest;
    modest = client(fixture, "127.0.0.7");
    assert_true(write(modest, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab", 54) >
                0);
    for (int i = 0; i < MANY; i++) {
        char from[24];
        (void)snprintf(from, sizeof from, "127.0.1.%d", i + 1);
        fds[i] = client(fixture, from);
        assert_int_equal(write(fds[i], head, sizeof head - 1), (ssize_t)sizeof head - 1);
        pour(fixture, fds[i], 4194303);
        assert_true(fixture->harness->node.http->budget.bytes <= SJ_BUDGET_BYTES + (8u << 20));
    }
    assert_int_equal(write(modest, "cd", 2), 2);
    assert_int_equal(status_of(fixture, modest), 200);
    (void)close(modest);
    for (int i = 0; i < MANY; i++) {
        (void)close(fds[i]);
    }
}

/* However steadily a body comes, it has an end. */
static void a_body_has_a_deadline(void **state) {
    struct fixture *fixture = *state;
    struct connection *connection;
    int fd = client(fixture, "127.0.0.66");
    assert_int_equal(write(fd, head, sizeof head - 1), (ssize_t)sizeof head - 1);
    pour(fixture, fd, 100000);
    connection = SJ_OWNER(sj_list_first(&fixture->harness->node.http->connections),
                          struct connection, in_http);
    connection->body_until = sj_link_now(&connection->link);
    pour(fixture, fd, 100000);
    assert_int_equal(status_of(fixture, fd), 408);
    (void)close(fd);
}

/* The last descriptors are the node's: clients are told so, and its own socket still answers. */
static void descriptors_are_kept_back(void **state) {
    enum { LIMIT = 160, RESERVED = LIMIT / 8, FILLERS = 200 };
    struct fixture *fixture = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct rlimit before, low;
    int fillers[FILLERS], count = 0, fd = -1;
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    harness_turn(fixture->harness, 50); /* its descriptor is free again */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < FILLERS && fd < LIMIT - RESERVED) {
        fillers[count++] = fd = dup(STDERR_FILENO);
    }
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 503);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/sojourn.sock", fixture->harness->state);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    assert_true(write(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", 31) > 0);
    assert_int_equal(status_of(fixture, fd), 200);
    (void)close(fd);
    while (count > 0) {
        (void)close(fillers[--count]);
    }
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* Strangers who are refused and hold on to what they came with leave some for it. */
static void a_flood_leaves_the_socket_of_the_node(void **state) {
    enum { LIMIT = 160, RESERVED = LIMIT / 8, FILLERS = 200, STRANGERS = 40 };
    struct fixture *fixture = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct rlimit before, low;
    int fillers[FILLERS], strangers[STRANGERS], count = 0, fd = -1;
    const int local = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)fixture->harness->node.facts.http_port)};
    assert_int_equal(inet_pton(AF_INET, ADDRESS, &to.sin_addr), 1);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/sojourn.sock", fixture->harness->state);
    for (int i = 0; i < STRANGERS; i++) {
        strangers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_true(strangers[i] >= 0);
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < FILLERS && fd < LIMIT - RESERVED) {
        fillers[count++] = fd = dup(STDERR_FILENO);
    }
    for (int i = 0; i < STRANGERS; i++) {
        (void)connect(strangers[i], (struct sockaddr *)&to, sizeof to);
    }
    harness_turn(fixture->harness, 50);
    assert_int_equal(connect(local, (struct sockaddr *)&name, sizeof name), 0);
    (void)fcntl(local, F_SETFL, O_NONBLOCK);
    assert_true(write(local, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", 31) > 0);
    assert_int_equal(status_of(fixture, local), 200);
    (void)close(local);
    for (int i = 0; i < STRANGERS; i++) {
        (void)close(strangers[i]);
    }
    while (count > 0) {
        (void)close(fillers[--count]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static bool is_h(struct node *node, const char *host, const sj_address *local,
                 const sj_address *peer) {
    char name[SJ_HOST_NAME_ROOM], address[SJ_ADDRESS_TEXT];
    (void)node;
    (void)peer;
    (void)sj_address_format(local, address, sizeof address);
    return sj_host_name_read(host, name) && (strcmp(name, "h") == 0 || strcmp(name, address) == 0);
}

static void foreign_hosts_are_refused(void **state) {
    struct fixture *fixture = *state;
    sj_http_set_host_check(&fixture->harness->node, is_h);
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
                     421);
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: H:8080\r\n\r\n"), 200);
    assert_int_equal(ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: " ADDRESS "\r\n\r\n"),
                     200);
    assert_int_equal(
        ask(fixture, "127.0.0.7", "GET /echo HTTP/1.1\r\nHost: h@evil.example\r\n\r\n"), 421);
    assert_int_equal(
        ask(fixture, "127.0.0.7", "GET http://evil.example/echo HTTP/1.1\r\nHost: h\r\n\r\n"), 421);
    assert_int_equal(fixture->calls, 2);
}

static void hosts_are_read(void **state) {
    char name[SJ_HOST_NAME_ROOM];
    static const char *const wrong[] = {"",    ":80",  "a:b",    "a b",      "a/b",
                                        "u@h", "[::1", "[::1]x", "a:123456", "[a%b]"};
    (void)state;
    assert_true(sj_host_name_read("Hq-1.Example.COM.:8080", name));
    assert_string_equal(name, "hq-1.example.com");
    assert_true(sj_host_name_read("[2001:DB8::1]:80", name));
    assert_string_equal(name, "2001:db8::1");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(sj_host_name_read(wrong[i], name));
    }
    assert_true(sj_host_name_in("b.example", "a.example; B.example"));
    assert_true(sj_host_name_in("2001:db8::1", "192.0.2.1;2001:0DB8:0:0::1"));
    assert_false(sj_host_name_in("b", "a.example;b.example"));
    assert_false(sj_host_name_in("b", ""));
}

/* How often the text stands in this process's writable memory. */
static size_t copies_of(const char *text, size_t length) {
    FILE *maps = fopen("/proc/self/maps", "r");
    FILE *memory = fopen("/proc/self/mem", "r");
    char line[512], *piece = malloc(1 << 20);
    size_t found = 0;
    assert_true(maps != NULL && memory != NULL && piece != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        char rights[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' ||
            strstr(line, "[stack]") != NULL) {
            continue;
        }
        for (unsigned long at = from; at < to; at += (1 << 20) - length) {
            const unsigned long own = (unsigned long)(uintptr_t)piece;
            size_t count = to - at < 1 << 20 ? to - at : 1 << 20;
            if (fseek(memory, (long)at, SEEK_SET) != 0 || fread(piece, 1, count, memory) != count) {
                break;
            }
            for (const char *hit = piece;
                 (hit = memmem(hit, count - (size_t)(hit - piece), text, length)) != NULL; hit++) {
                const unsigned long where = at + (unsigned long)(hit - piece);
                found += where < own - 4096 || where > own + (1 << 20) + 4096;
            }
        }
    }
    (void)fclose(maps);
    (void)fclose(memory);
    explicit_bzero(piece, 1 << 20);
    free(piece);
    return found;
}

/* PINs in an address, in a form and in what was read ahead are gone once they are answered. The
 * text that is looked for is made from another, so that it stands nowhere else. */
static void answered_requests_leave_no_trace(void **state) {
    if (SANITIZED) {
        skip();
    }
    enum { PIN = 24 };
    struct fixture *fixture = *state;
    char pin[PIN + 1] = "", text[1024];
    int fd = client(fixture, "127.0.0.7"), length;
    size_t copies;
    for (int i = 0; i < PIN; i++) {
        pin[i] = (char)('0' + (i * 7 + 3) % 10);
    }
    length = snprintf(
        text, sizeof text,
        "GET /echo?a=%s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n\r\nPOST /echo?x=%s "
        "HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\na=%s",
        pin, pin, pin, PIN + 2, pin);
    assert_int_equal(write(fd, text, (size_t)length), length);
    explicit_bzero(text, sizeof text);
    for (int i = 0; i < 3000 && fixture->calls < 2; i++) {
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        (void)usleep(1000);
    }
    assert_int_equal(fixture->calls, 2);
    copies = copies_of(pin, PIN);
    explicit_bzero(pin, sizeof pin);
    assert_int_equal(copies, 0);
    (void)close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_source_holds_a_bounded_part, setup, teardown),
        cmocka_unit_test_setup_teardown(all_sources_hold_a_bounded_part, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_has_a_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(descriptors_are_kept_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_leaves_the_socket_of_the_node, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_hosts_are_refused, setup, teardown),
        cmocka_unit_test(hosts_are_read),
        cmocka_unit_test_setup_teardown(answered_requests_leave_no_trace, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
