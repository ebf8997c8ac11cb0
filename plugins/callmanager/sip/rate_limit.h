/* Token buckets by key, in a table of a fixed size: how often something may happen, apart for each
 * source, user or kind. A bucket that is full again is the same as none, so that nothing has to be
 * freed; where the table has no room the bucket that is nearest to full makes room. Pure: the
 * caller brings the clock, and keys that no sender can choose (keyed hashes). */
#ifndef CALLMANAGER_RATE_LIMIT_H
#define CALLMANAGER_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate_bucket {
    uint64_t key; /* 0: free */
    uint64_t at_ms;
    double tokens; /* at that time */
    uint32_t held; /* refused since the last that was allowed */
};

struct rate_limit {
    struct rate_bucket *buckets;
    size_t count; /* a power of two */
    double burst, per_ms;
};

/* `count`: buckets, a power of two of at least 8. `burst` at once, then one more each
 * `interval_ms`. False: no memory. */
bool rate_limit_init(struct rate_limit *limit, size_t count, double burst, double interval_ms);
void rate_limit_free(struct rate_limit *limit);

/* Whether one more is allowed now. */
bool rate_limit_allows(const struct rate_limit *limit, uint64_t key, uint64_t now_ms);
/* Whether nothing is remembered of that key. */
bool rate_limit_is_clean(const struct rate_limit *limit, uint64_t key, uint64_t now_ms);
/* Takes one; false, and counted as held back, when none is left. *held (may be NULL): how many were
 * held back since the last that was allowed; for one that is allowed those before it, which are
 * forgotten then. */
bool rate_limit_take(struct rate_limit *limit, uint64_t key, uint64_t now_ms, uint32_t *held);

#endif
