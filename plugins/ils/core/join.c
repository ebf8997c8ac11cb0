/* CPace with libsodium. */
#include "core/join.h"

#include <sodium.h>
#include <string.h>

#include <sojourn/base/big_endian.h>

static const char protocol[] = "sojourn-ils-join-1";
enum { OPERATIONS = 3, MEMORY = 64 * 1024 * 1024 };

static void add(crypto_hash_sha512_state *state, const void *data, size_t length) {
    uint8_t head[4];
    sj_big_endian_write(head, sizeof head, length);
    (void)crypto_hash_sha512_update(state, head, sizeof head);
    (void)crypto_hash_sha512_update(state, data, length);
}

bool ils_join_key(const char *password, const uint8_t salt[JOIN_SALT], uint8_t key[JOIN_KEY]) {
    _Static_assert((int)JOIN_SALT == (int)crypto_pwhash_SALTBYTES, "argon2id takes such a salt");
    return sodium_init() >= 0 &&
           crypto_pwhash(key, JOIN_KEY, password, strlen(password), salt, OPERATIONS, MEMORY,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool ils_join_begin(struct ils_join *join, const struct ils_join_context *context,
                    const uint8_t key[JOIN_KEY]) {
    crypto_hash_sha512_state state;
    uint8_t generator[crypto_core_ristretto255_BYTES];
    if (sodium_init() < 0) {
        return false;
    }
    (void)crypto_hash_sha512_init(&state);
    add(&state, protocol, sizeof protocol - 1);
    add(&state, key, JOIN_KEY);
    add(&state, context->joiner, strlen(context->joiner));
    add(&state, context->hub, strlen(context->hub));
    add(&state, context->salt, sizeof context->salt);
    add(&state, context->session, sizeof context->session);
    add(&state, context->channel, sizeof context->channel);
    (void)crypto_hash_sha512_final(&state, join->base);
    (void)crypto_core_ristretto255_from_hash(generator, join->base);
    crypto_core_ristretto255_scalar_random(join->secret);
    const bool made = crypto_scalarmult_ristretto255(join->share, join->secret, generator) == 0;
    sodium_memzero(generator, sizeof generator);
    sodium_memzero(&state, sizeof state);
    return made;
}

bool ils_join_agree(struct ils_join *join, bool hub, const uint8_t share[JOIN_SHARE]) {
    crypto_hash_sha512_state state;
    uint8_t point[crypto_core_ristretto255_BYTES];
    if (sodium_memcmp(share, join->share, JOIN_SHARE) == 0 ||
        crypto_core_ristretto255_is_valid_point(share) != 1 ||
        crypto_scalarmult_ristretto255(point, join->secret, share) != 0) {
        return false;
    }
    (void)crypto_hash_sha512_init(&state);
    add(&state, protocol, sizeof protocol - 1);
    add(&state, join->base, sizeof join->base);
    add(&state, point, sizeof point);
    add(&state, hub ? share : join->share, JOIN_SHARE); /* the joiner's, */
    add(&state, hub ? join->share : share, JOIN_SHARE); /* the hub's */
    (void)crypto_hash_sha512_final(&state, join->confirm);
    sodium_memzero(point, sizeof point);
    return true;
}

void ils_join_prove(const struct ils_join *join, bool hub, const uint8_t of_joiner[JOIN_DIGEST],
                    const uint8_t of_hub[JOIN_DIGEST], uint8_t proof[JOIN_PROOF]) {
    crypto_auth_hmacsha512256_state state;
    const uint8_t role = hub ? 2 : 1;
    (void)crypto_auth_hmacsha512256_init(&state, join->confirm, sizeof join->confirm);
    (void)crypto_auth_hmacsha512256_update(&state, &role, 1);
    (void)crypto_auth_hmacsha512256_update(&state, of_joiner, JOIN_DIGEST);
    (void)crypto_auth_hmacsha512256_update(&state, of_hub, JOIN_DIGEST);
    (void)crypto_auth_hmacsha512256_final(&state, proof);
}

bool ils_join_equal(const uint8_t *a, const uint8_t *b, size_t length) {
    return sodium_memcmp(a, b, length) == 0;
}

void ils_wipe(void *memory, size_t length) {
    sodium_memzero(memory, length);
}

void ils_join_digest(const char *const *texts, size_t count, uint8_t digest[JOIN_DIGEST]) {
    crypto_hash_sha512_state state;
    uint8_t whole[crypto_hash_sha512_BYTES];
    (void)crypto_hash_sha512_init(&state);
    for (size_t i = 0; i < count; i++) {
        add(&state, texts[i], strlen(texts[i]));
    }
    (void)crypto_hash_sha512_final(&state, whole);
    memcpy(digest, whole, JOIN_DIGEST);
}
