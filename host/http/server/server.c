/* The node's HTTP servers: opening, closing, counting. Touches sockets through listener.c. */
#include "host/http/server/state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sojourn/node_address.h>

#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/net/address.h"
#include "host/net/net.h"
#include "host/telemetry/log_limit.h"
#include "host/telemetry/metrics.h"
#include "host/tls/context.h"

void sj_http_hold(struct http *http) {
    http->references++;
}

void sj_http_release(struct http *http) {
    if (--http->references == 0) {
        struct net *net = http->net;
        sj_request_free_orphans(http);
        free(http);
        sj_net_release(net);
    }
}

void sj_http_refresh_date(struct http *http) {
    uint64_t now = uv_now(http->net->prepare.loop);
    if (http->date[0] == '\0' || now - http->date_at >= 1000) {
        time_t seconds = time(NULL);
        struct tm when;
        (void)gmtime_r(&seconds, &when);
        (void)strftime(http->date, sizeof http->date, "%a, %d %b %Y %H:%M:%S GMT", &when);
        http->date_at = now;
    }
}

void sj_http_set_authenticator(struct node *node, sj_authenticate_fn authenticate) {
    if (node->http != NULL) {
        node->http->authenticate = authenticate;
    }
}

void sj_http_set_host_check(struct node *node, sj_host_check_fn check) {
    if (node->http != NULL) {
        node->http->host_check = check;
    }
}

size_t sj_http_connections(struct node *node) {
    return node->http != NULL ? node->http->connections_count : 0;
}

static const char *const refused_reasons[REFUSED_REASONS] = {"bytes", "connections", "descriptors",
                                                             "host"};

/* ---- metrics: they belong to the host's own scope and go with it ---- */

static void open_metrics(struct http *http) {
    sj_scope *scope = http->node->scope;
    if (http->node->metrics == NULL) {
        return;
    }
    for (int digit = 1; digit <= 5; digit++) {
        char name[64];
        (void)snprintf(name, sizeof name, "sojourn_http_replies_total{status=\"%dxx\"}", digit);
        http->answered[digit] = sj_host_metric(scope, SJ_HERE, SJ_COUNTER, name,
                                               "Replies of the HTTP servers, by class of status.");
    }
    for (int i = 0; i < REFUSED_REASONS; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "sojourn_http_refused_total{reason=\"%s\"}",
                       refused_reasons[i]);
        http->refused[i] = sj_host_metric(scope, SJ_HERE, SJ_COUNTER, name,
                                          "Requests and connections refused for a limit.");
    }
    http->open_connections = sj_host_metric(scope, SJ_HERE, SJ_GAUGE, "sojourn_http_connections",
                                            "Open connections of the HTTP servers.");
}

static bool countable(const struct http *http) {
    return http->open_connections != NULL && http->node->scope != NULL &&
           !sj_scope_closing(http->node->scope);
}

void sj_http_count(struct http *http, int status) {
    if (countable(http) && status >= 100 && status < 600) {
        sj_host_metric_add(http->answered[status / 100], 1);
    }
}

void sj_http_refused(struct http *http, enum http_refused reason, const sj_address *peer,
                     const char *detail) {
    static const char *const subjects[REFUSED_REASONS] = {
        "an HTTP request is refused, as too many bytes of unfinished requests are held",
        "an HTTP connection is refused, as there are too many",
        "an HTTP connection is refused, as the system allows no more open files",
        "an HTTP request is refused, as it names a host that is not this node",
    };
    char text[400], from[SJ_ENDPOINT_TEXT];
    if (!countable(http)) {
        return;
    }
    sj_host_metric_add(http->refused[reason], 1);
    (void)snprintf(text, sizeof text, "from %s%s%.300s",
                   sj_endpoint_format(peer, from, sizeof from), detail[0] != '\0' ? ", " : "",
                   detail);
    sj_host_log_limited(http->node->scope, SJ_LOG_WARNING, subjects[reason], text);
}

