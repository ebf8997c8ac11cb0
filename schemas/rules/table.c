/* Which rules there are, by resource; and how a rule says what is wrong. */
#include "rules/rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "resources/call_manager.h"
#include "resources/call_manager_group.h"
#include "resources/certificates.h"
#include "resources/default_device_profile.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/ils.h"
#include "resources/location.h"
#include "resources/phone.h"
#include "resources/phone_security_profile.h"
#include "resources/region.h"
#include "resources/remote_cluster.h"
#include "resources/route_group.h"
#include "resources/route_pattern.h"
#include "resources/sip_profile.h"
#include "resources/sip_route_pattern.h"
#include "resources/time_period.h"

const struct sj_rule sj_rules[] = {
    {&sj_phone_meta, sj_rule_phone, true},
    {&sj_phone_meta, sj_rule_phone_given, false},
    {&sj_device_profile_meta, sj_rule_device_profile, true},
    {&sj_device_profile_meta, sj_rule_device_profile_given, false},
    {&sj_default_device_profile_meta, sj_rule_default_device_profile, true},
    {&sj_phone_security_profile_meta, sj_rule_phone_security_profile, false},
    {&sj_end_user_meta, sj_rule_end_user, false},
    {&sj_call_manager_meta, sj_rule_call_manager, false},
    {&sj_call_manager_group_meta, sj_rule_call_manager_group, false},
    {&sj_sip_profile_meta, sj_rule_sip_profile, false},
    {&sj_route_pattern_meta, sj_rule_route_pattern, false},
    {&sj_sip_route_pattern_meta, sj_rule_sip_route_pattern, false},
    {&sj_route_group_meta, sj_rule_route_group, false},
    {&sj_time_period_meta, sj_rule_time_period, false},
    {&sj_location_meta, sj_rule_location, false},
    {&sj_location_link_meta, sj_rule_location_link, false},
    {&sj_region_meta, sj_rule_region, false},
    {&sj_region_relation_meta, sj_rule_region_relation, false},
    {&sj_bulk_certificate_management_meta, sj_rule_bulk_certificate_management, false},
    {&sj_remote_cluster_meta, sj_rule_remote_cluster, false},
    {&sj_ils_configuration_meta, sj_rule_ils_configuration, false},
    {&sj_directory_uri_meta, sj_rule_directory_uri, false},
    {&sj_advertised_pattern_meta, sj_rule_advertised_pattern, false},
    {&sj_imported_directory_uri_meta, sj_rule_imported_directory_uri, false},
    {&sj_imported_number_meta, sj_rule_imported_number, false},
    {&sj_imported_pattern_meta, sj_rule_imported_pattern, false},
    {NULL, NULL, false},
};

void sj_rule_tell(const struct sj_rule_check *check, struct sj_rule_place place, const char *format,
                  ...) {
    char sentence[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    check->tell(check->user, &place, sentence);
}
