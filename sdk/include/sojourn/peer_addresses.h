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

enum {
    /* What another cluster tells is bounded; no cluster has nearly as many nodes. */
    SJ_PEER_ADDRESSES_MAX = 512,
    SJ_PEER_ADDRESS_ROOM = 256,
    SJ_PEER_LEARNT_FROM_ROOM = 300,
    /* A node that answers does so within this time. */
    SJ_PEER_SHARE_LEAST_MS = 200,
};

struct sj_peer_knowledge {
    const char *preferred;  /* of these, the one to begin with: those behind it follow, then those
                               before it. NULL: none is known */
    const char *configured; /* the Fully Qualified Name */
    const char *const *learnt; /* from the last update that succeeded, the preferred first */
    size_t learnt_count;
    bool same_record; /* learnt from the record as it is now */
    bool failed;      /* the last update did not succeed */
    int64_t age_ms,
        most_age_ms; /* of what was learnt; it is not used when it is older, or from the future */
};

/* Zeroed: none. */
struct sj_peer_addresses {
    size_t count, room;
    char (*texts)[SJ_PEER_ADDRESS_ROOM];
};

/* Learnt nodes first and the configured name behind them; the configured name first after a
 * failure. They take the place of what was chosen before. False: no memory, none is chosen. */
bool sj_peer_addresses_choose(const struct sj_peer_knowledge *knowledge,
                              struct sj_peer_addresses *chosen);
void sj_peer_addresses_free(struct sj_peer_addresses *chosen);

/* How long one attempt may take of the time that is `left`, when `attempts` remain, this one
 * included: so that the last of them has as much as the first, unless that were less than
 * SJ_PEER_SHARE_LEAST_MS: then those for whom no time is left have their turn another time
 * (peer_records.h). At least 1. */
int64_t sj_peer_addresses_share(int64_t left_ms, size_t attempts);

/* How the status of a remote cluster names the record that it was learnt from (learnt_from). */
void sj_peer_addresses_learnt_from(const char *fully_qualified_name, int64_t https_port,
                                   char text[SJ_PEER_LEARNT_FROM_ROOM]);

#ifdef __cplusplus
}
#endif

#endif
