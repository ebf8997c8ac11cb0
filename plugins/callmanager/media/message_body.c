/* Bodies in passing. Pure. */
#include "media/message_body.h"
#include "media/sdp_keys.h"

/* The headers of a part but for its length, which may change. */
static void put_headers(struct sip_writer *out, struct sip_text headers) {
    while (headers.length > 0) {
        const char *end = memchr(headers.at, '\n', headers.length);
        const size_t length = end == NULL ? headers.length : (size_t)(end - headers.at) + 1;
        if (length < 15 || strncasecmp(headers.at, "Content-Length:", 15) != 0) {
            sip_put_bytes(out, headers.at, length);
        }
        headers.at += length;
        headers.length -= length;
    }
}

/* One session description. SDP_CHANGED: it has been written to `out`. */
static enum sdp_verdict fit_description(const struct message_body_rules *rules,
                                        struct sip_text text, struct sip_writer *out,
                                        struct sdp_report *report) {
    char room[SIP_BODY_MAX], one_way[SIP_BODY_MAX];
    struct sip_writer keyless, directed;
    bool changed = false;
    enum sdp_keys_verdict keys = SDP_KEYS_NONE;
    enum sdp_verdict verdict = SDP_UNCHANGED;
    if (rules == NULL) {
        return SDP_UNCHANGED;
    }
    if (rules->one_way) {
        sip_writer_init(&directed, one_way, sizeof one_way);
        changed = sdp_direction_limit(text, rules->direction, &directed);
        if (directed.overflow) {
            return SDP_UNREADABLE;
        }
        text = changed ? (struct sip_text){one_way, directed.used} : text;
    }
    if (rules->no_keys) {
        sip_writer_init(&keyless, room, sizeof room);
        keys = sdp_keys_take(text, rules->plain_allowed, &keyless);
        if (keys == SDP_KEYS_NEEDED || keys == SDP_KEYS_NO_ROOM) {
            return keys == SDP_KEYS_NEEDED ? SDP_KEYS_MUST_GO : SDP_UNREADABLE;
        }
        if (keys == SDP_KEYS_TAKEN) {
            text.at = room;
            text.length = keyless.used;
            changed = true;
        }
    }
    if (rules->limits != NULL) {
        verdict = sdp_region_fit(rules->limits, text, out, report);
    }
    if (verdict == SDP_UNCHANGED && changed) {
        sip_put_bytes(out, text.at, text.length);
        return out->overflow ? SDP_UNREADABLE : SDP_CHANGED;
    }
    return verdict;
}

static bool may_not_go(enum sdp_verdict verdict) {
    return verdict == SDP_NO_AUDIO || verdict == SDP_UNREADABLE || verdict == SDP_KEYS_MUST_GO;
}

static enum sdp_verdict put_part(const struct message_body_rules *rules,
                                 const struct multipart *reader, const struct multipart_part *part,
                                 struct sip_writer *out, struct sip_text *content,
                                 struct sdp_report *report) {
    enum sdp_verdict verdict = SDP_UNCHANGED;
    sip_put(out, "--");
    sip_put_bytes(out, reader->boundary.at, reader->boundary.length);
    sip_put(out, "\r\n");
    put_headers(out, part->headers);
    sip_put(out, "\r\n");
    content->at = out->data + out->used;
    const size_t begin = out->used;
    if (media_type_is(part->type, MEDIA_SDP)) {
        verdict = fit_description(rules, part->content, out, report);
    }
    if (verdict == SDP_UNCHANGED) {
        sip_put_bytes(out, part->content.at, part->content.length);
    }
    content->length = out->used - begin;
    sip_put(out, "\r\n");
    return verdict;
}

static enum sdp_verdict fit_parts(const struct message_body_rules *rules, struct message_body body,
                                  struct multipart *reader, struct sip_writer *out,
                                  struct message_body *result, struct sdp_report *report) {
    const size_t begin = out->used;
    struct sip_text only = {"", 0};
    bool changed = false, only_sdp = false;
    size_t kept = 0;
    struct multipart_part part;
    while (multipart_next(reader, &part)) {
        if (media_type_is(part.type, MEDIA_PIDF)) {
            changed = true;
            continue;
        }
        const enum sdp_verdict verdict = put_part(rules, reader, &part, out, &only, report);
        if (may_not_go(verdict)) {
            return verdict;
        }
        changed = changed || verdict == SDP_CHANGED;
        only_sdp = kept++ == 0 && media_type_is(part.type, MEDIA_SDP);
    }
    multipart_put_end(out, reader->boundary);
    if (out->overflow) {
        return SDP_UNREADABLE;
    }
    if (!changed) {
        out->used = begin;
        return SDP_UNCHANGED;
    }
    if (only_sdp || kept == 0) { /* nothing left to be kept apart */
        result->type = sip_text_of(kept == 0 ? "" : MEDIA_SDP);
        result->content = kept == 0 ? sip_text_of("") : only;
        return SDP_CHANGED;
    }
    result->type = body.type;
    result->content.at = out->data + begin;
    result->content.length = out->used - begin;
    return SDP_CHANGED;
}

enum sdp_verdict message_body_fit(const struct message_body_rules *rules, struct message_body body,
                                  struct sip_writer *out, struct message_body *result,
                                  struct sdp_report *report) {
    struct multipart reader;
    enum sdp_verdict verdict = SDP_UNCHANGED;
    *result = body;
    memset(report, 0, sizeof *report);
    if (body.content.length == 0) {
        return SDP_UNCHANGED;
    }
    if (multipart_begin(body.type, body.content, &reader)) {
        return fit_parts(rules, body, &reader, out, result, report);
    }
    if (media_type_is(body.type, MEDIA_SDP)) {
        const size_t begin = out->used;
        verdict = fit_description(rules, body.content, out, report);
        if (verdict == SDP_CHANGED) {
            result->content.at = out->data + begin;
            result->content.length = out->used - begin;
        }
    }
    return verdict;
}

struct sip_text message_body_description(struct message_body body) {
    struct multipart reader;
    struct multipart_part part;
    if (media_type_is(body.type, MEDIA_SDP)) {
        return body.content;
    }
    if (multipart_begin(body.type, body.content, &reader)) {
        while (multipart_next(&reader, &part)) {
            if (media_type_is(part.type, MEDIA_SDP)) {
                return part.content;
            }
        }
    }
    return sip_text_of("");
}
