/* SIP transactions (RFC 3261 section 17): retransmissions are sent and absorbed here, and whoever
 * uses a transaction hears of each thing once. Pure but for `send` and `clock`, which the owner
 * gives; timers run on the owner's wheel.
 *
 * Two liberties: an INVITE client transaction ends with the 2xx and an INVITE server transaction
 * repeats its 2xx itself until it is told of the ACK, because here the same core holds transaction
 * and dialog (what RFC 6026 separates). */
#ifndef CALLMANAGER_SIP_TRANSACTION_H
#define CALLMANAGER_SIP_TRANSACTION_H

#include "sip/sip_flow.h"
#include "sip/sip_message.h"
#include "sip/timer_wheel.h"

#include <sojourn/base/map.h>

struct sip_transaction;

struct sip_transaction_events {
    /* Client: a response, provisional or final, each once. The final one is the last. */
    void (*response)(void *user, struct sip_transaction *transaction,
                     const struct sip_message *message);
    /* Client: no final answer came in time, or the request cannot have got there
     * (sip_transaction_failure says why). Server: the 2xx was never acknowledged. */
    void (*timeout)(void *user, struct sip_transaction *transaction);
    /* Always the last: the transaction is about to be freed. */
    void (*ended)(void *user, struct sip_transaction *transaction);
};

/* How a client's request is repeated over UDP, and when it is given up. */
struct sip_timers {
    uint32_t first_ms; /* before the first repetition (T1); doubled each time */
    uint32_t most_ms;  /* the longest between two of them (T2); INVITE has none */
    unsigned repeats;  /* how many at most */
};

/* A request that is sent again with an answer to its challenge. */
struct sip_request_anew {
    char branch[32];
    const char *data; /* the whole request; copied */
    size_t length;
};

struct sip_transactions {
    sj_map table;
    sj_map requests; /* of servers, by what identifies their request: see merged */
    struct timer_wheel *wheel;
    uint64_t (*clock)(void *user); /* ms */
    void (*send)(void *user, const struct sip_flow *flow, const char *data, size_t length);
    /* A client's request has been challenged (401, 407). True: it has been written anew, with
     * credentials, a branch and CSeq of its own, and is sent in the place of the first, of which
     * its user hears nothing. `answered`: how often that was so before. False: the response is the
     * user's. NULL: no challenge is answered. */
    bool (*challenged)(void *user, const struct sip_flow *flow, const struct sip_message *request,
                       const struct sip_message *response, unsigned answered,
                       struct sip_request_anew *anew);
    /* What goes out is to be changed: the length of the changed message, 0 for none. NULL: nothing
     * is. */
    size_t (*outbound)(void *user, const struct sip_flow *flow, const char *data, size_t length,
                       const char **changed);
    /* A request is too long for a datagram (RFC 3261 18.1.1). True: the peer may take it over a
     * connection, to `stream`. NULL: nobody does. */
    bool (*takes_stream)(void *user, const struct sip_flow *datagram, struct sip_flow *stream);
    /* It has not: the request goes as a datagram after all. */
    void (*refuses_stream)(void *user, const struct sip_flow *datagram);
    void *user;
    uint32_t t1_ms, t2_ms, t4_ms;
    size_t limit; /* transactions held at once */
};

void sip_transactions_init(struct sip_transactions *transactions, struct timer_wheel *wheel,
                           uint64_t (*clock)(void *user),
                           void (*send)(void *user, const struct sip_flow *flow, const char *data,
                                        size_t length),
                           void *user);
/* Ends all transactions; their users hear only that. */
void sip_transactions_free(struct sip_transactions *transactions);

/* A request that belongs to a transaction: a repetition (answered again), or the ACK of a refusal.
 * True: nothing is left to do.
 */
bool sip_transactions_absorb(struct sip_transactions *transactions,
                             const struct sip_message *request);
/* A response; false when it belongs to none. */
bool sip_transactions_response(struct sip_transactions *transactions,
                               const struct sip_message *response);
/* Whether a request that belongs to no transaction is a copy of one that is being answered, come on
 * another way (RFC 3261 8.2.2.2). */
bool sip_transactions_merged(const struct sip_transactions *transactions,
                             const struct sip_message *request);
/* The INVITE's transaction that a CANCEL means, or NULL. */
struct sip_transaction *sip_transactions_cancelled(struct sip_transactions *transactions,
                                                   const struct sip_message *cancel);

/* A server transaction for a request; NULL when there are too many or no memory is left. `events`
 * may be NULL. */
struct sip_transaction *sip_server_begin(struct sip_transactions *transactions,
                                         const struct sip_message *request,
                                         const struct sip_flow *flow,
                                         const struct sip_transaction_events *events, void *user);
void sip_server_respond(struct sip_transaction *transaction, int status, const char *data,
                        size_t length);
/* Sends the last response once more. */
void sip_server_repeat(const struct sip_transaction *transaction);
/* The ACK for a 2xx has come. */
void sip_server_acknowledged(struct sip_transaction *transaction);
bool sip_server_answered(const struct sip_transaction *transaction);

/* Sends a request as a new client transaction. `branch` is the one in its Via. NULL as above. */
struct sip_transaction *sip_client_begin(struct sip_transactions *transactions,
                                         enum sip_method method, const char *branch,
                                         const struct sip_flow *flow, const char *data,
                                         size_t length, const struct sip_transaction_events *events,
                                         void *user);
/* The same with timers of its own; NULL: those of RFC 3261. */
struct sip_transaction *
sip_client_begin_timed(struct sip_transactions *transactions, const struct sip_timers *timers,
                       enum sip_method method, const char *branch, const struct sip_flow *flow,
                       const char *data, size_t length, const struct sip_transaction_events *events,
                       void *user);
/* Ends a request's transaction at once: it is no longer repeated, and its user gets no event. */
void sip_client_give_up(struct sip_transaction *transaction);
/* Cancels an INVITE: at once, or as soon as it has been answered provisionally. `reason` is a
 * header line, which is copied, or "". */
void sip_client_cancel(struct sip_transaction *transaction, const char *reason);

/* What was sent that way gets no answer any more: requests waiting for one end at once, with the
 * reason. */
void sip_transactions_flow_lost(struct sip_transactions *transactions, const struct sip_flow *flow,
                                const char *reason);
/* A datagram did not get there, says the network, which can be forged: the request that waits for
 * its first response ends at once, with the reason, when it went exactly there and the quoted
 * beginning has its branch, which only it and its way know. Within a dialog it does not: what
 * stands is not ended by a word from outside, and is repeated. Whether one ends. */
bool sip_transactions_undelivered(struct sip_transactions *transactions,
                                  const struct sip_flow *flow, const char *data, size_t length,
                                  const char *reason);
/* Why the request did not get there, or its way back was lost; "" when there was just no answer. */
const char *sip_transaction_failure(const struct sip_transaction *transaction);

void *sip_transaction_user(const struct sip_transaction *transaction);
/* Whether it was begun with these events: says what its user is. */
bool sip_transaction_is(const struct sip_transaction *transaction,
                        const struct sip_transaction_events *events);
const struct sip_flow *sip_transaction_flow(const struct sip_transaction *transaction);
/* Its user is not interested any more. */
void sip_transaction_detach(struct sip_transaction *transaction);

#endif
