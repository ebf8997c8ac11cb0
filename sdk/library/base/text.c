/* A text that grows. Touches nothing but the heap. */
#include <sojourn/base/hex.h>
#include <sojourn/base/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void sj_text_clear(sj_text *text) {
    free(text->data);
    *text = (sj_text){.limit = text->limit};
}

bool sj_text_reserve(sj_text *text, size_t more) {
    const size_t limit =
        text->limit == 0 || text->limit > SIZE_MAX / 4 ? SIZE_MAX / 4 : text->limit;
    size_t room = text->room == 0 ? FIRST_ROOM : text->room;
    if (text->failed) {
        return false;
    }
    if (more < text->room - text->length) {
        return true;
    }
    if (text->length > limit || more > limit - text->length) {
        text->failed = true;
        return false;
    }
    while (more >= room - text->length) {
        room *= 2;
    }
    room = room > limit ? limit + 1 : room;
    char *data = realloc(text->data, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

void sj_text_add(sj_text *text, const void *bytes, size_t length) {
    if (sj_text_reserve(text, length)) {
        if (length > 0) {
            memcpy(text->data + text->length, bytes, length);
        }
        text->length += length;
        text->data[text->length] = '\0';
    }
}

void sj_text_puts(sj_text *text, const char *added) {
    sj_text_add(text, added, strlen(added));
}

void sj_text_char(sj_text *text, char c) {
    sj_text_add(text, &c, 1);
}

void sj_text_integer(sj_text *text, int64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        digits[--at] = '-';
    }
    sj_text_add(text, digits + at, sizeof digits - at);
}

void sj_text_printf(sj_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sj_text_vprintf(text, format, arguments);
    va_end(arguments);
}

void sj_text_vprintf(sj_text *text, const char *format, va_list arguments) {
    va_list again;
    if (!sj_text_reserve(text, 0)) {
        return;
    }
    const size_t room = text->room - text->length;
    va_copy(again, arguments);
    const int length = vsnprintf(text->data + text->length, room, format, arguments);
    if (length >= 0 && (size_t)length < room) {
        text->length += (size_t)length;
    } else { /* it did not fit: once more, with room */
        text->data[text->length] = '\0';
        if (length < 0) {
            text->failed = true;
        } else if (sj_text_reserve(text, (size_t)length)) {
            (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
            text->length += (size_t)length;
        }
    }
    va_end(again);
}

char *sj_text_take(sj_text *text) {
    sj_text_add(text, NULL, 0);
    char *data = text->failed ? NULL : text->data;
    if (data != NULL) {
        text->data = NULL;
    }
    sj_text_clear(text);
    return data;
}

/* How many of the next characters stand for themselves in JSON. */
static size_t plain_length(const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    size_t length = 0;
    while (at[length] >= 0x20 && at[length] != '"' && at[length] != '\\' && at[length] != 0x7f) {
        length++;
    }
    return length;
}

static size_t json_escape(unsigned char c, char escape[6]) {
    const char *name = c == '"'    ? "\""
                       : c == '\\' ? "\\"
                       : c == '\n' ? "n"
                       : c == '\r' ? "r"
                       : c == '\t' ? "t"
                                   : NULL;
    escape[0] = '\\';
    if (name != NULL) {
        escape[1] = name[0];
        return 2;
    }
    escape[1] = 'u';
    escape[2] = escape[3] = '0';
    escape[4] = SJ_HEX_SMALL[c >> 4];
    escape[5] = SJ_HEX_SMALL[c & 15u];
    return 6;
}

void sj_text_json(sj_text *text, const char *value) {
    sj_text_char(text, '"');
    for (;;) {
        const size_t length = plain_length(value);
        char escape[6];
        sj_text_add(text, value, length);
        value += length;
        if (*value == '\0') {
            break;
        }
        sj_text_add(text, escape, json_escape((unsigned char)*value++, escape));
    }
    sj_text_char(text, '"');
}

void sj_text_percent(sj_text *text, const char *value) {
    sj_text_add(text, "", 0);
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0' && !text->failed;
         at++) {
        const bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                           (*at >= '0' && *at <= '9') || *at == '-' || *at == '_' || *at == '.' ||
                           *at == '~';
        const char escape[3] = {'%', SJ_HEX_LARGE[*at >> 4], SJ_HEX_LARGE[*at & 15u]};
        sj_text_add(text, plain ? (const char *)at : escape, plain ? 1 : sizeof escape);
    }
}
