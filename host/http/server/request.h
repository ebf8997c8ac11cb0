/* One request and its reply. */
#ifndef SJ_HOST_HTTP_SERVER_REQUEST_H
#define SJ_HOST_HTTP_SERVER_REQUEST_H

#include "host/http/form.h"
#include "host/http/server/request_head.h"
#include "host/http/server/route.h"
#include "host/net/bytes.h"

#define SJ_HTTP_ORPHANS_MAX                                                                        \
    256 /* requests kept for handlers that may still answer them, though nobody waits any more */

struct connection;

struct request {
    struct sj_http_request seen; /* what the handler sees; first */
    sj_list_link link;           /* of the route's pending ones, or of the orphans */
    sj_list_link authenticating; /* of the server's, while the authenticator compares */
    struct http *http;
    struct connection *connection; /* NULL: nobody waits for the reply any more */
    struct route *route;           /* NULL: not with a handler */
    char served_by[48];            /* the name of the last route, which may have gone */
    struct http_head head;
    char *block; /* the head's bytes */
    size_t block_room, block_used;
    struct bytes body;
    struct form_param *params;
    size_t params_count;
    char *params_space;
    size_t params_room;
    bool orphan;
    char user[128];
};

/* The connection's request, emptied for the next head; NULL when out of memory. */
struct request *sj_request_ready(struct connection *connection);
void sj_request_free(struct request *request);
/* It has been answered: what it said, which may be a PIN, is wiped. */
void sj_request_wipe(struct request *request);
/* The client has gone, or was answered by the server: a handler that holds the request may still
 * answer into the void. */
void sj_request_abandon(struct request *request);
/* The authenticator has it, and has answered. */
void sj_request_authenticate(struct request *request);
void sj_request_authenticated(struct request *request);
/* It is with a handler, on the list of its route; and it is not any longer. */
void sj_request_wait(struct request *request, struct route *route);
void sj_request_waits_no_more(struct request *request);
/* All its pending requests get 503. */
void sj_route_settle(struct route *route);
/* Takes the request from its handler for its reply; NULL when nobody waits for one. */
struct connection *sj_request_claim(sj_http_request *request);
void sj_request_free_orphans(struct http *http);
/* The authenticator has ended and answers nothing more. */
void sj_request_free_unauthenticated(struct http *http);

#endif
