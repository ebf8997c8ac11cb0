/* Reads what answers at a hub. */
#include "core/answer.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200", and a blank or the end of the line behind it. */
static bool read_status(const char *line, size_t length, int *status) {
    static const char protocol[] = "HTTP/1.1 ";
    enum { DIGITS = 3, LEAST = 100, MOST = 599 };
    const size_t at = sizeof protocol - 1;
    if (length < at + DIGITS || memcmp(line, protocol, at) != 0 ||
        (length > at + DIGITS && line[at + DIGITS] != ' ')) {
        return false;
    }
    *status = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        if (!is_digit(line[at + i])) {
            return false;
        }
        *status = 10 * *status + (line[at + i] - '0');
    }
    return *status >= LEAST && *status <= MOST;
}

static bool read_length(const char *value, size_t length, size_t *body_length) {
    while (length > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        length--;
    }
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
    }
    *body_length = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(value[i])) {
            return false;
        }
        *body_length = 10 * *body_length + (size_t)(value[i] - '0');
        if (*body_length > ANSWER_BODY_MOST) {
            return false;
        }
    }
    return length > 0;
}

/* The head's lines, without the empty one; it must say once how long the body is. */
static bool read_head(const char *head, size_t length, struct ils_answer *answer) {
    static const char name[] = "content-length:";
    bool first = true, sized = false;
    while (length > 0) {
        const char *end = memmem(head, length, "\r\n", 2);
        const size_t line = end == NULL ? length : (size_t)(end - head);
        if (memchr(head, '\0', line) != NULL) {
            return false;
        }
        if (first && !read_status(head, line, &answer->status)) {
            return false;
        }
        if (!first && line >= sizeof name - 1 && strncasecmp(head, name, sizeof name - 1) == 0) {
            if (sized || !read_length(head + sizeof name - 1, line - (sizeof name - 1),
                                      &answer->body_length)) {
                return false;
            }
            sized = true;
        }
        first = false;
        const size_t used = end == NULL ? line : line + 2;
        head += used;
        length -= used;
    }
    return sized;
}

enum ils_answer_state ils_answer_read(const char *bytes, size_t length, struct ils_answer *answer) {
    static const char end_of_head[] = "\r\n\r\n";
    const size_t end_length = sizeof end_of_head - 1;
    const char *end = length == 0 ? NULL : memmem(bytes, length, end_of_head, end_length);
    *answer = (struct ils_answer){0};
    if (end == NULL) {
        return length <= ANSWER_HEAD_MOST ? ANSWER_PARTIAL : ANSWER_WRONG;
    }
    const size_t head = (size_t)(end - bytes);
    if (head > ANSWER_HEAD_MOST || !read_head(bytes, head, answer)) {
        return ANSWER_WRONG;
    }
    const size_t have = length - head - end_length;
    answer->body = end + end_length;
    return have < answer->body_length    ? ANSWER_PARTIAL
           : have == answer->body_length ? ANSWER_WHOLE
                                         : ANSWER_WRONG;
}

void ils_answer_sentence(const char *text, size_t length, char *out, size_t room) {
    size_t used = 0;
    for (; used < length && used + 1 < room; used++) {
        out[used] = text[used];
        if (text[used] < ' ' || text[used] > '~') {
            out[used] = '?';
        }
    }
    out[used] = '\0';
}
