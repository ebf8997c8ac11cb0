/* Streams without a network. The plugin's side belongs to a scope; the test's side, the peer, to
 * the kit. */
#include <stdlib.h>
#include <string.h>

#include <sojourn/net.h>

#include "host/core/callback.h"
#include "kit.h"

enum { CONNECT_TIMEOUT_MS = 10000 };

struct fake_listener {
    sj_handle handle;
    sj_list_link link;
    sj_address local;
    sj_accept_fn accepted;
    void *user;
    bool tls;
};

struct fake_stream {
    sj_handle handle; /* a sj_stream * is a struct fake_stream * */
    struct sj_testkit_peer *peer;
    sj_stream_events events;
    void *user;
    struct later end;
    struct timer_item timeout;
    int status;
    char reason[128];
    sj_testkit_tls shown; /* under TLS */
    bool owned, open, ended, tls;
};

struct sj_testkit_peer {
    struct sj_testkit_peer *next;
    sj_testkit *kit;
    struct fake_stream *stream; /* NULL once closed */
    sj_address local, remote;   /* as the plugin sees them */
    sj_text received;
    bool outgoing;
};

static struct fake_stream *fake(const sj_stream *stream) {
    return (struct fake_stream *)(uintptr_t)stream;
}

/* The last callback, from the loop; then the stream is gone. */
static void stream_ended(struct later *item) {
    struct fake_stream *stream =
        (struct fake_stream *)(void *)((char *)item - offsetof(struct fake_stream, end));
    if (stream->events.on_close != NULL) {
        struct bracket bracket = sj_enter(stream->handle.scope, "stream");
        stream->events.on_close(stream->user, (sj_stream *)stream, stream->status, stream->reason);
        sj_leave(&bracket);
    }
    if (stream->peer != NULL) {
        stream->peer->stream = NULL;
    }
    sj_handle_release(&stream->handle);
}

static void end_stream(struct fake_stream *stream, int status, const char *reason) {
    struct node *node = sj_scope_node(stream->handle.scope);
    if (!stream->ended) {
        stream->ended = true;
        sj_timer_clear(node, &stream->timeout);
        stream->status = status;
        (void)snprintf(stream->reason, sizeof stream->reason, "%s", reason);
        sj_later_add(&node->later, &stream->end, stream_ended);
    }
}

static void stream_close(sj_handle *handle) {
    end_stream((struct fake_stream *)handle, SJ_OK, "closed");
}

static struct fake_stream *new_stream(sj_scope *scope, const char *here, const char *name,
                                      struct sj_testkit_peer *peer) {
    struct fake_stream *stream = sj_node_alloc(sj_scope_node(scope), sizeof *stream);
    if (stream == NULL ||
        sj_handle_init(&stream->handle, scope, "stream", here, name, stream_close) != SJ_OK) {
        free(stream);
        return NULL;
    }
    stream->peer = peer;
    peer->stream = stream;
    return stream;
}

static struct sj_testkit_peer *new_peer(sj_testkit *kit, const sj_address *local,
                                        const sj_address *remote) {
    struct sj_testkit_peer *peer = kit_need(sizeof *peer);
    peer->kit = kit;
    peer->local = *local;
    peer->remote = *remote;
    peer->next = kit->peers;
    kit->peers = peer;
    return peer;
}

static void listener_close(sj_handle *handle) {
    sj_list_remove(&((struct fake_listener *)handle)->link);
    sj_handle_release(handle);
}

/* The one that listens at that address and port. */
static struct fake_listener *find_bound(const sj_testkit *kit, const sj_address *local) {
    SJ_LIST_EACH(listener, &kit->listeners, struct fake_listener, link) {
        if (sj_address_equal(&listener->local, local)) {
            return listener;
        }
    }
    return NULL;
}

/* The first one at that port, if there is one of the caller's family. */
static struct fake_listener *find_listener(const sj_testkit *kit, int port,
                                           const sj_address *from) {
    struct fake_listener *found = NULL;
    SJ_LIST_EACH(listener, &kit->listeners, struct fake_listener, link) { /* the newest first */
        if (ntohs(listener->local.v4.sin_port) == port &&
            (found == NULL || listener->local.any.sa_family == from->any.sa_family)) {
            found = listener;
        }
    }
    return found;
}

