/* Who vouches for the certificates of phones and of SIP trunks' peers. Pure but for OpenSSL. */
#include "host/tls/authority.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "host/tls/certificate.h"

enum { PHONES, SIP_TRUNKS, LONGEST_CHAIN = 4 };

int sj_authority_purpose(const char *purpose) {
    return strcmp(purpose, "phones") == 0       ? PHONES
           : strcmp(purpose, "sip_trunks") == 0 ? SIP_TRUNKS
                                                : -1;
}

bool sj_authorities_add(struct authorities *authorities, const char *purpose, const char *pem) {
    const int at = sj_authority_purpose(purpose);
    X509 *certificate = at < 0 ? NULL : sj_certificate_parse(pem, strlen(pem));
    bool added = false;
    if (certificate != NULL) {
        if (authorities->stores[at] == NULL) {
            authorities->stores[at] = X509_STORE_new();
        }
        added = authorities->stores[at] != NULL &&
                X509_STORE_add_cert(authorities->stores[at], certificate) == 1;
    }
    X509_free(certificate);
    ERR_clear_error();
    return added;
}

void sj_authorities_clear(struct authorities *authorities) {
    for (int i = 0; i < SJ_AUTHORITY_PURPOSES; i++) {
        X509_STORE_free(authorities->stores[i]);
        authorities->stores[i] = NULL;
    }
}

int sj_authorities_judge(const struct authorities *authorities, const char *purpose,
                         X509 *certificate, STACK_OF(X509) * chain, int64_t now_ms) {
    const int at = sj_authority_purpose(purpose);
    X509_STORE_CTX *context;
    int why = X509_V_ERR_UNSPECIFIED;
    if (at < 0 || authorities->stores[at] == NULL) {
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    }
    context = X509_STORE_CTX_new();
    if (context != NULL &&
        X509_STORE_CTX_init(context, authorities->stores[at], certificate, chain) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
        (void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
        X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
        X509_VERIFY_PARAM_set_depth(param, LONGEST_CHAIN);
        /* What was imported counts whether it is at the top of its chain or not. The chains of
         * phones' factory certificates are signed with SHA-1. */
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        X509_VERIFY_PARAM_set_auth_level(param, at == PHONES ? 0 : 2);
        if (X509_verify_cert(context) == 1) {
            why = X509_V_OK;
        } else if (X509_STORE_CTX_get_error(context) != X509_V_OK) {
            why = X509_STORE_CTX_get_error(context);
        }
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return why;
}
