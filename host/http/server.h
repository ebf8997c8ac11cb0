/* The node's HTTP servers: routes, listeners of plugins, replies, and for other parts of the host
 * live replies (Server-Sent Events and WebSocket). What plugins see is explained in
 * <sojourn/http.h>. */
#ifndef SJ_HOST_HTTP_SERVER_H
#define SJ_HOST_HTTP_SERVER_H

#include <sys/types.h>

#include <sojourn/http.h>

struct node;
struct live;

/* Listens on http_port and https_port of the node's address (0: any free port, which is then
 * written to node->facts; negative: not at all) and on <state>/sojourn.sock. */
int sj_http_open(struct node *node, sj_error *error);
/* Requests still unanswered get 503; connections end. Completes on the loop. */
void sj_http_close(struct node *node);

sj_handle *sj_host_http_route(sj_scope *scope, const char *here, const char *method,
                              const char *path, unsigned flags, sj_http_fn handler, void *user,
                              sj_error *error);
sj_handle *sj_host_http_listen(sj_scope *scope, const char *here, const char *address, int port,
                               sj_http_fn handler, void *user, sj_error *error);
const char *sj_host_http_param(sj_http_request *request, const char *name);
const char *sj_host_http_header(const sj_http_request *request, const char *name);
int sj_host_http_tls_channel(const sj_http_request *request, sj_tls_channel *channel);
void sj_host_http_reply(sj_http_request *request, const sj_http_reply *reply);
/* The same, of which a long body leaves compressed over the network when Accept-Encoding takes
 * that: the caller's headers say Vary, and an ETag among them is weak. At most eight headers. Not
 * for what holds a secret beside what others may choose: its length would tell. */
void sj_http_reply_long(sj_http_request *request, const sj_http_reply *reply);
/* Came over the node's unix socket: whoever can open it is an administrator. */
bool sj_http_is_local(sj_http_request *request);
/* Whose process is at the other end of the unix socket; false when it came another way, or its
 * client has gone. */
bool sj_http_local_user(sj_http_request *request, uid_t *id);

/* Refuses a request with 503 and Retry-After, since too much is held for others: counted and logged
 * as each refusal for a limit. */
void sj_http_refuse_bytes(sj_http_request *request, const char *sentence);

/* Takes the body from the request; free with free(). NULL when there is none. */
char *sj_http_take_body(sj_http_request *request, size_t *length);

enum { SJ_READS_ONLY = 1 };

/* Who may use routes flagged SJ_ROUTE_ADMIN. `authorization` is the header's value or NULL; `done`
 * runs once, at once or later: SJ_OK with the name, SJ_READS_ONLY with the name of who may do GET
 * and no more (else 403), SJ_E_DENIED (401), SJ_E_LIMIT (429: too many attempts), other codes (503:
 * could not be told). The REST part sets it; without one nobody may, but for the unix socket. */
typedef void (*sj_authenticated_fn)(void *user, int status, const char *name);
typedef void (*sj_authenticate_fn)(struct node *node, const sj_address *peer,
                                   const char *authorization, sj_authenticated_fn done, void *user);
void sj_http_set_authenticator(struct node *node, sj_authenticate_fn authenticate);

/* May a request name this host? `local` is the address that it came to. The REST part sets it;
 * without one every name passes. Requests over the unix socket, to a plugin's own listener and of
 * authenticated clusters are not asked. */
typedef bool (*sj_host_check_fn)(struct node *node, const char *host, const sj_address *local,
                                 const sj_address *peer);
void sj_http_set_host_check(struct node *node, sj_host_check_fn check);

/* A reply that goes on: live events. `text` comes from WebSocket clients only. `gone` is called
 * once, last, unless the caller has ended the reply itself. `drained` tells that the client reads
 * again after writes had been refused, and how many. */
struct live_events {
    void (*text)(void *user, const char *text, size_t length);
    void (*drained)(void *user, size_t dropped);
    void (*gone)(void *user);
};

/* Begins a reply without known end; the request is settled by it. NULL when the client has gone
 * meanwhile, or has had all that it asked for (HEAD). */
struct live *sj_http_stream_begin(sj_http_request *request, int status, const char *content_type,
                                  const struct live_events *events, void *user);
/* SJ_OK; SJ_E_LIMIT when the client reads too slowly (this piece was dropped). */
int sj_http_stream_write(struct live *live, const void *data, size_t length);
/* The end; `live` is invalid afterwards. Not needed after `gone`. */
void sj_http_stream_end(struct live *live);

/* Does the request ask for a WebSocket? */
bool sj_websocket_wanted(const sj_http_request *request);
/* Answers the handshake; afterwards sj_http_stream_write sends one text message per call. NULL when
 * the handshake was wrong (it has been answered with 400) or the client has gone. */
struct live *sj_websocket_begin(sj_http_request *request, const struct live_events *events,
                                void *user);

/* Counts, for metrics and tests. */
size_t sj_http_connections(struct node *node);

#endif
