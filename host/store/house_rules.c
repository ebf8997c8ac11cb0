/* Rules of the house's own records that no declaration can say, since they join two fields or two records. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/hex.h>
#include <sojourn/net.h>
#include <sojourn/words.h>

#include "host/record/record.h"
#include "internal.h"
#include "resources/call_manager.h"
#include "resources/call_manager_group.h"
#include "resources/certificates.h"
#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/route_group.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_trunk.h"

static bool is_of(const sj_resource_meta *meta, const sj_resource_meta *house) {
    return strcmp(meta->record->name, house->record->name) == 0;
}

/* SCCP is a word of the field that no service here speaks. */
static void check_protocol(const sj_resource_meta *meta, const void *record, const sj_path *path, sj_problems *problems) {
    const sj_field *field = sj_record_field(meta->record, "protocol");
    const sj_path here = {path, "protocol", 0};
    if (field != NULL && strcmp(sj_enum_word(field, *(const int *)sj_member_const(record, field->offset)), "SCCP") == 0) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected \"SIP\", got \"SCCP\": no service of this node speaks SCCP; load SIP firmware");
    }
}

/* A phone has keys for so many lines; expansion modules bring at most 36 more each. */
static void check_lines(struct store *store, const sj_resource_meta *meta, const void *record, const sj_path *path,
                        sj_problems *problems) {
    enum { MODULE_KEYS = 36 };
    const sj_field *lines = sj_record_field(meta->record, "lines"), *model = sj_record_field(meta->record, "model"),
                   *modules = sj_record_field(meta->record, "expansion_modules");
    const sj_path here = {path, "lines", 0};
    size_t count = 0, attached = 0;
    void *found = NULL;
    if (lines == NULL || model == NULL || modules == NULL) {
        return;
    }
    (void)sj_member_items(record, lines, &count);
    (void)sj_member_items(record, modules, &attached);
    if (count < 2 || sj_store_get(store, &sj_phone_model_meta, sj_member_text(record, model->offset), &found, NULL) != SJ_OK) {
        return;
    }
    const sj_phone_model *of = found;
    const size_t most = (size_t)of->maximum_lines + attached * MODULE_KEYS;
    if (count > most) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected at most %zu line%s, as a %s has keys for (maximum_lines of the phone_model), got %zu", most,
                   sj_plural((int64_t)most), of->name, count);
    }
    sj_host_record_free(found);
}

void store_check_house_rules(struct store *store, const sj_resource_meta *meta, const void *record, const sj_path *path,
                             sj_problems *problems) {
    if (is_of(meta, &sj_phone_meta) || is_of(meta, &sj_device_profile_meta)) {
        check_protocol(meta, record, path, problems);
        check_lines(store, meta, record, path, problems);
    } else if (is_of(meta, &sj_default_device_profile_meta)) {
        check_protocol(meta, record, path, problems);
    }
}

/* ---- what people give ---- */

/* Whether the item stands before in its list already; NULL: no text, which is told already. */
static void check_once(const char *const *items, size_t index, const sj_path *path, sj_problems *problems) {
    for (size_t i = 0; i < index; i++) {
        if (items[i] != NULL && items[index] != NULL && items[index][0] != '\0' && strcmp(items[i], items[index]) == 0) {
            sj_problem(problems, path, SJ_E_INVALID, "expected each of them once, got \"%.100s\" again", items[index]);
            return;
        }
    }
}

enum { CISCO_NAME = 15 };

static bool is_cisco_name(const char *name) {
    return strlen(name) == CISCO_NAME && strncmp(name, "SEP", 3) == 0 && strspn(name + 3, SJ_HEX_LARGE) == CISCO_NAME - 3;
}

/* A Cisco phone asks for the file of, and registers as, SEP and its MAC address in capitals: by another name it is never found.
 */
static void check_phone_name(struct store *store, const sj_phone *phone, const sj_path *path, sj_problems *problems) {
    const sj_path here = {path, "name", 0};
    char capitals[CISCO_NAME + 1];
    void *found = NULL;
    if (phone->name[0] == '\0' || is_cisco_name(phone->name) ||
        sj_store_get(store, &sj_phone_model_meta, phone->model, &found, NULL) != SJ_OK) {
        return;
    }
    const sj_phone_model *model = found;
    if (!model->third_party && !model->soft_client) {
        (void)snprintf(capitals, sizeof capitals, "%s", phone->name);
        for (char *c = capitals; *c != '\0'; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        const bool meant = strlen(phone->name) == CISCO_NAME && is_cisco_name(capitals);
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected SEP and the twelve hex digits of the MAC address in capitals, as a %s names itself, got "
                   "\"%.40s\"%s%s%s",
                   model->name, phone->name, meant ? ": give \"" : "", meant ? capitals : "", meant ? "\"" : "");
    }
    sj_host_record_free(found);
}

