/* What all sockets of a node share. Touches the loop. */
#include "host/net/net.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "host/core/node.h"
#include "host/net/link.h"
#include "host/net/udp.h"

#define SWEEP_MS 250
#define RESERVE 64 /* descriptors */
#define OWN_HANDLES 4

static void flush(struct net *net) {
    sj_udp_flush_all(net);
    sj_link_flush_all(net);
}

static void on_prepare(uv_prepare_t *handle) {
    struct net *net = handle->data;
    sj_handshakes_turn(&net->handshakes);
    flush(net);
}

static void on_check(uv_check_t *handle) {
    flush(handle->data);
}

static void on_sweep(uv_timer_t *handle) {
    sj_link_sweep_all(handle->data);
}

/* Each phone may hold a connection: as many descriptors as the system lets us have. */
static void raise_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* The limit is asked for each time: an administrator may change it while the node runs. */
enum net_reserve sj_net_reserve_of(int descriptor) {
    struct rlimit limit;
    rlim_t reserve;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return NET_NOT_RESERVED;
    }
    reserve = limit.rlim_cur / 8 < RESERVE ? limit.rlim_cur / 8 : RESERVE;
    return (rlim_t)descriptor >= limit.rlim_cur - reserve / 2 ? NET_LAST_RESERVED
           : (rlim_t)descriptor >= limit.rlim_cur - reserve   ? NET_RESERVED
                                                              : NET_NOT_RESERVED;
}

int sj_net_open(struct node *node, sj_error *error) {
    struct net *net = calloc(1, sizeof *net);
    if (net == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the network buffers");
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that has gone is an error of the write */
    net->node = node;
    raise_limit();
    net->batch = sj_udp_batch_new();
    if (net->batch == NULL) {
        free(net);
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for the network buffers");
    }
    net->references = OWN_HANDLES;
    (void)uv_prepare_init(node->loop, &net->prepare);
    (void)uv_check_init(node->loop, &net->check);
    (void)uv_timer_init(node->loop, &net->sweep);
    sj_handshakes_open(&net->handshakes, node->loop);
    net->prepare.data = net->check.data = net->sweep.data = net->handshakes.idle.data = net;
    (void)uv_prepare_start(&net->prepare, on_prepare);
    (void)uv_check_start(&net->check, on_check);
    uv_unref((uv_handle_t *)&net->prepare);
    uv_unref((uv_handle_t *)&net->check);
    uv_unref((uv_handle_t *)&net->sweep);
    node->net = net;
    return SJ_OK;
}

void sj_net_sweep(struct net *net, bool wanted) {
    if (!wanted) {
        (void)uv_timer_stop(&net->sweep);
    } else if (!uv_is_closing((uv_handle_t *)&net->sweep)) {
        (void)uv_timer_start(&net->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    }
}

void sj_net_hold(struct net *net) {
    net->references++;
}

/* The last reference closes the handles; they are the struct's own first references while open. */
static void on_handle_closed(uv_handle_t *handle) {
    struct net *net = handle->data;
    if (--net->references == 0) {
        sj_udp_batch_free(net->batch);
        free(net);
    }
}

static void close_handles(struct net *net) {
    uv_close((uv_handle_t *)&net->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&net->check, on_handle_closed);
    uv_close((uv_handle_t *)&net->sweep, on_handle_closed);
    uv_close((uv_handle_t *)&net->handshakes.idle, on_handle_closed);
}

void sj_net_release(struct net *net) {
    net->references--;
    if (net->references == OWN_HANDLES && net->node == NULL) {
        close_handles(net);
    }
}

void sj_net_close(struct node *node) {
    struct net *net = node->net;
    if (net == NULL) {
        return;
    }
    node->net = NULL;
    net->node = NULL;
    if (net->references == OWN_HANDLES) {
        close_handles(net);
    }
}
