/* Keys of objects: what may be one, and its canonical form. Patterns. */
#include "core/object.h"

#include <stdio.h>
#include <string.h>

enum { OPEN_ENDED = 1000 }; /* wildcards that a ! counts as */

bool ils_kind_is_pattern(enum ils_kind kind) {
    return kind == ILS_ENTERPRISE_PATTERN || kind == ILS_E164_PATTERN;
}

const char *ils_kind_text(enum ils_kind kind) {
    static const char *const texts[] = {"unknown",     "directory_uri",      "enterprise_number",
                                        "e164_number", "enterprise_pattern", "e164_pattern"};
    return kind > 0 && kind < ILS_KINDS_END ? texts[kind] : texts[0];
}

static char small(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool host_is_valid(const char *host) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const size_t length = strlen(host);
    return length >= 2 && strspn(host, allowed) == length && host[0] != '-' && host[0] != '.' &&
           host[length - 1] != '-' && host[length - 1] != '.' && strstr(host, "..") == NULL;
}

static int canonical_uri(const char *text, char key[ILS_KEY_MAX + 1], sj_error *error) {
    static const char refused[] = "#%^`{}|\\:\"<>[] ;?&";
    if (strncmp(text, "sip:", 4) == 0) {
        text += 4;
    } else if (strncmp(text, "sips:", 5) == 0) {
        text += 5;
    }
    const char *at = strrchr(text, '@');
    const size_t user = at == NULL ? 0 : (size_t)(at - text), length = strlen(text);
    if (at == NULL || user == 0 || user > ILS_URI_USER_MAX || length > ILS_KEY_MAX) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected a directory URI such as anna@example.com, its user part 1 to "
                            "%d characters long, got %.80s",
                            ILS_URI_USER_MAX, text);
    }
    for (size_t i = 0; i < user; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x21 || c == 0x7f || c == '@' || (strchr(refused, (char)c) != NULL && c != '%')) {
            return sj_error_set(error, SJ_E_INVALID,
                                "a directory URI: character %zu of %.80s cannot be in its user "
                                "part; it is written percent-encoded",
                                i + 1, text);
        }
        key[i] = text[i];
    }
    for (size_t i = user; i <= length; i++) {
        key[i] = small(text[i]);
    }
    if (!host_is_valid(key + user + 1)) {
        return sj_error_set(error, SJ_E_INVALID,
                            "a directory URI: expected a host of letters, digits, dots and hyphens "
                            "behind the @, got %.80s",
                            at + 1);
    }
    return SJ_OK;
}

static int canonical_number(enum ils_kind kind, const char *text, char key[ILS_KEY_MAX + 1],
                            sj_error *error) {
    const bool pattern = ils_kind_is_pattern(kind);
    const bool plus = kind == ILS_E164_NUMBER || kind == ILS_E164_PATTERN;
    const size_t length = strlen(text);
    bool good = length > (plus ? 1u : 0u) && length <= ILS_NUMBER_MAX && (text[0] == '+') == plus;
    for (size_t i = plus ? 1 : 0; good && i < length; i++) {
        const char c = text[i];
        good = is_digit(c) || (!plus && (c == '*' || c == '#')) ||
               (pattern && (c == 'X' || c == 'x' || (c == '!' && i + 1 == length)));
        key[i] = (char)(c == 'x' ? 'X' : c);
    }
    if (!good) {
        return sj_error_set(error, SJ_E_INVALID,
                            "expected %s%s of at most %d characters, got %.80s",
                            plus ? "+ and digits" : "digits, * and #",
                            pattern ? ", X for any digit and ! at the end for any digits" : "",
                            ILS_NUMBER_MAX, text);
    }
    if (plus) {
        key[0] = '+';
    }
    key[length] = '\0';
    return SJ_OK;
}

int ils_canonical(enum ils_kind kind, const char *text, char key[ILS_KEY_MAX + 1],
                  sj_error *error) {
    return kind == ILS_DIRECTORY_URI ? canonical_uri(text, key, error)
                                     : canonical_number(kind, text, key, error);
}

bool ils_route_is_valid(const char *route) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const size_t length = strlen(route);
    return length > 0 && length <= ILS_ROUTE_MAX && strspn(route, allowed) == length;
}

size_t ils_pattern_prefix(const char *pattern) {
    return strcspn(pattern, "X!");
}

bool ils_pattern_matches(const char *pattern, const char *number, unsigned *wildcards) {
    *wildcards = 0;
    for (; *pattern != '\0'; pattern++, number++) {
        if (*pattern == '!') {
            *wildcards += OPEN_ENDED;
            return *number != '\0' && strspn(number, "0123456789") == strlen(number);
        }
        if (*pattern == 'X') {
            (*wildcards)++;
        }
        if (*number == '\0' || (*pattern == 'X' ? !is_digit(*number) : *number != *pattern)) {
            return false;
        }
    }
    return *number == '\0';
}
