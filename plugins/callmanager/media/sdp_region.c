/* Session descriptions within a region's limits. Pure. */
#include "media/sdp_region.h"
#include "media/sdp.h"

#include <stdio.h>

enum { RANK_LAST = 255 };

/* What is done with one audio stream. */
struct audio_plan {
    uint8_t order[SDP_PAYLOAD_TYPES]; /* payload types kept, in the order they are offered in */
    size_t kept;
    bool dropped[SDP_PAYLOAD_TYPES];
    bool capped[SDP_PAYLOAD_TYPES]; /* an adaptive codec that is told the limit */
    bool has_fmtp[SDP_PAYLOAD_TYPES];
    bool reordered;
};

struct stream_plan {
    bool refused;
    int32_t video_bit_rate; /* > 0: limited to that */
    struct sip_text mid;
    struct audio_plan audio;
};

struct fitting {
    const struct sdp_limits *limits;
    const struct sdp *description;
    struct sip_writer *out;
    struct sdp_report *report;
    struct stream_plan plans[SDP_STREAMS_MAX];
    bool changed, has_video;
};

void sdp_limits_set_order(struct sdp_limits *limits, const sj_audio_codec *codecs, size_t count) {
    memset(limits->rank, RANK_LAST, sizeof limits->rank);
    for (size_t i = 0; i < count && i < RANK_LAST; i++) {
        const size_t codec = (size_t)codecs[i].name;
        if (codec < AUDIO_CODECS && limits->rank[codec] == RANK_LAST) {
            limits->rank[codec] = (uint8_t)i;
        }
    }
}

/* Unchanged; the last line of a text may be without its end. */
static void put_line(struct sip_writer *out, const struct sdp_line *line) {
    sip_put_bytes(out, line->whole.at, line->whole.length);
    if (line->whole.at[line->whole.length - 1] != '\n') {
        sip_put(out, "\r\n");
    }
}

/* ---- audio ---- */

static void note_removed(struct sdp_report *report, const struct audio_format *format,
                         unsigned payload_type, struct sip_text encoding) {
    const size_t used = strlen(report->removed), room = sizeof report->removed - used;
    const char *comma = used == 0 ? "" : ", ";
    int length = 0;
    if (format->kind == AUDIO_FORMAT_CODEC && format->bit_rate != AUDIO_RATE_UNKNOWN) {
        length = snprintf(report->removed + used, room, "%s%s %g kbps", comma, format->label,
                          format->bit_rate / 1000.0);
    } else if (format->kind == AUDIO_FORMAT_CODEC && encoding.length > 0) {
        length = snprintf(report->removed + used, room, "%s%.*s of unknown rate", comma,
                          (int)(encoding.length < 20 ? encoding.length : 20), encoding.at);
    } else if (format->kind == AUDIO_FORMAT_CODEC) {
        length = snprintf(report->removed + used, room, "%spayload type %u of unknown rate", comma,
                          payload_type);
    }
    if (length < 0 || (size_t)length >= room) {
        report->removed[used] = '\0';
    }
}

static unsigned rank_of(const struct fitting *fit, const struct audio_format *format) {
    return format->kind != AUDIO_FORMAT_CODEC ? RANK_LAST + 1u
           : format->codec < AUDIO_CODECS     ? fit->limits->rank[format->codec]
                                              : RANK_LAST;
}

/* Keeps the format in its place of the order; a later one of the same rank comes later. */
static void keep(struct audio_plan *plan, unsigned ranks[SDP_PAYLOAD_TYPES], uint8_t payload_type,
                 unsigned rank) {
    size_t at = plan->kept++;
    while (at > 0 && ranks[at - 1] > rank) {
        ranks[at] = ranks[at - 1];
        plan->order[at] = plan->order[at - 1];
        plan->reordered = true;
        at--;
    }
    ranks[at] = rank;
    plan->order[at] = payload_type;
}

/* Decides about each format of the stream. Returns the most that the codecs kept may need; 0 when
 * none is. */