/* Digest credentials are stored as hashes, which no phone can use; and whoever names a phone gets its file. */
static void check_digest_credentials(const sj_phone_security_profile *profile, const sj_path *path, sj_problems *problems) {
    const sj_path here = {path, "exclude_digest_credentials", 0};
    if (!profile->exclude_digest_credentials) {
        sj_problem(
            problems, &here, SJ_E_INVALID,
            "expected true, got false, which is not offered: digest credentials are stored hashed, and a phone's file goes to "
            "whoever asks for it; enter them at the phone, or use a device security mode with certificates");
    }
}

/* The trunk between clusters has no destination of its own: what names it as one leads nowhere. */
static void check_called_trunk(struct store *store, const char *name, const sj_path *path, sj_problems *problems) {
    void *found = NULL;
    if (name == NULL || name[0] == '\0' || sj_store_get(store, &sj_sip_trunk_meta, name, &found, NULL) != SJ_OK) {
        return; /* told already */
    }
    if (((const sj_sip_trunk *)found)->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_EXTENSION_MOBILITY_CROSS_CLUSTERS) {
        sj_problem(
            problems, path, SJ_E_INVALID,
            "expected a SIP trunk with destinations, got \"%s\", whose service type is Extension Mobility Cross Clusters: "
            "it serves travellers by itself, other calls over it fail",
            name);
    }
    sj_host_record_free(found);
}

/* Calls that match go somewhere, to one place, or are refused on purpose. */
static void check_destination(struct store *store, const sj_route_pattern *pattern, const sj_path *path,
                              sj_problems *problems) {
    const sj_path here = {path, "sip_trunk", 0};
    if (pattern->sip_trunk[0] == '\0' && pattern->route_list[0] == '\0' && !pattern->block) {
        sj_problem(
            problems, &here, SJ_E_INVALID,
            "expected the SIP trunk to which the calls go, or a route list in route_list, or true in block, got none of them");
    } else if (pattern->sip_trunk[0] != '\0' && pattern->route_list[0] != '\0') {
        sj_problem(
            problems, &here, SJ_E_INVALID,
            "expected either a SIP trunk or a route list, got both, \"%s\" and \"%s\": give null for the one that is not meant",
            pattern->sip_trunk, pattern->route_list);
    }
    check_called_trunk(store, pattern->sip_trunk, &here, problems);
}

static void check_members(struct store *store, const sj_route_group *group, const sj_path *path, sj_problems *problems) {
    const sj_path members = {path, "members", 0};
    for (size_t i = 0; i < group->members_count; i++) {
        const sj_path here = {&members, NULL, i};
        check_called_trunk(store, group->members[i], &here, problems);
    }
}

/* Who is authenticated shows a certificate, for which there is no other way. */
static void check_transport(const sj_phone_security_profile *profile, const sj_path *path, sj_problems *problems) {
    const sj_path here = {path, "transport", 0};
    if (profile->device_security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE &&
        profile->transport != SJ_PHONE_SECURITY_PROFILE_TRANSPORT_TLS) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected tls, as the device security mode is %s, got %s: no phone could register",
                   sj_phone_security_profile_device_security_mode_text(profile->device_security_mode),
                   sj_phone_security_profile_transport_text(profile->transport));
    }
}

/* The numbers that unknown phones are given: from the first to the last. */
static void check_number_range(const sj_call_manager *manager, const sj_path *path, sj_problems *problems) {
    enum { MOST = 10000 };
    static const char digits[] = "0123456789";
    const char *first = manager->starting_directory_number, *last = manager->ending_directory_number;
    const sj_path from = {path, "starting_directory_number", 0}, to = {path, "ending_directory_number", 0};
    if (strspn(first, digits) != strlen(first)) {
        sj_problem(problems, &from, SJ_E_INVALID, "expected digits, as numbers are counted from it, got \"%s\"", first);
    } else if (strlen(first) != strlen(last) || strspn(last, digits) != strlen(last)) {
        sj_problem(problems, &to, SJ_E_INVALID, "expected %zu digit%s, as the starting directory number \"%s\" has, got \"%s\"",
                   strlen(first), sj_plural((int64_t)strlen(first)), first, last);
    } else if (strcmp(last, first) < 0 || strtoull(last, NULL, 10) - strtoull(first, NULL, 10) >= MOST) {
        sj_problem(problems, &to, SJ_E_INVALID,
                   "expected a number from the starting directory number \"%s\" on, of the %d from there, got \"%s\"", first,
                   (int)MOST, last);
    }
}

