/* The service's state, and what its files do for each other. */
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
    sj_scope *records;          /* what was read of them: the texts below */
    struct ils_block *blocks;
    const char **block_names;
    size_t blocks_count;
    const char *registration_server;
    const char **not_advertised;
    size_t not_advertised_count;
    bool limit_told;
    struct {
        sj_metric *learned, *clusters, *conflicts, *memory, *exchanges, *failures, *mismatches;
    } metrics;
    struct ils_counters counted; /* what the metrics have been told of */
    struct ils_saving *saving;
    struct ils_joining *joining; /* joining.h */
    uint64_t saved_applied, saved_changes;
    uint64_t next_save_ms;
};

/* settings.c: reads the records, and tells the core what they say. */
void ils_settings_read(struct ils_service *service);
/* own_objects.c: states what the records say, and nothing else. */
void ils_own_objects_read(struct ils_service *service, bool advertised);
/* Keeps a sentence of what cannot be advertised. */
void ils_not_advertised(struct ils_service *service, const char *sentence);
/* transport.c: the route, and exchanges that are due. */
int ils_transport_open(struct ils_service *service, sj_error *error);
void ils_transport_run(struct ils_service *service);
void ils_alarm_raise(struct ils_service *service, const char *name, const char *cluster_id,
                     const char *reason);
/* clusters.c: what is learned of clusters becomes records and events. */
void ils_clusters_note(struct ils_service *service);
/* journal.c: what was known before a restart. `done` of the load leaves the core in the service. */
int ils_journal_load(struct ils_service *service, const struct ils_peer_id *peer,
                     void (*done)(struct ils_service *service), sj_error *error);
void ils_journal_run(struct ils_service *service);
void ils_journal_stop(struct ils_service *service);
/* requests.c: the commands. */
int ils_requests_open(struct ils_service *service, sj_error *error);

#endif
