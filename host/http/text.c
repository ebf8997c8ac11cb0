/* Text of URLs, headers and statuses. Pure. */
#include "host/http/text.h"

#include <string.h>
#include <strings.h>

#include <sojourn/base/hex.h>
#include <sojourn/base/utf8.h>

const char *sj_path_decode(char *path, size_t length) {
    size_t out = 0;
    bool plain = true;
    for (size_t in = 0; in < length; in++) {
        unsigned char c = (unsigned char)path[in];
        if (c == '%') {
            const int byte = length - in > 2 ? sj_hex_byte(path + in + 1) : -1;
            if (byte < 0) {
                return "the path holds a percent sign without two hex digits after it";
            }
            c = (unsigned char)byte;
            in += 2;
        }
        if (c == '\0') {
            return "the path holds a NUL";
        }
        if (c < 0x20 || c == 0x7f) {
            return "the path holds a control character";
        }
        if (c == '.' && out > 0 && path[out - 1] == '.') {
            return "the path holds \"..\"";
        }
        plain = plain && c < 0x80;
        path[out++] = (char)c;
    }
    if (!plain && !sj_utf8_valid(path, out)) {
        return "the path is not UTF-8";
    }
    path[out] = '\0';
    return NULL;
}

bool sj_header_name_holds(char c) {
    static const char token[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$%&'*+^`|~";
    return c != '\0' && strchr(token, c) != NULL;
}

bool sj_header_name_good(const char *name) {
    size_t length = 0;
    while (sj_header_name_holds(name[length])) {
        length++;
    }
    return length > 0 && name[length] == '\0';
}

bool sj_header_value_good(const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

const char *sj_headers_find(const sj_http_header *headers, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(headers[i].name, name) == 0) {
            return headers[i].value;
        }
    }
    return NULL;
}

const char *sj_http_status_text(int status) {
    switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return status < 400 ? "Status" : "Error";
    }
}
