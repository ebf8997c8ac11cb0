/* What a transaction is, among the files that make transactions up; nobody else looks inside. */
#ifndef CALLMANAGER_SIP_TRANSACTION_STATE_H
#define CALLMANAGER_SIP_TRANSACTION_STATE_H

#include "sip/sip_transaction.h"

enum { TRANSACTION_KEY_MAX = 600 };

enum transaction_state {
    CALLING,    /* client: no response yet */
    PROCEEDING, /* a provisional response, or (server) none sent yet */
    ACCEPTED,   /* INVITE server: 2xx sent, no ACK yet */
    COMPLETED,  /* final response sent or received */
    CONFIRMED,  /* INVITE server: ACK of the refusal came */
};

struct sip_transaction {
    sj_map_link link;
    sj_map_link by_request; /* of a server, when the request is outside of dialogs */
    bool outside;
    struct sip_transactions *all;
    struct wheel_timer repeat;   /* timers A, E, G */
    struct wheel_timer deadline; /* timers B, D, F, H, I, J, K */
    uint32_t interval;
    struct sip_timers timers; /* of a client */
    unsigned repeated, challenges_answered;
    bool server, invite;
    bool cancelled;
    bool was_datagram; /* it goes over a connection since it is long */
    struct sip_flow datagram;
    char *cancel_reason; /* of a CANCEL that waits to be sent, owned; NULL: none */
    enum transaction_state state;
    struct sip_flow flow;
    const struct sip_transaction_events *events;
    void *user;
    char failure[160];
    char *message; /* request of a client; last response of a server */
    size_t message_length;
    size_t key_length;
    char key[];
};

/* A transaction of that key, in the table; `events` may be NULL. NULL: no memory, too many, or the
 * key has no length. */
struct sip_transaction *transaction_begin(struct sip_transactions *transactions, const char *key,
                                          size_t length, const struct sip_flow *flow,
                                          const struct sip_transaction_events *events, void *user);
/* Tells its user, and frees it. */
void transaction_end(struct sip_transaction *transaction);
/* Keeps a copy of the message in the place of the one before; NULL without memory. */
void transaction_keep(struct sip_transaction *transaction, const char *data, size_t length);
void transaction_start(struct sip_transaction *transaction, struct wheel_timer *timer,
                       uint64_t delay, void (*fire)(struct wheel_timer *timer));
/* The deadline after which nothing is awaited any more. */
void transaction_deadline_end(struct wheel_timer *timer);
/* The key of a request, for the method given (an ACK and a CANCEL look for their INVITE). 0 when it
 * cannot have one. */
size_t transaction_server_key(const struct sip_message *request, struct sip_text method,
                              char key[TRANSACTION_KEY_MAX]);
/* What two copies of one request have in common, whatever way each has come: a keyed hash of From
 * tag, Call-ID and CSeq. 0 for a request within a dialog. */
uint64_t transaction_request_identity(const struct sip_message *request);
/* The key of a client; its length, or 0 when it has no room. */
size_t transaction_client_key(struct sip_text branch, enum sip_method method,
                              char key[TRANSACTION_KEY_MAX]);
/* The same from the beginning of a request of ours, as others quote it; 0 when it does not reach to
 * the end of the first Via. */
size_t transaction_quoted_key(const char *data, size_t length, char key[TRANSACTION_KEY_MAX]);
/* Sends the request for the first time. */
void transaction_send_first(struct sip_transaction *transaction);

/* A long request goes over a connection, if the peer may take it so. */
void transaction_choose_transport(struct sip_transaction *transaction);
/* No connection could be made for it: it is sent as a datagram. False: that is not so. */
bool transaction_fall_back(struct sip_transaction *transaction);

/* Sends the request once more, with an answer to the challenge; the transaction goes on as that of
 * the new request. False: the challenge is not answered; that of a cancelled request never is, for
 * no CANCEL would end the new one. */
bool transaction_answer_challenge(struct sip_transaction *transaction,
                                  const struct sip_message *response);

#endif
