/* Asks the cluster's addresses one after the other, each with its share of the time: the one that
 * answered last, what its last update told, the name in its record; and reads the answer. */
#include "cluster_question.h"

#include <stdlib.h>

#include <sojourn/base/utf8.h>

#include "parameters/emcc.h"
#include "resources/remote_cluster.h"

enum { ANSWER_MOST = 1024 * 1024, LEARNT_MOST = 32, UPDATES_MISSED = 3 };

/* The address of a cluster that answered last. */
struct dna_answered {
    sj_list_link link;
    char cluster_id[52], address[SJ_PEER_ADDRESS_ROOM];
};

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

static struct dna_answered *answered_of(struct dna *dna, const char *cluster_id) {
    SJ_LIST_EACH(answered, &dna->answered, struct dna_answered, link) {
        if (strcmp(answered->cluster_id, cluster_id) == 0) {
            return answered;
        }
    }
    return NULL;
}

/* It is asked first from now on. One record a cluster, for the life of the service. */
static void note_answered(const struct cluster_question *question) {
    struct dna *dna = question->dna;
    struct dna_answered *answered = answered_of(dna, question->cluster_id);
    if (answered == NULL) {
        answered = sj_scope_alloc(dna->scope, sizeof *answered);
        if (answered == NULL) {
            return; /* the order stays as it is */
        }
        (void)snprintf(answered->cluster_id, sizeof answered->cluster_id, "%s",
                       question->cluster_id);
        sj_list_add_last(&dna->answered, &answered->link);
    }
    (void)snprintf(answered->address, sizeof answered->address, "%s",
                   question->addresses.texts[question->address]);
}

/* What its last update told of all its services. */
static void take_status(sj_scope *scope, const sj_remote_cluster *cluster,
                        const sj_remote_cluster_status *status, const char *learnt[LEARNT_MOST],
                        struct sj_peer_knowledge *knowledge) {
    char learnt_from[SJ_PEER_LEARNT_FROM_ROOM];
    for (size_t i = 0; i < status->services_count; i++) {
        for (size_t j = 0; j < status->services[i].addresses_count; j++) {
            if (knowledge->learnt_count < LEARNT_MOST) {
                learnt[knowledge->learnt_count++] = status->services[i].addresses[j];
            }
        }
    }
    sj_peer_addresses_learnt_from(cluster->fully_qualified_name, cluster->https_port, learnt_from);
    knowledge->same_record = strcmp(status->learnt_from, learnt_from) == 0;
    knowledge->failed = sj_given(status->reason);
    knowledge->age_ms = sj_wall_ms(scope) - status->last_succeeded;
    knowledge->most_age_ms =
        UPDATES_MISSED * sj_param_emcc_remote_cluster_update_interval(scope) * 60000;
}

static bool find_addresses(struct cluster_question *question) {
    sj_scope *scope = question->dna->scope;
    sj_remote_cluster *cluster = NULL;
    sj_remote_cluster_status *status = NULL;
    const char *learnt[LEARNT_MOST];
    if (sj_remote_cluster_get(scope, question->cluster_id, &cluster, NULL) != SJ_OK) {
        return false;
    }
    const struct dna_answered *answered = answered_of(question->dna, question->cluster_id);
    struct sj_peer_knowledge knowledge = {.preferred = answered != NULL ? answered->address : NULL,
                                          .configured = cluster->fully_qualified_name,
                                          .learnt = learnt};
    if (sj_remote_cluster_status_get(scope, cluster->cluster_id, &status, NULL) == SJ_OK) {
        take_status(scope, cluster, status, learnt, &knowledge);
    }
    sj_peer_addresses_choose(&knowledge, &question->addresses);
    question->https_port = cluster->https_port;
    sj_record_free(scope, status);
    sj_record_free(scope, cluster);
    return true;
}

static void ask_address(struct cluster_question *question);

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
        note_answered(question);
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
    if (!find_addresses(question)) {
        finish(question, NULL, "its remote cluster record is not there any more");
    } else if (question->addresses.count == 0) {
        finish(question, NULL, "it has no address");
    } else {
        ask_address(question);
    }
}
