/* Notifies the other cluster that a session has ended, and repeats that until it confirms. A
 * session stays "ending" in the store until then, so that a restart loses none. However many end at
 * once, each cluster gets a few at a time; when it does not answer, the rest is left for later. */
#include "clusters/logout_notify.h"

#include <sojourn/base/map.h>
#include <stdlib.h>

#include "clusters/intercluster_client.h"
#include "clusters/peer_protocol.h"
#include "devices/device_reset.h"
#include "messages/intercluster.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"

enum {
    AT_ONCE = 32,
    AGAIN_AT_MOST = 1000,
    NOTIFY_TIMEOUT_MS = 10000,
    AGAIN_FIRST_MS = 2000,
    AGAIN_LAST_MS = 30000,
};

struct notified_cluster {
    sj_list_link link;
    struct em *em;
    sj_list_head waiting; /* waiting for their turn */
    size_t sent;
    sj_handle *postponing; /* it does not answer: what waits is left for later, some at a time */
    char cluster_id[EM_NAME_ROOM];
};

struct notice {
    sj_list_link link; /* while it waits for its turn */
    sj_map_link by_lease;
    struct notified_cluster *cluster;
    sj_scope *scope;
    char lease_id[EM_LEASE_ROOM], device_name[EM_DEVICE_ROOM], reason[101],
        application_user[EM_USER_ROOM];
    char trace_id[EM_TRACE_ROOM];
    bool reset_phone;
    uint64_t repeat_until; /* the store does not hold it: it is repeated until then; 0: the store
                              holds it */
    int64_t repeat_in_ms;
};

struct em_logout_notices {
    sj_map by_lease; /* all */
    sj_list_head clusters;
};

static struct notice *find(const struct em_logout_notices *notices, const char *lease_id) {
    SJ_MAP_EACH_OF(notice, &notices->by_lease, sj_hash_keyed_text(lease_id), struct notice,
                   by_lease) {
        if (strcmp(notice->lease_id, lease_id) == 0) {
            return notice;
        }
    }
    return NULL;
}

static struct notified_cluster *cluster_of(struct em *em, const char *cluster_id) {
    SJ_LIST_EACH(known, &em->logout_notices->clusters, struct notified_cluster, link) {
        if (strcmp(known->cluster_id, cluster_id) == 0) {
            return known;
        }
    }
    struct notified_cluster *cluster = calloc(1, sizeof *cluster);
    if (cluster != NULL) {
        cluster->em = em;
        em_copy(cluster->cluster_id, cluster_id);
        sj_list_add_first(&em->logout_notices->clusters, &cluster->link);
    }
    return cluster;
}

static void end(struct notice *notice) {
    struct em *em = notice->cluster->em;
    sj_list_remove(&notice->link);
    sj_map_remove(&em->logout_notices->by_lease, &notice->by_lease);
    if (notice->reset_phone) {
        em_device_reset(em, notice->device_name, true, notice->trace_id);
    }
    sj_scope_close(notice->scope);
}

static void send_next(struct notified_cluster *cluster);

static void enqueue_again(void *user) {
    struct notice *notice = user;
    sj_list_add_last(&notice->cluster->waiting, &notice->link);
    send_next(notice->cluster);
}

/* Postponed: the store holds it, or it is tried again later from memory. */
static void postpone(struct notice *notice) {
    sj_scope *scope = notice->cluster->em->scope;
    const int64_t pause = notice->repeat_in_ms;
    if (notice->repeat_until > sj_monotonic_ms(scope) + (uint64_t)pause &&
        sj_timer_start(notice->scope, pause, 0, enqueue_again, notice) != NULL) {
        notice->repeat_in_ms = 2 * pause < AGAIN_LAST_MS ? 2 * pause : AGAIN_LAST_MS;
        return;
    }
    if (notice->repeat_until > 0) {
        sj_log_warning(scope,
                       "cluster %s was not notified that the login on %s was cancelled; if it has "
                       "made a session, it ends "
                       "when the sessions are compared",
                       notice->cluster->cluster_id, notice->device_name);
    }
    end(notice);
}

static struct notice *take_first(struct notified_cluster *cluster) {
    return SJ_OWNER(sj_list_take_first(&cluster->waiting), struct notice, link);
}

