/* Text as it comes in URLs. Pure. */
#include "text.h"

#include <string.h>

bool sj_utf8_valid(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        unsigned char lead = *at++;
        unsigned low = 0x80, high = 0xbf;
        int more;
        if (lead < 0x80) {
            continue;
        }
        if (lead >= 0xc2 && lead <= 0xdf) {
            more = 1;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            more = 2;
            low = lead == 0xe0 ? 0xa0 : 0x80;  /* no overlong forms */
            high = lead == 0xed ? 0x9f : 0xbf; /* no surrogates */
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            more = 3;
            low = lead == 0xf0 ? 0x90 : 0x80;
            high = lead == 0xf4 ? 0x8f : 0xbf; /* nothing above U+10FFFF */
        } else {
            return false;
        }
        for (; more > 0; more--, low = 0x80, high = 0xbf) {
            if (at == end || *at < low || *at > high) {
                return false;
            }
            at++;
        }
    }
    return true;
}

int sj_hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *sj_path_decode(char *path, size_t length) {
    size_t out = 0;
    bool plain = true;
    for (size_t in = 0; in < length; in++) {
        unsigned char c = (unsigned char)path[in];
        if (c == '%') {
            int high = length - in > 2 ? sj_hex_value(path[in + 1]) : -1;
            int low = length - in > 2 ? sj_hex_value(path[in + 2]) : -1;
            if (high < 0 || low < 0) {
                return "the path holds a percent sign without two hex digits after it";
            }
            c = (unsigned char)(high << 4 | low);
            in += 2;
        }
        if (c == '\0') {
            return "the path holds a NUL";
        }
        if (c < 0x20 || c == 0x7f) {
            return "the path holds a control character";
        }
        if (c == '.' && out > 0 && path[out - 1] == '.') {
            return "the path holds \"..\"";
        }
        plain = plain && c < 0x80;
        path[out++] = (char)c;
    }
    if (!plain && !sj_utf8_valid(path, out)) {
        return "the path is not UTF-8";
    }
    path[out] = '\0';
    return NULL;
}

bool sj_header_name_good(const char *name) {
    size_t length = strlen(name);
    return length > 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$%&'*+^`|~") == length;
}

bool sj_header_value_good(const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}
