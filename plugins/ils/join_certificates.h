/* The certificates that two clusters hand to each other, and their fingerprints. */
#ifndef ILS_JOIN_CERTIFICATES_H
#define ILS_JOIN_CERTIFICATES_H

#include "events/emcc.h"
#include "joining.h"

enum { JOIN_KINDS = 5 };

/* A node's own certificates as they are sent. Free with ils_own_certificates_free. */
struct ils_own_certificates {
    sj_ils_join_proof_certificate entries[JOIN_KINDS];
    size_t count;
    char *pems[JOIN_KINDS];
};

/* 64 hexadecimal digits, with or without colons, as small ones. */
bool ils_fingerprint_read(const char *text, char fingerprint[JOIN_FINGERPRINT]);
/* After sj_identities_prepare. */
int ils_own_certificates(sj_scope *scope, struct ils_own_certificates *own, sj_error *error);
void ils_own_certificates_free(sj_scope *scope, struct ils_own_certificates *own);
void ils_certificates_digest(const sj_ils_join_proof_certificate *certificates, size_t count,
                             uint8_t digest[JOIN_DIGEST]);
/* Has them trusted (certificates.add). */
int ils_certificates_add(sj_scope *scope, const char *cluster_id,
                         const sj_ils_join_proof_certificate *certificates, size_t count,
                         sj_certificates_add_reply_fn done, void *user, sj_error *error);

#endif
