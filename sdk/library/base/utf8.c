/* UTF-8. Pure. */
#include <sojourn/base/utf8.h>

#include <string.h>

size_t sj_utf8_decode(const char *at, size_t left, uint32_t *point) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)at;
    uint32_t ignored;
    point = point == NULL ? &ignored : point;
    *point = left == 0 ? 0 : bytes[0];
    if (left == 0 || bytes[0] < 0x80) {
        return left == 0 ? 0 : 1;
    }
    const size_t length = bytes[0] < 0xc2   ? 0
                          : bytes[0] < 0xe0 ? 2
                          : bytes[0] < 0xf0 ? 3
                          : bytes[0] < 0xf5 ? 4
                                            : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    uint32_t code = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *point = code;
    return length;
}

bool sj_utf8_valid(const char *text, size_t length) {
    while (length > 0) {
        const size_t character = sj_utf8_decode(text, length, NULL);
        if (character == 0) {
            return false;
        }
        text += character;
        length -= character;
    }
    return true;
}

bool sj_utf8_valid_text(const char *text, size_t length) {
    return memchr(text, '\0', length) == NULL && sj_utf8_valid(text, length);
}

/* Whether it goes on with a character that began before. */
static bool continues(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t sj_utf8_count(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += continues(*text) ? 0 : 1;
    }
    return count;
}

size_t sj_utf8_cut(const char *text, size_t length, size_t most) {
    if (length <= most) {
        return length;
    }
    while (most > 0 && continues(text[most])) {
        most--;
    }
    return most;
}

bool sj_utf8_is_control(uint32_t point) {
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029;
}

void sj_utf8_one_line(char *target, size_t room, const char *text) {
    size_t used = 0;
    while (*text != '\0') {
        uint32_t point;
        const size_t length = sj_utf8_decode(text, SIZE_MAX, &point);
        const bool kept = length > 0 && !sj_utf8_is_control(point);
        const size_t added = kept ? length : 1;
        if (used + added >= room) {
            break;
        }
        if (kept) {
            memcpy(target + used, text, length);
        } else {
            target[used] = length == 0 ? '?' : ' ';
        }
        used += added;
        text += length == 0 ? 1 : length;
    }
    target[used] = '\0';
}
