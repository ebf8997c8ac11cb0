/* What calls between two regions may use: their relationship, whichever of them stands first in it,
 * else the defaults. Pure over the dial plan. */
#ifndef CALLMANAGER_REGION_H
#define CALLMANAGER_REGION_H

#include "dial_plan/dial_plan.h"

struct region_limits {
    int64_t audio_kbps; /* of an audio codec */
    int64_t video_kbps; /* of video with its audio; 0: no video */
    const char *codecs; /* audio codec preference list; "" for the order of the phones */
};

struct region_defaults {
    struct region_limits within, between;
};

/* The region of a device pool; "" when it names none, or there is no such pool. */
const char *region_of_pool(const struct dial_plan *plan, const char *device_pool);
struct region_limits region_between(const struct dial_plan *plan, const char *one,
                                    const char *other, const struct region_defaults *defaults);

#endif
