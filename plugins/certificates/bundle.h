/* Bundles of certificates as PKCS#12 files: certificates only, never private keys. Pure (OpenSSL,
 * no I/O).
 *
 * Each certificate carries whose it is in its friendly name, CLUSTER/NODE/KIND. The files are plain
 * PKCS#12 with a SHA-256 MAC under the empty password and no encryption: there is no secret in
 * them, and the oldest partner can read them. */
#ifndef SJ_CERTIFICATES_BUNDLE_H
#define SJ_CERTIFICATES_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include <sojourn/error.h>

struct bundle_entry {
    char cluster_id[64];
    char node[256];
    char kind[16]; /* tomcat, CallManager, CAPF, TVS, ITLRecovery */
    char fingerprint[65];
    char subject[512];
    char key_type[16]; /* RSA, EC, another's name, or empty: unreadable */
    int key_bits;
    int64_t not_before, not_after; /* ms since 1970 UTC */
    char *pem;
};

struct bundle {
    struct bundle_entry *entries;
    size_t count, room;
};

enum { BUNDLE_MOST_ENTRIES = 2000 };

/* Adds a certificate given as PEM. SJ_E_INVALID with a sentence when it is none. One that is there
 * already (same fingerprint, cluster and kind) is not added again. */
int bundle_add_pem(struct bundle *all, const char *cluster_id, const char *node, const char *kind,
                   const char *pem, sj_error *error);

/* Moves all entries of `more`, which is empty afterwards, whatever the result. */
int bundle_take(struct bundle *all, struct bundle *more, sj_error *error);

/* Writes / reads a file. `*data` is malloc'ed. Reading refuses private keys, certificates without a
 * complete friendly name, kinds it does not know, and what asks for more work than bundle_limits.h
 * allows, each with a sentence that names `file_name`.
 */
int bundle_encode(const struct bundle *all, unsigned char **data, size_t *length, sj_error *error);
int bundle_decode(const unsigned char *data, size_t length, const char *file_name,
                  struct bundle *all, sj_error *error);

void bundle_free(struct bundle *all);

#endif
