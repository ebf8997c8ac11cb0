/* The way a message came and the way its answer goes: transport and far address. */
#ifndef CALLMANAGER_SIP_FLOW_H
#define CALLMANAGER_SIP_FLOW_H

#include "enums/sip.h"

#include <sojourn/base/hash.h>
#include <sojourn/net.h>

#include <string.h>

struct sip_flow {
    sj_sip_transport transport;
    sj_address remote;
};

static inline bool sip_flow_equal(const struct sip_flow *a, const struct sip_flow *b) {
    return a->transport == b->transport && sj_address_equal(&a->remote, &b->remote);
}

/* Whether both come from the same address, whatever the port. */
static inline bool sip_flow_same_host(const struct sip_flow *a, const struct sip_flow *b) {
    if (a->remote.any.sa_family != b->remote.any.sa_family) {
        return false;
    }
    return a->remote.any.sa_family == AF_INET6
               ? memcmp(&a->remote.v6.sin6_addr, &b->remote.v6.sin6_addr, 16) == 0
               : a->remote.v4.sin_addr.s_addr == b->remote.v4.sin_addr.s_addr;
}

/* Keyed: what the network sends cannot choose it. */
static inline uint64_t sip_flow_hash(const struct sip_flow *flow) {
    unsigned char key[20] = {(unsigned char)flow->transport};
    if (flow->remote.any.sa_family == AF_INET6) {
        memcpy(key + 1, &flow->remote.v6.sin6_addr, 16);
        memcpy(key + 17, &flow->remote.v6.sin6_port, 2);
    } else {
        memcpy(key + 1, &flow->remote.v4.sin_addr, 4);
        memcpy(key + 17, &flow->remote.v4.sin_port, 2);
    }
    return sj_hash_keyed(key, sizeof key);
}

static inline bool sip_flow_reliable(const struct sip_flow *flow) {
    return flow->transport != SJ_SIP_TRANSPORT_UDP;
}

#endif
