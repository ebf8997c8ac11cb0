/* The turns of TLS handshakes (handshakes.h). Touches the loop, and the links through link.h. */
#include "host/net/handshakes.h"

#include "host/net/link.h"

static void on_idle(uv_idle_t *idle) {
    (void)idle; /* that it runs keeps the loop from waiting */
}

void sj_handshakes_open(struct handshakes *handshakes, uv_loop_t *loop) {
    (void)uv_idle_init(loop, &handshakes->idle);
    uv_unref((uv_handle_t *)&handshakes->idle);
    handshakes->first = handshakes->last = NULL;
    handshakes->left = SJ_HANDSHAKES_A_TURN;
}

bool sj_handshakes_take(struct handshakes *handshakes, struct link *link) {
    if (handshakes->left > 0 && handshakes->first == NULL) {
        handshakes->left--;
        return true;
    }
    if (link->waits) {
        return false;
    }
    if (handshakes->first == NULL && !uv_is_closing((uv_handle_t *)&handshakes->idle)) {
        (void)uv_idle_start(&handshakes->idle, on_idle);
    }
    link->waits = true;
    link->waiting_before = handshakes->last;
    link->waiting_behind = NULL;
    *(handshakes->last != NULL ? &handshakes->last->waiting_behind : &handshakes->first) = link;
    handshakes->last = link;
    return false;
}

void sj_handshakes_leave(struct handshakes *handshakes, struct link *link) {
    if (!link->waits) {
        return;
    }
    link->waits = false;
    *(link->waiting_before != NULL ? &link->waiting_before->waiting_behind : &handshakes->first) =
        link->waiting_behind;
    *(link->waiting_behind != NULL ? &link->waiting_behind->waiting_before : &handshakes->last) =
        link->waiting_before;
    if (handshakes->first == NULL) {
        (void)uv_idle_stop(&handshakes->idle);
    }
}

void sj_handshakes_turn(struct handshakes *handshakes) {
    unsigned left = SJ_HANDSHAKES_A_TURN;
    while (left > 0 && handshakes->first != NULL) {
        struct link *link = handshakes->first;
        sj_handshakes_leave(handshakes, link);
        sj_link_tls_step(link);
        left--;
    }
    handshakes->left = left;
}