static int32_t plan_audio(const struct fitting *fit, const struct sdp_stream *stream,
                          struct audio_plan *plan) {
    struct sdp_formats formats;
    unsigned ranks[SDP_PAYLOAD_TYPES];
    bool seen[SDP_PAYLOAD_TYPES] = {false};
    struct sip_text rest = stream->formats, word;
    int32_t most = 0;
    memset(plan, 0, sizeof *plan);
    sdp_formats_read(stream, &formats);
    for (size_t type = 0; type < SDP_PAYLOAD_TYPES; type++) {
        plan->has_fmtp[type] = formats.parameters[type].at != NULL;
    }
    while (sdp_next_word(&rest, &word)) {
        uint64_t type;
        struct audio_format format;
        if (!sip_text_number(word, SDP_PAYLOAD_TYPES - 1, &type) || seen[type]) {
            plan->reordered =
                true; /* no payload type, or one for the second time: it is left out */
            continue;
        }
        seen[type] = true;
        format = audio_format_of((unsigned)type, formats.encodings[type], formats.parameters[type]);
        const bool fits = format.bit_rate <= fit->limits->audio_bit_rate || format.adaptive;
        if (format.kind == AUDIO_FORMAT_OVERHEAD ||
            (format.kind == AUDIO_FORMAT_CODEC && !fits && !fit->limits->larger_audio_last)) {
            plan->dropped[type] = true;
            note_removed(fit->report, &format, (unsigned)type, formats.encodings[type]);
            continue;
        }
        if (format.kind == AUDIO_FORMAT_CODEC) {
            const int32_t rate = format.bit_rate < fit->limits->audio_bit_rate
                                     ? format.bit_rate
                                     : fit->limits->audio_bit_rate;
            plan->capped[type] = fits && format.bit_rate > fit->limits->audio_bit_rate;
            most = rate > most ? rate : most;
        }
        keep(plan, ranks, (uint8_t)type,
             fits || format.kind != AUDIO_FORMAT_CODEC ? rank_of(fit, &format) : RANK_LAST + 2u);
    }
    return most;
}

static void put_audio_formats(struct sip_writer *out, const struct sdp_line *line,
                              const struct sdp_stream *stream, const struct audio_plan *plan) {
    /* Up to the formats as it came: media, port with its count, protocol. */
    sip_put_bytes(out, line->whole.at, (size_t)(stream->formats.at - line->whole.at));
    for (size_t i = 0; i < plan->kept; i++) {
        sip_put(out, i == 0 ? "" : " ");
        sip_put_number(out, plan->order[i]);
    }
    sip_put(out, "\r\n");
}

static void put_capped(const struct fitting *fit, unsigned type, struct sip_text parameters) {
    struct sip_writer *out = fit->out;
    const char *at = parameters.at, *const end = parameters.at + parameters.length;
    sip_put(out, "a=fmtp:");
    sip_put_number(out, type);
    sip_put(out, " maxaveragebitrate=");
    sip_put_number(out, (uint64_t)fit->limits->audio_bit_rate);
    while (at < end) { /* the other parameters as they came */
        const char *stop = memchr(at, ';', (size_t)(end - at));
        const struct sip_text pair = {at, (size_t)((stop == NULL ? end : stop) - at)};
        const struct sip_text trimmed = sip_text_trim(pair);
        struct sip_text value;
        if (trimmed.length > 0 && !audio_parameter(trimmed, "maxaveragebitrate", &value)) {
            sip_put(out, ";");
            sip_put_bytes(out, trimmed.at, trimmed.length);
        }
        at = stop == NULL ? end : stop + 1;
    }
    sip_put(out, "\r\n");
}

static void put_audio_line(const struct fitting *fit, const struct sdp_stream *stream,
                           const struct audio_plan *plan, const struct sdp_line *line) {
    unsigned type;
    struct sip_text value;
    if (line->type == 'm') {
        put_audio_formats(fit->out, line, stream, plan);
        return;
    }
    if (sdp_format_attribute(line, "fmtp", &type, &value)) {
        if (plan->capped[type]) {
            put_capped(fit, type, value);
            return;
        }
        if (plan->dropped[type]) {
            return;
        }
    } else if ((sdp_format_attribute(line, "rtpmap", &type, &value) ||
                sdp_format_attribute(line, "rtcp-fb", &type, &value)) &&
               plan->dropped[type]) {
        return;
    }
    put_line(fit->out, line);
    if (sdp_format_attribute(line, "rtpmap", &type, &value) && plan->capped[type] &&
        !plan->has_fmtp[type]) {
        const struct sip_text none = {"", 0};
        put_capped(fit, type, none);
    }
}

static bool audio_changes(const struct audio_plan *plan) {
    bool changes = plan->reordered;
    for (size_t i = 0; i < SDP_PAYLOAD_TYPES; i++) {
        changes = changes || plan->dropped[i] || plan->capped[i];
    }
    return changes;
}

