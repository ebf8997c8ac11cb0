/* Reads the head of a request in place: lines first, then the request line, then the headers, then
 * what the framing headers say together. RFC 9112 without its lenient readings. Pure. */
#include "host/http/server/request_head.h"

#include <stdlib.h>
#include <strings.h>

#include "host/http/text.h"

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

/* The methods of the IANA registry that HTTP/1.1 has, and those of UPnP; CONNECT is not offered. */
static const char methods[] =
    " GET POST PUT DELETE HEAD OPTIONS PATCH TRACE ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY "
    "LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE M-SEARCH "
    "NOTIFY ORDERPATCH PROPFIND PROPPATCH PURGE REBIND REPORT SEARCH SUBSCRIBE UNBIND UNCHECKOUT "
    "UNLINK UNLOCK UNSUBSCRIBE UPDATE UPDATEREDIRECTREF VERSION-CONTROL ";

/* `name` is a text without blanks. */
static int read_method(struct http_head *head, const char *name, const char **why) {
    const size_t length = strlen(name);
    const char *found = memmem(methods, sizeof methods - 1, name, length);
    while (found != NULL && (found[-1] != ' ' || found[length] != ' ')) {
        found = memmem(found + 1, strlen(found + 1), name, length);
    }
    head->method = name;
    if (found != NULL) {
        return 0;
    }
    if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != '\0') {
        *why = "the first line does not begin with a method";
        return 400;
    }
    *why = strcmp(name, "CONNECT") == 0 ? "CONNECT is not offered" : "the method is unknown";
    return 501;
}

/* The request line: method, address and protocol with one blank between them, and nothing else.
 * `end` is its CR. */
static int read_request_line(struct http_head *head, char *line, const char *end, char **target,
                             size_t *target_length, const char **why) {
    char *method_end = memchr(line, ' ', (size_t)(end - line));
    char *begin = method_end != NULL ? method_end + 1 : line;
    const char *target_end = method_end != NULL ? memchr(begin, ' ', (size_t)(end - begin)) : NULL;
    const char *protocol;
    int status;
    if (target_end == NULL || target_end == begin || method_end == line) {
        *why = "the first line is not a method, an address and HTTP/1.1";
        return 400;
    }
    for (const char *at = begin; at < target_end; at++) {
        if ((unsigned char)*at <= 0x20 || *at == 0x7f) {
            *why = "the address holds a control character";
            return 400;
        }
    }
    protocol = target_end + 1;
    if (end - protocol != 8 || memcmp(protocol, "HTTP/", 5) != 0 || protocol[5] < '0' ||
        protocol[5] > '9' || protocol[6] != '.' || protocol[7] < '0' || protocol[7] > '9') {
        *why = "the first line does not end with HTTP/1.1 or HTTP/1.0";
        return 400;
    }
    *method_end = '\0';
    status = read_method(head, line, why);
    if (status != 0) {
        return status;
    }
    if (protocol[5] != '1' || protocol[7] > '1') {
        *why = "only HTTP/1.0 and HTTP/1.1 are supported";
        return 505;
    }
    head->old = protocol[7] == '0';
    *target = begin;
    *target_length = (size_t)(target_end - begin);
    return 0;
}

/* One line "name: value" up to its CR at `end`. Both are ended with NUL, the value without the
 * blanks around it. */
static const char *read_header(sj_http_header *header, char *line, char *end) {
    char *colon = memchr(line, ':', (size_t)(end - line));
    char *value;
    if (colon == NULL) {
        return "a line of the head has no colon";
    }
    *colon = '\0';
    if (!sj_header_name_good(line)) {
        return "a header's name holds what no name may";
    }
    value = colon + 1;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *end = '\0';
    *header = (sj_http_header){.name = line, .value = value};
    return sj_header_value_good(value) ? NULL : "a header's value holds a control character";
}

