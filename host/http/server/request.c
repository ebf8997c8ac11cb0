/* The life of a request: made for its connection, held for a handler, freed once it is answered.
 * Touches the connection that it came on and the lists of its route.
 *
 * A request lives until its handler has answered. When nobody waits for the answer (the client has
 * gone, 60 s have passed, the route was closed) it is abandoned: kept for a handler that answers
 * late, of closed routes only the newest few. */
#include "host/http/server/request.h"

#include <stdlib.h>
#include <string.h>

#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/http/server/reply.h"
#include "host/telemetry/log_limit.h"

#define KEEP_BYTES 16384

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

void sj_request_wait(struct request *request, struct route *route) {
    request->route = route;
    _Static_assert(sizeof request->served_by == sizeof route->handle.name, "one name");
    memcpy(request->served_by, route->handle.name, sizeof request->served_by);
    sj_list_add_first(&route->pending, &request->link);
    request->http->pending++;
}

void sj_request_waits_no_more(struct request *request) {
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
    sj_request_waits_no_more(request);
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

void sj_request_authenticate(struct request *request) {
    sj_list_add_first(&request->http->authenticating, &request->authenticating);
    sj_http_hold(request->http);
}

void sj_request_authenticated(struct request *request) {
    sj_list_remove(&request->authenticating);
}

void sj_request_free_unauthenticated(struct http *http) {
    SJ_LIST_EACH(request, &http->authenticating, struct request, authenticating) {
        sj_request_waits_no_more(request);
        sj_request_authenticated(request);
        sj_request_abandon(request); /* frees it */
        sj_http_release(http);
    }
}

void sj_request_abandon(struct request *request) {
    if (request->connection != NULL) {
        request->connection->request = NULL;
        request->connection = NULL;
    }
    if (request->route == NULL && !sj_list_linked(&request->authenticating)) {
        sj_request_free(request);
    }
}

void sj_route_settle(struct route *route) {
    for (struct request *request;
         (request = SJ_OWNER(sj_list_first(&route->pending), struct request, link)) != NULL;) {
        struct connection *connection = request->connection;
        sj_request_waits_no_more(request);
        if (connection != NULL) {
            request->connection = NULL;
            connection->request = NULL;
            sj_reply_refuse(connection, 503, "The service that was asked is being stopped.",
                            "Retry-After", "2");
        }
        if (!sj_list_linked(&request->authenticating)) {
            add_orphan(request);
        }
    }
    trim_orphans(route->http);
}

/* A defect of a plugin, which may have it with each request. */
static void log_second_reply(const struct request *request) {
    const struct node *node = request->http->node;
    char text[100];
    (void)snprintf(text, sizeof text, "of the handler of %s", request->served_by);
    if (node->scope != NULL) {
        sj_host_log_limited(node->scope, SJ_LOG_ERROR,
                            "a second reply to an HTTP request: the first one counts", text);
    }
}

struct connection *sj_request_claim(sj_http_request *seen) {
    struct request *request = (struct request *)(void *)seen;
    struct connection *connection = request->connection;
    if (request->route == NULL && !request->orphan) {
        log_second_reply(request);
        return NULL;
    }
    remove_from_lists(request);
    if (connection == NULL) {
        sj_request_free(request);
        return NULL;
    }
    return connection->state == CONNECTION_BUSY && connection->request == request ? connection
                                                                                  : NULL;
}
