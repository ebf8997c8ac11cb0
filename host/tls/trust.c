/* Which certificates are trusted as whose. Pure. */
#include "host/tls/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>

#include "host/tls/certificate.h"

bool sj_trust_add(struct trust *trust, const char *fingerprint, const char *cluster_id,
                  const char *kind, int64_t not_after, const char *pem) {
    struct trust_entry entry;
    memset(&entry, 0, sizeof entry);
    if (!sj_fingerprint_parse(fingerprint, entry.fingerprint) ||
        strlen(cluster_id) >= sizeof entry.cluster_id || strlen(kind) >= sizeof entry.kind) {
        return false;
    }
    if (!sj_array_room(&trust->entries, &trust->room, trust->count + 1, sizeof *trust->entries)) {
        return false;
    }
    (void)snprintf(entry.cluster_id, sizeof entry.cluster_id, "%s", cluster_id);
    (void)snprintf(entry.kind, sizeof entry.kind, "%s", kind);
    entry.not_after = not_after;
    entry.pem = strdup(pem);
    if (entry.pem == NULL) {
        return false;
    }
    trust->entries[trust->count++] = entry;
    trust->generation++;
    return true;
}

void sj_trust_clear(struct trust *trust) {
    for (size_t i = 0; i < trust->count; i++) {
        free(trust->entries[i].pem);
    }
    free(trust->entries);
    trust->entries = NULL;
    trust->count = trust->room = 0;
    trust->generation++;
}

const char *sj_trust_find(const struct trust *trust, const unsigned char fingerprint[32],
                          const char *cluster_id, const char *kind, int64_t now) {
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        if (memcmp(entry->fingerprint, fingerprint, 32) == 0 && strcmp(entry->kind, kind) == 0 &&
            entry->not_after > now &&
            (cluster_id == NULL || strcmp(entry->cluster_id, cluster_id) == 0)) {
            return entry->cluster_id;
        }
    }
    return NULL;
}

char *sj_trust_bundle(const struct trust *trust, const char *cluster_id, const char *kind,
                      int64_t now, size_t *expired) {
    size_t length = 0;
    char *text, *at;
    *expired = 0;
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        if (strcmp(entry->cluster_id, cluster_id) == 0 && strcmp(entry->kind, kind) == 0) {
            if (entry->not_after > now) {
                length += strlen(entry->pem) + 1;
            } else {
                ++*expired;
            }
        }
    }
    text = length > 0 ? malloc(length + 1) : NULL;
    if (text == NULL) {
        return NULL;
    }
    at = text;
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        if (strcmp(entry->cluster_id, cluster_id) == 0 && strcmp(entry->kind, kind) == 0 &&
            entry->not_after > now) {
            size_t one = strlen(entry->pem);
            memcpy(at, entry->pem, one);
            at += one;
            *at++ = '\n';
        }
    }
    *at = '\0';
    return text;
}
