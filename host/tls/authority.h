/* Who vouches for the certificates of phones and of SIP trunks' peers: the imported certificates of
 * authorities (or of a peer itself), one set a purpose, chains followed. Pure but for OpenSSL. */
#ifndef SJ_HOST_TLS_AUTHORITY_H
#define SJ_HOST_TLS_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

enum { SJ_AUTHORITY_PURPOSES = 2 };

struct authorities {
    X509_STORE *stores[SJ_AUTHORITY_PURPOSES]; /* NULL: nobody */
};

/* "phones" is 0, "sip_trunks" 1; else -1. */
int sj_authority_purpose(const char *purpose);
/* False when the text holds no certificate or memory is short. */
bool sj_authorities_add(struct authorities *authorities, const char *purpose, const char *pem);
void sj_authorities_clear(struct authorities *authorities);

/* X509_V_OK, or why the certificate is not vouched for at `now_ms` (milliseconds since 1970).
 * `chain` (may be NULL) is what its owner has shown beside it. */
int sj_authorities_judge(const struct authorities *authorities, const char *purpose,
                         X509 *certificate, STACK_OF(X509) * chain, int64_t now_ms);

#endif
