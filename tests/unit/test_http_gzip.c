/* Who takes gzip, and gzip itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "host/http/gzip.h"

static bool accepts(const char *first, const char *second) {
    const sj_http_header headers[] = {
        {"Host", "n"}, {"Accept-Encoding", first}, {"accept-encoding", second}};
    return sj_gzip_accepted(headers, second != NULL ? 3 : 2);
}

static void who_takes_it(void **state) {
    static const char *const yes[] = {"gzip",
                                      "GZIP",
                                      "x-gzip",
                                      "deflate, gzip;q=1.0, *;q=0.5",
                                      "br;q=1.0, gzip;q=0.8, *;q=0.1",
                                      "gzip;q=0.001",
                                      "gzip ; q=0.5 , identity;q=0.5",
                                      "*",
                                      "*;q=0.3",
                                      ",, gzip ,,"},
                             *const no[] = {"",
                                            "identity",
                                            "deflate, br",
                                            "gzip;q=0",
                                            "gzip;q=0.000, *",
                                            "*;q=0",
                                            "identity;q=1, gzip;q=0.5",
                                            "gzip;q=1.001",
                                            "gzip;q=2",
                                            "gzip;q=-1",
                                            "gzip;q=0.5000",
                                            "gzip;q=",
                                            "gzip;q",
                                            "gzip;level=9",
                                            "gzip x",
                                            "gzip;q=.5",
                                            "gzip;q=0,5",
                                            "gzipp",
                                            "gzi"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (!accepts(yes[i], NULL)) {
            fail_msg("\"%s\" takes gzip", yes[i]);
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (accepts(no[i], NULL)) {
            fail_msg("\"%s\" does not take gzip", no[i]);
        }
    }
    assert_false(sj_gzip_accepted(NULL, 0));
    /* Several headers are one list; one that cannot be read spoils it. */
    assert_true(accepts("br", "gzip"));
    assert_true(accepts("identity;q=0.2", "gzip;q=0.3"));
    assert_false(accepts("identity;q=0.4", "gzip;q=0.3"));
    assert_false(accepts("gzip", "br;q=x"));
}

static void comes_out_as_it_went_in(void **state) {
    enum { LENGTH = 200000 };
    char *text = malloc(LENGTH), *back = malloc(LENGTH);
    size_t length = 0;
    z_stream stream = {0};
    (void)state;
    for (size_t i = 0; i < LENGTH; i++) {
        text[i] = "{\"name\":\"SEP001122334455\"},"[i % 26];
    }
    void *packed = sj_gzip(text, LENGTH, &length);
    assert_non_null(packed);
    assert_true(length < LENGTH / 20);
    assert_int_equal(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    stream.next_in = packed;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)back;
    stream.avail_out = LENGTH;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, LENGTH);
    assert_memory_equal(back, text, LENGTH);
    (void)inflateEnd(&stream);
    free(packed);
    /* What does not become shorter is left as it is. */
    uint32_t noise = 1;
    for (size_t i = 0; i < LENGTH; i++) {
        noise = noise * 1664525u + 1013904223u;
        text[i] = (char)(noise >> 24);
    }
    assert_null(sj_gzip(text, LENGTH, &length));
    assert_null(sj_gzip("", 0, &length));
    free(text);
    free(back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_takes_it),
        cmocka_unit_test(comes_out_as_it_went_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
