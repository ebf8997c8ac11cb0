/* Fills the trust table from the resource trusted_certificate. What counts is the certificate
 * itself: fingerprint and validity are taken from it, not from the fields beside it. Touches the
 * store through the host table. */
#include <stdlib.h>
#include <string.h>

#include "events/node.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/tls/authority.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"
#include "resources/certificates.h"

static bool add_record(struct trust *trust, const sj_trusted_certificate *record) {
    X509 *certificate = sj_certificate_parse(record->pem, strlen(record->pem));
    unsigned char fingerprint[32];
    char text[SJ_FINGERPRINT_TEXT];
    char *pem;
    bool added;
    if (certificate == NULL) {
        return false;
    }
    sj_certificate_fingerprint(certificate, fingerprint);
    sj_fingerprint_format(fingerprint, text);
    pem = sj_certificate_pem(certificate);
    added = pem != NULL && strcasecmp(text, record->fingerprint) == 0 &&
            sj_trust_add(trust, text, record->cluster_id,
                         sj_trusted_certificate_kind_text(record->kind),
                         sj_certificate_not_after_ms(certificate), pem);
    free(pem);
    X509_free(certificate);
    return added;
}

static void load_authorities(struct node *node) {
    struct authorities *authorities = sj_tls_authorities(node);
    sj_list list = {NULL, 0};
    sj_error error;
    if (node->table.store_list(node->scope, &sj_certificate_authority_meta, NULL, &list, &error) !=
        SJ_OK) {
        node->table.log(node->scope, SJ_LOG_ERROR, "", error.text);
        return;
    }
    sj_authorities_clear(authorities);
    for (size_t i = 0; i < list.count; i++) {
        const sj_certificate_authority *record = list.records[i];
        if (!sj_authorities_add(authorities, sj_trust_purpose_text(record->purpose), record->pem)) {
            char text[200];
            (void)snprintf(
                text, sizeof text,
                "certificate_authority %.64s: its pem is not a certificate; it is not trusted",
                record->name);
            node->table.log(node->scope, SJ_LOG_WARNING, "", text);
        }
    }
    node->table.list_free(&list);
}

void sj_tls_trust_changed(struct node *node) {
    struct trust *trust;
    sj_list list = {NULL, 0};
    sj_error error;
    if (node->tls == NULL || node->store == NULL || node->scope == NULL ||
        node->table.store_list == NULL) {
        return;
    }
    if (node->table.store_list(node->scope, &sj_trusted_certificate_meta, NULL, &list, &error) !=
        SJ_OK) {
        node->table.log(node->scope, SJ_LOG_ERROR, "", error.text);
        return;
    }
    trust = sj_tls_trust(node);
    sj_trust_clear(trust);
    for (size_t i = 0; i < list.count; i++) {
        const sj_trusted_certificate *record = list.records[i];
        if (!add_record(trust, record)) {
            char text[400];
            (void)snprintf(text, sizeof text,
                           "trusted_certificate %.64s@%.60s: its pem is not the certificate with "
                           "this fingerprint; it is not trusted",
                           record->fingerprint, record->cluster_id);
            node->table.log(node->scope, SJ_LOG_WARNING, "", text);
        }
    }
    node->table.list_free(&list);
    load_authorities(node);
}

static void on_config_changed(void *user, const void *data) {
    const sj_config_changed *event = data;
    if (strcmp(event->resource, "trusted_certificate") == 0 ||
        strcmp(event->resource, "certificate_authority") == 0) {
        sj_tls_trust_changed_later(user);
    }
}

void sj_tls_trust_watch(struct node *node) {
    if (node->bus != NULL && node->table.event_subscribe != NULL) {
        (void)node->table.event_subscribe(node->scope, SJ_HERE, &sj_config_changed_meta,
                                          on_config_changed, node, NULL);
    }
}
