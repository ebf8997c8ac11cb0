/* Certificate bundles: they hold certificates with whose they are, never keys, and what is broken
 * says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "bundle.h"
#include "bundle_limits.h"
#include "certificate_types.h"
#include "fitness.h"

static EVP_PKEY *key;
static X509 *certificate;
static char *pem;

static int make_certificate(void **state) {
    (void)state;
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"BR", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"br-1", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    BIO *memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate);
    char *data;
    long length = BIO_get_mem_data(memory, &data);
    pem = strndup(data, (size_t)length);
    BIO_free(memory);
    return 0;
}

static int free_certificate(void **state) {
    (void)state;
    X509_free(certificate);
    EVP_PKEY_free(key);
    free(pem);
    return 0;
}

static void round_trip(void **state) {
    (void)state;
    struct bundle out = {0}, in = {0};
    sj_error error;
    unsigned char *data;
    size_t length = 0;
    assert_int_equal(bundle_add_pem(&out, "BR", "br-1", "tomcat", pem, &error), SJ_OK);
    assert_int_equal(bundle_add_pem(&out, "BR", "br-1", "tomcat", pem, &error), SJ_OK);
    assert_int_equal(out.count, 1);
    assert_int_equal(bundle_encode(&out, &data, &length, &error), SJ_OK);
    assert_int_equal(bundle_decode(data, length, "br-1_tomcat.pkcs12", &in, &error), SJ_OK);
    assert_int_equal(in.count, 1);
    assert_string_equal(in.entries[0].cluster_id, "BR");
    assert_string_equal(in.entries[0].node, "br-1");
    assert_string_equal(in.entries[0].kind, "tomcat");
    assert_string_equal(in.entries[0].fingerprint, out.entries[0].fingerprint);
    assert_string_equal(in.entries[0].pem, pem);
    assert_true(in.entries[0].not_after - in.entries[0].not_before == 86400000);
    assert_string_equal(in.entries[0].key_type, "EC");
    assert_int_equal(in.entries[0].key_bits, 256);
    OPENSSL_free(data);
    bundle_free(&out);
    bundle_free(&in);
}

static void private_keys_are_refused(void **state) {
    (void)state;
    struct bundle in = {0};
    sj_error error;
    unsigned char *data = NULL;
    PKCS12 *file = PKCS12_create("", "BR/br-1/tomcat", key, certificate, NULL, 0, 0, 0, 0, 0);
    int length = i2d_PKCS12(file, &data);
    assert_true(length > 0);
    int status = bundle_decode(data, (size_t)length, "br-1_tomcat.pkcs12", &in, &error);
    assert_int_equal(status, SJ_E_DENIED);
    assert_non_null(strstr(error.text, "private key"));
    OPENSSL_free(data);
    PKCS12_free(file);
    bundle_free(&in);
}

static void nameless_certificates_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {
        "BR", "BR/br-1", "BR/br-1/unknown", "../x/br-1/tomcat", "/br-1/tomcat", "B R/br-1/tomcat"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bundle in = {0};
        sj_error error;
        unsigned char *data = NULL;
        STACK_OF(X509) *stack = sk_X509_new_null();
        X509 *copy = X509_dup(certificate);
        X509_alias_set1(copy, (const unsigned char *)names[i], -1);
        sk_X509_push(stack, copy);
        PKCS12 *file = PKCS12_create("", NULL, NULL, NULL, stack, -1, -1, 0, 0, 0);
        int length = i2d_PKCS12(file, &data);
        assert_int_equal(bundle_decode(data, (size_t)length, "f.pkcs12", &in, &error),
                         SJ_E_INVALID);
        assert_int_equal(in.count, 0);
        OPENSSL_free(data);
        PKCS12_free(file);
        sk_X509_pop_free(stack, X509_free);
        bundle_free(&in);
    }
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    struct bundle out = {0}, in = {0};
    sj_error error;
    unsigned char *data;
    size_t length = 0;
    assert_int_equal(bundle_add_pem(&out, "BR", "br-1", "tomcat", pem, &error), SJ_OK);
    assert_int_equal(bundle_encode(&out, &data, &length, &error), SJ_OK);
    for (size_t cut = 0; cut < length; cut += 7) {
        assert_int_equal(bundle_decode(data, cut, "cut.pkcs12", &in, &error), SJ_E_INVALID);
    }
    data[length / 2] ^= 1;
    assert_int_equal(bundle_decode(data, length, "bent.pkcs12", &in, &error), SJ_E_INVALID);
    assert_non_null(strstr(error.text, "bent.pkcs12"));
    assert_int_equal(bundle_add_pem(&in, "BR", "br-1", "tomcat", "no certificate", &error),
                     SJ_E_INVALID);
    OPENSSL_free(data);
    bundle_free(&out);
    bundle_free(&in);
}

static void what_cannot_work_is_not_fit(void **state) {
    (void)state;
    static const struct {
        const char *type;
        int bits;
        int64_t from, to;
        const char *because; /* NULL: fit */
    } cases[] = {{"RSA", 2048, 0, 2000, NULL},
                 {"EC", 256, 1000, 1001, NULL},
                 {"RSA", 2047, 0, 2000, "2047 bits; expected 2048"},
                 {"RSA", 1024, 0, 2000, "1024 bits"},
                 {"EC", 192, 0, 2000, "192 bits"},
                 {"DSA", 2048, 0, 2000, "DSA"},
                 {"", 0, 0, 2000, "expected RSA or EC"},
                 {"RSA", 2048, 0, 1000, "expired on 1970-01-01 00:00:01Z"},
                 {"RSA", 2048, 1001, 2000, "not valid before 1970-01-01 00:00:01Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bundle_entry entry = {
            .key_bits = cases[i].bits, .not_before = cases[i].from, .not_after = cases[i].to};
        char why[FITNESS_ROOM];
        (void)snprintf(entry.key_type, sizeof entry.key_type, "%s", cases[i].type);
        assert_int_equal(certificate_is_fit(&entry, 1000, why), cases[i].because == NULL);
        assert_true(cases[i].because == NULL || strstr(why, cases[i].because) != NULL);
    }
}

