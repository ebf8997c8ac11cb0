/* A question to the Dialed Number Analyzer Server of another cluster. */
#ifndef DNA_CLUSTER_QUESTION_H
#define DNA_CLUSTER_QUESTION_H

#include "dna.h"

/* The body of an answer with HTTP 200; or NULL, and why there is none. Borrowed for the callback.
 */
typedef void cluster_answer_fn(void *user, const char *body, size_t length, const char *reason);

/* POSTs `body` to `path` at the cluster: its addresses one after the other, until one answers or
 * `deadline` (monotonic ms) is there. `body` is taken over (sj_text_free), NULL: no memory for it.
 * `done` runs once, now or later, unless `scope` closes before. */
void cluster_question_ask(struct dna *dna, sj_scope *scope, const char *cluster_id,
                          const char *path, char *body, uint64_t deadline, cluster_answer_fn *done,
                          void *user);

#endif
