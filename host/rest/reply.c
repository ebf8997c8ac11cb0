/* Answers of the REST interface: JSON, and problem details for what went wrong. */
#include "host/rest/reply.h"

#include <stdio.h>
#include <string.h>

#include "host/http/server.h"
#include "host/http/text.h"
#include "host/rest/etag.h"
#include "host/rest/internal.h"

enum { HEADERS = 5 }; /* of an answer, at most */

static bool is_get(const sj_http_request *request) {
    return strcmp(request->method, "GET") == 0;
}

static sj_http_reply make_reply(int status, const char *type, const sj_text *body,
                                const sj_http_header headers[HEADERS], size_t count) {
    sj_http_reply reply;
    memset(&reply, 0, sizeof reply);
    reply.status = status;
    reply.content_type = type;
    reply.body = body->data;
    reply.body_length = body->length;
    reply.headers = headers;
    reply.headers_count = count;
    return reply;
}

static void send_reply(sj_http_request *request, int status, const char *type, const sj_text *body,
                       const sj_http_header headers[HEADERS], size_t count) {
    const sj_http_reply reply = make_reply(status, type, body, headers, count);
    sj_host_http_reply(request, &reply);
}

/* 200 with a body, or 304 when the client of a GET has what bears this ETag; `headers` has room for
 * three more. Parts of an answer cannot be asked for: a Range is ignored, as RFC 9110 14.2 lets a
 * server do, and who looks before asking is told. What bears a weak tag, a list, may leave
 * compressed: it holds neither secrets, which are never shown, nor what is sensitive, which is not
 * shown over the network, nor anything that the request chose. */
static void send_json(sj_http_request *request, int status, sj_text *json,
                      sj_http_header headers[HEADERS], size_t count, const char *etag) {
    const bool read = is_get(request) && status == 200;
    const bool known = read && rest_client_has(request, etag);
    const bool weak = etag[0] == 'W';
    const sj_text nothing = {0};
    sj_http_reply reply;
    headers[count++] = (sj_http_header){"ETag", etag};
    if (read) {
        headers[count++] = (sj_http_header){"Accept-Ranges", "none"};
    }
    if (weak) {
        headers[count++] = (sj_http_header){"Vary", "Accept-Encoding"};
    }
    reply = make_reply(known ? 304 : status, known ? NULL : "application/json",
                       known ? &nothing : json, headers, count);
    if (weak) {
        sj_http_reply_long(request, &reply);
    } else {
        sj_host_http_reply(request, &reply);
    }
    sj_text_clear(json);
}

static bool ran_out(sj_http_request *request, sj_text *json) {
    if (!json->failed) {
        return false;
    }
    sj_text_clear(json);
    rest_reply_status(request, 503, "out of memory");
    return true;
}

void rest_reply_json(sj_http_request *request, int status, sj_text *json) {
    sj_http_header headers[HEADERS];
    char etag[REST_ETAG];
    if (!ran_out(request, json)) {
        rest_weak_etag(json, etag);
        send_json(request, status, json, headers, 0, etag);
    }
}

void rest_reply_record(sj_http_request *request, int status, sj_text *json, const char *location,
                       const char *note) {
    char etag[REST_ETAG];
    sj_http_header headers[HEADERS];
    size_t count = 0;
    if (location != NULL) {
        headers[count++] = (sj_http_header){"Location", location};
    }
    if (note != NULL) {
        headers[count++] = (sj_http_header){"Sojourn-Note", note};
    }
    if (!ran_out(request, json)) {
        rest_etag(json, etag);
        send_json(request, status, json, headers, count, etag);
    }
}

void rest_reply_empty(sj_http_request *request) {
    const sj_text nothing = {0};
    sj_http_header headers[HEADERS];
    send_reply(request, 204, NULL, &nothing, headers, 0);
}

static int rest_status_of(int code) {
    switch (code) {
    case SJ_OK: return 200;
    case SJ_E_INVALID: return 400;
    case SJ_E_NOT_FOUND: return 404;
    case SJ_E_DENIED:
    case SJ_E_UNTRUSTED: return 403;
    case SJ_E_EXISTS:
    case SJ_E_CONFLICT:
    case SJ_E_VERSION:
    case SJ_E_IN_USE: return 409;
    case SJ_E_LIMIT: return 429;
    case SJ_E_PROTOCOL: return 502;
    case SJ_E_UNAVAILABLE:
    case SJ_E_CANCELLED:
    case SJ_E_STOPPING:
    case SJ_E_NO_MEMORY: return 503;
    case SJ_E_TIMEOUT: return 504;
    case SJ_E_IO: return 507;
    default: return 500;
    }
}

