/* A request that has been read: its route, whether who asks may, and the handler. Touches the
 * connection; each refusal is written here. */
#include "host/http/server/dispatch.h"

#include <stdio.h>
#include <string.h>

#include <sojourn/base/text.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/http/server/params.h"
#include "host/http/server/reply.h"
#include "host/http/trace_context.h"
#include "host/net/address.h"
#include "host/telemetry/trace.h"

#define ANSWER_MS 60000

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
    sj_request_authenticated(request);
    if (connection == NULL) { /* the client has gone, or the route */
        sj_request_waits_no_more(request);
        sj_request_free(request);
    } else if (status == SJ_E_LIMIT) {
        sj_request_waits_no_more(request);
        sj_reply_refuse(
            connection, 429,
            "Too many user names and passwords come from your address; try again in a minute.",
            "Retry-After", "60");
    } else if (status == SJ_READS_ONLY && !only_reads(request)) {
        sj_request_waits_no_more(request);
        sj_reply_refuse(connection, 403,
                        "This user has the role Standard CCM Read Only: expected GET, as what "
                        "may change something needs "
                        "the role Standard CCM Super Users.",
                        NULL, NULL);
    } else if (status != SJ_OK && status != SJ_READS_ONLY && status != SJ_E_DENIED) {
        sj_request_waits_no_more(request);
        sj_reply_refuse(connection, 503, "The password could not be checked; try again shortly.",
                        "Retry-After", "2");
    } else if (status == SJ_E_DENIED) {
        sj_request_waits_no_more(request);
        sj_reply_refuse(connection, 401,
                        "An administrator's user name and password are needed here.",
                        "WWW-Authenticate", "Basic realm=\"Sojourn\", charset=\"UTF-8\"");
    } else {
        (void)snprintf(request->user, sizeof request->user, "%s", sj_or_empty(name));
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
    seen->content_type = sj_or_empty(request->head.content_type);
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
        if (route == NULL && http->node->stopping) { /* it is there again after the restart */
            sj_reply_refuse_stopping(connection);
            return NULL;
        }
        if (route == NULL && allow[0] == '\0') {
            (void)snprintf(sentence, sizeof sentence, "There is nothing at %.400s.",
                           request->head.path);
            sj_reply_refuse(connection, 404, sentence, NULL, NULL);
            return NULL;
        }
        if (route == NULL) {
            (void)snprintf(sentence, sizeof sentence, "%.300s takes %s, not %s.",
                           request->head.path, allow, request->head.method);
            sj_reply_refuse(connection, 405, sentence, "Allow", allow);
            return NULL;
        }
    }
    if (route == NULL || !sj_scope_visible(route->handle.scope)) {
        sj_reply_refuse(connection, 503, "The service behind this address is not started.",
                        "Retry-After", "2");
        return NULL;
    }
    if (http->pending >= SJ_HTTP_PENDING_MAX && !(route->flags & SJ_ROUTE_BUSY_OK)) {
        sj_reply_refuse(connection, 503, "The node has more to do than it can; try again shortly.",
                        "Retry-After", "2");
        return NULL;
    }
    if ((route->flags & SJ_ROUTE_PEER_CLUSTER) && sj_connection_cluster(connection)[0] == '\0') {
        sj_reply_refuse(
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
            sj_reply_refuse(connection, 421,
                            "The request names a host that is not this node; further names of it "
                            "belong into the enterprise "
                            "parameter Web Host Names.",
                            NULL, NULL);
            return NULL;
        }
    }
    if ((route->flags & SJ_ROUTE_ADMIN) && !connection->tls && !connection->local &&
        !sj_address_is_loopback(&connection->peer)) {
        sj_reply_refuse(connection, 403,
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

void sj_dispatch(struct connection *connection) {
    struct request *request = connection->request;
    struct http *http = connection->http;
    const char *refused;
    struct route *route;
    connection->state = CONNECTION_BUSY;
    connection->link.deadline = sj_link_now(&connection->link) + ANSWER_MS;
    if (request->body.used > 0) {
        if (!sj_bytes_reserve(&request->body, 1)) {
            sj_reply_refuse(connection, 503, "Out of memory for the request's body.", NULL, NULL);
            return;
        }
        request->body.data[request->body.used] = '\0';
    }
    route = find_route(connection, request);
    if (route == NULL) {
        return;
    }
    refused = sj_params_refused(request, route);
    if (refused != NULL) {
        sj_reply_refuse(connection, 400, refused, NULL, NULL);
        return;
    }
    show(connection, request);
    if (route->flags & SJ_ROUTE_PEER_CLUSTER) {
        follow_trace(connection, request);
    }
    sj_request_wait(request, route);
    if (!(route->flags & SJ_ROUTE_ADMIN)) {
        hand_over(request);
    } else if (connection->local) {
        (void)snprintf(request->user, sizeof request->user, "local");
        hand_over(request);
    } else {
        sj_request_authenticate(request);
        if (http->authenticate != NULL) {
            http->authenticate(http->node, &connection->peer,
                               sj_http_head_value(&request->head, "authorization"),
                               on_authenticated, request);
        } else {
            on_authenticated(request, SJ_E_DENIED, NULL);
        }
    }
}
