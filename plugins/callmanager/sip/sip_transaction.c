/* The transaction layer: one hash table, RFC 3261's four state machines and timers A to K. See the
 * header for what it may touch. */
#include "sip/header_values.h"
#include "sip/sip_address.h"
#include "sip/sip_transaction_state.h"
#include "sip/sip_writer.h"

#include <sojourn/base/hash.h>
#include <sojourn/base/text.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

void sip_transactions_init(struct sip_transactions *transactions, struct timer_wheel *wheel,
                           uint64_t (*clock)(void *user),
                           void (*send)(void *user, const struct sip_flow *flow, const char *data,
                                        size_t length),
                           void *user) {
    memset(transactions, 0, sizeof *transactions);
    transactions->wheel = wheel;
    transactions->clock = clock;
    transactions->send = send;
    transactions->user = user;
    transactions->t1_ms = 500;
    transactions->t2_ms = 4000;
    transactions->t4_ms = 5000;
    transactions->limit = 500000;
}

static void discard(struct sip_transaction *transaction) {
    timer_wheel_stop(transaction->all->wheel, &transaction->repeat);
    timer_wheel_stop(transaction->all->wheel, &transaction->deadline);
    free(transaction->cancel_reason);
    free(transaction->message);
    free(transaction);
}

void transaction_end(struct sip_transaction *transaction) {
    (void)sj_map_remove(&transaction->all->table, &transaction->link);
    if (transaction->outside) {
        (void)sj_map_remove(&transaction->all->requests, &transaction->by_request);
    }
    if (transaction->user != NULL && transaction->events->ended != NULL) {
        transaction->events->ended(transaction->user, transaction);
    }
    discard(transaction);
}

void sip_transactions_free(struct sip_transactions *transactions) {
    for (sj_map_link *link; (link = sj_map_take_any(&transactions->table)) != NULL;) {
        transaction_end(SJ_OWNER(link, struct sip_transaction, link));
    }
    sj_map_clear(&transactions->table);
    sj_map_clear(&transactions->requests);
}

/* ---- the table ---- */

static struct sip_transaction *find(const struct sip_transactions *transactions, const char *key,
                                    size_t length) {
    SJ_MAP_EACH_OF(transaction, &transactions->table, sj_hash_keyed(key, length),
                   struct sip_transaction, link) {
        if (transaction->key_length == length && memcmp(transaction->key, key, length) == 0) {
            return transaction;
        }
    }
    return NULL;
}

struct sip_transaction *transaction_begin(struct sip_transactions *transactions, const char *key,
                                          size_t length, const struct sip_flow *flow,
                                          const struct sip_transaction_events *events, void *user) {
    struct sip_transaction *transaction;
    if (length == 0 || transactions->table.count >= transactions->limit) {
        return NULL;
    }
    transaction = calloc(1, sizeof *transaction + length);
    if (transaction == NULL) {
        return NULL;
    }
    transaction->all = transactions;
    transaction->flow = *flow;
    transaction->events = events;
    transaction->user = events == NULL ? NULL : user;
    transaction->key_length = length;
    memcpy(transaction->key, key, length);
    sj_map_add(&transactions->table, &transaction->link, sj_hash_keyed(key, length));
    return transaction;
}

void transaction_keep(struct sip_transaction *transaction, const char *data, size_t length) {
    char *copy = malloc(length);
    free(transaction->message);
    transaction->message = copy;
    transaction->message_length = copy == NULL ? 0 : length;
    if (copy != NULL) {
        memcpy(copy, data, length);
    }
}

/* The message as it is to go out, kept. */
static void keep_outbound(struct sip_transaction *transaction, const char *data, size_t length) {
    const struct sip_transactions *all = transaction->all;
    const char *changed = NULL;
    const size_t used = all->outbound == NULL
                            ? 0
                            : all->outbound(all->user, &transaction->flow, data, length, &changed);
    transaction_keep(transaction, used > 0 ? changed : data, used > 0 ? used : length);
}

static void send_again(const struct sip_transaction *transaction) {
    if (transaction->message != NULL) {
        transaction->all->send(transaction->all->user, &transaction->flow, transaction->message,
                               transaction->message_length);
    }
}

void transaction_start(struct sip_transaction *transaction, struct wheel_timer *timer,
                       uint64_t delay, void (*fire)(struct wheel_timer *timer)) {
    timer_wheel_start(transaction->all->wheel, timer,
                      transaction->all->clock(transaction->all->user), delay, fire);
}