static void file_names(void **state) {
    (void)state;
    assert_int_equal(certificate_type_of_file("EMCCCM1_tomcat.pkcs12", false), 0);
    assert_int_equal(certificate_type_of_file("EMCCCM1_tftp.pkcs12", false), 1);
    assert_int_equal(certificate_type_of_file("192.168.172.5_bulk_capf.pkcs12", true), 2);
    assert_int_equal(certificate_type_of_file("192.168.172.5_bulk_capf.pkcs12", false), -1);
    assert_int_equal(certificate_type_of_file("EMCCCM1_capf.pkcs12", true), -1);
    assert_int_equal(certificate_type_of_file("_capf.pkcs12", false), -1);
    assert_int_equal(certificate_type_of_file("capf.pkcs12", false), -1);
    assert_int_equal(certificate_type_of_file("x_capf.pkcs12.tmp", false), -1);
    assert_true(certificate_type_wanted(0, 3));
    assert_true(certificate_type_wanted(1, 0));
    assert_false(certificate_type_wanted(1, 1));
}

/* A file whose one part is encrypted as `with` says, with a MAC of `iterations`; nothing of it is
 * computed here. */
static size_t crafted(X509_ALGOR *with, int64_t iterations, unsigned char **data) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    const ASN1_INTEGER *count = NULL;
    X509_alias_set1(certificate, (const unsigned char *)"BR/br-1/tomcat", -1);
    sk_X509_push(stack, certificate);
    PKCS12 *file =
        PKCS12_create("", NULL, NULL, NULL, stack, -1,
                      with == NULL ? -1 : NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1, -1, 0);
    if (with != NULL) {
        STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(file);
        PKCS7 *part = sk_PKCS7_value(parts, 0);
        X509_ALGOR_free(part->d.encrypted->enc_data->algorithm);
        part->d.encrypted->enc_data->algorithm = with;
        assert_int_equal(PKCS12_pack_authsafes(file, parts), 1);
        sk_PKCS7_pop_free(parts, PKCS7_free);
    }
    assert_int_equal(PKCS12_set_mac(file, "", 0, NULL, 0, 2, EVP_sha256()), 1);
    if (iterations != 2) {
        PKCS12_get0_mac(NULL, NULL, NULL, &count, file);
        assert_int_equal(ASN1_INTEGER_set_int64((ASN1_INTEGER *)(uintptr_t)count, iterations), 1);
    }
    *data = NULL;
    const int length = i2d_PKCS12(file, data);
    assert_true(length > 0);
    PKCS12_free(file);
    sk_X509_free(stack);
    return (size_t)length;
}

