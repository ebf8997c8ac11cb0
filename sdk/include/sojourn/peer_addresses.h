/* Which nodes of a remote cluster are called, in which order. What was learnt never outranks what
 * was configured: the name that the administrator entered always has a place. Pure. */
#ifndef SOJOURN_PEER_ADDRESSES_H
#define SOJOURN_PEER_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SJ_PEER_ADDRESSES = 8, SJ_PEER_ADDRESS_ROOM = 256, SJ_PEER_LEARNT_FROM_ROOM = 300 };

struct sj_peer_knowledge {
    const char
        *preferred; /* of these, the one that answered last: it comes first. NULL: none is known */
    const char *configured;    /* the Fully Qualified Name */
    const char *const *learnt; /* from the last update that succeeded, the preferred first */
    size_t learnt_count;
    bool same_record; /* learnt from the record as it is now */
    bool failed;      /* the last update did not succeed */
    int64_t age_ms,
        most_age_ms; /* of what was learnt; it is not used when it is older, or from the future */
};

struct sj_peer_addresses {
    size_t count;
    char texts[SJ_PEER_ADDRESSES][SJ_PEER_ADDRESS_ROOM];
};

/* Learnt nodes first and the configured name behind them; the configured name first after a
 * failure. */
void sj_peer_addresses_choose(const struct sj_peer_knowledge *knowledge,
                              struct sj_peer_addresses *chosen);

/* How long one attempt may take of the time that is `left`, when `attempts` remain, this one
 * included: so that the last of them has as much as the first. At least 1. */
int64_t sj_peer_addresses_share(int64_t left_ms, size_t attempts);

/* How the status of a remote cluster names the record that it was learnt from (learnt_from). */
void sj_peer_addresses_learnt_from(const char *fully_qualified_name, int64_t https_port,
                                   char text[SJ_PEER_LEARNT_FROM_ROOM]);

#ifdef __cplusplus
}
#endif

#endif