static struct sip_transaction *of_repeat(struct wheel_timer *timer) {
    return SJ_OWNER(timer, struct sip_transaction, repeat);
}

static struct sip_transaction *of_deadline(struct wheel_timer *timer) {
    return SJ_OWNER(timer, struct sip_transaction, deadline);
}

void transaction_deadline_end(struct wheel_timer *timer) {
    transaction_end(of_deadline(timer));
}

static void deadline_timeout(struct wheel_timer *timer) {
    struct sip_transaction *transaction = of_deadline(timer);
    if (transaction_fall_back(transaction)) {
        return;
    }
    timer_wheel_stop(transaction->all->wheel, &transaction->repeat);
    if (transaction->user != NULL && transaction->events->timeout != NULL) {
        transaction->events->timeout(transaction->user, transaction);
    }
    transaction_end(transaction);
}

/* Timers A, E and G: doubled each time; A without bound, the others up to T2. */
static void repeat_message(struct wheel_timer *timer) {
    struct sip_transaction *transaction = of_repeat(timer);
    const bool timer_a = !transaction->server && transaction->invite;
    const uint32_t most_ms =
        transaction->server ? transaction->all->t2_ms : transaction->timers.most_ms;
    send_again(transaction);
    transaction->repeated++;
    if (!transaction->server && transaction->repeated >= transaction->timers.repeats) {
        return;
    }
    transaction->interval *= 2;
    if (!timer_a && transaction->interval > most_ms) {
        transaction->interval = most_ms;
    }
    transaction_start(transaction, &transaction->repeat, transaction->interval, repeat_message);
}

/* From the first sending to the end of the wait for a response. */
static uint64_t sip_timers_total_ms(const struct sip_timers *timers, bool invite) {
    const uint64_t most_ms = 64 * (uint64_t)timers->first_ms; /* timers B and F */
    uint64_t interval = timers->first_ms, total = interval;
    for (unsigned i = 0; i < timers->repeats && total < most_ms; i++) {
        interval *= 2;
        interval = !invite && interval > timers->most_ms ? timers->most_ms : interval;
        total += interval;
    }
    return total < most_ms ? total : most_ms;
}

/* ---- server ---- */

bool sip_transactions_merged(const struct sip_transactions *transactions,
                             const struct sip_message *request) {
    const uint64_t identity =
        transactions->requests.count == 0 ? 0 : transaction_request_identity(request);
    return identity != 0 && sj_map_first(&transactions->requests, identity) != NULL;
}

struct sip_transaction *sip_server_begin(struct sip_transactions *transactions,
                                         const struct sip_message *request,
                                         const struct sip_flow *flow,
                                         const struct sip_transaction_events *events, void *user) {
    char key[TRANSACTION_KEY_MAX];
    const size_t length = transaction_server_key(request, request->method_text, key);
    struct sip_transaction *transaction =
        transaction_begin(transactions, key, length, flow, events, user);
    if (transaction != NULL) {
        transaction->server = true;
        transaction->invite = request->method == SIP_INVITE;
        transaction->state = PROCEEDING;
        const uint64_t identity = transaction_request_identity(request);
        if (identity != 0) {
            transaction->outside = true;
            sj_map_add(&transactions->requests, &transaction->by_request, identity);
        }
    }
    return transaction;
}

bool sip_server_answered(const struct sip_transaction *transaction) {
    return transaction->state != PROCEEDING;
}

void sip_server_respond(struct sip_transaction *transaction, int status, const char *data,
                        size_t length) {
    struct sip_transactions *transactions = transaction->all;
    const bool reliable = sip_flow_reliable(&transaction->flow);
    const uint64_t long_time = 64 * (uint64_t)transactions->t1_ms;
    if (transaction->state != PROCEEDING) {
        return;
    }
    keep_outbound(transaction, data, length);
    send_again(transaction);
    if (status < 200) {
        return;
    }
    transaction->interval = transactions->t1_ms;
    if (!transaction->invite) {
        transaction->state = COMPLETED;
        if (reliable) {
            transaction_end(transaction); /* timer J is 0 */
        } else {
            transaction_start(transaction, &transaction->deadline, long_time,
                              transaction_deadline_end);
        }
    } else if (status < 300) {
        transaction->state = ACCEPTED;
        transaction_start(transaction, &transaction->repeat, transaction->interval, repeat_message);
        transaction_start(transaction, &transaction->deadline, long_time, deadline_timeout);
    } else {
        transaction->state = COMPLETED;
        if (!reliable) {
            transaction_start(transaction, &transaction->repeat, transaction->interval,
                              repeat_message);
        }
        transaction_start(transaction, &transaction->deadline, long_time,
                          transaction_deadline_end); /* timer H: who refuses need not know */
    }
}

