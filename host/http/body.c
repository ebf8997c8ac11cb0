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

/* Behind the digits of a chunk's size: blanks, extensions, the end of the line. */
static int end_size(struct http_body *body, char c) {
    body->state = c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : SIZE_BLANK;
    return c == '\r' || c == ';' || c == ' ' || c == '\t' ? 0 : 400;
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
        return end_size(body, c);
    case SIZE_BLANK: return end_size(body, c);
    case EXTENSION:
        if (c == '\r') {
            body->state = SIZE_LF;
            return 0;
        }
        return (c < 0x20 && c != '\t') || c == 0x7f || ++body->line > LINE_MAX_BYTES ? 400 : 0;
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
