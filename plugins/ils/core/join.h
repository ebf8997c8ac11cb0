/* Joining by a password: two clusters that do not trust each other yet prove to each other, over a
 * TLS connection whose ends nobody has vouched for, that they know the same password. It is CPace
 * (a balanced PAKE) over ristretto255, with the key that argon2id makes of the password, and bound
 * to the connection by its exported keying material (RFC 9266): who stands in between has two
 * connections and fails; who listens, or answers in the other's place, has one guess a connection
 * and nothing to try others on. Pure. */
#ifndef ILS_JOIN_H
#define ILS_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JOIN_SALT = 16,
    JOIN_KEY = 32,
    JOIN_SESSION = 16,
    JOIN_CHANNEL = 32,
    JOIN_SHARE = 32,
    JOIN_PROOF = 32,
    JOIN_DIGEST = 32,
};

/* What both sides have to agree in. */
struct ils_join_context {
    const char *joiner, *hub; /* cluster ids */
    uint8_t salt[JOIN_SALT], session[JOIN_SESSION], channel[JOIN_CHANNEL];
};

/* One side. Wipe it when it is done with. */
struct ils_join {
    uint8_t secret[32], share[JOIN_SHARE], base[64];
    uint8_t confirm[64]; /* once both shares are known */
};

/* The password's key: slow, and 64 MiB, so a job's work. False: no memory. */
bool ils_join_key(const char *password, const uint8_t salt[JOIN_SALT], uint8_t key[JOIN_KEY]);

/* Makes this side's share. False: no randomness. */
bool ils_join_begin(struct ils_join *join, const struct ils_join_context *context,
                    const uint8_t key[JOIN_KEY]);
/* Takes the other side's. False: it is none, or this side's own sent back. */
bool ils_join_agree(struct ils_join *join, bool hub, const uint8_t share[JOIN_SHARE]);
/* The proof of one side, which covers the certificates of both that are known by then: the joiner
 * proves first, of the hub's it knows nothing (zeros). */
void ils_join_prove(const struct ils_join *join, bool hub, const uint8_t of_joiner[JOIN_DIGEST],
                    const uint8_t of_hub[JOIN_DIGEST], uint8_t proof[JOIN_PROOF]);
bool ils_join_equal(const uint8_t *a, const uint8_t *b, size_t length);
/* Forgets a secret for good. */
void ils_wipe(void *memory, size_t length);

/* A digest over texts, each with its length. */
void ils_join_digest(const char *const *texts, size_t count, uint8_t digest[JOIN_DIGEST]);

#endif
