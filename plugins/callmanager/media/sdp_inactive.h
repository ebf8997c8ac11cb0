/* What this node says of media when it has none: to a party that waits (RFC 3264 5.1, 6.1), every
 * stream inactive. Pure, without allocation. */
#ifndef CALLMANAGER_SDP_INACTIVE_H
#define CALLMANAGER_SDP_INACTIVE_H

#include "media/sdp.h"
#include "sip/sip_writer.h"

enum { SDP_KEY_BYTES = 46 }; /* of the longest key and salt of RFC 6188 and RFC 7714 */

/* Who says it. */
struct sdp_speaker {
    const char *address;              /* IPv4 or IPv6 */
    uint64_t session;                 /* of its o= line: rises within a dialog */
    unsigned char key[SDP_KEY_BYTES]; /* random: of a stream that is to be encrypted */
};

/* The answer to an offer: audio by RTP is accepted, inactive, in its first format and with its
 * first key suite (RFC 4568); everything else is refused. */
void sdp_put_inactive_answer(struct sip_writer *out, struct sip_text offer,
                             const struct sdp_speaker *speaker);
/* An offer: one inactive stream of audio. */
void sdp_put_inactive_offer(struct sip_writer *out, const struct sdp_speaker *speaker);

#endif