static void check_sip_profile(const sj_sip_profile *profile, const sj_path *path, sj_problems *problems) {
    const sj_path ports = {path, "stop_media_port", 0}, t2 = {path, "timer_t2_ms", 0};
    if (profile->stop_media_port <= profile->start_media_port) {
        sj_problem(problems, &ports, SJ_E_INVALID, "expected more than start_media_port, %lld, got %lld",
                   (long long)profile->start_media_port, (long long)profile->stop_media_port);
    }
    if (profile->timer_t2_ms < profile->timer_t1_ms) {
        sj_problem(problems, &t2, SJ_E_INVALID, "expected timer_t1_ms, %lld, or more, got %lld",
                   (long long)profile->timer_t1_ms, (long long)profile->timer_t2_ms);
    }
}

static void check_exchange(const sj_bulk_certificate_management *place, const sj_path *path, sj_problems *problems) {
    const sj_path here = {path, "url", 0};
    if (place->url[0] != '\0' && strncmp(place->url, "sftp://", sizeof "sftp://" - 1) != 0 &&
        strncmp(place->url, "file://", sizeof "file://" - 1) != 0) {
        sj_problem(problems, &here, SJ_E_INVALID, "expected sftp://HOST:PORT/DIRECTORY/ or file:///DIRECTORY/, got \"%s\"",
                   place->url);
    }
}

/* Whether a name given for another cluster's node is the address, and the port, of this one. */
static bool is_own_address(const struct sj_node *own, const char *name, int64_t port) {
    sj_address given, mine;
    return own->address != NULL && port == own->https_port && sj_address_parse(name, 0, &given) == SJ_OK &&
           sj_address_parse(own->address, 0, &mine) == SJ_OK && sj_address_equal(&given, &mine);
}

static void check_partner_address(struct store *store, const sj_remote_cluster *cluster, const sj_path *path,
                                  sj_problems *problems) {
    const sj_path here = {path, "fully_qualified_name", 0};
    if (is_own_address(&store->node->facts, cluster->fully_qualified_name, cluster->https_port)) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected the name or address of a node of cluster %s, got \"%s\", which is this node itself",
                   cluster->cluster_id, cluster->fully_qualified_name);
    }
}

/* Who may choose among profiles has the default one among them, or a program that names none is refused. */
static void check_default_profile(const sj_end_user *user, const sj_path *path, sj_problems *problems) {
    const sj_path here = {path, "default_profile", 0};
    bool found = user->default_profile[0] == '\0' || user->controlled_profiles_count == 0;
    for (size_t i = 0; i < user->controlled_profiles_count && !found; i++) {
        const char *profile = user->controlled_profiles[i];
        found = profile == NULL || strcmp(profile, user->default_profile) == 0; /* NULL: no text, which is told already */
    }
    if (!found) {
        sj_problem(problems, &here, SJ_E_INVALID,
                   "expected one of the user's controlled_profiles, got \"%s\": add it there or choose one of them",
                   user->default_profile);
    }
}

/* What is given to a node that is none holds for nobody; NULL: no text, which is told already. */
static void check_node(struct store *store, const char *name, const sj_path *path, sj_problems *problems) {
    void *found = NULL;
    if (name != NULL && name[0] != '\0' && sj_store_get(store, &sj_cluster_node_meta, name, &found, NULL) == SJ_E_NOT_FOUND) {
        sj_problem(problems, path, SJ_E_INVALID,
                   "expected the name of a node of this cluster such as %s, got \"%s\", which does not exist; sojourn node "
                   "list shows them",
                   store->node->facts.name, name);
    }
    sj_host_record_free(found);
}

/* A node that is none is passed over: phones of the group find fewer nodes, or none. */
static void check_nodes(struct store *store, const sj_call_manager_group *group, const sj_path *path, sj_problems *problems) {
    const sj_path nodes = {path, "nodes", 0};
    for (size_t i = 0; i < group->nodes_count; i++) {
        const sj_path here = {&nodes, NULL, i};
        check_node(store, group->nodes[i], &here, problems);
        check_once(group->nodes, i, &here, problems);
    }
}

