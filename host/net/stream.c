/* Streams (TCP, TLS) and their listeners: a link with an owner. Touches sockets through link.c and
 * listener.c. */
#include "host/net/stream.h"

#include <stdlib.h>
#include <string.h>

#include <sojourn/node_address.h>

#include "host/core/callback.h"
#include "host/core/node.h"
#include "host/core/scope.h"
#include "host/net/address.h"
#include "host/net/link.h"
#include "host/net/listener.h"
#include "host/net/net.h"
#include "host/telemetry/log_limit.h"
#include "host/tls/context.h"
#include "host/tls/names.h"

#define CONNECT_MS 10000
#define WRITE_MAX (1u << 20)
#define DRAIN_MS 2000

static const char kind_stream[] = "stream";
static const char kind_listener[] = "listener";

struct sj_stream {
    sj_handle handle; /* registered while `owned` */
    struct link link;
    sj_stream_events events;
    void *user;
    struct tls_names *names; /* of the peer, once asked for */
    bool owned, open_reported;
    int status;
    char reason[200];
};

struct stream_listener {
    sj_handle handle;
    struct listener socket;
    struct node *node;
    bool tls;
    sj_accept_fn accepted;
    void *user;
};

static sj_stream *stream_of(struct link *link) {
    return (sj_stream *)(void *)((char *)link - offsetof(sj_stream, link));
}

static void on_opened(struct link *link) {
    sj_stream *stream = stream_of(link);
    link->deadline = 0;
    stream->open_reported = true;
    if (stream->owned && !stream->handle.closing && stream->events.on_open != NULL) {
        struct bracket bracket = sj_enter(stream->handle.scope, kind_stream);
        stream->events.on_open(stream->user, stream);
        sj_leave(&bracket);
    }
}

static void on_data(struct link *link, char *data, size_t length) {
    sj_stream *stream = stream_of(link);
    if (stream->owned && !stream->handle.closing && stream->events.on_data != NULL) {
        struct bracket bracket = sj_enter(stream->handle.scope, kind_stream);
        stream->events.on_data(stream->user, stream, data, length);
        sj_leave(&bracket);
    }
}

static void on_ended(struct link *link, int status, const char *reason) {
    sj_stream *stream = stream_of(link);
    stream->status = status;
    (void)snprintf(stream->reason, sizeof stream->reason, "%s", reason);
    sj_link_abort(link);
}

static void on_expired(struct link *link) {
    on_ended(link, SJ_E_TIMEOUT,
             link->state == LINK_CONNECTING ? "no connection within 10 s"
                                            : "the TLS handshake did not end within 10 s");
}

static void on_closed(struct link *link) {
    sj_stream *stream = stream_of(link);
    sj_tls_names_free(stream->names);
    stream->names = NULL;
    if (stream->owned) {
        if (stream->events.on_close != NULL) {
            struct bracket bracket = sj_enter(stream->handle.scope, kind_stream);
            stream->events.on_close(stream->user, stream, stream->status, stream->reason);
            sj_leave(&bracket);
        }
        sj_handle_release(&stream->handle);
    } else {
        free(stream);
    }
}

static const struct link_events link_events = {on_opened, on_data,    on_ended,
                                               NULL,      on_expired, on_closed};

/* The scope's wish, or the owner's: what is queued still goes. */
static void close_stream(sj_handle *handle) {
    sj_stream *stream = (sj_stream *)(void *)handle;
    sj_link_finish(&stream->link, DRAIN_MS, false);
}

static sj_stream *new_stream(struct node *node, sj_error *error) {
    sj_stream *stream = sj_node_alloc(node, sizeof *stream);
    if (stream == NULL || sj_link_init(&stream->link, node->net, false, &link_events) != SJ_OK) {
        free(stream);
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a stream");
        return NULL;
    }
    (void)snprintf(stream->reason, sizeof stream->reason, "closed");
    return stream;
}

