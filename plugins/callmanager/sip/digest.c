/* Digest authentication. Uses OpenSSL for the hashes, nothing else. */
#include "sip/digest.h"

#include <sojourn/base/big_endian.h>
#include <sojourn/base/hex.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct digest {
    EVP_MD *functions[DIGEST_UNKNOWN]; /* by algorithm */
    EVP_MD_CTX *contexts[DIGEST_UNKNOWN];
    EVP_MAC *siphash; /* a message authentication code made for short messages: 16 bytes, a tenth of
                         HMAC's time */
    EVP_MAC_CTX *signer;
    unsigned char key[16]; /* from the node's secret */
};

struct digest *digest_new(const unsigned char secret[32]) {
    size_t size = 16;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                 OSSL_PARAM_construct_end()};
    struct digest *digest = calloc(1, sizeof *digest);
    bool good = true;
    if (digest == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof digest->key; i++) {
        digest->key[i] = secret[i] ^ secret[i + 16];
    }
    for (int i = 0; i < DIGEST_UNKNOWN; i++) {
        digest->functions[i] = EVP_MD_fetch(NULL, i == DIGEST_MD5 ? "MD5" : "SHA2-256", NULL);
        digest->contexts[i] = EVP_MD_CTX_new();
        good = good && digest->functions[i] != NULL && digest->contexts[i] != NULL &&
               EVP_DigestInit_ex(digest->contexts[i], digest->functions[i], NULL) == 1;
    }
    digest->siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    digest->signer = digest->siphash == NULL ? NULL : EVP_MAC_CTX_new(digest->siphash);
    if (!good || digest->signer == NULL ||
        EVP_MAC_init(digest->signer, digest->key, sizeof digest->key, params) != 1) {
        digest_free(digest);
        return NULL;
    }
    return digest;
}

void digest_free(struct digest *digest) {
    if (digest != NULL) {
        EVP_MAC_CTX_free(digest->signer);
        EVP_MAC_free(digest->siphash);
        for (int i = 0; i < DIGEST_UNKNOWN; i++) {
            EVP_MD_CTX_free(digest->contexts[i]);
            EVP_MD_free(digest->functions[i]);
        }
        free(digest);
    }
}

/* ---- hashes over pieces joined by colons ---- */

static EVP_MD_CTX *hash_begin(struct digest *digest, enum digest_algorithm algorithm) {
    (void)EVP_DigestInit_ex(digest->contexts[algorithm], NULL, NULL);
    return digest->contexts[algorithm];
}

static void hash_add(EVP_MD_CTX *context, struct sip_text text, bool colon) {
    (void)EVP_DigestUpdate(context, text.at, text.length);
    if (colon) {
        (void)EVP_DigestUpdate(context, ":", 1);
    }
}

static void hash_end(EVP_MD_CTX *context, char text[DIGEST_HEX]) {
    unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
    unsigned length = 0;
    (void)EVP_DigestFinal_ex(context, bytes, &length);
    sj_hex_write(bytes, length, text); /* 16 or 32 bytes */
}

enum digest_algorithm digest_algorithm_of(const struct digest_credentials *credentials) {
    if (credentials->algorithm.length == 0 || sip_text_is_nocase(credentials->algorithm, "MD5")) {
        return DIGEST_MD5;
    }
    return sip_text_is_nocase(credentials->algorithm, "SHA-256") ? DIGEST_SHA256 : DIGEST_UNKNOWN;
}

void digest_ha1(struct digest *digest, enum digest_algorithm algorithm, const char *user,
                const char *realm, const char *password, char ha1[DIGEST_HEX]) {
    EVP_MD_CTX *context = hash_begin(digest, algorithm);
    hash_add(context, sip_text_of(user), true);
    hash_add(context, sip_text_of(realm), true);
    hash_add(context, sip_text_of(password), false);
    hash_end(context, ha1);
}

