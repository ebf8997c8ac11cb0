/* Export: this node's certificates into the exchange directory, NODE_TYPE.pkcs12. */
#include "events/emcc.h"
#include "operation.h"

static void on_written(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    if (status != SJ_OK) {
        operation_fail(operation, error);
        return;
    }
    char names[CERTIFICATE_TYPES][340], message[800], made[640] = "";
    const char *files[CERTIFICATE_TYPES];
    size_t count = operation_files(operation, operation->plugin->host->node->name, names, files);
    if (exchange_is_new(operation->place)) {
        (void)snprintf(made, sizeof made,
                       "; the directory %s was not there and has been made: check url for mistakes",
                       exchange_directory(operation->place));
    }
    (void)snprintf(message, sizeof message,
                   "%zu file%s written; consolidate once every cluster has exported%s", count,
                   sj_plural((int64_t)count), made);
    sj_certificates_export_reply reply = {.files = files, .files_count = count, .message = message};
    sj_reply_certificates_export(operation->plugin, operation->question, &reply);
    operation_end(operation);
}

static void on_looked(void *user, int status, const sj_error *error) {
    struct operation *operation = user;
    if (status != SJ_OK) {
        operation_fail(operation, error);
        return;
    }
    exchange_write(operation->place, operation->wanted, operation->plugin->host->node->name,
                   operation->bundles, on_written, operation);
}

static void on_identities(void *user, int status, const sj_error *reason) {
    struct operation *operation = user;
    const sj_node *node = operation->plugin->host->node;
    sj_error error;
    if (status == SJ_E_CANCELLED) {
        return; /* the operation has ended, the request is answered */
    }
    if (status != SJ_OK) {
        operation_fail(operation, reason);
        return;
    }
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        for (size_t k = 0; certificate_type_wanted(operation->wanted, type) &&
                           certificate_types[type].kinds[k] != NULL;
             k++) {
            char *pem = NULL;
            const char *kind = certificate_types[type].kinds[k];
            status = sj_identity_pem(operation->plugin, kind, &pem, &error);
            status = status == SJ_OK ? bundle_add_pem(&operation->bundles[type], node->cluster_id,
                                                      node->name, kind, pem, &error)
                                     : status;
            sj_text_free(operation->plugin, pem);
            if (status != SJ_OK) {
                operation_fail(operation, &error);
                return;
            }
        }
    }
    exchange_look(operation->place, on_looked, operation);
}

void export_begin(sj_scope *plugin, sj_question *question, int wanted) {
    struct operation *operation = operation_begin(plugin, question, "export", wanted);
    sj_error error;
    if (operation != NULL &&
        sj_identities_prepare(operation->scope, on_identities, operation) == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY,
                           "out of memory: cannot make this node's certificates");
        operation_fail(operation, &error);
    }
}
