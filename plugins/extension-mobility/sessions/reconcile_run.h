/* Compares the sessions with other clusters and acts on the difference. */
#ifndef EM_RECONCILE_RUN_H
#define EM_RECONCILE_RUN_H

#include "em.h"
#include "messages/intercluster.h"

/* Compares with each cluster that answers an update. */
void em_reconcile_open(struct em *em);
void em_reconcile_as(struct em *em, const char *cluster_id, bool as_maintenance);
/* Acts on the view of the other cluster, for phones up to and with `until` ("": all). `made_after`:
 * the view is not older than that (clock of this node), so that a session begun later is not judged
 * by it. */
void em_reconcile_apply(struct em *em, const char *cluster_id,
                        const sj_intercluster_reconcile *theirs, const char *until,
                        int64_t made_after, bool as_maintenance);
/* A page of the sessions with a cluster as this side has them: phones after `after` and up to
 * `until` ("": no bound); until_device of the view says how far it reaches. Memory of `scope`. NULL
 * when memory is short or the store fails. */
const sj_intercluster_reconcile *em_reconcile_make_view(struct em *em, sj_scope *scope,
                                                        const char *cluster_id, const char *after,
                                                        const char *until);

#endif
