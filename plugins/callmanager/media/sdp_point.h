/* Where a session description wants its audio, and as what: of the first audio stream that flows.
 * Pure, without allocation. */
#ifndef CALLMANAGER_SDP_POINT_H
#define CALLMANAGER_SDP_POINT_H

#include "media/sdp.h"

struct sdp_point {
    char address[46]; /* "" when there is none, or it is a name that is too long for an address */
    uint16_t port;
    uint16_t packet_ms; /* a=ptime; 0: it does not say */
    char codec[16];     /* of its first format that is spoken: "PCMU"; "" when it is unknown */
};

struct sdp_point sdp_point_of(const struct sdp *description);

#endif
