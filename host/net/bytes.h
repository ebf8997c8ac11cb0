/* A growable run of bytes: what waits to be sent, what has been read of a request. Pure. */
#ifndef SJ_HOST_NET_BYTES_H
#define SJ_HOST_NET_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    char *data;
    size_t used, room;
    bool secret; /* may hold a secret: what is given back is wiped first */
};

/* Makes room for `more` bytes after those used. False when out of memory; nothing has changed then.
 */
bool sj_bytes_reserve(struct bytes *bytes, size_t more);
bool sj_bytes_add(struct bytes *bytes, const void *data, size_t length);
void sj_bytes_drop_front(struct bytes *bytes, size_t count);
/* Empties it; keeps the memory when it is not more than `keep`. */
void sj_bytes_clear(struct bytes *bytes, size_t keep);
void sj_bytes_free(struct bytes *bytes);

#endif
