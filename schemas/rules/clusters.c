/* Rules of what clusters are to each other. */
#include "rules/rules.h"

#include <string.h>

#include <sojourn/net.h>

#include "resources/certificates.h"
#include "resources/ils.h"
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
    sj_address given, mine;
    return own->address != NULL && port == own->https_port &&
           sj_address_parse(name, 0, &given) == SJ_OK &&
           sj_address_parse(own->address, 0, &mine) == SJ_OK && sj_address_equal(&given, &mine);
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

void sj_rule_ils_configuration(const struct sj_rule_check *check, const void *record) {
    const sj_ils_configuration *ils = record;
    const char *own = check->node->cluster_id;
    if (ils->role == SJ_ILS_ROLE_SPOKE && ils->registration_server[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("registration_server"),
                     "expected the hub that a spoke registers with, got nothing");
    }
    if (own != NULL && strcmp(ils->registration_server, own) == 0) {
        sj_rule_tell(check, sj_rule_field("registration_server"),
                     "expected a hub of another cluster, got \"%s\", which is this cluster; the "
                     "first hub has none",
                     own);
    }
    if (ils->exchange_dial_plan && ils->advertised_route_string[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("advertised_route_string"),
                     "expected the route string by which the others reach what this cluster "
                     "advertises, got nothing");
    }
}

static void check_uri(const struct sj_rule_check *check, const char *user, const char *host) {
    if (strpbrk(user, " #^`{}|[]?@") != NULL) {
        sj_rule_tell(check, sj_rule_field("user"),
                     "expected the user part of a URI without blanks and # ^ ` { } | [ ] ? @, got "
                     "\"%s\"",
                     user);
    }
    if (strchr(host, ':') != NULL) {
        sj_rule_tell(check, sj_rule_field("host"), "expected a domain, got the address \"%s\"",
                     host);
    }
}

void sj_rule_directory_uri(const struct sj_rule_check *check, const void *record) {
    const sj_directory_uri *uri = record;
    check_uri(check, uri->user, uri->host);
    if (uri->directory_number[0] != '\0' && uri->end_user[0] != '\0') {
        sj_rule_tell(check, sj_rule_field("end_user"),
                     "expected either a directory number or a user, got both, \"%s\" and \"%s\"",
                     uri->directory_number, uri->end_user);
    }
}

static void check_pattern(const struct sj_rule_check *check, const char *pattern,
                          sj_ils_pattern_failover failover, int64_t strip, const char *prepend) {
    if (pattern[0] == '+' && (pattern[1] == '\0' || strpbrk(pattern, "*#") != NULL)) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected digits and X behind the + of +E.164, got \"%s\"", pattern);
    }
    if (failover != SJ_ILS_PATTERN_FAILOVER_STRIP_AND_PREPEND &&
        (strip > 0 || prepend[0] != '\0')) {
        sj_rule_tell(check, sj_rule_field("pstn_failover"),
                     "expected strip_and_prepend where digits are stripped or prepended, got "
                     "another setting");
    }
}

void sj_rule_advertised_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_advertised_pattern *one = record;
    check_pattern(check, one->pattern, one->pstn_failover, one->strip_digits, one->prepend_digits);
}

/* No reference: the catalog can be removed as it is, and what belongs to it goes with it. */
static void check_catalog(const struct sj_rule_check *check, const char *name) {
    const void *found = NULL;
    if (name[0] != '\0' &&
        check->find(check->user, &sj_imported_catalog_meta, name, &found) == SJ_E_NOT_FOUND) {
        sj_rule_tell(check, sj_rule_field("catalog"),
                     "expected an imported catalog that there is, got \"%s\"", name);
    }
}

void sj_rule_imported_directory_uri(const struct sj_rule_check *check, const void *record) {
    const sj_imported_directory_uri *uri = record;
    check_uri(check, uri->user, uri->host);
    check_catalog(check, uri->catalog);
}

void sj_rule_imported_number(const struct sj_rule_check *check, const void *record) {
    const sj_imported_number *one = record;
    if (one->number[0] == '+' &&
        (one->number[1] == '\0' || strpbrk(one->number + 1, "+*#") != NULL)) {
        sj_rule_tell(check, sj_rule_field("number"),
                     "expected digits behind the + of +E.164, got \"%s\"", one->number);
    }
    check_catalog(check, one->catalog);
}

void sj_rule_imported_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_imported_pattern *one = record;
    check_pattern(check, one->pattern, one->pstn_failover, one->strip_digits, one->prepend_digits);
    check_catalog(check, one->catalog);
}
