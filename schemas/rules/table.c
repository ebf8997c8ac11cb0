/* Which rules there are, by resource; and how a rule says what is wrong. */
#include "rules/rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "resources/call_manager.h"
#include "resources/call_manager_group.h"
#include "resources/call_park.h"
#include "resources/call_pickup_group.h"
#include "resources/calling_search_space.h"
#include "resources/certificates.h"
#include "resources/common_device_configuration.h"
#include "resources/default_device_profile.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/dial_codes.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/hunt.h"
#include "resources/ils.h"
#include "resources/lbm_hub_group.h"
#include "resources/location.h"
#include "resources/partition.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/region.h"
#include "resources/remote_cluster.h"
#include "resources/route_group.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_route_pattern.h"
#include "resources/sip_trunk.h"
#include "resources/softkey_template.h"
#include "resources/time_period.h"
#include "resources/translation_pattern.h"
#include "resources/voice_mail.h"

const struct sj_rule sj_rules[] = {
    {&sj_phone_meta, sj_rule_phone, SJ_RULE_ANY},
    {&sj_phone_meta, sj_rule_phone_given, SJ_RULE_GIVEN},
    {&sj_device_profile_meta, sj_rule_device_profile, SJ_RULE_ANY},
    {&sj_device_profile_meta, sj_rule_device_profile_given, SJ_RULE_GIVEN},
    {&sj_default_device_profile_meta, sj_rule_default_device_profile, SJ_RULE_ANY},
    {&sj_phone_security_profile_meta, sj_rule_phone_security_profile, SJ_RULE_GIVEN},
    {&sj_softkey_template_meta, sj_rule_softkey_template, SJ_RULE_GIVEN},
    {&sj_common_device_configuration_meta, sj_rule_common_device_configuration, SJ_RULE_GIVEN},
    {&sj_device_pool_meta, sj_rule_device_pool, SJ_RULE_GIVEN},
    {&sj_end_user_meta, sj_rule_end_user, SJ_RULE_GIVEN},
    {&sj_call_manager_meta, sj_rule_call_manager, SJ_RULE_GIVEN},
    {&sj_call_manager_group_meta, sj_rule_call_manager_group, SJ_RULE_GIVEN},
    {&sj_sip_profile_meta, sj_rule_sip_profile, SJ_RULE_GIVEN},
    {&sj_calling_search_space_meta, sj_rule_calling_search_space, SJ_RULE_GIVEN},
    {&sj_call_park_number_meta, sj_rule_call_park_number, SJ_RULE_GIVEN},
    {&sj_directed_call_park_meta, sj_rule_directed_call_park, SJ_RULE_GIVEN},
    {&sj_message_waiting_number_meta, sj_rule_message_waiting_number, SJ_RULE_GIVEN},
    {&sj_call_pickup_group_meta, sj_rule_call_pickup_group, SJ_RULE_GIVEN},
    {&sj_forced_authorization_code_meta, sj_rule_forced_authorization_code, SJ_RULE_GIVEN},
    {&sj_client_matter_code_meta, sj_rule_client_matter_code, SJ_RULE_GIVEN},
    {&sj_route_pattern_meta, sj_rule_route_pattern, SJ_RULE_GIVEN},
    {&sj_sip_route_pattern_meta, sj_rule_sip_route_pattern, SJ_RULE_GIVEN},
    {&sj_sip_trunk_meta, sj_rule_sip_trunk, SJ_RULE_GIVEN},
    {&sj_route_group_meta, sj_rule_route_group, SJ_RULE_GIVEN},
    {&sj_voice_mail_profile_meta, sj_rule_voice_mail_profile, SJ_RULE_GIVEN},
    {&sj_hunt_pilot_meta, sj_rule_hunt_pilot, SJ_RULE_GIVEN},
    {&sj_time_period_meta, sj_rule_time_period, SJ_RULE_GIVEN},
    {&sj_location_meta, sj_rule_location, SJ_RULE_GIVEN},
    {&sj_location_link_meta, sj_rule_location_link, SJ_RULE_GIVEN},
    {&sj_lbm_hub_group_meta, sj_rule_lbm_hub_group, SJ_RULE_GIVEN},
    {&sj_region_meta, sj_rule_region, SJ_RULE_GIVEN},
    {&sj_region_relation_meta, sj_rule_region_relation, SJ_RULE_GIVEN},
    {&sj_bulk_certificate_management_meta, sj_rule_bulk_certificate_management, SJ_RULE_GIVEN},
    {&sj_remote_cluster_meta, sj_rule_remote_cluster, SJ_RULE_GIVEN},
    {&sj_ils_configuration_meta, sj_rule_ils_configuration, SJ_RULE_GIVEN},
    {&sj_ils_configuration_meta, sj_rule_ils_leaves, SJ_RULE_CHANGE},
    {&sj_directory_uri_meta, sj_rule_directory_uri, SJ_RULE_GIVEN},
    {&sj_alternate_number_meta, sj_rule_alternate_number, SJ_RULE_GIVEN},
    {&sj_advertised_pattern_meta, sj_rule_advertised_pattern, SJ_RULE_GIVEN},
    {&sj_imported_catalog_meta, sj_rule_imported_catalog, SJ_RULE_GIVEN},
    {&sj_imported_catalog_meta, sj_rule_new_imported_catalog, SJ_RULE_NEW},
    {&sj_imported_directory_uri_meta, sj_rule_imported_directory_uri, SJ_RULE_ANY},
    {&sj_imported_number_meta, sj_rule_imported_number, SJ_RULE_ANY},
    {&sj_imported_pattern_meta, sj_rule_imported_pattern, SJ_RULE_ANY},
    {&sj_learned_block_rule_meta, sj_rule_learned_block_rule, SJ_RULE_GIVEN},
    /* intercom */
    {&sj_partition_meta, sj_rule_partition, SJ_RULE_GIVEN},
    {&sj_calling_search_space_meta, sj_rule_calling_search_space_usage, SJ_RULE_GIVEN},
    {&sj_directory_number_meta, sj_rule_directory_number, SJ_RULE_GIVEN},
    {&sj_phone_meta, sj_rule_phone_intercom, SJ_RULE_GIVEN},
    {&sj_device_profile_meta, sj_rule_device_profile_intercom, SJ_RULE_GIVEN},
    {&sj_line_group_meta, sj_rule_line_group, SJ_RULE_GIVEN},
    {&sj_route_pattern_meta, sj_rule_route_pattern_partition, SJ_RULE_GIVEN},
    {&sj_translation_pattern_meta, sj_rule_translation_pattern_partition, SJ_RULE_GIVEN},
    {&sj_sip_route_pattern_meta, sj_rule_sip_route_pattern_partition, SJ_RULE_GIVEN},
    {&sj_hunt_pilot_meta, sj_rule_hunt_pilot_partition, SJ_RULE_GIVEN},
    {&sj_call_park_number_meta, sj_rule_call_park_number_partition, SJ_RULE_GIVEN},
    {&sj_directed_call_park_meta, sj_rule_directed_call_park_partition, SJ_RULE_GIVEN},
    {&sj_call_pickup_group_meta, sj_rule_call_pickup_group_partition, SJ_RULE_GIVEN},
    {&sj_message_waiting_number_meta, sj_rule_message_waiting_number_partition, SJ_RULE_GIVEN},
    {NULL, NULL, SJ_RULE_ANY},
};

const void *sj_rule_twin(const struct sj_rule_check *check, const sj_resource_meta *meta,
                         const sj_query *query, sj_rule_same *same, const void *record) {
    const void *twin = NULL;
    return check->twin(check->user, meta, query, same, record, &twin) == SJ_OK ? twin : NULL;
}

void sj_rule_lower(const char *from, char *text, size_t room) {
    size_t i = 0;
    for (; from[i] != '\0' && i + 1 < room; i++) {
        text[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a' : from[i]);
    }
    text[i] = '\0';
}

void sj_rule_tell(const struct sj_rule_check *check, struct sj_rule_place place, const char *format,
                  ...) {
    char sentence[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    check->tell(check->user, &place, sentence);
}
