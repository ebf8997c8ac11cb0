/* Numbers in network order, of one to eight bytes. Pure. */
#ifndef SOJOURN_BASE_BIG_ENDIAN_H
#define SOJOURN_BASE_BIG_ENDIAN_H

#include <stdbool.h>
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

/* What is read from a message piece by piece. Failure is sticky: once something was not there,
 * nothing more is; look at the end. */
typedef struct sj_big_endian_reader {
    const unsigned char *at, *end;
    bool failed;
} sj_big_endian_reader;

/* So many bytes are passed over; where they begin, or NULL when they are not there. */
static inline const unsigned char *sj_big_endian_pass(sj_big_endian_reader *in, size_t bytes) {
    const unsigned char *begin = in->at;
    if (in->failed || (size_t)(in->end - in->at) < bytes) {
        in->failed = true;
        in->at = in->end;
        return NULL;
    }
    in->at += bytes;
    return begin;
}

/* The next number of one to eight bytes; 0 when it is not there. */
static inline uint64_t sj_big_endian_next(sj_big_endian_reader *in, size_t bytes) {
    const unsigned char *begin = sj_big_endian_pass(in, bytes);
    return begin == NULL ? 0 : sj_big_endian_read(begin, bytes);
}

#ifdef __cplusplus
}
#endif

#endif
