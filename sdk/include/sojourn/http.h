/* HTTP: routes on the node's own servers (http_port, https_port), further listeners, and calls to
 * others. */
#ifndef SOJOURN_HTTP_H
#define SOJOURN_HTTP_H

#include "base/text.h"
#include "net.h"

typedef struct sj_http_header {
    const char *name;
    const char *value;
} sj_http_header;

/* A request as the handler sees it. Everything is valid until the reply; the reply may be given
 * later, from any callback. */
struct sj_http_request {
    size_t size;
    const char *method; /* "GET" */
    const char *path;   /* percent-decoded, checked UTF-8, without query; never holds ".." */
    const char *query;  /* raw, "" when there is none */
    const char *body;   /* complete, at most 4 MiB, NUL-terminated */
    size_t body_length;
    const char *content_type;
    sj_address peer;
    bool tls;
    const char *peer_cluster; /* cluster id whose imported certificate the peer showed, or "" */
    const char *user;         /* who authenticated (SJ_ROUTE_ADMIN), or "" */
    const sj_http_header *headers;
    size_t headers_count;
};

struct sj_http_reply {
    int status;               /* 200 */
    const char *content_type; /* "text/xml; charset=UTF-8"; NULL when there is no body */
    const void *body;         /* copied */
    size_t body_length;
    const sj_http_header *headers; /* further ones; copied */
    size_t headers_count;
};

enum {
    SJ_ROUTE_PHONE = 0, /* plain HTTP and HTTPS, no authentication: phones */
    SJ_ROUTE_PEER_CLUSTER =
        1u
        << 0, /* HTTPS only, and only with a certificate imported for a remote cluster; else 403 */
    SJ_ROUTE_ADMIN = 1u << 1, /* administrator's credentials, or the node's unix socket; else 401 */
    SJ_ROUTE_BUSY_OK = 1u << 2,  /* served even while the node sheds load */
    SJ_ROUTE_RAW_BODY = 1u << 3, /* a form body may hold NULs and is the handler's to read:
                                    sj_http_param sees the query alone */
};

/* sj_handle *sj_http_route(scope, method, path, flags, handler, user, error)
 * `path` is exact ("/emapp/EMAppServlet"), or a prefix when it ends with "/" followed by an
 * asterisk. SJ_E_EXISTS when taken. A request still unanswered when the route goes gets 503, one
 * unanswered after 60 s gets 504. */
#define sj_http_route(scope, method, path, flags, handler, user, error)                            \
    ((scope)->host->http_route((scope), SJ_HERE, (method), (path), (flags), (handler), (user),     \
                               (error)))

/* sj_handle *sj_http_listen(scope, address, port, handler, user, error)
 * A plain HTTP server of the plugin's own; every request goes to `handler`. Binds at once. */
#define sj_http_listen(scope, address, port, handler, user, error)                                 \
    ((scope)->host->http_listen((scope), SJ_HERE, (address), (port), (handler), (user), (error)))

/* The decoded value of a query parameter or, for form bodies, of a form field; NULL when absent.
 * First one wins. */
static inline const char *sj_http_param(sj_scope *scope, sj_http_request *request,
                                        const char *name) {
    return scope->host->http_param(request, name);
}

/* A header's value, name without regard to case; NULL when absent. */
static inline const char *sj_http_header_value(sj_scope *scope, const sj_http_request *request,
                                               const char *name) {
    return scope->host->http_header(request, name);
}

/* The TLS connection that a request came over, as sj_stream_tls_channel. */
static inline int sj_http_tls_channel(sj_scope *scope, const sj_http_request *request,
                                      sj_tls_channel *channel) {
    return scope->host->http_tls_channel(request, channel);
}

/* Answers, once. The request is invalid afterwards. */
static inline void sj_http_reply_send(sj_scope *scope, sj_http_request *request,
                                      const sj_http_reply *reply) {
    scope->host->http_reply(request, reply);
}

static inline void sj_http_reply_text(sj_scope *scope, sj_http_request *request, int status,
                                      const char *content_type, const char *text) {
    sj_http_reply reply;
    memset(&reply, 0, sizeof reply);
    reply.status = status;
    reply.content_type = content_type;
    reply.body = text;
    reply.body_length = strlen(text);
    scope->host->http_reply(request, &reply);
}

/* "https://HOST:PORT/PATH"; an IPv6 address gets brackets when it has none. */
static inline void sj_http_url(char *url, size_t room, const char *scheme, const char *host,
                               int64_t port, const char *path) {
    const bool bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    (void)snprintf(url, room, "%s://%s%s%s:%lld/%s", scheme, bare_ipv6 ? "[" : "", host,
                   bare_ipv6 ? "]" : "", (long long)port, path);
}

/* The digest of an SSH host key as ssh-keygen prints it, "SHA256:...", without that word. */
static inline const char *sj_ssh_digest(const char *text) {
    static const char kind[] = "SHA256:";
    const char *given = sj_or_empty(text);
    return given + (strncmp(given, kind, sizeof kind - 1) == 0 ? sizeof kind - 1 : 0);
}

/* A call to another server: http, https, sftp or file URL. Strings are copied. */
struct sj_http_call {
    size_t size;
    const char *method; /* "GET", "POST", "PUT" (also: upload for sftp and file), "LIST" (names in a
                           directory, sftp and file) */
    const char *url;
    const sj_http_header *headers;
    size_t headers_count;
    const void *body;
    size_t body_length;
    int64_t timeout_ms;       /* whole call; 0: 10,000 */
    const char *peer_cluster; /* https: mutual TLS with this remote cluster's imported certificates,
                                 and no others; NULL for none */
    const char *user, *password; /* sftp */
    const char *host_key_sha256; /* sftp: pinned host key, base64; NULL or "" refuses nothing but is
                                    logged */
    size_t answer_max; /* a longer body ends the call with SJ_E_LIMIT; 0: 64 MiB, which nothing
                          exceeds */
};

struct sj_http_result {
    size_t size;
    int status; /* SJ_OK: an answer came (look at http_status); SJ_E_UNAVAILABLE, SJ_E_TIMEOUT,
                   SJ_E_UNTRUSTED, SJ_E_NOT_FOUND
                   ... */
    int http_status;
    const char *body; /* NUL-terminated, at most the call's answer_max */
    size_t body_length;
    const sj_error *error; /* when status is not SJ_OK */
};

/* sj_handle *sj_http_fetch(scope, const sj_http_call *call, sj_http_result_fn done, void *user,
 * sj_error *error) `done` runs exactly once, later, unless the scope closes or the handle is closed
 * first. NULL: bad arguments, no callback. */
#define sj_http_fetch(scope, call, done, user, error)                                              \
    ((scope)->host->http_fetch((scope), SJ_HERE, (call), (done), (user), (error)))

#endif
