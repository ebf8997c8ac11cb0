/* How many bits a second a session description is about, to ask for bandwidth with. Pure, without
 * allocation.
 *
 * A stream that stands still takes nothing: port 0, a=inactive, the address 0.0.0.0. An adaptive
 * codec that is told no limit counts as G.711, one that is not known as well; video that does not
 * say its rate (b=TIAS, b=AS) as that of a call of 384 kbps. A sum ends at RATE_MOST. */
#ifndef CALLMANAGER_SDP_RATES_H
#define CALLMANAGER_SDP_RATES_H

#include "media/sdp.h"

struct sdp_rates {
    int32_t audio_most;  /* of the largest audio codec, as an offer may lead to; 0: none */
    int32_t audio_first; /* of the first one, as an answer means */
    int32_t video;       /* of video alone; 0: none */
};

enum {
    RATE_G711 = 64000,
    RATE_VIDEO_UNSTATED = 320000,
    RATE_MOST = 1000000000 /* the sum of two is a number of 32 bits */
};

struct sdp_rates sdp_rates_of(const struct sdp *description);
/* Whether who says this puts the other on hold: it has streams and wants to hear none of them
 * (sendonly, inactive, or the address 0.0.0.0). */
bool sdp_is_held(const struct sdp *description);

/* What a call takes, as bandwidth is asked for. */
struct call_rates {
    int32_t audio_kbps;
    int32_t video_kbps; /* of a video call with its audio; 0: no video */
};

static inline bool call_rates_equal(const struct call_rates *rates,
                                    const struct call_rates *other) {
    return rates->audio_kbps == other->audio_kbps && rates->video_kbps == other->video_kbps;
}

/* What an offer and its answer have agreed upon; what the offer may lead to when `answer` is NULL.
 */
struct call_rates call_rates_of(const struct sdp_rates *offer, const struct sdp_rates *answer);

#endif
