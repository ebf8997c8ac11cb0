/* Keys of encrypted media in session descriptions (RFC 4568, a=crypto): whether all media are
 * encrypted, and the same description without keys for whom they must not reach. Pure, without
 * allocation. */
#ifndef CALLMANAGER_SDP_KEYS_H
#define CALLMANAGER_SDP_KEYS_H

#include "media/sdp.h"
#include "sip/sip_writer.h"

enum sdp_keys_verdict {
    SDP_KEYS_NONE,    /* it bears none: nothing was written */
    SDP_KEYS_TAKEN,   /* written without them */
    SDP_KEYS_NEEDED,  /* its media are to be encrypted or not to be at all */
    SDP_KEYS_NO_ROOM, /* too many streams, or no room to write it */
};

/* True when it has RTP and each of its streams that is not refused goes by RTP/SAVP with a key. */
bool sdp_keys_encrypted(const struct sdp *description);

/* `plain_allowed`: whoever says RTP/SAVP takes RTP/AVP for an answer (X-cisco-srtp-fallback); then
 * it becomes that. */
enum sdp_keys_verdict sdp_keys_take(struct sip_text text, bool plain_allowed,
                                    struct sip_writer *out);

#endif
