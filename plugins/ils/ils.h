/* The service's state. */
#ifndef ILS_SERVICE_H
#define ILS_SERVICE_H

#include <sojourn/sojourn.h>

#include "core/exchange.h"
#include "core/lookup.h"
#include "events/ils.h"

enum { ILS_TICK_MS = 500, ILS_REASON_ROOM = 400 };

/* What this cluster states (own_objects.c). */
struct ils_own_objects {
    sj_map claims;                  /* what records make, by kind and key of that */
    sj_list_head refused;           /* those that do not count, the oldest first */
    sj_map catalogs;                /* the imported ones, by name (imported_catalogs.c) */
    sj_list_head changed, readings; /* what is still to be read (own_reading.c) */
    bool advertised;                /* this cluster's own dial plan is told */
    bool hub;                       /* so are its imported catalogs */
    bool begun;                     /* all records are being read, or have been ... */
    bool complete;                  /* ... and what none of them says has been withdrawn */
    uint64_t withdrawn;             /* up to this version it has been looked at for that */
    sj_handle *step;                /* the next one; NULL: none is due */
};

struct ils_service {
    sj_scope *scope;
    struct ils *core;   /* NULL: what was known is still being read */
    int64_t started_ms; /* monotonic: what was heard of before was in the journal */
    sj_topic *peer_changed, *alarm;
    bool configuration_changed; /* they are read with the next tick */
    bool trust_changed;         /* so have those of certificates */
    struct ils_own_objects own;
    sj_scope *records; /* what was read of the settings: the texts below */
    struct ils_block *blocks;
    const char **block_names;
    size_t blocks_count;
    const char *registration_server;
    const char **accepted_hubs; /* none: all that say so */
    size_t accepted_hubs_count;
    bool join_by_themselves; /* hubs of the network, by its password */
    bool require_current_password;
    bool limit_told;
    uint64_t disbelief_told, crowd_told;
    uint64_t next_crowd_ms; /* before that no further alarm for want of places */
    struct {
        sj_metric *learned, *clusters, *conflicts, *memory, *exchanges, *failures, *mismatches;
    } metrics;
    struct ils_counters counted; /* what the metrics have been told of */
    struct ils_saving *saving;
    struct ils_joining *joining;       /* joining.h */
    struct sj_peer_memory peer_memory; /* transport.c */
    uint64_t saved_applied, saved_changes;
    uint64_t next_save_ms;
};

#endif
