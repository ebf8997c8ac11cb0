/* Asks the cluster's addresses one after the other: the name in its record, then what its last
 * update told. */
#include "cluster_question.h"

#include <stdlib.h>

#include "resources/remote_cluster.h"

enum { ANSWER_MOST = 1024 * 1024, ADDRESSES_MOST = 16 };

struct cluster_question {
    struct dna *dna;
    sj_scope *scope; /* its own */
    char cluster_id[52], path[64];
    char *body;
    const char *addresses[ADDRESSES_MOST];
    size_t addresses_count, address;
    int64_t https_port;
    uint64_t deadline;
    cluster_answer_fn *done;
    void *user;
    char reason[500]; /* why the last address was of no use */
};

static void closed(void *user) {
    struct cluster_question *question = user;
    sj_text_free(question->dna->scope, question->body);
    free(question);
}

static void finish(struct cluster_question *question, const char *body, size_t length,
                   const char *reason) {
    question->done(question->user, body, length, reason);
    sj_scope_close(question->scope);
}

static void add_address(struct cluster_question *question, const char *address) {
    for (size_t i = 0; i < question->addresses_count; i++) {
        if (strcmp(question->addresses[i], address) == 0) {
            return;
        }
    }
    const char *kept = sj_scope_strdup(question->scope, address);
    if (question->addresses_count < ADDRESSES_MOST && sj_given(kept)) {
        question->addresses[question->addresses_count++] = kept;
    }
}

static bool find_addresses(struct cluster_question *question) {
    sj_scope *scope = question->dna->scope;
    sj_remote_cluster *cluster = NULL;
    sj_remote_cluster_status *status = NULL;
    if (sj_remote_cluster_get(scope, question->cluster_id, &cluster, NULL) != SJ_OK) {
        return false;
    }
    add_address(question, cluster->fully_qualified_name);
    question->https_port = cluster->https_port;
    if (sj_remote_cluster_status_get(scope, cluster->cluster_id, &status, NULL) == SJ_OK) {
        for (size_t i = 0; i < status->services_count; i++) {
            for (size_t j = 0; j < status->services[i].addresses_count; j++) {
                add_address(question, status->services[i].addresses[j]);
            }
        }
    }
    sj_record_free(scope, status);
    sj_record_free(scope, cluster);
    return true;
}

static void ask_address(struct cluster_question *question);

static void next_address(struct cluster_question *question) {
    if (++question->address < question->addresses_count) {
        ask_address(question);
    } else {
        finish(question, NULL, 0, question->reason);
    }
}

static void on_answer(void *user, const sj_http_result *result) {
    struct cluster_question *question = user;
    const char *address = question->addresses[question->address];
    if (result->status == SJ_E_TIMEOUT) {
        (void)snprintf(question->reason, sizeof question->reason, "%.200s did not answer in time",
                       address);
        next_address(question);
    } else if (result->status != SJ_OK) {
        (void)snprintf(question->reason, sizeof question->reason, "%.200s: %.250s", address,
                       result->error->text);
        next_address(question);
    } else if (result->http_status == 404 || result->http_status == 503) {
        (void)snprintf(question->reason, sizeof question->reason,
                       "the Dialed Number Analyzer Server does not run on %.200s, or is busy",
                       address);
        next_address(question);
    } else if (result->http_status != 200) {
        (void)snprintf(question->reason, sizeof question->reason, "%.200s answers %d: %.200s",
                       address, result->http_status, result->body);
        finish(question, NULL, 0, question->reason);
    } else {
        finish(question, result->body, result->body_length, "");
    }
}

static void ask_address(struct cluster_question *question) {
    static const sj_http_header headers[] = {{"Content-Type", "application/json"}};
    const char *address = question->addresses[question->address];
    const int64_t left =
        (int64_t)question->deadline - (int64_t)sj_monotonic_ms(question->dna->scope);
    sj_error error = {0};
    char url[400];
    sj_http_url(url, sizeof url, "https", address, question->https_port, question->path);
    const sj_http_call call = {.size = sizeof call,
                               .method = "POST",
                               .url = url,
                               .headers = headers,
                               .headers_count = 1,
                               .body = question->body,
                               .body_length = strlen(question->body),
                               .timeout_ms = left,
                               .answer_max = ANSWER_MOST,
                               .peer_cluster = question->cluster_id};
    if (left <= 0) {
        finish(question, NULL, 0,
               question->reason[0] != '\0' ? question->reason : "no time is left to ask");
    } else if (sj_http_fetch(question->scope, &call, on_answer, question, &error) == NULL) {
        finish(question, NULL, 0, error.text);
    }
}

void cluster_question_ask(struct dna *dna, sj_scope *scope, const char *cluster_id,
                          const char *path, char *body, uint64_t deadline, cluster_answer_fn *done,
                          void *user) {
    struct cluster_question *question = body == NULL ? NULL : calloc(1, sizeof *question);
    sj_scope *own =
        question == NULL ? NULL : sj_scope_open(scope, "cluster question", closed, question);
    if (own == NULL) {
        free(question);
        sj_text_free(dna->scope, body);
        done(user, NULL, 0, "no memory for the question");
        return;
    }
    *question = (struct cluster_question){
        .dna = dna, .scope = own, .body = body, .deadline = deadline, .done = done, .user = user};
    (void)snprintf(question->cluster_id, sizeof question->cluster_id, "%s", cluster_id);
    (void)snprintf(question->path, sizeof question->path, "%s", path);
    if (!find_addresses(question)) {
        finish(question, NULL, 0, "its remote cluster record is not there any more");
    } else if (question->addresses_count == 0) {
        finish(question, NULL, 0, "it has no address");
    } else {
        ask_address(question);
    }
}
