/* UDP sockets and streams (TCP, or TLS over TCP). All callbacks run on the loop; all data handed to
 * a callback is borrowed. */
#ifndef SOJOURN_NET_H
#define SOJOURN_NET_H

#include <arpa/inet.h>

#include "scope.h"

/* Reads "127.0.0.1" or "2001:db8::1" (no brackets, no names). SJ_OK or SJ_E_INVALID. */
static inline int sj_address_parse(const char *text, int port, sj_address *out) {
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        return SJ_OK;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        return SJ_OK;
    }
    return SJ_E_INVALID;
}

#define SJ_ADDRESS_TEXT 46 /* room for any address with its NUL */

/* Writes the address without port; returns the port. */
static inline int sj_address_format(const sj_address *address, char *text, size_t room) {
    if (room > 0) {
        text[0] = '\0';
    }
    if (address->any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, text, (socklen_t)room);
        return ntohs(address->v6.sin6_port);
    }
    if (room >= INET_ADDRSTRLEN) { /* written here: inet_ntop formats through printf, and servers do
                                      this for each packet */
        const unsigned char *bytes = (const unsigned char *)&address->v4.sin_addr;
        for (int i = 0; i < 4; i++) {
            const unsigned value = bytes[i];
            if (value >= 100) {
                *text++ = (char)('0' + value / 100);
            }
            if (value >= 10) {
                *text++ = (char)('0' + value / 10 % 10);
            }
            *text++ = (char)('0' + value % 10);
            *text++ = i < 3 ? '.' : '\0';
        }
    }
    return ntohs(address->v4.sin_port);
}