static sj_handle *fake_listen(sj_scope *scope, const char *here, const char *address, int port,
                              bool tls, sj_accept_fn accepted, void *user, sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    struct fake_listener *listener;
    sj_address local;
    char name[48];
    port = port == 0 ? kit->next_port++ : port;
    if (sj_address_parse(address, port, &local) != SJ_OK || find_bound(kit, &local) != NULL) {
        (void)sj_error_set(error, SJ_E_IO,
                           "cannot listen on %s:%d: wrong address, or already in use", address,
                           port);
        return NULL;
    }
    listener = sj_node_alloc(&kit->node, sizeof *listener);
    (void)snprintf(name, sizeof name, "%.38s:%d", address, port);
    if (listener == NULL ||
        sj_handle_init(&listener->handle, scope, "listener", here, name, listener_close) != SJ_OK) {
        free(listener);
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "cannot listen on %s:%d: out of memory, or being stopped", address,
                           port);
        return NULL;
    }
    listener->local = local;
    listener->accepted = accepted;
    listener->user = user;
    listener->tls = tls;
    sj_list_add_first(&kit->listeners, &listener->link);
    return &listener->handle;
}

static void connect_timeout(struct timer_item *item) {
    struct fake_stream *stream =
        (struct fake_stream *)(void *)((char *)item - offsetof(struct fake_stream, timeout));
    end_stream(stream, SJ_E_TIMEOUT, "no connection within 10 s");
}

static sj_stream *connect_stream(sj_scope *scope, const char *here, const sj_address *to, bool tls,
                                 const sj_stream_events *events, void *user, sj_error *error) {
    sj_testkit *kit = kit_of(scope);
    struct fake_stream *stream;
    sj_address local;
    char name[SJ_ADDRESS_TEXT];
    const char *own = sj_node_address_of(&kit->node.facts, to->any.sa_family);
    (void)sj_address_parse(own != NULL ? own : kit->address, kit->next_port++, &local);
    (void)sj_address_format(to, name, sizeof name);
    stream = new_stream(scope, here, name, new_peer(kit, &local, to));
    if (stream == NULL) {
        (void)sj_error_set(error, SJ_E_NO_MEMORY,
                           "cannot connect to %s: out of memory, or being stopped", name);
        return NULL;
    }
    stream->peer->outgoing = true;
    stream->tls = tls;
    stream->events = *events;
    stream->user = user;
    stream->owned = true;
    (void)sj_timer_set(&kit->node, &stream->timeout, CONNECT_TIMEOUT_MS, connect_timeout);
    return (sj_stream *)stream;
}

static sj_stream *fake_connect(sj_scope *scope, const char *here, const sj_address *to,
                               const char *tls_peer_cluster, const sj_stream_events *events,
                               void *user, sj_error *error) {
    return connect_stream(scope, here, to, tls_peer_cluster != NULL, events, user, error);
}

static sj_stream *fake_connect_tls(sj_scope *scope, const char *here, const sj_address *to,
                                   const char *purpose, const char *server_name,
                                   const sj_stream_events *events, void *user, sj_error *error) {
    (void)purpose;
    (void)server_name;
    return connect_stream(scope, here, to, true, events, user, error);
}

static int fake_tls_peer(sj_stream *given, sj_tls_peer *peer) {
    const struct fake_stream *stream = fake(given);
    const sj_testkit_tls *shown = &stream->shown;
    if (!stream->tls || !stream->open) {
        return SJ_E_UNAVAILABLE;
    }
    *peer = (sj_tls_peer){.size = sizeof *peer,
                          .version = "TLSv1.3",
                          .cipher = "TLS_AES_256_GCM_SHA384",
                          .certificate = shown->common_name != NULL,
                          .subject = sj_or_empty(shown->common_name),
                          .common_name = sj_or_empty(shown->common_name),
                          .names = shown->names,
                          .names_count = shown->names_count};
    return SJ_OK;
}

