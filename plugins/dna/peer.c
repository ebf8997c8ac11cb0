/* POST /intercluster/v1/analysis: a paired cluster asks how a call of its goes on here. */
#include "continuation.h"

#include <stdlib.h>

#include "messages/analysis.h"
#include "resources/remote_cluster.h"

enum { QUESTION_MOST = 16 * 1024, ASKED_AT_ONCE = 16, OF_ONE_CLUSTER = 4, CANNOT_SAY = 1 };

/* A question of another cluster, until it is answered. */
struct peer_question {
    struct dna *dna;
    sj_scope *scope;
    sj_http_request *request;
    sj_intercluster_analysis *message;
    sj_list_link link;
};

static void closed(void *user) {
    struct peer_question *asked = user;
    sj_list_remove(&asked->link);
    sj_record_free(asked->dna->scope, asked->message);
    free(asked);
}

static void reply(struct peer_question *asked, sj_intercluster_analysis_answer answer) {
    sj_scope *scope = asked->dna->scope;
    answer.protocol = 1;
    answer.cluster_id = scope->host->node->cluster_id;
    char *json = sj_intercluster_analysis_answer_to_json(scope, &answer);
    if (json == NULL) {
        sj_http_reply_text(scope, asked->request, 503, "text/plain", "out of memory\n");
    } else {
        sj_http_reply_text(scope, asked->request, 200, "application/json", json);
        sj_text_free(scope, json);
    }
    sj_scope_close(asked->scope);
}

static void cannot_say(struct peer_question *asked, const char *why) {
    reply(asked, (sj_intercluster_analysis_answer){
                     .code = CANNOT_SAY, .cause = why, .outcome = "", .explanation = ""});
}

static void on_analysed(void *user, int status, const sj_error *error,
                        const struct dna_answer *answer) {
    struct peer_question *asked = user;
    if (status != SJ_OK) {
        cannot_say(asked, error->text);
        return;
    }
    reply(asked, (sj_intercluster_analysis_answer){
                     .cause = "",
                     .outcome = answer->reply->outcome,
                     .explanation = answer->reply->explanation,
                     .not_callable = strcmp(answer->reply->outcome, "trunk") == 0 &&
                                     dna_callable(answer->reply) == NULL,
                     .steps = answer->steps,
                     .steps_count = answer->steps_count > PEER_STEPS_MAX ? PEER_STEPS_MAX
                                                                         : answer->steps_count});
}

static void ask(struct peer_question *asked) {
    const sj_intercluster_analysis *message = asked->message;
    const bool returns = sj_given(message->device_name);
    const struct dna_call call = {.caller = {.device_name = message->device_name,
                                             .returned = returns,
                                             .calling_number = message->calling_number},
                                  .digits = message->digits,
                                  .at = message->at,
                                  .phones_assumed = message->phones_assumed,
                                  .remote_cluster_id = message->cluster_id,
                                  .route_string = message->route_string,
                                  .from_location = message->from_location,
                                  .continues = true,
                                  .way = message->way,
                                  .way_count = message->way_count,
                                  .wait_ms = message->wait_ms < CONTINUATION_WAIT_MS
                                                 ? message->wait_ms
                                                 : CONTINUATION_WAIT_MS};
    sj_error error = {0};
    if (dna_ask(asked->dna, asked->scope, &call, on_analysed, asked, &error) != SJ_OK) {
        cannot_say(asked, error.text);
    }
}

/* Texts no longer than the requests of the bus allow; and no circle. */
static const char *fault_of(const struct peer_question *asked) {
    const sj_intercluster_analysis *message = asked->message;
    if (strlen(message->digits) > 320 || strlen(message->calling_number) > 63 ||
        strlen(message->device_name) > 128 || strlen(message->route_string) > 64 ||
        strlen(message->at) > 32 || strlen(message->from_location) > 50) {
        return "a text of the question is too long";
    }
    if (message->way_count >= WAY_MAX || message->wait_ms <= 0) {
        return "the call has come through too many clusters, or there is no time left";
    }
    return way_has(message->way, message->way_count, asked->dna->scope->host->node->cluster_id,
                   message->digits)
               ? "the call has been here with the same number: it goes in a circle"
               : NULL;
}

bool peer_is_paired(struct dna *dna, const char *cluster_id) {
    sj_remote_cluster *record = NULL;
    const bool paired = sj_remote_cluster_get(dna->scope, cluster_id, &record, NULL) == SJ_OK;
    sj_record_free(dna->scope, record);
    return paired;
}

static void refuse(struct dna *dna, sj_http_request *request, int status, const char *why) {
    sj_http_reply_text(dna->scope, request, status, "text/plain; charset=UTF-8", why);
}

/* A cluster has a share only, so that the others are answered when it asks too much. */
static bool has_place(struct dna *dna, const char *cluster_id) {
    size_t all = 0, of_it = 0;
    SJ_LIST_EACH(asked, &dna->peer_questions, struct peer_question, link) {
        all++;
        of_it += strcmp(asked->message->cluster_id, cluster_id) == 0 ? 1 : 0;
    }
    return all < ASKED_AT_ONCE && of_it < OF_ONE_CLUSTER;
}

static void on_question(void *user, sj_http_request *request) {
    struct dna *dna = user;
    sj_intercluster_analysis *message = NULL;
    sj_error error = {0};
    if (request->body_length > QUESTION_MOST) {
        refuse(dna, request, 400, "the question is too long");
        return;
    }
    if (!has_place(dna, request->peer_cluster)) {
        refuse(dna, request, 503, "this cluster or all others together ask too much at once");
        return;
    }
    if (sj_intercluster_analysis_from_json(dna->scope, request->body, request->body_length,
                                           &message, &error) != SJ_OK) {
        refuse(dna, request, 400, error.text);
        return;
    }
    if (strcmp(message->cluster_id, request->peer_cluster) != 0 ||
        !peer_is_paired(dna, request->peer_cluster)) {
        refuse(dna, request, 403,
               "the certificate is of another cluster than the question, or of "
               "none that has a remote cluster record here");
        sj_record_free(dna->scope, message);
        return;
    }
    struct peer_question *asked = calloc(1, sizeof *asked);
    sj_scope *scope = asked == NULL
                          ? NULL
                          : sj_scope_open(dna->scope, "analysis of another cluster", closed, asked);
    if (scope == NULL) {
        free(asked);
        sj_record_free(dna->scope, message);
        refuse(dna, request, 503, "out of memory");
        return;
    }
    *asked =
        (struct peer_question){.dna = dna, .scope = scope, .request = request, .message = message};
    sj_list_add_last(&dna->peer_questions, &asked->link);
    const char *fault = fault_of(asked);
    if (fault != NULL) {
        cannot_say(asked, fault);
    } else {
        ask(asked);
    }
}

int peer_open(struct dna *dna, sj_error *error) {
    return sj_http_route(dna->scope, "POST", "/intercluster/v1/analysis", SJ_ROUTE_PEER_CLUSTER,
                         on_question, dna, error) != NULL
               ? SJ_OK
               : error->code;
}
