/* The relationship of two regions. Pure over the dial plan. */
#include "dial_plan/region.h"

#include <sojourn/base/text.h>

#include <stdio.h>

const char *region_of_pool(const struct dial_plan *plan, const char *device_pool) {
    const sj_device_pool *pool = dial_plan_get(plan, PLAN_DEVICE_POOL, sj_or_empty(device_pool));
    return pool == NULL ? "" : sj_or_empty(pool->region);
}

static const sj_region_relation *relation(const struct dial_plan *plan, const char *one,
                                          const char *other) {
    char key[128];
    (void)snprintf(key, sizeof key, "%s@%s", one, other);
    return dial_plan_get(plan, PLAN_REGION_RELATION, key);
}

struct region_limits region_between(const struct dial_plan *plan, const char *one,
                                    const char *other, const struct region_defaults *defaults) {
    const sj_region_relation *found = relation(plan, one, other);
    found = found == NULL ? relation(plan, other, one) : found;
    return found != NULL
               ? (struct region_limits){found->max_audio_bit_rate, found->max_video_call_bit_rate,
                                        sj_or_empty(found->audio_codec_preference_list)}
           : strcmp(one, other) == 0 ? defaults->within
                                     : defaults->between;
}