/* Its record was removed: it cannot be notified. */
static bool is_deleted(struct notified_cluster *cluster) {
    sj_remote_cluster *configured = NULL;
    const int status =
        sj_remote_cluster_get(cluster->em->scope, cluster->cluster_id, &configured, NULL);
    sj_record_free(cluster->em->scope, configured);
    return status == SJ_E_NOT_FOUND;
}

static void delete_ending(struct notice *notice) {
    sj_scope *scope = notice->cluster->em->scope;
    sj_session *session = NULL;
    sj_error error = {0};
    if (sj_session_get(scope, notice->device_name, &session, NULL) == SJ_OK &&
        session->state == SJ_SESSION_STATE_ENDING &&
        strcmp(session->lease_id, notice->lease_id) == 0 &&
        sj_session_delete(scope, notice->device_name, &error) != SJ_OK) {
        sj_log_error(scope, "the ended session on %s stays in the store: %s", notice->device_name,
                     error.text);
    }
    sj_record_free(scope, session);
}

static void postpone_rest(struct notified_cluster *cluster);

static void postpone_some(void *user) {
    struct notified_cluster *cluster = user;
    struct notice *notice;
    const bool deleted = is_deleted(cluster);
    cluster->postponing = NULL;
    for (int i = 0; i < AT_ONCE && (notice = take_first(cluster)) != NULL; i++) {
        if (deleted) {
            delete_ending(notice);
            end(notice);
        } else {
            postpone(notice);
        }
    }
    postpone_rest(cluster);
}

static void postpone_rest(struct notified_cluster *cluster) {
    if (!sj_list_empty(&cluster->waiting) && cluster->postponing == NULL) {
        cluster->postponing = sj_timer_start(cluster->em->scope, 0, 0, postpone_some, cluster);
    }
}

static void answered(void *user, const struct em_peer_answer *answer) {
    struct notice *notice = user;
    struct notified_cluster *cluster = notice->cluster;
    sj_scope *scope = cluster->em->scope;
    const bool reached = answer->status == EM_PEER_ANSWERED;
    sj_intercluster_logout_answer *message = NULL;
    sj_error error = {0};
    bool confirmed = false;
    if (!reached) {
        sj_log_info(scope, "cluster %s has not confirmed yet that the session on %s has ended: %s",
                    cluster->cluster_id, notice->device_name, answer->cause);
        sj_trace(scope, notice->trace_id, "cluster %s could not be notified: %s",
                 cluster->cluster_id, answer->cause);
        if (is_deleted(cluster)) {
            delete_ending(notice);
            confirmed = true;
        }
    } else if (sj_intercluster_logout_answer_from_json(scope, answer->body, answer->body_length,
                                                       &message, &error) != SJ_OK) {
        sj_log_warning(scope, "cluster %s: its answer to a logout cannot be read: %s",
                       cluster->cluster_id, error.text);
    } else if (message->code == 0 || message->code == EM_NO_USER_LOGGED_IN) {
        sj_trace(scope, notice->trace_id, "cluster %s confirmed that the session on %s has ended",
                 cluster->cluster_id, notice->device_name);
        delete_ending(notice);
        confirmed = true;
    } else {
        sj_log_warning(scope, "cluster %s did not end the session on %s: %s (%lld)",
                       cluster->cluster_id, notice->device_name, message->cause,
                       (long long)message->code);
    }
    sj_record_free(scope, message);
    if (confirmed) {
        end(notice);
    } else {
        postpone(notice);
    }
    cluster->sent--;
    if (reached) {
        send_next(cluster);
    } else {
        postpone_rest(cluster);
    }
}

static void send_notice(struct notice *notice) {
    struct em *em = notice->cluster->em;
    const char *cluster_id = notice->cluster->cluster_id;
    const sj_intercluster_logout message = {.protocol = EM_PROTOCOL,
                                            .cluster_id = em->scope->host->node->cluster_id,
                                            .idempotency_key = notice->lease_id,
                                            .lease_id = notice->lease_id,
                                            .device_name = notice->device_name,
                                            .reason = notice->reason,
                                            .application_user = notice->application_user};
    char *json = sj_intercluster_logout_to_json(notice->scope, &message);
    if (json == NULL) {
        sj_log_error(em->scope,
                     "out of memory: cluster %s is notified later that the session on %s has ended",
                     cluster_id, notice->device_name);
        postpone(notice);
        return;
    }
    notice->cluster->sent++;
    sj_trace(em->scope, notice->trace_id, "notifying cluster %s that the session on %s has ended",
             cluster_id, notice->device_name);
    em_peer_call(em, notice->scope, cluster_id, "logout", json, NOTIFY_TIMEOUT_MS, notice->trace_id,
                 answered, notice);
    sj_text_free(em->scope, json);
}