void sip_server_repeat(const struct sip_transaction *transaction) {
    send_again(transaction);
}

void sip_server_acknowledged(struct sip_transaction *transaction) {
    if (transaction->state == ACCEPTED) {
        transaction_end(transaction);
    }
}

bool sip_transactions_absorb(struct sip_transactions *transactions,
                             const struct sip_message *request) {
    char key[TRANSACTION_KEY_MAX];
    const bool ack = request->method == SIP_ACK;
    const struct sip_text method = ack ? sip_text_of("INVITE") : request->method_text;
    const size_t length = transaction_server_key(request, method, key);
    struct sip_transaction *transaction = length == 0 ? NULL : find(transactions, key, length);
    if (transaction == NULL) {
        return false;
    }
    if (!ack) {
        if (transaction->state != CONFIRMED) {
            send_again(transaction);
        }
        return true;
    }
    if (transaction->state == COMPLETED) {
        timer_wheel_stop(transactions->wheel, &transaction->repeat);
        transaction->state = CONFIRMED;
        if (sip_flow_reliable(&transaction->flow)) {
            transaction_end(transaction);
        } else {
            transaction_start(transaction, &transaction->deadline, transactions->t4_ms,
                              transaction_deadline_end); /* timer I */
        }
        return true;
    }
    return transaction->state == CONFIRMED;
}

struct sip_transaction *sip_transactions_cancelled(struct sip_transactions *transactions,
                                                   const struct sip_message *cancel) {
    char key[TRANSACTION_KEY_MAX];
    const size_t length = transaction_server_key(cancel, sip_text_of("INVITE"), key);
    return length == 0 ? NULL : find(transactions, key, length);
}

/* ---- client ---- */

/* Sends the request for the first time. */
void transaction_send_first(struct sip_transaction *transaction) {
    transaction->state = CALLING;
    transaction->repeated = 0;
    if (!sip_flow_reliable(&transaction->flow)) {
        transaction->interval = transaction->timers.first_ms;
        transaction_start(transaction, &transaction->repeat, transaction->interval, repeat_message);
    }
    transaction_start(transaction, &transaction->deadline,
                      sip_timers_total_ms(&transaction->timers, transaction->invite),
                      deadline_timeout);
    send_again(transaction);
}

struct sip_transaction *sip_client_begin(struct sip_transactions *transactions,
                                         enum sip_method method, const char *branch,
                                         const struct sip_flow *flow, const char *data,
                                         size_t length, const struct sip_transaction_events *events,
                                         void *user) {
    return sip_client_begin_timed(transactions, NULL, method, branch, flow, data, length, events,
                                  user);
}

struct sip_transaction *
sip_client_begin_timed(struct sip_transactions *transactions, const struct sip_timers *timers,
                       enum sip_method method, const char *branch, const struct sip_flow *flow,
                       const char *data, size_t length, const struct sip_transaction_events *events,
                       void *user) {
    const struct sip_timers usual = {transactions->t1_ms, transactions->t2_ms, UINT_MAX};
    char key[TRANSACTION_KEY_MAX];
    struct sip_transaction *transaction = transaction_begin(
        transactions, key, transaction_client_key(sip_text_of(branch), method, key), flow, events,
        user);
    if (transaction == NULL) {
        return NULL;
    }
    transaction->invite = method == SIP_INVITE;
    transaction->timers = timers == NULL ? usual : *timers;
    keep_outbound(transaction, data, length);
    if (transaction->message == NULL) {
        transaction->user = NULL;
        transaction_end(transaction);
        return NULL;
    }
    transaction_choose_transport(transaction);
    transaction_send_first(transaction);
    return transaction;
}

void sip_client_give_up(struct sip_transaction *transaction) {
    transaction->user = NULL;
    transaction_end(transaction);
}

