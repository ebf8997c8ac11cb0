/* Joining a network of clusters that do not trust each other yet: as the hub that is joined, and as
 * the one that joins (docs/intercluster.md). */
#ifndef ILS_JOINING_H
#define ILS_JOINING_H

#include "core/attempts.h"
#include "core/join.h"
#include "events/emcc.h"
#include "ils.h"
#include "messages/ils.h"

enum { JOIN_PENDING = 16, JOIN_ADMITTED = 16, JOIN_KINDS = 5, JOIN_FINGERPRINT = 65 };

/* An exchange that a joiner has begun. It has one proof. */
struct ils_pending_join {
    bool used;
    int64_t until;
    sj_ils_join_method method;
    uint8_t session[JOIN_SESSION], channel[JOIN_CHANNEL];
    char source[ATTEMPTS_SOURCE], cluster_id[ILS_CLUSTER_ID_MAX + 1];
    struct ils_join join;
};

struct ils_joining {
    bool password; /* one has been set: */
    uint8_t salt[JOIN_SALT], key[JOIN_KEY];
    struct ils_attempts attempts;
    struct ils_pending_join pending[JOIN_PENDING];
    struct {
        char fingerprint[JOIN_FINGERPRINT];
        int64_t until;
    } admitted[JOIN_ADMITTED];
};

/* A node's own certificates as they are sent. Free with ils_own_certificates_free. */
struct ils_own_certificates {
    sj_ils_join_proof_certificate entries[JOIN_KINDS];
    size_t count;
    char *pems[JOIN_KINDS];
};

/* join_password.c: what argon2id makes of the password, in a file of the node's. */
int ils_password_open(struct ils_service *service, sj_error *error);
/* Keeps what has proved to be right. */
void ils_password_keep(struct ils_service *service, const uint8_t salt[JOIN_SALT],
                       const uint8_t key[JOIN_KEY]);
/* join_hub.c: answers those who join. */
int ils_join_hub_open(struct ils_service *service, sj_error *error);
/* join_request.c: joins. */
int ils_join_request_open(struct ils_service *service, sj_error *error);

/* 64 hexadecimal digits, with or without colons, as small ones. */
bool ils_fingerprint_read(const char *text, char fingerprint[JOIN_FINGERPRINT]);
/* join_certificates.c: after sj_identities_prepare. */
int ils_own_certificates(sj_scope *scope, struct ils_own_certificates *own, sj_error *error);
void ils_own_certificates_free(sj_scope *scope, struct ils_own_certificates *own);
void ils_certificates_digest(const sj_ils_join_proof_certificate *certificates, size_t count,
                             uint8_t digest[JOIN_DIGEST]);
/* Has them trusted (certificates.add). */
int ils_certificates_add(sj_scope *scope, const char *cluster_id,
                         const sj_ils_join_proof_certificate *certificates, size_t count,
                         sj_certificates_add_reply_fn done, void *user, sj_error *error);

#endif
