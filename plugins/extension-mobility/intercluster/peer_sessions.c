/* What remote clusters ask for their phones: POST /intercluster/v1/{login,logout,pin}. Each is
 * answered when it is durable. */
#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "intercluster/peer_request.h"
#include "intercluster/peer_routes.h"
#include "messages/intercluster.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "resources/session.h"
#include "sessions/home_request.h"
#include "sessions/logout.h"
#include "sessions/operation.h"
#include "users/login_type.h"
#include "users/pin_change.h"

enum { WAIT_FOR_LOGIN_MS = 50, ANSWER_ON_ITS_WAY_MS = 500 };

/* ---- login ---- */

static void login_answered(void *user, const sj_intercluster_login_answer *answer) {
    struct em_peer_pending *pending = user;
    em_peer_reply_json(pending->em, pending->request, pending->trace_id,
                       sj_intercluster_login_answer_to_json(pending->em->scope, answer));
    sj_scope_close(pending->scope);
}

static void on_login(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_login *login = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    int code = 0;
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_login_from_json(em->scope, request->body, request->body_length, &login,
                                        &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    if (!em_peer_cluster_matches(request, login->cluster_id, cause)) {
        code = EM_CLUSTER_ID;
    } else if (!sj_given(login->device_name) || strlen(login->device_name) >= EM_DEVICE_ROOM) {
        code = EM_DEVICE_NAME_EMPTY;
        em_print(cause, sizeof cause, "the login names no device, or one with more than %d bytes",
                 EM_DEVICE_ROOM - 1);
    } else if (!em_peer_key_is_valid(login->idempotency_key)) {
        code = EM_PARSING;
        em_print(cause, sizeof cause, "the login has no idempotency key of 16 to %d hex digits",
                 EM_LEASE_ROOM - 1);
    } else if (!sj_given(login->user_id) ||
               (!sj_given(login->pin) && !sj_given(login->application_user))) {
        code = EM_EMCC_AUTHENTICATION;
        em_print(cause, sizeof cause, "the login brings no user id or no PIN");
    } else if (!em->ready) {
        code = EM_DATABASE;
        em_print(cause, sizeof cause,
                 "the home cluster could not read its sessions from the store");
    }
    if (code != 0) {
        const sj_intercluster_login_answer answer = {.protocol = EM_PROTOCOL,
                                                     .cluster_id =
                                                         em->scope->host->node->cluster_id,
                                                     .code = code,
                                                     .cause = cause};
        em_announce_failed_for(em, EM_FAILED_LOGIN, login->device_name, login->user_id, code, cause,
                               true, trace_id, login->application_user);
        em_peer_reply_json(em, request, trace_id,
                           sj_intercluster_login_answer_to_json(em->scope, &answer));
        em_login_message_free(em, login);
        return;
    }
    struct em_peer_pending *pending = em_peer_request_hold(em, request, trace_id);
    if (pending == NULL) {
        em_login_message_free(em, login);
        return;
    }
    em_home_login_start(em, login, request->peer_cluster, trace_id, pending->deadline,
                        login_answered, pending);
}

/* ---- logout ---- */

static void reply_logout(struct em_peer_pending *pending, int code, const char *cause) {
    const sj_intercluster_logout_answer answer = {
        .protocol = EM_PROTOCOL, .code = code, .cause = cause};
    em_peer_reply_json(pending->em, pending->request, pending->trace_id,
                       sj_intercluster_logout_answer_to_json(pending->em->scope, &answer));
    sj_scope_close(pending->scope);
}

static void logout_durable(void *user, int status, const sj_error *error) {
    reply_logout(user, status == SJ_OK ? 0 : EM_DATABASE,
                 status == SJ_OK || error == NULL ? "" : error->text);
}

/* There is no such session, or it was ending: answered once all that was written so far is on the
 * disk. */
struct peer_nothing {
    struct em_peer_pending *pending;
    int code;
    const char *cause;
};

static void nothing_durable(void *user, int status, const sj_error *error) {
    const struct peer_nothing nothing = *(struct peer_nothing *)user;
    reply_logout(nothing.pending, status == SJ_OK ? nothing.code : EM_DATABASE,
                 status == SJ_OK ? nothing.cause
                 : error != NULL ? error->text
                                 : "");
}

/* `ending`: the phone whose ending session goes, or NULL. */
static void reply_when_durable(struct em_peer_pending *pending, int code, const char *cause,
                               const char *ending) {
    struct peer_nothing *nothing = sj_scope_alloc(pending->scope, sizeof *nothing);
    sj_error error = {0};
    int status = nothing != NULL ? sj_store_begin(pending->scope, &error) : SJ_E_NO_MEMORY;
    if (status != SJ_OK) {
        reply_logout(pending, EM_DATABASE, nothing != NULL ? error.text : "out of memory");
        return;
    }
    *nothing = (struct peer_nothing){pending, code, cause};
    status = ending != NULL ? sj_session_delete(pending->scope, ending, &error) : SJ_OK;
    if (status != SJ_OK) {
        sj_store_rollback(pending->scope);
    } else {
        status = sj_store_commit(pending->scope, nothing_durable, nothing, &error);
    }
    if (status != SJ_OK) {
        reply_logout(pending, EM_DATABASE, error.text);
    }
}

static void end_session(void *user) {
    struct em_peer_pending *pending = user;
    struct em *em = pending->em;
    sj_session *session = NULL;
    sj_error error = {0};
    /* A login in progress has ended now, or ends its session itself as soon as that is on the disk.
     */
    if (sj_given(pending->lease_id) && em_operation_holds_lease(em, pending->lease_id)) {
        if (sj_monotonic_ms(em->scope) + ANSWER_ON_ITS_WAY_MS >= pending->deadline ||
            sj_timer_start(pending->scope, WAIT_FOR_LOGIN_MS, 0, end_session, pending) == NULL) {
            reply_logout(pending, EM_DATABASE,
                         "the login is still on its way to the disk, and is ended after it");
        }
        return;
    }
    const int status = sj_session_get(em->scope, pending->device_name, &session, &error);
    const bool meant =
        status == SJ_OK && session->kind != SJ_SESSION_KIND_LOCAL &&
        strcmp(session->remote_cluster_id, pending->cluster_id) == 0 &&
        (!sj_given(pending->lease_id) || strcmp(session->lease_id, pending->lease_id) == 0);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        reply_logout(pending, EM_DATABASE, error.text);
    } else if (!meant) {
        reply_when_durable(pending, EM_NO_USER_LOGGED_IN, "there is no such session here", NULL);
    } else if (session->state == SJ_SESSION_STATE_ENDING) {
        reply_when_durable(pending, 0, "it was ending here too", session->device_name);
    } else {
        char reason[80];
        em_print(reason, sizeof reason, "remote:%s",
                 sj_given(pending->reason) ? pending->reason : "user");
        sj_trace(em->scope, session->trace_id,
                 "cluster %s says that the session on %s has ended (%s%s%s)", pending->cluster_id,
                 pending->device_name, reason + 7, sj_given(pending->application_user) ? " " : "",
                 pending->application_user);
        em_logout_for(em, session, reason, pending->application_user, session->trace_id,
                      logout_durable, pending);
    }
    sj_record_free(em->scope, session);
}

