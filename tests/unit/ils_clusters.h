/* Clusters that exchange with each other in process, and messages of a test's own making: for the
 * tests of the Intercluster Lookup Service's core. */
#ifndef ILS_CLUSTERS_H
#define ILS_CLUSTERS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/exchange.h"
#include "core/lookup.h"

enum { INTERVAL = 60000 };

static inline struct ils_peer_id peer(unsigned number) {
    struct ils_peer_id id = {{0}};
    id.bytes[0] = (unsigned char)(number >> 8);
    id.bytes[1] = (unsigned char)number;
    id.bytes[15] = 1;
    return id;
}

static inline struct ils *cluster(unsigned number, enum ils_role role) {
    const struct ils_peer_id id = peer(number);
    char name[16], route[24];
    (void)snprintf(name, sizeof name, "c%u", number);
    (void)snprintf(route, sizeof route, "%s.example", name);
    struct ils *ils = ils_new(&id, name, 1, 0);
    assert_non_null(ils);
    const struct ils_settings settings = {.role = role,
                                          .registrar = number != 1,
                                          .interval_ms = INTERVAL,
                                          .most_learned = 100000,
                                          .cluster_id = name,
                                          .route = route,
                                          .detail = "{}"};
    ils_configure(ils, &settings, 0);
    return ils;
}

static inline void set_limit(struct ils *ils, size_t most) {
    ils->table.most_learned = most;
}

static inline void state_uri(struct ils *ils, const char *uri, const char *number) {
    char key[ILS_KEY_MAX + 1];
    assert_int_equal(ils_canonical(ILS_DIRECTORY_URI, uri, key, NULL), SJ_OK);
    const struct ils_fact fact = {.kind = ILS_DIRECTORY_URI,
                                  .key = key,
                                  .failover = number[0] != '\0',
                                  .number = number,
                                  .route = ""};
    assert_int_equal(ils_publish(ils, &fact), SJ_OK);
}

static inline void state_users(struct ils *owner, const char *prefix, int count) {
    for (int i = 0; i < count; i++) {
        char uri[80];
        (void)snprintf(uri, sizeof uri, "%s%d@example.com", prefix, i);
        state_uri(owner, uri, "");
    }
}

static inline void withdraw_users(struct ils *owner, const char *prefix, int count) {
    for (int i = 0; i < count; i++) {
        char uri[80];
        (void)snprintf(uri, sizeof uri, "%s%d@example.com", prefix, i);
        assert_int_equal(ils_withdraw(owner, ILS_DIRECTORY_URI, uri), SJ_OK);
    }
}

/* One exchange from `a` to `b`, to its end; the number of requests. */
static inline unsigned exchange(struct ils *a, struct ils *b, int64_t now) {
    struct ils_exchange one;
    ils_tick(a, now);
    ils_hurry(a, now);
    struct ils_neighbor *neighbor = ils_due(a, now);
    assert_non_null(neighbor);
    ils_exchange_begin(a, &one, neighbor, now);
    enum ils_progress progress = ILS_AGAIN;
    while (progress == ILS_AGAIN) {
        sj_text request = {0}, reply = {0};
        sj_error error = {0};
        ils_exchange_request(a, &one, now, &request);
        assert_int_equal(ils_answer(b, now, request.data, request.length, NULL, &reply, &error),
                         SJ_OK);
        progress = ils_exchange_reply(a, &one, now, reply.data, reply.length, &error);
        sj_text_clear(&request);
        sj_text_clear(&reply);
    }
    const unsigned rounds = one.rounds;
    ils_exchange_end(a, &one, progress == ILS_FAILED ? "refused" : NULL, now);
    return rounds;
}

static inline bool knows(const struct ils *ils, const char *dialled, struct ils_found *found) {
    return ils_lookup(ils, dialled, NULL, 0, found);
}

/* What `from` says to `to` in a request of its own making. */
static inline sj_text say(unsigned from, enum ils_role role) {
    const struct ils_sender sender = {.peer = peer(from), .role = role, .partial = true};
    sj_text message = {0};
    ils_wire_begin(&message, ILS_REQUEST, &sender);
    return message;
}

static inline int hear(struct ils *to, sj_text *message, const char *cluster_id, int64_t now) {
    sj_text reply = {0};
    sj_error error = {0};
    const int status =
        ils_answer(to, now, message->data, message->length, cluster_id, &reply, &error);
    sj_text_clear(message);
    sj_text_clear(&reply);
    return status;
}

#endif
