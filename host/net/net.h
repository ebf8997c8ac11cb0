/* What all sockets of a node share: buffers for reading, the lists of those with something to send,
 * and the sweep for deadlines. What is sent during one iteration of the loop leaves together at its
 * end. */
#ifndef SJ_HOST_NET_NET_H
#define SJ_HOST_NET_NET_H

#include <stdbool.h>

#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/error.h>

#include "host/net/handshakes.h"

struct node;
struct link;
struct sj_udp;
struct udp_batch;

struct net {
    struct node *node;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t sweep;
    struct handshakes handshakes;
    sj_list_head links;      /* all */
    sj_list_head dirty;      /* with something to send or to tell */
    sj_list_head dirty_udp;  /* with something to send */
    struct udp_batch *batch; /* receive buffers, shared: a callback never runs inside another */
    unsigned references;     /* handles of its own and whoever calls sj_net_hold */
    char input[65536];
    char plain[16640]; /* one TLS record, decrypted */
};

int sj_net_open(struct node *node, sj_error *error);
void sj_net_close(struct node *node);

/* Looks for passed deadlines from time to time, while there are links. */
void sj_net_sweep(struct net *net, bool wanted);

/* Of the descriptors that the system allows now, some are kept back for the administrator's socket,
 * for files and for what the node itself connects to. Whoever came over the network with one of
 * them cannot stay: is told so, and with one of the last half not even that, since those who are
 * told hold theirs until they have read it. */
enum net_reserve { NET_NOT_RESERVED, NET_RESERVED, NET_LAST_RESERVED };
enum net_reserve sj_net_reserve_of(int descriptor);

/* Keeps the struct until the release. */
void sj_net_hold(struct net *net);
void sj_net_release(struct net *net);

#endif
