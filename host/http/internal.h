/* What the files of the HTTP server share: server.c (listeners, routes), connection.c (one client),
 * request.c (one request and its reply), live.c (replies that go on). */
#ifndef SJ_HOST_HTTP_INTERNAL_H
#define SJ_HOST_HTTP_INTERNAL_H

#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/http.h>

#include "host/core/scope.h"
#include "host/http/body.h"
#include "host/http/budget.h"
#include "host/http/form.h"
#include "host/http/head.h"
#include "host/http/router.h"
#include "host/http/server.h"
#include "host/http/websocket.h"
#include "host/net/link.h"
#include "host/net/listener.h"

#define SJ_HTTP_CONNECTIONS_MAX 20000
#define SJ_HTTP_PENDING_MAX 5000 /* unanswered requests, beyond which load is shed */
#define SJ_HTTP_ORPHANS_MAX                                                                        \
    256 /* requests kept for handlers that may still answer them, though nobody waits any more */
#define SJ_HTTP_REST_MAX 65536 /* bytes read ahead of a pending reply */
#define SJ_HTTP_BACKLOG_MAX                                                                        \
    262144 /* reply bytes waiting, beyond which no further request is read */

struct request {
    struct sj_http_request seen; /* what the handler sees; first */
    sj_list_link link;           /* of the route's pending ones, or of the orphans */
    struct http *http;
    struct connection *connection; /* NULL: nobody waits for the reply any more */
    struct route *route;           /* NULL: not with a handler */
    struct http_head head;
    char *block; /* the head's bytes */
    size_t block_room, block_used;
    struct bytes body;
    struct form_param *params;
    size_t params_count;
    char *params_space;
    size_t params_room;
    bool orphan, authenticating;
    char user[128];
};

enum connection_state {
    CONNECTION_HEAD,
    CONNECTION_BODY,
    CONNECTION_BUSY,
    CONNECTION_LIVE,
    CONNECTION_ENDING
};

struct connection {
    struct link link;
    sj_list_link in_http;
    struct http *http;
    struct request *request; /* the present one, or one to be used again; NULL before the first */
    struct route *only;      /* of a plugin's own listener */
    struct live *live;
    struct bytes rest; /* read, not yet understood */
    size_t scanned;    /* of it, known not to hold a head's end */
    struct http_body body;
    enum connection_state state;
    sj_address peer, local_address;
    struct http_source *source;                 /* NULL over the unix socket */
    size_t held;                                /* bytes counted for the source */
    uint64_t body_until;                        /* by when the whole body must be there */
    uint64_t cluster_generation, cluster_until; /* for how long `cluster` holds */
    size_t body_mark;                           /* body bytes when the deadline was last moved */
    char cluster[64];
    bool tls, local, half_closed, running, backlogged, listener_gone;
};

struct route {
    sj_handle handle; /* first */
    struct http *http;
    sj_list_head pending;
    sj_http_fn handler;
    void *user;
    unsigned flags;
    struct server *server; /* of a plugin's own listener, else NULL */
};

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
    size_t connections_count, pending;
    struct http_client *client;
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

/* server.c */
/* Counts what was refused for a limit, and notes it in the log at most once a minute. */
void sj_http_refused(struct http *http, enum http_refused reason, const sj_address *peer,
                     const char *detail);
void sj_http_count(struct http *http, int status);
void sj_http_count_connections(struct http *http);
void sj_http_hold(struct http *http);
void sj_http_release(struct http *http);
void sj_http_refresh_date(struct http *http);

/* connection.c */
void sj_connection_incoming(struct server *server);
void sj_connection_answered(struct connection *connection,
                            bool keep_alive); /* the reply is written; the next request may come */
void sj_connection_close(struct connection *connection); /* the node stops */
/* What the connection holds of unfinished requests is counted anew. */
void sj_connection_weigh(struct connection *connection);
const char *sj_connection_cluster(struct connection *connection);

/* request.c */
/* The connection's request, emptied for the next head; NULL when out of memory. */
struct request *sj_request_ready(struct connection *connection);
void sj_request_free(struct request *request);
/* It has been answered: what it said, which may be a PIN, is wiped. */
void sj_request_wipe(struct request *request);
void sj_request_dispatch(struct connection *connection);
/* Writes a complete reply for the connection's present request. */
void sj_request_write(struct connection *connection, const sj_http_reply *reply);
/* The same for a refusal of the server's own, as problem details, with one more header or NULL; the
 * connection goes on as it can. */
void sj_request_refuse(struct connection *connection, int status, const char *sentence,
                       const char *header, const char *value);
/* The client has gone, or was answered by the server: a handler that holds the request may still
 * answer into the void. */
void sj_request_abandon(struct request *request);
void sj_route_settle(struct route *route); /* all its pending requests get 503 */
/* Takes the request from its handler for a reply that goes on; NULL when nobody waits. */
struct connection *sj_request_claim(sj_http_request *request);
void sj_request_free_orphans(struct http *http);

/* live.c */
void sj_live_gone(struct live *live);
void sj_live_drained(struct live *live);
void sj_live_data(struct live *live, const char *data, size_t length);
void sj_live_tick(struct live *live);

#endif
