/* Logout on every path: by the phone, by an administrator, by time and by the other cluster, on any
 * side. */
#include "sessions/logout.h"

#include "clusters/logout_notify.h"
#include "devices/compose.h"
#include "devices/device_reset.h"
#include "events/session.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/phone.h"
#include "resources/session.h"
#include "sessions/ended_leases.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"

struct logout {
    struct em *em;
    sj_scope *scope;
    sj_result_fn done;
    void *user;
    char device_name[EM_DEVICE_ROOM], cluster_id[EM_NAME_ROOM], lease_id[EM_LEASE_ROOM],
        reason[101], trace_id[EM_TRACE_ROOM];
    char application_user[EM_USER_ROOM];
    sj_session_kind kind;
    bool notify; /* the other cluster does not know yet */
    bool boot;   /* the phone speaks another language then */
    bool asked_for;
};

/* The phone is here when it registers at this cluster: home while a traveller uses it, else where
 * it stands. When it has come back by itself, or its user is only replaced, it needs no push. */
static bool phone_needs_reset(const struct logout *logout) {
    return strcmp(logout->reason, "phone_returned") != 0;
}

/* Logouts that are not requested on a phone are no operations. */
static bool is_asked_for(const char *reason) {
    return strcmp(reason, "application") == 0 || strcmp(reason, "administrator") == 0;
}

static void written(void *user, int status, const sj_error *error) {
    struct logout *logout = user;
    struct em *em = logout->em;
    if (status == SJ_OK) {
        if (logout->asked_for) {
            sj_metric_add(em->scope, em->metrics.logouts_successful, 1);
        }
        sj_trace(em->scope, logout->trace_id, "the session on %s has ended here (%s)",
                 logout->device_name, logout->reason);
        if (logout->kind == SJ_SESSION_KIND_LOCAL) {
            em_device_reset(em, logout->device_name, logout->boot, logout->trace_id);
        } else if (logout->notify) {
            em_logout_notify(em, logout->cluster_id, logout->lease_id, logout->device_name,
                             logout->reason, logout->application_user, logout->trace_id,
                             logout->kind == SJ_SESSION_KIND_HOME && phone_needs_reset(logout));
        } else if (logout->kind == SJ_SESSION_KIND_HOME && phone_needs_reset(logout)) {
            em_device_reset(em, logout->device_name, true, logout->trace_id);
        }
    }
    if (logout->done != NULL) {
        logout->done(logout->user, status, error);
    }
    sj_scope_close(logout->scope);
}

/* Reasons under which the other cluster is not notified: it ended the session, was seen not to have
 * it, or is not known any more. */
static bool is_not_notified(const char *reason) {
    return strncmp(reason, "remote:", 7) == 0 || strcmp(reason, "reconciled") == 0 ||
           strcmp(reason, "maintenance") == 0 || strcmp(reason, EM_REMOTE_CLUSTER_REMOVED) == 0;
}

void em_logout(struct em *em, const sj_session *session, const char *reason, const char *trace_id,
               sj_result_fn done, void *user) {
    em_logout_for(em, session, reason, "", trace_id, done, user);
}

/* What the phone becomes; a logout profile that cannot be read leaves the phone as it is
 * configured. */
static struct em_composition *after_logout(struct logout *logout) {
    struct em_composition *composition = NULL;
    sj_error error = {0};
    if (logout->kind != SJ_SESSION_KIND_LOCAL) {
        return NULL;
    }
    if (em_compose_logged_out(logout->em, logout->scope, logout->device_name, &composition,
                              &error) != SJ_OK) {
        sj_log_warning(logout->em->scope, "%s does not run its logout profile: %s",
                       logout->device_name, error.text);
    }
    logout->boot = em_language_changes(logout->em, logout->device_name,
                                       composition != NULL ? &composition->overlay.device : NULL);
    return composition;
}

void em_logout_for(struct em *em, const sj_session *session, const char *reason,
                   const char *application_user, const char *trace_id, sj_result_fn done,
                   void *user) {
    sj_session ended = *session;
    if (is_asked_for(reason)) {
        sj_metric_add(em->scope, em->metrics.logouts_attempted, 1);
    }
    sj_scope *scope = sj_scope_open(em->scope, "logout", NULL, NULL);
    struct logout *logout = scope != NULL ? sj_scope_alloc(scope, sizeof *logout) : NULL;
    sj_error error = {0};
    if (logout == NULL) {
        (void)sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        if (done != NULL) {
            done(user, SJ_E_NO_MEMORY, &error);
        }
        return;
    }
    logout->em = em;
    logout->scope = scope;
    logout->done = done;
    logout->user = user;
    logout->kind = session->kind;
    logout->asked_for = is_asked_for(reason);
    em_ended_leases_add(&em->ended_leases, session->remote_cluster_id, session->lease_id,
                        sj_monotonic_ms(em->scope));
    logout->notify = session->kind != SJ_SESSION_KIND_LOCAL && !is_not_notified(reason);
    em_copy(logout->device_name, session->device_name);
    em_copy(logout->cluster_id, session->remote_cluster_id);
    em_copy(logout->lease_id, session->lease_id);
    em_copy(logout->reason, strncmp(reason, "remote:", 7) == 0 ? reason + 7 : reason);
    em_copy(logout->trace_id, sj_given(trace_id) ? trace_id : session->trace_id);
    em_copy(logout->application_user, application_user);
    ended.logged_out_by = logout->application_user;
    struct em_composition *composition = after_logout(logout);
    const struct em_logout_write write = {
        .session = &ended,
        .reason = logout->reason,
        .keep_as_ending = logout->notify,
        .live_device = composition != NULL ? &composition->overlay.device : NULL};
    const int status = em_store_logout(em, scope, &write, written, logout, &error);
    em_composition_close(composition);
    if (status != SJ_OK) {
        sj_log_error(em->scope, "the end of the session on %s was not written: %s",
                     session->device_name, error.text);
        if (done != NULL) {
            done(user, status, &error);
        }
        sj_scope_close(scope);
        return;
    }
    em_announce_ended(em, &ended, logout->reason);
}

