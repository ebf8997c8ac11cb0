/* Addresses, ports and codecs of session descriptions. Pure. */
#include "media/sdp_point.h"
#include "media/sdp_audio.h"

#include <stdio.h>

/* The address of the last c= among the lines: "IN IP4 192.0.2.1/127". */
static struct sip_text address_in(struct sip_text lines) {
    struct sip_text found = {"", 0};
    struct sdp_line line;
    while (sdp_next_line(&lines, &line)) {
        struct sip_text rest = line.value, word;
        if (line.type != 'c') {
            continue;
        }
        for (int i = 0; i < 3 && sdp_next_word(&rest, &word); i++) {
            found = i == 2 ? word : found;
        }
    }
    for (size_t i = 0; i < found.length; i++) { /* of a multicast address: without its TTL */
        found.length = found.at[i] == '/' ? i : found.length;
    }
    return found;
}

static uint16_t packet_ms_of(struct sip_text lines) {
    static const char name[] = "ptime:";
    struct sdp_line line;
    while (sdp_next_line(&lines, &line)) {
        struct sip_text value = line.value;
        uint64_t number;
        if (line.type == 'a' && value.length > sizeof name - 1 &&
            strncasecmp(value.at, name, sizeof name - 1) == 0) {
            value.at += sizeof name - 1;
            value.length -= sizeof name - 1;
            return sip_text_number(sip_text_trim(value), 1000, &number) ? (uint16_t)number : 0;
        }
    }
    return 0;
}

static void copy(char *out, size_t room, struct sip_text text) {
    if (text.length < room) {
        (void)snprintf(out, room, "%.*s", (int)text.length, text.at);
    }
}

static void find_codec(const struct sdp_stream *stream, struct sdp_point *point) {
    struct sip_text rest = stream->formats;
    struct sdp_formats formats;
    struct audio_format codec;
    sdp_formats_read(stream, &formats);
    if (sdp_next_codec(&rest, &formats, &codec)) {
        (void)snprintf(point->codec, sizeof point->codec, "%s", codec.label);
    }
}

struct sdp_point sdp_point_of(const struct sdp *description) {
    struct sdp_point point = {0};
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        if (stream->active && sip_text_is_nocase(stream->media, "audio")) {
            const struct sip_text own = address_in(stream->lines);
            uint64_t port = 0;
            struct sdp_line media;
            struct sip_text lines = stream->lines, word;
            if (sdp_next_line(&lines, &media) && sdp_next_word(&media.value, &word) &&
                sdp_next_word(&media.value, &word)) {
                (void)sip_text_number(word, UINT16_MAX, &port);
            }
            point.port = (uint16_t)port;
            copy(point.address, sizeof point.address,
                 own.length > 0 ? own : address_in(description->session));
            point.packet_ms = packet_ms_of(stream->lines);
            find_codec(stream, &point);
            break;
        }
    }
    return point;
}