static void begin_problem(sj_text *json, int status, const char *code, const char *detail,
                          const char *field) {
    sj_text_printf(
        json,
        "{\"type\":\"urn:sojourn:problem:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":", code,
        sj_http_status_text(status), status);
    sj_text_json(json, detail);
    if (field[0] != '\0') {
        sj_text_puts(json, ",\"field\":");
        sj_text_json(json, field);
    }
}

static void send_problem(sj_http_request *request, int status, sj_text *json) {
    sj_http_header headers[HEADERS];
    if (json->failed) {
        sj_text_clear(json);
    }
    send_reply(request, status, "application/problem+json", json, headers, 0);
    sj_text_clear(json);
}

int rest_error_text(const sj_error *error, sj_text *json) {
    int status = rest_status_of(error->code);
    begin_problem(json, status, sj_error_name(error->code), error->text, error->field);
    sj_text_char(json, '}');
    return status;
}

void rest_reply_error(sj_http_request *request, const sj_error *error) {
    sj_text json = {0};
    int status = rest_error_text(error, &json);
    send_problem(request, status, &json);
}

void rest_reply_accepted(sj_http_request *request, sj_text *json, const char *location) {
    sj_http_header headers[HEADERS] = {{"Location", location}};
    if (!ran_out(request, json)) {
        send_reply(request, 202, "application/json", json, headers, 1);
        sj_text_clear(json);
    }
}

void rest_reply_text(sj_http_request *request, int status, const char *json) {
    sj_http_header headers[HEADERS];
    sj_text body = {0};
    sj_text_puts(&body, json);
    if (!ran_out(request, &body)) {
        send_reply(request, status, status < 400 ? "application/json" : "application/problem+json",
                   &body, headers, 0);
        sj_text_clear(&body);
    }
}

void rest_reply_refusal(sj_http_request *request, int status, const char *detail, const char *name,
                        const char *value) {
    sj_http_header headers[HEADERS] = {{name, value}};
    sj_text json = {0};
    begin_problem(&json, status, "HTTP", detail, "");
    sj_text_char(&json, '}');
    if (json.failed) {
        sj_text_clear(&json);
    }
    send_reply(request, status, "application/problem+json", &json, headers, name != NULL);
    sj_text_clear(&json);
}

void rest_reply_status(sj_http_request *request, int status, const char *detail) {
    rest_reply_refusal(request, status, detail, NULL, NULL);
}

/* A sentence without the path that stands before it. */
static const char *without_path(const sj_error *error) {
    size_t length = strlen(error->field);
    bool leads = length > 0 && strncmp(error->text, error->field, length) == 0 &&
                 strncmp(error->text + length, ": ", 2) == 0;
    return leads ? error->text + length + 2 : error->text;
}

int rest_problems_text(const struct sj_problems *problems, sj_text *json) {
    const sj_error *first = &problems->list[0];
    int status = rest_status_of(first->code);
    char detail[128];
    if (problems->total == 1) {
        return rest_error_text(first, json);
    }
    (void)snprintf(detail, sizeof detail,
                   "nothing was changed: %zu problems, the first %zu are listed", problems->total,
                   problems->count);
    if (problems->count == problems->total) {
        (void)snprintf(detail, sizeof detail, "nothing was changed: %zu problems", problems->total);
    }
    begin_problem(json, status, sj_error_name(first->code), detail, "");
    sj_text_puts(json, ",\"errors\":[");
    for (size_t i = 0; i < problems->count; i++) {
        const sj_error *one = &problems->list[i];
        sj_text_printf(json, "%s{\"field\":", i > 0 ? "," : "");
        sj_text_json(json, one->field);
        sj_text_puts(json, ",\"detail\":");
        sj_text_json(json, without_path(one));
        sj_text_char(json, '}');
    }
    sj_text_puts(json, "]}");
    return status;
}

void rest_reply_problems(sj_http_request *request, const struct sj_problems *problems) {
    sj_text json = {0};
    int status = rest_problems_text(problems, &json);
    send_problem(request, status, &json);
}
