/* Digest authentication (RFC 2617, RFC 7616, RFC 8760) with MD5 and SHA-256 from stored HA1s, and
 * nonces that need no memory: each carries its time and a signature that only this node can make.
 * Uses OpenSSL for the hashes, nothing else. */
#ifndef CALLMANAGER_DIGEST_H
#define CALLMANAGER_DIGEST_H

#include "sip/sip_text.h"

enum { DIGEST_HEX = 65, DIGEST_NONCE = 49 };

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256, DIGEST_UNKNOWN };

/* What is stored of a user's secret (sojourn/secret.h): one HA1 an algorithm; "" where there is
 * none. */
struct digest_secrets {
    char md5[33], sha256[65];
};

/* Takes the stored text apart: 32 hex digits, or 32 and 64 with a colon between them. Anything else
 * leaves both empty. */
void digest_secrets_read(const char *stored, struct digest_secrets *secrets);

/* The same in little room: 16 bytes for MD5, 32 more with SHA-256. */
enum { DIGEST_PACKED = 16 + 32 };
/* Returns how many bytes were written: 0 without secrets, or where they are no digits. */
size_t digest_secrets_pack(const struct digest_secrets *secrets,
                           unsigned char packed[DIGEST_PACKED]);
void digest_secrets_unpack(const unsigned char *packed, size_t length,
                           struct digest_secrets *secrets);

/* What a nonce says of itself. */
struct digest_stamp {
    uint32_t made_s;
    uint32_t serial; /* counts up: no two nonces are equal */
};

struct digest; /* hash contexts and the node's secret */

/* `secret`: 32 random bytes. NULL when out of memory. */
struct digest *digest_new(const unsigned char secret[32]);
void digest_free(struct digest *digest);

/* What an Authorization header holds. */
struct digest_credentials {
    struct sip_text username, realm, nonce, uri, response, algorithm, cnonce, nc, qop;
    struct sip_text opaque, stale; /* of a challenge */
};

/* False when it is not Digest, or lacks what is needed. */
bool digest_parse(struct sip_text value, struct digest_credentials *credentials);
/* The same for a challenge (WWW-Authenticate), which needs realm and nonce. */
bool digest_parse_challenge(struct sip_text value, struct digest_credentials *challenge);

enum digest_verdict { DIGEST_RIGHT, DIGEST_WRONG, DIGEST_STALE };

/* Which algorithm the credentials were made with: MD5 when they do not say. */
enum digest_algorithm digest_algorithm_of(const struct digest_credentials *credentials);

/* Hash of `user:realm:password`, as stored. */
void digest_ha1(struct digest *digest, enum digest_algorithm algorithm, const char *user,
                const char *realm, const char *password, char ha1[DIGEST_HEX]);

/* The response a client that knows HA1 gives, with the credentials' algorithm; qop empty for RFC
 * 2069 clients. */
void digest_response(struct digest *digest, const char *ha1, struct sip_text method,
                     const struct digest_credentials *credentials, char response[DIGEST_HEX]);

/* A fresh nonce for a client at `source` (any bytes that tell clients apart). */
void digest_nonce(struct digest *digest, struct digest_stamp stamp, const void *source,
                  size_t source_length, char nonce[DIGEST_NONCE]);
/* Whether a nonce was made here for that source, and its stamp. */
bool digest_nonce_check(struct digest *digest, struct sip_text nonce, const void *source,
                        size_t source_length, struct digest_stamp *stamp);

/* Checks nonce, age and response. *nc is the request counter, 0 for clients without qop. */
enum digest_verdict digest_verify(struct digest *digest,
                                  const struct digest_credentials *credentials,
                                  const struct digest_secrets *secrets, struct sip_text method,
                                  uint32_t now_s, uint32_t valid_s, const void *source,
                                  size_t source_length, uint32_t *nc);

#endif
