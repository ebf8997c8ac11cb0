/* The way a message came and the way its answer goes: transport and far address. */
#ifndef CALLMANAGER_SIP_FLOW_H
#define CALLMANAGER_SIP_FLOW_H

#include <sojourn/net.h>

#include <string.h>

typedef enum sip_transport_kind { SIP_UDP, SIP_TCP, SIP_TLS } sip_transport_kind;

typedef struct sip_flow {
    sip_transport_kind transport;
    sj_address remote;
} sip_flow;

static inline bool sip_flow_equal(const sip_flow *a, const sip_flow *b) {
    return a->transport == b->transport && sj_address_equal(&a->remote, &b->remote);
}

/* Whether both come from the same address, whatever the port. */
static inline bool sip_flow_same_host(const sip_flow *a, const sip_flow *b) {
    if (a->remote.any.sa_family != b->remote.any.sa_family) {
        return false;
    }
    return a->remote.any.sa_family == AF_INET6 ? memcmp(&a->remote.v6.sin6_addr, &b->remote.v6.sin6_addr, 16) == 0
                                               : a->remote.v4.sin_addr.s_addr == b->remote.v4.sin_addr.s_addr;
}

static inline bool sip_flow_reliable(const sip_flow *flow) {
    return flow->transport != SIP_UDP;
}

#endif
