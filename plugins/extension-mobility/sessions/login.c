/* A login on a phone of this cluster: what is checked of the phone, and whether the user is ours or somebody else's. The rest
 * is in local_session.c and visiting_session.c; rules that both and the home side share are here. */
#include "sessions/login.h"

#include <time.h>

#include "parameters/extension_mobility.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/directory_number.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_service.h"
#include "resources/session.h"
#include "sessions/login_limit.h"
#include "sessions/logout.h"
#include "sessions/operation.h"
#include "sessions/user_sessions.h"
#include "users/credentials.h"
#include "users/users.h"

/* Whether somebody is on the phone, and whether users may log in on it. */
static em_code check_phone(struct em_operation *operation, char cause[EM_CAUSE_ROOM]) {
    struct em *em = operation->em;
    sj_phone **phone = &operation->phone;
    sj_phone_model *model = NULL;
    sj_error error = {0};
    int status = sj_phone_get(em->scope, operation->device_name, phone, &error);
    if (status != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "phone %s: %.300s", operation->device_name, error.text);
        return status == SJ_E_NOT_FOUND || status == SJ_E_INVALID ? EM_NO_DEVICE : EM_HOTELING_FLAG;
    }
    if (!(*phone)->enable_extension_mobility) {
        em_print(cause, EM_CAUSE_ROOM, "Enable Extension Mobility is off on %s", operation->device_name);
        return EM_LOGIN_DISABLED;
    }
    if (sj_phone_model_get(em->scope, (*phone)->model, &model, NULL) == SJ_OK && !model->supports_extension_mobility) {
        em_print(cause, EM_CAUSE_ROOM, "%s does not support Extension Mobility", model->name);
        sj_record_free(em->scope, model);
        return EM_LOGIN_DISABLED;
    }
    sj_record_free(em->scope, model);
    return EM_OK;
}

static em_code check_session(struct em_operation *operation, char cause[EM_CAUSE_ROOM]) {
    struct em *em = operation->em;
    const sj_end_user *local = operation->local;
    sj_session *session = NULL;
    sj_error error = {0};
    em_code code = EM_OK;
    const int status = sj_session_get(em->scope, operation->device_name, &session, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        em_print(cause, EM_CAUSE_ROOM, "the session of %s: %.300s", operation->device_name, error.text);
        return EM_HOTELING_STATUS;
    }
    if (status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE) {
        /* The same user once more is no conflict: a page sent twice. */
        if (local == NULL || session->kind == SJ_SESSION_KIND_VISITING || strcmp(session->user_id, local->user_id) != 0) {
            em_print(cause, EM_CAUSE_ROOM, "%s is logged in on %s", session->user_id, operation->device_name);
            code = EM_ANOTHER_USER;
        }
    }
    sj_record_free(em->scope, session);
    return code;
}

static void nobody(void *user, em_code code, const char *cause) {
    struct em_operation *operation = user;
    if (code == EM_BUSY) {
        em_operation_finish(operation, code, "%s", cause);
        return;
    }
    em_operation_finish(operation, EM_AUTHENTICATION,
                        "no user of this cluster has the id %s, and the phone does not ask for EMCC", operation->user_id);
}

static void begin(struct em_operation *operation) {
    struct em *em = operation->em;
    char cause[EM_CAUSE_ROOM] = "";
    em_code code = check_phone(operation, cause);
    if (code == EM_OK) {
        code = em_user_find(em, operation->login_type, operation->user_id, &operation->local, cause);
        code = code == EM_NO_USER ? EM_OK : code;
    }
    if (code == EM_OK) {
        code = check_session(operation, cause);
    }
    if (code != EM_OK) {
        em_operation_finish(operation, code, "%s", cause);
    } else if (operation->local != NULL) {
        sj_trace(em->scope, operation->trace_id, "%s is a user of this cluster", operation->local->user_id);
        em_copy(operation->user_id, operation->local->user_id);
        em_local_login_start(operation);
    } else if (operation->emcc) {
        operation->visiting = true;
        em_visiting_login_start(operation);
    } else if (operation->by_application) {
        em_operation_finish(operation, EM_NO_USER, "no user of this cluster has the id %s", operation->user_id);
    } else {
        em_credential_verify_pin(em, operation->scope, NULL, operation->source, operation->vouched, operation->pin, nobody,
                                 operation);
    }
}

