/* Secrets: slow salted hashes (argon2id with a pepper kept outside the store) computed on the pool,
 * and randomness. */
#ifndef SOJOURN_SECRET_H
#define SOJOURN_SECRET_H

#include "base/hex.h"
#include "host.h"

/* void sj_secret_hash(scope, const char *plain, sj_secret_fn done, void *user): done(user, SJ_OK,
 * hash); hash borrowed. SJ_E_LIMIT: too many are waiting. `done` runs once, after the call has
 * returned; only when memory is short (SJ_E_NO_MEMORY) within it. It is dropped when the scope
 * closes. */
#define sj_secret_hash(scope, plain, done, user)                                                   \
    ((scope)->host->secret_hash((scope), SJ_HERE, (plain), (done), (user)))

/* void sj_secret_verify_for(scope, const sj_secret_asker *asker, const char *hash, const char
 * *plain, sj_result_fn done, user) done: SJ_OK fits, SJ_E_DENIED does not, SJ_E_LIMIT: not
 * compared, or the outcome is not told, because this source gives too many (tell it to come back in
 * a minute); other codes: could not be told. An empty or NULL hash takes as long as a real one and
 * is SJ_E_DENIED, so that an unknown user cannot be told from a wrong PIN by time. `done` runs as
 * for sj_secret_hash.
 *
 * Sources take turns, those that gave a right secret lately before others, and each has but so many
 * waiting. One that gave too many wrong ones within a minute is barred for the rest of it: this is
 * noted in the log once a minute, counted, and told by the event secret.source_barred. */
#define sj_secret_verify_for(scope, asker, hash, plain, done, user)                                \
    ((scope)->host->secret_verify_for((scope), SJ_HERE, (asker), (hash), (plain), (done), (user)))

/* The same without a source: all such attempts of a plugin are one source, which is never barred.
 */
#define sj_secret_verify(scope, hash, plain, done, user)                                           \
    ((scope)->host->secret_verify((scope), SJ_HERE, (hash), (plain), (done), (user)))

/* The realm of SIP digest authentication: a secret declared with hash = "ha1:<field>" is kept as
 * HA1 of <field>:realm:secret, in lower-case hex digits: MD5 (32), a colon, SHA-256 (64; RFC 8760).
 * A secret laid down by releases up to 1.0 is the MD5 alone. Whoever challenges for it names this
 * realm. With hash = "ha1:<field>:<other field>" the realm is that in the other field: a secret
 * that this node shows to others. */
#define SJ_DIGEST_REALM "ccmsipline"

/* Cryptographically strong. */
static inline void sj_random_bytes(sj_scope *scope, void *out, size_t count) {
    scope->host->random_bytes(out, count);
}

/* Fills `out` with `digits` random hex digits and a NUL. For trace ids (32), lease ids, idempotency
 * keys. */
static inline void sj_random_hex(sj_scope *scope, char *out, size_t digits) {
    size_t i;
    scope->host->random_bytes(out, digits);
    for (i = 0; i < digits; i++) {
        out[i] = SJ_HEX_SMALL[(unsigned char)out[i] & 15u];
    }
    out[digits] = '\0';
}

#endif
