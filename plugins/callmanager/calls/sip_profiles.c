/* Finds SIP profiles by trunks and phones. */
#include "calls/sip_profiles.h"
#include "resources/phone.h"
#include "resources/sip_trunk.h"

const sj_sip_profile *sip_profile_of_trunk(const struct call_manager *manager, const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record == NULL ? NULL
                          : dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, record->sip_profile);
}

const sj_sip_profile *sip_profile_of_phone(const struct call_manager *manager, const char *phone) {
    const sj_sip_profile *profile = NULL;
    sj_phone *record = NULL;
    if (sj_phone_get(manager->scope, phone, &record, NULL) == SJ_OK) {
        profile = dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, record->sip_profile);
        sj_record_free(manager->scope, record);
    }
    return profile;
}
