/* Whether the RSVP agent of a remote cluster can be used. */
#ifndef EM_RSVP_AGENT_H
#define EM_RSVP_AGENT_H

#include "em.h"
#include "resources/remote_cluster.h"

int em_rsvp_agent_open(struct em *em, sj_error *error);
/* Decides whether the RSVP agent that its cluster reports as active is used; `known`: its state so
 * far, or NULL. */
void em_rsvp_agent_decide(const sj_remote_cluster_status *known, bool regions_equal,
                          sj_remote_cluster_status_service *row);

#endif