void sj_http_count_connections(struct http *http) {
    if (countable(http)) {
        sj_host_metric_set(http->open_connections, (double)http->connections_count);
    }
}

/* ---- listeners ---- */

static void incoming(struct listener *listener) {
    sj_connection_incoming((struct server *)(void *)listener);
}

static void server_closed(struct listener *listener) {
    struct server *server = (struct server *)(void *)listener;
    struct http *http = server->http;
    sj_list_remove(&server->link);
    if (server->only != NULL) {
        sj_handle_release(&server->only->handle);
    }
    free(server);
    sj_http_release(http);
}

struct server *sj_http_open_listener(struct http *http, const char *address, int port, bool tls,
                                     sj_error *error) {
    struct server *server = calloc(1, sizeof *server);
    int result;
    if (server == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for an HTTP listener");
        return NULL;
    }
    server->http = http;
    server->tls = tls;
    server->local = address == NULL;
    server->listener.incoming = incoming;
    server->listener.closed = server_closed;
    result = address != NULL
                 ? sj_listener_open_tcp(&server->listener, http->net, address, port, error)
                 : sj_listener_open_unix(&server->listener, http->net, http->socket_path, error);
    if (result != SJ_OK) {
        free(server);
        return NULL;
    }
    sj_list_add_first(&http->servers, &server->link);
    sj_http_hold(http);
    return server;
}

static int port_of(const struct server *server) {
    return ntohs(server->listener.local.any.sa_family == AF_INET6
                     ? server->listener.local.v6.sin6_port
                     : server->listener.local.v4.sin_port);
}

static int open_ports(struct node *node, struct http *http, sj_error *error) {
    struct sj_node *facts = &node->facts;
    int *ports[2] = {&facts->http_port, &facts->https_port};
    int length;
    for (int i = 0; i < 2; i++) {
        if (*ports[i] < 0) {
            continue;
        }
        if (i == 1 && sj_tls_server(node, SJ_IDENTITY_TOMCAT, error) == NULL) {
            return SJ_E_IO;
        }
        for (size_t k = 0; k < sj_node_address_count(facts); k++) {
            const struct server *server =
                sj_http_open_listener(http, sj_node_address(facts, k), *ports[i], i == 1, error);
            if (server == NULL) {
                return SJ_E_IO;
            }
            *ports[i] = port_of(server); /* a free one is that of all addresses */
        }
    }
    length = snprintf(http->socket_path, sizeof http->socket_path, "%s/sojourn.sock",
                      facts->state_directory);
    if (length < 0 || (size_t)length >= sizeof http->socket_path) {
        http->socket_path[0] = '\0';
        return sj_error_set(
            error, SJ_E_INVALID,
            "the path of the unix socket, %s/sojourn.sock, is longer than the system allows (107)",
            facts->state_directory);
    }
    if (sj_http_open_listener(http, NULL, 0, false, error) == NULL) {
        http->socket_path[0] = '\0';
        return SJ_E_IO;
    }
    return SJ_OK;
}

int sj_http_open(struct node *node, sj_error *error) {
    struct http *http = calloc(1, sizeof *http);
    int result;
    if (http == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the HTTP server");
    }
    http->node = node;
    http->net = node->net;
    http->references = 1;
    sj_net_hold(node->net);
    node->http = http;
    open_metrics(http);
    result = open_ports(node, http, error);
    if (result != SJ_OK) {
        sj_http_close(node);
    }
    return result;
}

void sj_http_close(struct node *node) {
    struct http *http = node->http;
    if (http == NULL) {
        return;
    }
    node->http = NULL;
    http->closing = true;
    SJ_LIST_EACH(server, &http->servers, struct server, link) {
        if (server->only == NULL) { /* those of plugins go with their scopes */
            sj_listener_close(&server->listener);
        }
    }
    SJ_LIST_EACH(connection, &http->connections, struct connection, in_http) {
        sj_connection_close(connection);
    }
    sj_request_free_unauthenticated(http);
    if (http->socket_path[0] != '\0') {
        (void)unlink(http->socket_path);
    }
    sj_http_release(http);
}
