/* Text as it comes in URLs. Pure. */
#include "host/http/text.h"

#include <string.h>
#include <strings.h>

#include <sojourn/base/hex.h>
#include <sojourn/base/utf8.h>

const char *sj_path_decode(char *path, size_t length) {
    size_t out = 0;
    bool plain = true;
    for (size_t in = 0; in < length; in++) {
        unsigned char c = (unsigned char)path[in];
        if (c == '%') {
            const int byte = length - in > 2 ? sj_hex_byte(path + in + 1) : -1;
            if (byte < 0) {
                return "the path holds a percent sign without two hex digits after it";
            }
            c = (unsigned char)byte;
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

bool sj_header_name_holds(char c) {
    static const char token[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$%&'*+^`|~";
    return c != '\0' && strchr(token, c) != NULL;
}

bool sj_header_name_good(const char *name) {
    size_t length = 0;
    while (sj_header_name_holds(name[length])) {
        length++;
    }
    return length > 0 && name[length] == '\0';
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

const char *sj_headers_find(const sj_http_header *headers, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(headers[i].name, name) == 0) {
            return headers[i].value;
        }
    }
    return NULL;
}
