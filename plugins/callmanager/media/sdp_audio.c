/* Walks the formats of an audio stream. Pure. */
#include "media/sdp_audio.h"

bool sdp_next_codec(struct sip_text *rest, const struct sdp_formats *formats,
                    struct audio_format *codec) {
    struct sip_text word;
    while (sdp_next_word(rest, &word)) {
        uint64_t type;
        if (!sip_text_number(word, SDP_PAYLOAD_TYPES - 1, &type)) {
            continue;
        }
        *codec =
            audio_format_of((unsigned)type, formats->encodings[type], formats->parameters[type]);
        if (codec->kind == AUDIO_FORMAT_CODEC) {
            return true;
        }
    }
    return false;
}
