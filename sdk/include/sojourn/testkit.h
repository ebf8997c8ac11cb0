/* The official fake host, for tests of plugins.
 *
 * Scopes, bus, records, store and parameters are the real ones (the store in memory). Time is
 * virtual: it moves only when the test says so, and then timers fire in their order. The network is
 * not there: what the plugin sends is recorded, what it receives the test injects. Jobs and secrets
 * are computed at once, on the loop. Everything is deterministic.
 *
 *     sj_testkit *kit = sj_testkit_open(NULL);
 *     assert_int_equal(sj_testkit_start(kit, &sj_plugin_descriptor, &error), SJ_OK);
 *     const sj_testkit_reply *reply = sj_testkit_get(kit,
 * "/emapp/EMAppServlet?device=SEP001122334455"); assert_int_equal(reply->status, 200);
 *     sj_testkit_advance(kit, 60000);
 *     assert_non_null(sj_testkit_find(kit, "event", "session.ended"));
 *     assert_int_equal(sj_testkit_end(kit, &error), SJ_OK);      // stops the plugin; fails when
 * anything is left
 *
 * Link sojourn_testkit. One thread. A kit is one node; several kits may live side by side. What is
 * returned by pointer lives until the next call that runs the kit (run, advance, a request ...),
 * unless said otherwise. */
#ifndef SOJOURN_TESTKIT_H
#define SOJOURN_TESTKIT_H

#include "sojourn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_testkit sj_testkit;

typedef struct sj_testkit_options {
    const char *cluster_id; /* "hq" */
    const char *node;       /* "hq-1" */
    const char *role;       /* "publisher" */
    const char *address;    /* "127.0.0.1" */
    int64_t wall_ms;        /* 2026-01-05 08:00:00 UTC */
    const sj_schema
        *schema; /* the built-in one; set it when the test links declarations of its own instead */
    const char *const *further_addresses; /* none; they must live as long as the kit */
    size_t further_addresses_count;
} sj_testkit_options;

/* `options` NULL, or members NULL or 0: the defaults above. Aborts the test program with a sentence
 * when it cannot be made. */
sj_testkit *sj_testkit_open(const sj_testkit_options *options);

/* Stops the plugins in reverse order, checks that nothing of the kit is left, frees it. SJ_OK, or
 * SJ_E_IN_USE with a sentence that lists what is left: kind, name and the line that made it. */
int sj_testkit_end(sj_testkit *kit, sj_error *error);

/* The test's own scope: for asking, publishing, subscribing and the store. Whoever asks through it
 * is "test". */
sj_scope *sj_testkit_scope(sj_testkit *kit);

/* Plugins. Start runs init and start; after a failure the plugin has been taken down again. Stop
 * waits, in virtual time, at most 30 s, else SJ_E_TIMEOUT naming what is awaited. A plugin may be
 * started again. */
int sj_testkit_start(sj_testkit *kit, const sj_plugin *descriptor, sj_error *error);
int sj_testkit_stop(sj_testkit *kit, const char *name, sj_error *error);
sj_scope *sj_testkit_plugin_scope(sj_testkit *kit,
                                  const char *name); /* NULL when it does not run */
void *sj_testkit_plugin_state(sj_testkit *kit, const char *name);
size_t sj_testkit_owned(sj_testkit *kit, const char *name,
                        const char *kind); /* live things of a kind; NULL: of all */

/* Runs what is ready, until nothing is; time stands still. */
void sj_testkit_run(sj_testkit *kit);
/* The same while time passes, timer by timer. */
void sj_testkit_advance(sj_testkit *kit, int64_t ms);
/* Advances until `condition` holds; false when it does not within `ms`. */
bool sj_testkit_until(sj_testkit *kit, bool (*condition)(void *user), void *user, int64_t ms);

/* Sets the wall clock, as an administrator or NTP does; the monotonic one goes on as it was. */
void sj_testkit_set_wall(sj_testkit *kit, int64_t wall_ms);

