/* The turns of TLS handshakes: a step of one costs the node a signature and its peer nearly
 * nothing, so that only some are taken in one iteration of the loop. The others wait in the order
 * in which they came, and nothing more is read from them meanwhile. */
#ifndef SJ_HOST_NET_HANDSHAKES_H
#define SJ_HOST_NET_HANDSHAKES_H

#include <stdbool.h>

#include <uv.h>

#include <sojourn/base/list.h>

enum { SJ_HANDSHAKES_A_TURN = 8 };

struct link;

struct handshakes {
    uv_idle_t idle;       /* while any wait: the loop does not */
    sj_list_head waiting; /* links */
    unsigned left;        /* of this turn */
};

void sj_handshakes_open(struct handshakes *handshakes, uv_loop_t *loop);

/* Whether a step may be taken now; else the link waits, and its sj_link_tls_pump follows. */
bool sj_handshakes_take(struct handshakes *handshakes, struct link *link);
/* The link, if it waits, waits no more. */
void sj_handshakes_remove(struct handshakes *handshakes, struct link *link);

/* A new iteration of the loop begins. */
void sj_handshakes_turn(struct handshakes *handshakes);

#endif
