/* The ports of both nodes of a world, as their checks connect them: served, dead, or with another
 * server behind them (world.dead_port, world.strange_port). */
#ifndef EM_PORTS_H
#define EM_PORTS_H

#include "em_world.h"

/* Answers what has come since. */
void ports_serve(struct world *world);
/* A call to a node's own HTTP port; false when it goes elsewhere. */
bool ports_answer_http(const struct world *world, const sj_http_call *call, sj_http_result *result);

#endif
