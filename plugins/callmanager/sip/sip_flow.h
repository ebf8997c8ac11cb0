/* The way a message came and the way its answer goes: transport, far address, and the node's own.
 */
#ifndef CALLMANAGER_SIP_FLOW_H
#define CALLMANAGER_SIP_FLOW_H

#include "enums/sip.h"

#include <sojourn/base/hash.h>
#include <sojourn/net.h>

#include <string.h>

struct sip_flow {
    sj_sip_transport transport : 8;
    unsigned local : 8; /* number of the node's address at this end, from 1; 0: the first one of the
                           family of `remote` */
    sj_address remote;
};

/* A way to a far address that nothing has come from. */
static inline struct sip_flow sip_flow_to(sj_sip_transport transport, const sj_address *address) {
    return (struct sip_flow){.transport = transport, .remote = *address};
}

static inline bool sip_flow_equal(const struct sip_flow *a, const struct sip_flow *b) {
    return a->transport == b->transport && sj_address_equal(&a->remote, &b->remote);
}

/* Addresses whatever their ports. */
static inline bool sip_same_host(const sj_address *a, const sj_address *b) {
    return a->any.sa_family == b->any.sa_family &&
           (a->any.sa_family == AF_INET6 ? memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 16) == 0
                                         : a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr);
}

static inline uint64_t sip_host_hash(const sj_address *address) {
    return address->any.sa_family == AF_INET6 ? sj_hash_keyed(&address->v6.sin6_addr, 16)
                                              : sj_hash_keyed(&address->v4.sin_addr, 4);
}

/* Whether both come from the same address, whatever the port. */
static inline bool sip_flow_same_host(const struct sip_flow *a, const struct sip_flow *b) {
    return sip_same_host(&a->remote, &b->remote);
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
