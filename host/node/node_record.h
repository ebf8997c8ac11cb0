/* The node's own record (resource node): how others of the cluster find it. */
#ifndef SJ_HOST_NODE_NODE_RECORD_H
#define SJ_HOST_NODE_NODE_RECORD_H

#include <sojourn/error.h>

struct node;

/* Writes it as the node is now: its address, ports, software. After the servers listen, before the
 * plugins start. */
int sj_node_record_open(struct node *node, sj_error *error);
/* The record stays: a node that is down is still one of the cluster. */
void sj_node_record_close(struct node *node);

#endif
