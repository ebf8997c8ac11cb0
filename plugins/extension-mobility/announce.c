/* What the rest of the world learns: events, metrics and log lines of logins and logouts. */
#include "em.h"

int em_announce_open(struct em *em, sj_error *error) {
    struct em_metrics *metrics = &em->metrics;
    sj_scope *scope = em->scope;
    const struct {
        sj_metric **metric;
        sj_metric_kind kind;
        const char *name, *help;
    } wanted[] = {
        {&metrics->requests_handled, SJ_COUNTER, "sojourn_em_requests_handled_total", "Login and logout requests handled."},
        {&metrics->requests_in_progress, SJ_GAUGE, "sojourn_em_requests_in_progress", "Login and logout requests in progress."},
        {&metrics->requests_throttled, SJ_COUNTER, "sojourn_em_requests_throttled_total", "Requests refused as busy (26)."},
        {&metrics->logins_attempted, SJ_COUNTER, "sojourn_em_logins_attempted_total", "Logins attempted."},
        {&metrics->logins_successful, SJ_COUNTER, "sojourn_em_logins_total", "Logins that succeeded."},
        {&metrics->logouts_attempted, SJ_COUNTER, "sojourn_em_logouts_attempted_total", "Logouts attempted."},
        {&metrics->logouts_successful, SJ_COUNTER, "sojourn_em_logouts_total", "Logouts that succeeded."},
        {&metrics->emcc_messages, SJ_COUNTER, "sojourn_em_intercluster_messages_total", "Messages from remote clusters."},
        {&metrics->remote_devices, SJ_GAUGE, "sojourn_em_remote_devices", "Phones of other clusters on base devices here."},
        {&metrics->unknown_remote_users, SJ_COUNTER, "sojourn_em_unknown_remote_users_total", "Ids that no cluster knew."},
        {&metrics->active_intercluster, SJ_GAUGE, "sojourn_em_intercluster_requests_in_progress",
         "Requests between clusters in progress."},
        {&metrics->remote_users, SJ_GAUGE, "sojourn_em_remote_users", "Users of other clusters on phones here."},
        {&metrics->check_user_handled, SJ_COUNTER, "sojourn_em_check_user_handled_total", "Home look-ups answered for others."},
        {&metrics->login_seconds, SJ_HISTOGRAM, "sojourn_em_login_seconds", "Time a login took."},
        {&metrics->failed_local_cluster, SJ_COUNTER, "sojourn_em_emcc_failed_in_local_cluster_total",
         "EMCC logins that failed on this side."},
        {&metrics->failed_remote_cluster, SJ_COUNTER, "sojourn_em_emcc_failed_in_remote_cluster_total",
         "EMCC logins that the home cluster refused."},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        *wanted[i].metric = sj_metric_new(scope, wanted[i].kind, wanted[i].name, wanted[i].help);
    }
    em->session_started = sj_session_started_topic(scope, error);
    em->session_ended = sj_session_ended_topic(scope, error);
    em->login_failed = sj_login_failed_topic(scope, error);
    if (em->session_started == NULL || em->session_ended == NULL || em->login_failed == NULL) {
        return error != NULL && error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    return SJ_OK;
}

static void count_session(struct em *em, const sj_session *session, int64_t step) {
    if (session->kind == SJ_SESSION_KIND_HOME) {
        em->remote_devices += step;
        sj_metric_set(em->scope, em->metrics.remote_devices, (double)em->remote_devices);
    } else if (session->kind == SJ_SESSION_KIND_VISITING) {
        em->remote_users += step;
        sj_metric_set(em->scope, em->metrics.remote_users, (double)em->remote_users);
    }
}

void em_announce_started(struct em *em, const sj_session *session) {
    const sj_session_started event = {.device_name = session->device_name,
                                      .kind = (sj_session_started_kind)session->kind,
                                      .user_id = session->user_id,
                                      .remote_cluster_id = session->remote_cluster_id,
                                      .base_device = session->base_device,
                                      .roaming_device_pool = session->roaming_device_pool,
                                      .expires_at = session->expires_at,
                                      .trace_id = session->trace_id};
    count_session(em, session, 1);
    sj_log_info(em->scope, "%s is logged in on %s (%s%s%s)", session->user_id, session->device_name,
                sj_session_kind_text(session->kind), em_given(session->remote_cluster_id) ? ", other cluster " : "",
                em_given(session->remote_cluster_id) ? session->remote_cluster_id : "");
    sj_publish_session_started(em->scope, em->session_started, &event);
}

void em_announce_ended(struct em *em, const sj_session *session, const char *reason) {
    const sj_session_ended event = {.device_name = session->device_name,
                                    .kind = (sj_session_ended_kind)session->kind,
                                    .user_id = session->user_id,
                                    .remote_cluster_id = session->remote_cluster_id,
                                    .reason = reason,
                                    .trace_id = session->trace_id};
    count_session(em, session, -1);
    sj_log_info(em->scope, "%s is logged out of %s (%s): %s", session->user_id, session->device_name,
                sj_session_kind_text(session->kind), reason);
    sj_publish_session_ended(em->scope, em->session_ended, &event);
}

void em_announce_failed(struct em *em, const char *device_name, const char *user_id, int code, const char *cause, bool emcc,
                        const char *trace_id) {
    const struct em_code_entry *entry = em_code_entry(code);
    char text[EM_CAUSE_ROOM + 128];
    em_print(text, sizeof text, "%s (%d): %s", entry->name, code, em_given(cause) ? cause : entry->cause);
    const sj_login_failed event = {.device_name = device_name,
                                   .user_id = user_id,
                                   .code = em_code_shown(code),
                                   .cause = text,
                                   .emcc = emcc,
                                   .trace_id = trace_id};
    /* A code that is in no table, or 0, is a defect of ours. */
    sj_log(em->scope, code <= 0 || !em_code_known(code) ? SJ_LOG_ERROR : SJ_LOG_WARNING, "refused %s on %s: %s",
           em_given(user_id) ? user_id : "a request", em_given(device_name) ? device_name : "a phone without name", text);
    sj_trace(em->scope, trace_id, "refused: %s", text);
    sj_publish_login_failed(em->scope, em->login_failed, &event);
}
