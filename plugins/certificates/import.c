/* Import: the other clusters' certificates out of the consolidated files into the trusted
 * certificates. Without confirmation it shows what would be trusted, so that fingerprints can be
 * compared first: whoever can write into the exchange directory could otherwise add a cluster. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "events/emcc.h"
#include "fitness.h"
#include "operation.h"
#include "resources/certificates.h"

static bool is_own(const struct operation *operation, const struct bundle_entry *entry) {
    return strcmp(entry->cluster_id, operation->plugin->host->node->cluster_id) == 0;
}

static size_t foreign_count(const struct operation *operation) {
    size_t count = 0;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; i < operation->bundles[type].count; i++) {
            count += !is_own(operation, &operation->bundles[type].entries[i]);
        }
    }
    return count;
}

enum { MOST_USES = 16, USE_ROOM = 100 };

/* What else the certificate of `entry` is good for: a certificate is trusted for each of them,
 * whoever shows it. */
struct uses {
    const char *list[MOST_USES];
    size_t count;
};

static void add_use(struct operation *operation, struct uses *uses, const char *kind,
                    const char *cluster_id) {
    char text[USE_ROOM];
    (void)snprintf(text, sizeof text, "%s of cluster %s", kind, cluster_id);
    for (size_t i = 0; i < uses->count; i++) {
        if (strcmp(uses->list[i], text) == 0) {
            return;
        }
    }
    const char *kept = uses->count < MOST_USES ? sj_scope_strdup(operation->scope, text) : NULL;
    if (kept != NULL) {
        uses->list[uses->count++] = kept;
    }
}

static bool is_this_use(const struct bundle_entry *entry, const char *kind,
                        const char *cluster_id) {
    return strcmp(entry->kind, kind) == 0 && strcmp(entry->cluster_id, cluster_id) == 0;
}

static struct uses *find_uses(struct operation *operation, const struct bundle_entry *entry,
                              const sj_list *trusted) {
    struct uses *uses = sj_scope_alloc(operation->scope, sizeof *uses);
    for (size_t i = 0; uses != NULL && i < trusted->count; i++) {
        const sj_trusted_certificate *other = sj_trusted_certificate_at(trusted, i);
        const char *kind = sj_trusted_certificate_kind_text(other->kind);
        if (strcmp(other->fingerprint, entry->fingerprint) == 0 &&
            !is_this_use(entry, kind, other->cluster_id)) {
            add_use(operation, uses, kind, other->cluster_id);
        }
    }
    for (size_t type = 0; uses != NULL && type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; i < operation->bundles[type].count; i++) {
            const struct bundle_entry *other = &operation->bundles[type].entries[i];
            if (strcmp(other->fingerprint, entry->fingerprint) == 0 &&
                !is_this_use(entry, other->kind, other->cluster_id) && !is_own(operation, other)) {
                add_use(operation, uses, other->kind, other->cluster_id);
            }
        }
    }
    return uses;
}

/* What the answer shows of a certificate beside its name. */
static sj_certificates_import_reply_detail detail_of(struct operation *operation,
                                                     const struct bundle_entry *entry,
                                                     const sj_list *trusted, int64_t now) {
    char key[40], why[FITNESS_ROOM];
    const struct uses *uses = find_uses(operation, entry, trusted);
    const bool fit = certificate_is_fit(entry, now, why);
    (void)snprintf(key, sizeof key, "%s %d", entry->key_type, entry->key_bits);
    const char *kept_key = sj_scope_strdup(operation->scope, key),
               *kept_why = fit ? "" : sj_scope_strdup(operation->scope, why);
    return (sj_certificates_import_reply_detail){
        .fingerprint = entry->fingerprint,
        .key = sj_or_empty(kept_key),
        .also_trusted_for = uses != NULL ? uses->list : NULL,
        .also_trusted_for_count = uses != NULL ? uses->count : 0,
        .refused = kept_why != NULL ? kept_why : "it cannot work"};
}

