/* A complete reply to the connection's present request. */
#ifndef SJ_HOST_HTTP_SERVER_REPLY_H
#define SJ_HOST_HTTP_SERVER_REPLY_H

#include <sojourn/http.h>

struct connection;

/* A refusal of the server's own, as problem details, with one more header or NULL; the connection
 * goes on as it can. */
void sj_reply_refuse(struct connection *connection, int status, const char *sentence,
                     const char *header, const char *value);
/* With 503, and a header that says when it is worth another try: a node that stops starts again. */
void sj_reply_refuse_stopping(struct connection *connection);

#endif
