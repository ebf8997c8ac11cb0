/* What remote clusters may ask of this one: POST
 * /intercluster/v1/{user,information,trace,reconcile}; what they ask for their phones is in
 * peer_sessions.c. The host has checked their certificates; here the body is read, and must
 * name the cluster that the certificate belongs to. */
#include "clusters/information.h"
#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "clusters/session_trace.h"
#include "intercluster/peer_request.h"
#include "intercluster/peer_routes.h"
#include "messages/intercluster.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "sessions/reconcile_run.h"
#include "users/login_type.h"
#include "users/users.h"

enum { VIEW_ON_ITS_WAY_MS = 60000 };

/* ---- user ---- */

/* What only applications of a cluster may know that may log our users in: a phone page needs none
 * of it, and the profiles are disclosed to no one else before the PIN was right. */
static void disclose(struct em *em, const char *peer_cluster, const char *application_user,
                     const sj_end_user *user, sj_intercluster_user_answer *answer) {
    if (!em_partner_accepts_applications(em, peer_cluster) || !user->enable_emcc ||
        !user->enabled) {
        return;
    }
    answer->disclosed = true;
    answer->user_id = user->user_id;
    answer->profiles = user->controlled_profiles;
    answer->profiles_count = user->controlled_profiles_count;
    answer->default_profile = user->default_profile;
    sj_log_info(em->scope, "application %s of cluster %s received the device profiles of %s",
                application_user, peer_cluster, user->user_id);
}