/* The headers, up to the empty line that ends the head; `at` is the first one's name. */
static int read_lines(struct http_head *head, char *at, char *end, const char **why) {
    while (at < end - 2) {
        char *line_end = memchr(at, '\r', (size_t)(end - at));
        if (head->headers_count == SJ_HTTP_HEADERS_MAX) {
            *why = "there are more than 100 headers";
            return 431;
        }
        *why = read_header(&head->headers[head->headers_count], at, line_end);
        if (*why != NULL) {
            return 400;
        }
        head->headers_count++;
        at = line_end + 2;
    }
    return 0;
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

/* The headers on which framing and life of the connection depend. A connection that is told to
 * close and to stay closes. */
static int read_headers(struct http_head *head, const char **why) {
    int hosts = 0, encodings = 0;
    bool closes = false, stays = false, upgrades = false, has_upgrade = false;
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
            } else if (strcasecmp(name, "connection") == 0) {
                closes = closes || sj_http_list_has(value, "close");
                stays = stays || sj_http_list_has(value, "keep-alive");
                upgrades = upgrades || sj_http_list_has(value, "upgrade");
            }
            break;
        case 'u': has_upgrade = has_upgrade || strcasecmp(name, "upgrade") == 0; break;
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
    head->keep_alive = !closes && (stays || !head->old);
    head->upgrade = upgrades && has_upgrade;
    return 0;
}

/* A host with or without a port up to `end`: a name, an IPv4 address, or an IPv6 address in
 * brackets. No user before it (RFC 9110 4.2.4). */
static bool is_authority(const char *host, const char *end) {
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "~_.-%!$&'()*+,;=";
    const bool bracketed = *host == '[';
    const size_t length =
        bracketed ? 1 + strspn(host + 1, "0123456789abcdefABCDEF:.") : strspn(host, name);
    const char *port = host + length;
    if (length <= (bracketed ? 1 : 0) || (bracketed && *port++ != ']')) {
        return false;
    }
    return port == end || (*port == ':' && port + 1 + strspn(port + 1, "0123456789") == end);
}

/* Where the authority of "http://authority/path" begins, and where its path does; NULL: it is no
 * such address. */
static char *find_authority(char *target, size_t length, char **path) {
    char *authority = strncasecmp(target, "http://", 7) == 0    ? target + 7
                      : strncasecmp(target, "https://", 8) == 0 ? target + 8
                                                                : NULL;
    *path =
        authority != NULL ? memchr(authority, '/', length - (size_t)(authority - target)) : NULL;
    return *path != NULL && is_authority(authority, *path) ? authority : NULL;
}

/* The host of an absolute address goes before the header Host (RFC 9112 3.2.2). It is moved one
 * byte to the front, for its NUL. */
static void use_authority(struct http_head *head, char *authority, const char *slash) {
    const size_t length = (size_t)(slash - authority);
    size_t i = 0;
    memmove(authority - 1, authority, length);
    authority[length - 1] = '\0';
    while (i < head->headers_count && strcasecmp(head->headers[i].name, "host") != 0) {
        i++;
    }
    if (i < SJ_HTTP_HEADERS_MAX) {
        head->headers[i] = (sj_http_header){"Host", authority - 1};
        head->headers_count += i == head->headers_count;
    }
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
        char *slash, *authority = find_authority(target, length, &slash);
        if (strcmp(target, "*") == 0 && strcmp(head->method, "OPTIONS") == 0) {
            head->path = target;
            return 0;
        }
        if (authority == NULL) {
            *why = "the address begins neither with a slash nor with http:// or https://, a host "
                   "and a slash";
            return 400;
        }
        use_authority(head, authority, slash);
        length -= (size_t)(slash - target);
        target = slash;
    }
    head->path = target;
    *why = sj_path_decode(target, length);
    return *why == NULL ? 0 : 400;
}

int sj_http_head_parse(char *data, size_t length, struct http_head *head, const char **why) {
    char *line_end, *target = NULL;
    size_t target_length = 0;
    int status;
    *head = (struct http_head){.content_length = -1};
    if (length > SJ_HTTP_HEAD_MAX) {
        *why = "the head is longer than 32 KiB";
        return 431;
    }
    *why = check_lines(data, length);
    if (*why != NULL) {
        return 400;
    }
    line_end = memchr(data, '\r', length); /* the lines have been checked: a line feed follows */
    if (line_end == NULL || length < 4 || memcmp(data + length - 4, "\r\n\r\n", 4) != 0) {
        *why = "the head does not end with an empty line";
        return 400;
    }
    status = read_request_line(head, data, line_end, &target, &target_length, why);
    status = status != 0 ? status : read_lines(head, line_end + 2, data + length, why);
    status = status != 0 ? status : read_headers(head, why);
    return status != 0 ? status : read_target(head, target, target_length, why);
}

const char *sj_http_head_value(const struct http_head *head, const char *name) {
    return sj_headers_find(head->headers, head->headers_count, name);
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