void digest_response(struct digest *digest, const char *ha1, struct sip_text method,
                     const struct digest_credentials *credentials, char response[DIGEST_HEX]) {
    const enum digest_algorithm algorithm = digest_algorithm_of(credentials);
    EVP_MD_CTX *context;
    char ha2[DIGEST_HEX];
    response[0] = '\0';
    if (algorithm == DIGEST_UNKNOWN) {
        return;
    }
    context = hash_begin(digest, algorithm);
    hash_add(context, method, true);
    hash_add(context, credentials->uri, false);
    hash_end(context, ha2);
    context = hash_begin(digest, algorithm);
    hash_add(context, sip_text_of(ha1), true);
    hash_add(context, credentials->nonce, true);
    if (credentials->qop.length > 0) {
        hash_add(context, credentials->nc, true);
        hash_add(context, credentials->cnonce, true);
        hash_add(context, credentials->qop, true);
    }
    hash_add(context, sip_text_of(ha2), false);
    hash_end(context, response);
}

void digest_secrets_read(const char *stored, struct digest_secrets *secrets) {
    const size_t length = strlen(stored);
    memset(secrets, 0, sizeof *secrets);
    if (length == 32 || (length == 97 && stored[32] == ':')) {
        memcpy(secrets->md5, stored, 32);
        memcpy(secrets->sha256, length == 97 ? stored + 33 : "", length == 97 ? 64 : 0);
    }
}

size_t digest_secrets_pack(const struct digest_secrets *secrets,
                           unsigned char packed[DIGEST_PACKED]) {
    if (!sj_hex_read(secrets->md5, packed, 16)) {
        return 0;
    }
    return sj_hex_read(secrets->sha256, packed + 16, 32) ? 48 : 16;
}

void digest_secrets_unpack(const unsigned char *packed, size_t length,
                           struct digest_secrets *secrets) {
    memset(secrets, 0, sizeof *secrets);
    if (length >= 16) {
        sj_hex_write(packed, 16, secrets->md5);
    }
    if (length == DIGEST_PACKED) {
        sj_hex_write(packed + 16, 32, secrets->sha256);
    }
}

/* ---- parsing ---- */

static void take(struct sip_text name, struct sip_text value,
                 struct digest_credentials *credentials) {
    const struct {
        const char *name;
        struct sip_text *to;
    } known[] = {
        {"username", &credentials->username}, {"realm", &credentials->realm},
        {"nonce", &credentials->nonce},       {"uri", &credentials->uri},
        {"response", &credentials->response}, {"algorithm", &credentials->algorithm},
        {"cnonce", &credentials->cnonce},     {"nc", &credentials->nc},
        {"qop", &credentials->qop},           {"opaque", &credentials->opaque},
        {"stale", &credentials->stale},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (sip_text_is_nocase(name, known[i].name)) {
            *known[i].to = sip_text_unquote(value);
        }
    }
}

static bool read_parameters(struct sip_text value, struct digest_credentials *credentials) {
    size_t i = 6;
    memset(credentials, 0, sizeof *credentials);
    if (value.length < 7 || strncasecmp(value.at, "Digest", 6) != 0 || !sip_is_space(value.at[6])) {
        return false;
    }
    while (i < value.length) {
        struct sip_text name, found;
        while (i < value.length && (value.at[i] == ',' || sip_is_space(value.at[i]))) {
            i++;
        }
        name.at = value.at + i;
        while (i < value.length && value.at[i] != '=' && value.at[i] != ',') {
            i++;
        }
        name.length = (size_t)(value.at + i - name.at);
        if (i >= value.length || value.at[i] != '=') {
            continue;
        }
        i++;
        while (i < value.length && sip_is_space(value.at[i])) {
            i++;
        }
        found.at = value.at + i;
        if (i < value.length && value.at[i] == '"') {
            i++;
            while (i < value.length && value.at[i] != '"') {
                i += value.at[i] == '\\' ? 2 : 1;
            }
            i = i < value.length ? i + 1 : value.length;
        } else {
            while (i < value.length && value.at[i] != ',') {
                i++;
            }
        }
        found.length = (size_t)(value.at + i - found.at);
        take(sip_text_trim(name), sip_text_trim(found), credentials);
    }
    return true;
}

bool digest_parse_challenge(struct sip_text value, struct digest_credentials *challenge) {
    return read_parameters(value, challenge) && challenge->nonce.length > 0 &&
           challenge->realm.length > 0;
}

