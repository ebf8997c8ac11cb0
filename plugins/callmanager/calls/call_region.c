/* Regions of parties from their device pools, limits from the dial plan and the parameters. */
#include "calls/call_region.h"
#include "dial_plan/region.h"
#include "parameters/call_manager.h"
#include "phones/registration_table.h"

#include <stdio.h>
#include <stdlib.h>

static const char *region_of_callee(const struct call *call, const struct call_leg *callee) {
    const struct dial_plan *plan = &call->manager->plan;
    if (callee->trunk) {
        const sj_sip_trunk *trunk = dial_plan_get(plan, PLAN_SIP_TRUNK, callee->device_name);
        return trunk == NULL ? "" : region_of_pool(plan, trunk->device_pool);
    }
    const struct registration *registration =
        registration_find(call->manager->registrations, callee->device_name);
    return registration == NULL ? "" : region_of_pool(plan, registration->device->device_pool);
}

bool call_region_set_order(const struct call_manager *manager, const char *list,
                           struct sdp_limits *limits) {
    const sj_audio_codec_preference_list *found =
        dial_plan_get(&manager->plan, PLAN_AUDIO_CODEC_PREFERENCE_LIST, list);
    sdp_limits_set_order(limits, found == NULL ? NULL : found->codecs,
                         found == NULL ? 0 : found->codecs_count);
    return found != NULL;
}

static void set_limits(const struct call *call, const char *one, const char *other,
                       struct sdp_limits *limits) {
    sj_scope *scope = call->manager->scope;
    const struct region_defaults defaults = {
        {sj_param_ccm_default_intraregion_max_audio_bit_rate(scope),
         sj_param_ccm_default_intraregion_max_video_call_bit_rate(scope),
         sj_param_ccm_default_intraregion_audio_codec_preference_list(scope)},
        {sj_param_ccm_default_interregion_max_audio_bit_rate(scope),
         sj_param_ccm_default_interregion_max_video_call_bit_rate(scope),
         sj_param_ccm_default_interregion_audio_codec_preference_list(scope)}};
    const struct region_limits found = region_between(&call->manager->plan, one, other, &defaults);
    limits->audio_bit_rate = (int32_t)found.audio_kbps * 1000;
    limits->video_bit_rate = (int32_t)found.video_kbps * 1000;
    (void)call_region_set_order(call->manager, found.codecs, limits);
}

bool call_region_limits(struct call *call, struct call_leg *callee, struct sdp_limits **limits) {
    if (!callee->limits_known) {
        const char *one = region_of_pool(&call->manager->plan, call->device_pool);
        const char *other = region_of_callee(call, callee);
        if (one[0] != '\0' && other[0] != '\0') {
            callee->limits = calloc(1, sizeof *callee->limits);
            if (callee->limits == NULL) {
                return false;
            }
            set_limits(call, one, other, callee->limits);
            callee->limits->larger_audio_last = call->emergency;
        }
        callee->limits_known = true;
    }
    *limits = callee->limits;
    return true;
}

void call_region_words(const struct call *call, const struct call_leg *callee, char *out,
                       size_t room) {
    const char *one = region_of_pool(&call->manager->plan, call->device_pool);
    const char *other = region_of_callee(call, callee);
    if (strcmp(one, other) == 0) {
        (void)snprintf(out, room, "within the region %s", one);
    } else {
        (void)snprintf(out, room, "between the regions %s and %s", one, other);
    }
}
