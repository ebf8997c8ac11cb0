/* A growable run of bytes. Pure. */
#include "host/net/bytes.h"

#include <stdlib.h>
#include <string.h>

/* The same bytes in more memory; the old is wiped. */
static char *moved(struct bytes *bytes, size_t room) {
    char *data = malloc(room);
    if (data != NULL && bytes->data != NULL) {
        memcpy(data, bytes->data, bytes->used);
        explicit_bzero(bytes->data, bytes->used);
        free(bytes->data);
    }
    return data;
}

static void wipe(struct bytes *bytes, size_t from) {
    if (bytes->secret && bytes->data != NULL) {
        explicit_bzero(bytes->data + from, bytes->used - from);
    }
}

bool sj_bytes_reserve(struct bytes *bytes, size_t more) {
    size_t room = bytes->room > 0 ? bytes->room : 1024;
    char *data;
    if (bytes->data != NULL && more <= bytes->room - bytes->used) {
        return true;
    }
    if (more > (size_t)1 << 40) {
        return false;
    }
    while (room - bytes->used < more) {
        room *= 2;
    }
    data = bytes->secret ? moved(bytes, room) : realloc(bytes->data, room);
    if (data == NULL) {
        return false;
    }
    bytes->data = data;
    bytes->room = room;
    return true;
}

bool sj_bytes_add(struct bytes *bytes, const void *data, size_t length) {
    if (!sj_bytes_reserve(bytes, length)) {
        return false;
    }
    if (length > 0) {
        memcpy(bytes->data + bytes->used, data, length);
    }
    bytes->used += length;
    return true;
}

void sj_bytes_drop_front(struct bytes *bytes, size_t count) {
    if (count >= bytes->used) {
        wipe(bytes, 0);
        bytes->used = 0;
        return;
    }
    memmove(bytes->data, bytes->data + count, bytes->used - count);
    wipe(bytes, bytes->used - count);
    bytes->used -= count;
}

void sj_bytes_clear(struct bytes *bytes, size_t keep) {
    wipe(bytes, 0);
    bytes->used = 0;
    if (bytes->room > keep) {
        sj_bytes_free(bytes);
    }
}

void sj_bytes_free(struct bytes *bytes) {
    wipe(bytes, 0);
    free(bytes->data);
    bytes->data = NULL;
    bytes->used = bytes->room = 0;
}
