/* The request line against a strict reader written for this test alone: what the server takes, the
 * strict reader takes too, and both read the same method and protocol. The input is the line,
 * perhaps with headers after it; a head is made around it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/http/server/request_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
    const char *method, *target;
    size_t method_length, target_length;
    char minor;
};

static bool is_token(char c) {
    return (c >= 'A' && c <= 'Z') || c == '-';
}

/* RFC 9112, section 3, byte by byte: no blank, line end or byte more or less. */
static bool strict(const char *at, const char *end, struct line *line) {
    line->method = at;
    while (at < end && is_token(*at)) {
        at++;
    }
    line->method_length = (size_t)(at - line->method);
    if (line->method_length == 0 || at == end || *at++ != ' ') {
        return false;
    }
    line->target = at;
    while (at < end && (unsigned char)*at > 0x20 && *at != 0x7f) {
        at++;
    }
    line->target_length = (size_t)(at - line->target);
    if (line->target_length == 0 || end - at != 9 || strncmp(at, " HTTP/1.", 8) != 0 ||
        (at[8] != '0' && at[8] != '1')) {
        return false;
    }
    line->minor = at[8];
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char rest[] = "\r\nHost: h\r\n\r\n";
    static struct http_head head;
    struct line line;
    const char *why = NULL;
    char *block, *copy;
    size_t length = size + sizeof rest - 1;
    if (size > SJ_HTTP_TARGET_MAX) {
        return 0;
    }
    block = malloc(length);
    copy = malloc(size + 1);
    if (block != NULL && copy != NULL) {
        memcpy(block, data, size);
        memcpy(block + size, rest, sizeof rest - 1);
        memcpy(copy, data, size);
        if (sj_http_head_parse(block, length, &head, &why) == 0) {
            const char *line_end = memmem(copy, size, "\r\n", 2);
            if (!strict(copy, line_end != NULL ? line_end : copy + size, &line) ||
                strlen(head.method) != line.method_length ||
                memcmp(head.method, line.method, line.method_length) != 0 ||
                head.old != (line.minor == '0')) {
                abort();
            }
        } else if (why == NULL || why[0] == '\0') {
            abort();
        }
    }
    free(block);
    free(copy);
    return 0;
}