/* The header lines of the request that its ACK (for a refusal) and its CANCEL repeat. */
static void write_companion(const struct sip_transaction *transaction, enum sip_method method,
                            struct sip_text to, const char *reason, struct sip_writer *writer) {
    static const char *const names[] = {"Via: ", "From: ", "Call-ID: "};
    static const enum sip_header_name headers[] = {SIP_VIA, SIP_FROM, SIP_CALL_ID};
    struct sip_message request;
    (void)sip_message_parse(transaction->message, transaction->message_length, &request);
    sip_put(writer, sip_method_text(method));
    sip_put(writer, " ");
    sip_put_value(writer, request.uri);
    sip_put(writer, " SIP/2.0\r\n");
    for (size_t i = 0; i < 3; i++) {
        sip_put(writer, names[i]);
        sip_put_value(writer, sip_message_header(&request, headers[i]));
        sip_put(writer, "\r\n");
    }
    for (size_t i = 0; i < request.count; i++) {
        if (request.headers[i].name == SIP_ROUTE) {
            sip_put(writer, "Route: ");
            sip_put_value(writer, request.headers[i].value);
            sip_put(writer, "\r\n");
        }
    }
    sip_put(writer, "To: ");
    sip_put_value(writer, to.length > 0 ? to : sip_message_header(&request, SIP_TO));
    sip_put(writer, "\r\nCSeq: ");
    sip_put_number(writer, request.cseq);
    sip_put(writer, " ");
    sip_put(writer, sip_method_text(method));
    sip_put(writer, "\r\nMax-Forwards: 70\r\n");
    sip_put(writer, reason);
    sip_put_body(writer, sip_text_of(""), sip_text_of(""));
}

static void acknowledge_refusal(struct sip_transaction *transaction,
                                const struct sip_message *response) {
    char buffer[4096];
    struct sip_writer writer;
    sip_writer_init(&writer, buffer, sizeof buffer);
    write_companion(transaction, SIP_ACK, sip_message_header(response, SIP_TO), "", &writer);
    if (!writer.overflow) {
        transaction->all->send(transaction->all->user, &transaction->flow, writer.data,
                               writer.used);
    }
}

static void send_cancel(struct sip_transaction *transaction, const char *reason) {
    char buffer[4096];
    struct sip_writer writer;
    struct sip_via via;
    char branch[128];
    struct sip_message request;
    (void)sip_message_parse(transaction->message, transaction->message_length, &request);
    if (!sip_via_parse(sip_message_header(&request, SIP_VIA), &via) ||
        !sip_text_copy(via.branch, branch, sizeof branch)) {
        return;
    }
    sip_writer_init(&writer, buffer, sizeof buffer);
    write_companion(transaction, SIP_CANCEL, sip_text_of(""), reason, &writer);
    if (!writer.overflow) {
        (void)sip_client_begin_timed(transaction->all, &transaction->timers, SIP_CANCEL, branch,
                                     &transaction->flow, writer.data, writer.used, NULL, NULL);
    }
    /* RFC 3261 9.1: a peer that answers only the CANCEL must not keep the INVITE for ever. */
    transaction_start(transaction, &transaction->deadline, 64 * (uint64_t)transaction->all->t1_ms,
                      deadline_timeout);
}

void sip_client_cancel(struct sip_transaction *transaction, const char *reason) {
    transaction->cancelled = true;
    if (transaction->state == CALLING) {
        free(transaction->cancel_reason);
        transaction->cancel_reason = reason[0] == '\0' ? NULL : strdup(reason);
    } else if (transaction->state == PROCEEDING) {
        send_cancel(transaction, reason);
    }
}

static void invite_response(struct sip_transaction *transaction,
                            const struct sip_message *response) {
    struct sip_transactions *transactions = transaction->all;
    if (transaction->state == COMPLETED) {
        if (response->status >= 300) {
            acknowledge_refusal(transaction, response);
        }
        return;
    }
    timer_wheel_stop(transactions->wheel, &transaction->repeat);
    if (response->status < 200) {
        if (transaction->state == CALLING) {
            transaction->state = PROCEEDING;
            timer_wheel_stop(transactions->wheel, &transaction->deadline);
            if (transaction->cancelled) {
                send_cancel(transaction, sj_or_empty(transaction->cancel_reason));
            }
        }
        if (transaction->user != NULL) {
            transaction->events->response(transaction->user, transaction, response);
        }
        return;
    }
    if (response->status >= 300) {
        acknowledge_refusal(transaction, response);
        if (transaction_answer_challenge(transaction, response)) {
            return;
        }
    }
    transaction->state = COMPLETED;
    if (transaction->user != NULL) {
        transaction->events->response(transaction->user, transaction, response);
    }
    if (response->status < 300 || sip_flow_reliable(&transaction->flow)) {
        transaction_end(transaction);
    } else {
        transaction_start(transaction, &transaction->deadline, 64 * (uint64_t)transactions->t1_ms,
                          transaction_deadline_end); /* timer D */
    }
}