/* A cluster that is remote to itself would be asked, trusted and judged as another. */
static void check_cluster_id(struct store *store, const sj_remote_cluster *cluster, const sj_path *path,
                             sj_problems *problems) {
    const sj_path here = {path, "cluster_id", 0};
    const char *own = store->node->facts.cluster_id;
    if (own != NULL && strcmp(cluster->cluster_id, own) == 0) {
        sj_problem(
            problems, &here, SJ_E_INVALID,
            "expected the Cluster ID of another cluster, got \"%s\", which is this cluster's own: one of the two clusters "
            "must get another value of the enterprise parameter Cluster ID",
            own);
    }
}

void sj_store_check_own_cluster_id(struct store *store, const char *cluster_id, const sj_path *path, sj_problems *problems) {
    void *found = NULL;
    if (sj_store_get(store, &sj_remote_cluster_meta, cluster_id, &found, NULL) == SJ_OK) {
        sj_problem(problems, path, SJ_E_INVALID,
                   "expected an id of its own, got \"%s\", which is that of a remote cluster here; remove that record first",
                   cluster_id);
    }
    sj_host_record_free(found);
}

/* A phone has a number on one of its lines: a call to it could not tell the others apart. */
static void check_numbers_once(const sj_device_line *lines, size_t count, const sj_path *path, sj_problems *problems) {
    const sj_path list = {path, "lines", 0};
    for (size_t i = 1; i < count; i++) {
        const sj_path line = {&list, NULL, i}, here = {&line, "directory_number", 0};
        for (size_t j = 0; j < i; j++) {
            const char *number = lines[i].directory_number;
            if (number != NULL && lines[j].directory_number != NULL && strcmp(number, lines[j].directory_number) == 0) {
                sj_problem(problems, &here, SJ_E_INVALID,
                           "expected a directory number that no other line here has, got \"%s\", which line %zu has", number,
                           j + 1);
                break;
            }
        }
    }
}

/* In lists of references the same record twice is a slip: the second says nothing, or hides what was meant. */
static void check_references_once(const sj_record_meta *meta, const void *record, const sj_path *path, sj_problems *problems) {
    for (size_t i = 0; i < meta->fields_count; i++) {
        const sj_field *field = &meta->fields[i];
        const sj_path list = {path, field->name, 0};
        size_t count;
        if (field->type != SJ_TYPE_LIST || field->element != SJ_TYPE_REFERENCE) {
            continue;
        }
        const char *const *items = sj_member_items(record, field, &count);
        for (size_t j = 1; j < count; j++) {
            const sj_path here = {&list, NULL, j};
            check_once(items, j, &here, problems);
        }
    }
}

void sj_store_check_given(struct store *store, const sj_resource_meta *meta, const void *record, const sj_path *path,
                          sj_problems *problems) {
    sj_store_check_references(store, meta, record, path, problems);
    check_references_once(meta->record, record, path, problems);
    if (is_of(meta, &sj_phone_meta)) {
        const sj_phone *phone = record;
        check_phone_name(store, phone, path, problems);
        check_numbers_once(phone->lines, phone->lines_count, path, problems);
    } else if (is_of(meta, &sj_device_profile_meta)) {
        const sj_device_profile *profile = record;
        check_numbers_once(profile->lines, profile->lines_count, path, problems);
    } else if (is_of(meta, &sj_phone_security_profile_meta)) {
        check_digest_credentials(record, path, problems);
        check_transport(record, path, problems);
    } else if (is_of(meta, &sj_call_manager_meta)) {
        const sj_path name = {path, "name", 0};
        check_node(store, ((const sj_call_manager *)record)->name, &name, problems);
        check_number_range(record, path, problems);
    } else if (is_of(meta, &sj_sip_profile_meta)) {
        check_sip_profile(record, path, problems);
    } else if (is_of(meta, &sj_bulk_certificate_management_meta)) {
        check_exchange(record, path, problems);
    } else if (is_of(meta, &sj_remote_cluster_meta)) {
        check_cluster_id(store, record, path, problems);
        check_partner_address(store, record, path, problems);
    } else if (is_of(meta, &sj_end_user_meta)) {
        check_default_profile(record, path, problems);
    } else if (is_of(meta, &sj_call_manager_group_meta)) {
        check_nodes(store, record, path, problems);
    } else if (is_of(meta, &sj_route_pattern_meta)) {
        check_destination(store, record, path, problems);
    } else if (is_of(meta, &sj_route_group_meta)) {
        check_members(store, record, path, problems);
    }
}
