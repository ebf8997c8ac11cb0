/* What comes behind this cluster's decision about a call: whether there is bandwidth on the way,
 * and what the cluster does that the call goes to, asked of that live. */
#ifndef DNA_CONTINUATION_H
#define DNA_CONTINUATION_H

#include "dna.h"

enum {
    CONTINUATION_WAIT_MS = 5000, /* for all of it */
    WAY_MAX = 8,                 /* clusters one behind the other */
    PEER_STEPS_MAX = 600,        /* in one answer between clusters */
};

/* The reply again, and steps that follow its own; borrowed for the callback. */
typedef void continuation_fn(void *user, const sj_call_analyse_reply *reply,
                             const sj_routing_step *steps, size_t count,
                             const struct dna_continued *continued);

/* `done` runs once, now or later, unless `scope` closes before. What cannot be learned is a step
 * that says why. `call` and `request`, which the reply answers, stay valid until then; of the reply
 * it takes a copy. The request is asked again when a hunt goes on without somebody. */
void continuation_find(struct dna *dna, sj_scope *scope, const struct dna_call *call,
                       const sj_call_analyse *request, const sj_call_analyse_reply *reply,
                       continuation_fn *done, void *user);

/* Whether a call to `digits` has come through the cluster before. `way` holds "CLUSTER DIGITS". */
bool way_has(const char *const *way, size_t count, const char *cluster_id, const char *digits);
/* "CLUSTER DIGITS" */
void way_entry(char *entry, size_t room, const char *cluster_id, const char *digits);

#endif
