/* Directions of streams. Pure. */
#include "media/sdp_direction.h"

static const char *const words[] = {"inactive", "sendonly", "recvonly", "sendrecv"};

static bool read_direction(const struct sdp_line *line, enum sdp_direction *direction) {
    for (int i = SDP_INACTIVE; line->type == 'a' && i <= SDP_BOTH; i++) {
        if (sip_text_is(sip_text_trim(line->value), words[i])) {
            *direction = (enum sdp_direction)i;
            return true;
        }
    }
    return false;
}

/* What the lines say, or else what holds for them anyway. */
static enum sdp_direction direction_in(struct sip_text lines, enum sdp_direction otherwise) {
    enum sdp_direction direction = otherwise;
    struct sdp_line line;
    while (sdp_next_line(&lines, &line)) {
        (void)read_direction(&line, &direction);
    }
    return direction;
}

enum sdp_direction sdp_direction_of(const struct sdp *description) {
    const enum sdp_direction session = direction_in(description->session, SDP_BOTH);
    int all = SDP_INACTIVE;
    for (size_t i = 0; i < description->count; i++) {
        if (description->streams[i].active) {
            all |= (int)direction_in(description->streams[i].lines, session);
        }
    }
    return (enum sdp_direction)all;
}

static void put_without_direction(struct sip_writer *out, struct sip_text lines) {
    struct sdp_line line;
    enum sdp_direction direction;
    while (sdp_next_line(&lines, &line)) {
        if (!read_direction(&line, &direction)) {
            sip_put_bytes(out, line.whole.at, line.whole.length);
        }
    }
}

bool sdp_direction_limit(struct sip_text text, enum sdp_direction most, struct sip_writer *out) {
    struct sdp description;
    bool changed = false;
    if (!sdp_parse(text, &description)) {
        return false;
    }
    const enum sdp_direction session = direction_in(description.session, SDP_BOTH);
    for (size_t i = 0; i < description.count; i++) {
        const int direction = (int)direction_in(description.streams[i].lines, session);
        changed = changed || (direction & (int)most) != direction;
    }
    if (!changed) {
        return false;
    }
    put_without_direction(out, description.session);
    for (size_t i = 0; i < description.count; i++) {
        const struct sip_text lines = description.streams[i].lines;
        put_without_direction(out, lines);
        if (out->used > 0 && out->data[out->used - 1] != '\n') {
            sip_put(out, "\r\n"); /* the last line had no end */
        }
        sip_put(out, "a=");
        sip_put(out, words[(int)direction_in(lines, session) & (int)most]);
        sip_put(out, "\r\n");
    }
    return true;
}
