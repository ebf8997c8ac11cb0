/* Bodies in passing. Pure. */
#include "sip/message_body.h"

/* The headers of a part but for its length, which may change. */
static void put_headers(sip_writer *out, sip_text headers) {
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

static sdp_verdict put_part(const sdp_limits *limits, const multipart *reader, const multipart_part *part, sip_writer *out,
                            sip_text *content, sdp_report *report) {
    sdp_verdict verdict = SDP_UNCHANGED;
    sip_put(out, "--");
    sip_put_bytes(out, reader->boundary.at, reader->boundary.length);
    sip_put(out, "\r\n");
    put_headers(out, part->headers);
    sip_put(out, "\r\n");
    content->at = out->data + out->used;
    const size_t begin = out->used;
    if (limits != NULL && media_type_is(part->type, MEDIA_SDP)) {
        verdict = sdp_region_fit(limits, part->content, out, report);
    }
    if (verdict == SDP_UNCHANGED) {
        sip_put_bytes(out, part->content.at, part->content.length);
    }
    content->length = out->used - begin;
    sip_put(out, "\r\n");
    return verdict;
}

static sdp_verdict fit_parts(const sdp_limits *limits, message_body body, multipart *reader, sip_writer *out,
                             message_body *result, sdp_report *report) {
    const size_t begin = out->used;
    sip_text only = {"", 0};
    bool changed = false, only_sdp = false;
    size_t kept = 0;
    multipart_part part;
    while (multipart_next(reader, &part)) {
        if (media_type_is(part.type, MEDIA_PIDF)) {
            changed = true;
            continue;
        }
        const sdp_verdict verdict = put_part(limits, reader, &part, out, &only, report);
        if (verdict == SDP_NO_AUDIO || verdict == SDP_UNREADABLE) {
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

sdp_verdict message_body_fit(const sdp_limits *limits, message_body body, sip_writer *out, message_body *result,
                             sdp_report *report) {
    multipart reader;
    sdp_verdict verdict = SDP_UNCHANGED;
    *result = body;
    memset(report, 0, sizeof *report);
    if (body.content.length == 0) {
        return SDP_UNCHANGED;
    }
    if (multipart_begin(body.type, body.content, &reader)) {
        return fit_parts(limits, body, &reader, out, result, report);
    }
    if (limits != NULL && media_type_is(body.type, MEDIA_SDP)) {
        const size_t begin = out->used;
        verdict = sdp_region_fit(limits, body.content, out, report);
        if (verdict == SDP_CHANGED) {
            result->content.at = out->data + begin;
            result->content.length = out->used - begin;
        }
    }
    return verdict;
}
