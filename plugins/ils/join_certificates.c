/* The certificates that two clusters hand to each other when one joins. */
#include "join_certificates.h"

#include <stdlib.h>

#include <sojourn/base/hex.h>

static const char *const kinds[JOIN_KINDS] = {"tomcat", "CallManager", "CAPF", "TVS",
                                              "ITLRecovery"};

bool ils_fingerprint_read(const char *text, char fingerprint[JOIN_FINGERPRINT]) {
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (*text == ':') {
            continue;
        }
        const int value = sj_hex_value(*text);
        if (value < 0 || used + 1 == JOIN_FINGERPRINT) {
            return false;
        }
        fingerprint[used++] = SJ_HEX_SMALL[value];
    }
    fingerprint[used] = '\0';
    return used + 1 == JOIN_FINGERPRINT;
}

int ils_own_certificates(sj_scope *scope, struct ils_own_certificates *own, sj_error *error) {
    int status = SJ_OK;
    own->count = 0;
    while (status == SJ_OK && own->count < JOIN_KINDS) {
        char **pem = &own->pems[own->count];
        status = sj_identity_pem(scope, kinds[own->count], pem, error);
        if (status == SJ_OK) {
            own->entries[own->count] = (sj_ils_join_proof_certificate){
                .kind = kinds[own->count], .node = scope->host->node->name, .pem = *pem};
            own->count++;
        }
    }
    return status;
}

void ils_own_certificates_free(sj_scope *scope, struct ils_own_certificates *own) {
    while (own->count > 0) {
        sj_text_free(scope, own->pems[--own->count]);
    }
}

void ils_certificates_digest(const sj_ils_join_proof_certificate *certificates, size_t count,
                             uint8_t digest[JOIN_DIGEST]) {
    enum { MOST = 20, PARTS = 3 };
    const char *texts[MOST * PARTS];
    size_t used = 0;
    for (size_t i = 0; i < count && i < MOST; i++) {
        texts[used++] = certificates[i].kind;
        texts[used++] = certificates[i].node;
        texts[used++] = certificates[i].pem;
    }
    ils_join_digest(texts, used, digest);
}

int ils_certificates_add(sj_scope *scope, const char *cluster_id,
                         const sj_ils_join_proof_certificate *certificates, size_t count,
                         sj_certificates_add_reply_fn done, void *user, sj_error *error) {
    sj_certificates_add_certificate *entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the certificates");
    }
    for (size_t i = 0; i < count; i++) {
        entries[i] = (sj_certificates_add_certificate){
            .kind = certificates[i].kind, .node = certificates[i].node, .pem = certificates[i].pem};
    }
    const sj_certificates_add request = {
        .cluster_id = cluster_id, .certificates = entries, .certificates_count = count};
    const int status = sj_ask_certificates_add(scope, &request, 0, done, user, error);
    free(entries);
    return status;
}
