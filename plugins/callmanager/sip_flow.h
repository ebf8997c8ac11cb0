/* The way a message came and the way its answer goes: transport and far address. */
#ifndef CALLMANAGER_SIP_FLOW_H
#define CALLMANAGER_SIP_FLOW_H

#include <sojourn/net.h>

typedef enum sip_transport_kind { SIP_UDP, SIP_TCP, SIP_TLS } sip_transport_kind;

typedef struct sip_flow {
    sip_transport_kind transport;
    sj_address remote;
} sip_flow;

static inline bool sip_flow_equal(const sip_flow *a, const sip_flow *b) {
    return a->transport == b->transport && sj_address_equal(&a->remote, &b->remote);
}

static inline bool sip_flow_reliable(const sip_flow *flow) {
    return flow->transport != SIP_UDP;
}

#endif