static void refused(X509_ALGOR *with, int64_t iterations, int status, const char *because) {
    struct bundle in = {0};
    sj_error error = {0};
    unsigned char *data;
    const size_t length = crafted(with, iterations, &data);
    assert_int_equal(bundle_decode(data, length, "big.pkcs12", &in, &error), status);
    assert_non_null(strstr(error.text, "big.pkcs12"));
    if (strstr(error.text, because) == NULL) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(in.count, 0);
    OPENSSL_free(data);
}

static X509_ALGOR *version_1(int scheme, int iterations) {
    return PKCS5_pbe_set(scheme, iterations, (const unsigned char *)"12345678", 8);
}

static X509_ALGOR *version_2(int iterations) {
    unsigned char vector[16] = {0};
    return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, NULL, 0, vector, NID_hmacWithSHA256);
}

/* Each would take minutes, or hours. */
static void work_is_bounded_before_it_is_done(void **state) {
    (void)state;
    static const int64_t counts[] = {
        0, -1, BUNDLE_MOST_ITERATIONS + 1, INT32_MAX, (int64_t)1 << 31, INT64_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        refused(NULL, counts[i], SJ_E_LIMIT, "iterations");
    }
    refused(version_1(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, INT32_MAX), 2, SJ_E_LIMIT,
            "encrypted part");
    refused(version_2(INT32_MAX), 2, SJ_E_LIMIT, "encrypted part");
    refused(version_2(BUNDLE_MOST_ITERATIONS - 1), 2, SJ_E_LIMIT,
            "encrypted part"); /* MAC and part together */
    refused(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), (const unsigned char *)"12345678", 8, NULL,
                                  1 << 10, 8, 1),
            2, SJ_E_INVALID, "scrypt");

    unsigned char *large = calloc(1, BUNDLE_MOST_BYTES + 1);
    struct bundle in = {0};
    sj_error error;
    assert_int_equal(bundle_decode(large, BUNDLE_MOST_BYTES + 1, "large.pkcs12", &in, &error),
                     SJ_E_LIMIT);
    free(large);
}

static void a_cipher_that_is_not_offered_is_named(void **state) {
    (void)state;
    refused(version_1(NID_pbe_WithSHA1And40BitRC2_CBC, 2048), 2, SJ_E_INVALID, "40BitRC2");
}

static void encrypted_files_of_others_are_read(void **state) {
    (void)state;
    static const int schemes[] = {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_aes_256_cbc};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct bundle in = {0};
        sj_error error;
        unsigned char *data = NULL;
        STACK_OF(X509) *stack = sk_X509_new_null();
        X509_alias_set1(certificate, (const unsigned char *)"BR/br-1/tomcat", -1);
        sk_X509_push(stack, certificate);
        PKCS12 *file = PKCS12_create("", NULL, NULL, NULL, stack, -1, schemes[i], 10000, 10000, 0);
        const int length = i2d_PKCS12(file, &data);
        assert_int_equal(bundle_decode(data, (size_t)length, "other.pkcs12", &in, &error), SJ_OK);
        assert_int_equal(in.count, 1);
        OPENSSL_free(data);
        PKCS12_free(file);
        sk_X509_free(stack);
        bundle_free(&in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(private_keys_are_refused),
        cmocka_unit_test(nameless_certificates_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(work_is_bounded_before_it_is_done),
        cmocka_unit_test(a_cipher_that_is_not_offered_is_named),
        cmocka_unit_test(encrypted_files_of_others_are_read),
        cmocka_unit_test(what_cannot_work_is_not_fit),
        cmocka_unit_test(file_names),
    };
    return cmocka_run_group_tests(tests, make_certificate, free_certificate);
}
