/* What `emcc validate` and `emcc check` say of servers, ports and trunks is tried at that moment,
 * never concluded from the configuration alone: files are fetched and looked at, ports are
 * connected, trunks are asked. */
#ifndef EM_OBSERVE_H
#define EM_OBSERVE_H

#include "checks/findings.h"

struct em_observation {
    struct em_observation *next;
    const char *cluster_id; /* of which remote cluster; "" of this one */
    bool problem;           /* else a note */
    const char *sentence;
};

struct em_observations {
    int64_t at;                           /* when it was done */
    struct em_observation *first, **last; /* in the order in which it was found */
    bool incomplete; /* memory was short: something was not tried, or not written down */
};

/* `done` runs once, perhaps within the call, unless the scope closes before; what it gets lives as
 * long as the scope. NULL when memory is short. */
typedef void (*observed_fn)(void *user, const struct em_observations *observations);

/* Tries what this cluster promises, and what the remote clusters with EMCC do: one of them, or all
 * (""). `home_side`: also what this cluster's own travellers need. */
void em_observe(struct em *em, sj_scope *scope, const char *cluster_id, bool home_side,
                observed_fn done, void *user);

/* What was found of one cluster, as findings; of this one ("") also that not all could be tried.
 * NULL: nothing could. */
void em_observe_report(struct em_findings *findings, const struct em_observations *observations,
                       const char *cluster_id);

#endif
