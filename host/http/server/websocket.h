/* WebSocket framing, server side (RFC 6455): reading a client's frames, writing ours. Pure. */
#ifndef SJ_HOST_HTTP_SERVER_WEBSOCKET_H
#define SJ_HOST_HTTP_SERVER_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/net/bytes.h"

#define SJ_WEBSOCKET_MESSAGE_MAX 65536
#define SJ_WEBSOCKET_HEAD_MAX 10
#define SJ_WEBSOCKET_ACCEPT_TEXT 29

enum websocket_opcode {
    WEBSOCKET_CONTINUATION = 0,
    WEBSOCKET_TEXT = 1,
    WEBSOCKET_BINARY = 2,
    WEBSOCKET_CLOSE = 8,
    WEBSOCKET_PING = 9,
    WEBSOCKET_PONG = 10
};

struct websocket {
    struct bytes message; /* fragments so far */
    bool fragmented;
    unsigned char head[14];
    size_t head_used;
    unsigned char control[125]; /* payload of a control frame */
    uint64_t length, taken;     /* of the present frame's payload */
    bool in_payload, ended;
};

struct websocket_events {
    void (*text)(void *user, const char *text, size_t length);
    void (*control)(void *user, enum websocket_opcode opcode, const unsigned char *data,
                    size_t length); /* ping, pong, close */
};

/* Reads what a client sent, in any cut. 0, or the close code to end the connection with (1002,
 * 1003, 1007, 1009). */
int sj_websocket_read(struct websocket *websocket, const char *data, size_t length,
                      const struct websocket_events *events, void *user);
void sj_websocket_clear(struct websocket *websocket);

/* The head of an unfragmented frame of ours; returns its length. */
size_t sj_websocket_head(unsigned char head[SJ_WEBSOCKET_HEAD_MAX], enum websocket_opcode opcode,
                         size_t length);

/* The answer to a client's Sec-WebSocket-Key; false when the key is not 16 bytes in base64. */
bool sj_websocket_accept(const char *key, char accept[SJ_WEBSOCKET_ACCEPT_TEXT]);

#endif
