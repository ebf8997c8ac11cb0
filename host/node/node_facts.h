/* What the node file says becomes what plugins see of the node. */
#ifndef SJ_HOST_NODE_NODE_FACTS_H
#define SJ_HOST_NODE_NODE_FACTS_H

#include "host/core/node.h"
#include "host/node/node_file.h"

/* Fills node->facts and node->settings; `config` outlives the node. */
void sj_node_set_facts(struct node *node, const struct config *config);
void sj_node_settings_read(struct node_settings *settings, const struct config *config);

#endif
