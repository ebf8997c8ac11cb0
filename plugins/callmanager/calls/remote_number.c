/* Finds whose patterns rewrite the caller's number for a phone. */
#include "calls/remote_number.h"
#include "calls/call_routing.h"
#include "dial_plan/party_transformation.h"
#include "resources/phone.h"

#include <stdio.h>

bool remote_number_find(const struct call_manager *manager, const struct route_query *query,
                        struct call_target *target) {
    const struct digit_analysis *patterns =
        dial_plan_digits(&manager->plan, DIGIT_CALLING_PARTY_TRANSFORMATION);
    char calling[DIGITS_MAX];
    sj_presentation calling_id = SJ_PRESENTATION_DEFAULT;
    sj_phone *record = NULL;
    if (target->trunk) {
        return true;
    }
    target->calling[0] = '\0';
    target->calling_id = SJ_PRESENTATION_DEFAULT;
    const struct device *phone =
        digit_analysis_count(patterns) == 0 ? NULL : call_target_phone(manager, target);
    if (phone == NULL) {
        return true;
    }
    (void)snprintf(calling, sizeof calling, "%s", query->calling);
    /* A visitor's phone has no record here: it is shown numbers as its roaming device pool says. */
    const bool found = sj_phone_get(manager->scope, phone->name, &record, NULL) == SJ_OK;
    const struct party_transformation transformation = {
        .device = phone->name,
        .party = TRANSFORMED_CALLING,
        .css = found ? record->calling_party_transformation_css : "",
        .of_pool = !found || record->use_device_pool_calling_party_transformation_css,
        .pool = phone->device_pool};
    const bool done =
        party_transformation(&manager->plan, query, &transformation, calling, &calling_id) == SJ_OK;
    sj_record_free(manager->scope, record);
    if (done && (strcmp(calling, query->calling) != 0 || calling_id != SJ_PRESENTATION_DEFAULT)) {
        memcpy(target->calling, calling, sizeof target->calling);
        target->calling_id = calling_id;
    }
    return done;
}
