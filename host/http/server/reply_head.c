/* The head of a reply as text. Pure. */
#include "host/http/server/reply_head.h"

#include <string.h>

#include "host/http/text.h"

static char *put(char *to, const char *text, size_t length) {
    memcpy(to, text, length);
    return to + length;
}

static char *put_text(char *to, const char *text) {
    return put(to, text, strlen(text));
}

static char *put_number(char *to, uint64_t number) {
    char digits[20];
    size_t count = 0;
    do {
        digits[sizeof digits - ++count] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return put(to, digits + sizeof digits - count, count);
}

#define PUT(to, literal) put((to), (literal), sizeof(literal) - 1)

size_t sj_reply_head(char *to, const struct reply_head *head) {
    char *at = PUT(to, "HTTP/1.1 ");
    int status = head->status >= 100 && head->status <= 999 ? head->status : 500;
    at = put_number(at, (uint64_t)status);
    *at++ = ' ';
    at = put_text(at, sj_http_status_text(status));
    at = PUT(at, "\r\nDate: ");
    at = put_text(at, head->date);
    if (head->content_type != NULL) {
        size_t length = strlen(head->content_type);
        at = PUT(at, "\r\nContent-Type: ");
        at = put(at, head->content_type, length < 200 ? length : 200);
    }
    if (head->content_length >= 0 && status >= 200 && status != 204 && status != 304) {
        at = PUT(at, "\r\nContent-Length: ");
        at = put_number(at, (uint64_t)head->content_length);
    } else if (head->content_length == -1) {
        at = PUT(at, "\r\nTransfer-Encoding: chunked");
    }
    at = PUT(at, "\r\nX-Content-Type-Options: nosniff");
    if (!head->cached) {
        at = PUT(at, "\r\nCache-Control: no-store");
    }
    if (!head->keep_alive) {
        at = PUT(at, "\r\nConnection: close");
    } else if (head->old) {
        at = PUT(at, "\r\nConnection: keep-alive");
    }
    at = PUT(at, "\r\n");
    return (size_t)(at - to);
}
