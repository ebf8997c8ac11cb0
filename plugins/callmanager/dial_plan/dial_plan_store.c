/* The dial plan's records, from the store. One row a resource says how it is kept. */
#include "dial_plan/dial_plan_store.h"
#include "dial_plan/alternate_numbers.h"
#include "dial_plan/directory_uris.h"
#include "dial_plan/feature_numbers.h"
#include "dial_plan/pickup_groups.h"
#include "resources/date_time_group.h"
#include "resources/end_user.h"
#include "resources/partition.h"
#include "resources/sip_route_pattern.h"
#include "resources/time_period.h"
#include "resources/voice_mail.h"

#include <sojourn/log.h>

enum { PAGE = 5000, KEY_ROOM = 400 };

struct plan_resource {
    const sj_resource_meta *meta;
    bool pattern;
    enum dial_plan_kind kind;
    enum digit_kind digit;
    const char *(*key)(const void *record);       /* of all but patterns: the first key field */
    const char *(*other_key)(const void *record); /* the second; NULL: there is none */
};

#define KEY_OF(type, field)                                                                        \
    static const char *key_of_##type(const void *record) {                                         \
        return ((const sj_##type *)record)->field;                                                 \
    }

KEY_OF(calling_search_space, name)
KEY_OF(device_pool, name)
KEY_OF(route_group, name)
KEY_OF(route_list, name)
KEY_OF(sip_trunk, name)
KEY_OF(sip_trunk_security_profile, name)
KEY_OF(sip_profile, name)
KEY_OF(sip_realm, realm)
KEY_OF(remote_cluster, cluster_id)
KEY_OF(remote_cluster_status, cluster_id)

KEY_OF(aar_group, name)
KEY_OF(audio_codec_preference_list, name)
KEY_OF(region_relation, region)
KEY_OF(sip_route_pattern, pattern)
KEY_OF(directory_uri, user)
KEY_OF(alternate_number, mask)
KEY_OF(partition, name)
KEY_OF(time_schedule, name)
KEY_OF(time_period, name)
KEY_OF(date_time_group, name)
KEY_OF(call_park_number, pattern)
KEY_OF(directed_call_park, pattern)
KEY_OF(line_group, name)
KEY_OF(hunt_list, name)
KEY_OF(call_pickup_group, name)
KEY_OF(message_waiting_number, number)
KEY_OF(forced_authorization_code, name)
KEY_OF(client_matter_code, code)

#define OTHER_KEY_OF(type, field)                                                                  \
    static const char *other_key_of_##type(const void *record) {                                   \
        return ((const sj_##type *)record)->field;                                                 \
    }

OTHER_KEY_OF(region_relation, other_region)
OTHER_KEY_OF(sip_route_pattern, partition)
OTHER_KEY_OF(directory_uri, host)
OTHER_KEY_OF(alternate_number, directory_number)
OTHER_KEY_OF(sip_realm, user)
OTHER_KEY_OF(call_park_number, partition)
OTHER_KEY_OF(directed_call_park, partition)
OTHER_KEY_OF(message_waiting_number, partition)

static const char *key_of_singleton(const void *record) {
    (void)record;
    return "default";
}

static const struct plan_resource resources[] = {
    {&sj_calling_search_space_meta, false, PLAN_CALLING_SEARCH_SPACE, DIGIT_ROUTE_PATTERN,
     key_of_calling_search_space, NULL},
    {&sj_device_pool_meta, false, PLAN_DEVICE_POOL, DIGIT_ROUTE_PATTERN, key_of_device_pool, NULL},
    {&sj_route_group_meta, false, PLAN_ROUTE_GROUP, DIGIT_ROUTE_PATTERN, key_of_route_group, NULL},
    {&sj_route_list_meta, false, PLAN_ROUTE_LIST, DIGIT_ROUTE_PATTERN, key_of_route_list, NULL},
    {&sj_sip_trunk_meta, false, PLAN_SIP_TRUNK, DIGIT_ROUTE_PATTERN, key_of_sip_trunk, NULL},
    {&sj_sip_trunk_security_profile_meta, false, PLAN_SIP_TRUNK_SECURITY_PROFILE,
     DIGIT_ROUTE_PATTERN, key_of_sip_trunk_security_profile, NULL},
    {&sj_sip_profile_meta, false, PLAN_SIP_PROFILE, DIGIT_ROUTE_PATTERN, key_of_sip_profile, NULL},
    {&sj_sip_realm_meta, false, PLAN_SIP_REALM, DIGIT_ROUTE_PATTERN, key_of_sip_realm,
     other_key_of_sip_realm},
    {&sj_remote_cluster_meta, false, PLAN_REMOTE_CLUSTER, DIGIT_ROUTE_PATTERN,
     key_of_remote_cluster, NULL},
    {&sj_remote_cluster_status_meta, false, PLAN_REMOTE_CLUSTER_STATUS, DIGIT_ROUTE_PATTERN,
     key_of_remote_cluster_status, NULL},
    {&sj_intercluster_service_profile_meta, false, PLAN_INTERCLUSTER_SERVICE_PROFILE,
     DIGIT_ROUTE_PATTERN, key_of_singleton, NULL},
    {&sj_region_relation_meta, false, PLAN_REGION_RELATION, DIGIT_ROUTE_PATTERN,
     key_of_region_relation, other_key_of_region_relation},
    {&sj_audio_codec_preference_list_meta, false, PLAN_AUDIO_CODEC_PREFERENCE_LIST,
     DIGIT_ROUTE_PATTERN, key_of_audio_codec_preference_list, NULL},
    {&sj_aar_group_meta, false, PLAN_AAR_GROUP, DIGIT_ROUTE_PATTERN, key_of_aar_group, NULL},
    {&sj_partition_meta, false, PLAN_PARTITION, DIGIT_ROUTE_PATTERN, key_of_partition, NULL},
    {&sj_time_schedule_meta, false, PLAN_TIME_SCHEDULE, DIGIT_ROUTE_PATTERN, key_of_time_schedule,
     NULL},
    {&sj_time_period_meta, false, PLAN_TIME_PERIOD, DIGIT_ROUTE_PATTERN, key_of_time_period, NULL},
    {&sj_date_time_group_meta, false, PLAN_DATE_TIME_GROUP, DIGIT_ROUTE_PATTERN,
     key_of_date_time_group, NULL},
    {&sj_sip_route_pattern_meta, false, PLAN_SIP_ROUTE_PATTERN, DIGIT_ROUTE_PATTERN,
     key_of_sip_route_pattern, other_key_of_sip_route_pattern},
    {&sj_directory_uri_meta, false, PLAN_DIRECTORY_URI, DIGIT_ROUTE_PATTERN, key_of_directory_uri,
     other_key_of_directory_uri},
    {&sj_ils_configuration_meta, false, PLAN_ILS_CONFIGURATION, DIGIT_ROUTE_PATTERN,
     key_of_singleton, NULL},
    {&sj_alternate_number_meta, false, PLAN_ALTERNATE_NUMBER, DIGIT_ROUTE_PATTERN,
     key_of_alternate_number, other_key_of_alternate_number},
    {&sj_call_park_number_meta, false, PLAN_CALL_PARK_NUMBER, DIGIT_ROUTE_PATTERN,
     key_of_call_park_number, other_key_of_call_park_number},
    {&sj_directed_call_park_meta, false, PLAN_DIRECTED_CALL_PARK, DIGIT_ROUTE_PATTERN,
     key_of_directed_call_park, other_key_of_directed_call_park},
    {&sj_line_group_meta, false, PLAN_LINE_GROUP, DIGIT_ROUTE_PATTERN, key_of_line_group, NULL},
    {&sj_hunt_list_meta, false, PLAN_HUNT_LIST, DIGIT_ROUTE_PATTERN, key_of_hunt_list, NULL},
    {&sj_forced_authorization_code_meta, false, PLAN_FORCED_AUTHORIZATION_CODE, DIGIT_ROUTE_PATTERN,
     key_of_forced_authorization_code, NULL},
    {&sj_client_matter_code_meta, false, PLAN_CLIENT_MATTER_CODE, DIGIT_ROUTE_PATTERN,
     key_of_client_matter_code, NULL},
    {&sj_hunt_pilot_meta, true, PLAN_KINDS, DIGIT_HUNT_PILOT, NULL, NULL},
    {&sj_call_pickup_group_meta, false, PLAN_CALL_PICKUP_GROUP, DIGIT_ROUTE_PATTERN,
     key_of_call_pickup_group, NULL},
    {&sj_message_waiting_number_meta, false, PLAN_MESSAGE_WAITING_NUMBER, DIGIT_ROUTE_PATTERN,
     key_of_message_waiting_number, other_key_of_message_waiting_number},
    {&sj_directory_number_meta, true, PLAN_KINDS, DIGIT_DIRECTORY_NUMBER, NULL, NULL},
    {&sj_route_pattern_meta, true, PLAN_KINDS, DIGIT_ROUTE_PATTERN, NULL, NULL},
    {&sj_translation_pattern_meta, true, PLAN_KINDS, DIGIT_TRANSLATION_PATTERN, NULL, NULL},
    {&sj_calling_party_transformation_pattern_meta, true, PLAN_KINDS,
     DIGIT_CALLING_PARTY_TRANSFORMATION, NULL, NULL},
    {&sj_called_party_transformation_pattern_meta, true, PLAN_KINDS,
     DIGIT_CALLED_PARTY_TRANSFORMATION, NULL, NULL},
};

static void release(void *user, void *record) {
    sj_record_free(user, record);
}

const struct plan_resource *dial_plan_resource(const char *name) {
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        if (resources[i].kind != PLAN_ALTERNATE_NUMBER && /* these are kept twice */
            (strcmp(resources[i].meta->record->name, name) == 0 ||
             strcmp(resources[i].meta->plural, name) == 0)) {
            return &resources[i];
        }
    }
    return NULL;
}

const sj_resource_meta *dial_plan_resource_meta(const struct plan_resource *resource) {
    return resource->meta;
}

void *dial_plan_detach(struct dial_plan *plan, const struct plan_resource *resource,
                       const char *key) {
    char pattern[128], partition[128];
    if (resource->kind == PLAN_DIRECTORY_URI) {
        return directory_uris_detach(plan, key);
    }
    if (feature_numbers_are(resource->kind)) {
        return feature_numbers_detach(plan, resource->kind, key);
    }
    if (!resource->pattern) {
        return dial_plan_detach_record(plan, resource->kind, key);
    }
    if (resource->digit == DIGIT_DIRECTORY_NUMBER) {
        pickup_groups_number_goes(plan, key);
    }
    return dial_plan_split_key(key, pattern, partition)
               ? digit_analysis_detach(dial_plan_digits(plan, resource->digit), resource->digit,
                                       pattern, partition)
               : NULL;
}

struct pattern_of {
    const char *text, *partition;
    bool urgent;
};

static struct pattern_of pattern_of(const struct plan_resource *resource, const void *record) {
    switch (resource->digit) {
    case DIGIT_DIRECTORY_NUMBER: {
        const sj_directory_number *number = record;
        return (struct pattern_of){number->pattern, number->partition, false};
    }
    case DIGIT_ROUTE_PATTERN: {
        const sj_route_pattern *route = record;
        return (struct pattern_of){route->pattern, route->partition, route->urgent_priority};
    }
    case DIGIT_HUNT_PILOT: {
        const sj_hunt_pilot *pilot = record;
        return (struct pattern_of){pilot->pattern, pilot->partition, pilot->urgent_priority};
    }
    case DIGIT_CALLING_PARTY_TRANSFORMATION: {
        const sj_calling_party_transformation_pattern *calling = record;
        return (struct pattern_of){calling->pattern, calling->partition, false};
    }
    case DIGIT_CALLED_PARTY_TRANSFORMATION: {
        const sj_called_party_transformation_pattern *called = record;
        return (struct pattern_of){called->pattern, called->partition, false};
    }
    default: {
        const sj_translation_pattern *translation = record;
        return (struct pattern_of){translation->pattern, translation->partition,
                                   translation->urgent_priority};
    }
    }
}

void dial_plan_resource_key(const struct plan_resource *resource, const void *record, char *key,
                            size_t room) {
    if (!resource->pattern) {
        const char *other = resource->other_key == NULL ? "" : resource->other_key(record);
        (void)snprintf(key, room, "%s%s%s", resource->key(record), other[0] == '\0' ? "" : "@",
                       other);
        return;
    }
    const struct pattern_of pattern = pattern_of(resource, record);
    (void)snprintf(key, room, "%s%s%s", pattern.text, pattern.partition[0] == '\0' ? "" : "@",
                   pattern.partition);
}

/* Puts a record, or with NULL what has gone. */
static int put(struct dial_plan *plan, enum dial_plan_kind kind, const char *key, void *record,
               sj_error *error) {
    if (kind == PLAN_ALTERNATE_NUMBER) {
        return alternate_numbers_put(plan, key, record, error);
    }
    if (kind == PLAN_DIRECTORY_URI) {
        return directory_uris_put(plan, key, record, error);
    }
    return feature_numbers_are(kind) ? feature_numbers_put(plan, kind, key, record, error)
                                     : dial_plan_put(plan, kind, key, record, error);
}

int dial_plan_take(struct dial_plan *plan, const struct plan_resource *resource, void *record,
                   sj_error *error) {
    if (!resource->pattern) {
        char key[KEY_ROOM];
        dial_plan_resource_key(resource, record, key, sizeof key);
        return put(plan, resource->kind, key, record, error);
    }
    const struct pattern_of pattern = pattern_of(resource, record);
    if (resource->digit == DIGIT_DIRECTORY_NUMBER) {
        char key[KEY_ROOM];
        dial_plan_resource_key(resource, record, key, sizeof key);
        pickup_groups_number_comes(plan, key, record);
    }
    return dial_plan_put_pattern(plan, resource->digit, pattern.text, pattern.partition,
                                 pattern.urgent, record, error);
}

static void forget(struct dial_plan *plan, const struct plan_resource *resource, const char *key) {
    char pattern[128], partition[128];
    if (!resource->pattern) {
        (void)put(plan, resource->kind, key, NULL, NULL);
    } else if (dial_plan_split_key(key, pattern, partition)) {
        if (resource->digit == DIGIT_DIRECTORY_NUMBER) {
            pickup_groups_number_goes(plan, key);
        }
        dial_plan_remove_pattern(plan, resource->digit, pattern, partition);
    }
}

static int refresh_one(struct dial_plan *plan, sj_scope *scope,
                       const struct plan_resource *resource, const char *key, sj_error *error) {
    void *record = NULL;
    int status = scope->host->store_get(scope, resource->meta, key, &record, error);
    if (status == SJ_OK) {
        return dial_plan_take(plan, resource, record, error);
    }
    if (status == SJ_E_NOT_FOUND) {
        forget(plan, resource, key);
        return SJ_OK;
    }
    return status;
}

static int load_all(struct dial_plan *plan, sj_scope *scope, const struct plan_resource *resource,
                    sj_error *error) {
    char after[KEY_ROOM] = "";
    for (;;) {
        sj_query query;
        sj_list list = {NULL, 0};
        int status;
        memset(&query, 0, sizeof query);
        query.after_key = after[0] == '\0' ? NULL : after;
        query.limit = PAGE;
        status = scope->host->store_list(scope, resource->meta, &query, &list, error);
        if (status < 0) {
            return status;
        }
        for (size_t i = 0; i < list.count; i++) {
            sj_error why;
            /* Each record is an allocation of its own: the plan takes it out of the list. */
            dial_plan_resource_key(resource, list.records[i], after, sizeof after);
            status = dial_plan_take(plan, resource, list.records[i], &why);
            list.records[i] = NULL;
            if (status == SJ_E_NO_MEMORY) {
                sj_list_free(scope, &list);
                return sj_error_set(error, status, "%s", why.text);
            }
            if (status != SJ_OK) {
                sj_log_warning(scope, "not using %s %s in the dial plan: %s",
                               resource->meta->record->name, after, why.text);
            }
        }
        const size_t count = list.count;
        sj_list_free(scope, &list);
        if (count < PAGE) {
            return SJ_OK;
        }
    }
}

static bool extension_of(void *user, const char *user_id, char key[130]) {
    sj_end_user *record = NULL;
    if (sj_end_user_get(user, user_id, &record, NULL) != SJ_OK) {
        return false;
    }
    (void)snprintf(key, 130, "%s", record->primary_extension);
    sj_record_free(user, record);
    return key[0] != '\0';
}

int dial_plan_load(struct dial_plan *plan, sj_scope *scope, sj_error *error) {
    int status = dial_plan_init(plan, release, scope);
    plan->extension_of = extension_of;
    plan->time_zone_offset =
        SJ_HAS(scope->host, time_zone_offset) ? scope->host->time_zone_offset : NULL;
    for (size_t i = 0; status == SJ_OK && i < sizeof resources / sizeof resources[0]; i++) {
        status = load_all(plan, scope, &resources[i], error);
    }
    return status;
}

bool dial_plan_refresh(struct dial_plan *plan, sj_scope *scope, const char *resource,
                       const char *key) {
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        if (strcmp(resources[i].meta->record->name, resource) == 0) {
            sj_error error;
            if (refresh_one(plan, scope, &resources[i], key, &error) != SJ_OK) {
                sj_log_warning(scope, "cannot add %s %s to the dial plan: %s", resource, key,
                               error.text);
                forget(plan, &resources[i], key);
            }
            return true;
        }
    }
    return false;
}
