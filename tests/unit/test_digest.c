/* Digest authentication: the vectors of RFC 2617 and RFC 7616, nonces, staleness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/digest.h"

static const unsigned char secret[32] = {1, 2, 3};

static int setup(void **state) {
    *state = digest_new(secret);
    return *state == NULL;
}

static int teardown(void **state) {
    digest_free(*state);
    return 0;
}

static void test_rfc2617(void **state) {
    struct digest_credentials credentials;
    char ha1[DIGEST_HEX], response[DIGEST_HEX];
    const char *header = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
                         "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
                         "uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
                         "response=\"6629fae49393a05397450978507c4ef1\", "
                         "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    assert_true(digest_parse(sip_text_of(header), &credentials));
    digest_ha1(*state, DIGEST_MD5, "Mufasa", "testrealm@host.com", "Circle Of Life", ha1);
    assert_string_equal(ha1, "939e7578ed9e3c518a452acee763bce9");
    digest_response(*state, ha1, sip_text_of("GET"), &credentials, response);
    assert_string_equal(response, "6629fae49393a05397450978507c4ef1");
    credentials.qop.length = 0; /* as RFC 2069 clients do */
    digest_response(*state, ha1, sip_text_of("GET"), &credentials, response);
    assert_string_equal(response, "670fd8c2df070c60b045671b8b24ff02");
}

static void test_rfc7616_md5(void **state) {
    struct digest_credentials credentials;
    char ha1[DIGEST_HEX], response[DIGEST_HEX];
    const char *header = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
                         "uri=\"/dir/index.html\", algorithm=MD5, "
                         "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
                         "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
                         "response=\"8ca523f5e9506fed4657c9700eebdbec\"";
    assert_true(digest_parse(sip_text_of(header), &credentials));
    digest_ha1(*state, DIGEST_MD5, "Mufasa", "http-auth@example.org", "Circle of Life", ha1);
    digest_response(*state, ha1, sip_text_of("GET"), &credentials, response);
    assert_string_equal(response, "8ca523f5e9506fed4657c9700eebdbec");
}

