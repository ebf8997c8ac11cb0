/* Replies that go on: Server-Sent Events (chunked, or to the end of the connection for HTTP/1.0)
 * and WebSocket. Touches the connection. What a slow client does not take is dropped and counted,
 * never queued without bound. */
#include "host/http/server/live.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sojourn/base/big_endian.h>

#include "host/core/node.h"
#include "host/http/server/connection.h"
#include "host/http/server/reply.h"
#include "host/http/server/reply_head.h"
#include "host/http/server/websocket.h"

#define PENDING_MAX (1u << 20)
#define DRAINED_AT (256u << 10)
#define TICK_MS 20000
#define MISSED_MAX 3

struct live {
    struct connection *connection; /* NULL: ended */
    struct live_events events;
    void *user;
    struct websocket websocket;
    bool is_websocket, chunked, reading, closing;
    unsigned missed;
    size_t dropped;
};

static struct live *begin(struct connection *connection, const struct live_events *events,
                          void *user) {
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL) {
        sj_reply_refuse(connection, 503, "Out of memory for live events.", NULL, NULL);
        return NULL;
    }
    live->connection = connection;
    live->events = *events;
    live->user = user;
    return live;
}

static void go_live(struct live *live, const char *text, size_t length) {
    struct connection *connection = live->connection;
    connection->live = live;
    connection->state = CONNECTION_LIVE;
    connection->link.deadline = sj_link_now(&connection->link) + TICK_MS;
    (void)sj_link_write(&connection->link, text, length);
    sj_link_resume(&connection->link);
}

/* Cuts the bond to the connection; frees, or leaves that to the reader that is on the stack. */
static void detach(struct live *live) {
    live->connection->live = NULL;
    live->connection = NULL;
    if (!live->reading) {
        sj_websocket_clear(&live->websocket);
        free(live);
    }
}

/* What the client sent; a handler may have been told that it is a GET. */
static bool is_head(const sj_http_request *seen) {
    return strcmp(((const struct request *)(const void *)seen)->head.method, "HEAD") == 0;
}

struct live *sj_http_stream_begin(sj_http_request *request, int status, const char *content_type,
                                  const struct live_events *events, void *user) {
    const bool only_head = is_head(request);
    struct connection *connection = sj_request_claim(request);
    struct live *live = connection == NULL ? NULL : begin(connection, events, user);
    struct reply_head head = {.status = status, .content_type = content_type};
    char text[SJ_REPLY_HEAD_ROOM + 64];
    size_t length;
    if (live == NULL) {
        return NULL;
    }
    if (connection->half_closed) {
        connection->half_closed = false; /* it reads on, as far as can be known */
    }
    sj_http_refresh_date(connection->http);
    head.date = connection->http->date;
    head.old = connection->request->head.old;
    live->chunked = !head.old;
    head.keep_alive = false;
    head.content_length = live->chunked ? -1 : -2;
    length = sj_reply_head(text, &head);
    length += (size_t)snprintf(text + length, sizeof text - length, "\r\n");
    go_live(live, text, length);
    if (only_head) {
        detach(live);
        sj_connection_answered(connection, false);
        return NULL;
    }
    return live;
}

bool sj_websocket_wanted(const sj_http_request *request) {
    const char *upgrade = sj_host_http_header(request, "upgrade");
    return upgrade != NULL && !is_head(request) && sj_http_list_has(upgrade, "websocket");
}

