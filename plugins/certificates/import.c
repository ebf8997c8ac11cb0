/* Import: the other clusters' certificates out of the consolidated files into the trusted certificates. Without confirmation it
 * shows what would be trusted, so that fingerprints can be compared first: whoever can write into the exchange directory could
 * otherwise add a cluster. */
#include <stdlib.h>
#include <string.h>

#include "events/emcc.h"
#include "operation.h"
#include "resources/certificates.h"

static size_t foreign_count(const operation *one) {
    size_t count = 0;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; i < one->bundles[type].count; i++) {
            count += strcmp(one->bundles[type].entries[i].cluster_id, one->plugin->host->node->cluster_id) != 0;
        }
    }
    return count;
}

static void answer(operation *one) {
    size_t count = foreign_count(one), at = 0, clusters_count = 0;
    sj_certificates_import_reply_entry *entries = calloc(count + 1, sizeof *entries);
    const char **clusters = calloc(count + 1, sizeof *clusters);
    char message[300];
    for (size_t type = 0; entries != NULL && clusters != NULL && type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; i < one->bundles[type].count; i++) {
            const bundle_entry *entry = &one->bundles[type].entries[i];
            if (strcmp(entry->cluster_id, one->plugin->host->node->cluster_id) == 0) {
                continue;
            }
            entries[at++] = (sj_certificates_import_reply_entry){.cluster_id = entry->cluster_id,
                                                                 .kind = entry->kind,
                                                                 .node = entry->node,
                                                                 .fingerprint = entry->fingerprint,
                                                                 .not_after = entry->not_after};
            size_t k = 0;
            while (k < clusters_count && strcmp(clusters[k], entry->cluster_id) != 0) {
                k++;
            }
            if (k == clusters_count) {
                clusters[clusters_count++] = entry->cluster_id;
            }
        }
    }
    if (!one->confirm) {
        (void)snprintf(
            message, sizeof message,
            "nothing imported: compare the fingerprints of these %zu certificates with the other clusters' (cert list), "
            "then import with confirm=true",
            at);
    } else {
        (void)snprintf(message, sizeof message, "%zu certificates of %zu clusters imported, %zu were trusted before",
                       one->imported, clusters_count, one->unchanged);
    }
    sj_certificates_import_reply reply = {.imported = (int64_t)one->imported,
                                          .unchanged = (int64_t)one->unchanged,
                                          .certificates = entries,
                                          .certificates_count = at,
                                          .message = message};
    sj_reply_certificates_import(one->plugin, one->question, &reply);
    if (one->imported > 0) {
        sj_certificates_imported event = {
            .clusters = clusters, .clusters_count = clusters_count, .count = (int64_t)one->imported};
        sj_publish_certificates_imported(one->plugin, one->imported_topic, &event);
        sj_log_info(one->plugin, "%s", message);
    }
    free(entries);
    free(clusters);
    operation_end(one);
}

static void on_durable(void *user, int status, const sj_error *error) {
    operation *one = user;
    if (status != SJ_OK) {
        operation_fail(one, error);
        return;
    }
    answer(one);
}

static int kind_number(const char *kind) {
    for (int i = 0; sj_trusted_certificate_kind_words[i] != NULL; i++) {
        if (strcmp(sj_trusted_certificate_kind_words[i], kind) == 0) {
            return i;
        }
    }
    return 0;
}

static int put(operation *one, const bundle_entry *entry, int64_t now, sj_error *error) {
    char key[160];
    sj_trusted_certificate *present = NULL;
    (void)snprintf(key, sizeof key, "%s@%s", entry->fingerprint, entry->cluster_id);
    if (sj_trusted_certificate_get(one->plugin, key, &present, NULL) == SJ_OK) {
        sj_record_free(one->plugin, present);
        one->unchanged++;
        return SJ_OK;
    }
    sj_trusted_certificate record = {.fingerprint = entry->fingerprint,
                                     .cluster_id = entry->cluster_id,
                                     .kind = (sj_trusted_certificate_kind)kind_number(entry->kind),
                                     .node = entry->node,
                                     .subject = entry->subject,
                                     .not_before = entry->not_before,
                                     .not_after = entry->not_after,
                                     .pem = entry->pem,
                                     .imported_at = now};
    one->imported++;
    return sj_trusted_certificate_put(one->plugin, &record, SJ_PUT_ANY, error);
}

static void store_all(operation *one) {
    sj_error error;
    int64_t now = sj_wall_ms(one->plugin);
    int status = sj_store_begin(one->plugin, &error);
    if (status != SJ_OK) {
        operation_fail(one, &error);
        return;
    }
    for (size_t type = 0; status == SJ_OK && type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; status == SJ_OK && i < one->bundles[type].count; i++) {
            const bundle_entry *entry = &one->bundles[type].entries[i];
            if (strcmp(entry->cluster_id, one->plugin->host->node->cluster_id) != 0) {
                status = put(one, entry, now, &error);
            }
        }
    }
    if (status != SJ_OK) {
        sj_store_rollback(one->plugin);
        operation_fail(one, &error);
    } else if (sj_store_commit(one->scope, on_durable, one, &error) != SJ_OK) {
        operation_fail(one, &error);
    }
}

static void on_gathered(void *user, int status, const sj_error *error) {
    operation *one = user;
    sj_error none;
    const char *const *skipped;
    if (status != SJ_OK) {
        operation_fail(one, error);
    } else if (exchange_skipped(one->place, &skipped) > 0) { /* half of what was consolidated would be half a trust */
        (void)sj_error_set(&none, SJ_E_INVALID, "nothing imported: %s", skipped[0]);
        operation_fail(one, &none);
    } else if (foreign_count(one) == 0) {
        (void)sj_error_set(
            &none, SJ_E_CONFLICT,
            "there are no consolidated certificates of other clusters yet: every cluster exports, then one consolidates");
        operation_fail(one, &none);
    } else if (one->confirm) {
        store_all(one);
    } else {
        answer(one);
    }
}

void import_begin(sj_scope *plugin, sj_question *question, int wanted, bool confirm, sj_topic *imported_topic) {
    operation *one = operation_begin(plugin, question, "import", wanted);
    if (one != NULL) {
        one->confirm = confirm;
        one->imported_topic = imported_topic;
        exchange_gather(one->place, wanted, true, one->bundles, on_gathered, one);
    }
}
