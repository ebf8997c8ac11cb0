/* A text that grows (buffer.h). Touches nothing but the heap. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(sj_buffer *buffer, size_t more) {
    size_t needed = buffer->length + more + 1;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    char *data;
    if (buffer->failed || needed < buffer->length) {
        buffer->failed = true;
        return false;
    }
    if (needed <= buffer->capacity) {
        return true;
    }
    while (capacity < needed) {
        capacity *= 2;
    }
    data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void sj_buffer_add(sj_buffer *buffer, const char *data, size_t length) {
    if (reserve(buffer, length)) {
        memcpy(buffer->data + buffer->length, data, length);
        buffer->length += length;
        buffer->data[buffer->length] = '\0';
    }
}

void sj_buffer_puts(sj_buffer *buffer, const char *text) {
    sj_buffer_add(buffer, text, strlen(text));
}

void sj_buffer_char(sj_buffer *buffer, char c) {
    sj_buffer_add(buffer, &c, 1);
}

void sj_buffer_integer(sj_buffer *buffer, int64_t value) {
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
    sj_buffer_add(buffer, digits + at, sizeof digits - at);
}

void sj_buffer_printf(sj_buffer *buffer, const char *format, ...) {
    va_list arguments, again;
    int length;
    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
    } else if (reserve(buffer, (size_t)length)) {
        (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void sj_buffer_json_text(sj_buffer *buffer, const char *text) {
    static const char hex[] = "0123456789abcdef";
    const char *from = text;
    sj_buffer_char(buffer, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15u]};
        size_t length = 6;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            continue;
        }
        if (c == '"' || c == '\\') {
            escape[1] = (char)c;
            length = 2;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            static const char names[] = {['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
            escape[1] = names[c];
            length = 2;
        }
        sj_buffer_add(buffer, from, (size_t)(text - from));
        sj_buffer_add(buffer, escape, length);
        from = text + 1;
    }
    sj_buffer_add(buffer, from, (size_t)(text - from));
    sj_buffer_char(buffer, '"');
}

char *sj_buffer_take(sj_buffer *buffer) {
    char *data;
    if (!reserve(buffer, 0)) {
        sj_buffer_free(buffer);
        return NULL;
    }
    buffer->data[buffer->length] = '\0';
    data = buffer->data;
    buffer->data = NULL;
    buffer->length = buffer->capacity = 0;
    return data;
}

void sj_buffer_free(sj_buffer *buffer) {
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = buffer->capacity = 0;
    buffer->failed = false;
}
