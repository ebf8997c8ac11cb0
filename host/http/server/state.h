/* What the server of a node holds, and what all its files count in it. */
#ifndef SJ_HOST_HTTP_SERVER_STATE_H
#define SJ_HOST_HTTP_SERVER_STATE_H

#include <sojourn/base/list.h>

#include "host/http/server.h"
#include "host/http/server/budget.h"
#include "host/http/server/router.h"
#include "host/net/listener.h"

#define SJ_HTTP_CONNECTIONS_MAX 20000
#define SJ_HTTP_PENDING_MAX 5000 /* unanswered requests, beyond which load is shed */

struct route;

struct server {
    struct listener listener; /* first */
    sj_list_link link;
    struct http *http;
    struct route *only;
    bool tls, local;
};

enum http_refused {
    REFUSED_BYTES,
    REFUSED_CONNECTIONS,
    REFUSED_DESCRIPTORS,
    REFUSED_HOST,
    REFUSED_REASONS
};

struct http {
    struct node *node;
    struct net *net;
    struct router router;
    sj_authenticate_fn authenticate; /* NULL: nobody is an administrator */
    sj_host_check_fn host_check;     /* NULL: every name passes */
    struct http_budget budget;
    sj_list_head servers;
    sj_list_head connections;
    sj_list_head authenticating; /* requests, while the authenticator compares */
    size_t connections_count, pending;
    sj_list_head orphans; /* newest first */
    size_t orphans_count;
    size_t references;      /* open, servers, connections, routes, requests being authenticated */
    sj_metric *answered[6]; /* by first digit of the status */
    sj_metric *open_connections;
    sj_metric *refused[REFUSED_REASONS];
    char date[48];
    uint64_t date_at;
    char socket_path[108];
    bool closing;
};

/* Counts what was refused for a limit, and notes it in the log at most once a minute. */
void sj_http_refused(struct http *http, enum http_refused reason, const sj_address *peer,
                     const char *detail);
void sj_http_count(struct http *http, int status);
void sj_http_count_connections(struct http *http);
void sj_http_hold(struct http *http);
void sj_http_release(struct http *http);
void sj_http_refresh_date(struct http *http);

/* A listener on an address, or on the node's unix socket when `address` is NULL. */
struct server *sj_http_open_listener(struct http *http, const char *address, int port, bool tls,
                                     sj_error *error);

#endif
