/* Rules of the dial plan: calls that match lead somewhere. */
#include "rules/rules.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/calling_search_space.h"
#include "resources/dial_codes.h"
#include "resources/partition.h"
#include "resources/route_group.h"
#include "resources/route_pattern.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/voice_mail.h"

/* The trunk between clusters has no destination of its own: what names it as one leads nowhere. */
static void check_called_trunk(const struct sj_rule_check *check, const char *name,
                               struct sj_rule_place place) {
    const void *found = NULL;
    if (name == NULL || name[0] == '\0' ||
        check->find(check->user, &sj_sip_trunk_meta, name, &found) != SJ_OK) {
        return; /* told already */
    }
    if (((const sj_sip_trunk *)found)->trunk_service_type ==
        SJ_SIP_TRUNK_SERVICE_TYPE_EXTENSION_MOBILITY_CROSS_CLUSTERS) {
        sj_rule_tell(check, place,
                     "expected a SIP trunk with destinations, got \"%s\", whose service type is "
                     "Extension Mobility Cross Clusters: "
                     "it works for travellers only; other calls over it fail",
                     name);
    }
}

/* Calls that match go somewhere, to one place, or are refused on purpose. */
static void check_way(const struct sj_rule_check *check, const char *sip_trunk,
                      const char *route_list, bool block) {
    const struct sj_rule_place here = sj_rule_field("sip_trunk");
    if (sip_trunk[0] == '\0' && route_list[0] == '\0' && !block) {
        sj_rule_tell(check, here,
                     "expected the SIP trunk to which the calls go, or a route list in route_list, "
                     "or true in block, got none of them");
    } else if (sip_trunk[0] != '\0' && route_list[0] != '\0') {
        sj_rule_tell(check, here,
                     "expected either a SIP trunk or a route list, got both, \"%s\" and \"%s\": "
                     "give null for the one that is not meant",
                     sip_trunk, route_list);
    }
    check_called_trunk(check, sip_trunk, here);
}

/* Who calls for help is not asked for codes. */
static void check_codes(const struct sj_rule_check *check, const sj_route_pattern *pattern) {
    const bool authorization = pattern->require_forced_authorization_code;
    if (pattern->emergency_services_number &&
        (authorization || pattern->require_client_matter_code)) {
        sj_rule_tell(check,
                     sj_rule_field(authorization ? "require_forced_authorization_code"
                                                 : "require_client_matter_code"),
                     "expected false of a pattern for emergency services, got true");
    }
}

static void check_code(const struct sj_rule_check *check, const char *code) {
    if (code[strspn(code, "0123456789")] != '\0') {
        sj_rule_tell(check, sj_rule_field("code"), "expected digits alone, without *, # and +");
    }
}

void sj_rule_forced_authorization_code(const struct sj_rule_check *check, const void *record) {
    check_code(check, ((const sj_forced_authorization_code *)record)->code);
}

void sj_rule_client_matter_code(const struct sj_rule_check *check, const void *record) {
    check_code(check, ((const sj_client_matter_code *)record)->code);
}

void sj_rule_route_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_route_pattern *pattern = record;
    check_way(check, pattern->sip_trunk, pattern->route_list, pattern->block);
    check_codes(check, pattern);
}

/* As hosts are matched: a name has no case, and of a network its bits alone count, so that each is
 * written in more than one way. Of anything else, the text itself. */
static void plain_domain_pattern(const void *record, char plain[SJ_RULE_SAME_ROOM]) {
    const char *pattern = ((const sj_sip_route_pattern *)record)->pattern;
    const char *slash = strchr(pattern, '/');
    const size_t length = slash != NULL ? (size_t)(slash - pattern) : 0;
    struct in_addr network;
    (void)snprintf(plain, SJ_RULE_SAME_ROOM, "%.*s", (int)length, pattern);
    if (slash == NULL || inet_pton(AF_INET, plain, &network) != 1) {
        sj_rule_lower(pattern, plain, SJ_RULE_SAME_ROOM);
        return;
    }
    const unsigned bits = (unsigned)strtoul(slash + 1, NULL, 10);
    const uint32_t mask = bits == 0 || bits > 32 ? 0 : UINT32_MAX << (32 - bits);
    (void)snprintf(plain, SJ_RULE_SAME_ROOM, "%08x/%u", (unsigned)(ntohl(network.s_addr) & mask),
                   bits);
}

static void check_once(const struct sj_rule_check *check, const sj_sip_route_pattern *pattern) {
    const sj_query of_partition = {.field = "partition", .value = pattern->partition};
    const sj_sip_route_pattern *other = sj_rule_twin(check, &sj_sip_route_pattern_meta,
                                                     &of_partition, plain_domain_pattern, pattern);
    if (other != NULL) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected another pattern than \"%s\", which is the same in this "
                     "partition, got \"%s\"",
                     other->pattern, pattern->pattern);
    }
}

void sj_rule_sip_route_pattern(const struct sj_rule_check *check, const void *record) {
    const sj_sip_route_pattern *pattern = record;
    check_way(check, pattern->sip_trunk, pattern->route_list, pattern->block);
    check_once(check, pattern);
}

/* What can never count is not taken: the device pool's would. */
void sj_rule_transformation_css(const struct sj_rule_check *check, const char *device,
                                const char *css, bool of_pool, const char *field,
                                const char *pool_field) {
    if (sj_given(css) && of_pool) {
        sj_rule_tell(check, sj_rule_field(field),
                     "expected %s = false with a calling search space of the %s's own, got "
                     "\"%.100s\" and true",
                     pool_field, device, css);
    }
}

