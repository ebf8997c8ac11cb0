/* The node's own identities: one key and self-signed certificate per kind, made on first use, kept
 * in <state>/identity/. */
#ifndef SJ_HOST_TLS_IDENTITY_H
#define SJ_HOST_TLS_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sojourn/host.h>

struct identity {
    EVP_PKEY *key; /* NULL: not loaded yet */
    X509 *certificate;
    char *key_pem, *certificate_pem;
};

/* The kinds, in the order of SJ_IDENTITY_*; NULL-terminated. */
extern const char *const sj_identity_kinds[];
enum {
    SJ_IDENTITY_TOMCAT,
    SJ_IDENTITY_CALLMANAGER,
    SJ_IDENTITY_CAPF,
    SJ_IDENTITY_TVS,
    SJ_IDENTITY_ITLRECOVERY,
    SJ_IDENTITY_COUNT
};

/* Loads it from disk, or makes it and writes it there first. A damaged file is an error that names
 * it. May be called from any thread: one at a time works on the files. */
int sj_identity_load(const struct sj_node *facts, int kind, struct identity *identity,
                     sj_error *error);
void sj_identity_clear(struct identity *identity);

#endif
