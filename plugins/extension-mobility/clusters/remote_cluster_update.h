/* Asks remote clusters for their state. */
#ifndef EM_REMOTE_CLUSTER_UPDATE_H
#define EM_REMOTE_CLUSTER_UPDATE_H

#include "em.h"

int em_cluster_update_open(struct em *em, sj_error *error);
/* Asks one remote cluster, or all (NULL), for its state, in the background. */
void em_cluster_update_start(struct em *em, const char *cluster_id);
/* Asks one, or all (NULL), and calls `then` when each has answered or the time is over. */
void em_cluster_update_then(struct em *em, const char *cluster_id, int64_t timeout_ms,
                            void (*then)(void *user), void *user);

#endif