static void answer(struct operation *operation) {
    size_t count = foreign_count(operation), at = 0, clusters_count = 0, refused = 0;
    const int64_t now = sj_wall_ms(operation->plugin);
    sj_list trusted = {0};
    sj_certificates_import_reply_entry *entries = calloc(count + 1, sizeof *entries);
    sj_certificates_import_reply_detail *details = calloc(count + 1, sizeof *details);
    const char **clusters = calloc(count + 1, sizeof *clusters);
    char message[300], without[80] = "";
    (void)sj_trusted_certificate_list(operation->plugin, NULL, &trusted, NULL);
    for (size_t type = 0;
         entries != NULL && details != NULL && clusters != NULL && type < CERTIFICATE_TYPES;
         type++) {
        for (size_t i = 0; i < operation->bundles[type].count; i++) {
            const struct bundle_entry *entry = &operation->bundles[type].entries[i];
            if (is_own(operation, entry)) {
                continue;
            }
            entries[at] = (sj_certificates_import_reply_entry){.cluster_id = entry->cluster_id,
                                                               .kind = entry->kind,
                                                               .node = entry->node,
                                                               .fingerprint = entry->fingerprint,
                                                               .not_after = entry->not_after};
            details[at] = detail_of(operation, entry, &trusted, now);
            if (details[at++].refused[0] != '\0') {
                refused++;
                continue;
            }
            size_t k = 0;
            while (k < clusters_count && strcmp(clusters[k], entry->cluster_id) != 0) {
                k++;
            }
            if (k == clusters_count) {
                clusters[clusters_count++] = entry->cluster_id;
            }
        }
    }
    sj_list_free(operation->plugin, &trusted);
    if (refused > 0) {
        (void)snprintf(without, sizeof without, "; %zu cannot work and %s refused", refused,
                       refused == 1 ? "is" : "are");
    }
    if (!operation->confirm) {
        (void)snprintf(message, sizeof message,
                       "nothing imported: compare the fingerprint%s of %s%zu certificate%s with "
                       "the other clusters' (cert list), "
                       "then import with confirm=true%s",
                       sj_plural((int64_t)(at - refused)), at - refused == 1 ? "this " : "these ",
                       at - refused, sj_plural((int64_t)(at - refused)), without);
    } else {
        (void)snprintf(message, sizeof message,
                       "%zu certificate%s of %zu cluster%s imported, %zu %s trusted before%s",
                       operation->imported, sj_plural((int64_t)operation->imported), clusters_count,
                       sj_plural((int64_t)clusters_count), operation->unchanged,
                       sj_were((int64_t)operation->unchanged), without);
    }
    sj_certificates_import_reply reply = {.imported = (int64_t)operation->imported,
                                          .unchanged = (int64_t)operation->unchanged,
                                          .certificates = entries,
                                          .certificates_count = at,
                                          .message = message,
                                          .refused = (int64_t)refused,
                                          .details = details,
                                          .details_count = at};
    sj_reply_certificates_import(operation->plugin, operation->question, &reply);
    if (operation->imported > 0) {
        sj_certificates_imported event = {.clusters = clusters,
                                          .clusters_count = clusters_count,
                                          .count = (int64_t)operation->imported};
        sj_publish_certificates_imported(operation->plugin, operation->imported_topic, &event);
        sj_log_info(operation->plugin, "%s", message);
    }
    free(entries);
    free(details);
    free(clusters);
    operation_end(operation);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    if (status != SJ_OK) {
        operation_fail(operation, error);
        return;
    }
    answer(operation);
}

int import_one(sj_scope *plugin, const struct bundle_entry *entry, int64_t now, bool *fresh,
               sj_error *error) {
    char key[160];
    sj_trusted_certificate *present = NULL;
    sj_trusted_certificate_kind kind = SJ_TRUSTED_CERTIFICATE_KIND_TOMCAT;
    (void)sj_trusted_certificate_kind_find(entry->kind, &kind);
    (void)snprintf(key, sizeof key, "%s@%s", entry->fingerprint, entry->cluster_id);
    *fresh = sj_trusted_certificate_get(plugin, key, &present, NULL) != SJ_OK;
    if (!*fresh) {
        sj_record_free(plugin, present);
        return SJ_OK;
    }
    const sj_trusted_certificate record = {.fingerprint = entry->fingerprint,
                                           .cluster_id = entry->cluster_id,
                                           .kind = kind,
                                           .node = entry->node,
                                           .subject = entry->subject,
                                           .not_before = entry->not_before,
                                           .not_after = entry->not_after,
                                           .pem = entry->pem,
                                           .imported_at = now};
    return sj_trusted_certificate_put(plugin, &record, SJ_PUT_ANY, error);
}

static void store_all(struct operation *operation) {
    sj_error error;
    int64_t now = sj_wall_ms(operation->plugin);
    int status = sj_store_begin(operation->plugin, &error);
    if (status != SJ_OK) {
        operation_fail(operation, &error);
        return;
    }
    for (size_t type = 0; status == SJ_OK && type < CERTIFICATE_TYPES; type++) {
        for (size_t i = 0; status == SJ_OK && i < operation->bundles[type].count; i++) {
            const struct bundle_entry *entry = &operation->bundles[type].entries[i];
            char why[FITNESS_ROOM];
            bool fresh = false;
            if (!is_own(operation, entry) && certificate_is_fit(entry, now, why)) {
                status = import_one(operation->plugin, entry, now, &fresh, &error);
                operation->imported += fresh;
                operation->unchanged += !fresh;
            }
        }
    }
    if (status != SJ_OK) {
        sj_store_rollback(operation->plugin);
        operation_fail(operation, &error);
    } else if (sj_store_commit(operation->scope, on_durable, operation, &error) != SJ_OK) {
        operation_fail(operation, &error);
    }
}

static void on_gathered(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    sj_error none;
    const char *const *skipped;
    if (status != SJ_OK) {
        operation_fail(operation, error);
    } else if (exchange_skipped(operation->place, &skipped) >
               0) { /* half of what was consolidated would be half a trust */
        (void)sj_error_set(&none, SJ_E_INVALID, "nothing imported: %s", skipped[0]);
        operation_fail(operation, &none);
    } else if (foreign_count(operation) == 0) {
        (void)sj_error_set(&none, SJ_E_CONFLICT,
                           "there are no consolidated certificates of other clusters yet: every "
                           "cluster exports, then one consolidates");
        operation_fail(operation, &none);
    } else if (operation->confirm) {
        store_all(operation);
    } else {
        answer(operation);
    }
}

void import_begin(sj_scope *plugin, sj_question *question, int wanted, bool confirm,
                  sj_topic *imported_topic) {
    struct operation *operation = operation_begin(plugin, question, "import", wanted);
    if (operation != NULL) {
        operation->confirm = confirm;
        operation->imported_topic = imported_topic;
        exchange_gather(operation->place, wanted, true, operation->bundles, on_gathered, operation);
    }
}
