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
#include "resources/ils.h"

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

/* ---- what was withdrawn ---- */

static bool is_in(const char *const *list, size_t count, const char *cluster_id) {
    size_t i = 0;
    while (i < count && strcmp(list[i], cluster_id) != 0) {
        i++;
    }
    return i < count;
}

/* Nothing of the cluster is trusted, though it was, and nobody has said that it is to be again. */
static bool stays_withdrawn(const struct operation *operation, const char *cluster_id) {
    const sj_query query = {.field = "cluster_id", .value = cluster_id, .limit = 1};
    sj_ils_ground *noted = NULL;
    sj_list trusted = {0};
    bool withdrawn = false;
    if (!is_in(operation->again, operation->again_count, cluster_id) &&
        sj_ils_ground_get(operation->plugin, cluster_id, &noted, NULL) == SJ_OK &&
        noted->ground != SJ_ILS_TRUST_NONE &&
        sj_trusted_certificate_list(operation->plugin, &query, &trusted, NULL) == SJ_OK) {
        withdrawn = trusted.count == 0;
        sj_list_free(operation->plugin, &trusted);
    }
    sj_record_free(operation->plugin, noted);
    return withdrawn;
}

/* ---- what the answer shows ---- */

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
    bool fit = certificate_is_fit(entry, now, why);
    if (fit && stays_withdrawn(operation, entry->cluster_id)) {
        fit = false;
        (void)snprintf(why, sizeof why, "trust in %s was withdrawn here: again=%s trusts it again",
                       entry->cluster_id, entry->cluster_id);
    }
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

static void add_cluster(const char **clusters, size_t *count, const char *cluster_id) {
    if (!is_in(clusters, *count, cluster_id)) {
        clusters[(*count)++] = cluster_id;
    }
}

static void answer(struct operation *operation) {
    size_t count = foreign_count(operation), at = 0, clusters_count = 0, refused = 0;
    size_t withdrawn_count = 0, left_out = 0;
    const int64_t now = sj_wall_ms(operation->plugin);
    sj_list trusted = {0};
    sj_certificates_import_reply_entry *entries = calloc(count + 1, sizeof *entries);
    sj_certificates_import_reply_detail *details = calloc(count + 1, sizeof *details);
    const char **clusters = calloc(count + 1, sizeof *clusters);
    const char **withdrawn = calloc(count + 1, sizeof *withdrawn);
    char message[600], without[80] = "", apart[200] = "";
    (void)sj_trusted_certificate_list(operation->plugin, NULL, &trusted, NULL);
    for (size_t type = 0; entries != NULL && details != NULL && clusters != NULL &&
                          withdrawn != NULL && type < CERTIFICATE_TYPES;
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
            if (details[at++].refused[0] == '\0') {
                add_cluster(clusters, &clusters_count, entry->cluster_id);
                continue;
            }
            if (stays_withdrawn(operation, entry->cluster_id)) {
                add_cluster(withdrawn, &withdrawn_count, entry->cluster_id);
                left_out++;
            } else {
                refused++;
            }
        }
    }
    sj_list_free(operation->plugin, &trusted);
    if (left_out > 0) {
        (void)snprintf(apart, sizeof apart,
                       "; %zu of %s%s left out, as trust in it was withdrawn here (again=%s)",
                       left_out, withdrawn[0], withdrawn_count > 1 ? " and others" : "",
                       withdrawn[0]);
    }
    if (refused > 0) {
        (void)snprintf(without, sizeof without, "; %zu cannot work and %s refused", refused,
                       refused == 1 ? "is" : "are");
    }
    const size_t shown = at - refused - left_out;
    if (!operation->confirm) {
        (void)snprintf(message, sizeof message,
                       "nothing imported: compare the fingerprint%s of %s%zu certificate%s with "
                       "the other clusters' (cert list), "
                       "then import with confirm=true%s%s",
                       sj_plural((int64_t)shown), shown == 1 ? "this " : "these ", shown,
                       sj_plural((int64_t)shown), without, apart);
    } else {
        (void)snprintf(message, sizeof message,
                       "%zu certificate%s of %zu cluster%s imported, %zu %s trusted before%s%s",
                       operation->imported, sj_plural((int64_t)operation->imported), clusters_count,
                       sj_plural((int64_t)clusters_count), operation->unchanged,
                       sj_were((int64_t)operation->unchanged), without, apart);
    }
    sj_certificates_import_reply reply = {.imported = (int64_t)operation->imported,
                                          .unchanged = (int64_t)operation->unchanged,
                                          .certificates = entries,
                                          .certificates_count = at,
                                          .message = message,
                                          .refused = (int64_t)refused,
                                          .details = details,
                                          .details_count = at,
                                          .withdrawn = withdrawn,
                                          .withdrawn_count = withdrawn_count};
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
    free(withdrawn);
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
            if (!is_own(operation, entry) && certificate_is_fit(entry, now, why) &&
                !stays_withdrawn(operation, entry->cluster_id)) {
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

/* False: no memory. */
static bool copy_again(struct operation *operation, const sj_certificates_import *request) {
    operation->again =
        sj_scope_alloc(operation->scope, (request->again_count + 1) * sizeof *operation->again);
    for (size_t i = 0; operation->again != NULL && i < request->again_count; i++) {
        operation->again[i] = sj_scope_strdup(operation->scope, request->again[i]);
        if (operation->again[i] == NULL) {
            return false;
        }
        operation->again_count++;
    }
    return operation->again != NULL;
}

void import_begin(sj_scope *plugin, sj_question *question, const sj_certificates_import *request,
                  sj_topic *imported_topic) {
    const int wanted = (int)request->kind;
    struct operation *operation = operation_begin(plugin, question, "import", wanted);
    sj_error none;
    if (operation != NULL && !copy_again(operation, request)) {
        (void)sj_error_set(&none, SJ_E_NO_MEMORY, "out of memory: cannot import certificates");
        operation_fail(operation, &none);
    } else if (operation != NULL) {
        operation->confirm = request->confirm;
        operation->imported_topic = imported_topic;
        exchange_gather(operation->place, wanted, true, operation->bundles, on_gathered, operation);
    }
}