void sj_rule_sip_trunk(const struct sj_rule_check *check, const void *record) {
    const sj_sip_trunk *trunk = record;
    sj_rule_transformation_css(check, "trunk", trunk->calling_party_transformation_css,
                               trunk->use_device_pool_calling_party_transformation_css,
                               "calling_party_transformation_css",
                               "use_device_pool_calling_party_transformation_css");
    sj_rule_transformation_css(check, "trunk", trunk->called_party_transformation_css,
                               trunk->use_device_pool_called_party_transformation_css,
                               "called_party_transformation_css",
                               "use_device_pool_called_party_transformation_css");
    sj_rule_transformation_css(check, "trunk", trunk->connected_party_transformation_css,
                               trunk->use_device_pool_connected_party_transformation_css,
                               "connected_party_transformation_css",
                               "use_device_pool_connected_party_transformation_css");
    sj_rule_transformation_css(check, "trunk", trunk->redirecting_party_transformation_css,
                               trunk->use_device_pool_redirecting_party_transformation_css,
                               "redirecting_party_transformation_css",
                               "use_device_pool_redirecting_party_transformation_css");
}

void sj_rule_route_group(const struct sj_rule_check *check, const void *record) {
    const sj_route_group *group = record;
    for (size_t i = 0; i < group->members_count; i++) {
        check_called_trunk(check, group->members[i], (struct sj_rule_place){"members", i, NULL});
    }
}

/* Where it subscribes there must be a destination. */
void sj_rule_voice_mail_profile(const struct sj_rule_check *check, const void *record) {
    check_called_trunk(check, ((const sj_voice_mail_profile *)record)->message_waiting_sip_trunk,
                       sj_rule_field("message_waiting_sip_trunk"));
}

/* Park numbers are counted: each place has one digit. */
static void check_range(const struct sj_rule_check *check, const char *pattern) {
    if (strpbrk(pattern, ".!?") != NULL) {
        sj_rule_tell(check, sj_rule_field("pattern"),
                     "expected numbers of one length, such as 50X or 5[0-4]X, without . ! and ?, "
                     "got \"%s\"",
                     pattern);
    }
}

void sj_rule_call_park_number(const struct sj_rule_check *check, const void *record) {
    check_range(check, ((const sj_call_park_number *)record)->pattern);
}

void sj_rule_directed_call_park(const struct sj_rule_check *check, const void *record) {
    const sj_directed_call_park *number = record;
    check_range(check, number->pattern);
    if (strchr(number->retrieval_prefix, '+') != NULL) {
        sj_rule_tell(check, sj_rule_field("retrieval_prefix"),
                     "expected digits, * and #, got \"%s\"", number->retrieval_prefix);
    }
}

void sj_rule_message_waiting_number(const struct sj_rule_check *check, const void *record) {
    const sj_message_waiting_number *number = record;
    if (strchr(sj_or_empty(number->number), '+') != NULL) {
        sj_rule_tell(check, sj_rule_field("number"), "expected digits, * and #, got \"%s\"",
                     number->number);
    }
}

static void plain_pickup_number(const void *record, char plain[SJ_RULE_SAME_ROOM]) {
    (void)snprintf(plain, SJ_RULE_SAME_ROOM, "%s",
                   sj_or_empty(((const sj_call_pickup_group *)record)->number));
}

/* Who dials it picks up calls of one group. */
static void check_pickup_number(const struct sj_rule_check *check,
                                const sj_call_pickup_group *group) {
    const sj_query of_partition = {.field = "partition", .value = group->partition};
    const sj_call_pickup_group *other =
        sj_rule_twin(check, &sj_call_pickup_group_meta, &of_partition, plain_pickup_number, group);
    if (other != NULL) {
        sj_rule_tell(check, sj_rule_field("number"),
                     "expected another number than that of the call pickup group \"%s\" in this "
                     "partition, got \"%s\"",
                     other->name, group->number);
    }
}

void sj_rule_call_pickup_group(const struct sj_rule_check *check, const void *record) {
    const sj_call_pickup_group *group = record;
    check_pickup_number(check, group);
    if (strchr(sj_or_empty(group->number), '+') != NULL) {
        sj_rule_tell(check, sj_rule_field("number"), "expected digits, * and #, got \"%s\"",
                     group->number);
    }
    for (size_t i = 0; i < group->other_pickup_groups_count; i++) {
        if (strcmp(sj_or_empty(group->other_pickup_groups[i]), sj_or_empty(group->name)) == 0) {
            sj_rule_tell(check, sj_rule_field("other_pickup_groups"),
                         "expected other groups than \"%s\" itself", group->name);
        }
    }
}

/* A partition that the Intercluster Lookup Service makes when it first runs. */
static bool is_of_learned(const char *name) {
    static const char *const names[] = {
        "Global Learned Enterprise Numbers", "Global Learned E.164 Numbers",
        "Global Learned Enterprise Patterns", "Global Learned E.164 Patterns"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void sj_rule_calling_search_space(const struct sj_rule_check *check, const void *record) {
    const sj_calling_search_space *space = record;
    for (size_t i = 0; i < space->partitions_count; i++) {
        const struct sj_rule_place here = {"partitions", i, NULL};
        const void *found = NULL;
        if (is_of_learned(sj_or_empty(space->partitions[i])) &&
            check->find(check->user, &sj_partition_meta, space->partitions[i], &found) ==
                SJ_E_NOT_FOUND) {
            sj_rule_tell(check, here,
                         "the Cisco Intercluster Lookup Service makes this partition when it first "
                         "runs: activate it before (sojourn service activate ils)");
        }
    }
}
