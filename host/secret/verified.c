/* Which secrets were found right lately (verified.h). */
#include "verified.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

struct entry {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    uint64_t until; /* 0: free */
};

struct verified {
    unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
    struct entry entries[SJ_VERIFIED_SLOTS];
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

/* The digest, and the slot it belongs in. A newer entry takes the place of an older one. */
static size_t digest_of(const struct verified *verified, const char *hash, const char *plain,
                        unsigned char digest[crypto_auth_hmacsha256_BYTES]) {
    crypto_auth_hmacsha256_state state;
    uint32_t number;
    (void)crypto_auth_hmacsha256_init(&state, verified->key, sizeof verified->key);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)hash, strlen(hash) + 1);
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)plain, strlen(plain));
    (void)crypto_auth_hmacsha256_final(&state, digest);
    memcpy(&number, digest, sizeof number);
    return number % SJ_VERIFIED_SLOTS;
}

void sj_verified_add(struct verified *verified, const char *hash, const char *plain, uint64_t now) {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    struct entry *entry = &verified->entries[digest_of(verified, hash, plain, digest)];
    memcpy(entry->digest, digest, sizeof digest);
    entry->until = now + SJ_VERIFIED_MS;
}

bool sj_verified_has(const struct verified *verified, const char *hash, const char *plain, uint64_t now) {
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    const struct entry *entry = &verified->entries[digest_of(verified, hash, plain, digest)];
    return entry->until > now && sodium_memcmp(entry->digest, digest, sizeof digest) == 0;
}
