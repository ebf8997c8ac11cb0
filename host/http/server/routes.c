/* Routes of the node's server and listeners of plugins, each owned by a scope. */
#include <stdlib.h>

#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/net/address.h"

static const char kind_route[] = "route";
static const char kind_listener[] = "http listener";

static void close_route(sj_handle *handle) {
    struct route *route = (struct route *)(void *)handle;
    struct http *http = route->http;
    if (route->server != NULL) {
        SJ_LIST_EACH(connection, &http->connections, struct connection, in_http) {
            if (connection->only == route) {
                connection->only = NULL;
                connection->listener_gone = true;
                if (connection->state < CONNECTION_BUSY) {
                    sj_connection_close(connection);
                }
            }
        }
        sj_route_settle(route);
        sj_listener_close(&route->server->listener);
        return;
    }
    sj_router_remove(&http->router, route);
    sj_route_settle(route);
    sj_handle_release(handle);
    sj_http_release(http);
}

static struct route *new_route(struct http *http, unsigned flags, sj_http_fn handler, void *user,
                               sj_error *error) {
    struct route *route = calloc(1, sizeof *route);
    if (route == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for an HTTP route");
        return NULL;
    }
    route->http = http;
    route->flags = flags;
    route->handler = handler;
    route->user = user;
    return route;
}

static struct http *http_of(sj_scope *scope, sj_error *error) {
    struct http *http = sj_scope_node(scope)->http;
    if (http == NULL || sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING,
                           http == NULL ? "the HTTP server is not open" : "the scope is closing");
        return NULL;
    }
    return http;
}

sj_handle *sj_host_http_route(sj_scope *scope, const char *here, const char *method,
                              const char *path, unsigned flags, sj_http_fn handler, void *user,
                              sj_error *error) {
    struct http *http = http_of(scope, error);
    struct route *route = http == NULL ? NULL : new_route(http, flags, handler, user, error);
    char name[300];
    int result;
    if (route == NULL) {
        return NULL;
    }
    result = sj_router_add(&http->router, method, path, route);
    if (result != SJ_OK) {
        free(route);
        (void)sj_error_set(error, result,
                           result == SJ_E_EXISTS ? "%s %s is taken by another route"
                           : result == SJ_E_INVALID
                               ? "invalid route %s %s: a method in capitals and a path that begins "
                                 "with a slash are expected"
                               : "out of memory for the route %s %s",
                           method, path);
        return NULL;
    }
    (void)snprintf(name, sizeof name, "%s %s", method, path);
    (void)sj_handle_init(&route->handle, scope, kind_route, here, name, close_route);
    sj_http_hold(http);
    return &route->handle;
}

sj_handle *sj_host_http_listen(sj_scope *scope, const char *here, const char *address, int port,
                               sj_http_fn handler, void *user, sj_error *error) {
    struct http *http = http_of(scope, error);
    struct route *route =
        http == NULL ? NULL : new_route(http, SJ_ROUTE_PHONE, handler, user, error);
    char name[SJ_ENDPOINT_TEXT];
    if (route == NULL) {
        return NULL;
    }
    route->server = sj_http_open_listener(http, address, port, false, error);
    if (route->server == NULL) {
        free(route);
        return NULL;
    }
    route->server->only = route;
    (void)sj_handle_init(&route->handle, scope, kind_listener, here,
                         sj_endpoint_format(&route->server->listener.local, name, sizeof name),
                         close_route);
    return &route->handle;
}
