/* Writes the node's own record when it starts, so that all nodes of the cluster know it. */
#include "host/node/node_record.h"

#include <string.h>

#include "host/core/node.h"
#include "resources/node.h"

int sj_node_record_open(struct node *node, sj_error *error) {
    const struct sj_node *facts = &node->facts;
    const sj_cluster_node record = {
        .name = facts->name,
        .role = strcmp(facts->role, "publisher") == 0 ? SJ_CLUSTER_NODE_ROLE_PUBLISHER
                                                      : SJ_CLUSTER_NODE_ROLE_SUBSCRIBER,
        .address = facts->address,
        .further_addresses = facts->further_addresses,
        .further_addresses_count = facts->further_addresses_count,
        .sip_port = facts->sip_port,
        .sips_port = facts->sips_port,
        .tftp_port = facts->tftp_port,
        .tftp_http_port = facts->tftp_http_port,
        .http_port = facts->http_port,
        .https_port = facts->https_port,
        .version = facts->version,
    };
    return sj_cluster_node_put(node->scope, &record, SJ_PUT_ANY, error);
}

void sj_node_record_close(struct node *node) {
    (void)node;
}
