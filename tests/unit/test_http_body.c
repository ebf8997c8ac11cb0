/* Bodies of requests, in every cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/http/body.h"

/* Feeds the text in pieces of `cut`; returns the last result. *used is how many bytes were taken.
 */
static int feed(bool chunked, uint64_t length, const char *text, size_t cut, struct bytes *out,
                size_t *used) {
    struct http_body body;
    const char *why = "";
    size_t size = strlen(text);
    int result = 0;
    *used = 0;
    out->used = 0;
    sj_http_body_begin(&body, chunked, length, 20);
    while (result == 0 && *used < size) {
        size_t taken, count = cut < size - *used ? cut : size - *used;
        result = sj_http_body_feed(&body, text + *used, count, &taken, out, &why);
        *used += taken;
    }
    return result;
}

static void by_length(void **state) {
    struct bytes out = {0};
    size_t used;
    (void)state;
    for (size_t cut = 1; cut < 10; cut++) {
        assert_int_equal(feed(false, 5, "helloGET", cut, &out, &used), 1);
        assert_int_equal(used, 5);
        assert_memory_equal(out.data, "hello", 5);
    }
    assert_int_equal(feed(false, 9, "hello", 5, &out, &used), 0);
    assert_int_equal(feed(false, 21, "hello", 5, &out, &used), 413);
    sj_bytes_free(&out);
}

static void in_chunks(void **state) {
    static const char text[] =
        "5 ; name=\"v\"\r\nhello\r\n06\r\n world\r\n0\r\nA: b\r\nC: d\r\n\r\nGET";
    struct bytes out = {0};
    size_t used;
    (void)state;
    for (size_t cut = 1; cut < sizeof text; cut++) {
        assert_int_equal(feed(true, 0, text, cut, &out, &used), 1);
        assert_int_equal(used, sizeof text - 4);
        assert_int_equal(out.used, 11);
        assert_memory_equal(out.data, "hello world", 11);
    }
    sj_bytes_free(&out);
}

/* As RFC 9112 7.1.1 has them; they mean nothing here. */
static void chunk_extensions(void **state) {
    static const char *const lines[] = {
        "5",           "5;a",         "5;a;b",        "5 ; a ; b", "5;a=b",           "5;a = b",
        "5;a=b ; c=d", "5;a=\"b;c\"", "5;a=\"\\\"\"", "5;a=\"\"",  "5;a=\"\t\xe9\";b"};
    struct bytes out = {0};
    size_t used;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "%s\r\nhello\r\n0;%s\r\n\r\n", lines[i],
                       i > 0 ? lines[i] + strspn(lines[i], "5 ;") : "x");
        for (size_t cut = 1; cut < 8; cut++) {
            if (feed(true, 0, text, cut, &out, &used) != 1) {
                fail_msg("%s", text);
            }
            assert_int_equal(out.used, 5);
        }
    }
    sj_bytes_free(&out);
}

static void wrong_chunks(void **state) {
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"\r\n", 400},
        {"g\r\n", 400},
        {"-1\r\n", 400},
        {"0x5\r\n", 400},
        {"5\nhello", 400},
        {"5 6\r\nhello\r\n0\r\n\r\n", 400},
        {"5 x\r\nhello\r\n0\r\n\r\n", 400},
        {"5\thello", 400},
        {"5\r\nhello5", 400},
        {"5\r\nhello\n", 400},
        {"5;\001\r\n", 400},
        {"5 \r\nhello\r\n0\r\n\r\n", 400},
        {"5\t \r\nhello\r\n0\r\n\r\n", 400},
        {"5;\r\nhello\r\n0\r\n\r\n", 400},
        {"5;;a\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a \r\nhello\r\n0\r\n\r\n", 400},
        {"5;a b\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=b \r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=b=c\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a(b\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=\"b\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", 400},
        {"5;a=\"\\\r\"\r\nhello\r\n0\r\n\r\n", 400},
        {"0\r\n A: folded\r\n", 400},
        {"0\r\nA: b\n", 400},
        {"0\r\n\rX", 400},
        {"0\r\nno colon\r\n\r\n", 400},
        {"0\r\nnothing\r\n\r\n", 400},
        {"0\r\nname : value\r\n\r\n", 400},
        {"0\r\n: value\r\n\r\n", 400},
        {"000000005\r\n", 413},
        {"15\r\n", 413},
        {"a\r\n0123456789\r\nb\r\n", 413},
    };
    struct bytes out = {0};
    size_t used;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t cut = 1; cut < 30; cut += 7) {
            if (feed(true, 0, cases[i].text, cut, &out, &used) != cases[i].status) {
                fail_msg("case %zu", i);
            }
        }
    }
    sj_bytes_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_length), cmocka_unit_test(in_chunks),
                                       cmocka_unit_test(chunk_extensions),
                                       cmocka_unit_test(wrong_chunks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
