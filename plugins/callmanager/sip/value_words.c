/* A value is searched as it stands and after each time that its escapes were read: what is an
 * escape to one reader is text to another. */
#include "sip/value_words.h"

#include <sojourn/base/hex.h>

#include <ctype.h>

enum { ESCAPED_MOST = 3 }; /* times */

/* What does not count. */
static bool is_silent(unsigned char c) {
    return c <= ' ' || c == 0x7f || strchr("\"\\-.()", c) != NULL;
}

static bool begins_with(const char *plain, struct sip_text word) {
    size_t said = 0;
    for (size_t i = 0; i < word.length; i++) {
        const unsigned char c = (unsigned char)word.at[i];
        if (is_silent(c)) {
            continue;
        }
        if (tolower((unsigned char)plain[said]) != tolower(c)) { /* also at its end */
            return false;
        }
        said++;
    }
    return said > 0;
}

static bool holds(const char *plain, struct sip_text word) {
    for (; *plain != '\0'; plain++) {
        if (begins_with(plain, word)) {
            return true;
        }
    }
    return false;
}

static size_t keep(char *plain, size_t used, unsigned char c) {
    if (!is_silent(c)) {
        plain[used++] = (char)c;
    }
    return used;
}

/* Reads the escapes, in place. False: there are none. */
static bool unescape(char *plain) {
    size_t used = 0;
    bool any = false;
    for (const char *at = plain; *at != '\0'; at++) {
        const int escaped = *at == '%' ? sj_hex_byte(at + 1) : -1;
        if (escaped >= 0) {
            at += 2;
            any = true;
        }
        used = keep(plain, used, escaped >= 0 ? (unsigned char)escaped : (unsigned char)*at);
    }
    plain[used] = '\0';
    return any;
}

bool sip_value_says(struct sip_text value, struct sip_text word) {
    char plain[SIP_VALUE_MOST + 1] = "";
    size_t used = 0;
    if (value.length > SIP_VALUE_MOST) {
        return true;
    }
    for (size_t i = 0; i < value.length; i++) {
        used = keep(plain, used, (unsigned char)value.at[i]);
    }
    plain[used] = '\0';
    for (int times = 0; times <= ESCAPED_MOST; times++) {
        if (holds(plain, word)) {
            return true;
        }
        if (!unescape(plain)) {
            return false;
        }
    }
    return true;
}
