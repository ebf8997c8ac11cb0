/* Asks the cluster in which travellers are over which gateways their emergency calls leave there.
 */
#include <stdlib.h>

#include "cluster_question.h"
#include "emergency.h"

enum { WAIT_MS = 10000 };

struct visited {
    struct dna *dna;
    sj_scope *scope;
    visited_rows_fn *done;
    void *user;
};

static void closed(void *user) {
    free(user);
}

static void on_answer(void *user, const void *answer, const char *reason) {
    struct visited *visited = user;
    visited->done(visited->user, reason[0] != '\0' ? NULL : answer, reason);
    sj_scope_close(visited->scope);
}

static const char *cluster_of(const void *answer) {
    return ((const sj_intercluster_emergency_answer *)answer)->cluster_id;
}

static const char *cause_of(const void *said) {
    const sj_intercluster_emergency_answer *answer = said;
    return answer->code != 0 ? answer->cause : NULL;
}

void emergency_visited_ask(struct dna *dna, sj_scope *scope,
                           const struct visited_question *question, visited_rows_fn *done,
                           void *user) {
    static const struct cluster_question_kind kind = {
        "intercluster/v1/emergency", &sj_intercluster_emergency_answer_meta, cluster_of, cause_of};
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
    const sj_intercluster_emergency message = {.protocol = 1,
                                               .cluster_id = dna->scope->host->node->cluster_id,
                                               .numbers = question->numbers,
                                               .numbers_count = question->numbers_count,
                                               .at = question->at,
                                               .calling_numbers = question->calling_numbers,
                                               .calling_numbers_count = question->numbers_count};
    cluster_question_ask(dna, own, question->cluster_id, &kind,
                         sj_intercluster_emergency_to_json(dna->scope, &message),
                         soon < question->until ? soon : question->until, on_answer, visited);
}
