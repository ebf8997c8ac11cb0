/* Rules of what clusters are to each other. */
#include "rules/rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sojourn/net.h>

#include "resources/certificates.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"

enum { KEY_ROOM = 256 };

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

/* The catalogs, or an empty list. */
static sj_list catalogs_of(const struct sj_rule_check *check) {
    const sj_list *list = NULL;
    return check->list(check->user, &sj_imported_catalog_meta, NULL, &list) == SJ_OK
               ? *list
               : (sj_list){NULL, 0};
}

/* Two of one route string would be one: letters differ in no domain. */
static void check_own_route(const struct sj_rule_check *check, const char *route) {
    const sj_list list = catalogs_of(check);
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_catalog *catalog = list.records[i];
        if (route[0] != '\0' && strcasecmp(catalog->route_string, route) == 0) {
            sj_rule_tell(check, sj_rule_field("advertised_route_string"),
                         "expected a route string of this cluster alone, got \"%s\", which is that "
                         "of the imported catalog \"%s\"",
                         route, catalog->name);
        }
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
    check_own_route(check, ils->advertised_route_string);
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
    const sj_query of_user = {.field = "user", .value = uri->user};
    const sj_list *list = NULL;
    check_uri(check, uri->user, uri->host);
    if (check->list(check->user, &sj_directory_uri_meta, &of_user, &list) != SJ_OK) {
        list = NULL;
    }
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const sj_directory_uri *other = list->records[i];
        if (strcasecmp(other->host, uri->host) == 0 && strcmp(other->host, uri->host) != 0) {
            sj_rule_tell(check, sj_rule_field("host"),
                         "expected another domain than that of \"%s@%s\", which is the same URI, "
                         "got \"%s\"",
                         other->user, other->host, uri->host);
        }
    }
    if (uri->directory_number[0] != '\0' && uri->end_user[0] != '\0') {
        sj_rule_tell(check, sj_rule_field("end_user"),
                     "expected either a directory number or a user, got both, \"%s\" and \"%s\"",
                     uri->directory_number, uri->end_user);
    } else if (uri->directory_number[0] == '\0' && uri->end_user[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("directory_number"),
                     "expected the directory number where calls to \"%s@%s\" ring, or in end_user "
                     "the user whose it is, got neither: nothing would ring",
                     uri->user, uri->host);
    }
}

/* The shortest number that a pattern stands for has as many characters as the pattern. */
static void check_stripped(const struct sj_rule_check *check, const char *pattern, int64_t strip,
                           const char *prepend) {
    const int64_t length = (int64_t)strlen(pattern);
    if (strip > length) {
        sj_rule_tell(check, sj_rule_field("strip_digits"),
                     "expected %lld or less, since the shortest number of \"%s\" has no more, got "
                     "%lld",
                     (long long)length, pattern, (long long)strip);
    } else if (strip == length && prepend[0] == '\0') {
        sj_rule_tell(check, sj_rule_field("prepend_digits"),
                     "expected what is dialled in the place of the %lld digits of \"%s\" that "
                     "go, got nothing",
                     (long long)strip, pattern);
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
    check_stripped(check, pattern, strip, prepend);
}

void sj_rule_advertised_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_advertised_pattern *one = record;
    check_pattern(check, one->pattern, one->pstn_failover, one->strip_digits, one->prepend_digits);
}

void sj_rule_imported_catalog(const struct sj_rule_check *check, const void *record) {
    const sj_imported_catalog *catalog = record;
    const sj_list list = catalogs_of(check);
    const void *own = NULL;
    if (check->find(check->user, &sj_ils_configuration_meta, "default", &own) == SJ_OK &&
        strcasecmp(((const sj_ils_configuration *)own)->advertised_route_string,
                   catalog->route_string) == 0) {
        sj_rule_tell(check, sj_rule_field("route_string"),
                     "expected the route string of another call control, got \"%s\", which this "
                     "cluster advertises for itself (ils-configuration)",
                     catalog->route_string);
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_imported_catalog *other = list.records[i];
        if (strcmp(other->name, catalog->name) != 0 &&
            strcasecmp(other->name, catalog->name) == 0) {
            sj_rule_tell(check, sj_rule_field("name"),
                         "expected a name that differs from others in more than small and capital "
                         "letters, got \"%s\" beside \"%s\"",
                         catalog->name, other->name);
        }
    }
}

/* The key of something that names the catalog; false: nothing does. */
static bool find_imported(const struct sj_rule_check *check, const char *name, char key[KEY_ROOM]) {
    static const sj_resource_meta *const kinds[] = {
        &sj_imported_number_meta, &sj_imported_pattern_meta, &sj_imported_directory_uri_meta};
    const sj_query query = {.field = "catalog", .value = name, .limit = 1};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const sj_list *list = NULL;
        if (check->list(check->user, kinds[i], &query, &list) == SJ_OK && list->count > 0) {
            const void *first = list->records[0];
            const sj_imported_directory_uri *uri = first;
            if (kinds[i] == &sj_imported_directory_uri_meta) {
                (void)snprintf(key, KEY_ROOM, "%s@%s", uri->user, uri->host);
            } else {
                (void)snprintf(key, KEY_ROOM, "%s",
                               kinds[i] == &sj_imported_number_meta
                                   ? ((const sj_imported_number *)first)->number
                                   : ((const sj_imported_pattern *)first)->pattern);
            }
            return true;
        }
    }
    return false;
}

/* What belonged to a removed catalog is removed after it; one of the same name would take it. */
void sj_rule_new_imported_catalog(const struct sj_rule_check *check, const void *record) {
    const sj_imported_catalog *catalog = record;
    const void *found = NULL;
    char key[KEY_ROOM];
    if (catalog->name[0] == '\0' ||
        check->find(check->user, &sj_imported_catalog_meta, catalog->name, &found) == SJ_OK) {
        return;
    }
    if (find_imported(check, catalog->name, key)) {
        sj_rule_tell(check, sj_rule_field("name"),
                     "expected a name to which nothing belongs, got \"%s\": %s of the removed "
                     "catalog of that name is still here. The Cisco Intercluster Lookup Service "
                     "removes what is left, while it is activated: try again then, or take another "
                     "name",
                     catalog->name, key);
    }
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

void sj_rule_learned_block_rule(const struct sj_rule_check *check, const void *record) {
    const sj_learned_block_rule *rule = record;
    const char *own = check->node->cluster_id;
    if (rule->kind == SJ_ILS_NUMBER_KIND_ANY && rule->pattern[0] == '\0' &&
        rule->prefix[0] == '\0' && rule->cluster_id[0] == '\0') {
        sj_rule_tell(check, sj_rule_field(NULL),
                     "expected a type, pattern, prefix or cluster_id, got none of them: it would "
                     "block all that is ever learned, as standalone does (ils-configuration set "
                     "role=standalone)");
    }
    if (own != NULL && strcmp(rule->cluster_id, own) == 0) {
        sj_rule_tell(check, sj_rule_field("cluster_id"),
                     "expected another cluster, got \"%s\", which is this one: nothing of its own "
                     "is learned",
                     own);
    }
}
