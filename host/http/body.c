/* The body of a request. Pure. */
#include "host/http/body.h"

#include <sojourn/base/hex.h>

#include "host/http/text.h"

#define LINE_MAX_BYTES 256
#define TRAILER_MAX 8192

enum {
    PLAIN,
    SIZE_FIRST,
    SIZE,
    SIZE_BLANK,
    EXTENSION,
    EXTENSION_NAME,
    EXTENSION_NAME_BLANK,
    EXTENSION_IS,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPED,
    EXTENSION_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER,
    TRAILER_LF,
    LAST_LF
};

void sj_http_body_begin(struct http_body *body, bool chunked, uint64_t content_length,
                        size_t limit) {
    body->state = chunked ? SIZE_FIRST : PLAIN;
    body->remaining = chunked ? 0 : content_length;
    body->limit = limit;
    body->line = 0;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Behind a chunk's size, or a part of an extension: another extension, or the end of the line,
 * which no blank may stand before. */
static int end_part(char c, int blank_state) {
    return c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : is_blank(c) ? blank_state : -1;
}

static int quoted_state(char c) {
    const bool is_text = (unsigned char)c >= 0x20 && c != 0x7f;
    return c == '"'               ? EXTENSION_END
           : c == '\\'            ? EXTENSION_ESCAPED
           : is_text || c == '\t' ? EXTENSION_QUOTED
                                  : -1;
}

/* What follows a byte between the digits of a chunk's size and the end of its line (RFC
 * 9112 7.1.1): extensions mean nothing here, but where they end another server may read the body to
 * end. -1: it may not stand there. */
static int extension_state(int state, char c) {
    const bool is_token = sj_header_name_holds(c);
    switch (state) {
    case EXTENSION: return is_blank(c) ? EXTENSION : is_token ? EXTENSION_NAME : -1;
    case EXTENSION_NAME:
        return is_token   ? EXTENSION_NAME
               : c == '=' ? EXTENSION_IS
                          : end_part(c, EXTENSION_NAME_BLANK);
    case EXTENSION_NAME_BLANK:
        return c == '=' ? EXTENSION_IS : is_blank(c) ? state : c == ';' ? EXTENSION : -1;
    case EXTENSION_IS:
        return is_blank(c) ? EXTENSION_IS
               : c == '"'  ? EXTENSION_QUOTED
               : is_token  ? EXTENSION_VALUE
                           : -1;
    case EXTENSION_VALUE: return is_token ? EXTENSION_VALUE : end_part(c, SIZE_BLANK);
    case EXTENSION_QUOTED: return quoted_state(c);
    case EXTENSION_ESCAPED:
        return ((unsigned char)c >= 0x20 && c != 0x7f) || c == '\t' ? EXTENSION_QUOTED : -1;
    case EXTENSION_END: return end_part(c, SIZE_BLANK);
    default: return is_blank(c) ? SIZE_BLANK : c == ';' ? EXTENSION : -1; /* behind a blank */
    }
}

static int step_extension(struct http_body *body, char c) {
    body->state = extension_state(body->state, c);
    return body->state < 0 || ++body->line > LINE_MAX_BYTES ? 400 : 0;
}

/* Moves on over one byte of the framing of chunks. 0 go on, 1 complete, else a status. */
static int step(struct http_body *body, char c, const char **why) {
    int digit;
    *why = "the chunks of the body are not framed as HTTP/1.1 has it";
    switch (body->state) {
    case SIZE_FIRST:
    case SIZE:
        digit = sj_hex_value(c);
        if (digit >= 0) {
            body->remaining = body->remaining * 16 + (unsigned)digit;
            body->state = SIZE;
            if (++body->line > 8) {
                *why = "a chunk of the body is too long";
                return 413;
            }
            return 0;
        }
        if (body->state == SIZE_FIRST) {
            return 400;
        }
        body->state = EXTENSION_END; /* the same may follow */
        return step_extension(body, c);
    case SIZE_BLANK:
    case EXTENSION:
    case EXTENSION_NAME:
    case EXTENSION_NAME_BLANK:
    case EXTENSION_IS:
    case EXTENSION_VALUE:
    case EXTENSION_QUOTED:
    case EXTENSION_ESCAPED:
    case EXTENSION_END: return step_extension(body, c);
    case SIZE_LF:
        body->line = 0;
        body->state = body->remaining > 0 ? DATA : TRAILER_START;
        return c == '\n' ? 0 : 400;
    case DATA_CR: body->state = DATA_LF; return c == '\r' ? 0 : 400;
    case DATA_LF: body->state = SIZE_FIRST; return c == '\n' ? 0 : 400;
    case TRAILER_START:
        if (c == '\r') {
            body->state = LAST_LF;
            return 0;
        }
        body->state = TRAILER_NAME;
        return !sj_header_name_holds(c) ? 400 : ++body->line > TRAILER_MAX ? 431 : 0;
    case TRAILER_NAME:
        body->state = c == ':' ? TRAILER : TRAILER_NAME;
        return c != ':' && !sj_header_name_holds(c) ? 400 : ++body->line > TRAILER_MAX ? 431 : 0;
    case TRAILER:
        if (c == '\r') {
            body->state = TRAILER_LF;
            return 0;
        }
        return c == '\n' || c == '\0' ? 400 : ++body->line > TRAILER_MAX ? 431 : 0;
    case TRAILER_LF: body->state = TRAILER_START; return c == '\n' ? 0 : 400;
    default: return c == '\n' ? 1 : 400;
    }
}

int sj_http_body_feed(struct http_body *body, const char *data, size_t length, size_t *taken,
                      struct bytes *out, const char **why) {
    size_t at = 0;
    int result = 0;
    if (body->state == PLAIN && body->remaining > body->limit) {
        *taken = 0;
        *why = "the body is longer than allowed";
        return 413;
    }
    while (at < length && result == 0) {
        if (body->state == PLAIN || body->state == DATA) {
            size_t count = length - at < body->remaining ? length - at : (size_t)body->remaining;
            if (!sj_bytes_add(out, data + at, count)) {
                *why = "out of memory for the body";
                result = 503;
            } else {
                at += count;
                body->remaining -= count;
                if (body->remaining == 0) {
                    result = body->state == PLAIN ? 1 : 0;
                    body->state = DATA_CR;
                }
            }
        } else {
            result = step(body, data[at++], why);
            if (result == 0 && body->state == DATA && out->used + body->remaining > body->limit) {
                *why = "the body is longer than allowed";
                result = 413;
            }
        }
    }
    *taken = at;
    return result;
}