/* The recorder. What happened, in order, as text, by kind:
 *   "event"     `session.started {"trace_id":...}`        every event
 *   "log"       `warning em: no such user`                 every log line and trace step
 *   "udp"       `127.0.0.1:5060 > 127.0.0.9:5060 REGISTER...`  datagrams sent; unprintable bytes as
 * \xNN "http"      `POST https://... body`                    calls to others "stream"
 * `127.0.0.1:5060 > 127.0.0.9:40000 ...`     bytes written */
const char *sj_testkit_find(sj_testkit *kit, const char *kind,
                            const char *needle); /* the newest that holds `needle`, or NULL */
size_t sj_testkit_count(sj_testkit *kit, const char *kind,
                        const char *needle); /* how many; needle NULL: of the kind */
const char *sj_testkit_nth(sj_testkit *kit, const char *kind,
                           size_t index); /* from 0; NULL past the end */
void sj_testkit_forget(sj_testkit *kit);  /* starts the record anew */
void sj_testkit_print(sj_testkit *kit);   /* all of it, to stderr: for a failing test */

/* Requests to the plugin's HTTP routes. `path` may bear a query. */
typedef struct sj_testkit_request {
    const char *method; /* "GET" */
    const char *path;
    const char *content_type; /* NULL: none */
    const char *body;         /* NULL: none */
    size_t body_length;       /* 0: its strlen */
    const char *peer;         /* "127.0.0.9" */
    bool tls;
    const char *peer_cluster; /* NULL: none */
    const char *user;         /* NULL: nobody authenticated */
    const sj_http_header *headers;
    size_t headers_count;
    int port; /* 0: the node's own server; else the listener that the plugin opened there */
} sj_testkit_request;

typedef struct sj_testkit_reply {
    int status; /* 404: no route; 403, 401: as the route's flags say; 0: not answered yet */
    const char *content_type; /* "" when there is none */
    const char *body;         /* NUL-terminated */
    size_t body_length;
    const sj_http_header *headers;
    size_t headers_count;
} sj_testkit_reply;

/* Sends it and runs. The reply lives as long as the kit, and is filled in when the answer comes
 * later. */
const sj_testkit_reply *sj_testkit_send(sj_testkit *kit, const sj_testkit_request *request);
const sj_testkit_reply *sj_testkit_get(sj_testkit *kit, const char *path);
const sj_testkit_reply *sj_testkit_post_form(sj_testkit *kit, const char *path, const char *form);
/* A further header of a reply; NULL when absent. */
const char *sj_testkit_reply_header(const sj_testkit_reply *reply, const char *name);

/* Calls of the plugin to others: the responder fills `result` (already SJ_E_UNAVAILABLE) and
 * returns after how many ms it comes; negative: never. What `result` points to must live until the
 * call returns. Without responder nobody is reachable. */
typedef int64_t (*sj_testkit_fetch_fn)(void *user, const sj_http_call *call,
                                       sj_http_result *result);
void sj_testkit_on_fetch(sj_testkit *kit, sj_testkit_fetch_fn responder, void *user);

/* Questions to the DNS: the responder fills `answer` (already SJ_E_NOT_FOUND, holding for 30 s);
 * what that points to must live until the test ends. Without responder nothing is known. */
typedef void (*sj_testkit_dns_fn)(void *user, const char *name, sj_dns_type type,
                                  sj_dns_answer *answer);
void sj_testkit_on_dns(sj_testkit *kit, sj_testkit_dns_fn responder, void *user);

/* Datagrams to the UDP socket that the plugin has bound to `port`, at the first of the node's
 * addresses that is of the sender's family; SJ_E_NOT_FOUND when there is none. */
int sj_testkit_datagram(sj_testkit *kit, int port, const char *from_address, int from_port,
                        const void *data, size_t length);
/* The same to one of the node's addresses. */
int sj_testkit_datagram_to(sj_testkit *kit, const char *address, int port, const char *from_address,
                           int from_port, const void *data, size_t length);
