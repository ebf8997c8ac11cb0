/* A link: one connection (TCP or unix socket), plain or under TLS, on the loop. Streams and HTTP
 * connections are built over it.
 *
 * What is written is sent at the end of the loop's iteration, or by sj_link_flush at once. Errors
 * of sending are reported later through `ended`, never from within a call. The owner embeds the
 * struct and frees it in `closed`. */
#ifndef SJ_HOST_NET_LINK_H
#define SJ_HOST_NET_LINK_H

#include <openssl/ssl.h>
#include <uv.h>

#include <sojourn/base/list.h>
#include <sojourn/types.h>

#include "host/net/bytes.h"
#include "host/net/net.h"

struct net;
struct link;

struct link_events {
    void (*opened)(struct link *link); /* connected or accepted, TLS done; may be NULL */
    void (*data)(struct link *link, char *data,
                 size_t length); /* may be changed in place; gone on return */
    void (*ended)(struct link *link, int status,
                  const char *reason);  /* once: the peer sends no more (SJ_OK), or it failed */
    void (*drained)(struct link *link); /* nothing waits to be sent any more; may be NULL */
    void (*expired)(struct link *link); /* `deadline` passed (it is 0 again); may be NULL */
    void (*closed)(struct link *link);  /* last */
};

enum link_state {
    LINK_NEW,
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_OPEN,
    LINK_FINISHING,
    LINK_CLOSED
};

struct link {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    union {
        uv_connect_t connect;
        uv_shutdown_t shutdown;
    } request;
    uv_write_t write;
    const struct link_events *events;
    struct net *net;
    sj_list_link in_net;        /* of all links */
    sj_list_link in_dirty;      /* of those to be flushed */
    sj_list_link in_handshakes; /* of those that wait for a turn (handshakes.h) */
    SSL *ssl;
    BIO *from_wire, *to_wire; /* owned by ssl */
    struct bytes out;         /* waits to be sent; under TLS still plain */
    struct bytes flying;      /* given to the kernel's queue */
    uint64_t deadline;        /* loop milliseconds; 0 none */
    uint64_t finish_by, moved_at;
    size_t queue_seen;
    int failed; /* reported by the next flush */
    char reason[160];
    enum link_state state;
    bool in_flight, paused, pump, reported, linger, shutting, discarding;
    enum net_reserve reserve; /* what it was accepted with: say so and close it */
};

/* Prepares a TCP link, or a unix socket's (local). Must be ended by sj_link_abort or sj_link_finish
 * even when the next step fails. */
int sj_link_init(struct link *link, struct net *net, bool local, const struct link_events *events);

/* Takes a connection from a listening socket; reading starts. With `context` it is a TLS server. */
int sj_link_accept(struct link *link, uv_stream_t *listener, SSL_CTX *context, sj_error *error);

/* Begins to connect, from an address (port 0) or, with NULL, from whatever the system chooses;
 * `opened` or `ended` follows. With `context` it is a TLS client. */
int sj_link_connect(struct link *link, const sj_address *from, const sj_address *to,
                    SSL_CTX *context, sj_error *error);

/* Queues a copy. SJ_OK, SJ_E_CANCELLED when closed or failed, SJ_E_NO_MEMORY. */
int sj_link_write(struct link *link, const void *data, size_t length);
/* The same for what is large: sent at once without a copy as far as the kernel takes it. */
int sj_link_write_large(struct link *link, const void *data, size_t length);
void sj_link_flush(struct link *link);
size_t sj_link_pending(const struct link *link);

void sj_link_pause(struct link *link);
void sj_link_resume(struct link *link);

/* Closes when all has been sent, at the latest after `limit_ms`. `linger`: what the peer still
 * sends is read away for a moment, so that it sees the last words. Neither `data`, `drained` nor
 * `ended` follow, only `closed`. */
void sj_link_finish(struct link *link, uint64_t limit_ms, bool linger);
void sj_link_abort(struct link *link);

void sj_link_addresses(const struct link *link, sj_address *peer, sj_address *local);
uint64_t sj_link_now(const struct link *link);

/* For net.c. */
void sj_link_flush_all(struct net *net);
void sj_link_sweep_all(struct net *net);

/* Between link.c and link_tls.c. */
int sj_link_tls_start(struct link *link, SSL_CTX *context, bool server, sj_error *error);
void sj_link_tls_read(struct link *link, const char *data, size_t length);
void sj_link_tls_pump(struct link *link);
void sj_link_tls_step(struct link *link); /* the turn of its handshake has come */
void sj_link_pull(struct link *link);     /* reads on */
void sj_link_tls_seal(
    struct link *link); /* plain bytes waiting in `out` go into the records waiting in to_wire */
void sj_link_fail(struct link *link, int status,
                  const char *reason); /* reported by the next flush */
void sj_link_end(struct link *link, int status, const char *reason); /* reported now */
void sj_link_mark(struct link *link);

#endif
