/* One request: finding its handler, and its reply. Touches the connection it came on.
 *
 * A request lives until its handler has answered. When nobody waits any more (the client has gone,
 * 60 s have passed, the route was closed) it is abandoned: kept for a handler that answers late, of
 * closed routes only the newest few. */
#include "host/http/server/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/http/server/reply.h"
#include "host/http/text.h"
#include "host/http/trace_context.h"
#include "host/net/address.h"
#include "host/telemetry/log.h"
#include "host/telemetry/trace.h"

#define LARGE_BODY 4096
#define ANSWER_MS 60000
#define KEEP_BYTES 16384

/* ---- life ---- */

struct request *sj_request_ready(struct connection *connection) {
    struct request *request = connection->request;
    if (request == NULL) {
        request = calloc(1, sizeof *request);
        if (request == NULL) {
            return NULL;
        }
        request->http = connection->http;
        request->connection = connection;
        connection->request = request;
    }
    request->body.secret = true; /* anew: a handler may have taken the body before */
    request->user[0] = '\0';
    return request;
}

void sj_request_wipe(struct request *request) {
    if (request->block_used > 0) {
        explicit_bzero(request->block, request->block_used);
        request->block_used = 0;
    }
    if (request->params_space != NULL) {
        explicit_bzero(request->params_space, request->params_room);
    }
    free(request->params);
    free(request->params_space);
    request->params = NULL;
    request->params_space = NULL;
    request->params_count = 0;
    sj_bytes_clear(&request->body, KEEP_BYTES);
}

void sj_request_free(struct request *request) {
    if (request != NULL) {
        sj_request_wipe(request);
        sj_bytes_free(&request->body);
        free(request->block);
        free(request);
    }
}

static void link_pending(struct request *request, struct route *route) {
    request->route = route;
    sj_list_add_first(&route->pending, &request->link);
    request->http->pending++;
}

static void unlink_pending(struct request *request) {
    if (request->route != NULL) {
        sj_list_remove(&request->link);
        request->route = NULL;
        request->http->pending--;
    }
}

static void unlink_orphan(struct request *request) {
    sj_list_remove(&request->link);
    request->orphan = false;
    request->http->orphans_count--;
}

static void remove_from_lists(struct request *request) {
    if (request->orphan) {
        unlink_orphan(request);
    }
    unlink_pending(request);
}

static void add_orphan(struct request *request) {
    request->orphan = true;
    sj_list_add_first(&request->http->orphans, &request->link);
    request->http->orphans_count++;
}

/* The oldest beyond the bound go; their handlers have had the time of many requests to answer. */
static void trim_orphans(struct http *http) {
    while (http->orphans_count > SJ_HTTP_ORPHANS_MAX) {
        struct request *oldest = SJ_OWNER(sj_list_last(&http->orphans), struct request, link);
        unlink_orphan(oldest);
        sj_request_free(oldest);
    }
}

void sj_request_free_orphans(struct http *http) {
    SJ_LIST_EACH(request, &http->orphans, struct request, link) {
        unlink_orphan(request);
        sj_request_free(request);
    }
}

void sj_request_abandon(struct request *request) {
    if (request->connection != NULL) {
        request->connection->request = NULL;
        request->connection = NULL;
    }
    if (request->route == NULL && !request->authenticating) {
        sj_request_free(request);
    }
}

void sj_route_settle(struct route *route) {
    for (struct request *request;
         (request = SJ_OWNER(sj_list_first(&route->pending), struct request, link)) != NULL;) {
        struct connection *connection = request->connection;
        unlink_pending(request);
        if (connection != NULL) {
            request->connection = NULL;
            connection->request = NULL;
            sj_request_refuse(connection, 503, "The service that was asked is being stopped.",
                              "Retry-After", "2");
        }
        if (!request->authenticating) {
            add_orphan(request);
        }
    }
    trim_orphans(route->http);
}

/* ---- replies ---- */

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

