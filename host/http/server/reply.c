/* A complete reply: head, the handler's headers, body, and the refusals of the server's own.
 * Touches the connection. */
#include "host/http/server/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/text.h>

#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/http/server/reply_head.h"
#include "host/http/text.h"
#include "host/http/trace_context.h"
#include "host/net/address.h"
#include "host/telemetry/log.h"
#include "host/telemetry/trace.h"

#define LARGE_BODY 4096

static bool framing_header(const char *name) {
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0 ||
           strcasecmp(name, "Connection") == 0 || strcasecmp(name, "Date") == 0;
}

static void write_headers(struct connection *connection, const sj_http_header *headers,
                          size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = headers[i].name, *value = headers[i].value;
        if (name == NULL || value == NULL || !sj_header_name_good(name) ||
            !sj_header_value_good(value) || framing_header(name)) {
            sj_node_log(connection->http->node, SJ_LOG_WARNING,
                        "a reply's header %.40s was left out: it may not stand there",
                        name != NULL ? name : "without name");
            continue;
        }
        (void)sj_link_write(&connection->link, name, strlen(name));
        (void)sj_link_write(&connection->link, ": ", 2);
        (void)sj_link_write(&connection->link, value, strlen(value));
        (void)sj_link_write(&connection->link, "\r\n", 2);
    }
}

/* A reply to another cluster that names its trace says how far the trace has come. */
static void write_trace_state(struct connection *connection, const sj_http_reply *reply) {
    char id[33], state[SJ_TRACE_STATE_ROOM];
    for (size_t i = 0; i < reply->headers_count; i++) {
        if (reply->headers[i].name != NULL && reply->headers[i].value != NULL &&
            strcasecmp(reply->headers[i].name, "traceparent") == 0 &&
            sj_trace_context_id(reply->headers[i].value, id)) {
            const int64_t order = sj_trace_sent(connection->http->node, id);
            const sj_http_header header = {"tracestate", sj_trace_context_state(order, state)};
            write_headers(connection, &header, 1);
        }
    }
}

static bool says_how_to_keep(const sj_http_reply *reply) {
    for (size_t i = 0; i < reply->headers_count; i++) {
        if (reply->headers[i].name != NULL &&
            strcasecmp(reply->headers[i].name, "Cache-Control") == 0) {
            return true;
        }
    }
    return false;
}

static bool goes_on(const struct connection *connection) {
    return connection->state == CONNECTION_BUSY && connection->request != NULL &&
           connection->request->head.keep_alive && !connection->half_closed &&
           !connection->listener_gone && !connection->http->closing;
}

/* Without the query: it may hold a PIN. */
static void note(struct connection *connection, const struct request *request, int status) {
    struct node *node = connection->http->node;
    char peer[SJ_ENDPOINT_TEXT];
    sj_http_count(connection->http, status);
    if (node->scope != NULL && sj_host_log_enabled(node->scope, SJ_LOG_DEBUG)) {
        bool read = request != NULL && connection->state == CONNECTION_BUSY;
        sj_node_log(node, SJ_LOG_DEBUG, "http%s %s: %s %.300s: %d", connection->tls ? "s" : "",
                    connection->local ? "unix socket"
                                      : sj_endpoint_format(&connection->peer, peer, sizeof peer),
                    read ? request->head.method : "request", read ? request->head.path : "not read",
                    status);
    }
}

static void sj_reply_write(struct connection *connection, const sj_http_reply *reply) {
    struct http *http = connection->http;
    const struct request *request = connection->request;
    char text[SJ_REPLY_HEAD_ROOM + 2];
    size_t length;
    bool only_head = request != NULL && connection->state == CONNECTION_BUSY &&
                     strcmp(request->head.method, "HEAD") == 0;
    bool keep_alive = goes_on(connection);
    bool bodiless = reply->status == 204 || reply->status == 304;
    struct reply_head head = {
        .status = reply->status,
        .content_type = reply->content_type,
        .content_length = (int64_t)reply->body_length,
        .keep_alive = keep_alive,
        .old = request != NULL && request->head.old,
        .cached = says_how_to_keep(reply),
    };
    sj_http_refresh_date(http);
    head.date = http->date;
    if (head.content_type != NULL && !sj_header_value_good(head.content_type)) {
        head.content_type = "application/octet-stream";
    }
    length = sj_reply_head(text, &head);
    if (reply->headers_count == 0) {
        text[length++] = '\r';
        text[length++] = '\n';
        (void)sj_link_write(&connection->link, text, length);
    } else {
        (void)sj_link_write(&connection->link, text, length);
        write_headers(connection, reply->headers, reply->headers_count);
        if (sj_connection_cluster(connection)[0] != '\0') {
            write_trace_state(connection, reply);
        }
        (void)sj_link_write(&connection->link, "\r\n", 2);
    }
    if (reply->body_length > 0 && !only_head && !bodiless) {
        if (reply->body_length >= LARGE_BODY) {
            (void)sj_link_write_large(&connection->link, reply->body, reply->body_length);
        } else {
            (void)sj_link_write(&connection->link, reply->body, reply->body_length);
        }
    }
    note(connection, request, reply->status);
    sj_connection_answered(connection, keep_alive);
}

void sj_reply_refuse(struct connection *connection, int status, const char *sentence,
                     const char *name, const char *value) {
    sj_text body = {0};
    sj_http_header header = {name, value};
    sj_http_reply reply = {
        .status = status, .content_type = "application/problem+json", .headers = &header};
    char *text;
    sj_text_printf(&body, "{\"type\":\"about:blank\",\"title\":");
    sj_text_json(&body, sj_http_status_text(status));
    sj_text_printf(&body, ",\"status\":%d,\"detail\":", status);
    sj_text_json(&body, sentence);
    sj_text_printf(&body, "}\n");
    text = sj_text_take(&body);
    reply.headers_count = name != NULL;
    reply.body = text;
    reply.body_length = text != NULL ? strlen(text) : 0;
    sj_reply_write(connection, &reply);
    free(text);
}

void sj_reply_refuse_stopping(struct connection *connection) {
    sj_reply_refuse(connection, 503, "The node is being stopped.", "Retry-After", "2");
}

void sj_http_refuse_bytes(sj_http_request *seen, const char *sentence) {
    struct connection *connection = sj_request_claim(seen);
    if (connection != NULL) {
        sj_http_refused(connection->http, REFUSED_BYTES, &connection->peer, "");
        sj_reply_refuse(connection, 503, sentence, "Retry-After", "2");
    }
}

void sj_host_http_reply(sj_http_request *seen, const sj_http_reply *reply) {
    struct connection *connection = sj_request_claim(seen);
    if (connection != NULL) {
        sj_reply_write(connection, reply);
    }
}
