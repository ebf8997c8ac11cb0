/* Add: the certificates of a remote cluster that has proved who it is become trusted ones, the same
 * records that an import makes. */
#include <stdlib.h>
#include <string.h>

#include "events/emcc.h"
#include "fitness.h"
#include "operation.h"
#include "resources/certificates.h"

struct addition {
    sj_scope *plugin, *scope;
    sj_question *question;
    sj_topic *imported_topic;
    char cluster_id[51];
    int64_t imported, unchanged;
};

static void fail(struct addition *one, const sj_error *error) {
    sj_fail_error(one->plugin, one->question, error);
    sj_scope_close(one->scope);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct addition *one = user;
    if (status != SJ_OK) {
        fail(one, error);
        return;
    }
    const char *clusters[] = {one->cluster_id};
    const sj_certificates_add_reply reply = {.imported = one->imported,
                                             .unchanged = one->unchanged};
    sj_reply_certificates_add(one->plugin, one->question, &reply);
    if (one->imported > 0) {
        const sj_certificates_imported event = {
            .clusters = clusters, .clusters_count = 1, .count = one->imported};
        sj_publish_certificates_imported(one->plugin, one->imported_topic, &event);
        sj_log_info(one->plugin, "%lld certificate%s of cluster %s imported",
                    (long long)one->imported, sj_plural(one->imported), one->cluster_id);
    }
    sj_scope_close(one->scope);
}

static int gather(const sj_certificates_add *request, struct bundle *bundle, int64_t now,
                  sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; status == SJ_OK && i < request->certificates_count; i++) {
        const sj_certificates_add_certificate *one = &request->certificates[i];
        sj_trusted_certificate_kind kind;
        char why[FITNESS_ROOM];
        status =
            sj_trusted_certificate_kind_find(one->kind, &kind)
                ? bundle_add_pem(bundle, request->cluster_id, one->node, one->kind, one->pem, error)
                : sj_error_set(error, SJ_E_INVALID, "\"%.16s\" is no kind of certificate",
                               one->kind);
        if (status == SJ_OK && !certificate_is_fit(&bundle->entries[bundle->count - 1], now, why)) {
            status = sj_error_set(error, SJ_E_INVALID, "its %s certificate cannot work: %s",
                                  one->kind, why);
        }
    }
    if (status == SJ_OK && bundle->count == 0) {
        status = sj_error_set(error, SJ_E_INVALID, "it has sent no certificates");
    }
    return status;
}

static bool holds(const struct bundle *bundle, const char *fingerprint) {
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->entries[i].fingerprint, fingerprint) == 0) {
            return true;
        }
    }
    return false;
}

/* Whoever knows a password does not take another cluster's place by it. */
static int check_place(sj_scope *plugin, const char *cluster_id, const struct bundle *bundle,
                       sj_error *error) {
    sj_list trusted = {0};
    int status = sj_trusted_certificate_list(plugin, NULL, &trusted, error);
    if (status == SJ_OK && strcmp(cluster_id, plugin->host->node->cluster_id) == 0) {
        status = sj_error_set(error, SJ_E_CONFLICT, "%s is this cluster's own id", cluster_id);
    }
    for (size_t i = 0; status == SJ_OK && i < trusted.count; i++) {
        const sj_trusted_certificate *other = sj_trusted_certificate_at(&trusted, i);
        const bool same_cluster = strcmp(other->cluster_id, cluster_id) == 0;
        const bool same = holds(bundle, other->fingerprint);
        if (same_cluster && !same) {
            status = sj_error_set(error, SJ_E_CONFLICT,
                                  "other certificates of cluster %s are trusted here: remove them "
                                  "first if it has new ones (cert remove %s)",
                                  cluster_id, cluster_id);
        } else if (same && !same_cluster) {
            status = sj_error_set(error, SJ_E_CONFLICT,
                                  "the certificate that it calls its own is trusted as that of "
                                  "cluster %s",
                                  other->cluster_id);
        }
    }
    sj_list_free(plugin, &trusted);
    return status;
}

static int store(struct addition *one, const struct bundle *bundle, int64_t now, sj_error *error) {
    int status = sj_store_begin(one->plugin, error);
    if (status != SJ_OK) {
        return status;
    }
    for (size_t i = 0; status == SJ_OK && i < bundle->count; i++) {
        bool fresh = false;
        status = import_one(one->plugin, &bundle->entries[i], now, &fresh, error);
        one->imported += fresh;
        one->unchanged += !fresh;
    }
    if (status != SJ_OK) {
        sj_store_rollback(one->plugin);
        return status;
    }
    return sj_store_commit(one->scope, on_durable, one, error);
}

void add_begin(sj_scope *plugin, sj_question *question, const sj_certificates_add *request,
               sj_topic *imported_topic) {
    sj_scope *scope = sj_scope_open(plugin, "add", NULL, NULL);
    struct addition *one = scope == NULL ? NULL : sj_scope_alloc(scope, sizeof *one);
    const int64_t now = sj_wall_ms(plugin);
    struct bundle bundle = {0};
    sj_error error = {0};
    if (one == NULL) {
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot add certificates");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    *one = (struct addition){
        .plugin = plugin, .scope = scope, .question = question, .imported_topic = imported_topic};
    (void)snprintf(one->cluster_id, sizeof one->cluster_id, "%s", request->cluster_id);
    int status = gather(request, &bundle, now, &error);
    status = status == SJ_OK ? check_place(plugin, one->cluster_id, &bundle, &error) : status;
    status = status == SJ_OK ? store(one, &bundle, now, &error) : status;
    bundle_free(&bundle);
    if (status != SJ_OK) {
        fail(one, &error);
    }
}
