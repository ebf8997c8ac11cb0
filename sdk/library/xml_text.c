/* A growing text and the escaping of XML: see <sojourn/xml_text.h>. Pure. */
#include <sojourn/xml_text.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

void sj_xml_text_free(sj_xml_text *text) {
    free(text->data);
    *text = (sj_xml_text){.limit = text->limit};
}

/* Room for `more` bytes and a NUL. */
static bool reserve(sj_xml_text *text, size_t more) {
    size_t limit = text->limit == 0 ? SJ_XML_TEXT_LIMIT : text->limit;
    size_t room = text->room == 0 ? FIRST_ROOM : text->room;
    if (text->failed) {
        return false;
    }
    if (more < text->room - text->length) {
        return true;
    }
    limit = limit > SIZE_MAX / 4 ? SIZE_MAX / 4 : limit;
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

void sj_xml_text_bytes(sj_xml_text *text, const char *bytes, size_t length) {
    if (reserve(text, length)) {
        memcpy(text->data + text->length, bytes, length);
        text->length += length;
        text->data[text->length] = '\0';
    }
}

void sj_xml_text_raw(sj_xml_text *text, const char *markup) {
    sj_xml_text_bytes(text, markup, strlen(markup));
}

void sj_xml_text_format(sj_xml_text *text, const char *format, ...) {
    va_list arguments;
    if (!reserve(text, 0)) {
        return;
    }
    const size_t room = text->room - text->length;
    va_start(arguments, format);
    const int length = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < room) {
        text->length += (size_t)length;
        return;
    }
    text->data[text->length] = '\0'; /* it did not fit: once more, with room */
    if (length < 0) {
        text->failed = true;
    } else if (reserve(text, (size_t)length)) {
        va_start(arguments, format);
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
        va_end(arguments);
        text->length += (size_t)length;
    }
}

/* Length of the UTF-8 sequence at `bytes` (NUL-terminated), 0 when it is none or stands for a character that XML 1.0 cannot
 * hold. */
static size_t character_length(const unsigned char *bytes) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = bytes[0] < 0x80             ? 1
                          : (bytes[0] & 0xe0) == 0xc0 ? 2
                          : (bytes[0] & 0xf0) == 0xe0 ? 3
                          : (bytes[0] & 0xf8) == 0xf0 ? 4
                                                      : 0;
    if (length == 0) {
        return 0;
    }
    uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    const bool forbidden = code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe ||
                           code == 0xffff || (code < 0x20 && code != '\t' && code != '\n');
    return forbidden ? 0 : length;
}

/* What stands for the character at `at`, NULL when it stands for itself. */
static const char *escape_of(unsigned char at, bool attribute) {
    switch (at) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    case '\r': return "&#13;";
    case '\t': return attribute ? "&#9;" : NULL;
    case '\n': return attribute ? "&#10;" : NULL;
    default: return NULL;
    }
}

/* How many of the next characters are printable ASCII that needs no escape. */
static size_t plain_length(const unsigned char *at) {
    size_t length = 0;
    while (at[length] >= ' ' && at[length] < 0x80 && escape_of(at[length], true) == NULL) {
        length++;
    }
    return length;
}

static void add_value(sj_xml_text *text, const char *value, bool attribute) {
    const unsigned char *at = (const unsigned char *)value;
    sj_xml_text_bytes(text, "", 0);
    while (*at != '\0' && !text->failed) {
        size_t length = plain_length(at);
        const char *escape = length > 0 ? NULL : escape_of(*at, attribute);
        if (escape != NULL) {
            sj_xml_text_raw(text, escape);
            at++;
            continue;
        }
        length = length > 0 ? length : character_length(at);
        if (length == 0) {
            sj_xml_text_bytes(text, REPLACEMENT, sizeof REPLACEMENT - 1);
            at++;
            continue;
        }
        sj_xml_text_bytes(text, (const char *)at, length);
        at += length;
    }
}

void sj_xml_text_escaped(sj_xml_text *text, const char *value) {
    add_value(text, value, false);
}

void sj_xml_text_element(sj_xml_text *text, const char *name, const char *value) {
    const size_t length = strlen(name);
    sj_xml_text_bytes(text, "<", 1);
    sj_xml_text_bytes(text, name, length);
    sj_xml_text_bytes(text, ">", 1);
    sj_xml_text_escaped(text, value);
    sj_xml_text_bytes(text, "</", 2);
    sj_xml_text_bytes(text, name, length);
    sj_xml_text_bytes(text, ">", 1);
}

void sj_xml_text_attribute(sj_xml_text *text, const char *name, const char *value) {
    sj_xml_text_bytes(text, " ", 1);
    sj_xml_text_raw(text, name);
    sj_xml_text_bytes(text, "=\"", 2);
    add_value(text, value, true);
    sj_xml_text_bytes(text, "\"", 1);
}

void sj_xml_text_percent(sj_xml_text *text, const char *value) {
    static const char hex[] = "0123456789ABCDEF";
    sj_xml_text_bytes(text, "", 0);
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0' && !text->failed; at++) {
        const bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                           *at == '-' || *at == '_' || *at == '.' || *at == '~';
        const char escape[3] = {'%', hex[*at >> 4], hex[*at & 15u]};
        sj_xml_text_bytes(text, plain ? (const char *)at : escape, plain ? 1 : sizeof escape);
    }
}
