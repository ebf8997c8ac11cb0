/* Addresses as text. Pure. */
#include "host/net/address.h"

const char *sj_endpoint_format(const sj_address *address, char *text, size_t room) {
    char host[SJ_ADDRESS_TEXT];
    int port = sj_address_format(address, host, sizeof host);
    (void)snprintf(text, room, address->any.sa_family == AF_INET6 ? "[%s]:%d" : "%s:%d", host,
                   port);
    return text;
}

socklen_t sj_address_length(const sj_address *address) {
    return address->any.sa_family == AF_INET6 ? (socklen_t)sizeof address->v6
                                              : (socklen_t)sizeof address->v4;
}

void sj_address_from(sj_address *address, const struct sockaddr *from) {
    memset(address, 0, sizeof *address);
    if (from->sa_family == AF_INET6) {
        memcpy(&address->v6, from, sizeof address->v6);
    } else if (from->sa_family == AF_INET) {
        memcpy(&address->v4, from, sizeof address->v4);
    } else {
        address->v4.sin_family = AF_INET;
    }
}

void sj_address_unmap(sj_address *address) {
    if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
        struct sockaddr_in v4;
        memset(&v4, 0, sizeof v4);
        v4.sin_family = AF_INET;
        v4.sin_port = address->v6.sin6_port;
        memcpy(&v4.sin_addr, &address->v6.sin6_addr.s6_addr[12], 4);
        memset(address, 0, sizeof *address);
        address->v4 = v4;
    }
}

bool sj_address_is_loopback(const sj_address *address) {
    return address->any.sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) != 0
                                              : ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
}
