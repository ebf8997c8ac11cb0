/* XML in a growing text. Pure. */
#include <sojourn/base/utf8.h>
#include <sojourn/xml_text.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

void sj_xml_text_free(sj_xml_text *text) {
    sj_text_clear(text);
}

void sj_xml_text_bytes(sj_xml_text *text, const char *bytes, size_t length) {
    text->limit = text->limit == 0 ? SJ_XML_TEXT_LIMIT : text->limit;
    sj_text_add(text, bytes, length);
}

void sj_xml_text_raw(sj_xml_text *text, const char *markup) {
    sj_xml_text_bytes(text, markup, strlen(markup));
}

void sj_xml_text_format(sj_xml_text *text, const char *format, ...) {
    va_list arguments;
    sj_xml_text_bytes(text, "", 0);
    va_start(arguments, format);
    sj_text_vprintf(text, format, arguments);
    va_end(arguments);
}

/* Length of the UTF-8 sequence at `bytes` (NUL-terminated), 0 when it is none or stands for a
 * character that XML 1.0 cannot hold. */
static size_t character_length(const unsigned char *bytes) {
    uint32_t code;
    const size_t length = sj_utf8_decode((const char *)bytes, SIZE_MAX, &code);
    const bool forbidden =
        code == 0xfffe || code == 0xffff || (code < 0x20 && code != '\t' && code != '\n');
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
    sj_xml_text_bytes(text, "", 0);
    sj_text_percent(text, value);
}