/* A datagram that the plugin has sent from `port` did not get there (sj_udp_on_undelivered): where
 * it went, and what is quoted of it. SJ_E_NOT_FOUND when there is no such socket. */
int sj_testkit_undelivered(sj_testkit *kit, int port, const char *to_address, int to_port,
                           const void *data, size_t length, const char *reason);
/* The raw bytes of the index-th datagram sent since the last sj_testkit_forget; false past the end.
 */
bool sj_testkit_datagram_sent(sj_testkit *kit, size_t index, sj_address *to, const void **data,
                              size_t *length);

/* Streams. A peer is the other end; it lives as long as the kit. */
typedef struct sj_testkit_peer sj_testkit_peer;
/* Connects to the plugin's listener on `port`; NULL when there is none, or it did not take the
 * stream. */
sj_testkit_peer *sj_testkit_connect(sj_testkit *kit, int port, const char *from_address,
                                    int from_port);
/* The index-th connection that the plugin itself opened, from 0; NULL past the end. It is open once
 * accepted; unanswered ones fail after 10 s. */
sj_testkit_peer *sj_testkit_outgoing(sj_testkit *kit, size_t index);
void sj_testkit_accept(sj_testkit_peer *peer);
void sj_testkit_destination(const sj_testkit_peer *peer,
                            sj_address *to); /* where the plugin connects to */
/* The same over TLS, the handshake done: what the peer has shown. What it points to lives as long
 * as the kit. */
typedef struct sj_testkit_tls {
    const char *common_name;  /* NULL: it shows no certificate */
    const char *const *names; /* "DNS:gw.example" */
    size_t names_count;
    const char *trusted_for; /* "phones", "sip_trunks", "cluster/br"; NULL: nobody vouches for it */
} sj_testkit_tls;
sj_testkit_peer *sj_testkit_connect_tls(sj_testkit *kit, int port, const char *from_address,
                                        int from_port, const sj_testkit_tls *tls);
void sj_testkit_accept_tls(sj_testkit_peer *peer, const sj_testkit_tls *tls);
void sj_testkit_write(sj_testkit_peer *peer, const void *data,
                      size_t length); /* the plugin receives it */
const char *sj_testkit_received(sj_testkit_peer *peer,
                                size_t *length); /* all that the plugin has written */
void sj_testkit_hang_up(sj_testkit_peer *peer, int status, const char *reason);
bool sj_testkit_closed(const sj_testkit_peer *peer); /* from either side */

/* Configuration. A record from JSON, checked as always. A parameter's value as text ("25", "true",
 * "2:30"). */
int sj_testkit_put(sj_testkit *kit, const sj_resource_meta *resource, const char *json,
                   sj_error *error);
/* What people who remove the record are told: SJ_OK, or SJ_E_IN_USE and what the plugin said
 * (sj_on_removal). It stays. */
int sj_testkit_ask_removal(sj_testkit *kit, const sj_resource_meta *resource, const char *key,
                           sj_error *error);
int sj_testkit_set_param(sj_testkit *kit, const sj_param_meta *param, const char *value,
                         sj_error *error);

/* Policies: without this the built-in defaults decide. `decide` sees each decision as
 * sj_policy_decide does. */
typedef int (*sj_testkit_decide_fn)(void *user, const sj_policy_meta *meta, const char *trace_id,
                                    const void *input, void *output);
void sj_testkit_on_decide(sj_testkit *kit, sj_testkit_decide_fn decide, void *user);

/* The fake hash of a secret ("$argon2id$test$" and the plain text): what to compare with, or to put
 * into a record. Lives as long as the kit. */
const char *sj_testkit_hash(sj_testkit *kit, const char *plain);

/* Lets the n-th allocation from now fail (1: the next). 0: none. */
void sj_testkit_fail_allocation(sj_testkit *kit, long n);

/* A scope of a host that speaks an older ABI: the table's size is cut before the member at `size`.
 */
void sj_testkit_set_table_size(sj_testkit *kit, size_t size);

#ifdef __cplusplus
}
#endif
#endif