static void incoming(struct listener *socket) {
    struct stream_listener *listener =
        (struct stream_listener *)(void *)((char *)socket -
                                           offsetof(struct stream_listener, socket));
    struct node *node = listener->node;
    SSL_CTX *context = listener->tls ? sj_tls_server(node, SJ_IDENTITY_CALLMANAGER, NULL) : NULL;
    sj_stream *stream = new_stream(node, NULL);
    struct bracket bracket;
    if (stream == NULL) {
        sj_listener_reject(socket);
        return;
    }
    if (sj_link_accept(&stream->link, &socket->uv.stream, context, NULL) != SJ_OK ||
        (listener->tls && context == NULL) || listener->handle.closing) {
        sj_link_abort(&stream->link);
        return;
    }
    if (stream->link.reserve != NET_NOT_RESERVED) {
        sj_address peer;
        char from[SJ_ENDPOINT_TEXT];
        sj_link_addresses(&stream->link, &peer, NULL);
        sj_host_log_limited(listener->handle.scope, SJ_LOG_WARNING,
                            "a connection is refused, as the system allows no more open files",
                            sj_endpoint_format(&peer, from, sizeof from));
        sj_link_abort(&stream->link);
        return;
    }
    bracket = sj_enter(listener->handle.scope, kind_listener);
    listener->accepted(listener->user, stream);
    sj_leave(&bracket);
    if (!stream->owned) {
        sj_link_abort(&stream->link);
    } else if (context != NULL) {
        stream->link.deadline = sj_link_now(&stream->link) + CONNECT_MS;
    } else {
        on_opened(&stream->link);
    }
}

static void listener_closed(struct listener *socket) {
    struct stream_listener *listener =
        (struct stream_listener *)(void *)((char *)socket -
                                           offsetof(struct stream_listener, socket));
    sj_handle_release(&listener->handle);
}

static void close_listener(sj_handle *handle) {
    sj_listener_close(&((struct stream_listener *)(void *)handle)->socket);
}

