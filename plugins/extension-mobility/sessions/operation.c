/* One login or logout in progress: limits how many run at once, one for a phone, and how long a
 * login may take, and ends each in one place. */
#include "sessions/operation.h"

#include <stdarg.h>
#include <stdlib.h>

#include "clusters/logout_notify.h"
#include "parameters/extension_mobility.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "sessions/ended_leases.h"
#include "sessions/logout.h"

enum { ANSWER_MS = 50000 }; /* the host answers 504 after 60 s: a later answer reaches no phone */

/* Frees its records with it, however it ends. */
static void closed(void *user) {
    struct em_operation *operation = user;
    sj_list_remove(&operation->link);
    explicit_bzero(operation->request.pin, sizeof operation->request.pin);
    sj_record_free(operation->scope, operation->login.phone);
    sj_record_free(operation->scope, operation->login.end_user);
    sj_record_free(operation->scope, operation->visiting.answer);
    free(operation);
}

static bool is_login(const struct em_operation *operation) {
    return operation->kind != EM_LOGOUT;
}

/* Whether another cluster takes part. */
static bool em_operation_is_emcc(const struct em_operation *operation) {
    return operation->kind == EM_VISITING_LOGIN || operation->kind == EM_HOME_LOGIN ||
           operation->logout.emcc;
}

/* ---- cancelled: late or revoked ---- */

bool em_operation_is_cancelled(const struct em_operation *operation, char cause[EM_CAUSE_ROOM]) {
    const uint64_t now = sj_monotonic_ms(operation->em->scope);
    if (operation->login.revoked) {
        em_print(cause, EM_CAUSE_ROOM, "cluster %s cancelled this login",
                 em_operation_partner(operation));
    } else if (now >= operation->login.deadline) {
        em_print(cause, EM_CAUSE_ROOM, "the requester waits no longer, after %llu ms",
                 (unsigned long long)(now - operation->begun_ms));
    } else {
        return false;
    }
    return true;
}

enum em_code em_operation_cancelled_code(const struct em_operation *operation) {
    return operation->login.revoked ? EM_POLICY_VALIDATION : EM_BUSY;
}

/* With its session in the store it continues until that is on the disk: then the session is ended
 * again. */
static void cancel_if_late(struct em_operation *operation) {
    char cause[EM_CAUSE_ROOM];
    if (!operation->login.committed && em_operation_is_cancelled(operation, cause)) {
        em_operation_finish(operation, em_operation_cancelled_code(operation), "%s", cause);
    }
}

static void deadline_passed(void *user) {
    struct em_operation *operation = user;
    operation->login.deadline_timer = NULL;
    cancel_if_late(operation);
}

void em_operation_set_deadline(struct em_operation *operation, uint64_t monotonic_ms) {
    const uint64_t now = sj_monotonic_ms(operation->em->scope);
    if (monotonic_ms < operation->login.deadline) {
        operation->login.deadline = monotonic_ms;
        sj_timer_again(operation->em->scope, operation->login.deadline_timer,
                       monotonic_ms > now ? (int64_t)(monotonic_ms - now) : 0);
    }
}

const char *em_operation_partner(const struct em_operation *operation) {
    return operation->kind == EM_HOME_LOGIN ? operation->home.visiting_cluster
                                            : operation->visiting.home_cluster_id;
}

void em_operation_revoke(struct em *em, const char *cluster_id, const char *lease_id) {
    em_ended_leases_add(&em->ended_leases, cluster_id, lease_id, sj_monotonic_ms(em->scope));
    SJ_LIST_EACH(operation, &em->operations, struct em_operation, link) {
        if (is_login(operation) && lease_id[0] != '\0' &&
            strcmp(operation->login.lease_id, lease_id) == 0 &&
            strcmp(em_operation_partner(operation), cluster_id) == 0) {
            operation->login.revoked = true;
            cancel_if_late(operation);
            return;
        }
    }
}

/* ---- beginning and end ---- */

