/* The node's own certificates. Private keys never leave the host. Trust in other clusters is the
 * resource trusted_certificate: the host's TLS reads it, whoever writes it. */
#ifndef SOJOURN_TRUST_H
#define SOJOURN_TRUST_H

#include "scope.h"

/* The certificate (PEM) of the node's identity of a kind: "tomcat" (HTTPS, between clusters),
 * "CallManager" (SIP TLS, signs phone files), "CAPF", "TVS", "ITLRecovery". Made on first use. Free
 * with sj_text_free. */
static inline int sj_identity_pem(sj_scope *scope, const char *kind, char **certificate_pem,
                                  sj_error *error) {
    return scope->host->identity_pem(scope, kind, certificate_pem, error);
}

/* sj_handle *sj_identities_prepare(sj_scope *scope, sj_result_fn done, void *user)
 * Makes the identities of all kinds that are missing, on the pool: keys take long, and
 * sj_identity_pem would hold the loop. Then done(user, status, error), as a job does (job.h). NULL
 * (and no callback) when out of memory or closing. */
#define sj_identities_prepare(scope, done, user)                                                   \
    ((scope)->host->identities_prepare((scope), SJ_HERE, (done), (user)))

#endif
