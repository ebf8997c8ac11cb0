/* A growing text with XML escaping: see xml_text.h. Pure. */
#include "xml_text.h"

#include <stdlib.h>
#include <string.h>

void xml_text_free(struct xml_text *text) {
    free(text->data);
    memset(text, 0, sizeof *text);
}

static void add(struct xml_text *text, const char *data, size_t length) {
    if (text->failed) {
        return;
    }
    if (length >= text->room - text->length) {
        size_t room = text->room == 0 ? 1024 : text->room;
        while (length >= room - text->length) {
            room *= 2;
        }
        char *grown = realloc(text->data, room);
        if (grown == NULL) {
            text->failed = true;
            return;
        }
        text->data = grown;
        text->room = room;
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void xml_text_raw(struct xml_text *text, const char *raw) {
    add(text, raw, strlen(raw));
}

/* The length of the UTF-8 sequence at `bytes` (NUL-terminated), 0 when it is none; surrogates and over-long forms are none. */
static size_t utf8_length(const unsigned char *bytes) {
    const unsigned char first = bytes[0];
    size_t length;
    unsigned long code;
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
        code = first & 0x1fu;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        code = first & 0x0fu;
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        code = first & 0x07u;
    } else {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0u) != 0x80u) {
            return 0;
        }
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    if ((length == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff) || code >= 0xfffe)) ||
        (length == 4 && (code < 0x10000 || code > 0x10ffff))) {
        return 0;
    }
    return length;
}

void xml_text_escaped(struct xml_text *text, const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    while (*at != '\0') {
        const size_t length = utf8_length(at);
        if (length == 0) {
            xml_text_raw(text, "\xef\xbf\xbd");
            at++;
            continue;
        }
        if (length == 1) {
            switch (*at) {
            case '&': xml_text_raw(text, "&amp;"); break;
            case '<': xml_text_raw(text, "&lt;"); break;
            case '>': xml_text_raw(text, "&gt;"); break;
            case '"': xml_text_raw(text, "&quot;"); break;
            case '\'': xml_text_raw(text, "&#39;"); break;
            default:
                if (*at >= 0x20 || *at == '\t' || *at == '\n' || *at == '\r') {
                    add(text, (const char *)at, 1);
                }
                break;
            }
        } else {
            add(text, (const char *)at, length);
        }
        at += length;
    }
}

void xml_text_percent(struct xml_text *text, const char *value) {
    static const char hex[] = "0123456789ABCDEF";
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
        const bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                           *at == '-' || *at == '_' || *at == '.' || *at == '~';
        if (plain) {
            add(text, (const char *)at, 1);
        } else {
            const char escape[3] = {'%', hex[*at >> 4], hex[*at & 15u]};
            add(text, escape, sizeof escape);
        }
    }
}

void xml_text_element(struct xml_text *text, const char *name, const char *value) {
    xml_text_raw(text, "<");
    xml_text_raw(text, name);
    xml_text_raw(text, ">");
    xml_text_escaped(text, value);
    xml_text_raw(text, "</");
    xml_text_raw(text, name);
    xml_text_raw(text, ">");
}
