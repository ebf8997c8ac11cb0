/* Certificates: Bulk Certificate Management (export, consolidate, import, remove), and what this
 * node shows of its own. Wiring only. */
#include <stdlib.h>

#include <sojourn/sojourn.h>

#include "events/emcc.h"
#include "operation.h"

struct certificates_state {
    sj_scope *scope;
    sj_topic *imported;
};

static void on_export(void *user, sj_question *question, const sj_certificates_export *request) {
    struct certificates_state *state = user;
    export_begin(state->scope, question, (int)request->kind);
}

static void on_consolidate(void *user, sj_question *question,
                           const sj_certificates_consolidate *request) {
    struct certificates_state *state = user;
    consolidate_begin(state->scope, question, (int)request->kind);
}

static void on_import(void *user, sj_question *question, const sj_certificates_import *request) {
    struct certificates_state *state = user;
    import_begin(state->scope, question, request, state->imported);
}

static void on_remove(void *user, sj_question *question, const sj_certificates_remove *request) {
    struct certificates_state *state = user;
    remove_begin(state->scope, question, request);
}

static void on_trust(void *user, sj_question *question, const sj_certificates_trust *request) {
    struct certificates_state *state = user;
    trust_begin(state->scope, question, request);
}

static void on_distrust(void *user, sj_question *question,
                        const sj_certificates_distrust *request) {
    struct certificates_state *state = user;
    distrust_begin(state->scope, question, request->name);
}

/* A question for this node's certificates, while they are being made. */
struct listing {
    struct certificates_state *state;
    sj_question *question;
};

static void list_all(struct certificates_state *state, sj_question *question) {
    const sj_node *node = state->scope->host->node;
    struct bundle own = {0};
    sj_error error;
    int status = SJ_OK;
    for (size_t type = 0; status == SJ_OK && type < CERTIFICATE_TYPES; type++) {
        for (size_t k = 0; status == SJ_OK && certificate_types[type].kinds[k] != NULL; k++) {
            char *pem = NULL;
            status = sj_identity_pem(state->scope, certificate_types[type].kinds[k], &pem, &error);
            status = status == SJ_OK ? bundle_add_pem(&own, node->cluster_id, node->name,
                                                      certificate_types[type].kinds[k], pem, &error)
                                     : status;
            sj_text_free(state->scope, pem);
        }
    }
    if (status != SJ_OK) {
        sj_fail_error(state->scope, question, &error);
    } else {
        sj_certificates_list_reply_entry entries[2 * CERTIFICATE_TYPES];
        for (size_t i = 0; i < own.count; i++) {
            entries[i] =
                (sj_certificates_list_reply_entry){.kind = own.entries[i].kind,
                                                   .subject = own.entries[i].subject,
                                                   .fingerprint = own.entries[i].fingerprint,
                                                   .not_after = own.entries[i].not_after};
        }
        sj_certificates_list_reply reply = {.certificates = entries,
                                            .certificates_count = own.count};
        sj_reply_certificates_list(state->scope, question, &reply);
    }
    bundle_free(&own);
}

static void on_identities(void *user, int status, const sj_error *error) {
    struct listing *listing = user;
    if (status == SJ_OK) {
        list_all(listing->state, listing->question);
    } else if (status != SJ_E_CANCELLED) {
        sj_fail_error(listing->state->scope, listing->question, error);
    }
    free(listing);
}

static void on_list(void *user, sj_question *question, const sj_certificates_list *request) {
    struct certificates_state *state = user;
    struct listing *listing = calloc(1, sizeof *listing);
    (void)request;
    if (listing != NULL) {
        *listing = (struct listing){state, question};
    }
    if (listing == NULL || sj_identities_prepare(state->scope, on_identities, listing) == NULL) {
        free(listing);
        sj_fail(state->scope, question, SJ_E_NO_MEMORY, "out of memory: cannot list certificates");
    }
}

static void on_add(void *user, sj_question *question, const sj_certificates_add *request) {
    struct certificates_state *state = user;
    add_begin(state->scope, question, request, state->imported);
}

static int certificates_init(sj_scope *scope, void *data, sj_error *error) {
    struct certificates_state *state = data;
    state->scope = scope;
    state->imported = sj_certificates_imported_topic(scope, error);
    if (state->imported == NULL ||
        sj_answer_certificates_export(scope, on_export, state, error) == NULL ||
        sj_answer_certificates_consolidate(scope, on_consolidate, state, error) == NULL ||
        sj_answer_certificates_import(scope, on_import, state, error) == NULL ||
        sj_answer_certificates_remove(scope, on_remove, state, error) == NULL ||
        sj_answer_certificates_trust(scope, on_trust, state, error) == NULL ||
        sj_answer_certificates_distrust(scope, on_distrust, state, error) == NULL ||
        sj_answer_certificates_add(scope, on_add, state, error) == NULL ||
        sj_answer_certificates_list(scope, on_list, state, error) == NULL) {
        return error->code;
    }
    return SJ_OK;
}

SJ_PLUGIN("certificates", "Cisco Bulk Certificate Management", SOJOURN_VERSION,
          "Exports, consolidates and imports certificates, so that clusters can trust each other.",
          "",
          "request:certificates.export request:certificates.consolidate "
          "request:certificates.import request:certificates.add request:certificates.list "
          "request:certificates.remove request:certificates.trust request:certificates.distrust "
          "event:certificates.imported",
          0, struct certificates_state, NULL, certificates_init, NULL, NULL, NULL);
