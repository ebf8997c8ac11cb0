/* Joining a network of clusters that do not trust each other yet: as the hub that is joined, and as
 * the one that joins (docs/intercluster.md). */
#ifndef ILS_JOINING_H
#define ILS_JOINING_H

#include "core/attempts.h"
#include "core/join.h"
#include "ils.h"
#include "messages/ils.h"

enum { JOIN_PENDING = 16, JOIN_ADMITTED = 16, JOIN_FINGERPRINT = 65 };

/* An exchange that a joiner has begun. It has one proof. */
struct ils_pending_join {
    bool used, by_itself;
    int64_t until;
    sj_ils_join_method method;
    uint8_t session[JOIN_SESSION], channel[JOIN_CHANNEL];
    char source[ATTEMPTS_SOURCE], cluster_id[ILS_CLUSTER_ID_MAX + 1];
    char counted[ATTEMPTS_SOURCE]; /* whose attempt it is: the source, or an admitted certificate */
    struct ils_join join;
};

struct ils_joining {
    bool password; /* one has been set: */
    uint8_t salt[JOIN_SALT], key[JOIN_KEY];
    struct ils_attempts attempts;
    struct ils_attempts hubs, tellers; /* of clusters that this one joins by itself */
    uint64_t told_applied;             /* up to where it is noted who told of whom */
    struct ils_pending_join pending[JOIN_PENDING];
    struct {
        char fingerprint[JOIN_FINGERPRINT];
        int64_t until;
    } admitted[JOIN_ADMITTED];
};

#endif
