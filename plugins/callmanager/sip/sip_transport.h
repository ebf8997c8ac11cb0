/* SIP over UDP, TCP and TLS on the node's addresses: sockets and connections of the host, framing,
 * keep-alive. */
#ifndef CALLMANAGER_SIP_TRANSPORT_H
#define CALLMANAGER_SIP_TRANSPORT_H

#include "sip/connection_limits.h"
#include "sip/sip_flow.h"
#include "sip/sip_message.h"

#include <sojourn/base/map.h>
#include <sojourn/node_address.h>

/* How a far address is called over TLS. */
struct sip_tls_call {
    char purpose[80];      /* who must vouch for its certificate, see sj_stream_tls_verify */
    char server_name[256]; /* sent to it (SNI); "" */
};

/* A message that has come in or gone out. */
struct sip_passage {
    bool received;
    const struct sip_flow *flow;
    sj_address local;
    const char *data;
    size_t length;
    uint32_t before_sent, before_received; /* bytes of those that passed the connection before */
};

struct sip_transport {
    sj_scope *scope;
    sj_udp *udp[SJ_NODE_ADDRESSES];
    sj_map connections; /* by far address */
    struct connection_limits limits;
    sj_handle *sweep;
    const sj_node *node; /* whose addresses it listens on */
    sj_address own[SJ_NODE_ADDRESSES];
    int port, tls_port;
    void (*receive)(void *user, const struct sip_message *message, const struct sip_flow *flow);
    bool (*admit)(void *user,
                  const struct sip_flow *flow); /* whether a message from there is read at all */
    void (*limited)(void *user, const struct sip_flow *flow,
                    const char *why); /* a connection is refused or closed for that */
    /* A connection was closed, or could not be made; with the reason. */
    void (*closed)(void *user, const struct sip_flow *flow, const char *reason);
    /* A datagram did not get there: what is quoted of it, and the reason. */
    void (*undelivered)(void *user, const struct sip_flow *flow, const char *data, size_t length,
                        const char *reason);
    /* Whether that address may be called over TLS, and how; and once it has shown its certificate,
     * whether that bears the right name: false with the reason. */
    bool (*tls_call)(void *user, const struct sip_flow *flow, struct sip_tls_call *call);
    bool (*tls_judge)(void *user, const struct sip_flow *flow, const sj_tls_peer *peer, char *why,
                      size_t room);
    /* Told of each message that passes, before it is acted upon; NULL: nobody wants to know. */
    void (*passed)(void *user, const struct sip_passage *passage);
    void *user;
    bool paused;    /* nothing is received: see sip_transport_pause */
    unsigned trust; /* counts changes of what vouches for certificates */
    uint64_t warned_ms;
    unsigned unwarned;
    char failure[160]; /* why the last sending failed */
};

/* Listens. The members node, port, receive, admit, limited, closed, undelivered and user must be
 * set. tls_port 0: no TLS. */
int sip_transport_open(struct sip_transport *transport, sj_scope *scope, sj_error *error);
/* Until sip_transport_resume no message is received: datagrams are not read, so that their senders
 * repeat them (RFC 3261 17.1), and what comes over connections waits there. */
void sip_transport_pause(struct sip_transport *transport);
/* Receives again, first what has waited. */
void sip_transport_resume(struct sip_transport *transport);
/* Frees what is left once the scope is empty. */
void sip_transport_free(struct sip_transport *transport);

/* The node's address at this end of a flow, as text. */
const char *sip_transport_address(const struct sip_transport *transport,
                                  const struct sip_flow *flow);
/* Has a flow end at that address of the node, when it has it still. */
void sip_transport_come_to(const struct sip_transport *transport, const char *address,
                           struct sip_flow *flow);
/* Sends a copy: over the socket, over the connection to that address, or over a new one. SJ_OK or a
 * negative code, then `failure` says why. */
int sip_transport_send(struct sip_transport *transport, const struct sip_flow *flow,
                       const char *data, size_t length);
/* Its far side belongs here: a phone that is registered over it, a trunk that calls. It may stay,
 * and counts among strangers no more. */
void sip_transport_prove(struct sip_transport *transport, const struct sip_flow *flow);
/* Whether a connection to that far address is open (always for UDP). */
bool sip_transport_connected(const struct sip_transport *transport, const struct sip_flow *flow);
/* What it means that nothing has come back over a flow yet, in words: not even a connection, or no
 * answer. */
const char *sip_transport_silence(const struct sip_transport *transport,
                                  const struct sip_flow *flow);
/* Whether the peer of an open TLS connection has shown a certificate that is vouched for, for
 * phones or otherwise. SJ_OK, or SJ_E_UNTRUSTED with a sentence, also when that is no such
 * connection. */
int sip_transport_verify(struct sip_transport *transport, const struct sip_flow *flow,
                         const char *purpose, sj_error *error);
/* Who is at the other end of an open TLS connection; false when there is none. Valid until the
 * connection ends. */
bool sip_transport_peer(const struct sip_transport *transport, const struct sip_flow *flow,
                        sj_tls_peer *peer);
/* What vouches for certificates has changed: what was concluded from it counts no more. */
static inline void sip_transport_trust_changed(struct sip_transport *transport) {
    transport->trust++;
}
const char *sip_transport_text(sj_sip_transport kind); /* "UDP" */

#endif
