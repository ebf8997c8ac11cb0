/* UDP sockets: batches in, batches out. Explained in <sojourn/net.h>. */
#ifndef SJ_HOST_NET_UDP_H
#define SJ_HOST_NET_UDP_H

#include <sojourn/types.h>

struct net;

sj_udp *sj_host_udp_open(sj_scope *scope, const char *here, const char *address, int port,
                         sj_datagrams_fn receive, void *user, sj_error *error);
int sj_host_udp_send(sj_udp *socket, const sj_address *to, const void *data, size_t length);
void sj_host_udp_local(const sj_udp *socket, sj_address *local);
void sj_host_udp_close(sj_udp *socket);
void sj_host_udp_on_undelivered(sj_udp *socket, sj_undelivered_fn undelivered);

/* For net.c. */
struct udp_batch *sj_udp_batch_new(void);
void sj_udp_batch_free(struct udp_batch *batch);
void sj_udp_flush_all(struct net *net);

#endif