static void send_next(struct notified_cluster *cluster) {
    struct notice *notice;
    while (cluster->postponing == NULL && cluster->sent < AT_ONCE &&
           (notice = take_first(cluster)) != NULL) {
        send_notice(notice);
    }
}

/* The notice of that lease, made unless there is one; NULL without memory. */
static struct notice *find_or_make(struct em *em, const char *cluster_id, const char *lease_id,
                                   const char *device_name, bool *made) {
    *made = false;
    if (em->logout_notices == NULL) {
        em->logout_notices = calloc(1, sizeof *em->logout_notices);
    }
    struct notice *known = em->logout_notices != NULL ? find(em->logout_notices, lease_id) : NULL;
    if (em->logout_notices == NULL || known != NULL) {
        return known;
    }
    struct notified_cluster *cluster = cluster_of(em, cluster_id);
    sj_scope *scope =
        cluster != NULL ? sj_scope_open(em->scope, "logout notice", NULL, NULL) : NULL;
    struct notice *notice = scope != NULL ? sj_scope_alloc(scope, sizeof *notice) : NULL;
    if (notice == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return NULL;
    }
    notice->cluster = cluster;
    notice->scope = scope;
    notice->repeat_in_ms = AGAIN_FIRST_MS;
    em_copy(notice->lease_id, lease_id);
    em_copy(notice->device_name, device_name);
    sj_map_add(&em->logout_notices->by_lease, &notice->by_lease,
               sj_hash_keyed_text(notice->lease_id));
    *made = true;
    return notice;
}

static void log_delay(struct em *em, const char *cluster_id, const char *device_name) {
    sj_log_error(em->scope,
                 "out of memory: cluster %s is notified later that the session on %s has ended",
                 cluster_id, device_name);
}

void em_logout_notify(struct em *em, const char *cluster_id, const char *lease_id,
                      const char *device_name, const char *reason, const char *application_user,
                      const char *trace_id, bool reset_phone) {
    bool made;
    struct notice *notice = find_or_make(em, cluster_id, lease_id, device_name, &made);
    if (notice == NULL) {
        log_delay(em, cluster_id, device_name);
        return;
    }
    notice->reset_phone = notice->reset_phone || reset_phone;
    if (made) {
        em_copy(notice->reason, reason);
        em_copy(notice->application_user, application_user);
        em_copy(notice->trace_id, trace_id);
        enqueue_again(notice);
    }
}

void em_logout_notify_cancelled(struct em *em, const char *cluster_id, const char *lease_id,
                                const char *device_name, const char *reason, const char *trace_id,
                                uint64_t repeat_ms) {
    bool made;
    struct notice *notice = find_or_make(em, cluster_id, lease_id, device_name, &made);
    if (notice == NULL) {
        log_delay(em, cluster_id, device_name);
    } else if (made) {
        notice->repeat_until = sj_monotonic_ms(em->scope) + repeat_ms;
        em_copy(notice->reason, reason);
        em_copy(notice->trace_id, trace_id);
        enqueue_again(notice);
    }
}

void em_logout_notify_resend(struct em *em, const char *cluster_id) {
    const sj_query query = {.field = "state",
                            .value = "ending",
                            .field2 = cluster_id != NULL ? "remote_cluster_id" : NULL,
                            .value2 = cluster_id,
                            .limit = AGAIN_AT_MOST};
    sj_list list = {0};
    if (sj_session_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        em_logout_notify(em, session->remote_cluster_id, session->lease_id, session->device_name,
                         session->end_reason, session->logged_out_by, session->trace_id, false);
    }
    sj_list_free(em->scope, &list);
}

void em_logout_notify_close(struct em *em) {
    if (em->logout_notices == NULL) {
        return;
    }
    SJ_LIST_EACH(cluster, &em->logout_notices->clusters, struct notified_cluster, link) {
        sj_list_remove(&cluster->link);
        free(cluster);
    }
    sj_map_clear(&em->logout_notices->by_lease);
    free(em->logout_notices);
    em->logout_notices = NULL;
}
