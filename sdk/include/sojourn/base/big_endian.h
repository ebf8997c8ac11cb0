/* Numbers in network order, of one to eight bytes. Pure. */
#ifndef SOJOURN_BASE_BIG_ENDIAN_H
#define SOJOURN_BASE_BIG_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint64_t sj_big_endian_read(const void *at, size_t bytes) {
    const unsigned char *from = (const unsigned char *)at;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

/* Of a larger value the lowest bytes. */
static inline void sj_big_endian_write(void *at, size_t bytes, uint64_t value) {
    unsigned char *to = (unsigned char *)at;
    for (size_t i = bytes; i > 0; i--) {
        to[i - 1] = (unsigned char)(value & 255u);
        value >>= 8;
    }
}

#ifdef __cplusplus
}
#endif

#endif
