/* Finds the addresses of a SIP server by its name, as RFC 3263 says: asks the DNS through the host,
 * nothing else. */
#ifndef CALLMANAGER_SERVER_SEARCH_H
#define CALLMANAGER_SERVER_SEARCH_H

#include "sip/sip_flow.h"

#include <sojourn/dns.h>

enum { SERVER_ADDRESSES_MAX = 16 };

struct server_name {
    const char *name; /* copied */
    int port;         /* where no SRV record says another */
    bool srv;         /* the name is a domain whose NAPTR and SRV records are followed */
    sj_sip_transport transport;
    int family; /* of the addresses that can be reached from here: AF_INET, AF_INET6, or AF_UNSPEC
                   for both */
};

struct server_addresses {
    int status;       /* SJ_OK: there is at least one */
    char reason[240]; /* why there is none */
    sj_address addresses[SERVER_ADDRESSES_MAX];
    size_t count;
    int64_t fresh_ms; /* for how long that holds */
};

typedef void (*server_search_fn)(void *user, const struct server_addresses *found);

struct server_search;

/* `done` follows once, never from within; not after server_search_stop or the end of `scope`. NULL:
 * out of memory, or the scope is closing. */
struct server_search *server_search_start(sj_scope *scope, const struct server_name *name,
                                          server_search_fn done, void *user);
void server_search_stop(struct server_search *search);

#endif