struct live *sj_websocket_begin(sj_http_request *request, const struct live_events *events,
                                void *user) {
    char accept[SJ_WEBSOCKET_ACCEPT_TEXT], text[256];
    const char *key = sj_host_http_header(request, "sec-websocket-key");
    const char *version = sj_host_http_header(request, "sec-websocket-version");
    bool good = sj_websocket_wanted(request) &&
                sj_http_list_has(sj_host_http_header(request, "connection"), "upgrade") &&
                strcmp(request->method, "GET") == 0 && key != NULL &&
                sj_websocket_accept(key, accept) && version != NULL && strcmp(version, "13") == 0;
    struct connection *connection = sj_request_claim(request);
    struct live *live;
    int length;
    if (connection == NULL) {
        return NULL;
    }
    if (!good) {
        sj_reply_refuse(connection, 400, "This is not a handshake of WebSocket version 13.",
                        "Sec-WebSocket-Version", "13");
        return NULL;
    }
    live = begin(connection, events, user);
    if (live == NULL) {
        return NULL;
    }
    live->is_websocket = true;
    length = snprintf(text, sizeof text,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                      "Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                      accept);
    go_live(live, text, (size_t)length);
    return live;
}

static void send_frame(struct live *live, enum websocket_opcode opcode, const void *data,
                       size_t length) {
    unsigned char head[SJ_WEBSOCKET_HEAD_MAX];
    (void)sj_link_write(&live->connection->link, head, sj_websocket_head(head, opcode, length));
    (void)sj_link_write(&live->connection->link, data, length);
}

int sj_http_stream_write(struct live *live, const void *data, size_t length) {
    struct link *link;
    char size[24];
    if (live->connection == NULL || live->closing) {
        return SJ_E_CANCELLED;
    }
    link = &live->connection->link;
    if (live->dropped > 0 || sj_link_pending(link) + length > PENDING_MAX) {
        live->dropped++;
        return SJ_E_LIMIT;
    }
    if (live->is_websocket) {
        send_frame(live, WEBSOCKET_TEXT, data, length);
    } else if (live->chunked && length > 0) {
        int digits = snprintf(size, sizeof size, "%zx\r\n", length);
        (void)sj_link_write(link, size, (size_t)digits);
        (void)sj_link_write(link, data, length);
        (void)sj_link_write(link, "\r\n", 2);
    } else {
        (void)sj_link_write(link, data, length);
    }
    return SJ_OK;
}

static void close_with(struct live *live, int code) {
    unsigned char payload[2];
    if (!live->closing) {
        sj_big_endian_write(payload, sizeof payload, (uint64_t)code);
        live->closing = true;
        send_frame(live, WEBSOCKET_CLOSE, payload, sizeof payload);
    }
}

void sj_http_stream_end(struct live *live) {
    struct connection *connection = live->connection;
    if (connection == NULL) {
        return;
    }
    if (live->is_websocket) {
        close_with(live, 1001);
    } else if (live->chunked) {
        (void)sj_link_write(&connection->link, "0\r\n\r\n", 5);
    }
    detach(live);
    sj_connection_answered(connection, false);
}

void sj_live_gone(struct live *live) {
    void (*gone)(void *) = live->events.gone;
    void *user = live->user;
    detach(live);
    if (gone != NULL) {
        gone(user);
    }
}

void sj_live_drained(struct live *live) {
    if (live->dropped > 0) {
        size_t dropped = live->dropped;
        live->dropped = 0;
        if (live->events.drained != NULL) {
            live->events.drained(live->user, dropped);
        }
    }
}

static void on_text(void *user, const char *text, size_t length) {
    struct live *live = user;
    if (live->connection != NULL && live->events.text != NULL) {
        live->events.text(live->user, text, length);
    }
}

static void on_control(void *user, enum websocket_opcode opcode, const unsigned char *data,
                       size_t length) {
    struct live *live = user;
    if (live->connection == NULL) {
        return;
    }
    if (opcode == WEBSOCKET_PING && sj_link_pending(&live->connection->link) < DRAINED_AT) {
        send_frame(live, WEBSOCKET_PONG, data, length);
    } else if (opcode == WEBSOCKET_PONG) {
        live->missed = 0;
    } else if (opcode == WEBSOCKET_CLOSE) {
        close_with(live, 1000);
    }
}

static const struct websocket_events websocket_events = {on_text, on_control};

void sj_live_data(struct live *live, const char *data, size_t length) {
    struct connection *connection = live->connection;
    int code;
    if (!live->is_websocket) {
        return; /* a reader of events has nothing to say */
    }
    live->reading = true;
    code = sj_websocket_read(&live->websocket, data, length, &websocket_events, live);
    live->reading = false;
    if (live->connection == NULL) {
        sj_websocket_clear(&live->websocket);
        free(live); /* ended by its owner meanwhile */
        return;
    }
    live->missed = 0;
    if (code != 0) {
        close_with(live, code);
    }
    if (live->closing) {
        sj_live_gone(live);
        sj_connection_answered(connection, false);
    }
}

void sj_live_tick(struct live *live) {
    struct connection *connection = live->connection;
    if (!live->is_websocket) {
        (void)sj_http_stream_write(live, ":\n\n", 3);
    } else if (++live->missed > MISSED_MAX) {
        sj_live_gone(live);
        connection->state = CONNECTION_ENDING;
        sj_link_abort(&connection->link);
    } else {
        send_frame(live, WEBSOCKET_PING, "", 0);
    }
}