void em_login_start(struct em *em, const struct em_login_request *request, em_outcome_fn done, void *user) {
    struct em_operation *operation;
    const em_code code = em_operation_open(em, request->device_name, true, done, user, &operation);
    if (code != EM_OK) {
        const struct em_outcome outcome = {.code = code,
                                           .cause = "too many requests at once, or one for this phone is in progress",
                                           .user_id = request->user_id};
        em_announce_failed_for(em, EM_FAILED_LOGIN, request->device_name, request->user_id, code, outcome.cause, request->emcc,
                               request->trace_id, request->application_user);
        done(user, &outcome);
        return;
    }
    em_copy(operation->user_id, request->user_id);
    em_copy(operation->pin, request->pin);
    em_copy(operation->device_profile, request->device_profile);
    em_copy(operation->remote_address, request->remote_address);
    em_copy(operation->source, request->source);
    em_copy(operation->logout_url, request->logout_url);
    em_copy(operation->trace_id, request->trace_id);
    operation->login_type = request->login_type;
    operation->emcc = request->emcc;
    operation->via_header = request->via_header;
    operation->by_application = request->by_application;
    operation->requested_minutes = request->requested_minutes;
    em_copy(operation->application_user, request->application_user);
    if (operation->application_user[0] != '\0') {
        sj_trace(em->scope, operation->trace_id, "application %s wants to log %s in on %s", operation->application_user,
                 operation->user_id, operation->device_name);
    } else {
        sj_trace(em->scope, operation->trace_id, "%s wants to log in on %s", operation->user_id, operation->device_name);
    }
    begin(operation);
}

/* ---- after the write ---- */

static void undone(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    if (status == SJ_OK) {
        em_operation_finish(operation, operation->undone_code, "%s", operation->undone_cause);
    } else {
        em_operation_finish(operation, EM_DATABASE, "the session of the cancelled login was not ended: %s",
                            error != NULL ? error->text : "");
    }
}

/* It was made for nothing: the base device is freed, and the other cluster told unless it was the one that gave up. */
static void undo(struct em_operation *operation, const sj_session *session, int code, const char *cause) {
    struct em *em = operation->em;
    operation->undone_code = code;
    operation->asked_home = false; /* the log-out tells it */
    em_copy(operation->undone_cause, cause);
    sj_log_warning(em->scope, "the session of %s on %s is ended again: %s", session->user_id, session->device_name, cause);
    em_logout(em, session, session->kind == SJ_SESSION_KIND_HOME ? "remote:" EM_LOGIN_GIVEN_UP : EM_LOGIN_GIVEN_UP,
              session->trace_id, undone, operation);
}

sj_session *em_login_written(struct em_operation *operation, int status, const sj_error *error) {
    struct em *em = operation->em;
    sj_session *session = NULL;
    char cause[EM_CAUSE_ROOM];
    const bool stands = sj_session_get(em->scope, operation->device_name, &session, NULL) == SJ_OK &&
                        session->state == SJ_SESSION_STATE_ACTIVE && strcmp(session->trace_id, operation->trace_id) == 0;
    em_print(cause, sizeof cause, "the session was not written: %.400s", error != NULL ? error->text : "");
    if (!stands && status == SJ_OK) {
        em_operation_finish(operation, EM_POLICY_VALIDATION, "the session was ended while it was being written");
    } else if (!stands) {
        em_operation_finish(operation, EM_DATABASE, "%s", cause);
    } else {
        em_announce_started(em, session);
        if (status == SJ_OK && !em_operation_is_cancelled(operation, cause)) {
            return session;
        }
        undo(operation, session, status != SJ_OK ? EM_DATABASE : em_operation_cancelled_code(operation), cause);
    }
    sj_record_free(em->scope, session);
    return NULL;
}

