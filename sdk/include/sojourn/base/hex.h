/* Hexadecimal digits. Pure. */
#ifndef SOJOURN_BASE_HEX_H
#define SOJOURN_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The digits by their value; also for strspn. */
#define SJ_HEX_SMALL "0123456789abcdef"
#define SJ_HEX_LARGE "0123456789ABCDEF"

/* Writes two small digits for each byte, and a NUL: 2 * length + 1 characters. */
static inline void sj_hex_write(const void *bytes, size_t length, char *text) {
    const unsigned char *from = (const unsigned char *)bytes;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = SJ_HEX_SMALL[from[i] >> 4];
        text[2 * i + 1] = SJ_HEX_SMALL[from[i] & 15u];
    }
    text[2 * length] = '\0';
}

/* The value of a digit, small or capital; -1 when it is none. */
static inline int sj_hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte that two digits stand for; -1 when they are none. The second is not looked at when the
 * first is none, so that a NUL-terminated text may end anywhere. */
static inline int sj_hex_byte(const char *digits) {
    const int high = sj_hex_value(digits[0]);
    const int low = high < 0 ? -1 : sj_hex_value(digits[1]);
    return low < 0 ? -1 : high << 4 | low;
}

/* Reads `length` bytes from twice as many digits, which a NUL may end early. False: something else
 * stands there. */
static inline bool sj_hex_read(const char *text, void *bytes, size_t length) {
    unsigned char *to = (unsigned char *)bytes;
    for (size_t i = 0; i < length; i++) {
        const int byte = sj_hex_byte(text + 2 * i);
        if (byte < 0) {
            return false;
        }
        to[i] = (unsigned char)byte;
    }
    return true;
}

#ifdef __cplusplus
}
#endif
#endif
