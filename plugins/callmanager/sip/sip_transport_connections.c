/* Connections for SIP over TCP and TLS: messages are cut out of what arrives, what is written waits
 * until a connection is open, and those that nobody needs are closed. */
#include "sip/sip_transport_state.h"

#include <sojourn/base/text.h>
#include <sojourn/sojourn.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    CONNECTIONS_MAX = 200000,
    SILENT_MS = 15 * 1000,    /* a connection that never said anything sensible */
    HALF_MS = 10 * 1000,      /* a message that is not complete */
    STRANGER_MS = 120 * 1000, /* silence of one that has not shown that it belongs here */
    IDLE_MS = 2 * 3600 * 1000,
    RECEIVE_FIRST = 2048,
    WARN_AGAIN_MS = 60 * 1000,
    VERIFY_AGAIN_MS = 10 * 60 * 1000, /* certificates expire while connections stand */
};

struct sip_connection {
    sj_map_link link;
    struct sip_transport *transport;
    sj_stream *stream;
    struct sip_flow flow;
    struct connection_source *source;
    uint64_t last_ms; /* when it last brought a message, or was opened */
    uint64_t half_ms; /* when the message began that is not whole yet */
    bool proved;      /* it belongs here */
    bool spoken;      /* has brought a message */
    bool open;        /* connected */
    bool closing;
    bool outgoing;
    bool phone_verified;     /* its certificate is vouched for, for phones */
    unsigned verified_trust; /* as of this state of trust; 0: not asked */
    uint64_t verified_ms;
    sj_address local;
    uint32_t sent, got; /* bytes of messages that others were told of (passed) */
    char failure[160];  /* why it is being closed; "" as the host says */
    char *received;
    size_t received_length, received_room;
    sj_text waiting; /* written before it was open */
};

static struct sip_connection *find(const struct sip_transport *transport,
                                   const struct sip_flow *flow) {
    SJ_MAP_EACH_OF(connection, &transport->connections, sip_flow_hash(flow), struct sip_connection,
                   link) {
        if (!connection->closing && sip_flow_equal(&connection->flow, flow) &&
            (flow->local == 0 || connection->flow.local == 0 ||
             flow->local == connection->flow.local)) {
            return connection;
        }
    }
    return NULL;
}

static void connection_close(struct sip_connection *connection) {
    if (!connection->closing) {
        connection->closing = true;
        sj_stream_close(connection->transport->scope, connection->stream);
    }
}

/* Whoever wants to know is told of a message. */
static void tell(struct sip_connection *connection, bool received, const char *data,
                 size_t length) {
    const struct sip_transport *transport = connection->transport;
    const struct sip_passage passage = {received, &connection->flow, connection->local, data,
                                        length,   connection->sent,  connection->got};
    if (transport->passed != NULL) {
        *(received ? &connection->got : &connection->sent) += (uint32_t)length;
        transport->passed(transport->user, &passage);
    }
}

/* ---- receiving ---- */

static void receive_message(struct sip_connection *connection, const char *data, size_t length) {
    struct sip_transport *transport = connection->transport;
    const struct sip_flow flow = connection->flow; /* it may be closed by what the message does */
    struct sip_message message;
    if (sip_transport_admits(transport, &flow, data, length, &message)) {
        tell(connection, true, message.start, message.length);
        transport->receive(transport->user, &message, &flow);
    }
}

/* Takes whole messages off the front; returns how many bytes are used up, or -1 when the connection
 * is no good. */
