/* POST /intercluster/v1/emergency: a paired cluster asks over which gateways its users call for
 * help who are logged in on phones here. The emergency matrix of this cluster has them as rows. */
#include <stdlib.h>

#include "emergency.h"

enum { QUESTION_MOST = 16 * 1024, MATRIX_MS = 20000, CANNOT_SAY = 1 };

struct peer_matrix {
    struct dna *dna;
    sj_scope *scope;
    sj_http_request *request;
    sj_intercluster_emergency *message;
};

static void closed(void *user) {
    struct peer_matrix *asked = user;
    asked->dna->matrix_asked = false;
    sj_record_free(asked->dna->scope, asked->message);
    free(asked);
}

static void refuse(struct dna *dna, sj_http_request *request, int status, const char *why) {
    sj_http_reply_text(dna->scope, request, status, "text/plain; charset=UTF-8", why);
}

static void reply(struct peer_matrix *asked, sj_intercluster_emergency_answer answer) {
    sj_scope *scope = asked->dna->scope;
    answer.protocol = 1;
    answer.cluster_id = scope->host->node->cluster_id;
    char *json = sj_intercluster_emergency_answer_to_json(scope, &answer);
    if (json == NULL) {
        refuse(asked->dna, asked->request, 503, "no memory for the answer");
    } else {
        sj_http_reply_text(scope, asked->request, 200, "application/json", json);
        sj_text_free(scope, json);
    }
    sj_scope_close(asked->scope);
}

/* The rows about the asker's users. */
static void on_matrix(void *user, int status, const sj_error *error,
                      const sj_dna_emergency_reply *matrix) {
    struct peer_matrix *asked = user;
    if (status != SJ_OK) {
        reply(asked, (sj_intercluster_emergency_answer){.code = CANNOT_SAY, .cause = error->text});
        return;
    }
    sj_intercluster_emergency_answer_row *rows = calloc(VISITED_ROWS_MAX, sizeof *rows);
    size_t count = 0;
    bool cut = rows == NULL;
    for (size_t i = 0; rows != NULL && i < matrix->rows_count; i++) {
        const sj_dna_emergency_reply_row *row = &matrix->rows[i];
        if (strcmp(row->cluster_id, asked->message->cluster_id) != 0 ||
            strcmp(row->caller, EMERGENCY_VISITOR) != 0) {
            continue;
        }
        if (count == VISITED_ROWS_MAX) {
            cut = true;
            break;
        }
        rows[count++] =
            (sj_intercluster_emergency_answer_row){.place = row->place,
                                                   .number = row->number,
                                                   .gateway = row->gateway,
                                                   .called_number = row->called_number,
                                                   .calling_number = row->calling_number,
                                                   .hole = row->hole,
                                                   .text = row->text};
    }
    reply(asked, (sj_intercluster_emergency_answer){
                     .cause = "", .cut = cut, .rows = rows, .rows_count = count});
    free(rows);
}

static void ask(struct dna *dna, sj_http_request *request, sj_intercluster_emergency *message) {
    struct peer_matrix *asked = calloc(1, sizeof *asked);
    sj_scope *scope =
        asked == NULL
            ? NULL
            : sj_scope_open(dna->scope, "emergency matrix of another cluster", closed, asked);
    sj_error error = {0};
    if (scope == NULL) {
        free(asked);
        sj_record_free(dna->scope, message);
        refuse(dna, request, 503, "no memory for the question");
        return;
    }
    *asked =
        (struct peer_matrix){.dna = dna, .scope = scope, .request = request, .message = message};
    dna->matrix_asked = true;
    const sj_dna_emergency matrix = {.numbers = message->numbers,
                                     .numbers_count = message->numbers_count,
                                     .at = message->at,
                                     .here_only = true};
    if (sj_ask_dna_emergency(scope, &matrix, MATRIX_MS, on_matrix, asked, &error) != SJ_OK) {
        reply(asked, (sj_intercluster_emergency_answer){.code = CANNOT_SAY, .cause = error.text});
    }
}

static void on_question(void *user, sj_http_request *request) {
    struct dna *dna = user;
    sj_intercluster_emergency *message = NULL;
    sj_error error = {0};
    if (request->body_length > QUESTION_MOST) {
        refuse(dna, request, 400, "the question is too long");
    } else if (dna->matrix_asked) { /* one matrix is work enough */
        refuse(dna, request, 503, "another cluster asks just now");
    } else if (sj_intercluster_emergency_from_json(dna->scope, request->body, request->body_length,
                                                   &message, &error) != SJ_OK) {
        refuse(dna, request, 400, error.text);
    } else if (strcmp(message->cluster_id, request->peer_cluster) != 0 ||
               !peer_is_paired(dna, request->peer_cluster)) {
        refuse(dna, request, 403,
               "the certificate is of another cluster than the question, or of none that has a "
               "remote cluster record here");
        sj_record_free(dna->scope, message);
    } else {
        ask(dna, request, message);
    }
}

int emergency_peer_open(struct dna *dna, sj_error *error) {
    return sj_http_route(dna->scope, "POST", "/intercluster/v1/emergency", SJ_ROUTE_PEER_CLUSTER,
                         on_question, dna, error) != NULL
               ? SJ_OK
               : error->code;
}
