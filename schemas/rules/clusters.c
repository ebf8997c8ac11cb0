/* Rules of what clusters are to each other. */
#include "rules/rules.h"

#include <string.h>

#include <sojourn/node_address.h>

#include "resources/certificates.h"
#include "resources/remote_cluster.h"

void sj_rule_bulk_certificate_management(const struct sj_rule_check *check, const void *record) {
    const sj_bulk_certificate_management *place = record;
    const struct sj_rule_place here = sj_rule_field("url");
    if (place->url[0] != '\0' && strncmp(place->url, "sftp://", sizeof "sftp://" - 1) != 0 &&
        strncmp(place->url, "file://", sizeof "file://" - 1) != 0) {
        sj_rule_tell(check, here,
                     "expected sftp://HOST:PORT/DIRECTORY/ or file:///DIRECTORY/, got \"%s\"",
                     place->url);
    }
}

/* Whether a name given for another cluster's node is the address, and the port, of this one. */
static bool is_own_address(const sj_node *own, const char *name, int64_t port) {
    return own->address != NULL && port == own->https_port && sj_node_has_address(own, name);
}

/* A cluster that is remote to itself would be asked, trusted and judged as another. */
static void check_cluster_id(const struct sj_rule_check *check, const sj_remote_cluster *cluster) {
    const struct sj_rule_place here = sj_rule_field("cluster_id");
    const char *own = check->node->cluster_id;
    if (own != NULL && strcmp(cluster->cluster_id, own) == 0) {
        sj_rule_tell(check, here,
                     "expected the Cluster ID of another cluster, got \"%s\", which is this "
                     "cluster's own: one of the two clusters "
                     "must get another value of the enterprise parameter Cluster ID",
                     own);
    }
}

static void check_partner_address(const struct sj_rule_check *check,
                                  const sj_remote_cluster *cluster) {
    const struct sj_rule_place here = sj_rule_field("fully_qualified_name");
    if (is_own_address(check->node, cluster->fully_qualified_name, cluster->https_port)) {
        sj_rule_tell(check, here,
                     "expected the name or address of a node of cluster %s, got \"%s\", which is "
                     "this node itself",
                     cluster->cluster_id, cluster->fully_qualified_name);
    }
}

void sj_rule_remote_cluster(const struct sj_rule_check *check, const void *record) {
    check_cluster_id(check, record);
    check_partner_address(check, record);
}

void sj_rule_own_cluster_id(const struct sj_rule_check *check, const char *cluster_id) {
    const void *found = NULL;
    if (check->find(check->user, &sj_remote_cluster_meta, cluster_id, &found) == SJ_OK) {
        sj_rule_tell(check, sj_rule_field(NULL),
                     "expected an id of its own, got \"%s\", which is that of a remote cluster "
                     "here; remove that record first",
                     cluster_id);
    }
}
