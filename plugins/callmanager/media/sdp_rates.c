/* Rates of session descriptions. Pure. */
#include "media/sdp_rates.h"
#include "media/sdp_audio.h"

/* What the lines before the first stream, or those of one, say. */
struct section {
    bool still;       /* nothing flows in either direction */
    bool directed;    /* it says in which it does */
    bool deaf;        /* not towards who says it */
    bool has_place;   /* it names an address */
    bool nowhere;     /* 0.0.0.0 */
    int32_t tias, as; /* bits a second; 0: not said */
};

static int32_t number_behind(struct sip_text value, const char *name, uint64_t most) {
    const size_t length = strlen(name);
    uint64_t number;
    if (value.length <= length || strncasecmp(value.at, name, length) != 0) {
        return 0;
    }
    value.at += length;
    value.length -= length;
    return sip_text_number(sip_text_trim(value), most, &number) ? (int32_t)number : 0;
}

static bool ends_with(struct sip_text text, const char *end) {
    const size_t length = strlen(end);
    return text.length >= length && memcmp(text.at + text.length - length, end, length) == 0;
}

static void direct(struct section *section, struct sip_text value) {
    const bool inactive = sip_text_is_nocase(value, "inactive");
    const bool deaf = inactive || sip_text_is_nocase(value, "sendonly");
    if (deaf || sip_text_is_nocase(value, "sendrecv") || sip_text_is_nocase(value, "recvonly")) {
        section->still = section->still || inactive;
        section->directed = true;
        section->deaf = deaf;
    }
}

static struct section section_of(struct sip_text lines) {
    struct section section = {false, false, false, false, false, 0, 0};
    struct sdp_line line;
    while (sdp_next_line(&lines, &line)) {
        const struct sip_text value = sip_text_trim(line.value);
        if (line.type == 'a') {
            direct(&section, value);
        } else if (line.type == 'c') {
            section.has_place = true;
            section.nowhere = ends_with(value, " 0.0.0.0");
        } else if (line.type == 'b') {
            const int32_t tias = number_behind(value, "TIAS:", 100000000);
            const int32_t as = number_behind(value, "AS:", 100000);
            section.tias = tias > 0 ? tias : section.tias;
            section.as = as > 0 ? as * 1000 : section.as;
        }
    }
    return section;
}

static int32_t rate_counted(const struct audio_format *format) {
    return format->bit_rate == AUDIO_RATE_UNKNOWN ||
                   (format->adaptive && format->bit_rate > RATE_G711)
               ? RATE_G711
               : format->bit_rate;
}

static void add(int32_t *sum, int32_t rate) {
    *sum = rate > RATE_MOST - *sum ? RATE_MOST : *sum + rate;
}

static void add_audio(const struct sdp_stream *stream, struct sdp_rates *rates) {
    struct sip_text rest = stream->formats;
    struct sdp_formats formats;
    struct audio_format codec;
    int32_t first = 0, most = 0;
    sdp_formats_read(stream, &formats);
    while (sdp_next_codec(&rest, &formats, &codec)) {
        const int32_t rate = rate_counted(&codec);
        first = first == 0 ? rate : first;
        most = rate > most ? rate : most;
    }
    add(&rates->audio_most, most);
    add(&rates->audio_first, first);
}

struct sdp_rates sdp_rates_of(const struct sdp *description) {
    struct sdp_rates rates = {0, 0, 0};
    const struct section session = section_of(description->session);
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        const struct section own = section_of(stream->lines);
        if (!stream->active || own.still || session.still ||
            (own.has_place ? own.nowhere : session.nowhere)) {
            continue;
        }
        if (sip_text_is_nocase(stream->media, "audio")) {
            add_audio(stream, &rates);
        } else if (sip_text_is_nocase(stream->media, "video")) {
            add(&rates.video, own.tias > 0 ? own.tias : own.as > 0 ? own.as : RATE_VIDEO_UNSTATED);
        }
    }
    return rates;
}

bool sdp_is_held(const struct sdp *description) {
    bool streams = false;
    const struct section session = section_of(description->session);
    for (size_t i = 0; i < description->count; i++) {
        const struct section own = section_of(description->streams[i].lines);
        if (!description->streams[i].active) {
            continue;
        }
        streams = true;
        if (!(own.directed ? own.deaf : session.deaf) &&
            !(own.has_place ? own.nowhere : session.nowhere)) {
            return false;
        }
    }
    return streams;
}

static int32_t kbps(int32_t bits) {
    return (bits + 999) / 1000;
}

struct call_rates call_rates_of(const struct sdp_rates *offer, const struct sdp_rates *answer) {
    int32_t audio = offer->audio_most, video = offer->video;
    if (answer != NULL) {
        audio = answer->audio_first < audio ? answer->audio_first : audio;
        video = offer->video == 0 || answer->video == 0 ? 0
                : answer->video > video                 ? answer->video
                                                        : video;
    }
    return (struct call_rates){kbps(audio), video > 0 ? kbps(audio + video) : 0};
}