/* ---- bandwidth ---- */

/* A b= line within a limit; false when it says nothing about the media's rate, or stays as it is.
 */
static bool lower_bandwidth(struct sip_writer *out, const struct sdp_line *line, int32_t limit,
                            bool *said) {
    static const struct {
        const char *name;
        int32_t unit;
    } modifiers[] = {{"AS:", 1000}, {"CT:", 1000}, {"TIAS:", 1}};
    for (size_t i = 0; line->type == 'b' && i < sizeof modifiers / sizeof modifiers[0]; i++) {
        const size_t length = strlen(modifiers[i].name);
        struct sip_text rest = line->value, word;
        uint64_t number;
        if (rest.length <= length || strncasecmp(rest.at, modifiers[i].name, length) != 0) {
            continue;
        }
        rest.at += length;
        rest.length -= length;
        *said = true;
        const uint64_t allowed = (uint64_t)(limit / modifiers[i].unit);
        if (sdp_next_word(&rest, &word) && sip_text_number(word, UINT64_MAX, &number) &&
            number <= allowed) {
            return false;
        }
        sip_put(out, "b=");
        sip_put(out, modifiers[i].name);
        sip_put_number(out, allowed);
        sip_put(out, "\r\n");
        return true;
    }
    return false;
}

static void put_bandwidth(struct sip_writer *out, int32_t limit) {
    sip_put(out, "b=AS:");
    sip_put_number(out, (uint64_t)(limit / 1000));
    sip_put(out, "\r\nb=TIAS:");
    sip_put_number(out, (uint64_t)limit);
    sip_put(out, "\r\n");
}

/* ---- streams ---- */

static bool is_media(const struct sdp_stream *stream, const char *media) {
    return sip_text_is_nocase(stream->media, media);
}

static void put_refused(struct sip_writer *out, const struct sdp_line *line,
                        const struct sdp_stream *stream) {
    sip_put(out, "m=");
    sip_put_bytes(out, stream->media.at, stream->media.length);
    sip_put(out, " 0 ");
    sip_put_bytes(out, stream->protocol.at, stream->protocol.length);
    sip_put(out, " ");
    sip_put_bytes(out, stream->formats.at,
                  (size_t)(line->value.at + line->value.length - stream->formats.at));
    sip_put(out, "\r\n");
}

/* Bandwidth stands behind i= and c=, before k= and a=. */
static void put_video(struct fitting *fit, const struct sdp_stream *stream, int32_t limit) {
    struct sip_text rest = stream->lines;
    struct sdp_line line;
    bool said = false, behind = false;
    struct sip_text look = stream->lines;
    while (sdp_next_line(&look, &line)) {
        struct sip_writer none = {NULL, 0, 0, false};
        (void)lower_bandwidth(&none, &line, limit, &said);
    }
    while (sdp_next_line(&rest, &line)) {
        if (!said && !behind && (line.type == 'k' || line.type == 'a')) {
            put_bandwidth(fit->out, limit);
            behind = true;
        }
        if (lower_bandwidth(fit->out, &line, limit, &behind)) {
            fit->changed = fit->report->video_limited = true;
        } else {
            put_line(fit->out, &line);
        }
    }
    if (!said) {
        fit->changed = fit->report->video_limited = true;
        if (!behind) {
            put_bandwidth(fit->out, limit);
        }
    }
}

static void put_stream(struct fitting *fit, const struct sdp_stream *stream,
                       const struct stream_plan *plan) {
    struct sip_text rest = stream->lines;
    struct sdp_line line;
    const bool rewrite_audio =
        !plan->refused && stream->active && stream->rtp && is_media(stream, "audio");
    if (plan->video_bit_rate > 0) {
        put_video(fit, stream, plan->video_bit_rate);
        return;
    }
    while (sdp_next_line(&rest, &line)) {
        if (line.type == 'm' && plan->refused) {
            put_refused(fit->out, &line, stream);
        } else if (plan->refused && sdp_is_bundle_only(&line)) {
            continue; /* or it would not be refused */
        } else if (rewrite_audio) {
            put_audio_line(fit, stream, &plan->audio, &line);
        } else {
            put_line(fit->out, &line);
        }
    }
}

/* ---- the session ---- */

