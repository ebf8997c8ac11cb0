/* The service's state. */
#ifndef ILS_SERVICE_H
#define ILS_SERVICE_H

#include <sojourn/sojourn.h>

#include "core/exchange.h"
#include "core/lookup.h"
#include "events/ils.h"

enum { ILS_TICK_MS = 500, ILS_REASON_ROOM = 400 };

struct ils_service {
    sj_scope *scope;
    struct ils *core; /* NULL: what was known is still being read */
    sj_topic *peer_changed, *alarm;
    bool configuration_changed; /* records have changed: they are read with the next tick */
    bool trust_changed;         /* so have those of certificates */
    sj_scope *records;          /* what was read of them: the texts below */
    struct ils_block *blocks;
    const char **block_names;
    size_t blocks_count;
    const char *registration_server;
    const char **accepted_hubs; /* none: all that say so */
    size_t accepted_hubs_count;
    bool join_by_themselves; /* hubs of the network, by its password */
    bool require_current_password;
    const char **not_advertised;
    size_t not_advertised_count;
    const char **own_conflicts; /* what several records of this cluster make, a sentence each */
    size_t own_conflicts_count;
    bool limit_told;
    uint64_t disbelief_told, crowd_told;
    uint64_t next_crowd_ms; /* before that no further alarm for want of places */
    struct {
        sj_metric *learned, *clusters, *conflicts, *memory, *exchanges, *failures, *mismatches;
    } metrics;
    struct ils_counters counted; /* what the metrics have been told of */
    struct ils_saving *saving;
    struct ils_joining *joining; /* joining.h */
    uint64_t saved_applied, saved_changes;
    uint64_t next_save_ms;
};

#endif
