/* Secrets: slow salted hashes (argon2id with a pepper kept outside the store) computed on the pool, and randomness. */
#ifndef SOJOURN_SECRET_H
#define SOJOURN_SECRET_H

#include "host.h"

/* void sj_secret_hash(scope, const char *plain, sj_secret_fn done, void *user): done(user, SJ_OK, hash); hash borrowed. */
#define sj_secret_hash(scope, plain, done, user) ((scope)->host->secret_hash((scope), SJ_HERE, (plain), (done), (user)))

/* void sj_secret_verify(scope, const char *hash, const char *plain, sj_result_fn done, void *user)
 * done: SJ_OK fits, SJ_E_DENIED does not, other codes: could not be told. An empty or NULL hash takes as long as a real one and
 * is SJ_E_DENIED, so that an unknown user cannot be told from a wrong PIN by time. Dropped when the scope closes. */
#define sj_secret_verify(scope, hash, plain, done, user)                                                                       \
    ((scope)->host->secret_verify((scope), SJ_HERE, (hash), (plain), (done), (user)))

/* The realm of SIP digest authentication: a secret declared with hash = "ha1:<field>" is kept as HA1 of <field>:realm:secret,
 * in lower-case hex digits: MD5 (32), a colon, SHA-256 (64; RFC 8760). A secret laid down by releases up to 1.0 is the MD5
 * alone. Whoever challenges for it names this realm. */
#define SJ_DIGEST_REALM "ccmsipline"

/* Cryptographically strong. */
static inline void sj_random_bytes(sj_scope *scope, void *out, size_t count) {
    scope->host->random_bytes(out, count);
}

/* Fills `out` with `digits` random hex digits and a NUL. For trace ids (32), lease ids, idempotency keys. */
static inline void sj_random_hex(sj_scope *scope, char *out, size_t digits) {
    static const char hex[] = "0123456789abcdef";
    size_t i;
    scope->host->random_bytes(out, digits);
    for (i = 0; i < digits; i++) {
        out[i] = hex[(unsigned char)out[i] & 15u];
    }
    out[digits] = '\0';
}

#endif
