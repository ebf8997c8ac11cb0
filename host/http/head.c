/* The head of a request. Pure; the only file that knows http_parser. */
#include "head.h"

#include <stdlib.h>
#include <strings.h>

#include <http_parser.h>

#include "text.h"

size_t sj_http_head_end(const char *data, size_t length, size_t scanned) {
    size_t from = scanned > 3 ? scanned - 3 : 0;
    const char *end;
    if (length < 4) {
        return 0;
    }
    end = memmem(data + from, length - from, "\r\n\r\n", 4);
    return end != NULL ? (size_t)(end - data) + 4 : 0;
}

int sj_http_head_excess(const char *data, size_t length) {
    if (length > SJ_HTTP_TARGET_MAX + 64 && memchr(data, '\n', SJ_HTTP_TARGET_MAX + 64) == NULL) {
        return 414;
    }
    return length > SJ_HTTP_HEAD_MAX ? 431 : 0;
}

/* What is collected while http_parser walks over the head. */
struct walk {
    struct http_head *head;
    char *target;
    size_t target_length;
    bool in_value, too_many, complete;
};

static int on_target(http_parser *parser, const char *at, size_t length) {
    struct walk *walk = parser->data;
    walk->target = walk->target != NULL ? walk->target : (char *)(uintptr_t)at;
    walk->target_length += length;
    return 0;
}

static int on_field(http_parser *parser, const char *at, size_t length) {
    struct walk *walk = parser->data;
    struct http_head *head = walk->head;
    if (head->headers_count == SJ_HTTP_HEADERS_MAX) {
        walk->too_many = true;
        return 1;
    }
    head->headers[head->headers_count].name = at;
    (void)length;
    walk->in_value = false;
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t length) {
    struct walk *walk = parser->data;
    struct http_head *head = walk->head;
    if (!walk->in_value) {
        head->headers[head->headers_count++].value = length > 0 ? at : NULL; /* an empty one is told to lie in the next line */
        walk->in_value = true;
    }
    return 0;
}

static int on_complete(http_parser *parser) {
    ((struct walk *)parser->data)->complete = true;
    return 1; /* no body here: bodies are read by body.c */
}

static const http_parser_settings settings = {
    .on_url = on_target,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_complete,
};

/* Each line ends with CR LF, neither stands alone, and no line continues the one before. */
static const char *check_lines(const char *data, size_t length) {
    const char *end = data + length;
    const char *at = data;
    size_t returns = 0, lines = 0;
    if (memchr(data, '\0', length) != NULL) {
        return "the head holds a NUL";
    }
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if (at == data || at[-1] != '\r') {
            return "a line of the head ends with a bare line feed";
        }
        lines++;
        at++;
        if (at < end && (*at == ' ' || *at == '\t')) {
            return "a header is folded over several lines";
        }
    }
    for (at = data; at < end && (at = memchr(at, '\r', (size_t)(end - at))) != NULL; at++) {
        returns++;
    }
    return returns == lines ? NULL : "the head holds a bare carriage return";
}

/* The request line: method, address and protocol with one blank between them, and nothing else. http_parser takes other bytes
 * for the slash of the protocol, and wanders over line ends in it. */
static const char *check_request_line(const char *data, size_t length) {
    static const char protocol[] = "HTTP/";
    const char *end = memchr(data, '\r', length); /* the lines have been checked: a line feed follows */
    const char *method_end = end != NULL ? memchr(data, ' ', (size_t)(end - data)) : NULL;
    const char *target = method_end != NULL ? method_end + 1 : NULL;
    const char *target_end = target != NULL ? memchr(target, ' ', (size_t)(end - target)) : NULL;
    const char *at;
    if (target_end == NULL || target_end == target || method_end == data) {
        return "the first line is not a method, an address and HTTP/1.1";
    }
    for (at = target; at < target_end; at++) {
        if ((unsigned char)*at <= 0x20 || *at == 0x7f) {
            return "the address holds a control character";
        }
    }
    at = target_end + 1;
    if (end - at != 8 || memcmp(at, protocol, 5) != 0 || at[5] < '0' || at[5] > '9' || at[6] != '.' || at[7] < '0' ||
        at[7] > '9') {
        return "the first line does not end with HTTP/1.1 or HTTP/1.0";
    }
    return NULL;
}

/* Ends names and values with NUL, without the blanks around values. The head ends with an empty line, so each has a CR after
 * it. */
static bool end_strings(struct http_head *head) {
    bool good = true;
    for (size_t i = 0; i < head->headers_count; i++) {
        char *name = (char *)(uintptr_t)head->headers[i].name;
        char *value = (char *)(uintptr_t)head->headers[i].value;
        char *end = value != NULL ? strchr(value, '\r') : NULL;
        *strchr(name, ':') = '\0';
        good = good && sj_header_name_good(name); /* http_parser lets blanks pass */
        if (value == NULL) {
            head->headers[i].value = "";
            continue;
        }
        while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
            end--;
        }
        *end = '\0';
    }
    return good;
}

static int read_length(struct http_head *head, const char *value, const char **why) {
    size_t digits = strspn(value, "0123456789");
    if (head->content_length >= 0) {
        *why = "Content-Length is given twice";
        return 400;
    }
    if (digits == 0 || value[digits] != '\0') {
        *why = "Content-Length is not a number";
        return 400;
    }
    if (digits > 15) {
        *why = "the body is longer than 4 MiB";
        return 413;
    }
    head->content_length = strtoll(value, NULL, 10);
    return 0;
}

