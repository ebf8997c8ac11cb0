/* The steps of a login that concern the user, at whose home they run: PIN, device profile, other
 * sessions, time. */
#include <time.h>

#include "parameters/extension_mobility.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/session.h"
#include "sessions/login_limit.h"
#include "sessions/login_steps.h"
#include "sessions/logout.h"
#include "sessions/operation.h"
#include "sessions/user_sessions.h"
#include "users/credentials.h"
#include "users/users.h"

static bool is_at_home(const struct em_operation *operation) {
    return operation->kind == EM_HOME_LOGIN;
}

/* ---- the PIN ---- */

static void verified(void *user, enum em_code code, const char *cause) {
    struct em_operation *operation = user;
    const enum em_code shown =
        is_at_home(operation) && code == EM_AUTHENTICATION ? EM_EMCC_AUTHENTICATION : code;
    em_login_resume(operation, code == EM_OK ? EM_LOGIN_CONTINUE
                                             : em_login_end(operation, shown, "%s", cause));
}

static enum em_login_next end_disabled(struct em_operation *operation) {
    return em_login_end(operation,
                        is_at_home(operation) ? EM_EMCC_AUTHENTICATION : EM_AUTHENTICATION,
                        "the user is disabled");
}

static void trusted(void *user) {
    struct em_operation *operation = user;
    em_login_resume(operation, operation->login.end_user->enabled ? EM_LOGIN_CONTINUE
                                                                  : end_disabled(operation));
}

/* An application that sends no PIN was authenticated here, or accepted by
 * em_home_check_application. */
enum em_login_next em_login_verify_user(struct em_operation *operation,
                                        struct em_login_parts *parts) {
    (void)parts;
    if (!operation->request.by_application || operation->request.pin[0] != '\0') {
        em_credential_verify_pin(operation->em, operation->scope, operation->login.end_user,
                                 operation->request.source, operation->request.vouched,
                                 operation->request.pin, verified, operation);
        return EM_LOGIN_WAIT;
    }
    if (is_at_home(operation)) {
        return operation->login.end_user->enabled ? EM_LOGIN_CONTINUE : end_disabled(operation);
    }
    return sj_timer_start(operation->scope, 0, 0, trusted, operation) != NULL
               ? EM_LOGIN_WAIT
               : em_login_end(operation, EM_DATABASE, "out of memory");
}

enum em_login_next em_login_check_wanted(struct em_operation *operation,
                                         struct em_login_parts *parts) {
    char cause[EM_CAUSE_ROOM];
    (void)parts;
    if (em_operation_is_cancelled(operation, cause)) {
        return em_login_end(operation, em_operation_cancelled_code(operation), "%s", cause);
    }
    if (operation->request.pin[0] != '\0') {
        sj_trace(operation->em->scope, operation->trace_id, "the PIN of %s is right",
                 operation->user_id);
    }
    return EM_LOGIN_CONTINUE;
}

/* ---- the device profile ---- */

enum em_login_next em_login_choose_profile(struct em_operation *operation,
                                           struct em_login_parts *parts) {
    const sj_end_user *user = operation->login.end_user;
    const char *wanted = em_user_wanted_profile(user, operation->request.device_profile,
                                                operation->request.by_application);
    char cause[EM_CAUSE_ROOM] = "";
    const enum em_code code =
        em_user_choose_profile(operation->em, user, wanted, &parts->profile, cause);
    if (code == EM_CHOOSE_PROFILE) {
        return em_login_ask_profile(operation, user->controlled_profiles,
                                    user->controlled_profiles_count);
    }
    return code == EM_OK ? EM_LOGIN_CONTINUE : em_login_end(operation, code, "%s", cause);
}

/* ---- other sessions of the user: Multiple Login Behavior ---- */

enum em_login_next em_login_check_other_sessions(struct em_operation *operation,
                                                 struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_em_multiple_login_behavior behavior = sj_param_em_multiple_login_behavior(em->scope);
    const bool across = sj_param_em_multiple_login_applies_to_emcc(em->scope);
    const sj_query of_user = {.field = "user_id", .value = operation->user_id};
    sj_list list = {0};
    sj_error error = {0};
    enum em_login_next next = EM_LOGIN_CONTINUE;
    (void)parts;
    if (behavior == SJ_EM_MULTIPLE_LOGIN_BEHAVIOR_ALLOWED || (is_at_home(operation) && !across) ||
        em_user_sessions_count(&em->user_sessions, operation->user_id) == 0) {
        return EM_LOGIN_CONTINUE;
    }
    if (sj_session_list(em->scope, &of_user, &list, &error) != SJ_OK) {
        return em_login_end(operation, EM_POLICY_VALIDATION, "the user's sessions: %.400s",
                            error.text);
    }
    for (size_t i = 0; i < list.count && next == EM_LOGIN_CONTINUE; i++) {
        const sj_session *other = sj_session_at(&list, i);
        const bool counts = other->state == SJ_SESSION_STATE_ACTIVE &&
                            strcmp(other->device_name, operation->device_name) != 0 &&
                            (other->kind == SJ_SESSION_KIND_LOCAL ||
                             (other->kind == SJ_SESSION_KIND_HOME && across));
        if (!counts) {
            continue;
        }
        if (behavior == SJ_EM_MULTIPLE_LOGIN_BEHAVIOR_AUTO_LOGOUT) {
            em_logout(em, other, "auto_logout", "", NULL, NULL);
        } else {
            next = em_login_end(operation, EM_LOGGED_IN_ELSEWHERE, "%s is logged in on %s",
                                operation->user_id, other->device_name);
        }
    }
    sj_list_free(em->scope, &list);
    return next;
}

/* ---- how long the login may last ---- */

enum em_login_next em_login_limit_time(struct em_operation *operation,
                                       struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_end_user *user = operation->login.end_user;
    const bool inter_cluster = is_at_home(operation);
    const time_t seconds = (time_t)(parts->now / 1000);
    struct tm local;
    (void)localtime_r(&seconds, &local);
    const sj_login_limit_input input = {
        .user_id = user->user_id,
        .device_name = operation->device_name,
        .device_profile = parts->profile->name,
        .inter_cluster = inter_cluster,
        .remote_cluster_id = em_operation_partner(operation),
        .user_maximum_minutes = user->maximum_login_time,
        .parameter_minutes = inter_cluster
                                 ? sj_param_em_inter_cluster_maximum_login_time(em->scope)
                                 : sj_param_em_intra_cluster_maximum_login_time(em->scope),
        .enforced =
            inter_cluster || sj_param_em_enforce_intra_cluster_maximum_login_time(em->scope),
        .requested_minutes = operation->request.requested_minutes,
        .sessions_of_user = (int64_t)em_user_sessions_count(&em->user_sessions, user->user_id),
        .hour = local.tm_hour,
        .weekday = local.tm_wday == 0 ? 7 : local.tm_wday,
    };
    sj_login_limit_output output;
    em_login_limit(&input, &output);
    (void)sj_decide_login_limit(em->scope, operation->trace_id, &input, &output);
    if (!output.allowed) {
        return em_login_end(operation, EM_POLICY_VALIDATION,
                            "the policy login.limit refuses the login: %.300s", output.reason);
    }
    operation->login.expires_at = output.minutes > 0 ? parts->now + output.minutes * 60000 : 0;
    sj_trace(em->scope, operation->trace_id, "the login may last %lld minutes (%s)",
             (long long)output.minutes, output.reason);
    return EM_LOGIN_CONTINUE;
}
