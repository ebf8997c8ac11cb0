/* Heads of requests: what is read from them, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/http/server/request_head.h"

static struct http_head head;
static char block[SJ_HTTP_HEAD_MAX + 1000];

static int parse(const char *text) {
    const char *why = NULL;
    size_t length = strlen(text);
    int status;
    (void)snprintf(block, sizeof block, "%s", text);
    status = sj_http_head_parse(block, length, &head, &why);
    assert_true(status == 0 || (why != NULL && why[0] != '\0'));
    return status;
}

static void reads_what_is_there(void **state) {
    (void)state;
    assert_int_equal(parse("POST /a%20b/%C3%BC?x=%31&y HTTP/1.1\r\nHost: h\r\nContent-Length: 12 "
                           "\r\ncontent-TYPE:\ttext/xml \t\r\nEmpty:\r\n"
                           "Last: a, b\r\n\r\n"),
                     0);
    assert_string_equal(head.method, "POST");
    assert_string_equal(head.path, "/a b/\xc3\xbc");
    assert_string_equal(head.query, "x=%31&y");
    assert_int_equal(head.content_length, 12);
    assert_string_equal(head.content_type, "text/xml");
    assert_int_equal(head.headers_count, 5);
    assert_string_equal(sj_http_head_value(&head, "EMPTY"), "");
    assert_string_equal(sj_http_head_value(&head, "last"), "a, b");
    assert_null(sj_http_head_value(&head, "absent"));
    assert_true(head.keep_alive && !head.old && !head.chunked && !head.expect_continue);
}

static void life_of_the_connection(void **state) {
    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"), 0);
    assert_false(head.keep_alive);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_true(!head.keep_alive && head.old);
    assert_int_equal(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 0);
    assert_true(head.keep_alive);
    assert_int_equal(parse("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nExpect: "
                           "100-Continue\r\n\r\n"),
                     0);
    assert_true(head.chunked && head.expect_continue);
}

static void forms_of_the_target(void **state) {
    (void)state;
    assert_int_equal(parse("GET http://h:80/x/y?z HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
    assert_string_equal(head.path, "/x/y");
    assert_string_equal(head.query, "z");
    /* The address says which host is meant, whatever the header says. */
    assert_string_equal(sj_http_head_value(&head, "host"), "h:80");
    assert_int_equal(parse("GET http://evil.example/ HTTP/1.1\r\nA: b\r\nHost: h\r\n\r\n"), 0);
    assert_string_equal(head.path, "/");
    assert_string_equal(sj_http_head_value(&head, "host"), "evil.example");
    assert_int_equal(head.headers_count, 2);
    assert_int_equal(parse("GET http://far/x HTTP/1.0\r\n\r\n"), 0);
    assert_string_equal(sj_http_head_value(&head, "host"), "far");
    assert_int_equal(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
    assert_string_equal(head.path, "*");
    assert_int_equal(parse("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET http://h?a/b HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    static const char *const odd[] = {
        "ftp://h/",       "http://u@h/",  "http://@/",   "http://:80/", "http://h:x/",
        "http://h:80:8/", "http://[::1/", "http://[]/",  "http://::1/", "http://h\\/",
        "http:/h/",       "httpx://h/",   "http://[h]/", "http://h\"/"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", odd[i]);
        if (parse(text) != 400) {
            fail_msg("%s", odd[i]);
        }
    }
    assert_int_equal(parse("GET HTTPS://[fe80::1]:8443/a HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
    assert_string_equal(sj_http_head_value(&head, "host"), "[fe80::1]:8443");
    assert_int_equal(parse("GET http://h:/a HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
    assert_int_equal(parse("GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET a/b://c/d HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET ://c/d HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET /a..b HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET /a.%2eb HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET /%252e%252e HTTP/1.1\r\nHost: h\r\n\r\n"), 0); /* decoded once */
    assert_string_equal(head.path, "/%2e%2e");
    assert_int_equal(parse("GET /%0a HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    assert_int_equal(parse("GET /%ed%a0%80 HTTP/1.1\r\nHost: h\r\n\r\n"), 400); /* a surrogate */
}

static void the_request_line_is_read_to_the_letter(void **state) {
    static const char *const wrong[] = {
        "GET / HTTP+1.0\r\n\r\n",
        "GET / HTTP+1.1\r\nHost: h\r\n\r\n",
        "GET / HT\r\nTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/\r\n1.1\r\nHost: h\r\n\r\n",
        "GET / http/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /  HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/01.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.10\r\nHost: h\r\n\r\n",
        "GET / ICE/1.0\r\nHost: h\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /\r\nHost: h\r\n\r\n",
        "GET\r\nHost: h\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parse(wrong[i]) != 400) {
            fail_msg("\"%s\" passes", wrong[i]);
        }
    }
    assert_int_equal(parse("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
}

/* Heads that servers and proxies are known to read differently, so that one request becomes two
 * behind the other's back. The framing is refused as a whole; none of these is a request without a
 * body. */
static void no_request_is_smuggled(void **state) {
    static const char *const lines[] = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\ncontent-length: 5",
        "Content-Length: 5, 5",
        "Content-Length: 5 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5;",
        "Content-Length: 5.0",
        "Content-Length:",
        "Content-Length: \0135",
        "Content-Length : 5",
        "Content-Length\t: 5",
        " Content-Length: 5",
        "X: y\r\n Content-Length: 5",
        "X: y\r\n\tContent-Length: 5",
        "X: y\nContent-Length: 5",
        "X: y\rContent-Length: 5",
        "X: y\r\r\nContent-Length: 5",
        "Content-Length: 5\x01",
        "Content-Length",
        ": 5",
        "Content(Length): 5",
        "Content-Length\xc2\xa0: 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding\r\n : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \013chunked",
        "Transfer-Encoding: chunked\x7f",
        "Host: other",
    };
    static const char *const encodings[] = {
        "xchunked",
        "chunked\r\nTransfer-Encoding: identity",
        "chunked, identity",
        "identity, chunked",
        "chunked;q=1",
        "\"chunked\"",
        "chunked chunked",
        "identity",
        "",
    };
    char text[512];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n", lines[i]);
        if (parse(text) != 400) {
            fail_msg("\"%s\" passes", lines[i]);
        }
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\n%s\r\nHost: h\r\n\r\n", lines[i]);
        if (parse(text) != 400) {
            fail_msg("\"%s\" passes before Host", lines[i]);
        }
    }
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        (void)snprintf(text, sizeof text,
                       "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: %s\r\n\r\n", encodings[i]);
        if (parse(text) != 501) {
            fail_msg("Transfer-Encoding \"%s\" passes", encodings[i]);
        }
    }
    assert_int_equal(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    assert_int_equal(
        parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"), 413);
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: h\r\n"), 400); /* without its empty line */
    assert_int_equal(parse("\r\n\r\n"), 400);
}

static void methods_are_known_or_not(void **state) {
    static const struct {
        const char *name;
        int status;
    } methods[] = {
        {"GET", 0},   {"PATCH", 0},   {"M-SEARCH", 0}, {"VERSION-CONTROL", 0}, {"FETCH", 501},
        {"GE", 501},  {"ET", 501},    {"GETS", 501},   {"UPDATER", 501},       {"CONNECT", 501},
        {"Get", 400}, {"G\xc3", 400}, {"GET,", 400},   {"G/ET", 400},
    };
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        (void)snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: h\r\n\r\n", methods[i].name);
        assert_int_equal(parse(text), methods[i].status);
        if (methods[i].status == 0) {
            assert_string_equal(head.method, methods[i].name);
        }
    }
}

static void upgrades(void **state) {
    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nconnection: "
                           "Upgrade\r\nUpgrade: websocket\r\n\r\n"),
                     0);
    assert_true(head.upgrade && head.keep_alive);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"), 0);
    assert_false(head.upgrade);
    assert_int_equal(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n\r\n"), 0);
    assert_false(head.upgrade);
    assert_int_equal(parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"), 0);
    assert_false(head.keep_alive);
}

static void the_end_is_found_in_any_cut(void **state) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\nrest";
    size_t whole = sizeof text - 5, scanned = 0;
    (void)state;
    assert_int_equal(sj_http_head_end(text, sizeof text - 1, 0), whole);
    for (size_t have = 0; have < whole; have++) {
        assert_int_equal(sj_http_head_end(text, have, scanned), 0);
        scanned = have;
    }
    assert_int_equal(sj_http_head_end(text, whole, scanned), whole);
}

static void excess(void **state) {
    (void)state;
    memset(block, 'a', sizeof block);
    assert_int_equal(sj_http_head_excess(block, 1000), 0);
    assert_int_equal(sj_http_head_excess(block, 9000), 414);
    block[100] = '\n';
    assert_int_equal(sj_http_head_excess(block, 9000), 0);
    assert_int_equal(sj_http_head_excess(block, SJ_HTTP_HEAD_MAX + 1), 431);
}

static void lists(void **state) {
    (void)state;
    assert_true(sj_http_list_has("keep-alive, Upgrade", "upgrade"));
    assert_true(sj_http_list_has(" upgrade\t,x", "upgrade"));
    assert_false(sj_http_list_has("upgrades", "upgrade"));
    assert_false(sj_http_list_has("", "upgrade"));
    assert_false(sj_http_list_has(NULL, "upgrade"));
    assert_false(sj_http_list_has(" , ,", "upgrade"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(life_of_the_connection),
        cmocka_unit_test(forms_of_the_target),
        cmocka_unit_test(the_request_line_is_read_to_the_letter),
        cmocka_unit_test(no_request_is_smuggled),
        cmocka_unit_test(methods_are_known_or_not),
        cmocka_unit_test(upgrades),
        cmocka_unit_test(the_end_is_found_in_any_cut),
        cmocka_unit_test(excess),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
