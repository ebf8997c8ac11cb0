/* What a WebSocket client sends, in the cuts that the first byte says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/utf8.h>

#include "host/http/server/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_text(void *user, const char *text, size_t length) {
    ++*(size_t *)user;
    if (length > SJ_WEBSOCKET_MESSAGE_MAX || !sj_utf8_valid(text, length)) {
        abort();
    }
}

static void on_control(void *user, enum websocket_opcode opcode, const unsigned char *data,
                       size_t length) {
    unsigned char copy[125];
    ++*(size_t *)user;
    if (length > sizeof copy || opcode < WEBSOCKET_CLOSE) {
        abort();
    }
    memcpy(copy, data, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct websocket_events events = {on_text, on_control};
    struct websocket websocket;
    size_t seen = 0, cut;
    int code = 0;
    char key[64], accept[SJ_WEBSOCKET_ACCEPT_TEXT];
    if (size < 1) {
        return 0;
    }
    memset(&websocket, 0, sizeof websocket);
    cut = data[0] == 0 ? size : data[0];
    for (size_t at = 1; at < size && code == 0; at += cut) {
        code = sj_websocket_read(&websocket, (const char *)data + at,
                                 cut < size - at ? cut : size - at, &events, &seen);
    }
    sj_websocket_clear(&websocket);
    memset(key, 0, sizeof key);
    memcpy(key, data, size < sizeof key - 1 ? size : sizeof key - 1);
    (void)sj_websocket_accept(key, accept);
    return 0;
}
