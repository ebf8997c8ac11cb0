/* WebSocket framing, server side (RFC 6455). Pure. */
#include "host/http/server/websocket.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sojourn/base/big_endian.h>
#include <sojourn/base/text.h>
#include <sojourn/base/utf8.h>

/* The length of the frame's head as far as its first two bytes tell. */
static size_t head_length(const struct websocket *websocket) {
    unsigned length;
    if (websocket->head_used < 2) {
        return 2;
    }
    length = websocket->head[1] & 0x7f;
    return 6 + (length == 126 ? 2u : length == 127 ? 8u : 0u);
}

/* A complete head: 0, or the close code. */
static int check_head(struct websocket *websocket) {
    const unsigned char *head = websocket->head;
    unsigned opcode = head[0] & 0x0f, length = head[1] & 0x7f;
    bool final = (head[0] & 0x80) != 0;
    size_t count = length == 126 ? 2 : length == 127 ? 8 : 0;
    if ((head[0] & 0x70) != 0) {
        return 1002; /* extensions were not agreed upon */
    }
    websocket->length = count == 0 ? length : sj_big_endian_read(head + 2, count);
    websocket->taken = 0;
    if (opcode >= WEBSOCKET_CLOSE) {
        return opcode > WEBSOCKET_PONG || !final || websocket->length > 125 ? 1002 : 0;
    }
    if (opcode == WEBSOCKET_BINARY) {
        return 1003;
    }
    if (opcode > WEBSOCKET_BINARY || (opcode == WEBSOCKET_CONTINUATION) != websocket->fragmented) {
        return 1002;
    }
    return websocket->length > SJ_WEBSOCKET_MESSAGE_MAX - websocket->message.used ? 1009 : 0;
}

static int end_of_frame(struct websocket *websocket, const struct websocket_events *events,
                        void *user) {
    enum websocket_opcode opcode = (enum websocket_opcode)(websocket->head[0] & 0x0f);
    bool final = (websocket->head[0] & 0x80) != 0;
    websocket->in_payload = false;
    websocket->head_used = 0;
    if (opcode >= WEBSOCKET_CLOSE) {
        websocket->ended = websocket->ended || opcode == WEBSOCKET_CLOSE;
        if (opcode == WEBSOCKET_CLOSE && websocket->length == 1) {
            return 1002;
        }
        events->control(user, opcode, websocket->control, (size_t)websocket->length);
        return 0;
    }
    websocket->fragmented = !final;
    if (!final) {
        return 0;
    }
    if (!sj_utf8_valid(sj_or_empty(websocket->message.data), websocket->message.used)) {
        return 1007;
    }
    if (events->text != NULL) {
        events->text(user, sj_or_empty(websocket->message.data), websocket->message.used);
    }
    sj_bytes_clear(&websocket->message, 4096);
    return 0;
}

/* Unmasks a piece of the payload to where it belongs. */
static bool take(struct websocket *websocket, const unsigned char *data, size_t count) {
    const unsigned char *mask = websocket->head + head_length(websocket) - 4;
    bool control = (websocket->head[0] & 0x0f) >= WEBSOCKET_CLOSE;
    unsigned char *to;
    if (control) {
        to = websocket->control + websocket->taken;
    } else {
        if (!sj_bytes_reserve(&websocket->message, count)) {
            return false;
        }
        to = (unsigned char *)websocket->message.data + websocket->message.used;
        websocket->message.used += count;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = data[i] ^ mask[(websocket->taken + i) & 3];
    }
    websocket->taken += count;
    return true;
}

int sj_websocket_read(struct websocket *websocket, const char *data, size_t length,
                      const struct websocket_events *events, void *user) {
    const unsigned char *at = (const unsigned char *)data, *end = at + length;
    int code = 0;
    while (code == 0 && !websocket->ended && at < end) {
        if (!websocket->in_payload) {
            websocket->head[websocket->head_used++] = *at++;
            if (websocket->head_used == 2 && (websocket->head[1] & 0x80) == 0) {
                return 1002; /* clients must mask */
            }
            if (websocket->head_used >= 2 && websocket->head_used == head_length(websocket)) {
                code = check_head(websocket);
                websocket->in_payload = true;
            }
        } else if (websocket->taken < websocket->length) {
            uint64_t wanted = websocket->length - websocket->taken;
            size_t count = (uint64_t)(end - at) < wanted ? (size_t)(end - at) : (size_t)wanted;
            if (!take(websocket, at, count)) {
                return 1009;
            }
            at += count;
        }
        if (code == 0 && websocket->in_payload && websocket->taken == websocket->length) {
            code = end_of_frame(websocket, events, user);
        }
    }
    return code;
}

void sj_websocket_clear(struct websocket *websocket) {
    sj_bytes_free(&websocket->message);
}

size_t sj_websocket_head(unsigned char head[SJ_WEBSOCKET_HEAD_MAX], enum websocket_opcode opcode,
                         size_t length) {
    head[0] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        head[1] = (unsigned char)length;
        return 2;
    }
    if (length < 65536) {
        head[1] = 126;
        sj_big_endian_write(head + 2, 2, length);
        return 4;
    }
    head[1] = 127;
    sj_big_endian_write(head + 2, 8, length);
    return 10;
}

bool sj_websocket_accept(const char *key, char accept[SJ_WEBSOCKET_ACCEPT_TEXT]) {
    static const char salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* fixed by RFC 6455 */
    unsigned char digest[SHA_DIGEST_LENGTH], text[64];
    if (strlen(key) != 24 ||
        strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") != 22 ||
        strcmp(key + 22, "==") != 0) {
        return false;
    }
    memcpy(text, key, 24);
    memcpy(text + 24, salt, sizeof salt - 1);
    (void)SHA1(text, 24 + sizeof salt - 1, digest);
    (void)EVP_EncodeBlock((unsigned char *)accept, digest, SHA_DIGEST_LENGTH);
    return true;
}