static void by_phone_done(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    if (status == SJ_OK) {
        em_operation_finish(operation, EM_OK, "logged out");
    } else {
        em_operation_finish(operation, EM_DATABASE, "the end of the session was not written: %s",
                            error != NULL ? error->text : "");
    }
}

void em_logout_by_phone(struct em *em, const char *device_name, bool home_lost,
                        const char *trace_id, em_outcome_fn done, void *user) {
    struct em_operation *operation;
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    sj_error error = {0};
    const enum em_code code = em_operation_open(em, EM_LOGOUT, device_name, done, user, &operation);
    if (code != EM_OK) {
        const struct em_outcome outcome = {
            .code = code,
            .cause = "too many requests at once, or one for this phone is in progress"};
        em_announce_failed(em, EM_FAILED_LOGOUT, device_name, "", code, outcome.cause, false,
                           trace_id);
        done(user, &outcome);
        return;
    }
    em_copy(operation->trace_id, trace_id);
    const int status = sj_session_get(em->scope, device_name, &session, &error);
    if (status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE) {
        operation->logout.emcc = session->kind != SJ_SESSION_KIND_LOCAL;
        em_copy(operation->user_id, session->user_id);
        em_copy(operation->trace_id, session->trace_id);
        sj_trace(
            em->scope, operation->trace_id,
            home_lost
                ? "the phone of %s, %s, asks to be logged out: its home cluster does not serve it"
                : "%s asks on %s to be logged out",
            session->user_id, device_name);
        em_logout(em, session, home_lost ? "home_lost" : "user", session->trace_id, by_phone_done,
                  operation);
    } else if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        em_operation_finish(operation, EM_HOTELING_STATUS, "the session of %s: %s", device_name,
                            error.text);
    } else if (sj_phone_get(em->scope, device_name, &phone, NULL) != SJ_OK) {
        em_operation_finish(operation, EM_NO_DEVICE,
                            "there is no phone %s here, nor a session on one", device_name);
    } else {
        em_operation_finish(operation, EM_NO_USER_LOGGED_IN, "no user is logged in on %s",
                            device_name);
    }
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
}

struct administrator_logout {
    struct em *em;
    sj_scope *scope;
    sj_question *question;
    sj_session_kind kind;
    char user_id[EM_USER_ROOM], device_name[EM_DEVICE_ROOM], cluster_id[EM_NAME_ROOM];
};

static void administrator_done(void *user, int status, const sj_error *error) {
    struct administrator_logout *logout = user;
    char message[EM_CAUSE_ROOM];
    if (status != SJ_OK) {
        sj_fail(logout->em->scope, logout->question, status, "%s",
                error != NULL ? error->text : sj_error_text(status));
        sj_scope_close(logout->scope);
        return;
    }
    switch (logout->kind) {
    case SJ_SESSION_KIND_HOME:
        em_print(
            message, sizeof message,
            "%s is logged out of %s; cluster %s is being notified, and the phone goes back to it.",
            logout->user_id, logout->device_name, logout->cluster_id);
        break;
    case SJ_SESSION_KIND_VISITING:
        em_print(message, sizeof message,
                 "The record of %s on %s is cleared; home cluster %s is being notified and sends "
                 "the phone back. Until then "
                 "the phone "
                 "stays registered there.",
                 logout->user_id, logout->device_name, logout->cluster_id);
        break;
    default:
        em_print(message, sizeof message, "%s is logged out of %s; the phone restarts.",
                 logout->user_id, logout->device_name);
        break;
    }
    const sj_session_logout_reply reply = {
        .user_id = logout->user_id, .kind = logout->kind, .message = message};
    sj_reply_session_logout(logout->em->scope, logout->question, &reply);
    sj_scope_close(logout->scope);
}

static void on_session_logout(void *user, sj_question *question, const sj_session_logout *request) {
    struct em *em = user;
    sj_session *session = NULL;
    sj_error error = {0};
    const int status = sj_session_get(em->scope, request->device_name, &session, &error);
    if (status != SJ_OK || session->state != SJ_SESSION_STATE_ACTIVE) {
        if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
            sj_fail_error(em->scope, question, &error);
        } else {
            sj_fail(em->scope, question, SJ_E_NOT_FOUND, "no user is logged in on %s",
                    request->device_name);
        }
        sj_record_free(em->scope, session);
        return;
    }
    sj_scope *scope = sj_scope_open(em->scope, "administrator's logout", NULL, NULL);
    struct administrator_logout *logout =
        scope != NULL ? sj_scope_alloc(scope, sizeof *logout) : NULL;
    if (logout == NULL) {
        sj_fail(em->scope, question, SJ_E_NO_MEMORY, "out of memory");
    } else {
        logout->em = em;
        logout->scope = scope;
        logout->question = question;
        logout->kind = session->kind;
        em_copy(logout->user_id, session->user_id);
        em_copy(logout->device_name, session->device_name);
        em_copy(logout->cluster_id, session->remote_cluster_id);
        em_logout(em, session, sj_given(request->reason) ? request->reason : "administrator", "",
                  administrator_done, logout);
    }
    sj_record_free(em->scope, session);
}

int em_logout_open(struct em *em, sj_error *error) {
    return sj_answer_session_logout(em->scope, on_session_logout, em, error) != NULL
               ? SJ_OK
               : SJ_E_INTERNAL;
}