static long take_messages(struct sip_connection *connection, const char *data, size_t length) {
    size_t used = 0;
    while (used < length && !connection->closing && !connection->transport->paused) {
        long size;
        if (data[used] == '\r' || data[used] == '\n') {
            /* Two line breaks are a ping (RFC 5626), answered with one. */
            if (length - used >= 4 && memcmp(data + used, "\r\n\r\n", 4) == 0) {
                (void)sj_stream_write(connection->transport->scope, connection->stream, "\r\n", 2);
                used += 4;
            } else if (length - used < 4 && memcmp(data + used, "\r\n\r\n", length - used) == 0 &&
                       length - used != 2) {
                break; /* perhaps the beginning of one */
            } else {
                used++;
            }
            continue;
        }
        size = sip_message_frame(data + used, length - used);
        if (size < 0) {
            return -1;
        }
        if (size == 0) {
            break;
        }
        connection->spoken = true;
        connection->last_ms = sj_monotonic_ms(connection->transport->scope);
        receive_message(connection, data + used, (size_t)size);
        used += (size_t)size;
    }
    return (long)used;
}

static bool limited(const struct sip_connection *connection, const char *why) {
    connection->transport->limited(connection->transport->user, &connection->flow, why);
    return false;
}

static void forget_rest(struct sip_connection *connection) {
    connection_limits_let_go(&connection->transport->limits, connection->source,
                             connection->received_room);
    free(connection->received);
    connection->received = NULL;
    connection->received_length = connection->received_room = 0;
}

/* Keeps what is not yet a whole message. */
static bool keep_rest(struct sip_connection *connection, const char *data, size_t length) {
    if (connection->received_length == 0) {
        connection->half_ms = sj_monotonic_ms(connection->transport->scope);
    }
    if (connection->received_length + length > connection->received_room) {
        size_t room = connection->received_room == 0 ? RECEIVE_FIRST : connection->received_room;
        char *grown;
        while (room < connection->received_length + length) {
            room *= 2;
        }
        if (!connection_limits_keep(&connection->transport->limits, connection->source,
                                    room - connection->received_room)) {
            return limited(connection, "too much of unfinished messages is kept already");
        }
        grown = realloc(connection->received, room);
        if (grown == NULL) {
            connection_limits_let_go(&connection->transport->limits, connection->source,
                                     room - connection->received_room);
            return false;
        }
        connection->received = grown;
        connection->received_room = room;
    }
    memcpy(connection->received + connection->received_length, data, length);
    connection->received_length += length;
    return true;
}

/* Takes the messages that have become whole among what was kept. */
static void take_kept(struct sip_connection *connection) {
    const long used = take_messages(connection, connection->received, connection->received_length);
    if (used < 0) {
        connection_close(connection);
        return;
    }
    connection->received_length -= (size_t)used;
    memmove(connection->received, connection->received + used, connection->received_length);
    if (used > 0) {
        connection->half_ms = sj_monotonic_ms(connection->transport->scope);
    }
    if (connection->received_length == 0) {
        forget_rest(connection);
    }
}

static void on_data(void *user, sj_stream *stream, const char *data, size_t length) {
    struct sip_connection *connection = user;
    long used;
    (void)stream;
    if (connection->closing) {
        return;
    }
    if (connection->received_length == 0) {
        used = take_messages(connection, data, length);
        if (used < 0 ||
            ((size_t)used < length && !keep_rest(connection, data + used, length - (size_t)used))) {
            connection_close(connection);
        }
        return;
    }
    if (!keep_rest(connection, data, length)) {
        connection_close(connection);
        return;
    }
    take_kept(connection);
}

