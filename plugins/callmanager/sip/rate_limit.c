/* Token buckets by key. No input or output. */
#include "sip/rate_limit.h"

#include <stdlib.h>

enum { WAYS = 8 };

bool rate_limit_init(struct rate_limit *limit, size_t count, double burst, double interval_ms) {
    limit->buckets = calloc(count, sizeof *limit->buckets);
    limit->count = limit->buckets == NULL ? 0 : count;
    limit->burst = burst;
    limit->per_ms = 1 / interval_ms;
    return limit->buckets != NULL;
}

void rate_limit_free(struct rate_limit *limit) {
    free(limit->buckets);
    limit->buckets = NULL;
    limit->count = 0;
}

static struct rate_bucket *set_of(const struct rate_limit *limit, uint64_t key) {
    return &limit->buckets[(key & (limit->count - 1)) & ~(size_t)(WAYS - 1)];
}

static uint64_t key_of(uint64_t key) {
    return key == 0 ? 1 : key;
}

static double tokens_now(const struct rate_limit *limit, const struct rate_bucket *bucket,
                         uint64_t now_ms) {
    const double grown = bucket->tokens + (double)(now_ms - bucket->at_ms) * limit->per_ms;
    return grown < limit->burst ? grown : limit->burst;
}

static struct rate_bucket *find(const struct rate_limit *limit, uint64_t key) {
    struct rate_bucket *set = limit->count == 0 ? NULL : set_of(limit, key);
    for (size_t i = 0; set != NULL && i < WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
    }
    return NULL;
}

/* A bucket of the set for a new key: a free one, or the fullest. */
static struct rate_bucket *place(const struct rate_limit *limit, uint64_t key, uint64_t now_ms) {
    struct rate_bucket *set = set_of(limit, key), *best = &set[0];
    double most = -1;
    for (size_t i = 0; i < WAYS; i++) {
        const double tokens =
            set[i].key == 0 ? limit->burst + 1 : tokens_now(limit, &set[i], now_ms);
        if (tokens > most) {
            most = tokens;
            best = &set[i];
        }
    }
    best->key = key;
    best->tokens = limit->burst;
    best->held = 0;
    return best;
}

bool rate_limit_allows(const struct rate_limit *limit, uint64_t key, uint64_t now_ms) {
    const struct rate_bucket *bucket = find(limit, key_of(key));
    return bucket == NULL || tokens_now(limit, bucket, now_ms) >= 1;
}

bool rate_limit_is_clean(const struct rate_limit *limit, uint64_t key, uint64_t now_ms) {
    const struct rate_bucket *bucket = find(limit, key_of(key));
    return bucket == NULL || tokens_now(limit, bucket, now_ms) >= limit->burst;
}

bool rate_limit_take(struct rate_limit *limit, uint64_t key, uint64_t now_ms, uint32_t *held) {
    struct rate_bucket *bucket = find(limit, key_of(key));
    bool allowed;
    if (bucket == NULL) {
        if (limit->count == 0) {
            return true;
        }
        bucket = place(limit, key_of(key), now_ms);
    } else {
        bucket->tokens = tokens_now(limit, bucket, now_ms);
    }
    bucket->at_ms = now_ms;
    allowed = bucket->tokens >= 1;
    bucket->held += allowed || bucket->held == UINT32_MAX ? 0 : 1;
    if (held != NULL) {
        *held = bucket->held;
    }
    if (allowed) {
        bucket->tokens -= 1;
        bucket->held = 0;
    }
    return allowed;
}
