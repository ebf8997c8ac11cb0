/* Writing messages of sections between clusters: each has a tag of one byte, a length of four, and
 * what it holds; numbers are in network order, a short text has a byte with its length before it.
 * Read with the reader of big_endian.h. A text that has failed stays so. */
#ifndef SOJOURN_BASE_SECTIONS_H
#define SOJOURN_BASE_SECTIONS_H

#include <string.h>

#include <sojourn/base/big_endian.h>
#include <sojourn/base/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of one to eight bytes. */
static inline void sj_section_put(sj_text *out, uint64_t value, size_t bytes) {
    unsigned char number[8];
    sj_big_endian_write(number, bytes, value);
    sj_text_add(out, number, bytes);
}

/* Of at most 255 bytes, which the caller sees to. */
static inline void sj_section_put_text(sj_text *out, const char *text) {
    const size_t length = strlen(text);
    sj_section_put(out, length, 1);
    sj_text_add(out, text, length);
}

/* Where what the section holds begins, for sj_section_end. */
static inline size_t sj_section_begin(sj_text *out, unsigned tag) {
    sj_section_put(out, tag, 1);
    sj_section_put(out, 0, 4);
    return out->length;
}

static inline void sj_section_end(sj_text *out, size_t begun) {
    if (!out->failed) {
        sj_big_endian_write(out->data + begun - 4, 4, out->length - begun);
    }
}

#ifdef __cplusplus
}
#endif

#endif
