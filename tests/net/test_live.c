/* Replies that go on: Server-Sent Events and WebSocket, with a raw client. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sojourn/http.h>

#include "host/http/server.h"

#define ADDRESS "127.81.4.1"

struct fixture {
    struct harness *harness;
    struct live *live;
    char text[70000];
    size_t text_length, texts, dropped;
    bool began, gone, drained, end_on_text;
};

static void on_text(void *user, const char *text, size_t length) {
    struct fixture *fixture = user;
    fixture->texts++;
    fixture->text_length = length;
    memcpy(fixture->text, text, length);
    fixture->text[length] = '\0';
    if (fixture->end_on_text) {
        sj_http_stream_end(fixture->live);
        fixture->live = NULL;
    }
}

static void on_drained(void *user, size_t dropped) {
    struct fixture *fixture = user;
    fixture->dropped += dropped;
    fixture->drained = true;
}

static void on_gone(void *user) {
    struct fixture *fixture = user;
    fixture->gone = true;
    fixture->live = NULL;
}

static const struct live_events events = {on_text, on_drained, on_gone};

static void stream(void *user, sj_http_request *request) {
    struct fixture *fixture = user;
    fixture->live = sj_websocket_wanted(request)
                        ? sj_websocket_begin(request, &events, fixture)
                        : sj_http_stream_begin(request, 200, "text/event-stream", &events, fixture);
    fixture->began = true;
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    sj_error error;
    fixture->harness = harness_new("HQ", "hq-1", ADDRESS, HARNESS_HTTP);
    assert_non_null(sj_host_http_route(fixture->harness->scope, SJ_HERE, "GET", "/events", 0,
                                       stream, fixture, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    harness_free(fixture->harness);
    free(fixture);
    return 0;
}

static int client(struct fixture *fixture, const char *request) {
    return harness_client(fixture->harness, request);
}

static char heard[1 << 20];

/* Turns the loop until so many bytes have come (or, with 0, until the server has closed); returns
 * how many. */
static size_t hear(struct fixture *fixture, int fd, size_t wanted) {
    size_t used = 0;
    for (int i = 0; i < 3000;) {
        ssize_t got;
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        got = read(fd, heard + used, sizeof heard - 1 - used);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            assert_int_equal(wanted, 0);
            return used;
        }
        used += got > 0 ? (size_t)got : 0;
        heard[used] = '\0';
        if (wanted > 0 && used >= wanted) {
            return used;
        }
        if (got < 0) {
            (void)usleep(1000);
            i++;
        }
    }
    fail_msg("heard only %zu bytes: %.300s", used, heard);
    return used;
}

