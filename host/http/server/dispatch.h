/* The way of a request from its connection to its handler. */
#ifndef SJ_HOST_HTTP_SERVER_DISPATCH_H
#define SJ_HOST_HTTP_SERVER_DISPATCH_H

struct connection;

/* The connection's request has been read whole: it goes to its handler, or is refused. */
void sj_dispatch(struct connection *connection);

#endif
