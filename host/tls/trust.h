/* Which certificates are trusted as whose: the imported ones, looked up by fingerprint. Exactly the
 * imported certificate counts; no chain is followed. Pure. */
#ifndef SJ_HOST_TLS_TRUST_H
#define SJ_HOST_TLS_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trust_entry {
    unsigned char fingerprint[32];
    char cluster_id[64];
    char kind[16];
    int64_t not_after; /* ms since 1970 */
    char *pem;
};

struct trust {
    struct trust_entry *entries;
    size_t count, room;
    uint64_t generation; /* grows with each change */
};

/* Adds an entry; false when out of memory or the fingerprint is not 64 hex digits. Strings are
 * copied. */
bool sj_trust_add(struct trust *trust, const char *fingerprint, const char *cluster_id,
                  const char *kind, int64_t not_after, const char *pem);
void sj_trust_clear(struct trust *trust);

/* The cluster that imported certificate stands for, or NULL. `cluster_id` NULL: any. */
const char *sj_trust_find(const struct trust *trust, const unsigned char fingerprint[32],
                          const char *cluster_id, const char *kind, int64_t now);

/* All certificates of a cluster and kind that are valid at `now` as one PEM text (free it), NULL
 * when there is none. *expired tells how many were left out. */
char *sj_trust_bundle(const struct trust *trust, const char *cluster_id, const char *kind,
                      int64_t now, size_t *expired);

#endif
