/* One client of the server: its link, and the request that is read or answered on it. */
#ifndef SJ_HOST_HTTP_SERVER_CONNECTION_H
#define SJ_HOST_HTTP_SERVER_CONNECTION_H

#include "host/http/body.h"
#include "host/http/server/request.h"
#include "host/net/link.h"

#define SJ_HTTP_REST_MAX 65536     /* bytes read ahead of a pending reply */
#define SJ_HTTP_BACKLOG_MAX 262144 /* reply bytes waiting, beyond which no request is read */

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

void sj_connection_incoming(struct server *server);
void sj_connection_answered(struct connection *connection,
                            bool keep_alive); /* the reply is written; the next request may come */
void sj_connection_close(struct connection *connection); /* the node stops */
const char *sj_connection_cluster(struct connection *connection);

#endif
