/* What the files of the testkit share. */
#ifndef SOJOURN_TESTKIT_KIT_H
#define SOJOURN_TESTKIT_KIT_H

#include <sojourn/base/text.h>
#include <sojourn/testkit.h>

#include "host/core/node.h"
#include "host/core/timers.h"

struct entry {
    const char *kind; /* literal */
    char *text;
    sj_address to; /* of a datagram */
    void *data;
    size_t length;
};

struct tested_plugin {
    struct owner owner;         /* first */
    struct tested_plugin *next; /* newest first */
    sj_testkit *kit;
    const sj_plugin *descriptor;
    void *state;
    sj_scope *scope;
    bool running; /* from the start of init to after fini */
};

struct sj_testkit {
    struct node node; /* first: the node of a scope is its kit */
    uv_loop_t loop;
    uint64_t now_ms;
    int64_t wall_offset;
    char *cluster_id, *name, *role, *address, *state_directory;
    struct owner test_owner;
    sj_scope *scope; /* the test's */
    struct tested_plugin *plugins;
    sj_handle *tap;

    struct entry *entries;
    size_t entries_count, entries_room;

    sj_list_head sockets, listeners, routes; /* newest first */
    struct sj_testkit_peer *peers;           /* newest first */
    struct asked *asked;                     /* requests sent, with their replies */
    int next_port;

    sj_testkit_fetch_fn fetch;
    void *fetch_user;
    sj_testkit_dns_fn dns;
    void *dns_user;
    sj_testkit_decide_fn decide;
    void *decide_user;
    char **hashes;
    size_t hashes_count, hashes_room;
};

static inline sj_testkit *kit_of(const sj_scope *scope) {
    return (sj_testkit *)sj_scope_node(scope);
}

/* recorder.c */
void kit_record(sj_testkit *kit, const char *kind, const char *text);
/* Bytes between two ends, unprintable ones escaped. `data` is kept for sj_testkit_datagram_sent. */
void kit_record_bytes(sj_testkit *kit, const char *kind, const sj_address *from,
                      const sj_address *to, const void *data, size_t length);
void kit_recorder_open(sj_testkit *kit);
void kit_recorder_close(sj_testkit *kit);

/* Each fake part puts its functions into the table, and frees at the end what outlives scopes. */
void kit_udp_fill(sj_host *table);
void kit_stream_fill(sj_host *table);
int kit_tls_channel(sj_tls_channel *channel);
void kit_stream_close(sj_testkit *kit);
void kit_http_fill(sj_host *table);
void kit_http_close(sj_testkit *kit);
void kit_fetch_fill(sj_host *table);
void kit_dns_fill(sj_host *table);
void kit_job_fill(sj_host *table);
void kit_security_fill(sj_host *table);
void kit_security_close(sj_testkit *kit);

/* A call put off to the loop, owned by a scope: replies of fakes. NULL when the scope is closing.
 * `run` gets `user` and then the handle is gone; `drop` (may be NULL) is called instead when the
 * scope closes first. */
sj_handle *kit_defer(sj_scope *scope, const char *here, const char *kind, const char *name,
                     int64_t delay_ms, void (*run)(void *user), void (*drop)(void *user),
                     void *user);

/* Zeroed memory, or the end of the test program. */
void *kit_need(size_t bytes);
char *kit_copy(const char *text);

#endif
