/* Bandwidth at the clusters where users of this one are logged in: their Location Bandwidth
 * Managers are asked for the call manager of this node, when the row LBM of the remote cluster is
 * on and active. What comes of it is seen in that row. */
#ifndef EM_VISITED_BANDWIDTH_H
#define EM_VISITED_BANDWIDTH_H

#include "em.h"

int em_visited_bandwidth_open(struct em *em, sj_error *error);

#endif