void sj_request_write(struct connection *connection, const sj_http_reply *reply) {
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

void sj_request_refuse(struct connection *connection, int status, const char *sentence,
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
    sj_request_write(connection, &reply);
    free(text);
}

void sj_host_http_reply(sj_http_request *seen, const sj_http_reply *reply) {
    struct request *request = (struct request *)(void *)seen;
    struct connection *connection = request->connection;
    remove_from_lists(request);
    if (connection == NULL) {
        sj_request_free(request);
    } else if (connection->state == CONNECTION_BUSY && connection->request == request) {
        sj_request_write(connection, reply);
    }
}

bool sj_http_is_local(sj_http_request *seen) {
    const struct request *request = (struct request *)(void *)seen;
    return request->connection != NULL && request->connection->local;
}

bool sj_http_local_user(sj_http_request *seen, uid_t *id) {
    const struct request *request = (struct request *)(void *)seen;
    struct ucred peer;
    socklen_t length = sizeof peer;
    uv_os_fd_t file;
    if (!sj_http_is_local(seen) ||
        uv_fileno((uv_handle_t *)&request->connection->link.uv, &file) != 0 ||
        getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
        return false;
    }
    *id = peer.uid;
    return true;
}

char *sj_http_take_body(sj_http_request *seen, size_t *length) {
    struct request *request = (struct request *)(void *)seen;
    char *data = request->body.data;
    *length = request->body.used;
    memset(&request->body, 0, sizeof request->body);
    seen->body = "";
    seen->body_length = 0;
    return data;
}

struct connection *sj_request_claim(sj_http_request *seen) {
    struct request *request = (struct request *)(void *)seen;
    struct connection *connection = request->connection;
    remove_from_lists(request);
    if (connection == NULL) {
        sj_request_free(request);
        return NULL;
    }
    return connection->state == CONNECTION_BUSY && connection->request == request ? connection
                                                                                  : NULL;
}

/* ---- on the way in ---- */

static void hand_over(struct request *request) {
    struct route *route = request->route;
    struct bracket bracket = sj_enter_detail(route->handle.scope, "http", route->handle.here);
    route->handler(route->user, &request->seen);
    sj_leave(&bracket); /* request and route may be gone */
}

static bool only_reads(const struct request *request) {
    return strcmp(request->head.method, "GET") == 0 || strcmp(request->head.method, "HEAD") == 0;
}

static void on_authenticated(void *user, int status, const char *name) {
    struct request *request = user;
    struct http *http = request->http;
    struct connection *connection = request->connection;
    request->authenticating = false;
    if (connection == NULL) { /* the client has gone, or the route */
        unlink_pending(request);
        sj_request_free(request);
    } else if (status == SJ_E_LIMIT) {
        unlink_pending(request);
        sj_request_refuse(
            connection, 429,
            "Too many user names and passwords come from your address; try again in a minute.",
            "Retry-After", "60");
    } else if (status == SJ_READS_ONLY && !only_reads(request)) {
        unlink_pending(request);
        sj_request_refuse(connection, 403,
                          "This user has the role Standard CCM Read Only: expected GET, as what "
                          "may change something needs "
                          "the role Standard CCM Super Users.",
                          NULL, NULL);
    } else if (status != SJ_OK && status != SJ_READS_ONLY && status != SJ_E_DENIED) {
        unlink_pending(request);
        sj_request_refuse(connection, 503, "The password could not be checked; try again shortly.",
                          "Retry-After", "2");
    } else if (status == SJ_E_DENIED) {
        unlink_pending(request);
        sj_request_refuse(connection, 401,
                          "An administrator's user name and password are needed here.",
                          "WWW-Authenticate", "Basic realm=\"Sojourn\", charset=\"UTF-8\"");
    } else {
        (void)snprintf(request->user, sizeof request->user, "%s", name != NULL ? name : "");
        hand_over(request);
    }
    sj_http_release(http);
}

static void show(struct connection *connection, struct request *request) {
    sj_http_request *seen = &request->seen;
    seen->size = sizeof *seen;
    seen->method = request->head.method;
    seen->path = request->head.path;
    seen->query = request->head.query;
    seen->body = request->body.used > 0 ? request->body.data : "";
    seen->body_length = request->body.used;
    seen->content_type = request->head.content_type != NULL ? request->head.content_type : "";
    seen->peer = connection->peer;
    seen->tls = connection->tls;
    seen->peer_cluster = sj_connection_cluster(connection);
    seen->user = request->user;
    seen->headers = request->head.headers;
    seen->headers_count = request->head.headers_count;
}

/* The route for the request, or NULL: then it has been refused. */
static struct route *find_route(struct connection *connection, struct request *request) {
    struct http *http = connection->http;
    char allow[SJ_ALLOW_TEXT], sentence[512];
    struct route *route = connection->only;
    if (route == NULL && !connection->listener_gone) {
        route = sj_router_find(&http->router, request->head.method, request->head.path, allow);
        if (route == NULL && allow[0] == '\0') {
            (void)snprintf(sentence, sizeof sentence, "There is nothing at %.400s.",
                           request->head.path);
            sj_request_refuse(connection, 404, sentence, NULL, NULL);
            return NULL;
        }
        if (route == NULL) {
            (void)snprintf(sentence, sizeof sentence, "%.300s takes %s, not %s.",
                           request->head.path, allow, request->head.method);
            sj_request_refuse(connection, 405, sentence, "Allow", allow);
            return NULL;
        }
    }
    if (route == NULL || !sj_scope_visible(route->handle.scope)) {
        sj_request_refuse(connection, 503, "The service behind this address is not started.",
                          "Retry-After", "2");
        return NULL;
    }
    if (http->pending >= SJ_HTTP_PENDING_MAX && !(route->flags & SJ_ROUTE_BUSY_OK)) {
        sj_request_refuse(connection, 503,
                          "The node has more to do than it can; try again shortly.", "Retry-After",
                          "2");
        return NULL;
    }
    if ((route->flags & SJ_ROUTE_PEER_CLUSTER) && sj_connection_cluster(connection)[0] == '\0') {
        sj_request_refuse(
            connection, 403,
            connection->tls
                ? "No certificate was shown that has been imported here for a remote cluster."
                : "This address is for remote clusters: HTTPS with an imported certificate is "
                  "needed.",
            NULL, NULL);
        return NULL;
    }
    if (http->host_check != NULL && !connection->local && connection->only == NULL &&
        !(route->flags & SJ_ROUTE_PEER_CLUSTER)) {
        const char *host = sj_http_head_value(&request->head, "host");
        if (host != NULL &&
            !http->host_check(http->node, host, &connection->local_address, &connection->peer)) {
            sj_http_refused(http, REFUSED_HOST, &connection->peer, host);
            sj_request_refuse(connection, 421,
                              "The request names a host that is not this node; further names of it "
                              "belong into the enterprise "
                              "parameter Web Host Names.",
                              NULL, NULL);
            return NULL;
        }
    }
    if ((route->flags & SJ_ROUTE_ADMIN) && !connection->tls && !connection->local &&
        !sj_address_is_loopback(&connection->peer)) {
        sj_request_refuse(connection, 403,
                          "Passwords are not taken over plain HTTP from another machine: use "
                          "HTTPS, or the node's unix socket.",
                          NULL, NULL);
        return NULL;
    }
    return route;
}

/* What another cluster noted of a trace before it sent the request comes before what is noted here
 * from now on. */
static void follow_trace(struct connection *connection, const struct request *request) {
    const char *parent = sj_http_head_value(&request->head, "traceparent");
    const char *state = sj_http_head_value(&request->head, "tracestate");
    char id[33];
    if (parent != NULL && state != NULL && sj_trace_context_id(parent, id)) {
        sj_trace_received(connection->http->node, id, sj_trace_context_order(state));
    }
}

/* What the parameters cost is known before they are read. False after a refusal. */
static bool params_fit(struct connection *connection, const struct request *request,
                       const struct route *route) {
    const char *query = request->head.query, *form = request->body.data;
    const size_t query_length = strlen(query);
    const bool is_form =
        !(route->flags & SJ_ROUTE_RAW_BODY) && sj_form_is_type(request->head.content_type);
    const size_t form_length = is_form ? request->body.used : 0;
    if (sj_form_has_too_many(query, query_length) ||
        (form_length > 0 && sj_form_has_too_many(form, form_length))) {
        sj_request_refuse(connection, 400, "The request has more than 500 parameters.", NULL, NULL);
        return false;
    }
    if (sj_form_has_nul(query, query_length) ||
        (form_length > 0 && sj_form_has_nul(form, form_length))) {
        sj_request_refuse(connection, 400, "A parameter holds a NUL.", NULL, NULL);
        return false;
    }
    return true;
}

void sj_request_dispatch(struct connection *connection) {
    struct request *request = connection->request;
    struct http *http = connection->http;
    struct route *route;
    connection->state = CONNECTION_BUSY;
    connection->link.deadline = sj_link_now(&connection->link) + ANSWER_MS;
    if (request->body.used > 0) {
        if (!sj_bytes_reserve(&request->body, 1)) {
            sj_request_refuse(connection, 503, "Out of memory for the request's body.", NULL, NULL);
            return;
        }
        request->body.data[request->body.used] = '\0';
    }
    route = find_route(connection, request);
    if (route == NULL) {
        return;
    }
    if (!params_fit(connection, request, route)) {
        return;
    }
    show(connection, request);
    if (route->flags & SJ_ROUTE_PEER_CLUSTER) {
        follow_trace(connection, request);
    }
    link_pending(request, route);
    if (!(route->flags & SJ_ROUTE_ADMIN)) {
        hand_over(request);
    } else if (connection->local) {
        (void)snprintf(request->user, sizeof request->user, "local");
        hand_over(request);
    } else {
        request->authenticating = true;
        sj_http_hold(http);
        if (http->authenticate != NULL) {
            http->authenticate(http->node, &connection->peer,
                               sj_http_head_value(&request->head, "authorization"),
                               on_authenticated, request);
        } else {
            on_authenticated(request, SJ_E_DENIED, NULL);
        }
    }
}

/* ---- what handlers ask ---- */

static bool read_params(struct request *request) {
    const char *query = request->head.query, *form = request->seen.body;
    size_t query_length = strlen(query), form_length = 0, count, room;
    if (sj_form_is_type(request->head.content_type) &&
        (request->route == NULL || !(request->route->flags & SJ_ROUTE_RAW_BODY))) {
        form_length = request->body.used;
    }
    count = sj_form_count(query, query_length) + sj_form_count(form, form_length);
    room = sj_form_room(query_length, sj_form_count(query, query_length));
    request->params = calloc(count + 1, sizeof *request->params);
    request->params_room = room + sj_form_room(form_length, count) + 1;
    request->params_space = calloc(1, request->params_room);
    if (request->params == NULL || request->params_space == NULL) {
        free(request->params);
        free(request->params_space);
        request->params = NULL;
        request->params_space = NULL;
        return false;
    }
    request->params_count =
        sj_form_parse(query, query_length, request->params, request->params_space);
    request->params_count += sj_form_parse(
        form, form_length, request->params + request->params_count, request->params_space + room);
    return true;
}

const char *sj_host_http_param(sj_http_request *seen, const char *name) {
    struct request *request = (struct request *)(void *)seen;
    if (request->params == NULL && !read_params(request)) {
        return NULL;
    }
    for (size_t i = 0; i < request->params_count; i++) {
        if (strcmp(request->params[i].name, name) == 0) {
            return request->params[i].value;
        }
    }
    return NULL;
}

const char *sj_host_http_header(const sj_http_request *seen, const char *name) {
    for (size_t i = 0; i < seen->headers_count; i++) {
        if (strcasecmp(seen->headers[i].name, name) == 0) {
            return seen->headers[i].value;
        }
    }
    return NULL;
}
