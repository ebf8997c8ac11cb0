/* Sockets for SIP: listening, datagrams, and what goes over which socket or connection. Uses the
 * host's net and timer functions only. */
#include "sip/sip_transport_state.h"

#include <sojourn/sojourn.h>

#include <stdio.h>

enum { SWEEP_MS = 5 * 1000 };

static bool is_v6(const struct sip_transport *transport, size_t number) {
    return strchr(sj_node_address(transport->node, number), ':') != NULL;
}

/* The number of the node's address at this end, from 0: the one that the flow names, or the first
 * of the family; SJ_NODE_ADDRESSES: there is none. */
static size_t local_of(const struct sip_transport *transport, const struct sip_flow *flow) {
    const size_t count = sj_node_address_count(transport->node);
    const bool v6 = flow->remote.any.sa_family == AF_INET6;
    if (flow->local > 0 && is_v6(transport, flow->local - 1u) == v6) {
        return flow->local - 1u; /* otherwise the next hop has changed */
    }
    for (size_t i = 0; i < count; i++) {
        if (is_v6(transport, i) == v6) {
            return i;
        }
    }
    return SJ_NODE_ADDRESSES;
}

const char *sip_transport_address(const struct sip_transport *transport,
                                  const struct sip_flow *flow) {
    const size_t local = local_of(transport, flow);
    return sj_node_address(transport->node, local == SJ_NODE_ADDRESSES ? 0 : local);
}

uint8_t sip_transport_number_of(const struct sip_transport *transport, const sj_address *own) {
    for (size_t i = 0; i < sj_node_address_count(transport->node); i++) {
        if (sip_same_host(&transport->own[i], own)) {
            return (uint8_t)(i + 1);
        }
    }
    return 0;
}

void sip_transport_come_to(const struct sip_transport *transport, const char *address,
                           struct sip_flow *flow) {
    sj_address own;
    flow->local =
        sj_address_parse(address, 0, &own) == SJ_OK ? sip_transport_number_of(transport, &own) : 0;
}

const char *sip_transport_text(sj_sip_transport kind) {
    return kind == SJ_SIP_TRANSPORT_UDP ? "UDP" : kind == SJ_SIP_TRANSPORT_TCP ? "TCP" : "TLS";
}

/* Whoever wants to know is told of a datagram. */
static void tell(const struct sip_transport *transport, const struct sip_flow *flow, bool received,
                 const char *data, size_t length) {
    struct sip_passage passage = {received, flow, {{0}}, data, length, 0, 0};
    if (transport->passed != NULL) {
        const size_t local = local_of(transport, flow);
        passage.local = transport->own[local == SJ_NODE_ADDRESSES ? 0 : local];
        transport->passed(transport->user, &passage);
    }
}

bool sip_transport_admits(const struct sip_transport *transport, const struct sip_flow *flow,
                          const char *data, size_t length, struct sip_message *message) {
    return transport->admit(transport->user, flow) && sip_message_parse(data, length, message);
}

int sip_transport_fail(struct sip_transport *transport, int status, const char *reason) {
    (void)snprintf(transport->failure, sizeof transport->failure, "%.159s", reason);
    return status;
}

/* ---- receiving ---- */

static struct sip_flow datagram_flow(const struct sip_transport *transport, const sj_udp *socket,
                                     const sj_address *remote) {
    size_t local = 0;
    while (transport->udp[local] != socket) {
        local++;
    }
    return (struct sip_flow){
        .transport = SJ_SIP_TRANSPORT_UDP, .local = (uint8_t)(local + 1), .remote = *remote};
}

static void on_datagrams(void *user, sj_udp *socket, const sj_datagram *datagrams, size_t count) {
    struct sip_transport *transport = user;
    for (size_t i = 0; i < count && !transport->paused; i++) {
        const struct sip_flow flow = datagram_flow(transport, socket, &datagrams[i].from);
        struct sip_message message;
        if (datagrams[i].length > 4 /* shorter: a keep-alive */ &&
            datagrams[i].length <= SIP_MESSAGE_MAX &&
            sip_transport_admits(transport, &flow, datagrams[i].data, datagrams[i].length,
                                 &message)) {
            tell(transport, &flow, true, message.start, message.length);
            transport->receive(transport->user, &message, &flow);
        }
    }
}

static void on_undelivered(void *user, sj_udp *socket, const sj_undelivered *datagram) {
    struct sip_transport *transport = user;
    const struct sip_flow flow = datagram_flow(transport, socket, &datagram->to);
    transport->undelivered(transport->user, &flow, datagram->data, datagram->length,
                           datagram->reason);
}

void sip_transport_pause(struct sip_transport *transport) {
    transport->paused = true;
}

/* ---- sending ---- */

static int send_datagram(struct sip_transport *transport, const struct sip_flow *flow,
                         const char *data, size_t length) {
    const size_t local = local_of(transport, flow);
    int status;
    if (local == SJ_NODE_ADDRESSES) {
        return sip_transport_fail(transport, SJ_E_UNAVAILABLE,
                                  flow->remote.any.sa_family == AF_INET6
                                      ? "this node has no IPv6 address to send from"
                                      : "this node has no IPv4 address to send from");
    }
    status = sj_udp_send(transport->scope, transport->udp[local], &flow->remote, data, length);
    if (status < 0) {
        return sip_transport_fail(transport, status, "the socket takes no more datagrams");
    }
    tell(transport, flow, false, data, length);
    return SJ_OK;
}

int sip_transport_send(struct sip_transport *transport, const struct sip_flow *flow,
                       const char *data, size_t length) {
    return flow->transport == SJ_SIP_TRANSPORT_UDP
               ? send_datagram(transport, flow, data, length)
               : sip_connection_send(transport, flow, data, length);
}

/* ---- open and end ---- */

static bool listen_on(struct sip_transport *transport, size_t number, sj_error *error) {
    const char *address = sj_node_address(transport->node, number);
    sj_scope *scope = transport->scope;
    transport->udp[number] =
        sj_udp_open(scope, address, transport->port, on_datagrams, transport, error);
    if (transport->udp[number] == NULL) {
        return false;
    }
    sj_udp_on_undelivered(scope, transport->udp[number], on_undelivered);
    return sj_address_parse(address, transport->port, &transport->own[number]) == SJ_OK &&
           sj_stream_listen(scope, address, transport->port, false, sip_connection_on_tcp,
                            transport, error) != NULL &&
           (transport->tls_port == 0 ||
            sj_stream_listen(scope, address, transport->tls_port, true, sip_connection_on_tls,
                             transport, error) != NULL);
}

int sip_transport_open(struct sip_transport *transport, sj_scope *scope, sj_error *error) {
    transport->scope = scope;
    for (size_t i = 0; i < sj_node_address_count(transport->node); i++) {
        if (!listen_on(transport, i, error)) {
            return error != NULL ? error->code : SJ_E_IO;
        }
    }
    transport->sweep = sj_timer_start(scope, SWEEP_MS, SWEEP_MS, sip_connection_sweep, transport);
    return transport->sweep == NULL
               ? sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the SIP transport")
               : SJ_OK;
}

void sip_transport_free(struct sip_transport *transport) {
    sj_map_clear(&transport->connections);
    connection_limits_free(&transport->limits);
}