static void other_response(struct sip_transaction *transaction,
                           const struct sip_message *response) {
    if (transaction->state == COMPLETED) {
        return;
    }
    if (response->status < 200) {
        transaction->state = PROCEEDING;
        transaction->interval = transaction->timers.most_ms;
    } else if (transaction_answer_challenge(transaction, response)) {
        return;
    } else {
        transaction->state = COMPLETED;
        timer_wheel_stop(transaction->all->wheel, &transaction->repeat);
    }
    if (transaction->user != NULL) {
        transaction->events->response(transaction->user, transaction, response);
    }
    if (transaction->state == COMPLETED) {
        if (sip_flow_reliable(&transaction->flow)) {
            transaction_end(transaction);
        } else {
            transaction_start(transaction, &transaction->deadline, transaction->all->t4_ms,
                              transaction_deadline_end); /* timer K */
        }
    }
}

bool sip_transactions_response(struct sip_transactions *transactions,
                               const struct sip_message *response) {
    char key[TRANSACTION_KEY_MAX];
    struct sip_via via;
    size_t length = 0;
    struct sip_transaction *transaction;
    /* With a second Via it is on the way to somebody else (RFC 3261 8.1.3.3). */
    if (sip_values_count(response, SIP_VIA) == 1 &&
        sip_via_parse(sip_message_header(response, SIP_VIA), &via)) {
        length = transaction_client_key(via.branch, response->method, key);
    }
    transaction = length == 0 ? NULL : find(transactions, key, length);
    if (transaction == NULL) {
        return false;
    }
    if (transaction->invite) {
        invite_response(transaction, response);
    } else {
        other_response(transaction, response);
    }
    return true;
}

/* Later, from the wheel: the timeout may begin and end other transactions. */
static void fail_soon(struct sip_transaction *transaction, const char *reason) {
    (void)snprintf(transaction->failure, sizeof transaction->failure, "%s", reason);
    transaction_start(transaction, &transaction->deadline, 0, deadline_timeout);
}

void sip_transactions_flow_lost(struct sip_transactions *transactions, const struct sip_flow *flow,
                                const char *reason) {
    sj_map_place place = {0};
    for (struct sip_transaction *transaction;
         (transaction = SJ_OWNER(sj_map_walk(&transactions->table, &place), struct sip_transaction,
                                 link)) != NULL;) {
        if (!transaction->server && transaction->state != COMPLETED &&
            sip_flow_equal(&transaction->flow, flow)) {
            fail_soon(transaction, reason);
        }
    }
}

bool sip_transactions_undelivered(struct sip_transactions *transactions,
                                  const struct sip_flow *flow, const char *data, size_t length,
                                  const char *reason) {
    char key[TRANSACTION_KEY_MAX];
    const size_t key_length = transaction_quoted_key(data, length, key);
    struct sip_transaction *transaction =
        key_length == 0 ? NULL : find(transactions, key, key_length);
    struct sip_message request;
    if (transaction == NULL || transaction->state != CALLING ||
        !sip_flow_equal(&transaction->flow, flow) ||
        !sip_message_parse(transaction->message, transaction->message_length, &request) ||
        sip_is_within_dialog(&request)) {
        return false;
    }
    fail_soon(transaction, reason);
    return true;
}

const char *sip_transaction_failure(const struct sip_transaction *transaction) {
    return transaction->failure;
}

void *sip_transaction_user(const struct sip_transaction *transaction) {
    return transaction->user;
}

bool sip_transaction_is(const struct sip_transaction *transaction,
                        const struct sip_transaction_events *events) {
    return transaction->events == events;
}

const struct sip_flow *sip_transaction_flow(const struct sip_transaction *transaction) {
    return &transaction->flow;
}

void sip_transaction_detach(struct sip_transaction *transaction) {
    transaction->user = NULL;
}
