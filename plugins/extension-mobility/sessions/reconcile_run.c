/* The comparison of sessions with other clusters: the view of this side is sent, that of the other
 * comes back, and each session here is confirmed, ended, notified again or deleted as reconcile.c
 * decides. Runs at start, after each update, when a cluster comes back, and as the maintenance of
 * expired devices. */
#include "sessions/reconcile_run.h"

#include <stdlib.h>

#include "clusters/intercluster_client.h"
#include "clusters/logout_notify.h"
#include "clusters/peer_protocol.h"
#include "messages/intercluster.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/logout.h"
#include "sessions/operation.h"
#include "sessions/reconcile.h"

enum {
    RECONCILE_TIMEOUT_MS = 20000,
    AGAIN_MS = 1000,
    PAGES_MAX = 1000,
    PAGE = 200
}; /* a page holds the loop for some 10 ms */

/* One comparison with one cluster, over all its pages. */
struct course {
    bool as_maintenance;
    uint64_t begun_ms;
    size_t pages;
};

struct comparison {
    struct em *em;
    sj_scope *scope;
    int64_t asked_at;
    struct course course;
    char cluster_id[EM_NAME_ROOM], trace_id[EM_TRACE_ROOM];
    char after[EM_DEVICE_ROOM], until[EM_DEVICE_ROOM]; /* the page that our view holds */
};

static bool within(const char *device_name, const char *until) {
    return until[0] == '\0' || strcmp(device_name, until) <= 0;
}

