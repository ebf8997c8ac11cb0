/* Where requests go: a method and path of the node's server, or a listener of a plugin's own. */
#ifndef SJ_HOST_HTTP_SERVER_ROUTE_H
#define SJ_HOST_HTTP_SERVER_ROUTE_H

#include "host/core/scope.h"
#include "host/http/server/state.h"

struct route {
    sj_handle handle; /* first */
    struct http *http;
    sj_list_head pending;
    sj_http_fn handler;
    void *user;
    unsigned flags;
    struct server *server; /* of a plugin's own listener, else NULL */
};

#endif
