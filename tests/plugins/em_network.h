/* The network between the two clusters of em_world.h. */
#ifndef EM_NETWORK_H
#define EM_NETWORK_H

#include "em_world.h"

extern const char *const cluster_names[CLUSTERS];

/* The world that is open, and which of its clusters a scope belongs to. */
struct world *network_world(void);
int network_cluster_of(const sj_scope *scope);

void network_open(struct world *world);
/* Calls to others from this node travel through the network. */
void network_connect(sj_scope *scope);
/* step_ms have passed: what has arrived by now is delivered. */
void network_pump(struct world *world, int64_t step_ms);
void network_close(struct world *world);

#endif
