/* The HTTP routes on which remote clusters ask this one. */
#ifndef EM_PEER_ROUTES_H
#define EM_PEER_ROUTES_H

#include "em.h"

int em_peer_queries_open(struct em *em, sj_error *error);
int em_peer_sessions_open(struct em *em, sj_error *error);
int em_peer_bandwidth_open(struct em *em, sj_error *error);
void em_peer_bandwidth_close(struct em *em);
struct em_route {
    const char *path;
    sj_http_fn handler;
};
int em_peer_routes_open(struct em *em, const struct em_route *routes, size_t count,
                        sj_error *error);

#endif
