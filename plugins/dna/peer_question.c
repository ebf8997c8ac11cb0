/* Takes questions of other clusters: only of one that has a remote cluster record here, only about
 * itself, and no more at once than its share. */
#include <stdlib.h>

#include "peer_question.h"
#include "resources/remote_cluster.h"

enum { QUESTION_MOST = 16 * 1024 };

/* Where a kind of question is asked. */
struct place {
    struct dna *dna;
    const struct peer_kind *kind;
};

static void closed(void *user) {
    struct peer_question *asked = user;
    sj_list_remove(&asked->link);
    sj_record_free(asked->dna->scope, asked->message);
    free(asked);
}

static void refuse(struct dna *dna, sj_http_request *request, int status, const char *why) {
    sj_http_reply_text(dna->scope, request, status, "text/plain; charset=UTF-8", why);
}

void peer_question_answer(struct peer_question *asked, char *json) {
    if (json == NULL) {
        refuse(asked->dna, asked->request, 503, "no memory for the answer");
    } else {
        sj_http_reply_text(asked->dna->scope, asked->request, 200, "application/json", json);
        sj_text_free(asked->dna->scope, json);
    }
    sj_scope_close(asked->scope);
}

static bool is_paired(struct dna *dna, const char *cluster_id) {
    sj_remote_cluster *record = NULL;
    const bool paired = sj_remote_cluster_get(dna->scope, cluster_id, &record, NULL) == SJ_OK;
    sj_record_free(dna->scope, record);
    return paired;
}

/* A cluster has a share only, so that the others are answered when it asks too much. */
static bool has_place(struct dna *dna, const struct peer_kind *kind, const char *cluster_id) {
    size_t all = 0, of_it = 0;
    SJ_LIST_EACH(asked, &dna->peer_questions, struct peer_question, link) {
        if (asked->kind == kind) {
            all++;
            of_it += strcmp(kind->cluster_of(asked->message), cluster_id) == 0 ? 1 : 0;
        }
    }
    return all < kind->at_once && of_it < kind->of_one_cluster;
}

static void take(struct dna *dna, const struct peer_kind *kind, sj_http_request *request,
                 void *message) {
    struct peer_question *asked = calloc(1, sizeof *asked);
    sj_scope *scope = asked == NULL ? NULL : sj_scope_open(dna->scope, kind->what, closed, asked);
    if (scope == NULL) {
        free(asked);
        sj_record_free(dna->scope, message);
        refuse(dna, request, 503, "no memory for the question");
        return;
    }
    *asked = (struct peer_question){.dna = dna,
                                    .scope = scope,
                                    .kind = kind,
                                    .request = request,
                                    .message = message,
                                    .since_ms = sj_monotonic_ms(dna->scope)};
    sj_list_add_last(&dna->peer_questions, &asked->link);
    kind->ask(asked);
}

static void on_question(void *user, sj_http_request *request) {
    const struct place *place = user;
    struct dna *dna = place->dna;
    void *message = NULL;
    sj_error error = {0};
    if (request->body_length > QUESTION_MOST) {
        refuse(dna, request, 400, "the question is too long");
    } else if (!has_place(dna, place->kind, request->peer_cluster)) {
        refuse(dna, request, 503, "this cluster or all others together ask too much at once");
    } else if (dna->scope->host->record_from_json(place->kind->message, request->body,
                                                  request->body_length, &message,
                                                  &error) != SJ_OK) {
        refuse(dna, request, 400, error.text);
    } else if (strcmp(place->kind->cluster_of(message), request->peer_cluster) != 0 ||
               !is_paired(dna, request->peer_cluster)) {
        refuse(dna, request, 403,
               "the certificate is of another cluster than the question, or of none that has a "
               "remote cluster record here");
        sj_record_free(dna->scope, message);
    } else {
        take(dna, place->kind, request, message);
    }
}

int peer_question_open(struct dna *dna, const struct peer_kind *kind, sj_error *error) {
    struct place *place = sj_scope_alloc(dna->scope, sizeof *place);
    if (place == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "no memory for %s", kind->path);
    }
    *place = (struct place){dna, kind};
    return sj_http_route(dna->scope, "POST", kind->path, SJ_ROUTE_PEER_CLUSTER, on_question, place,
                         error) != NULL
               ? SJ_OK
               : error->code;
}
