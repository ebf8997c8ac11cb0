/* Asks the cluster's addresses one after the other, each with its share of the time: the one that
 * answered last, what its last update told, the name in its record; and reads the answer. */
#include "cluster_question.h"

#include <stdlib.h>

#include <sojourn/base/utf8.h>

enum { ANSWER_MOST = 1024 * 1024 };

struct cluster_question {
    struct dna *dna;
    sj_scope *scope; /* its own */
    char cluster_id[52];
    const struct cluster_question_kind *kind;
    char *body;
    struct sj_peer_addresses addresses;
    size_t address; /* that is asked */
    int64_t https_port;
    uint64_t deadline;
    cluster_answer_fn *done;
    void *user;
    char reason[500]; /* why the last address was of no use */
};

static void closed(void *user) {
    struct cluster_question *question = user;
    sj_text_free(question->dna->scope, question->body);
    sj_peer_addresses_free(&question->addresses);
    free(question);
}

static void finish(struct cluster_question *question, const void *answer, const char *reason) {
    question->done(question->user, answer, reason);
    sj_scope_close(question->scope);
}

/* The one reader of what another cluster says. */
static void read_answer(struct cluster_question *question, const char *body, size_t length) {
    const struct cluster_question_kind *kind = question->kind;
    sj_scope *scope = question->dna->scope;
    void *answer = NULL;
    sj_error error = {0};
    if (scope->host->record_from_json(kind->answer, body, length, &answer, &error) != SJ_OK) {
        (void)snprintf(question->reason, sizeof question->reason,
                       "its answer cannot be read: %.200s", error.text);
        finish(question, NULL, question->reason);
    } else if (strcmp(kind->cluster_of(answer), question->cluster_id) != 0) {
        finish(question, NULL, "another cluster answered");
    } else {
        const char *cause = kind->cause_of(answer);
        sj_utf8_one_line(question->reason, sizeof question->reason,
                         cause == NULL      ? ""
                         : cause[0] != '\0' ? cause
                                            : "it does not say why");
        finish(question, answer, question->reason);
    }
    sj_record_free(scope, answer);
}

static void ask_address(struct cluster_question *question);

/* The next question begins with it. */
static void note_address(const struct cluster_question *question) {
    sj_peer_memory_note(&question->dna->peer_memory, question->dna->scope, question->cluster_id,
                        &question->addresses, question->address);
}

static void next_address(struct cluster_question *question) {
    if (++question->address < question->addresses.count) {
        ask_address(question);
    } else {
        finish(question, NULL, question->reason);
    }
}

static void on_answer(void *user, const sj_http_result *result) {
    struct cluster_question *question = user;
    const char *address = question->addresses.texts[question->address];
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
        finish(question, NULL, question->reason);
    } else {
        note_address(question);
        read_answer(question, result->body, result->body_length);
    }
}

static void ask_address(struct cluster_question *question) {
    static const sj_http_header headers[] = {{"Content-Type", "application/json"}};
    const char *address = question->addresses.texts[question->address];
    const int64_t left =
        (int64_t)question->deadline - (int64_t)sj_monotonic_ms(question->dna->scope);
    sj_error error = {0};
    char url[400];
    sj_http_url(url, sizeof url, "https", address, question->https_port, question->kind->path);
    const sj_http_call call = {
        .size = sizeof call,
        .method = "POST",
        .url = url,
        .headers = headers,
        .headers_count = 1,
        .body = question->body,
        .body_length = strlen(question->body),
        .timeout_ms = sj_peer_addresses_share(left, question->addresses.count - question->address),
        .answer_max = ANSWER_MOST,
        .peer_cluster = question->cluster_id};
    if (left <= 0) {
        note_address(question); /* it is its turn then */
        finish(question, NULL,
               question->reason[0] != '\0' ? question->reason : "no time is left to ask");
    } else if (sj_http_fetch(question->scope, &call, on_answer, question, &error) == NULL) {
        finish(question, NULL, error.text);
    }
}

void cluster_question_ask(struct dna *dna, sj_scope *scope, const char *cluster_id,
                          const struct cluster_question_kind *kind, char *body, uint64_t deadline,
                          cluster_answer_fn *done, void *user) {
    struct cluster_question *question = body == NULL ? NULL : calloc(1, sizeof *question);
    sj_scope *own =
        question == NULL ? NULL : sj_scope_open(scope, "cluster question", closed, question);
    if (own == NULL) {
        free(question);
        sj_text_free(dna->scope, body);
        done(user, NULL, "no memory for the question");
        return;
    }
    *question = (struct cluster_question){.dna = dna,
                                          .scope = own,
                                          .kind = kind,
                                          .body = body,
                                          .deadline = deadline,
                                          .done = done,
                                          .user = user};
    (void)snprintf(question->cluster_id, sizeof question->cluster_id, "%s", cluster_id);
    const int found =
        sj_peer_addresses_read(dna->scope, cluster_id, SJ_PEER_ANY_SERVICE, &dna->peer_memory,
                               &question->addresses, &question->https_port, NULL);
    if (found == SJ_E_NOT_FOUND) {
        finish(question, NULL, "its remote cluster record is not there any more");
    } else if (found != SJ_OK) {
        finish(question, NULL, "no memory for its addresses");
    } else if (question->addresses.count == 0) {
        finish(question, NULL, "it has no address");
    } else {
        ask_address(question);
    }
}
