/* The ends of certificates as a metric. Touches the store through the host table. */
#include "host/tls/expiry.h"

#include <string.h>

#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/tls/certificate.h"
#include "host/tls/context.h"
#include "resources/certificates.h"

#define FAMILY "sojourn_certificate_expiry_timestamp_seconds"

/* Eight bytes of the fingerprint: several nodes of a cluster show one of a kind each. */
static void add_line(sj_text *text, const char *use, const char *name, const char *kind,
                     const unsigned char fingerprint[32], int64_t not_after_ms) {
    char hex[SJ_FINGERPRINT_TEXT];
    sj_fingerprint_format(fingerprint, hex);
    sj_text_printf(text, FAMILY "{use=\"%s\",name=", use);
    sj_text_json(text, name);
    sj_text_printf(text, ",kind=\"%s\",fingerprint=\"%.16s\"} %lld\n", kind, hex,
                   (long long)(not_after_ms / 1000));
}

static void add_certificate(sj_text *text, const char *use, const char *name, const char *kind,
                            const X509 *certificate) {
    unsigned char fingerprint[32];
    sj_certificate_fingerprint(certificate, fingerprint);
    add_line(text, use, name, kind, fingerprint, sj_certificate_not_after_ms(certificate));
}

static void add_authorities(sj_text *text, struct node *node) {
    sj_list list = {NULL, 0};
    sj_error error;
    if (node->store == NULL || node->table.store_list == NULL ||
        node->table.store_list(node->scope, &sj_certificate_authority_meta, NULL, &list, &error) !=
            SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_certificate_authority *record = list.records[i];
        X509 *certificate = sj_certificate_parse(record->pem, strlen(record->pem));
        if (certificate != NULL) {
            add_certificate(text, "authority", record->name, sj_trust_purpose_text(record->purpose),
                            certificate);
        }
        X509_free(certificate);
    }
    node->table.list_free(&list);
}

void sj_tls_add_expiry(sj_text *text, struct node *node) {
    if (node->tls == NULL) {
        return;
    }
    sj_text_puts(
        text, "# HELP " FAMILY
              " Until when certificates hold (seconds since 1970): the node's own that are in use, "
              "those of remote clusters, those of authorities and peers that phones and SIP trunks "
              "are trusted by.\n"
              "# TYPE " FAMILY " gauge\n");
    for (int kind = 0; kind < SJ_IDENTITY_COUNT; kind++) {
        const X509 *certificate = sj_tls_shown(node, kind);
        if (certificate != NULL) {
            add_certificate(text, "own", node->facts.name, sj_identity_kinds[kind], certificate);
        }
    }
    const struct trust *trust = sj_tls_trust(node);
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        add_line(text, "remote_cluster", entry->cluster_id, entry->kind, entry->fingerprint,
                 entry->not_after);
    }
    add_authorities(text, node);
}
