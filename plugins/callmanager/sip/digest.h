/* Digest authentication (RFC 2617, RFC 7616, RFC 8760) with MD5 and SHA-256 from stored HA1s, and nonces that need no memory:
 * each carries its time and a signature that only this node can make. Uses OpenSSL for the hashes, nothing else. */
#ifndef CALLMANAGER_DIGEST_H
#define CALLMANAGER_DIGEST_H

#include "sip/sip_text.h"

enum { DIGEST_HEX = 65, DIGEST_NONCE = 49 };

typedef enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_UNKNOWN } digest_algorithm;

/* What is stored of a user's secret (sojourn/secret.h): one HA1 an algorithm; "" where there is none. */
typedef struct digest_secrets {
    char md5[33], sha256[65];
} digest_secrets;

/* Takes the stored text apart: 32 hex digits, or 32 and 64 with a colon between them. Anything else leaves both empty. */
void digest_secrets_read(const char *stored, digest_secrets *secrets);

/* What a nonce says of itself. */
typedef struct digest_stamp {
    uint32_t made_s;
    uint32_t serial; /* counts up: no two nonces are equal */
} digest_stamp;

typedef struct digest digest; /* hash contexts and the node's secret */

/* `secret`: 32 random bytes. NULL when out of memory. */
digest *digest_new(const unsigned char secret[32]);
void digest_free(digest *digest);

/* What an Authorization header holds. */
typedef struct digest_credentials {
    sip_text username, realm, nonce, uri, response, algorithm, cnonce, nc, qop;
} digest_credentials;

/* False when it is not Digest, or lacks what is needed. */
bool digest_parse(sip_text value, digest_credentials *credentials);
/* The same for a challenge (WWW-Authenticate), which needs realm and nonce. */
bool digest_parse_challenge(sip_text value, digest_credentials *challenge);

typedef enum digest_verdict { DIGEST_RIGHT, DIGEST_WRONG, DIGEST_STALE } digest_verdict;

/* Which algorithm the credentials were made with: MD5 when they do not say. */
digest_algorithm digest_algorithm_of(const digest_credentials *credentials);

/* Hash of `user:realm:password`, as stored. */
void digest_ha1(digest *digest, digest_algorithm algorithm, const char *user, const char *realm, const char *password,
                char ha1[DIGEST_HEX]);

/* The response a client that knows HA1 gives, with the credentials' algorithm; qop empty for RFC 2069 clients. */
void digest_response(digest *digest, const char *ha1, sip_text method, const digest_credentials *credentials,
                     char response[DIGEST_HEX]);

/* A fresh nonce for a client at `source` (any bytes that tell clients apart). */
void digest_nonce(digest *digest, digest_stamp stamp, const void *source, size_t source_length, char nonce[DIGEST_NONCE]);
/* Whether a nonce was made here for that source, and its stamp. */
bool digest_nonce_check(digest *digest, sip_text nonce, const void *source, size_t source_length, digest_stamp *stamp);

/* Checks nonce, age and response. *nc is the request counter, 0 for clients without qop. */
digest_verdict digest_verify(digest *digest, const digest_credentials *credentials, const digest_secrets *secrets,
                             sip_text method, uint32_t now_s, uint32_t valid_s, const void *source, size_t source_length,
                             uint32_t *nc);

#endif