static void server_sent_events(void **state) {
    struct fixture *fixture = *state;
    int fd = client(fixture, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    harness_until(fixture->harness, &fixture->began);
    assert_int_equal(sj_http_stream_write(fixture->live, "data: one\n\n", 11), SJ_OK);
    (void)hear(fixture, fd, 165);
    assert_non_null(strstr(heard, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(heard, "Transfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(heard, "\r\n\r\nb\r\ndata: one\n\n\r\n"));
    sj_http_stream_end(fixture->live);
    (void)hear(fixture, fd, 0);
    assert_string_equal(heard, "0\r\n\r\n");
    assert_false(fixture->gone);
    (void)close(fd);
    fixture->began = false;
    fd = client(fixture, "GET /events HTTP/1.0\r\n\r\n");
    harness_until(fixture->harness, &fixture->began);
    assert_int_equal(sj_http_stream_write(fixture->live, "data: two\n\n", 11), SJ_OK);
    (void)hear(fixture, fd, 100);
    assert_null(strstr(heard, "chunked"));
    (void)close(fd);
    harness_until(fixture->harness, &fixture->gone);
}

static void slow_reader(void **state) {
    struct fixture *fixture = *state;
    static char block[100000];
    int fd = client(fixture, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"), result = SJ_OK;
    size_t refused = 0;
    harness_until(fixture->harness, &fixture->began);
    for (int i = 0; i < 200; i++) {
        result = sj_http_stream_write(fixture->live, block, sizeof block);
        refused += result == SJ_E_LIMIT;
        harness_turn(fixture->harness, 1);
    }
    assert_int_equal(result, SJ_E_LIMIT);
    for (int i = 0; i < 3000 && !fixture->drained; i++) {
        (void)uv_run(&fixture->harness->loop, UV_RUN_NOWAIT);
        (void)!read(fd, heard, sizeof heard);
    }
    assert_true(fixture->drained);
    assert_int_equal(fixture->dropped, refused);
    assert_int_equal(sj_http_stream_write(fixture->live, block, 10), SJ_OK);
    (void)close(fd);
    harness_until(fixture->harness, &fixture->gone);
}

#define HANDSHAKE                                                                                  \
    "GET /events HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "              \
    "websocket\r\nSec-WebSocket-Key: "                                                             \
    "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

static int websocket(struct fixture *fixture) {
    int fd = client(fixture, HANDSHAKE);
    harness_until(fixture->harness, &fixture->began);
    (void)hear(fixture, fd, 100);
    assert_non_null(strstr(heard, "HTTP/1.1 101 Switching Protocols\r\n"));
    assert_non_null(strstr(
        heard,
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")); /* the example of RFC 6455 */
    assert_non_null(fixture->live);
    return fd;
}

static void send_frame(int fd, int first, const char *payload, size_t length) {
    static const unsigned char mask[4] = {1, 2, 3, 4};
    static unsigned char frame[70000];
    size_t used = 0;
    frame[used++] = (unsigned char)first;
    if (length < 126) {
        frame[used++] = (unsigned char)(0x80 | length);
    } else {
        frame[used++] = 0x80 | 126;
        frame[used++] = (unsigned char)(length >> 8);
        frame[used++] = (unsigned char)length;
    }
    memcpy(frame + used, mask, 4);
    used += 4;
    for (size_t i = 0; i < length; i++) {
        frame[used++] = (unsigned char)payload[i] ^ mask[i & 3];
    }
    assert_int_equal(write(fd, frame, used), (ssize_t)used);
}

static void websocket_messages(void **state) {
    struct fixture *fixture = *state;
    static char text[60000];
    int fd = websocket(fixture);
    assert_int_equal(sj_http_stream_write(fixture->live, "{\"type\":\"x\"}", 12), SJ_OK);
    assert_int_equal(hear(fixture, fd, 14), 14);
    assert_memory_equal(heard, "\x81\x0c{\"type\":\"x\"}", 14);
    memset(text, 'y', sizeof text);
    send_frame(fd, 0x81, "hi", 2);
    send_frame(fd, 0x01, "he", 2);
    send_frame(fd, 0x89, "ping", 4); /* between fragments */
    send_frame(fd, 0x80, "llo", 3);
    assert_int_equal(hear(fixture, fd, 6), 6);
    assert_memory_equal(heard, "\x8a\x04ping", 6);
    assert_int_equal(fixture->texts, 2);
    assert_string_equal(fixture->text, "hello");
    send_frame(fd, 0x81, text, sizeof text);
    harness_turn(fixture->harness, 30);
    assert_int_equal(fixture->text_length, sizeof text);
    send_frame(fd, 0x88, "\x03\xe8", 2);
    assert_int_equal(hear(fixture, fd, 0), 4);
    assert_memory_equal(heard, "\x88\x02\x03\xe8", 4);
    assert_true(fixture->gone);
    (void)close(fd);
}

static void websocket_wrong(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *bytes;
        size_t length;
        unsigned code;
    } cases[] = {
        {"\x81\x02hi", 4, 1002},                          /* not masked */
        {"\xc1\x80\0\0\0\0", 6, 1002},                    /* a reserved bit */
        {"\x82\x80\0\0\0\0", 6, 1003},                    /* binary */
        {"\x80\x80\0\0\0\0", 6, 1002},                    /* continues nothing */
        {"\x83\x80\0\0\0\0", 6, 1002},                    /* no such opcode */
        {"\x09\x80\0\0\0\0", 6, 1002},                    /* a control frame in fragments */
        {"\x89\xfe\0\x7e\0\0\0\0", 8, 1002},              /* a long control frame */
        {"\x81\x81\0\0\0\0\xff", 7, 1007},                /* no UTF-8 */
        {"\x81\xff\0\0\0\0\0\x02\0\0\0\0\0\0", 14, 1009}, /* too long */
        {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14, 1009}, /* far too long */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd;
        fixture->began = fixture->gone = false;
        fd = websocket(fixture);
        assert_int_equal(write(fd, cases[i].bytes, cases[i].length), (ssize_t)cases[i].length);
        assert_int_equal(hear(fixture, fd, 0), 4);
        assert_int_equal((unsigned char)heard[0], 0x88);
        assert_int_equal((unsigned)(unsigned char)heard[2] << 8 | (unsigned char)heard[3],
                         cases[i].code);
        assert_true(fixture->gone);
        (void)close(fd);
    }
    fixture->began = false;
    int fd = client(
        fixture,
        "GET /events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    (void)hear(fixture, fd, 100);
    assert_non_null(strstr(heard, "HTTP/1.1 400"));
    assert_null(fixture->live);
    (void)close(fd);
}

static void websocket_ended_by_us(void **state) {
    struct fixture *fixture = *state;
    int fd = websocket(fixture);
    fixture->end_on_text = true;
    send_frame(fd, 0x81, "stop", 4);
    send_frame(fd, 0x81, "more", 4);
    assert_int_equal(hear(fixture, fd, 0), 4);
    assert_memory_equal(heard, "\x88\x02\x03\xe9", 4);
    assert_int_equal(fixture->texts, 1);
    assert_string_equal(fixture->text, "stop");
    assert_false(fixture->gone);
    (void)close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(server_sent_events, setup, teardown),
        cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(websocket_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(websocket_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(websocket_ended_by_us, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