static int fake_tls_verify(sj_stream *given, const char *purpose, sj_error *error) {
    const struct fake_stream *stream = fake(given);
    const char *trusted_for = stream->shown.trusted_for;
    if (!stream->tls || stream->shown.common_name == NULL) {
        return sj_error_set(error, SJ_E_UNTRUSTED,
                            stream->tls ? "it shows no certificate" : "there is no TLS");
    }
    return trusted_for != NULL && strcmp(trusted_for, purpose) == 0
               ? SJ_OK
               : sj_error_set(
                     error, SJ_E_UNTRUSTED,
                     "its certificate is not trusted: unable to get local issuer certificate");
}

static void fake_set(sj_stream *given, sj_scope *owner, const sj_stream_events *events,
                     void *user) {
    struct fake_stream *stream = fake(given);
    stream->events = *events;
    stream->user = user;
    stream->owned = true;
    if (stream->handle.scope != owner && !stream->handle.closing && !sj_scope_closing(owner)) {
        char name[48];
        const char *here = stream->handle.here;
        (void)snprintf(name, sizeof name, "%s", stream->handle.name);
        sj_handle_done(&stream->handle);
        (void)sj_handle_init(&stream->handle, owner, "stream", here, name, stream_close);
    }
}

static int fake_write(sj_stream *given, const void *data, size_t length) {
    struct fake_stream *stream = fake(given);
    struct sj_testkit_peer *peer = stream->peer;
    if (stream->handle.closing || stream->ended || !stream->open) {
        return stream->open || stream->handle.closing ? SJ_E_CANCELLED : SJ_E_INVALID;
    }
    sj_text_add(&peer->received, data, length);
    kit_record_bytes(peer->kit, "stream", &peer->local, &peer->remote, data, length);
    return SJ_OK;
}

static size_t fake_pending(const sj_stream *stream) {
    (void)stream;
    return 0;
}

static void fake_peer(const sj_stream *given, sj_address *peer, sj_address *local) {
    const struct fake_stream *stream = fake(given);
    if (peer != NULL) {
        *peer = stream->peer->remote;
    }
    if (local != NULL) {
        *local = stream->peer->local;
    }
}

static void fake_close(sj_stream *stream) {
    if (stream != NULL) {
        sj_host_handle_close(&fake(stream)->handle);
    }
}

static void notify_open(struct fake_stream *stream) {
    if (stream->events.on_open != NULL && !stream->handle.closing) {
        struct bracket bracket = sj_enter(stream->handle.scope, "stream");
        stream->events.on_open(stream->user, (sj_stream *)stream);
        sj_leave(&bracket);
    }
}

static sj_testkit_peer *connect_peer(sj_testkit *kit, int port, const char *from_address,
                                     int from_port, const sj_testkit_tls *tls) {
    struct fake_listener *listener;
    struct sj_testkit_peer *peer;
    struct fake_stream *stream;
    struct bracket bracket;
    sj_address from;
    if (sj_address_parse(from_address, from_port, &from) != SJ_OK) {
        return NULL;
    }
    listener = find_listener(kit, port, &from);
    if (listener == NULL || listener->tls != (tls != NULL)) {
        return NULL;
    }
    peer = new_peer(kit, &listener->local, &from);
    stream = new_stream(listener->handle.scope, listener->handle.here, from_address, peer);
    if (stream == NULL) {
        return NULL;
    }
    stream->open = true;
    stream->tls = tls != NULL;
    if (tls != NULL) {
        stream->shown = *tls;
    }
    bracket = sj_enter(listener->handle.scope, "accept");
    listener->accepted(listener->user, (sj_stream *)stream);
    sj_leave(&bracket);
    if (!stream->owned) {
        end_stream(stream, SJ_OK, "not taken");
    } else {
        notify_open(stream);
    }
    sj_testkit_run(kit);
    return peer->stream == NULL ? NULL : peer;
}

sj_testkit_peer *sj_testkit_connect(sj_testkit *kit, int port, const char *from_address,
                                    int from_port) {
    return connect_peer(kit, port, from_address, from_port, NULL);
}

