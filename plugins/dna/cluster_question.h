/* A question to the Dialed Number Analyzer Server of another cluster. */
#ifndef DNA_CLUSTER_QUESTION_H
#define DNA_CLUSTER_QUESTION_H

#include "dna.h"

/* A kind of question, and how its answers are read. */
struct cluster_question_kind {
    const char *path;
    const sj_record_meta *answer;
    const char *(*cluster_of)(const void *answer); /* who has answered */
    const char *(*cause_of)(const void *answer);   /* why that cannot say it; NULL: it says it */
};

/* What the cluster has said, with `reason` "". Otherwise why it has not: `answer` is NULL, or what
 * it said beside the cause. Borrowed for the callback. */
typedef void cluster_answer_fn(void *user, const void *answer, const char *reason);

/* POSTs `body` to the cluster: to its addresses one after the other, until one answers or
 * `deadline` (monotonic ms) is there. `body` is taken over (sj_text_free), NULL: no memory for it.
 * `done` runs once, now or later, unless `scope` closes before. */
void cluster_question_ask(struct dna *dna, sj_scope *scope, const char *cluster_id,
                          const struct cluster_question_kind *kind, char *body, uint64_t deadline,
                          cluster_answer_fn *done, void *user);

#endif