static bool is_of_refused(const struct fitting *fit, struct sip_text mid) {
    for (size_t i = 0; i < fit->description->count; i++) {
        if (fit->plans[i].refused && fit->plans[i].mid.length > 0 &&
            sip_text_equal(fit->plans[i].mid, mid)) {
            return true;
        }
    }
    return false;
}

static void put_session(struct fitting *fit) {
    struct sip_text rest = fit->description->session;
    struct sdp_line line;
    while (sdp_next_line(&rest, &line)) {
        bool said;
        if (fit->has_video &&
            lower_bandwidth(fit->out, &line, fit->limits->video_bit_rate, &said)) {
            fit->changed = fit->report->video_limited = true;
            continue;
        }
        if (line.type == 'a' && line.value.length > 13 &&
            memcmp(line.value.at, "group:BUNDLE ", 13) == 0) {
            struct sip_text words = {line.value.at + 13, line.value.length - 13}, word;
            sip_put(fit->out, "a=group:BUNDLE");
            while (sdp_next_word(&words, &word)) {
                if (!is_of_refused(fit, word)) {
                    sip_put(fit->out, " ");
                    sip_put_bytes(fit->out, word.at, word.length);
                }
            }
            sip_put(fit->out, "\r\n");
            continue;
        }
        put_line(fit->out, &line);
    }
}

static struct sip_text mid_of(const struct sdp_stream *stream) {
    struct sip_text rest = stream->lines;
    struct sip_text none = {"", 0};
    struct sdp_line line;
    while (sdp_next_line(&rest, &line)) {
        if (line.type == 'a' && line.value.length > 4 && memcmp(line.value.at, "mid:", 4) == 0) {
            const struct sip_text mid = {line.value.at + 4, line.value.length - 4};
            return sip_text_trim(mid);
        }
    }
    return none;
}

static void refuse(struct fitting *fit, size_t at) {
    fit->plans[at].refused = true;
    fit->plans[at].mid = mid_of(&fit->description->streams[at]);
    fit->changed = true;
}

/* Audio first: video gets what it leaves. False when there is audio and none fits. */
static bool plan_streams(struct fitting *fit) {
    const struct sdp *description = fit->description;
    size_t audio_streams = 0, audio_left = 0;
    int32_t audio_rate = 0;
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        if (!stream->active || !is_media(stream, "audio")) {
            continue;
        }
        audio_streams++;
        if (!stream->rtp) {
            audio_left++;
            continue;
        }
        const int32_t rate = plan_audio(fit, stream, &fit->plans[i].audio);
        if (rate == 0) {
            refuse(fit, i);
        } else {
            audio_left++;
            audio_rate = rate > audio_rate ? rate : audio_rate;
            fit->changed = fit->changed || audio_changes(&fit->plans[i].audio);
        }
    }
    for (size_t i = 0; i < description->count; i++) {
        const struct sdp_stream *stream = &description->streams[i];
        if (!stream->active || !is_media(stream, "video")) {
            continue;
        }
        if (fit->limits->video_bit_rate - audio_rate < 1000) {
            refuse(fit, i);
            fit->report->video_refused = true;
        } else {
            fit->plans[i].video_bit_rate = fit->limits->video_bit_rate - audio_rate;
            fit->has_video = true;
        }
    }
    return audio_streams == 0 || audio_left > 0;
}

enum sdp_verdict sdp_region_fit(const struct sdp_limits *limits, struct sip_text text,
                                struct sip_writer *out, struct sdp_report *report) {
    struct sdp description;
    struct fitting fit;
    memset(report, 0, sizeof *report);
    if (!sdp_parse(text, &description)) {
        return SDP_UNREADABLE;
    }
    if (description.count == 0) {
        return SDP_UNCHANGED;
    }
    fit.limits = limits;
    fit.description = &description;
    fit.out = out;
    fit.report = report;
    fit.changed = fit.has_video = false;
    memset(fit.plans, 0, description.count * sizeof fit.plans[0]);
    if (!plan_streams(&fit)) {
        return SDP_NO_AUDIO;
    }
    const size_t begin = out->used;
    put_session(&fit);
    for (size_t i = 0; i < description.count; i++) {
        put_stream(&fit, &description.streams[i], &fit.plans[i]);
    }
    if (out->overflow) {
        return SDP_UNREADABLE;
    }
    if (!fit.changed) {
        out->used = begin;
        return SDP_UNCHANGED;
    }
    return SDP_CHANGED;
}
