/* The state of the plugin, the room that names need, and a few helpers for texts. */
#ifndef EM_EM_H
#define EM_EM_H

#include <sojourn/base/list.h>
#include <sojourn/base/text.h>
#include <sojourn/sojourn.h>

#include "clusters/shared_traces.h"
#include "reporting/alert_limit.h"
#include "reporting/counts.h"
#include "reporting/failures.h"
#include "sessions/ended_leases.h"
#include "sessions/name_queue.h"
#include "sessions/user_sessions.h"
#include "users/directory_uris.h"

enum {
    EM_DEVICE_ROOM = 129,
    EM_USER_ROOM = 129,
    EM_NAME_ROOM = 51, /* profiles, pools, clusters */
    EM_LEASE_ROOM = 65,
    EM_TRACE_ROOM = 33,
    EM_CAUSE_ROOM = 512,
    EM_URL_ROOM = 256,
    EM_MINUTES_MAX = 100000, /* of a login */
    EM_BASE_URL_ROOM = 320,
    EM_PIN_ROOM = 129,
};

struct em_metrics {
    sj_metric *requests_handled, *requests_in_progress, *requests_throttled;
    sj_metric *logins_attempted, *logins_successful, *logouts_attempted, *logouts_successful;
    sj_metric *emcc_messages, *remote_devices, *unknown_remote_users, *active_intercluster,
        *remote_users, *check_user_handled;
    sj_metric *login_seconds, *reconcile_seconds, *failed_local_cluster, *failed_remote_cluster;
};

struct em_address;
struct em_trusted_names;
struct em_logout_notices;
struct em_visitor_calls;

struct em_clock {
    int64_t offset_ms; /* wall less monotonic */
    int64_t shift_ms;  /* what times in the store are still to be moved by */
    int64_t seen_at;   /* by the clock as it is now: later times are right already */
    bool sessions_moved;
    bool moving;                   /* a timer continues with it */
    char after[EM_USER_ROOM + 17]; /* the key of the session, or then of the credential's state,
                                      that was moved last */
};

struct em {
    sj_scope *scope;
    struct em_metrics metrics;
    struct em_counts counts;
    sj_topic *session_started, *session_ended, *login_failed, *emcc_alert, *remote_cluster_updated,
        *policy_amended;
    struct em_failures failures;
    uint64_t refusals_since; /* when the minute of the log began, and how many of its refusals are
                                there */
    int64_t refusals_logged;
    struct em_shared_traces shared_traces;
    struct sj_peer_memory peer_memory; /* intercluster_client.c */
    struct em_alert_limit alerts[2];   /* by sj_emcc_alert_alert */
    sj_list_head operations;           /* em_operation, in progress */
    int operations_count;
    sj_list_head kept_pins;       /* right ones, while their users choose a device profile */
    struct em_address *addresses; /* device cache of access.c, most recently used first */
    size_t addresses_count;
    struct em_trusted_names *trusted_names; /* trusted_names.c */
    struct em_directory_uris directory_uris;
    sj_list_head pin_changes; /* in progress */
    struct em_ended_leases
        ended_leases; /* leases that have ended: no login is accepted under them */
    struct em_logout_notices *logout_notices; /* logouts on their way to another cluster */
    struct em_name_queue session_ends; /* active sessions by their end on the monotonic clock */
    struct em_clock clock; /* the wall clock, as it was last seen beside the monotonic one */
    struct em_name_queue free_devices;     /* free base devices by number; entries may be stale */
    struct em_user_sessions user_sessions; /* of users of this cluster, as in the store */
    sj_list_head visited_clusters;         /* that were asked for bandwidth (visited_bandwidth.c) */
    struct em_visitor_calls *visitor_calls; /* that take bandwidth here (peer_bandwidth.c) */
    void (*on_cluster_answered)(struct em *em,
                                const char *cluster_id); /* set by sessions/reconcile_run.c */
    bool ready;                   /* the sessions have been read from the store */
    sj_list_head selections;      /* live devices to be made anew, by sources.c */
    sj_handle *refresh_timer;     /* looks at the selections */
    bool refresh_due;             /* it has been set for them */
    uint64_t enterprise_services; /* a hash of their names */
    sj_handle *update_timer, *maintenance_timer, *reconcile_soon, *ending;
};

/* Sentences and names, cut to the room there is. */
static inline void em_print(char *target, size_t room, const char *format, ...) SJ_PRINTF(3, 4);
static inline void em_print(char *target, size_t room, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(target, room, format, arguments);
    va_end(arguments);
}
#define em_copy(target, text) em_print((target), sizeof(target), "%s", sj_or_empty(text))
/* Secrets leave no trace, wherever they lie. NULL is allowed. */
static inline void em_wipe(const char *secret) {
    if (secret != NULL) {
        explicit_bzero((char *)(uintptr_t)secret, strlen(secret));
    }
}

#endif
