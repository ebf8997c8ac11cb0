/* Calls of travellers, above all emergency calls. */
#ifndef EM_CHECK_CALLS_H
#define EM_CHECK_CALLS_H

#include "checks/findings.h"
#include "resources/remote_cluster.h"

bool em_check_returns_to_visited_cluster(sj_scope *scope, const char *route_list);
void em_check_place(struct em_findings *findings, const sj_remote_cluster *cluster,
                    const sj_remote_cluster_status_place *place);
/* What comes back from home clusters over the EMCC trunk. */
void em_check_returned_calls(struct em_findings *findings);
/* Whether phones of a device pool find a node to register with. */
void em_check_nodes_of_pool(struct em_findings *findings, const char *device_pool,
                            const char *used_for);

#endif
