/* See text_buffer.h. */
#include "text_buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_PIECE = 256 };

static bool reserve(text_buffer *buffer, size_t more) {
    if (buffer->failed) {
        return false;
    }
    if (buffer->length + more + 1 > buffer->room) {
        size_t room = buffer->room == 0 ? 4096 : buffer->room;
        while (room < buffer->length + more + 1) {
            room *= 2;
        }
        char *data = realloc(buffer->data, room);
        if (data == NULL) {
            buffer->failed = true;
            return false;
        }
        buffer->data = data;
        buffer->room = room;
    }
    return true;
}

void text_buffer_add(text_buffer *buffer, const char *text, size_t length) {
    if (reserve(buffer, length)) {
        memcpy(buffer->data + buffer->length, text, length);
        buffer->length += length;
        buffer->data[buffer->length] = '\0';
    }
}

void text_buffer_format(text_buffer *buffer, const char *format, ...) {
    va_list arguments;
    if (!reserve(buffer, USUAL_PIECE)) {
        return;
    }
    size_t room = buffer->room - buffer->length;
    va_start(arguments, format);
    int length = vsnprintf(buffer->data + buffer->length, room, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= room) { /* it did not fit: once more, with room */
        buffer->data[buffer->length] = '\0';
        if (!reserve(buffer, (size_t)length)) {
            return;
        }
        va_start(arguments, format);
        length = vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    buffer->length += length > 0 ? (size_t)length : 0;
}

/* Length of the UTF-8 sequence at `text`, or 0 when it is broken or encodes a character that XML 1.0 forbids. */
static size_t xml_character(const unsigned char *text) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80             ? 1
                    : (text[0] & 0xe0) == 0xc0 ? 2
                    : (text[0] & 0xf0) == 0xe0 ? 3
                    : (text[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (length == 0) {
        return 0;
    }
    uint32_t code = length == 1 ? text[0] : text[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (text[i] & 0x3fu);
    }
    bool forbidden = code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe ||
                     code == 0xffff || (code < 0x20 && code != '\t' && code != '\n' && code != '\r');
    return forbidden ? 0 : length;
}

/* How many of the next characters are printable ASCII that needs no escape. */
static size_t plain_length(const unsigned char *text) {
    size_t length = 0;
    while (text[length] >= ' ' && text[length] < 0x80 && text[length] != '&' && text[length] != '<' && text[length] != '>' &&
           text[length] != '"' && text[length] != '\'') {
        length++;
    }
    return length;
}

void text_buffer_xml(text_buffer *buffer, const char *text) {
    const unsigned char *p = (const unsigned char *)text;
    while (*p != '\0') {
        const size_t plain = plain_length(p);
        if (plain > 0) {
            text_buffer_add(buffer, (const char *)p, plain);
            p += plain;
            continue;
        }
        const char *escape = *p == '&'    ? "&amp;"
                             : *p == '<'  ? "&lt;"
                             : *p == '>'  ? "&gt;"
                             : *p == '"'  ? "&quot;"
                             : *p == '\'' ? "&apos;"
                                          : NULL;
        if (escape != NULL) {
            text_buffer_add(buffer, escape, strlen(escape));
            p++;
            continue;
        }
        size_t length = xml_character(p);
        if (length == 0) {
            text_buffer_add(buffer, "\xef\xbf\xbd", 3);
            p++;
            continue;
        }
        text_buffer_add(buffer, (const char *)p, length);
        p += length;
    }
}

void text_buffer_element(text_buffer *buffer, const char *name, const char *text) {
    const size_t length = strlen(name);
    text_buffer_add(buffer, "<", 1);
    text_buffer_add(buffer, name, length);
    text_buffer_add(buffer, ">", 1);
    text_buffer_xml(buffer, text);
    text_buffer_add(buffer, "</", 2);
    text_buffer_add(buffer, name, length);
    text_buffer_add(buffer, ">\n", 2);
}
