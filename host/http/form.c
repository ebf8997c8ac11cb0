/* Query strings and form bodies. Pure. */
#include "host/http/form.h"

#include <string.h>
#include <strings.h>

#include <sojourn/base/form.h>
#include <sojourn/base/utf8.h>

size_t sj_form_count(const char *text, size_t length) {
    size_t count = length > 0 ? 1 : 0;
    const char *end = text + length;
    for (const char *at = text; at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL;
         at++) {
        count++;
    }
    return count;
}

bool sj_form_has_too_many(const char *text, size_t length) {
    const char *end = text + length;
    size_t count = 1;
    for (const char *at = text;
         count <= SJ_FORM_PARAMS_MAX && (at = memchr(at, '&', (size_t)(end - at))) != NULL; at++) {
        count++;
    }
    return count > SJ_FORM_PARAMS_MAX;
}

size_t sj_form_room(size_t length, size_t count) {
    return 2 * length + 2 * count + 2; /* each byte at most two in UTF-8; two NULs a parameter */
}

/* Decodes one name or value to `out`, with a NUL; returns the end. */
static char *decode(const char *text, size_t length, char *out) {
    char *start = out;
    const size_t count = sj_form_decode(text, length, out);
    out += count;
    if (!sj_utf8_valid(start, count)) {
        size_t high = 0, from = count;
        for (size_t i = 0; i < count; i++) {
            high += (unsigned char)start[i] >= 0x80;
        }
        out = start + count + high;
        for (char *to = out; from > 0;) {
            unsigned char c = (unsigned char)start[--from];
            if (c >= 0x80) {
                *--to = (char)(0x80 | (c & 0x3f));
                *--to = (char)(0xc0 | c >> 6);
            } else {
                *--to = (char)c;
            }
        }
    }
    *out++ = '\0';
    return out;
}

size_t sj_form_parse(const char *text, size_t length, struct form_param *params, char *space) {
    size_t count = 0;
    const char *end = text + length;
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *equals;
        stop = stop != NULL ? stop : end;
        if (stop > text) {
            equals = memchr(text, '=', (size_t)(stop - text));
            params[count].name = space;
            space = decode(text, (size_t)((equals != NULL ? equals : stop) - text), space);
            params[count].value = space;
            space = equals != NULL ? decode(equals + 1, (size_t)(stop - equals - 1), space)
                                   : decode("", 0, space);
            count++;
        }
        text = stop + 1;
    }
    return count;
}

bool sj_form_has_nul(const char *text, size_t length) {
    return memmem(text, length, "%00", 3) != NULL || memchr(text, '\0', length) != NULL;
}

bool sj_form_is_type(const char *content_type) {
    static const char form[] = "application/x-www-form-urlencoded";
    size_t length = sizeof form - 1;
    return content_type != NULL && strncasecmp(content_type, form, length) == 0 &&
           (content_type[length] == '\0' || content_type[length] == ';' ||
            content_type[length] == ' ');
}