void sip_transport_resume(struct sip_transport *transport) {
    sj_map_place place = {0};
    size_t count = 0;
    struct sip_flow *flows = calloc(transport->connections.count + 1,
                                    sizeof *flows); /* messages open and close connections */
    transport->paused = false;
    if (flows == NULL) {
        sj_log_warning(transport->scope,
                       "out of memory: received data of a SIP connection waits until more arrives");
        return;
    }
    for (const struct sip_connection *connection;
         (connection = SJ_OWNER(sj_map_walk(&transport->connections, &place), struct sip_connection,
                                link)) != NULL;) {
        if (connection->received_length > 0) {
            flows[count++] = connection->flow;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct sip_connection *connection = find(transport, &flows[i]);
        if (connection != NULL && connection->received_length > 0) {
            take_kept(connection);
        }
    }
    free(flows);
}

/* ---- opening and closing ---- */

static void connection_free(struct sip_connection *connection) {
    struct sip_transport *transport = connection->transport;
    (void)sj_map_remove(&transport->connections, &connection->link);
    forget_rest(connection);
    connection_limits_remove(&transport->limits, connection->source, connection->proved);
    sj_text_clear(&connection->waiting);
    free(connection);
}

/* Before anything is written to a peer that was called over TLS: whose certificate is it? */
static bool is_right_peer(struct sip_connection *connection, sj_stream *stream) {
    struct sip_transport *transport = connection->transport;
    sj_tls_peer peer = {.size = sizeof peer};
    if (connection->flow.transport != SJ_SIP_TRANSPORT_TLS || !connection->outgoing) {
        return true;
    }
    if (sj_stream_tls_peer(transport->scope, stream, &peer) != SJ_OK) {
        (void)snprintf(connection->failure, sizeof connection->failure,
                       "the connection is not encrypted");
        return false;
    }
    return transport->tls_judge(transport->user, &connection->flow, &peer, connection->failure,
                                sizeof connection->failure);
}

/* What has waited for the connection goes out. */
static void send_waiting(struct sip_connection *connection) {
    const char *at = connection->waiting.data;
    size_t left = connection->waiting.length;
    if (left > 0) {
        (void)sj_stream_write(connection->transport->scope, connection->stream, at, left);
    }
    for (long size; left > 0 && (size = sip_message_frame(at, left)) > 0;
         at += size, left -= (size_t)size) {
        tell(connection, false, at, (size_t)size);
    }
    sj_text_clear(&connection->waiting);
}

static void on_open(void *user, sj_stream *stream) {
    struct sip_connection *connection = user;
    sj_address peer;
    if (!is_right_peer(connection, stream)) {
        connection_close(connection);
        return;
    }
    connection->open = true;
    sj_stream_peer(connection->transport->scope, stream, &peer, &connection->local);
    if (connection->flow.local == 0) {
        connection->flow.local = sip_transport_number_of(connection->transport, &connection->local);
    }
    send_waiting(connection);
}

/* A peer that never got through its TLS handshake: what it did, at most once a minute. */
static void warn_of_handshake(struct sip_transport *transport, const struct sip_flow *flow,
                              const char *reason) {
    const uint64_t now = sj_monotonic_ms(transport->scope);
    char address[SJ_ADDRESS_TEXT];
    if (transport->warned_ms != 0 && now - transport->warned_ms < WARN_AGAIN_MS) {
        transport->unwarned++;
        return;
    }
    const int port = sj_address_format(&flow->remote, address, sizeof address);
    sj_log_warning(transport->scope,
                   "no SIP over TLS with %s port %d: %s (%u more since the last warning)", address,
                   port, reason, transport->unwarned);
    transport->warned_ms = now;
    transport->unwarned = 0;
}

static void on_close(void *user, sj_stream *stream, int status, const char *reason) {
    struct sip_connection *connection = user;
    struct sip_transport *transport = connection->transport;
    const struct sip_flow flow = connection->flow;
    char why[160];
    (void)stream;
    (void)snprintf(why, sizeof why, "%s",
                   connection->failure[0] != '\0' ? connection->failure : reason);
    reason = why;
    if (flow.transport == SJ_SIP_TRANSPORT_TLS && !connection->outgoing && !connection->open &&
        status != SJ_OK) {
        warn_of_handshake(transport, &flow, reason);
    }
    connection_free(connection);
    if (transport->closed != NULL) {
        transport->closed(transport->user, &flow, reason);
    }
}

static const sj_stream_events stream_events = {on_open, on_data, on_close};

static struct sip_connection *connection_new(struct sip_transport *transport,
                                             const struct sip_flow *flow) {
    struct sip_connection *connection =
        transport->connections.count >= CONNECTIONS_MAX ? NULL : calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->transport = transport;
    connection->flow = *flow;
    connection->last_ms = sj_monotonic_ms(transport->scope);
    connection->source = connection_limits_add(&transport->limits, &flow->remote);
    if (connection->source == NULL) {
        (void)limited(connection,
                      "there are too many connections that have not shown that they belong here");
        free(connection);
        return NULL;
    }
    sj_map_add(&transport->connections, &connection->link, sip_flow_hash(flow));
    return connection;
}

static void accepted(struct sip_transport *transport, sj_stream *stream, sj_sip_transport kind) {
    struct sip_flow flow = {.transport = kind};
    sj_address local;
    struct sip_connection *connection;
    sj_stream_peer(transport->scope, stream, &flow.remote, &local);
    flow.local = sip_transport_number_of(transport, &local);
    connection = connection_new(transport, &flow);
    if (connection == NULL) {
        return; /* not taken: the host closes it */
    }
    connection->stream = stream;
    connection->local = local;
    connection->open = kind != SJ_SIP_TRANSPORT_TLS; /* TLS: when the handshake is over */
    sj_stream_set(transport->scope, stream, &stream_events, connection);
}

void sip_connection_on_tcp(void *user, sj_stream *stream) {
    accepted(user, stream, SJ_SIP_TRANSPORT_TCP);
}

void sip_connection_on_tls(void *user, sj_stream *stream) {
    accepted(user, stream, SJ_SIP_TRANSPORT_TLS);
}

static void prove(struct sip_connection *connection) {
    if (!connection->proved) {
        connection->proved = true;
        connection_limits_prove(&connection->transport->limits, connection->source);
    }
}

void sip_transport_prove(struct sip_transport *transport, const struct sip_flow *flow) {
    struct sip_connection *connection =
        flow->transport == SJ_SIP_TRANSPORT_UDP ? NULL : find(transport, flow);
    if (connection != NULL) {
        prove(connection);
    }
}

/* ---- sending ---- */

static bool wait_for_open(struct sip_connection *connection, const char *data, size_t length) {
    if (connection->waiting.length + length > 4 * (size_t)SIP_MESSAGE_MAX) {
        return false;
    }
    sj_text_add(&connection->waiting, data, length);
    return !connection->waiting.failed;
}

/* A connection to a far address, opened from here. NULL when there can be none; `failure` says why.
 */
static struct sip_connection *connect_to(struct sip_transport *transport,
                                         const struct sip_flow *flow) {
    struct sip_connection *connection;
    struct sip_tls_call call;
    sj_error error;
    memset(&call, 0, sizeof call);
    if (flow->transport == SJ_SIP_TRANSPORT_TLS &&
        !transport->tls_call(transport->user, flow, &call)) {
        (void)sip_transport_fail(
            transport, SJ_E_UNAVAILABLE,
            "the peer's TLS connection was closed, and it belongs to no trunk that could be "
            "called");
        return NULL;
    }
    connection = connection_new(transport, flow);
    if (connection == NULL) {
        (void)sip_transport_fail(transport, SJ_E_LIMIT, "no further connection can be held");
        return NULL;
    }
    connection->spoken = true;
    prove(connection);
    connection->outgoing = true;
    connection->stream =
        flow->transport == SJ_SIP_TRANSPORT_TLS
            ? sj_stream_connect_tls(transport->scope, &flow->remote, call.purpose, call.server_name,
                                    &stream_events, connection, &error)
            : sj_stream_connect(transport->scope, &flow->remote, NULL, &stream_events, connection,
                                &error);
    if (connection->stream == NULL) {
        connection_free(connection);
        (void)sip_transport_fail(transport, SJ_E_UNAVAILABLE, error.text);
        return NULL;
    }
    return connection;
}

int sip_connection_send(struct sip_transport *transport, const struct sip_flow *flow,
                        const char *data, size_t length) {
    struct sip_connection *connection = find(transport, flow);
    int status;
    if (connection == NULL) {
        connection = connect_to(transport, flow);
        if (connection == NULL) {
            return SJ_E_UNAVAILABLE;
        }
    }
    if (!connection->open) {
        return wait_for_open(connection, data, length)
                   ? SJ_OK
                   : sip_transport_fail(transport, SJ_E_LIMIT,
                                        "too much waits for the connection to be made");
    }
    status = sj_stream_write(transport->scope, connection->stream, data, length);
    if (status < 0) {
        return sip_transport_fail(transport, status, "the peer reads nothing any more");
    }
    tell(connection, false, data, length);
    return SJ_OK;
}

/* ---- what is known of connections ---- */

bool sip_transport_connected(const struct sip_transport *transport, const struct sip_flow *flow) {
    const struct sip_connection *connection;
    if (flow->transport == SJ_SIP_TRANSPORT_UDP) {
        return true;
    }
    connection = find(transport, flow);
    return connection != NULL && connection->open;
}

const char *sip_transport_silence(const struct sip_transport *transport,
                                  const struct sip_flow *flow) {
    if (sip_transport_connected(transport, flow)) {
        return "it does not answer";
    }
    return flow->transport == SJ_SIP_TRANSPORT_TLS ? "the TLS handshake does not finish"
                                                   : "the connection is not made";
}

int sip_transport_verify(struct sip_transport *transport, const struct sip_flow *flow,
                         const char *purpose, sj_error *error) {
    struct sip_connection *connection =
        flow->transport == SJ_SIP_TRANSPORT_TLS ? find(transport, flow) : NULL;
    int status;
    if (connection == NULL || !connection->open) {
        return sj_error_set(error, SJ_E_UNTRUSTED, "it does not come over TLS");
    }
    if (strcmp(purpose, "phones") != 0) {
        return sj_stream_tls_verify(transport->scope, connection->stream, purpose, error);
    }
    const uint64_t now = sj_monotonic_ms(transport->scope);
    if (connection->verified_trust == transport->trust + 1 && connection->phone_verified &&
        now - connection->verified_ms < VERIFY_AGAIN_MS) {
        return SJ_OK; /* each REGISTER asks */
    }
    status = sj_stream_tls_verify(transport->scope, connection->stream, purpose, error);
    connection->verified_trust = transport->trust + 1;
    connection->verified_ms = now;
    connection->phone_verified = status == SJ_OK;
    return status;
}

bool sip_transport_peer(const struct sip_transport *transport, const struct sip_flow *flow,
                        sj_tls_peer *peer) {
    const struct sip_connection *connection =
        flow->transport == SJ_SIP_TRANSPORT_TLS ? find(transport, flow) : NULL;
    memset(peer, 0, sizeof *peer);
    peer->size = sizeof *peer;
    return connection != NULL && connection->open &&
           sj_stream_tls_peer(transport->scope, connection->stream, peer) == SJ_OK;
}

void sip_connection_sweep(void *user) {
    struct sip_transport *transport = user;
    const uint64_t now = sj_monotonic_ms(transport->scope);
    sj_map_place place = {0};
    for (struct sip_connection *connection;
         (connection = SJ_OWNER(sj_map_walk(&transport->connections, &place), struct sip_connection,
                                link)) != NULL;) {
        const uint64_t patience = !connection->spoken  ? SILENT_MS
                                  : connection->proved ? IDLE_MS
                                                       : STRANGER_MS;
        if (connection->received_length > 0 && now - connection->half_ms > HALF_MS) {
            (void)limited(connection, "a message was not completed in time");
            connection_close(connection);
        } else if (now - connection->last_ms > patience) {
            connection_close(connection);
        }
    }
}
