/* Which nodes of a remote cluster are called, in which order. What was learnt never outranks what
 * was configured: the name that the administrator entered always has a place. Pure. */
#ifndef EM_PEER_ADDRESSES_H
#define EM_PEER_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_ADDRESSES = 8, PEER_ADDRESS_ROOM = 256 };

struct em_peer_knowledge {
    const char *configured;    /* the Fully Qualified Name */
    const char *const *learnt; /* from the last update that succeeded, the preferred first */
    size_t learnt_count;
    bool same_record; /* learnt from the record as it is now */
    bool failed;      /* the last update did not succeed */
    int64_t age_ms,
        most_age_ms; /* of what was learnt; it is not used when it is older, or from the future */
};

struct em_peer_addresses {
    size_t count;
    char texts[PEER_ADDRESSES][PEER_ADDRESS_ROOM];
};

/* Learnt nodes first and the configured name behind them; the configured name first after a
 * failure. */
void em_peer_addresses_choose(const struct em_peer_knowledge *knowledge,
                              struct em_peer_addresses *chosen);

/* How long one attempt may take of the time that is `left`, when `attempts` remain, this one
 * included: so that the last of them has as much as the first. At least 1. */
int64_t em_peer_addresses_share(int64_t left_ms, size_t attempts);

#endif
