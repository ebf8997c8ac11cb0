/* Regions of parties from their device pools, limits from the dial plan and the parameters. */
#include "calls/call_region.h"
#include "parameters/call_manager.h"
#include "parameters/emcc.h"
#include "phones/registration_table.h"

#include <stdio.h>
#include <stdlib.h>

static const char *region_of_trunk(const struct call_manager *manager, const char *name) {
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, name);
    return trunk == NULL ? "" : region_of_pool(&manager->plan, trunk->device_pool);
}

static const char *region_of_phone(const struct call_manager *manager, const struct device *phone) {
    return phone == NULL ? "" : region_of_pool(&manager->plan, phone->device_pool);
}

static const char *region_of_party(const struct call_manager *manager, const char *device_name,
                                   bool trunk) {
    const struct registration *registration =
        trunk ? NULL : registration_find(manager->registrations, device_name);
    return trunk ? region_of_trunk(manager, device_name)
                 : region_of_phone(manager, registration == NULL ? NULL : registration->device);
}

bool call_region_set_order(const struct call_manager *manager, const char *list,
                           struct sdp_limits *limits) {
    const sj_audio_codec_preference_list *found =
        dial_plan_get(&manager->plan, PLAN_AUDIO_CODEC_PREFERENCE_LIST, list);
    sdp_limits_set_order(limits, found == NULL ? NULL : found->codecs,
                         found == NULL ? 0 : found->codecs_count);
    return found != NULL;
}

static struct region_limits limits_between(const struct call_manager *manager, const char *one,
                                           const char *other) {
    sj_scope *scope = manager->scope;
    const struct region_defaults defaults = {
        {sj_param_ccm_default_intraregion_max_audio_bit_rate(scope),
         sj_param_ccm_default_intraregion_max_video_call_bit_rate(scope),
         sj_param_ccm_default_intraregion_audio_codec_preference_list(scope)},
        {sj_param_ccm_default_interregion_max_audio_bit_rate(scope),
         sj_param_ccm_default_interregion_max_video_call_bit_rate(scope),
         sj_param_ccm_default_interregion_audio_codec_preference_list(scope)}};
    return region_between(&manager->plan, one, other, &defaults);
}

struct region_limits call_region_emcc(const struct call_manager *manager) {
    return (struct region_limits){sj_param_emcc_region_max_audio_bit_rate(manager->scope),
                                  sj_param_emcc_region_max_video_call_bit_rate(manager->scope),
                                  sj_param_emcc_region_audio_codec_preference_list(manager->scope)};
}

/* Of a caller in that device pool and a party in that region. */
static bool regions_with(const struct call_manager *manager, const char *device_pool,
                         const char *called, struct call_regions *regions) {
    *regions = (struct call_regions){.caller = region_of_pool(&manager->plan, device_pool),
                                     .called = called};
    if (regions->caller[0] == '\0' || regions->called[0] == '\0') {
        return false;
    }
    regions->limits = limits_between(manager, regions->caller, regions->called);
    return true;
}

/* As the parties of a call are visitors (call_leg's `emcc`). */
static bool has_visitor(const struct call_origin *origin, const struct call_target *target) {
    return target->visitor ||
           (origin->device != NULL ? origin->device->emcc : origin->trunk.device_name[0] != '\0');
}

bool call_regions_of_target(const struct call_manager *manager, const struct call_origin *origin,
                            const struct call_target *target, struct call_regions *regions) {
    if (has_visitor(origin, target)) {
        *regions = (struct call_regions){true, "", "", call_region_emcc(manager)};
        return true;
    }
    return regions_with(
        manager, origin->device != NULL ? origin->device->device_pool : origin->trunk.device_pool,
        target->trunk ? region_of_trunk(manager, target->device_name)
                      : region_of_phone(manager, call_target_phone(manager, target)),
        regions);
}

bool call_region_limits(struct call *call, struct call_leg *callee, struct sdp_limits **limits) {
    struct call_regions regions;
    if (!callee->limits_known) {
        if (regions_with(call->manager, call->device_pool,
                         region_of_party(call->manager, callee->device_name, callee->trunk),
                         &regions)) {
            callee->limits = calloc(1, sizeof *callee->limits);
            if (callee->limits == NULL) {
                return false;
            }
            callee->limits->audio_bit_rate = (int32_t)regions.limits.audio_kbps * 1000;
            callee->limits->video_bit_rate = (int32_t)regions.limits.video_kbps * 1000;
            (void)call_region_set_order(call->manager, regions.limits.codecs, callee->limits);
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
    const char *other = region_of_party(call->manager, callee->device_name, callee->trunk);
    if (strcmp(one, other) == 0) {
        (void)snprintf(out, room, "within the region %s", one);
    } else {
        (void)snprintf(out, room, "between the regions %s and %s", one, other);
    }
}
