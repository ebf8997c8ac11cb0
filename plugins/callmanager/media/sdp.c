/* Session descriptions as text. Pure. */
#include "media/sdp.h"

bool sdp_next_line(struct sip_text *rest, struct sdp_line *line) {
    const char *end;
    size_t length;
    if (rest->length == 0) {
        return false;
    }
    end = memchr(rest->at, '\n', rest->length);
    length = end == NULL ? rest->length : (size_t)(end - rest->at) + 1;
    line->whole.at = rest->at;
    line->whole.length = length;
    rest->at += length;
    rest->length -= length;
    while (length > 0 &&
           (line->whole.at[length - 1] == '\n' || line->whole.at[length - 1] == '\r')) {
        length--;
    }
    line->type = '\0';
    if (length >= 2 && line->whole.at[1] == '=') {
        line->type = line->whole.at[0];
    }
    line->value.at = line->type == '\0' ? line->whole.at : line->whole.at + 2;
    line->value.length = line->type == '\0' ? length : length - 2;
    return true;
}

bool sdp_next_word(struct sip_text *rest, struct sip_text *word) {
    while (rest->length > 0 && sip_is_space(rest->at[0])) {
        rest->at++;
        rest->length--;
    }
    word->at = rest->at;
    word->length = 0;
    while (rest->length > 0 && !sip_is_space(rest->at[0])) {
        word->length++;
        rest->at++;
        rest->length--;
    }
    return word->length > 0;
}

bool sdp_format_attribute(const struct sdp_line *line, const char *name, unsigned *payload_type,
                          struct sip_text *value) {
    const size_t length = strlen(name);
    struct sip_text word;
    uint64_t number;
    if (line->type != 'a' || line->value.length <= length || line->value.at[length] != ':' ||
        memcmp(line->value.at, name, length) != 0) {
        return false;
    }
    value->at = line->value.at + length + 1;
    value->length = line->value.length - length - 1;
    if (!sdp_next_word(value, &word) || !sip_text_number(word, 127, &number)) {
        return false;
    }
    *payload_type = (unsigned)number;
    *value = sip_text_trim(*value);
    return true;
}

void sdp_formats_read(const struct sdp_stream *stream, struct sdp_formats *formats) {
    struct sip_text rest = stream->lines;
    struct sdp_line line;
    memset(formats, 0, sizeof *formats);
    while (sdp_next_line(&rest, &line)) {
        unsigned type;
        struct sip_text value;
        if (sdp_format_attribute(&line, "rtpmap", &type, &value)) {
            formats->encodings[type] = value;
        } else if (sdp_format_attribute(&line, "fmtp", &type, &value)) {
            formats->parameters[type] = value;
        }
    }
}

/* "RTP/AVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", but not "udptl". */
static bool is_rtp(struct sip_text protocol) {
    for (size_t i = 0; i + 4 <= protocol.length; i++) {
        if ((i == 0 || protocol.at[i - 1] == '/') && strncasecmp(protocol.at + i, "RTP/", 4) == 0) {
            return true;
        }
    }
    return false;
}

static void begin_stream(struct sdp_stream *stream, const struct sdp_line *line) {
    struct sip_text rest = line->value, port = {"", 0};
    uint64_t number = 0;
    memset(stream, 0, sizeof *stream);
    (void)sdp_next_word(&rest, &stream->media);
    (void)sdp_next_word(&rest, &port);
    (void)sdp_next_word(&rest, &stream->protocol);
    for (size_t i = 0; i < port.length; i++) {
        if (port.at[i] == '/') {
            port.length = i;
        }
    }
    /* A port that cannot be read is not a refusal. */
    stream->active = !sip_text_number(port, 65535, &number) || number != 0;
    stream->formats = sip_text_trim(rest);
    stream->rtp = is_rtp(stream->protocol);
    stream->lines = line->whole;
}

bool sdp_is_bundle_only(const struct sdp_line *line) {
    return line->type == 'a' && sip_text_is(line->value, "bundle-only");
}

bool sdp_parse(struct sip_text text, struct sdp *result) {
    struct sip_text rest = text;
    struct sdp_line line;
    result->session.at = text.at;
    result->session.length = 0;
    result->count = 0;
    while (sdp_next_line(&rest, &line)) {
        if (line.type == 'm') {
            if (result->count == SDP_STREAMS_MAX) {
                return false;
            }
            begin_stream(&result->streams[result->count++], &line);
        } else if (result->count == 0) {
            result->session.length += line.whole.length;
        } else {
            struct sdp_stream *stream = &result->streams[result->count - 1];
            stream->lines.length += line.whole.length;
            stream->active = stream->active || sdp_is_bundle_only(&line);
        }
    }
    return true;
}

const struct sdp *sdp_read(struct sip_text text, struct sdp *result) {
    if (!sdp_parse(text, result)) {
        result->count = 0;
    }
    return result;
}

/* "audio 4000 RTP/AVP 0": what, where, how, and at least one format. */
static bool is_media(struct sip_text value) {
    struct sip_text rest = value, word;
    size_t words = 0;
    while (sdp_next_word(&rest, &word)) {
        words++;
    }
    return words >= 4;
}

const char *sdp_fault(struct sip_text text) {
    static const char begin[] = "vos"; /* in this order; the time comes somewhere behind */
    struct sip_text rest = text;
    struct sdp_line line;
    size_t count = 0, streams = 0;
    bool timed = false;
    while (sdp_next_line(&rest, &line)) {
        if (line.type < 'a' || line.type > 'z') {
            return "a line has not the form x=value";
        }
        if (count < sizeof begin - 1 && line.type != begin[count]) {
            return "it does not begin with v=, o= and s=";
        }
        if (line.type == 'v' && (count > 0 || !sip_text_is(line.value, "0"))) {
            return "v=0 stands once, at the beginning";
        }
        if (line.type == 'm' && (++streams > SDP_STREAMS_MAX || !is_media(line.value))) {
            return streams > SDP_STREAMS_MAX ? "there are too many streams"
                                             : "an m= line lacks port, protocol or format";
        }
        timed = timed || (line.type == 't' && streams == 0);
        count++;
    }
    return count < sizeof begin - 1 ? "it does not begin with v=, o= and s="
           : !timed                 ? "t= is missing"
                                    : NULL;
}
