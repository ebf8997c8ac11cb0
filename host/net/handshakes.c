/* The turns of TLS handshakes. Touches the loop, and the links through link.h. */
#include "host/net/handshakes.h"

#include "host/net/link.h"

static void on_idle(uv_idle_t *idle) {
    (void)idle; /* that it runs keeps the loop from waiting */
}

void sj_handshakes_open(struct handshakes *handshakes, uv_loop_t *loop) {
    (void)uv_idle_init(loop, &handshakes->idle);
    uv_unref((uv_handle_t *)&handshakes->idle);
    sj_list_init(&handshakes->waiting);
    handshakes->left = SJ_HANDSHAKES_A_TURN;
}

bool sj_handshakes_take(struct handshakes *handshakes, struct link *link) {
    if (handshakes->left > 0 && sj_list_empty(&handshakes->waiting)) {
        handshakes->left--;
        return true;
    }
    if (sj_list_linked(&link->in_handshakes)) {
        return false;
    }
    if (sj_list_empty(&handshakes->waiting) && !uv_is_closing((uv_handle_t *)&handshakes->idle)) {
        (void)uv_idle_start(&handshakes->idle, on_idle);
    }
    sj_list_add_last(&handshakes->waiting, &link->in_handshakes);
    return false;
}

void sj_handshakes_remove(struct handshakes *handshakes, struct link *link) {
    if (sj_list_linked(&link->in_handshakes)) {
        sj_list_remove(&link->in_handshakes);
        if (sj_list_empty(&handshakes->waiting)) {
            (void)uv_idle_stop(&handshakes->idle);
        }
    }
}

void sj_handshakes_turn(struct handshakes *handshakes) {
    unsigned left = SJ_HANDSHAKES_A_TURN;
    while (left > 0 && !sj_list_empty(&handshakes->waiting)) {
        struct link *link =
            SJ_OWNER(sj_list_first(&handshakes->waiting), struct link, in_handshakes);
        sj_handshakes_remove(handshakes, link);
        sj_link_tls_step(link);
        left--;
    }
    handshakes->left = left;
}
