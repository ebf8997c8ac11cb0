/* A hash that nobody outside can steer: SipHash-1-3 with a secret key, for tables whose keys come from the network. Pure. */
#ifndef CALLMANAGER_KEYED_HASH_H
#define CALLMANAGER_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct hash_key {
    uint64_t low, high;
} hash_key;

uint64_t keyed_hash(const hash_key *key, const void *data, size_t length);

#endif
