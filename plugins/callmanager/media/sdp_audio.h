/* The audio codecs of a stream of a session description. Pure. */
#ifndef CALLMANAGER_SDP_AUDIO_H
#define CALLMANAGER_SDP_AUDIO_H

#include "media/audio_codec.h"
#include "media/sdp.h"

/* Takes the next format that is spoken off `rest`, the formats of a stream; false when none is
 * left. Events, tones and what is no payload type are passed over. */
bool sdp_next_codec(struct sip_text *rest, const struct sdp_formats *formats,
                    struct audio_format *codec);

#endif