enum em_code em_operation_open(struct em *em, enum em_operation_kind kind, const char *device_name,
                               em_outcome_fn done, void *user, struct em_operation **operation) {
    const bool login = kind != EM_LOGOUT;
    *operation = NULL;
    sj_metric_add(em->scope, login ? em->metrics.logins_attempted : em->metrics.logouts_attempted,
                  1);
    bool busy = em->operations_count >= sj_param_em_maximum_concurrent_requests(em->scope);
    SJ_LIST_EACH(other, &em->operations, struct em_operation, link) {
        busy = busy || strcmp(other->device_name, device_name) == 0;
    }
    if (busy) {
        sj_metric_add(em->scope, em->metrics.requests_throttled, 1);
        return EM_BUSY;
    }
    struct em_operation *made = calloc(1, sizeof *made);
    sj_scope *scope =
        made != NULL ? sj_scope_open(em->scope, login ? "login" : "logout", closed, made) : NULL;
    if (scope == NULL) {
        free(made);
        return EM_DATABASE;
    }
    made->em = em;
    made->scope = scope;
    if (login && (made->login.deadline_timer =
                      sj_timer_start(scope, ANSWER_MS, 0, deadline_passed, made)) == NULL) {
        sj_scope_close(scope);
        return EM_DATABASE;
    }
    made->kind = kind;
    made->done = done;
    made->user = user;
    made->begun_ms = sj_monotonic_ms(em->scope);
    made->login.deadline = made->begun_ms + ANSWER_MS;
    em_copy(made->device_name, device_name);
    sj_list_add_first(&em->operations, &made->link);
    em->operations_count++;
    sj_metric_set(em->scope, em->metrics.requests_in_progress, em->operations_count);
    *operation = made;
    return EM_OK;
}

static void unlink_operation(struct em_operation *operation) {
    struct em *em = operation->em;
    sj_list_remove(&operation->link);
    em->operations_count--;
    sj_metric_set(em->scope, em->metrics.requests_in_progress, em->operations_count);
    sj_metric_add(em->scope, em->metrics.requests_handled, 1);
    explicit_bzero(operation->request.pin, sizeof operation->request.pin);
}

static void finish(struct em_operation *operation, const struct em_outcome *outcome) {
    struct em *em = operation->em;
    unlink_operation(operation);
    if (is_login(operation)) {
        sj_metric_add(em->scope, em->metrics.login_seconds,
                      (double)(sj_monotonic_ms(em->scope) - operation->begun_ms) / 1000.0);
    }
    if (outcome->code == EM_OK) {
        sj_metric_add(em->scope,
                      is_login(operation) ? em->metrics.logins_successful
                                          : em->metrics.logouts_successful,
                      1);
    } else if (outcome->code != EM_CHOOSE_PROFILE) {
        em_announce_failed_for(em, is_login(operation) ? EM_FAILED_LOGIN : EM_FAILED_LOGOUT,
                               operation->device_name, operation->user_id, outcome->code,
                               outcome->cause, em_operation_is_emcc(operation), operation->trace_id,
                               operation->request.application_user);
    }
    if (operation->visiting.asked && outcome->code != EM_OK && outcome->code != EM_CHOOSE_PROFILE) {
        em_logout_notify_cancelled(em, operation->visiting.home_cluster_id,
                                   operation->login.lease_id, operation->device_name,
                                   EM_LOGIN_CANCELLED, operation->trace_id, EM_ENDED_LEASE_MS);
    }
    operation->done(operation->user, outcome);
    sj_scope_close(operation->scope);
}

void em_operation_finish(struct em_operation *operation, int code, const char *format, ...) {
    char cause[EM_CAUSE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cause, sizeof cause, format, arguments);
    va_end(arguments);
    /* The numbers that applications know: those of the phone pages have others for the same. */
    if (operation->request.by_application && code == EM_NO_PROFILE) {
        code = EM_NO_DEVICE_PROFILE;
    } else if (operation->request.by_application && code == EM_AUTHENTICATION &&
               operation->kind == EM_LOCAL_LOGIN) {
        code = EM_EMCC_AUTHENTICATION;
    }
    const struct em_outcome outcome = {.code = code,
                                       .cause = cause,
                                       .user_id = operation->user_id,
                                       .emcc = em_operation_is_emcc(operation)};
    finish(operation, &outcome);
}

void em_operation_ask_profile(struct em_operation *operation, const char *const *profiles,
                              size_t profiles_count) {
    if (operation->request.by_application) {
        em_operation_finish(
            operation, EM_NO_DEVICE_PROFILE,
            "%s has %zu device profiles and none by default; the application names none",
            operation->user_id, profiles_count);
        return;
    }
    const struct em_outcome outcome = {.code = EM_CHOOSE_PROFILE,
                                       .cause = "the user has several device profiles",
                                       .user_id = operation->user_id,
                                       .emcc = em_operation_is_emcc(operation),
                                       .profiles = profiles,
                                       .profiles_count = profiles_count};
    sj_trace(operation->em->scope, operation->trace_id, "%s chooses among %zu device profiles",
             operation->user_id, profiles_count);
    finish(operation, &outcome);
}

bool em_operation_holds_lease(const struct em *em, const char *lease_id) {
    SJ_LIST_EACH(operation, &em->operations, struct em_operation, link) {
        if (operation->login.lease_id[0] != '\0' &&
            strcmp(operation->login.lease_id, lease_id) == 0) {
            return true;
        }
    }
    return false;
}
