/* Which certificates are trusted as whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/tls/certificate.h"
#include "host/tls/trust.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static void finds_exactly(void **state) {
    struct trust trust = {0};
    unsigned char a[32], b[32];
    size_t expired;
    char *bundle;
    uint64_t generation;
    (void)state;
    assert_true(sj_fingerprint_parse(A, a) && sj_fingerprint_parse(B, b));
    assert_true(sj_trust_add(&trust, A, "BR", "tomcat", 1000, "PEM A"));
    assert_true(sj_trust_add(&trust, B, "BR", "CallManager", 1000, "PEM B"));
    assert_true(sj_trust_add(&trust, B, "LAB", "tomcat", 2000, "PEM B"));
    assert_string_equal(sj_trust_find(&trust, a, NULL, "tomcat", 999), "BR");
    assert_null(sj_trust_find(&trust, a, NULL, "tomcat", 1000)); /* expired */
    assert_null(sj_trust_find(&trust, a, NULL, "CallManager", 0));
    assert_null(sj_trust_find(&trust, a, "LAB", "tomcat", 0));
    assert_string_equal(sj_trust_find(&trust, b, NULL, "tomcat", 0), "LAB");
    bundle = sj_trust_bundle(&trust, "BR", "tomcat", 0, &expired);
    assert_string_equal(bundle, "PEM A\n");
    free(bundle);
    assert_null(sj_trust_bundle(&trust, "BR", "tomcat", 5000, &expired));
    assert_int_equal(expired, 1);
    assert_null(sj_trust_bundle(&trust, "HQ", "tomcat", 0, &expired));
    assert_int_equal(expired, 0);
    generation = trust.generation;
    sj_trust_clear(&trust);
    assert_true(trust.generation > generation);
    assert_null(sj_trust_find(&trust, a, NULL, "tomcat", 0));
}

static void refuses_what_is_none(void **state) {
    struct trust trust = {0};
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT];
    (void)state;
    assert_false(sj_trust_add(&trust, "abc", "BR", "tomcat", 1, "PEM"));
    assert_false(sj_trust_add(&trust, A "a", "BR", "tomcat", 1, "PEM"));
    assert_false(sj_fingerprint_parse(
        "zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", fingerprint));
    assert_true(sj_fingerprint_parse(B, fingerprint));
    sj_fingerprint_format(fingerprint, text);
    assert_string_equal(text, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    sj_trust_clear(&trust);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_exactly),
                                       cmocka_unit_test(refuses_what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