static inline bool sj_address_equal(const sj_address *a, const sj_address *b) {
    if (a->any.sa_family != b->any.sa_family) {
        return false;
    }
    if (a->any.sa_family == AF_INET6) {
        return a->v6.sin6_port == b->v6.sin6_port &&
               memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
    }
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

/* sj_udp *sj_udp_open(sj_scope *scope, const char *address, int port, sj_datagrams_fn receive, void
 * *user, sj_error *error) Binds (port 0: any). `receive` gets up to 64 datagrams at a time, each at
 * most 65,535 bytes. The socket may not be closed by anything but sj_udp_close or its scope. NULL
 * with SJ_E_IO ("cannot bind 127.0.0.1:69: permission denied"). */
#define sj_udp_open(scope, address, port, receive, user, error)                                    \
    ((scope)->host->udp_open((scope), SJ_HERE, (address), (port), (receive), (user), (error)))

/* Sends a copy; datagrams of one loop iteration leave together. SJ_OK, or SJ_E_LIMIT when the
 * socket's queue is full (UDP may lose it then, as the network may). */
static inline int sj_udp_send(sj_scope *scope, sj_udp *socket, const sj_address *to,
                              const void *data, size_t length) {
    return scope->host->udp_send(socket, to, data, length);
}

/* Has `undelivered` told, with the `user` of sj_udp_open, of datagrams that did not get there. What
 * the network says can be forged: act upon it only for what the quoted beginning proves. An older
 * host tells of none. */
static inline void sj_udp_on_undelivered(sj_scope *scope, sj_udp *socket,
                                         sj_undelivered_fn undelivered) {
    if (SJ_HAS(scope->host, udp_on_undelivered)) {
        scope->host->udp_on_undelivered(socket, undelivered);
    }
}

static inline void sj_udp_local(sj_scope *scope, const sj_udp *socket, sj_address *local) {
    scope->host->udp_local(socket, local);
}

static inline void sj_udp_close(sj_scope *scope, sj_udp *socket) {
    scope->host->udp_close(socket);
}

/* sj_handle *sj_stream_listen(scope, address, port, bool tls, sj_accept_fn accepted, void *user,
 * sj_error *error) With tls the node's CallManager identity is shown, TLS 1.2 or newer. In
 * `accepted` the plugin takes the new stream with sj_stream_set, or leaves it to be closed. Closing
 * the listener leaves accepted streams alone. */
#define sj_stream_listen(scope, address, port, tls, accepted, user, error)                         \
    ((scope)->host->stream_listen((scope), SJ_HERE, (address), (port), (tls), (accepted), (user),  \
                                  (error)))

/* sj_stream *sj_stream_connect(scope, const sj_address *to, const char *tls_peer_cluster, events,
 * user, error) tls_peer_cluster: NULL for plain TCP, else the remote cluster whose imported
 * certificates the peer must show. Gives up after 10 s. on_close reports a connection that failed.
 */
#define sj_stream_connect(scope, to, tls_peer_cluster, events, user, error)                        \
    ((scope)->host->stream_connect((scope), SJ_HERE, (to), (tls_peer_cluster), (events), (user),   \
                                   (error)))

/* sj_stream *sj_stream_connect_tls(scope, to, const char *purpose, const char *server_name, events,
 * user, error) Over TLS, to a peer that the certificate authorities imported for `purpose`
 * ("phones", "sip_trunks") vouch for, to a node of a remote cluster ("cluster/" and its id), or to
 * this node itself ("own/" and a kind of identity): whoever is not trusted fails in the handshake,
 * and nothing is sent in the clear. To "anybody": whoever is there has proved nothing, and must do
 * so over the connection (sj_stream_tls_channel). The node shows its CallManager identity.
 * `server_name` (may be
 * "") is told to the peer (SNI); whether its certificate bears the right name is the caller's to
 * judge in on_open, before anything is written (sj_stream_tls_peer). */
#define sj_stream_connect_tls(scope, to, purpose, server_name, events, user, error)                \
    ((scope)->host->stream_connect_tls((scope), SJ_HERE, (to), (purpose), (server_name), (events), \
                                       (user), (error)))

/* Who is at the other end of a stream under TLS. */
struct sj_tls_peer {
    size_t size;
    const char *version, *cipher; /* "TLSv1.3" */
    bool certificate;             /* it has shown one, and that it has the key */
    const char *subject;          /* of that, as text; "" without one */
    const char *common_name;
    const char *const
        *names; /* its alternative names: "DNS:gw.example", "URI:sip:example", "IP:192.0.2.1" */
    size_t names_count;
};

/* Fills `peer` (set its size first); what it points to lives as long as the stream.
 * SJ_E_UNAVAILABLE when there is no TLS, or the handshake is not over. */
static inline int sj_stream_tls_peer(sj_scope *scope, sj_stream *stream, sj_tls_peer *peer) {
    return scope->host->stream_tls_peer(stream, peer);
}

/* What both ends of one TLS connection have in common, and nobody else: who proves something over
 * it binds the proof to that, so that it is worth nothing to somebody in between. */
struct sj_tls_channel {
    size_t size;
    unsigned char binding[32]; /* tls-exporter of RFC 9266 */
    char fingerprint[65];      /* SHA-256 of the certificate that the peer has shown; "": none */
};

/* Fills `channel` (set its size first). SJ_E_UNAVAILABLE when there is no TLS, the handshake is not
 * over, or it is one that can be bound to nothing (TLS 1.2 without extended master secret). */
static inline int sj_stream_tls_channel(sj_scope *scope, sj_stream *stream,
                                        sj_tls_channel *channel) {
    return scope->host->stream_tls_channel(stream, channel);
}

/* Whether the certificate that the peer has shown is vouched for now, for a purpose as above, or as
 * that of a remote cluster's CallManager ("cluster/" and its id). SJ_OK, or SJ_E_UNTRUSTED with a
 * sentence. */
static inline int sj_stream_tls_verify(sj_scope *scope, sj_stream *stream, const char *purpose,
                                       sj_error *error) {
    return scope->host->stream_tls_verify(stream, purpose, error);
}

/* Gives a stream to `owner` with these events (copied). */
static inline void sj_stream_set(sj_scope *owner, sj_stream *stream, const sj_stream_events *events,
                                 void *user) {
    owner->host->stream_set(stream, owner, events, user);
}

/* Queues a copy. SJ_E_LIMIT once more than 1 MiB waits (the peer does not read): nothing was
 * queued. SJ_E_CANCELLED when closed. */
static inline int sj_stream_write(sj_scope *scope, sj_stream *stream, const void *data,
                                  size_t length) {
    return scope->host->stream_write(stream, data, length);
}

static inline size_t sj_stream_pending(sj_scope *scope, const sj_stream *stream) {
    return scope->host->stream_pending(stream);
}

static inline void sj_stream_peer(sj_scope *scope, const sj_stream *stream, sj_address *peer,
                                  sj_address *local) {
    scope->host->stream_peer(stream, peer, local);
}

/* Closes after what is queued has been sent; on_close follows (status SJ_OK), after which the
 * stream is gone. */
static inline void sj_stream_close(sj_scope *scope, sj_stream *stream) {
    scope->host->stream_close(stream);
}

#endif