bool digest_parse(struct sip_text value, struct digest_credentials *credentials) {
    return read_parameters(value, credentials) && credentials->username.length > 0 &&
           credentials->nonce.length > 0 && credentials->uri.length > 0 &&
           credentials->response.length ==
               (digest_algorithm_of(credentials) == DIGEST_SHA256 ? 64 : 32) &&
           credentials->realm.length > 0;
}

/* ---- nonces: 8 digits of time, 8 of serial number, 32 of signature ---- */

enum { STAMP_DIGITS = 16, SIGNATURE = 33 };

static void sign(struct digest *digest, const char stamp[STAMP_DIGITS], const void *source,
                 size_t source_length, char signature[SIGNATURE]) {
    unsigned char bytes[16] = {0};
    size_t length = 0;
    (void)EVP_MAC_init(digest->signer, digest->key, sizeof digest->key, NULL);
    (void)EVP_MAC_update(digest->signer, (const unsigned char *)stamp, STAMP_DIGITS);
    (void)EVP_MAC_update(digest->signer, source, source_length);
    (void)EVP_MAC_final(digest->signer, bytes, &length, sizeof bytes);
    sj_hex_write(bytes, 16, signature);
}

static void number_to_hex(uint32_t number, char *text) {
    unsigned char bytes[4];
    sj_big_endian_write(bytes, sizeof bytes, number);
    sj_hex_write(bytes, 4, text);
}

static bool number_from_hex(const char *text, uint32_t *number) {
    unsigned char bytes[4] = {0};
    const bool read = sj_hex_read(text, bytes, sizeof bytes);
    *number = (uint32_t)sj_big_endian_read(bytes, sizeof bytes);
    return read;
}

void digest_nonce(struct digest *digest, struct digest_stamp stamp, const void *source,
                  size_t source_length, char nonce[DIGEST_NONCE]) {
    char signature[SIGNATURE];
    number_to_hex(stamp.made_s, nonce);
    number_to_hex(stamp.serial, nonce + 8);
    sign(digest, nonce, source, source_length, signature);
    memcpy(nonce + STAMP_DIGITS, signature, SIGNATURE);
}

bool digest_nonce_check(struct digest *digest, struct sip_text nonce, const void *source,
                        size_t source_length, struct digest_stamp *stamp) {
    char signature[SIGNATURE];
    if (nonce.length != DIGEST_NONCE - 1 || !number_from_hex(nonce.at, &stamp->made_s) ||
        !number_from_hex(nonce.at + 8, &stamp->serial)) {
        return false;
    }
    sign(digest, nonce.at, source, source_length, signature);
    return CRYPTO_memcmp(signature, nonce.at + STAMP_DIGITS, 32) == 0;
}

enum digest_verdict digest_verify(struct digest *digest,
                                  const struct digest_credentials *credentials,
                                  const struct digest_secrets *secrets, struct sip_text method,
                                  uint32_t now_s, uint32_t valid_s, const void *source,
                                  size_t source_length, uint32_t *nc) {
    const enum digest_algorithm algorithm = digest_algorithm_of(credentials);
    const char *ha1 = algorithm == DIGEST_SHA256 ? secrets->sha256 : secrets->md5;
    char expected[DIGEST_HEX];
    struct digest_stamp stamp = {0, 0};
    bool fresh;
    *nc = 0;
    if (algorithm == DIGEST_UNKNOWN || ha1[0] == '\0') {
        return DIGEST_WRONG;
    }
    if (credentials->qop.length > 0) {
        if (!sip_text_is_nocase(credentials->qop, "auth") || credentials->nc.length != 8 ||
            credentials->cnonce.length == 0 || !number_from_hex(credentials->nc.at, nc) ||
            *nc == 0) {
            return DIGEST_WRONG;
        }
    }
    fresh = digest_nonce_check(digest, credentials->nonce, source, source_length, &stamp) &&
            now_s - stamp.made_s <= valid_s;
    digest_response(digest, ha1, method, credentials, expected);
    if (credentials->response.length != strlen(expected) ||
        CRYPTO_memcmp(expected, credentials->response.at, credentials->response.length) != 0) {
        return DIGEST_WRONG;
    }
    return fresh ? DIGEST_RIGHT : DIGEST_STALE;
}
