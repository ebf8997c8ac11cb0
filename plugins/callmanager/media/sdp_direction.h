/* Media that go one way: what a session description says of the direction of its streams (RFC 3264
 * 5.1), and less of it. Pure, without allocation. */
#ifndef CALLMANAGER_SDP_DIRECTION_H
#define CALLMANAGER_SDP_DIRECTION_H

#include "media/sdp.h"
#include "sip/sip_writer.h"

/* What who says it does with its media. */
enum sdp_direction {
    SDP_INACTIVE = 0,
    SDP_SENDS = 1,
    SDP_RECEIVES = 2,
    SDP_BOTH = SDP_SENDS | SDP_RECEIVES,
};

/* The directions of all streams that flow together; SDP_INACTIVE without any. */
enum sdp_direction sdp_direction_of(const struct sdp *description);

/* Writes the description with no more than `most` in each stream. False: it was not changed, and
 * nothing has been written. */
bool sdp_direction_limit(struct sip_text text, enum sdp_direction most, struct sip_writer *out);

#endif
