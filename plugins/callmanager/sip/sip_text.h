/* Pieces of a message, borrowed from where it was received. Pure. */
#ifndef CALLMANAGER_SIP_TEXT_H
#define CALLMANAGER_SIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sip_text {
    const char *at;
    size_t length;
};

static inline struct sip_text sip_text_of(const char *text) {
    struct sip_text result = {text, strlen(text)};
    return result;
}

static inline bool sip_text_equal(struct sip_text a, struct sip_text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* With a literal or a NUL-terminated text; without regard to case in the second form. */
static inline bool sip_text_is(struct sip_text text, const char *other) {
    return text.length == strlen(other) &&
           (text.length == 0 || memcmp(text.at, other, text.length) == 0);
}

static inline bool sip_text_is_nocase(struct sip_text text, const char *other) {
    return text.length == strlen(other) &&
           (text.length == 0 || strncasecmp(text.at, other, text.length) == 0);
}

static inline bool sip_text_equal_nocase(struct sip_text a, struct sip_text b) {
    return a.length == b.length && (a.length == 0 || strncasecmp(a.at, b.at, a.length) == 0);
}

static inline bool sip_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Of which the names of headers and methods consist (RFC 3261 25.1). */
static inline bool sip_is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-.!%*_+`'~", c) != NULL);
}

/* Without white space (folds included) at both ends. */
static inline struct sip_text sip_text_trim(struct sip_text text) {
    while (text.length > 0 && sip_is_space(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length > 0 && sip_is_space(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

/* The value of a header without its parameters: "presence" of "presence;id=1". */
static inline struct sip_text sip_text_token(struct sip_text text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == ';' || sip_is_space(text.at[i])) {
            text.length = i;
        }
    }
    return text;
}

/* What is inside the quotes, or the text itself. Escapes stay. */
static inline struct sip_text sip_text_unquote(struct sip_text text) {
    if (text.length >= 2 && text.at[0] == '"' && text.at[text.length - 1] == '"') {
        text.at++;
        text.length -= 2;
    }
    return text;
}

/* Copies with a NUL; cut to the room. False when it was cut. */
static inline bool sip_text_copy(struct sip_text text, char *copy, size_t room) {
    const size_t length = text.length < room ? text.length : room - 1;
    if (length > 0) {
        memcpy(copy, text.at, length);
    }
    copy[length] = '\0';
    return length == text.length;
}

/* Puts a copy into the place of the text before, which is freed. False: no memory, it stays. */
static inline bool sip_text_keep(char **kept, struct sip_text text) {
    char *copy = malloc(text.length + 1);
    if (copy == NULL) {
        return false;
    }
    (void)sip_text_copy(text, copy, text.length + 1);
    free(*kept);
    *kept = copy;
    return true;
}

/* A decimal number of at most `max`; false for anything else. */
static inline bool sip_text_number(struct sip_text text, uint64_t max, uint64_t *number) {
    uint64_t value = 0;
    if (text.length == 0 || text.length > 19) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    *number = value;
    return value <= max;
}

#endif
