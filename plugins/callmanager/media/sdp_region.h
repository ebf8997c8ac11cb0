/* Fits a session description into a region: audio codecs above a bit rate are taken out and the
 * rest put into an order of preference, video is limited or refused. Everything else stays as it
 * came: payload types, keys, candidates, directions, other streams, unknown lines. Pure, without
 * allocation.
 *
 * Video counts with the audio in it: what is left for a video stream is the limit less the most
 * that the audio kept may need. Bandwidth is lowered where it is said (b=AS, b=TIAS, b=CT) and said
 * where it is not. A stream that is refused keeps its place with port 0 (RFC 3264) and leaves its
 * bundle (RFC 8843). Audio that is not RTP, and text that has no streams, stays as it is.
 */
#ifndef CALLMANAGER_SDP_REGION_H
#define CALLMANAGER_SDP_REGION_H

#include "media/audio_codec.h"
#include "sip/sip_writer.h"

struct sdp_limits {
    int32_t audio_bit_rate; /* bits a second */
    bool larger_audio_last; /* audio codecs above it are not taken out but come behind all others */
    int32_t video_bit_rate; /* of video with its audio; 0: no video */
    uint8_t rank[AUDIO_CODECS]; /* by sj_audio_codec_name: 0 is wanted most */
};

enum sdp_verdict {
    SDP_UNCHANGED,    /* it fits as it is: nothing was written */
    SDP_CHANGED,      /* what fits has been written */
    SDP_NO_AUDIO,     /* it has audio, and none of it fits */
    SDP_UNREADABLE,   /* too many streams, or no room to write it */
    SDP_KEYS_MUST_GO, /* of message_body.h: its media are encrypted, and their keys must not go
                         along */
};

struct sdp_report {
    char removed[160]; /* "PCMU 64 kbps, G722 64 kbps": audio codecs taken out, as many as fit */
    bool video_limited, video_refused;
};

enum sdp_verdict sdp_region_fit(const struct sdp_limits *limits, struct sip_text text,
                                struct sip_writer *out, struct sdp_report *report);

/* Codecs that a list does not name come behind those it does. */
void sdp_limits_set_order(struct sdp_limits *limits, const sj_audio_codec *codecs, size_t count);

#endif