/* The headers on which framing and life of the connection depend. */
static int read_headers(struct http_head *head, const char **why) {
    int hosts = 0, encodings = 0;
    for (size_t i = 0; i < head->headers_count; i++) {
        const char *name = head->headers[i].name, *value = head->headers[i].value;
        switch (name[0] | 0x20) {
        case 'h': hosts += strcasecmp(name, "host") == 0; break;
        case 'c':
            if (strcasecmp(name, "content-length") == 0) {
                int status = read_length(head, value, why);
                if (status != 0) {
                    return status;
                }
            } else if (strcasecmp(name, "content-type") == 0) {
                head->content_type = value;
            }
            break;
        case 't':
            if (strcasecmp(name, "transfer-encoding") == 0) {
                encodings++;
                head->chunked = strcasecmp(value, "chunked") == 0;
                if (!head->chunked) {
                    *why = "no Transfer-Encoding but chunked is understood";
                    return 501;
                }
            }
            break;
        case 'e':
            if (strcasecmp(name, "expect") == 0) {
                head->expect_continue = strcasecmp(value, "100-continue") == 0;
                if (!head->expect_continue) {
                    *why = "no expectation but 100-continue is understood";
                    return 417;
                }
            }
            break;
        default: break;
        }
    }
    if (encodings > 1 || (encodings == 1 && (head->content_length >= 0 || head->old))) {
        *why = encodings > 1 ? "Transfer-Encoding is given twice"
               : head->old   ? "Transfer-Encoding is not part of HTTP/1.0"
                             : "Content-Length and Transfer-Encoding are given together";
        return 400;
    }
    if (hosts > 1 || (hosts == 0 && !head->old)) {
        *why = hosts > 1 ? "Host is given twice" : "Host is missing";
        return 400;
    }
    return 0;
}

static int read_target(struct http_head *head, char *target, size_t length, const char **why) {
    char *query;
    if (length > SJ_HTTP_TARGET_MAX) {
        *why = "the address is longer than 8 KiB";
        return 414;
    }
    target[length] = '\0';
    if (strchr(target, '#') != NULL) {
        *why = "the address holds a fragment";
        return 400;
    }
    query = strchr(target, '?');
    head->query = query != NULL ? query + 1 : "";
    length = query != NULL ? (size_t)(query - target) : length;
    if (target[0] != '/') {
        char *authority = memmem(target, length, "://", 3);
        char *slash = authority != NULL ? memchr(authority + 3, '/', length - (size_t)(authority + 3 - target)) : NULL;
        if (strcmp(target, "*") == 0 && strcmp(head->method, "OPTIONS") == 0) {
            head->path = target;
            return 0;
        }
        if (slash == NULL) {
            *why = "the address does not begin with a slash";
            return 400;
        }
        length -= (size_t)(slash - target);
        target = slash;
    }
    head->path = target;
    *why = sj_path_decode(target, length);
    return *why == NULL ? 0 : 400;
}

static bool unknown_method(const char *data) {
    size_t letters = strspn(data, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return letters > 0 && letters < 24 && data[letters] == ' ';
}

int sj_http_head_parse(char *data, size_t length, struct http_head *head, const char **why) {
    http_parser parser;
    struct walk walk = {.head = head};
    size_t parsed;
    int status;
    head->headers_count = 0;
    head->content_type = NULL;
    head->content_length = -1;
    head->chunked = head->expect_continue = false;
    if (length > SJ_HTTP_HEAD_MAX) {
        *why = "the head is longer than 32 KiB";
        return 431;
    }
    *why = check_lines(data, length);
    if (*why == NULL) {
        *why = check_request_line(data, length);
    }
    if (*why != NULL) {
        return 400;
    }
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &walk;
    parsed = http_parser_execute(&parser, &settings, data, length);
    if (walk.too_many) {
        *why = "there are more than 100 headers";
        return 431;
    }
    if (HTTP_PARSER_ERRNO(&parser) == HPE_INVALID_METHOD && unknown_method(data)) {
        *why = "the method is unknown";
        return 501;
    }
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || !walk.complete || parsed != length) {
        *why = "the head is not HTTP/1.1";
        return 400;
    }
    if (parser.http_major != 1 || parser.http_minor > 1) {
        *why = "only HTTP/1.0 and HTTP/1.1 are spoken here";
        return 505;
    }
    if (parser.method == HTTP_CONNECT) {
        *why = "CONNECT is not offered";
        return 501;
    }
    head->method = http_method_str((enum http_method)parser.method);
    head->old = parser.http_minor == 0;
    head->keep_alive = http_should_keep_alive(&parser) != 0;
    head->upgrade = parser.upgrade != 0;
    if (!end_strings(head)) {
        *why = "a header's name holds what no name may";
        return 400;
    }
    status = read_headers(head, why);
    return status != 0 ? status : read_target(head, walk.target, walk.target_length, why);
}

const char *sj_http_head_value(const struct http_head *head, const char *name) {
    for (size_t i = 0; i < head->headers_count; i++) {
        if (strcasecmp(head->headers[i].name, name) == 0) {
            return head->headers[i].value;
        }
    }
    return NULL;
}

bool sj_http_list_has(const char *list, const char *word) {
    size_t length = strlen(word);
    while (list != NULL && *list != '\0') {
        size_t item = strcspn(list, ",");
        size_t lead = strspn(list, " \t");
        size_t end = item;
        while (end > lead && (list[end - 1] == ' ' || list[end - 1] == '\t')) {
            end--;
        }
        if (end > lead && end - lead == length && strncasecmp(list + lead, word, length) == 0) {
            return true;
        }
        list += item + (list[item] == ',');
    }
    return false;
}