const sj_intercluster_reconcile *em_reconcile_make_view(struct em *em, sj_scope *scope,
                                                        const char *cluster_id, const char *after,
                                                        const char *until) {
    const sj_query query = {.field = "remote_cluster_id",
                            .value = cluster_id,
                            .after_key = after[0] != '\0' ? after : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    size_t in_progress = 0;
    sj_intercluster_reconcile *view = sj_scope_alloc(scope, sizeof *view);
    if (view == NULL || sj_session_list(em->scope, &query, &list, NULL) != SJ_OK) {
        return NULL;
    }
    SJ_LIST_EACH(operation, &em->operations, struct em_operation, link) {
        in_progress++;
    }
    sj_intercluster_reconcile_session *sessions =
        sj_scope_alloc(scope, (list.count + in_progress + 1) * sizeof *sessions);
    sj_intercluster_reconcile_end *ended = sj_scope_alloc(scope, (list.count + 1) * sizeof *ended);
    for (size_t i = 0; sessions != NULL && ended != NULL && i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        if (session->kind == SJ_SESSION_KIND_LOCAL || !within(session->device_name, until)) {
            continue;
        }
        if (session->state != SJ_SESSION_STATE_ACTIVE) {
            ended[view->ended_count++] = (sj_intercluster_reconcile_end){
                .lease_id = sj_scope_strdup(scope, session->lease_id),
                .reason = sj_scope_strdup(scope, session->end_reason)};
            continue;
        }
        sj_intercluster_reconcile_session *entry = &sessions[view->sessions_count++];
        entry->lease_id = sj_scope_strdup(scope, session->lease_id);
        entry->device_name = sj_scope_strdup(scope, session->device_name);
        entry->user_id = sj_scope_strdup(scope, session->user_id);
        entry->home = session->kind == SJ_SESSION_KIND_HOME;
        entry->login_time = session->login_time;
        entry->expires_at = session->expires_at;
    }
    /* A login that is being requested there right now must not count as missing. */
    SJ_LIST_EACH(operation, &em->operations, struct em_operation, link) {
        if (sessions != NULL && operation->kind == EM_VISITING_LOGIN &&
            strcmp(operation->visiting.home_cluster_id, cluster_id) == 0) {
            sj_intercluster_reconcile_session *entry = &sessions[view->sessions_count++];
            entry->lease_id = sj_scope_strdup(scope, operation->login.lease_id);
            entry->device_name = sj_scope_strdup(scope, operation->device_name);
            entry->user_id = sj_scope_strdup(scope, operation->user_id);
            entry->login_time = sj_wall_ms(em->scope);
        }
    }
    const char *last = list.count == PAGE ? sj_session_at(&list, PAGE - 1)->device_name : "";
    view->protocol = EM_PROTOCOL;
    view->cluster_id = em->scope->host->node->cluster_id;
    view->sessions = sessions;
    view->ended = ended;
    view->after_device = sj_scope_strdup(scope, after);
    view->until_device =
        sj_scope_strdup(scope, last[0] != '\0' && within(last, until) ? last : until);
    sj_list_free(em->scope, &list);
    return sessions != NULL && ended != NULL && view->after_device != NULL &&
                   view->until_device != NULL
               ? view
               : NULL;
}

static void em_reconcile(struct em *em, const char *cluster_id);

static void again(void *user) {
    struct em *em = user;
    em->reconcile_soon = NULL;
    em_reconcile(em, NULL);
}

/* Those that both sides have are confirmed together: one flush for all. */
static void confirm(struct em *em, const sj_list *list, const enum em_reconcile_action *actions) {
    sj_error error = {0};
    int status = sj_store_begin(em->scope, &error);
    if (status != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < list->count && status == SJ_OK; i++) {
        if (actions[i] == EM_RECONCILE_CONFIRM) {
            sj_session confirmed = *sj_session_at(list, i);
            confirmed.confirmed_at = sj_wall_ms(em->scope);
            status = sj_session_put(em->scope, &confirmed, SJ_PUT_REPLACE, &error);
        }
    }
    if (status != SJ_OK || sj_store_commit(em->scope, NULL, NULL, &error) != SJ_OK) {
        sj_store_rollback(em->scope);
        sj_log_warning(em->scope,
                       "the sessions that both clusters have were not marked as confirmed: %s",
                       error.text);
    }
}

/* The other side has it no longer: for the reason that it has noted, or for an unknown one. */
static void end_missing(struct em *em, const sj_session *session,
                        const sj_intercluster_reconcile *theirs, bool as_maintenance) {
    char reason[80];
    em_copy(reason, as_maintenance ? "maintenance" : "reconciled");
    for (size_t i = 0; i < theirs->ended_count; i++) {
        if (strcmp(theirs->ended[i].lease_id, session->lease_id) == 0 &&
            sj_given(theirs->ended[i].reason)) {
            em_print(reason, sizeof reason, "remote:%s", theirs->ended[i].reason);
        }
    }
    sj_log_warning(em->scope, "cluster %s no longer has the session of %s on %s: ending ours",
                   session->remote_cluster_id, session->user_id, session->device_name);
    sj_trace(em->scope, session->trace_id, "cluster %s does not have this session any more",
             session->remote_cluster_id);
    em_logout(em, session, reason, session->trace_id, NULL, NULL);
}

static void act(struct em *em, const sj_session *session, enum em_reconcile_action action,
                const sj_intercluster_reconcile *theirs, bool as_maintenance) {
    switch (action) {
    case EM_RECONCILE_CONFIRM: break;
    case EM_RECONCILE_END: end_missing(em, session, theirs, as_maintenance); break;
    case EM_RECONCILE_NOTIFY:
        em_logout_notify(em, session->remote_cluster_id, session->lease_id, session->device_name,
                         session->end_reason, session->logged_out_by, session->trace_id,
                         session->kind == SJ_SESSION_KIND_HOME);
        break;
    case EM_RECONCILE_DELETE: /* one that stays is found again at the next comparison */
        (void)sj_session_delete(em->scope, session->device_name, NULL);
        break;
    case EM_RECONCILE_WAIT:
        if (em->reconcile_soon == NULL) {
            em->reconcile_soon = sj_timer_start(em->scope, AGAIN_MS, 0, again, em);
        }
        break;
    }
}

void em_reconcile_apply(struct em *em, const char *cluster_id,
                        const sj_intercluster_reconcile *theirs, const char *until,
                        int64_t made_after, bool as_maintenance) {
    const sj_query query = {.field = "remote_cluster_id",
                            .value = cluster_id,
                            .after_key =
                                sj_given(theirs->after_device) ? theirs->after_device : NULL,
                            .limit = PAGE};
    sj_list list = {0};
    if (sj_session_list(em->scope, &query, &list, NULL) != SJ_OK || list.count == 0) {
        sj_list_free(em->scope, &list);
        return;
    }
    while (list.count > 0 && !within(sj_session_at(&list, list.count - 1)->device_name, until)) {
        sj_record_free(em->scope, list.records[--list.count]);
    }
    if (list.count == 0) {
        sj_list_free(em->scope, &list);
        return;
    }
    struct em_lease *ours = calloc(list.count, sizeof *ours);
    struct em_lease *others = calloc(theirs->sessions_count + 1, sizeof *others);
    enum em_reconcile_action *actions = calloc(list.count, sizeof *actions);
    if (ours != NULL && others != NULL && actions != NULL) {
        for (size_t i = 0; i < list.count; i++) {
            const sj_session *session = sj_session_at(&list, i);
            ours[i] = (struct em_lease){.lease_id = session->lease_id,
                                        .device_name = session->device_name,
                                        .home = session->kind == SJ_SESSION_KIND_HOME,
                                        .ending = session->state == SJ_SESSION_STATE_ENDING,
                                        .login_time = session->login_time};
        }
        for (size_t i = 0; i < theirs->sessions_count; i++) {
            others[i] = (struct em_lease){.lease_id = theirs->sessions[i].lease_id,
                                          .device_name = theirs->sessions[i].device_name,
                                          .home = theirs->sessions[i].home};
        }
        em_reconcile_decide(ours, list.count, others, theirs->sessions_count, made_after, actions);
        confirm(em, &list, actions);
        for (size_t i = 0; i < list.count; i++) {
            act(em, sj_session_at(&list, i), actions[i], theirs, as_maintenance);
        }
    }
    free(ours);
    free(others);
    free(actions);
    sj_list_free(em->scope, &list);
}

static void compare(struct em *em, const char *cluster_id, const char *after, struct course course);

/* A partner that answers with less and less would be asked for ever. */
static void next_page(const struct comparison *comparison, const char *after) {
    struct em *em = comparison->em;
    struct course course = comparison->course;
    if (++course.pages < PAGES_MAX) {
        compare(em, comparison->cluster_id, after, course);
    } else {
        sj_log_warning(em->scope,
                       "cluster %s still answers with a part of its sessions after %d questions; "
                       "the rest is not compared",
                       comparison->cluster_id, PAGES_MAX);
    }
}

static void compared(void *user, const struct em_peer_answer *answer) {
    struct comparison *comparison = user;
    struct em *em = comparison->em;
    sj_intercluster_reconcile *theirs = NULL;
    sj_error error = {0};
    if (answer->status != EM_PEER_ANSWERED) {
        sj_log_info(em->scope, "the sessions could not be compared: %s", answer->cause);
    } else if (sj_intercluster_reconcile_from_json(em->scope, answer->body, answer->body_length,
                                                   &theirs, &error) != SJ_OK) {
        sj_log_warning(em->scope, "the sessions of cluster %s cannot be read: %s",
                       comparison->cluster_id, error.text);
    } else if (strcmp(theirs->cluster_id, comparison->cluster_id) != 0) {
        sj_log_warning(
            em->scope,
            "the cluster configured as %s answers with the id %s; its sessions are not compared",
            comparison->cluster_id, theirs->cluster_id);
    } else if (strcmp(theirs->after_device, comparison->after) == 0) {
        /* The answer may reach less far than the question; what lies behind is the next page. */
        const char *until =
            sj_given(theirs->until_device) ? theirs->until_device : comparison->until;
        em_reconcile_apply(em, comparison->cluster_id, theirs, until, comparison->asked_at,
                           comparison->course.as_maintenance);
        if (until[0] != '\0' && strcmp(until, comparison->after) > 0) {
            next_page(comparison, until);
        } else {
            sj_metric_add(em->scope, em->metrics.reconcile_seconds,
                          (double)(sj_monotonic_ms(em->scope) - comparison->course.begun_ms) /
                              1000.0);
        }
    }
    sj_record_free(em->scope, theirs);
    sj_scope_close(comparison->scope);
}

static void compare(struct em *em, const char *cluster_id, const char *after,
                    struct course course) {
    sj_scope *scope = sj_scope_open(em->scope, "reconcile", NULL, NULL);
    struct comparison *comparison =
        scope != NULL ? sj_scope_alloc(scope, sizeof *comparison) : NULL;
    const sj_intercluster_reconcile *view =
        comparison != NULL ? em_reconcile_make_view(em, scope, cluster_id, after, "") : NULL;
    char *json = view != NULL ? sj_intercluster_reconcile_to_json(scope, view) : NULL;
    if (json == NULL) {
        sj_log_error(em->scope, "the sessions with cluster %s could not be read", cluster_id);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        return;
    }
    comparison->em = em;
    comparison->scope = scope;
    comparison->asked_at = sj_wall_ms(em->scope);
    comparison->course = course;
    em_copy(comparison->cluster_id, cluster_id);
    em_copy(comparison->after, after);
    em_copy(comparison->until, view->until_device);
    sj_random_hex(scope, comparison->trace_id, 32);
    em_peer_call(em, scope, cluster_id, "reconcile", json, RECONCILE_TIMEOUT_MS,
                 comparison->trace_id, compared, comparison);
    sj_text_free(em->scope, json);
}

void em_reconcile_as(struct em *em, const char *cluster_id, bool as_maintenance) {
    const struct course course = {.as_maintenance = as_maintenance,
                                  .begun_ms = sj_monotonic_ms(em->scope)};
    sj_list clusters = {0};
    if (cluster_id != NULL) {
        compare(em, cluster_id, "", course);
        return;
    }
    if (sj_remote_cluster_list(em->scope, NULL, &clusters, NULL) != SJ_OK) {
        return;
    }
    for (size_t i = 0; i < clusters.count; i++) {
        const char *id = sj_remote_cluster_at(&clusters, i)->cluster_id;
        const sj_query query = {.field = "remote_cluster_id", .value = id, .limit = 1};
        if (sj_session_count(em->scope, &query, NULL) > 0 || !as_maintenance) {
            compare(em, id, "", course);
        }
    }
    sj_list_free(em->scope, &clusters);
}

/* Compares with one remote cluster, or with each that has any session (NULL). */
static void em_reconcile(struct em *em, const char *cluster_id) {
    em_reconcile_as(em, cluster_id, false);
}

void em_reconcile_open(struct em *em) {
    em->on_cluster_answered = em_reconcile;
}