sj_handle *sj_host_stream_listen(sj_scope *scope, const char *here, const char *address, int port,
                                 bool tls, sj_accept_fn accepted, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    struct stream_listener *listener;
    char name[SJ_ENDPOINT_TEXT];
    if (sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    if (tls && sj_tls_server(node, SJ_IDENTITY_CALLMANAGER, error) == NULL) {
        return NULL;
    }
    listener = sj_node_alloc(node, sizeof *listener);
    if (listener == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for a listener");
        return NULL;
    }
    listener->node = node;
    listener->tls = tls;
    listener->accepted = accepted;
    listener->user = user;
    listener->socket.incoming = incoming;
    listener->socket.closed = listener_closed;
    if (sj_listener_open_tcp(&listener->socket, node->net, address, port, error) != SJ_OK) {
        free(listener);
        return NULL;
    }
    (void)sj_handle_init(&listener->handle, scope, kind_listener, here,
                         sj_endpoint_format(&listener->socket.local, name, sizeof name),
                         close_listener);
    return &listener->handle;
}

/* A node calls from the first of its addresses of that family: its partners know it by that. False:
 * the system chooses. */
static bool own_address(const struct node *node, const sj_address *to, sj_address *from) {
    const char *address =
        node->facts.address == NULL ? NULL : sj_node_address_of(&node->facts, to->any.sa_family);
    if (address == NULL || sj_address_parse(address, 0, from) != SJ_OK) {
        return false;
    }
    return from->any.sa_family == AF_INET ? from->v4.sin_addr.s_addr != htonl(INADDR_ANY)
                                          : !IN6_IS_ADDR_UNSPECIFIED(&from->v6.sin6_addr);
}

/* `context` NULL: plain. `server_name` is told to a TLS peer. */
static sj_stream *connect_stream(sj_scope *scope, const char *here, const sj_address *to,
                                 SSL_CTX *context, const char *server_name,
                                 const sj_stream_events *events, void *user, sj_error *error) {
    struct node *node = sj_scope_node(scope);
    sj_stream *stream = new_stream(node, error);
    sj_address from;
    char name[SJ_ENDPOINT_TEXT];
    if (stream == NULL) {
        return NULL;
    }
    if (sj_link_connect(&stream->link, own_address(node, to, &from) ? &from : NULL, to, context,
                        error) != SJ_OK) {
        sj_link_abort(&stream->link);
        return NULL;
    }
    if (server_name[0] != '\0') {
        (void)SSL_set_tlsext_host_name(stream->link.ssl, server_name);
    }
    stream->link.deadline = sj_link_now(&stream->link) + CONNECT_MS;
    stream->events = *events;
    stream->user = user;
    stream->owned = true;
    (void)sj_handle_init(&stream->handle, scope, kind_stream, here,
                         sj_endpoint_format(to, name, sizeof name), close_stream);
    return stream;
}

sj_stream *sj_host_stream_connect(sj_scope *scope, const char *here, const sj_address *to,
                                  const char *tls_peer_cluster, const sj_stream_events *events,
                                  void *user, sj_error *error) {
    SSL_CTX *context = NULL;
    if (sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    if (tls_peer_cluster != NULL) {
        context = sj_tls_client(sj_scope_node(scope), tls_peer_cluster, error);
        if (context == NULL) {
            return NULL;
        }
    }
    return connect_stream(scope, here, to, context, "", events, user, error);
}

sj_stream *sj_host_stream_connect_tls(sj_scope *scope, const char *here, const sj_address *to,
                                      const char *purpose, const char *server_name,
                                      const sj_stream_events *events, void *user, sj_error *error) {
    static const char cluster[] = "cluster/";
    SSL_CTX *context;
    if (sj_scope_closing(scope)) {
        (void)sj_error_set(error, SJ_E_STOPPING, "the scope is closing");
        return NULL;
    }
    context = strncmp(purpose, cluster, sizeof cluster - 1) == 0
                  ? sj_tls_client(sj_scope_node(scope), purpose + sizeof cluster - 1, error)
                  : sj_tls_client_for(sj_scope_node(scope), purpose, error);
    return context == NULL
               ? NULL
               : connect_stream(scope, here, to, context, server_name, events, user, error);
}

int sj_host_stream_tls_peer(sj_stream *stream, sj_tls_peer *peer) {
    const SSL *ssl = stream->link.ssl;
    sj_tls_peer known = {.size = sizeof known, .subject = "", .common_name = ""};
    const size_t room = peer->size < sizeof known ? peer->size : sizeof known;
    X509 *certificate;
    if (ssl == NULL || !SSL_is_init_finished(ssl)) {
        return SJ_E_UNAVAILABLE;
    }
    certificate = SSL_get0_peer_certificate(ssl);
    if (stream->names == NULL && certificate != NULL) {
        stream->names = sj_tls_names_of(certificate);
    }
    known.version = SSL_get_version(ssl);
    known.cipher = SSL_get_cipher_name(ssl);
    known.certificate = certificate != NULL;
    if (stream->names != NULL) {
        known.subject = stream->names->subject;
        known.common_name = stream->names->common_name;
        known.names = (const char *const *)stream->names->names;
        known.names_count = stream->names->count;
    }
    memcpy(peer, &known, room);
    peer->size = room;
    return SJ_OK;
}

int sj_host_stream_tls_channel(sj_stream *stream, sj_tls_channel *channel) {
    return sj_tls_channel_of(stream->link.ssl, channel);
}

int sj_host_stream_tls_verify(sj_stream *stream, const char *purpose, sj_error *error) {
    const SSL *ssl = stream->link.ssl;
    if (ssl == NULL || !SSL_is_init_finished(ssl)) {
        return sj_error_set(error, SJ_E_UNTRUSTED, "there is no TLS");
    }
    return sj_tls_verify(stream->link.net->node, ssl, purpose, error);
}

void sj_host_stream_set(sj_stream *stream, sj_scope *owner, const sj_stream_events *events,
                        void *user) {
    sj_address peer;
    char name[SJ_ENDPOINT_TEXT];
    if (stream->owned) {
        if (stream->handle.closing) {
            return;
        }
        sj_handle_done(&stream->handle);
        stream->owned = false;
    }
    sj_link_addresses(&stream->link, &peer, NULL);
    if (sj_handle_init(&stream->handle, owner, kind_stream, "stream.c",
                       sj_endpoint_format(&peer, name, sizeof name), close_stream) != SJ_OK) {
        sj_link_abort(&stream->link);
        return;
    }
    stream->events = *events;
    stream->user = user;
    stream->owned = true;
}

int sj_host_stream_write(sj_stream *stream, const void *data, size_t length) {
    size_t waiting = sj_link_pending(&stream->link);
    if (waiting > 0 && waiting + length > WRITE_MAX) {
        return SJ_E_LIMIT;
    }
    return sj_link_write(&stream->link, data, length);
}

size_t sj_host_stream_pending(const sj_stream *stream) {
    return sj_link_pending(&stream->link);
}

void sj_host_stream_peer(const sj_stream *stream, sj_address *peer, sj_address *local) {
    sj_link_addresses(&stream->link, peer, local);
}

void sj_host_stream_close(sj_stream *stream) {
    if (stream->owned) {
        sj_host_handle_close(&stream->handle);
    } else {
        sj_link_abort(&stream->link);
    }
}
