/* What the node file says becomes what plugins see of the node. */
#ifndef SJ_HOST_FACTS_H
#define SJ_HOST_FACTS_H

#include "config.h"
#include "node.h"

/* Fills node->facts and node->config; `config` outlives the node. */
void sj_node_set_facts(struct node *node, struct config *config);

#endif
