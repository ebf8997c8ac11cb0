/* Requests that are too long for a datagram: networks lose parts of it, and then all of it (RFC
 * 3261 18.1.1). They go over a connection where one can be made, else as datagrams after all. */
#include "sip/sip_transaction_state.h"

#include <string.h>

enum { DATAGRAM_MOST = 1300, PATIENCE_T1 = 2 };

/* The topmost Via says how the request goes; both words are of one length. */
static void name_transport(struct sip_transaction *transaction, const char *transport) {
    static const char via[] = "\r\nVia: SIP/2.0/";
    char *at = memmem(transaction->message, transaction->message_length, via, sizeof via - 1);
    if (at != NULL &&
        (size_t)(at - transaction->message) + sizeof via + 2 < transaction->message_length) {
        memcpy(at + sizeof via - 1, transport, 3);
    }
}

static void no_connection(struct wheel_timer *timer) {
    (void)transaction_fall_back(SJ_OWNER(timer, struct sip_transaction, repeat));
}

void transaction_choose_transport(struct sip_transaction *transaction) {
    struct sip_transactions *all = transaction->all;
    struct sip_flow stream;
    if (transaction->flow.transport != SJ_SIP_TRANSPORT_UDP ||
        transaction->message_length <= DATAGRAM_MOST || all->takes_stream == NULL ||
        !all->takes_stream(all->user, &transaction->flow, &stream)) {
        return;
    }
    transaction->was_datagram = true;
    transaction->datagram = transaction->flow;
    transaction->flow = stream;
    name_transport(transaction, "TCP");
    /* Over a connection nothing is repeated: the timer is free. */
    transaction_start(transaction, &transaction->repeat, PATIENCE_T1 * (uint64_t)all->t1_ms,
                      no_connection);
}

bool transaction_fall_back(struct sip_transaction *transaction) {
    struct sip_transactions *all = transaction->all;
    if (!transaction->was_datagram || transaction->state != CALLING) {
        return false;
    }
    transaction->was_datagram = false;
    transaction->flow = transaction->datagram;
    transaction->failure[0] = '\0';
    name_transport(transaction, "UDP");
    if (all->refuses_stream != NULL) {
        all->refuses_stream(all->user, &transaction->flow);
    }
    transaction_send_first(transaction);
    return true;
}
