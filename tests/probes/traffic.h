/* Traffic from outside, as phones would make it: SIP and TFTP datagrams, HTTP requests, from the
 * test's own loop. */
#ifndef SOJOURN_TRAFFIC_H
#define SOJOURN_TRAFFIC_H

#include <uv.h>

#include <sojourn/host.h>

struct traffic {
    const struct sj_node *facts;
    uv_loop_t *loop;
    uv_udp_t socket;
    uv_timer_t timer;
    struct sockaddr_in sip, tftp, http;
    long sent, replies, pages, connections; /* connections: open now */
    bool paused;
};

void traffic_start(struct traffic *traffic, uv_loop_t *loop, const struct sj_node *facts);
void traffic_stop(struct traffic *traffic);

#endif
