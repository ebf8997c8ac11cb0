/* Remove: trust in a remote cluster is withdrawn by taking its certificates away, whether there is
 * a record of it or not. */
#include <string.h>

#include "events/emcc.h"
#include "operation.h"
#include "resources/certificates.h"
#include "resources/ils.h"
#include "resources/session.h"

struct removal {
    sj_scope *plugin, *scope;
    sj_question *question;
    int64_t removed;
    char cluster_id[51];
};

static void fail(struct removal *removal, const sj_error *error) {
    sj_fail_error(removal->plugin, removal->question, error);
    sj_scope_close(removal->scope);
}

static void on_durable(void *user, int status, const sj_error *error) {
    struct removal *removal = user;
    char message[300];
    if (status != SJ_OK) {
        fail(removal, error);
        return;
    }
    (void)snprintf(
        message, sizeof message,
        "%lld certificate%s of cluster %s removed; trusted again once imported by name (cert "
        "import again=%s)",
        (long long)removal->removed, sj_plural(removal->removed), removal->cluster_id,
        removal->cluster_id);
    const sj_certificates_remove_reply reply = {.removed = removal->removed, .message = message};
    sj_reply_certificates_remove(removal->plugin, removal->question, &reply);
    sj_log_info(removal->plugin, "%s", message);
    sj_scope_close(removal->scope);
}

static int delete_all(struct removal *removal, const sj_list *list, sj_error *error) {
    int status = SJ_OK;
    for (size_t i = 0; i < list->count && status == SJ_OK; i++) {
        const sj_trusted_certificate *certificate = sj_trusted_certificate_at(list, i);
        char key[200];
        (void)snprintf(key, sizeof key, "%s@%s", certificate->fingerprint, certificate->cluster_id);
        status = sj_trusted_certificate_delete(removal->plugin, key, error);
        removal->removed++;
    }
    return status;
}

/* So that it does not come back without anybody's decision: by an import that is meant for others,
 * or by clusters that join by themselves, whether those run now or not. */
static int note_withdrawal(const struct removal *removal, sj_error *error) {
    const sj_ils_ground record = {.cluster_id = removal->cluster_id,
                                  .ground = SJ_ILS_TRUST_WITHDRAWN,
                                  .since = sj_wall_ms(removal->plugin)};
    return sj_ils_ground_put(removal->plugin, &record, SJ_PUT_ANY, error);
}

/* Without certificates neither cluster could notify the other of a logout. */
static int check_travellers(sj_scope *plugin, const char *cluster_id, sj_error *error) {
    const sj_query active = {.field = "remote_cluster_id",
                             .value = cluster_id,
                             .field2 = "state",
                             .value2 = sj_session_state_text(SJ_SESSION_STATE_ACTIVE),
                             .limit = 1};
    sj_list list = {0};
    int status = sj_session_list(plugin, &active, &list, error);
    if (status == SJ_OK && list.count > 0) {
        const sj_session *session = sj_session_at(&list, 0);
        status =
            sj_error_field(error, SJ_E_IN_USE, "cluster_id",
                           "the certificates of %s are in use: %s is logged in on %s %s %s, and "
                           "neither cluster could notify the other of the logout; force=true "
                           "removes them all the same",
                           cluster_id, session->user_id, session->device_name,
                           session->kind == SJ_SESSION_KIND_HOME ? "at" : "from", cluster_id);
    }
    sj_list_free(plugin, &list);
    return status;
}

void remove_begin(sj_scope *plugin, sj_question *question, const sj_certificates_remove *request) {
    const char *cluster_id = request->cluster_id;
    const sj_query query = {.field = "cluster_id", .value = cluster_id};
    sj_scope *scope = sj_scope_open(plugin, "remove", NULL, NULL);
    struct removal *removal = scope != NULL ? sj_scope_alloc(scope, sizeof *removal) : NULL;
    sj_list list = {0};
    sj_error error = {0};
    if (removal == NULL) {
        sj_fail(plugin, question, SJ_E_NO_MEMORY, "out of memory: cannot remove certificates");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    *removal = (struct removal){.plugin = plugin, .scope = scope, .question = question};
    (void)snprintf(removal->cluster_id, sizeof removal->cluster_id, "%s", cluster_id);
    int status = sj_trusted_certificate_list(plugin, &query, &list, &error);
    if (status == SJ_OK && list.count == 0) {
        status = sj_error_field(&error, SJ_E_NOT_FOUND, "cluster_id",
                                "no certificate of cluster %s is trusted", cluster_id);
    }
    if (status == SJ_OK && !request->force) {
        status = check_travellers(plugin, cluster_id, &error);
    }
    if (status == SJ_OK && (status = sj_store_begin(plugin, &error)) == SJ_OK) {
        status = delete_all(removal, &list, &error);
        status = status == SJ_OK ? note_withdrawal(removal, &error) : status;
        if (status != SJ_OK) {
            sj_store_rollback(plugin);
        } else {
            status = sj_store_commit(scope, on_durable, removal, &error);
        }
    }
    sj_list_free(plugin, &list);
    if (status != SJ_OK) {
        fail(removal, &error);
    }
}
