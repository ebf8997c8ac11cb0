/* Hashes of bytes. Two kinds, which are not for the same use:
 *
 * Keyed (SipHash-1-3, the key drawn once in each process): for tables, above all those whose keys
 * come from the network, so that whoever sends them cannot choose keys that meet in one bucket. Its
 * values differ from run to run: they are neither stored nor sent nor shown, and nothing depends on
 * the order that follows from them.
 *
 * Plain (FNV-1a, 64 bits): for fingerprints of content whose values are stored or compared across
 * runs and nodes, such as an ETag. It protects against nothing: whoever chooses the content can
 * choose the value.
 *
 * Any thread. Nothing fails. */
#ifndef SOJOURN_BASE_HASH_H
#define SOJOURN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

uint64_t sj_hash_keyed(const void *data, size_t length);

static inline uint64_t sj_hash_keyed_text(const char *text) {
    return sj_hash_keyed(text, strlen(text));
}

/* Equal for texts that differ only in small and capital letters of ASCII. */
uint64_t sj_hash_keyed_nocase(const char *text, size_t length);

/* A keyed hash and a number of the program's own (a pointer, an index) as one hash: for keys of two
 * parts. */
static inline uint64_t sj_hash_with(uint64_t hash, uint64_t number) {
    hash ^= number * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* SipHash-1-3 with a key of the caller's: what sj_hash_keyed is made of. */
uint64_t sj_hash_siphash(const uint64_t key[2], const void *data, size_t length);

#define SJ_HASH_BEGIN UINT64_C(14695981039346656037)

/* The plain hash of what gave `hash` (SJ_HASH_BEGIN: nothing yet) and these bytes behind it. */
static inline uint64_t sj_hash_more(uint64_t hash, const void *data, size_t length) {
    const unsigned char *bytes = (const unsigned char *)data;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static inline uint64_t sj_hash_bytes(const void *data, size_t length) {
    return sj_hash_more(SJ_HASH_BEGIN, data, length);
}

#ifdef __cplusplus
}
#endif
#endif
