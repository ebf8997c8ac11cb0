/* Keys and self-signed certificates as values. Pure but for OpenSSL's random numbers. */
#include "host/tls/certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <sojourn/base/hex.h>

#define VALID_SECONDS (5L * 365 * 24 * 3600)

EVP_PKEY *sj_key_make(bool rsa, sj_error *error) {
    EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    if (key == NULL) {
        ERR_clear_error();
        (void)sj_error_set(error, SJ_E_INTERNAL, "cannot make a key");
    }
    return key;
}

static bool host_name(const char *name) {
    size_t length = strlen(name);
    return length > 0 && length <= 253 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               length;
}

static bool add_extension(X509 *certificate, int kind, const char *value) {
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool name_it(X509 *certificate, const struct certificate_names *names) {
    X509_NAME *name = X509_get_subject_name(certificate);
    bool good = true;
    if (names->organization[0] != '\0') {
        good =
            X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                       (const unsigned char *)names->organization, -1, -1, 0) == 1;
    }
    return good &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)names->common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

static bool number_it(X509 *certificate) {
    BIGNUM *number = BN_new();
    bool good = number != NULL && BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

X509 *sj_certificate_make(EVP_PKEY *key, const struct certificate_names *names, sj_error *error) {
    X509 *certificate = X509_new();
    char alternatives[1024];
    size_t used = 0;
    bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    for (const char *address = names->address; *address != '\0' && used < sizeof alternatives;) {
        const size_t length = strcspn(address, ",");
        used += (size_t)snprintf(alternatives + used, sizeof alternatives - used, "%sIP:%.*s",
                                 used > 0 ? "," : "", (int)length, address);
        address += length + (address[length] == ',');
    }
    if (host_name(names->common_name) && used < sizeof alternatives) {
        (void)snprintf(alternatives + used, sizeof alternatives - used, ",DNS:%s",
                       names->common_name);
    }
    if (certificate != NULL && X509_set_version(certificate, 2) == 1 && number_it(certificate) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) != NULL &&
        X509_set_pubkey(certificate, key) == 1 && name_it(certificate, names) &&
        add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate, NID_key_usage,
                      rsa ? "critical,digitalSignature,keyEncipherment"
                          : "critical,digitalSignature") &&
        add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
        add_extension(certificate, NID_subject_key_identifier, "hash") &&
        add_extension(certificate, NID_subject_alt_name, alternatives) &&
        X509_sign(certificate, key, EVP_sha256()) > 0) {
        return certificate;
    }
    X509_free(certificate);
    ERR_clear_error();
    (void)sj_error_set(error, SJ_E_INTERNAL, "cannot make a certificate for node \"%s\" at %s",
                       names->common_name, names->address);
    return NULL;
}

static char *text_of(BIO *bio, bool good) {
    char *data = NULL, *copy = NULL;
    if (good) {
        long length = BIO_get_mem_data(bio, &data);
        copy = malloc((size_t)length + 1);
        if (copy != NULL) {
            memcpy(copy, data, (size_t)length);
            copy[length] = '\0';
        }
    }
    BIO_free(bio);
    ERR_clear_error();
    return copy;
}

char *sj_certificate_pem(X509 *certificate) {
    BIO *bio = BIO_new(BIO_s_mem());
    return text_of(bio, bio != NULL && PEM_write_bio_X509(bio, certificate) == 1);
}

char *sj_key_pem(EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    return text_of(bio, bio != NULL &&
                            PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
}

static int no_password(char *buffer, int room, int writing, void *user) {
    (void)buffer, (void)room, (void)writing, (void)user;
    return -1;
}

X509 *sj_certificate_parse(const char *pem, size_t length) {
    BIO *bio = length <= 1 << 20 ? BIO_new_mem_buf(pem, (int)length) : NULL;
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, no_password, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

EVP_PKEY *sj_key_parse(const char *pem, size_t length) {
    BIO *bio = length <= 1 << 20 ? BIO_new_mem_buf(pem, (int)length) : NULL;
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

int64_t sj_certificate_not_after_ms(const X509 *certificate) {
    struct tm when;
    memset(&when, 0, sizeof when);
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) == 1
               ? (int64_t)timegm(&when) * 1000
               : 0;
}

void sj_certificate_fingerprint(const X509 *certificate, unsigned char fingerprint[32]) {
    unsigned length = 32;
    memset(fingerprint, 0, 32);
    if (X509_digest(certificate, EVP_sha256(), fingerprint, &length) != 1) {
        memset(fingerprint, 0, 32);
        ERR_clear_error();
    }
}

void sj_fingerprint_format(const unsigned char fingerprint[32], char text[SJ_FINGERPRINT_TEXT]) {
    sj_hex_write(fingerprint, 32, text);
}

bool sj_fingerprint_parse(const char *text, unsigned char fingerprint[32]) {
    return strlen(text) == 64 && sj_hex_read(text, fingerprint, 32);
}
