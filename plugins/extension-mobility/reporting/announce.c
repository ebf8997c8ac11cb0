/* What the rest of the world learns: events, metrics and log lines of logins and logouts. */
#include "reporting/announce.h"

#include "events/policy.h"
#include "events/session.h"
#include "reporting/alert_limit.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "reporting/failures.h"
#include "resources/session.h"

enum { MINUTE_MS = 60000, LINES_A_MINUTE = 100 };

static void on_failures(void *user, sj_question *question, const sj_session_failures *request) {
    struct em *em = user;
    const struct em_failure *found[FAILURES_KEPT];
    sj_session_failures_reply_entry entries[FAILURES_KEPT];
    const size_t room = request->limit < FAILURES_KEPT ? (size_t)request->limit : FAILURES_KEPT;
    const size_t count =
        em_failures_find(&em->failures, request->device_name, request->user_id, found, room);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (sj_session_failures_reply_entry){.time = found[i]->at,
                                                       .device_name = found[i]->device_name,
                                                       .user_id = found[i]->user_id,
                                                       .shown = found[i]->shown,
                                                       .code = found[i]->code,
                                                       .cause = found[i]->cause,
                                                       .trace_id = found[i]->trace_id};
    }
    const sj_session_failures_reply reply = {
        .failures = entries, .failures_count = count, .kept = (int64_t)em->failures.count};
    sj_reply_session_failures(em->scope, question, &reply);
}

int em_announce_open(struct em *em, sj_error *error) {
    struct em_metrics *metrics = &em->metrics;
    sj_scope *scope = em->scope;
    const struct {
        sj_metric **metric;
        sj_metric_kind kind;
        const char *name, *help;
    } wanted[] = {
        {&metrics->requests_handled, SJ_COUNTER, "sojourn_em_requests_handled_total",
         "Login and logout requests handled."},
        {&metrics->requests_in_progress, SJ_GAUGE, "sojourn_em_requests_in_progress",
         "Login and logout requests in progress."},
        {&metrics->requests_throttled, SJ_COUNTER, "sojourn_em_requests_throttled_total",
         "Requests refused as busy (26)."},
        {&metrics->logins_attempted, SJ_COUNTER, "sojourn_em_logins_attempted_total",
         "Logins attempted."},
        {&metrics->logins_successful, SJ_COUNTER, "sojourn_em_logins_total",
         "Logins that succeeded."},
        {&metrics->logouts_attempted, SJ_COUNTER, "sojourn_em_logouts_attempted_total",
         "Logouts attempted."},
        {&metrics->logouts_successful, SJ_COUNTER, "sojourn_em_logouts_total",
         "Logouts that succeeded."},
        {&metrics->emcc_messages, SJ_COUNTER, "sojourn_em_intercluster_messages_total",
         "Messages from remote clusters."},
        {&metrics->remote_devices, SJ_GAUGE, "sojourn_em_remote_devices",
         "Phones of other clusters on base devices here."},
        {&metrics->unknown_remote_users, SJ_COUNTER, "sojourn_em_unknown_remote_users_total",
         "Ids that no cluster knew."},
        {&metrics->active_intercluster, SJ_GAUGE, "sojourn_em_intercluster_requests_in_progress",
         "Requests between clusters in progress."},
        {&metrics->remote_users, SJ_GAUGE, "sojourn_em_remote_users",
         "Users of other clusters on phones here."},
        {&metrics->check_user_handled, SJ_COUNTER, "sojourn_em_check_user_handled_total",
         "Home look-ups answered for others."},
        {&metrics->login_seconds, SJ_HISTOGRAM, "sojourn_em_login_seconds", "Time a login took."},
        {&metrics->reconcile_seconds, SJ_HISTOGRAM, "sojourn_em_reconcile_seconds",
         "Time the comparison of all sessions with a remote cluster took."},
        {&metrics->failed_local_cluster, SJ_COUNTER,
         "sojourn_em_emcc_failed_in_local_cluster_total", "EMCC logins that failed on this side."},
        {&metrics->failed_remote_cluster, SJ_COUNTER,
         "sojourn_em_emcc_failed_in_remote_cluster_total",
         "EMCC logins that the home cluster refused."},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        *wanted[i].metric = sj_metric_new(scope, wanted[i].kind, wanted[i].name, wanted[i].help);
    }
    em_counts_open(em);
    em->session_started = sj_session_started_topic(scope, error);
    em->session_ended = sj_session_ended_topic(scope, error);
    em->login_failed = sj_login_failed_topic(scope, error);
    em->emcc_alert = sj_emcc_alert_topic(scope, error);
    em->policy_amended = sj_policy_amended_topic(scope, error);
    if (em->session_started == NULL || em->session_ended == NULL || em->login_failed == NULL ||
        em->emcc_alert == NULL || em->policy_amended == NULL ||
        sj_answer_session_failures(scope, on_failures, em, error) == NULL) {
        return error != NULL && error->code != SJ_OK ? error->code : SJ_E_NO_MEMORY;
    }
    return SJ_OK;
}

void em_announce_started(struct em *em, const sj_session *session) {
    const sj_session_started event = {.device_name = session->device_name,
                                      .kind = session->kind,
                                      .user_id = session->user_id,
                                      .remote_cluster_id = session->remote_cluster_id,
                                      .base_device = session->base_device,
                                      .roaming_device_pool = session->roaming_device_pool,
                                      .expires_at = session->expires_at,
                                      .trace_id = session->trace_id,
                                      .application_user = session->logged_in_by};
    const bool by_application = sj_given(session->logged_in_by);
    sj_log_info(em->scope, "%s is logged in on %s (%s%s%s)%s%s", session->user_id,
                session->device_name, sj_session_kind_text(session->kind),
                sj_given(session->remote_cluster_id) ? ", other cluster " : "",
                sj_given(session->remote_cluster_id) ? session->remote_cluster_id : "",
                by_application ? " by application " : "",
                by_application ? session->logged_in_by : "");
    sj_publish_session_started(em->scope, em->session_started, &event);
}