bool em_login_set_limit(struct em *em, const struct em_operation *operation, const sj_end_user *user,
                        const char *device_profile, const char *remote_cluster_id, int64_t now, int64_t *expires_at,
                        char cause[EM_CAUSE_ROOM]) {
    const bool inter_cluster = em_given(remote_cluster_id);
    const time_t seconds = (time_t)(now / 1000);
    struct tm local;
    (void)localtime_r(&seconds, &local);
    const sj_login_limit_input input = {
        .user_id = user->user_id,
        .device_name = operation->device_name,
        .device_profile = device_profile,
        .inter_cluster = inter_cluster,
        .remote_cluster_id = inter_cluster ? remote_cluster_id : "",
        .user_maximum_minutes = user->maximum_login_time,
        .parameter_minutes = inter_cluster ? sj_param_em_inter_cluster_maximum_login_time(em->scope)
                                           : sj_param_em_intra_cluster_maximum_login_time(em->scope),
        .enforced = inter_cluster || sj_param_em_enforce_intra_cluster_maximum_login_time(em->scope),
        .requested_minutes = operation->requested_minutes,
        .sessions_of_user = (int64_t)em_user_sessions_count(&em->user_sessions, user->user_id),
        .hour = local.tm_hour,
        .weekday = local.tm_wday == 0 ? 7 : local.tm_wday,
    };
    sj_login_limit_output output;
    em_login_limit(&input, &output);
    (void)sj_decide_login_limit(em->scope, operation->trace_id, &input, &output);
    if (!output.allowed) {
        em_print(cause, EM_CAUSE_ROOM, "the policy login.limit refuses the login: %.300s", output.reason);
        return false;
    }
    *expires_at = output.minutes > 0 ? now + output.minutes * 60000 : 0;
    sj_trace(em->scope, operation->trace_id, "the login may last %lld minutes (%s)", (long long)output.minutes, output.reason);
    return true;
}

em_code em_login_check_multiple(struct em *em, const char *user_id, const char *device_name, bool emcc,
                                char cause[EM_CAUSE_ROOM]) {
    const sj_em_multiple_login_behavior behavior = sj_param_em_multiple_login_behavior(em->scope);
    const bool across = sj_param_em_multiple_login_applies_to_emcc(em->scope);
    const sj_query of_user = {.field = "user_id", .value = user_id};
    sj_list list = {0};
    sj_error error = {0};
    em_code code = EM_OK;
    if (behavior == SJ_EM_MULTIPLE_LOGIN_BEHAVIOR_ALLOWED || (emcc && !across) ||
        em_user_sessions_count(&em->user_sessions, user_id) == 0) {
        return EM_OK;
    }
    if (sj_session_list(em->scope, &of_user, &list, &error) != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "the user's sessions: %.400s", error.text);
        return EM_POLICY_VALIDATION;
    }
    for (size_t i = 0; i < list.count && code == EM_OK; i++) {
        const sj_session *other = sj_session_at(&list, i);
        const bool counts = other->state == SJ_SESSION_STATE_ACTIVE && strcmp(other->device_name, device_name) != 0 &&
                            (other->kind == SJ_SESSION_KIND_LOCAL || (other->kind == SJ_SESSION_KIND_HOME && across));
        if (!counts) {
            continue;
        }
        if (behavior == SJ_EM_MULTIPLE_LOGIN_BEHAVIOR_AUTO_LOGOUT) {
            em_logout(em, other, "auto_logout", "", NULL, NULL);
        } else {
            em_print(cause, EM_CAUSE_ROOM, "%s is logged in on %s", user_id, other->device_name);
            code = EM_LOGGED_IN_ELSEWHERE;
        }
    }
    sj_list_free(em->scope, &list);
    return code;
}
