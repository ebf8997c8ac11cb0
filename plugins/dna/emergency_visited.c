/* Asks the cluster in which travellers are over which gateways their emergency calls leave there.
 */
#include <stdlib.h>

#include "cluster_question.h"
#include "emergency.h"

enum { WAIT_MS = 10000 };

struct visited {
    struct dna *dna;
    sj_scope *scope;
    char cluster_id[52];
    visited_rows_fn *done;
    void *user;
};

static void closed(void *user) {
    free(user);
}

static void finish(struct visited *visited, const sj_intercluster_emergency_answer *answer,
                   const char *why) {
    visited->done(visited->user, answer, why);
    sj_scope_close(visited->scope);
}

static void on_answer(void *user, const char *body, size_t length, const char *reason) {
    struct visited *visited = user;
    sj_scope *scope = visited->dna->scope;
    sj_intercluster_emergency_answer *answer = NULL;
    sj_error error = {0};
    if (body == NULL) {
        finish(visited, NULL, reason);
    } else if (sj_intercluster_emergency_answer_from_json(scope, body, length, &answer, &error) !=
               SJ_OK) {
        finish(visited, NULL, error.text);
    } else if (strcmp(answer->cluster_id, visited->cluster_id) != 0) {
        finish(visited, NULL, "another cluster answered");
    } else if (answer->code != 0) {
        finish(visited, NULL, answer->cause);
    } else {
        finish(visited, answer, "");
    }
    sj_record_free(scope, answer);
}

void emergency_visited_ask(struct dna *dna, sj_scope *scope,
                           const struct visited_question *question, visited_rows_fn *done,
                           void *user) {
    const uint64_t soon = sj_monotonic_ms(dna->scope) + WAIT_MS;
    struct visited *visited = calloc(1, sizeof *visited);
    sj_scope *own =
        visited == NULL ? NULL : sj_scope_open(scope, "visited cluster", closed, visited);
    if (own == NULL) {
        free(visited);
        done(user, NULL, "no memory for the question");
        return;
    }
    *visited = (struct visited){.dna = dna, .scope = own, .done = done, .user = user};
    (void)snprintf(visited->cluster_id, sizeof visited->cluster_id, "%s", question->cluster_id);
    const sj_intercluster_emergency message = {.protocol = 1,
                                               .cluster_id = dna->scope->host->node->cluster_id,
                                               .numbers = question->numbers,
                                               .numbers_count = question->numbers_count,
                                               .at = question->at};
    cluster_question_ask(dna, own, question->cluster_id, "intercluster/v1/emergency",
                         sj_intercluster_emergency_to_json(dna->scope, &message),
                         soon < question->until ? soon : question->until, on_answer, visited);
}
