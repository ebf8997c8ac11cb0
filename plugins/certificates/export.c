/* Export: this node's certificates into the exchange directory, NODE_TYPE.pkcs12. */
#include "events/emcc.h"
#include "operation.h"

static void on_written(void *user, int status, const sj_error *error) {
    operation *one = user;
    if (status != SJ_OK) {
        operation_fail(one, error);
        return;
    }
    char names[CERTIFICATE_TYPES][340], message[200];
    const char *files[CERTIFICATE_TYPES];
    size_t count = operation_files(one, one->plugin->host->node->name, names, files);
    (void)snprintf(message, sizeof message, "%zu files written; consolidate once every cluster has exported", count);
    sj_certificates_export_reply reply = {.files = files, .files_count = count, .message = message};
    sj_reply_certificates_export(one->plugin, one->question, &reply);
    operation_end(one);
}

void export_begin(sj_scope *plugin, sj_question *question, int wanted) {
    operation *one = operation_begin(plugin, question, "export", wanted);
    if (one == NULL) {
        return;
    }
    const sj_node *node = plugin->host->node;
    sj_error error;
    for (size_t type = 0; type < CERTIFICATE_TYPES; type++) {
        for (size_t k = 0; certificate_type_wanted(wanted, type) && certificate_types[type].kinds[k] != NULL; k++) {
            char *pem = NULL;
            const char *kind = certificate_types[type].kinds[k];
            int status = sj_identity_pem(plugin, kind, &pem, &error);
            status =
                status == SJ_OK ? bundle_add_pem(&one->bundles[type], node->cluster_id, node->name, kind, pem, &error) : status;
            sj_text_free(plugin, pem);
            if (status != SJ_OK) {
                operation_fail(one, &error);
                return;
            }
        }
    }
    exchange_write(one->place, wanted, node->name, one->bundles, on_written, one);
}