sj_testkit_peer *sj_testkit_connect_tls(sj_testkit *kit, int port, const char *from_address,
                                        int from_port, const sj_testkit_tls *tls) {
    return connect_peer(kit, port, from_address, from_port, tls);
}

sj_testkit_peer *sj_testkit_outgoing(sj_testkit *kit, size_t index) {
    size_t count = 0;
    for (struct sj_testkit_peer *peer = kit->peers; peer != NULL; peer = peer->next) {
        count += peer->outgoing;
    }
    for (struct sj_testkit_peer *peer = kit->peers; peer != NULL; peer = peer->next) {
        if (peer->outgoing && --count == index) {
            return peer;
        }
    }
    return NULL;
}

void sj_testkit_destination(const sj_testkit_peer *peer, sj_address *to) {
    *to = peer->remote;
}

void sj_testkit_accept(sj_testkit_peer *peer) {
    struct fake_stream *stream = peer->stream;
    if (stream != NULL && !stream->open && !stream->handle.closing) {
        stream->open = true;
        sj_timer_clear(&peer->kit->node, &stream->timeout);
        notify_open(stream);
        sj_testkit_run(peer->kit);
    }
}

void sj_testkit_accept_tls(sj_testkit_peer *peer, const sj_testkit_tls *tls) {
    if (peer->stream != NULL && peer->stream->tls) {
        peer->stream->shown = *tls;
        sj_testkit_accept(peer);
    }
}

void sj_testkit_write(sj_testkit_peer *peer, const void *data, size_t length) {
    struct fake_stream *stream = peer->stream;
    if (stream != NULL && stream->open && !stream->handle.closing && !stream->ended) {
        char *copy = kit_need(length);
        struct bracket bracket = sj_enter(stream->handle.scope, "stream");
        memcpy(copy, data, length);
        stream->events.on_data(stream->user, (sj_stream *)stream, copy, length);
        sj_leave(&bracket);
        free(copy);
        sj_testkit_run(peer->kit);
    }
}

const char *sj_testkit_received(sj_testkit_peer *peer, size_t *length) {
    if (length != NULL) {
        *length = peer->received.length;
    }
    return sj_or_empty(peer->received.data);
}

void sj_testkit_hang_up(sj_testkit_peer *peer, int status, const char *reason) {
    if (peer->stream != NULL) {
        end_stream(peer->stream, status, reason);
        sj_testkit_run(peer->kit);
    }
}

bool sj_testkit_closed(const sj_testkit_peer *peer) {
    return peer->stream == NULL;
}

void kit_stream_close(sj_testkit *kit) {
    while (kit->peers != NULL) {
        struct sj_testkit_peer *peer = kit->peers;
        kit->peers = peer->next;
        sj_text_clear(&peer->received);
        free(peer);
    }
}

/* The same at both ends of all connections. */
static int fake_tls_channel(sj_stream *opaque, sj_tls_channel *channel) {
    const struct fake_stream *stream = (const struct fake_stream *)(const void *)opaque;
    return stream->tls ? kit_tls_channel(channel) : SJ_E_UNAVAILABLE;
}

int kit_tls_channel(sj_tls_channel *channel) {
    const size_t size = channel->size;
    sj_tls_channel known = {.size = sizeof known, .binding = "a connection of the test kit"};
    memset(known.fingerprint, 'a', sizeof known.fingerprint - 1);
    memcpy(channel, &known, size < sizeof known ? size : sizeof known);
    return SJ_OK;
}

void kit_stream_fill(sj_host *table) {
    table->stream_listen = fake_listen;
    table->stream_connect = fake_connect;
    table->stream_connect_tls = fake_connect_tls;
    table->stream_tls_peer = fake_tls_peer;
    table->stream_tls_verify = fake_tls_verify;
    table->stream_tls_channel = fake_tls_channel;
    table->stream_set = fake_set;
    table->stream_write = fake_write;
    table->stream_pending = fake_pending;
    table->stream_peer = fake_peer;
    table->stream_close = fake_close;
}
