/* Bodies of several parts. Pure. */
#include "sip/multipart.h"

bool media_type_is(struct sip_text content_type, const char *type) {
    size_t length = 0;
    while (length < content_type.length && content_type.at[length] != ';') {
        length++;
    }
    content_type.length = length;
    return sip_text_is_nocase(sip_text_trim(content_type), type);
}

bool multipart_begin(struct sip_text content_type, struct sip_text content,
                     struct multipart *reader) {
    struct sip_text parameters = content_type;
    if (content_type.length < 10 || strncasecmp(content_type.at, "multipart/", 10) != 0) {
        return false;
    }
    while (parameters.length > 0 && parameters.at[0] != ';') {
        parameters.at++;
        parameters.length--;
    }
    if (!sip_param(parameters, "boundary", &reader->boundary)) {
        return false;
    }
    reader->rest = content;
    return reader->boundary.length > 0 && reader->boundary.length <= 70;
}

/* The next delimiter line: "--boundary" at the start of a line. `before` gets what stands before
 * it, without the line end that belongs to the delimiter; the reader then stands behind it. False
 * when there is none. */
static bool find_delimiter(struct multipart *reader, struct sip_text *before, bool *last) {
    const char *const begin = reader->rest.at, *const end = begin + reader->rest.length;
    const size_t length = reader->boundary.length;
    for (const char *at = begin; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if ((size_t)(end - at) >= length + 2 && at[0] == '-' && at[1] == '-' &&
            memcmp(at + 2, reader->boundary.at, length) == 0) {
            const char *behind = at + 2 + length, *stop = at;
            *last = end - behind >= 2 && behind[0] == '-' && behind[1] == '-';
            if (*last || behind == end || *behind == '\r' || *behind == '\n' || *behind == ' ' ||
                *behind == '\t') {
                if (stop > begin && stop[-1] == '\n') {
                    stop--;
                }
                if (stop > begin && stop[-1] == '\r') {
                    stop--;
                }
                before->at = begin;
                before->length = (size_t)(stop - begin);
                reader->rest.at = line_end == NULL ? end : line_end + 1;
                reader->rest.length = (size_t)(end - reader->rest.at);
                return true;
            }
        }
        at = line_end == NULL ? end : line_end + 1;
    }
    return false;
}

/* Takes a line off `rest`, without its end; false at the end of the text. */
static bool next_line(struct sip_text *rest, struct sip_text *line) {
    const char *end;
    if (rest->length == 0) {
        return false;
    }
    end = memchr(rest->at, '\n', rest->length);
    line->at = rest->at;
    line->length = end == NULL ? rest->length : (size_t)(end - rest->at);
    rest->at = end == NULL ? rest->at + rest->length : end + 1;
    rest->length -= line->length + (end == NULL ? 0 : 1);
    *line = sip_text_trim(*line);
    return true;
}

static bool header_value(struct sip_text line, const char *name, struct sip_text *value) {
    const char *colon = line.length == 0 ? NULL : memchr(line.at, ':', line.length);
    if (colon == NULL) {
        return false;
    }
    const struct sip_text left = {line.at, (size_t)(colon - line.at)};
    if (!sip_text_is_nocase(sip_text_trim(left), name)) {
        return false;
    }
    value->at = colon + 1;
    value->length = (size_t)(line.at + line.length - colon - 1);
    *value = sip_text_trim(*value);
    return true;
}

static void read_part(struct sip_text whole, struct multipart_part *part) {
    struct sip_text rest = whole, line;
    memset(part, 0, sizeof *part);
    part->type = sip_text_of("text/plain");
    part->id = sip_text_of("");
    part->headers.at = whole.at;
    while (next_line(&rest, &line) && line.length > 0) {
        part->headers.length = (size_t)(rest.at - whole.at);
        if (header_value(line, "Content-ID", &part->id)) {
            if (part->id.length >= 2 && part->id.at[0] == '<' &&
                part->id.at[part->id.length - 1] == '>') {
                part->id.at++;
                part->id.length -= 2;
            }
        } else if (!header_value(line, "Content-Type", &part->type)) {
            (void)header_value(line, "c", &part->type); /* as some write it */
        }
    }
    part->content = rest;
}

bool multipart_next(struct multipart *reader, struct multipart_part *part) {
    struct sip_text before;
    bool last = false;
    /* What precedes the first delimiter, and what a call before has left, is the rest up to here.
     */
    if (reader->rest.length == 0 || !find_delimiter(reader, &before, &last) || last) {
        return false;
    }
    struct multipart ahead = *reader;
    if (!find_delimiter(&ahead, &before, &last)) {
        before = reader->rest; /* the closing delimiter is missing */
        ahead.rest.at += ahead.rest.length;
        ahead.rest.length = 0;
        reader->rest = ahead.rest;
    } else {
        /* The delimiter is found again by the next call. */
        const size_t used = (size_t)(before.at - reader->rest.at) + before.length;
        reader->rest.at += used;
        reader->rest.length -= used;
        while (reader->rest.length > 0 && reader->rest.at[0] != '-') {
            reader->rest.at++;
            reader->rest.length--;
        }
    }
    read_part(before, part);
    return true;
}

bool multipart_find(struct sip_text content_type, struct sip_text content, const char *type,
                    struct multipart_part *part) {
    struct multipart reader;
    if (multipart_begin(content_type, content, &reader)) {
        while (multipart_next(&reader, part)) {
            if (media_type_is(part->type, type)) {
                return true;
            }
        }
    }
    return false;
}

void multipart_put(struct sip_writer *out, struct sip_text boundary, struct sip_text headers,
                   struct sip_text content) {
    sip_put(out, "--");
    sip_put_bytes(out, boundary.at, boundary.length);
    sip_put(out, "\r\n");
    sip_put_bytes(out, headers.at, headers.length);
    sip_put(out, "\r\n");
    sip_put_bytes(out, content.at, content.length);
    sip_put(out, "\r\n");
}

void multipart_put_end(struct sip_writer *out, struct sip_text boundary) {
    sip_put(out, "--");
    sip_put_bytes(out, boundary.at, boundary.length);
    sip_put(out, "--\r\n");
}
