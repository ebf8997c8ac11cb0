/* Which secrets were found right lately. */
#include "host/secret/verified.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum {
    WAYS = 4
}; /* secrets that share one place: with one, two users whose digests meet would drive each other
      out at each login */

struct entry {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    uint64_t until; /* 0: free */
};

struct verified {
    unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
    struct entry entries[SJ_VERIFIED_SETS][WAYS];
};

struct verified *sj_verified_new(void) {
    struct verified *verified = calloc(1, sizeof *verified);
    if (verified != NULL) {
        randombytes_buf(verified->key, sizeof verified->key);
    }
    return verified;
}

void sj_verified_free(struct verified *verified) {
    if (verified != NULL) {
        sodium_memzero(verified, sizeof *verified);
        free(verified);
    }
}

/* The digest, and the set it belongs in. */
static size_t digest_of(const struct verified *verified, const char *hash, const char *plain,
                        unsigned char digest[crypto_auth_hmacsha256_BYTES]) {
    crypto_auth_hmacsha256_state state;
    uint32_t number;
    (void)crypto_auth_hmacsha256_init(&state, verified->key, sizeof verified->key);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)hash, strlen(hash) + 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)plain, strlen(plain));
    (void)crypto_auth_hmacsha256_final(&state, digest);
    memcpy(&number, digest, sizeof number);
    return number % SJ_VERIFIED_SETS;
}

void sj_verified_add(struct verified *verified, const char *hash, const char *plain, uint64_t now) {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    struct entry *set = verified->entries[digest_of(verified, hash, plain, digest)];
    struct entry *entry = &set[0];
    for (size_t i = 0; i < WAYS; i++) { /* the same once more, or the oldest */
        if (sodium_memcmp(set[i].digest, digest, sizeof digest) == 0) {
            entry = &set[i];
            break;
        }
        entry = set[i].until < entry->until ? &set[i] : entry;
    }
    memcpy(entry->digest, digest, sizeof digest);
    entry->until = now + SJ_VERIFIED_MS;
}

bool sj_verified_has(const struct verified *verified, const char *hash, const char *plain,
                     uint64_t now) {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    const struct entry *set = verified->entries[digest_of(verified, hash, plain, digest)];
    bool found = false;
    for (size_t i = 0; i < WAYS; i++) {
        found = found ||
                (set[i].until > now && sodium_memcmp(set[i].digest, digest, sizeof digest) == 0);
    }
    return found;
}
