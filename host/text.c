/* A text that grows. See text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct text *text, size_t more) {
    size_t room = text->room == 0 ? 256 : text->room;
    char *data;
    if (text->failed || more > (size_t)-1 / 4 - text->length) {
        text->failed = true;
        return false;
    }
    while (room < text->length + more + 1) {
        room *= 2;
    }
    if (room != text->room) {
        data = realloc(text->data, room);
        if (data == NULL) {
            text->failed = true;
            return false;
        }
        text->data = data;
        text->room = room;
    }
    return true;
}

void sj_text_add_bytes(struct text *text, const char *bytes, size_t length) {
    if (make_room(text, length)) {
        memcpy(text->data + text->length, bytes, length);
        text->length += length;
        text->data[text->length] = '\0';
    }
}

void sj_text_add(struct text *text, const char *format, ...) {
    va_list arguments, again;
    int length;
    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
    } else if (make_room(text, (size_t)length)) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void sj_text_add_json(struct text *text, const char *value) {
    sj_text_add_bytes(text, "\"", 1);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            sj_text_add(text, "\\%c", *at);
        } else if ((unsigned char)*at < 0x20) {
            sj_text_add(text, "\\u%04x", (unsigned)(unsigned char)*at);
        } else {
            sj_text_add_bytes(text, at, 1);
        }
    }
    sj_text_add_bytes(text, "\"", 1);
}

char *sj_text_take(struct text *text) {
    char *data;
    sj_text_add_bytes(text, "", 0);
    if (text->failed) {
        sj_text_drop(text);
        return NULL;
    }
    data = text->data;
    memset(text, 0, sizeof *text);
    return data;
}

void sj_text_drop(struct text *text) {
    free(text->data);
    memset(text, 0, sizeof *text);
}