/* RFC 7616 3.9.1. */
static void test_rfc7616_sha256(void **state) {
    struct digest_credentials credentials;
    char ha1[DIGEST_HEX], response[DIGEST_HEX];
    const char *header =
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "
        "algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "
        "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
        "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"";
    assert_true(digest_parse(sip_text_of(header), &credentials));
    digest_ha1(*state, DIGEST_SHA256, "Mufasa", "http-auth@example.org", "Circle of Life", ha1);
    digest_response(*state, ha1, sip_text_of("GET"), &credentials, response);
    assert_string_equal(response,
                        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

/* Verifies as a client at `source` that answered a nonce of second 1000; both: the secret is stored
 * for SHA-256, too. */
static enum digest_verdict verify_by(struct digest *with, enum digest_algorithm algorithm,
                                     bool both, const char *password, uint32_t now_s,
                                     const char *source, const char *counter) {
    const struct digest_stamp stamp = {1000, 7};
    struct digest_credentials credentials;
    char nonce[DIGEST_NONCE], ha1[DIGEST_HEX], stored[33 + DIGEST_HEX], response[DIGEST_HEX];
    struct digest_secrets secrets;
    unsigned char packed[DIGEST_PACKED];
    uint32_t count = 0;
    digest_nonce(with, stamp, "here", 4, nonce);
    memset(&credentials, 0, sizeof credentials);
    credentials.username = sip_text_of("alice");
    credentials.nonce = sip_text_of(nonce);
    credentials.uri = sip_text_of("sip:node");
    credentials.qop = sip_text_of("auth");
    credentials.nc = sip_text_of(counter);
    credentials.cnonce = sip_text_of("c");
    credentials.algorithm = sip_text_of(algorithm == DIGEST_SHA256 ? "SHA-256" : "");
    digest_ha1(with, algorithm, "alice", "realm", password, ha1);
    digest_ha1(with, DIGEST_MD5, "alice", "realm", "secret", stored);
    stored[32] = ':';
    digest_ha1(with, DIGEST_SHA256, "alice", "realm", "secret", stored + 33);
    if (!both) {
        stored[32] = '\0';
    }
    digest_secrets_read(stored, &secrets);
    assert_int_equal(digest_secrets_pack(&secrets, packed), both ? DIGEST_PACKED : 16);
    memset(&secrets, 1, sizeof secrets);
    digest_secrets_unpack(packed, both ? DIGEST_PACKED : 16, &secrets);
    digest_response(with, ha1, sip_text_of("REGISTER"), &credentials, response);
    credentials.response = sip_text_of(response);
    const enum digest_verdict verdict =
        digest_verify(with, &credentials, &secrets, sip_text_of("REGISTER"), now_s, 600, source,
                      strlen(source), &count);
    if (verdict == DIGEST_RIGHT) {
        assert_int_equal(count, strtoul(counter, NULL, 16));
    }
    return verdict;
}

static enum digest_verdict verify(struct digest *with, const char *password, uint32_t now_s,
                                  const char *source, const char *counter) {
    return verify_by(with, DIGEST_MD5, true, password, now_s, source, counter);
}

static void test_algorithms(void **state) {
    struct digest_credentials credentials = {.algorithm = sip_text_of("SHA-256-sess")};
    struct digest_secrets secrets;
    unsigned char packed[DIGEST_PACKED];
    assert_int_equal(verify_by(*state, DIGEST_SHA256, true, "secret", 1001, "here", "00000001"),
                     DIGEST_RIGHT);
    assert_int_equal(verify_by(*state, DIGEST_SHA256, true, "wrong", 1001, "here", "00000001"),
                     DIGEST_WRONG);
    assert_int_equal(verify_by(*state, DIGEST_SHA256, false, "secret", 1001, "here", "00000001"),
                     DIGEST_WRONG);
    assert_int_equal(verify_by(*state, DIGEST_MD5, false, "secret", 1001, "here", "00000001"),
                     DIGEST_RIGHT);
    assert_int_equal(digest_algorithm_of(&credentials), DIGEST_UNKNOWN);
    digest_secrets_read("half a secret", &secrets);
    assert_int_equal(digest_secrets_pack(&secrets, packed), 0);
    digest_secrets_unpack(packed, 0, &secrets);
    assert_string_equal(secrets.md5, "");
}

static void test_verdicts(void **state) {
    assert_int_equal(verify(*state, "secret", 1001, "here", "0000000a"), DIGEST_RIGHT);
    assert_int_equal(verify(*state, "wrong", 1001, "here", "00000001"), DIGEST_WRONG);
    assert_int_equal(verify(*state, "secret", 1601, "here", "00000001"), DIGEST_STALE);
    assert_int_equal(verify(*state, "wrong", 1601, "here", "00000001"),
                     DIGEST_WRONG); /* the password is not told by staleness */
    assert_int_equal(verify(*state, "secret", 1001, "elsewhere", "00000001"), DIGEST_STALE);
    assert_int_equal(verify(*state, "secret", 1001, "here", "1"), DIGEST_WRONG);
    assert_int_equal(verify(*state, "secret", 1001, "here", "0000000g"), DIGEST_WRONG);
    assert_int_equal(verify(*state, "secret", 1001, "here", "00000000"),
                     DIGEST_WRONG); /* counts begin with 1 */
}

static void test_nonces(void **state) {
    static const unsigned char other[32] = {9};
    struct digest *stranger = digest_new(other);
    const struct digest_stamp stamp = {77, 5};
    struct digest_stamp found = {0, 0};
    char nonce[DIGEST_NONCE];
    digest_nonce(*state, stamp, "x", 1, nonce);
    assert_true(digest_nonce_check(*state, sip_text_of(nonce), "x", 1, &found));
    assert_int_equal(found.made_s, 77);
    assert_int_equal(found.serial, 5);
    assert_false(digest_nonce_check(stranger, sip_text_of(nonce), "x", 1, &found));
    nonce[3] = nonce[3] == '0' ? '1' : '0';
    assert_false(digest_nonce_check(*state, sip_text_of(nonce), "x", 1, &found));
    assert_false(digest_nonce_check(*state, sip_text_of("short"), "x", 1, &found));
    digest_free(stranger);
}

static void test_parse(void **state) {
    static const char *const wrong[] = {
        "",
        "Digest",
        "Digest ",
        "Basic YWxhZGRpbg==",
        "Digest username=\"a\"",
        "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\",response=\"short\"",
        "NoOneKnowsThisScheme opaque=1"};
    struct digest_credentials credentials;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(digest_parse(sip_text_of(wrong[i]), &credentials));
    }
    assert_true(digest_parse(sip_text_of("digest  USERNAME = \"a, \\\"b\" ,realm=r,nonce=n,uri=u,"
                                         "response=\"0123456789abcdef0123456789abcdef\""),
                             &credentials));
    assert_true(sip_text_is(credentials.username, "a, \\\"b"));
    assert_true(sip_text_is(credentials.realm, "r"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rfc2617, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rfc7616_md5, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rfc7616_sha256, setup, teardown),
        cmocka_unit_test_setup_teardown(test_algorithms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonces, setup, teardown),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