static void on_logout(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_logout *logout = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_logout_from_json(em->scope, request->body, request->body_length, &logout,
                                         &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    struct em_peer_pending *pending = em_peer_check_cluster(em, request, logout->cluster_id)
                                          ? em_peer_request_hold(em, request, trace_id)
                                          : NULL;
    if (pending != NULL) {
        em_copy(pending->lease_id, logout->lease_id);
        em_copy(pending->device_name, logout->device_name);
        em_copy(pending->cluster_id, request->peer_cluster);
        em_copy(pending->reason, logout->reason);
        em_copy(pending->application_user, logout->application_user);
        em_operation_revoke(em, pending->cluster_id, pending->lease_id);
        end_session(pending);
    }
    sj_record_free(em->scope, logout);
}

/* ---- pin ---- */

static void pin_changed(void *user, enum em_code code, const char *cause, const char *user_id) {
    struct em_peer_pending *pending = user;
    struct em *em = pending->em;
    const enum em_code shown = code == EM_AUTHENTICATION ? EM_EMCC_AUTHENTICATION : code;
    const sj_intercluster_pin_change_answer answer = {.protocol = EM_PROTOCOL,
                                                      .cluster_id =
                                                          em->scope->host->node->cluster_id,
                                                      .code = code == EM_OK         ? 0
                                                              : code == EM_PIN_RULE ? -1
                                                                                    : shown,
                                                      .cause = cause,
                                                      .user_id = code == EM_OK ? user_id : ""};
    if (code != EM_OK && code != EM_PIN_RULE) {
        em_announce_failed(em, EM_FAILED_OTHER, pending->device_name, user_id, shown, cause, true,
                           pending->trace_id);
    }
    em_peer_reply_json(em, pending->request, pending->trace_id,
                       sj_intercluster_pin_change_answer_to_json(em->scope, &answer));
    sj_scope_close(pending->scope);
}

/* What is wrong with the message itself; EM_OK when nothing is. */
static enum em_code check_pin_message(struct em *em, const sj_http_request *request,
                                      const sj_intercluster_pin_change *message,
                                      char cause[EM_CAUSE_ROOM]) {
    if (!em_peer_cluster_matches(request, message->cluster_id, cause)) {
        return EM_CLUSTER_ID;
    }
    if (!em_peer_key_is_valid(message->idempotency_key)) {
        em_print(cause, EM_CAUSE_ROOM, "the change has no idempotency key of 16 to %d hex digits",
                 EM_LEASE_ROOM - 1);
        return EM_PARSING;
    }
    if (!sj_given(message->user_id) || strlen(message->user_id) >= EM_USER_ROOM ||
        !sj_given(message->old_pin) || strlen(message->old_pin) >= EM_PIN_ROOM ||
        strlen(message->new_pin) >= EM_PIN_ROOM || strlen(message->device_name) >= EM_DEVICE_ROOM) {
        em_print(cause, EM_CAUSE_ROOM,
                 "the change brings no user id or no PIN, or one that is longer than any");
        return EM_EMCC_AUTHENTICATION;
    }
    const enum em_code standing = em_partner_standing(em, request->peer_cluster, cause);
    return standing == EM_EMCC_NOT_ACTIVATED
               ? EM_OK
               : standing; /* no call is made: PSTN Access does not matter */
}

static void on_pin(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_pin_change *message = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (!em_peer_check_length(em, request, EM_ANSWER_SMALL)) {
        return;
    }
    em_peer_read_trace(em, request, trace_id);
    if (sj_intercluster_pin_change_from_json(em->scope, request->body, request->body_length,
                                             &message, &error) != SJ_OK) {
        em_peer_reply_unreadable(em, request, error.text);
        return;
    }
    struct em_peer_pending *pending = em_peer_request_hold(em, request, trace_id);
    if (pending != NULL) {
        em_copy(pending->device_name, message->device_name);
        const enum em_code code = check_pin_message(em, request, message, cause);
        if (code != EM_OK) {
            pin_changed(pending, code, cause, message->user_id);
        } else {
            const struct em_pin_change_request change = {.user_id = message->user_id,
                                                         .old_pin = message->old_pin,
                                                         .new_pin = message->new_pin,
                                                         .device_name = message->device_name,
                                                         .trace_id = trace_id,
                                                         .login_type = message->login_type,
                                                         .visiting_cluster = request->peer_cluster,
                                                         .idempotency_key =
                                                             message->idempotency_key,
                                                         .deadline = pending->deadline};
            sj_trace(em->scope, trace_id, "cluster %s asks to change the PIN of %s on its phone %s",
                     request->peer_cluster, message->user_id, message->device_name);
            em_pin_change(em, &change, pin_changed, pending);
        }
    }
    em_wipe(message->old_pin);
    em_wipe(message->new_pin);
    sj_record_free(em->scope, message);
}

int em_peer_sessions_open(struct em *em, sj_error *error) {
    const struct em_route routes[] = {{"/intercluster/v1/login", on_login},
                                      {"/intercluster/v1/logout", on_logout},
                                      {"/intercluster/v1/pin", on_pin}};
    return em_peer_routes_open(em, routes, sizeof routes / sizeof routes[0], error);
}