static void on_user(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_user_query *query = NULL;
    sj_end_user *found = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    if (sj_intercluster_user_query_from_json(em->scope, request->body, request->body_length, &query,
                                             &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (!em_peer_cluster_matches(request, query->cluster_id, cause)) {
        const sj_intercluster_user_answer refusal = {
            .protocol = em_partner_protocol(query->protocol),
            .cluster_id = em->scope->host->node->cluster_id,
            .code = EM_CLUSTER_ID,
            .cause = cause};
        em_announce_failed_for(em, EM_FAILED_OTHER, "", query->user_id, EM_CLUSTER_ID, cause, true,
                               trace_id, query->application_user);
        em_peer_reply_json(em, request, trace_id,
                           sj_intercluster_user_answer_to_json(em->scope, &refusal));
        sj_record_free(em->scope, query);
        return;
    }
    const enum em_code code = em_user_find(em, query->login_type, query->user_id, &found, cause);
    sj_intercluster_user_answer answer = {.protocol = em_partner_protocol(query->protocol),
                                          .cluster_id = em->scope->host->node->cluster_id,
                                          .known = code == EM_OK,
                                          .ambiguous = code == EM_EXTENSION_SHARED};
    if (answer.known && sj_given(query->application_user)) {
        disclose(em, request->peer_cluster, query->application_user, found, &answer);
    }
    sj_metric_add(em->scope, em->metrics.check_user_handled, 1);
    sj_trace(em->scope, trace_id, "%s%s%scluster %s asks for user %s: %s%s",
             sj_given(query->application_user) ? "application " : "",
             sj_given(query->application_user) ? query->application_user : "",
             sj_given(query->application_user) ? " of " : "", request->peer_cluster, query->user_id,
             answer.known       ? "belongs to this cluster"
             : answer.ambiguous ? "several users of this cluster"
                                : "not of this cluster",
             answer.disclosed ? ", with the names of the device profiles" : "");
    em_peer_reply_json(em, request, trace_id,
                       sj_intercluster_user_answer_to_json(em->scope, &answer));
    sj_record_free(em->scope, found);
    sj_record_free(em->scope, query);
}

/* ---- information ---- */

static void on_information(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_information *theirs = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_LARGE)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_information_from_json(em->scope, request->body, request->body_length,
                                              &theirs, &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    sj_scope *scope = sj_scope_open(em->scope, "information", NULL, NULL);
    /* A cluster that names itself wrongly learns the name of this one and what is wrong, and
     * nothing else. */
    const bool rightly = em_peer_cluster_matches(request, theirs->cluster_id, cause);
    sj_intercluster_information refusal = {.protocol = EM_PROTOCOL,
                                           .cluster_id = em->scope->host->node->cluster_id,
                                           .version = em->scope->host->node->version,
                                           .code = EM_REMOTE_CLUSTER_ID,
                                           .cause = cause};
    sj_intercluster_information *own =
        scope != NULL && rightly ? em_information_build(em, scope) : NULL;
    if (own != NULL) {
        em_partner_describe(em, scope, request->peer_cluster, own);
    } else if (!rightly) {
        sj_log_warning(em->scope, "cluster %s receives no information: %s", request->peer_cluster,
                       cause);
        own = &refusal;
    }
    em_peer_reply_json(em, request, trace_id,
                       own != NULL ? sj_intercluster_information_to_json(em->scope, own) : NULL);
    if (scope != NULL) {
        sj_scope_close(scope);
    }
    sj_record_free(em->scope, theirs);
}

/* ---- reconcile ---- */

static void on_reconcile(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_reconcile *theirs = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cluster_id[EM_NAME_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_LARGE)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_reconcile_from_json(em->scope, request->body, request->body_length, &theirs,
                                            &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    if (em_peer_check_cluster(em, request, theirs->cluster_id)) {
        sj_scope *scope = sj_scope_open(em->scope, "reconcile", NULL, NULL);
        em_copy(cluster_id, request->peer_cluster);
        /* The view of this side before the other is acted on: what is ended because of it, the
         * other has ended already. */
        const sj_intercluster_reconcile *ours =
            scope != NULL ? em_reconcile_make_view(em, scope, cluster_id, theirs->after_device,
                                                   theirs->until_device)
                          : NULL;
        em_peer_reply_json(em, request, trace_id,
                           ours != NULL ? sj_intercluster_reconcile_to_json(em->scope, ours)
                                        : NULL);
        /* How long it was on its way is not known: young sessions are judged by a view that we ask
         * for ourselves. */
        if (ours != NULL) {
            em_reconcile_apply(em, cluster_id, theirs, ours->until_device,
                               sj_wall_ms(em->scope) - VIEW_ON_ITS_WAY_MS, false);
        }
        if (scope != NULL) {
            sj_scope_close(scope);
        }
    }
    sj_record_free(em->scope, theirs);
}

/* ---- trace ---- */

static void on_trace(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_trace *asked = NULL;
    sj_error error = {0};
    char own_trace[EM_TRACE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    if (sj_intercluster_trace_from_json(em->scope, request->body, request->body_length, &asked,
                                        &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    if (em_peer_check_cluster(em, request, asked->cluster_id)) {
        sj_scope *scope = sj_scope_open(em->scope, "trace", NULL, NULL);
        sj_random_hex(em->scope, own_trace, 32);
        em_peer_reply_json(
            em, request, own_trace,
            scope != NULL ? em_session_trace_for(em, scope, request->peer_cluster, asked->trace_id)
                          : NULL);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
    }
    sj_record_free(em->scope, asked);
}

int em_peer_routes_open(struct em *em, const struct em_route *routes, size_t count,
                        sj_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (sj_http_route(em->scope, "POST", routes[i].path, SJ_ROUTE_PEER_CLUSTER,
                          routes[i].handler, em, error) == NULL) {
            return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
        }
    }
    return SJ_OK;
}

int em_peer_queries_open(struct em *em, sj_error *error) {
    const struct em_route routes[] = {{"/intercluster/v1/user", on_user},
                                      {"/intercluster/v1/information", on_information},
                                      {"/intercluster/v1/reconcile", on_reconcile},
                                      {"/intercluster/v1/trace", on_trace}};
    int status = em_peer_routes_open(em, routes, sizeof routes / sizeof routes[0], error);
    status = status == SJ_OK ? em_peer_sessions_open(em, error) : status;
    return status == SJ_OK ? em_peer_bandwidth_open(em, error) : status;
}
