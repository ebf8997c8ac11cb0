/* Keys of encrypted media. Pure. */
#include "media/sdp_keys.h"
#include "media/sdp.h"

static bool is_key(const struct sdp_line *line) {
    return line->type == 'a' && line->value.length >= 7 &&
           strncasecmp(line->value.at, "crypto:", 7) == 0;
}

/* RTP/SAVP and RTP/SAVPF have their keys here; those of DTLS are agreed upon elsewhere. */
static bool is_savp(const struct sdp_stream *stream) {
    return sip_text_is_nocase(stream->protocol, "RTP/SAVP") ||
           sip_text_is_nocase(stream->protocol, "RTP/SAVPF");
}

static bool has_key(struct sip_text lines) {
    struct sdp_line line;
    while (sdp_next_line(&lines, &line)) {
        if (is_key(&line)) {
            return true;
        }
    }
    return false;
}

bool sdp_keys_encrypted(const struct sdp *description) {
    size_t encrypted = 0;
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        if (stream->active && stream->rtp) {
            if (!is_savp(stream) || !has_key(stream->lines)) {
                return false;
            }
            encrypted++;
        }
    }
    return encrypted > 0;
}

/* A stream's m= line with RTP/AVP in place of RTP/SAVP. */
static void put_plain(struct sip_writer *out, const struct sdp_line *line,
                      const struct sdp_stream *stream) {
    const struct sip_text protocol = stream->protocol;
    sip_put_bytes(out, line->whole.at, (size_t)(protocol.at - line->whole.at));
    sip_put(out, "RTP/");
    sip_put_bytes(out, protocol.at + 5, protocol.length - 5); /* behind "RTP/S" */
    sip_put_bytes(out, protocol.at + protocol.length,
                  (size_t)(line->whole.at + line->whole.length - (protocol.at + protocol.length)));
}

enum sdp_keys_verdict sdp_keys_take(struct sip_text text, bool plain_allowed,
                                    struct sip_writer *out) {
    struct sdp description;
    struct sdp_line line;
    bool keys = false;
    if (!sdp_parse(text, &description)) {
        return has_key(text) ? SDP_KEYS_NO_ROOM : SDP_KEYS_NONE;
    }
    for (size_t i = 0; i < description.count; i++) {
        const struct sdp_stream *stream = &description.streams[i];
        if (is_savp(stream) && stream->active && !plain_allowed) {
            return SDP_KEYS_NEEDED;
        }
        keys = keys || is_savp(stream) || has_key(stream->lines);
    }
    if (!keys && !has_key(description.session)) {
        return SDP_KEYS_NONE;
    }
    for (struct sip_text rest = description.session; sdp_next_line(&rest, &line);) {
        if (!is_key(&line)) {
            sip_put_bytes(out, line.whole.at, line.whole.length);
        }
    }
    for (size_t i = 0; i < description.count; i++) {
        const struct sdp_stream *stream = &description.streams[i];
        for (struct sip_text rest = stream->lines; sdp_next_line(&rest, &line);) {
            if (line.type == 'm' && is_savp(stream)) {
                put_plain(out, &line, stream);
            } else if (!is_key(&line)) {
                sip_put_bytes(out, line.whole.at, line.whole.length);
            }
        }
    }
    return out->overflow ? SDP_KEYS_NO_ROOM : SDP_KEYS_TAKEN;
}