void em_announce_ended(struct em *em, const sj_session *session, const char *reason) {
    const sj_session_ended event = {.device_name = session->device_name,
                                    .kind = session->kind,
                                    .user_id = session->user_id,
                                    .remote_cluster_id = session->remote_cluster_id,
                                    .reason = reason,
                                    .trace_id = session->trace_id,
                                    .application_user = session->logged_out_by};
    sj_log_info(em->scope, "%s is logged out of %s (%s): %s%s%s", session->user_id,
                session->device_name, sj_session_kind_text(session->kind), reason,
                sj_given(session->logged_out_by) ? " " : "",
                sj_given(session->logged_out_by) ? session->logged_out_by : "");
    sj_publish_session_ended(em->scope, em->session_ended, &event);
}

void em_announce_failed(struct em *em, enum em_failed what, const char *device_name,
                        const char *user_id, int code, const char *cause, bool emcc,
                        const char *trace_id) {
    em_announce_failed_for(em, what, device_name, user_id, code, cause, emcc, trace_id, "");
}

/* Whether this minute has a line of its own left for a refusal. */
static bool line_is_left(struct em *em) {
    const uint64_t now = sj_monotonic_ms(em->scope);
    if (now - em->refusals_since >= MINUTE_MS) {
        em->refusals_since = now;
        em->refusals_logged = 0;
    }
    return em->refusals_logged++ < LINES_A_MINUTE;
}

/* Anybody on the network can be refused as often as they like: what is more than a site has is one
 * line. A code that is in no table, or 0, is a defect of this software. */
static void log_refusal(struct em *em, int code, const char *who, const char *where,
                        const char *why) {
    if (code <= 0 || !em_code_known(code)) {
        sj_log_error(em->scope, "refused %s on %s: %s", who, where, why);
    } else if (line_is_left(em)) {
        sj_log_warning(em->scope, "refused %s on %s: %s", who, where, why);
    } else {
        sj_log_limited(em->scope, SJ_LOG_WARNING, "refused", "%s on %s: %s", who, where, why);
    }
}

void em_announce_failed_for(struct em *em, enum em_failed what, const char *device_name,
                            const char *user_id, int code, const char *cause, bool emcc,
                            const char *trace_id, const char *application_user) {
    const struct em_code_entry *entry = em_code_entry(code);
    char text[EM_CAUSE_ROOM + 300];
    const bool by_application = sj_given(application_user);
    em_print(text, sizeof text, "%s (%d): %s%s%.128s%s", entry->name, code,
             sj_given(cause) ? cause : entry->cause, by_application ? " (application " : "",
             by_application ? application_user : "", by_application ? ")" : "");
    const sj_login_failed event = {.device_name = device_name,
                                   .user_id = user_id,
                                   .code = em_code_shown(code),
                                   .cause = text,
                                   .emcc = emcc,
                                   .trace_id = trace_id,
                                   .application_user = application_user};
    log_refusal(em, code, sj_given(user_id) ? user_id : "a request",
                sj_given(device_name) ? device_name : "a phone without name", text);
    sj_trace(em->scope, trace_id, "refused: %s", text);
    em_counts_add_failure(em, what, code);
    sj_publish_login_failed(em->scope, em->login_failed, &event);
    const struct em_failure failure = {.at = sj_wall_ms(em->scope),
                                       .code = code,
                                       .shown = em_code_shown(code),
                                       .device_name = device_name,
                                       .user_id = user_id,
                                       .cause = text,
                                       .trace_id = trace_id};
    if (!em_failures_add(&em->failures, &failure)) {
        sj_log_error(em->scope, "out of memory: that refusal is not kept");
    }
}

/* What the traveller does wrong is no alarm. */
static bool is_mistake_of_traveller(int code) {
    return code == EM_NO_USER || code == EM_AUTHENTICATION || code == EM_EMCC_AUTHENTICATION ||
           code == EM_PIN_CHANGE || code == EM_LOGGED_IN_ELSEWHERE || code == EM_ANOTHER_USER ||
           code == EM_EXTENSION_SHARED_HOME;
}

void em_announce_emcc_failure(struct em *em, const struct em_emcc_failure *failure) {
    const sj_emcc_alert_alert alert = failure->by_home ? SJ_EMCC_ALERT_EMCC_FAILED_IN_REMOTE_CLUSTER
                                                       : SJ_EMCC_ALERT_EMCC_FAILED_IN_LOCAL_CLUSTER;
    sj_emcc_alert event = {.alert = alert,
                           .device_name = failure->device_name,
                           .user_id = failure->user_id,
                           .remote_cluster_id = failure->remote_cluster_id,
                           .cause = failure->cause,
                           .trace_id = failure->trace_id};
    sj_metric_add(
        em->scope,
        failure->by_home ? em->metrics.failed_remote_cluster : em->metrics.failed_local_cluster, 1);
    if (!is_mistake_of_traveller(failure->code) &&
        em_alert_limit_pass(&em->alerts[alert], sj_monotonic_ms(em->scope), &event.suppressed)) {
        sj_log_error(em->scope, "%s: %s on %s: %s (%lld more since the last such alert)",
                     sj_emcc_alert_alert_text(alert), event.user_id, event.device_name,
                     failure->cause, (long long)event.suppressed);
        sj_publish_emcc_alert(em->scope, em->emcc_alert, &event);
    }
}
