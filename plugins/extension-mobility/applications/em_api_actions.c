/* What applications have done: login, logout, logoutAll. */
#include "applications/em_api.h"
#include "applications/em_api_document.h"
#include "pages/emapp.h"
#include "reporting/error_codes.h"
#include "resources/phone.h"
#include "resources/session.h"
#include "sessions/login.h"
#include "sessions/logout.h"
#include "sessions/operation.h"
#include "users/login_type.h"

enum { LOGOUTS_AT_ONCE = 50 };

static void answer_outcome(void *user, const struct em_outcome *outcome) {
    struct em_api_call *call = user;
    if (outcome->code == EM_OK) {
        em_api_succeed(call);
    } else {
        em_api_refuse(call, outcome->code);
    }
}

void em_api_log_in(struct em_api_call *call) {
    const struct em_api_request *wanted = &call->wanted;
    sj_login_type type;
    if (!em_api_may_act_for(call, wanted->user_id)) {
        em_api_fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others in");
        return;
    }
    if (!em_login_type_parse(wanted->login_type, &type)) {
        em_api_fail(call, EM_LOGIN_TYPE, "loginType is none of UID, SP, DN");
        return;
    }
    struct em_login_request login = {.login_type = type,
                                     .emcc = wanted->emcc,
                                     .via_header = wanted->via_header,
                                     .by_application = true,
                                     .requested_minutes = wanted->duration_minutes};
    em_copy(login.device_name, wanted->names[0]);
    em_copy(login.user_id, wanted->user_id);
    em_copy(login.pin, wanted->pin);
    em_copy(login.device_profile, wanted->device_profile);
    em_copy(login.remote_address, call->remote_address);
    em_copy(login.source, call->peer_address);
    em_copy(login.trace_id, call->trace_id);
    em_copy(login.application_user, em_api_application(call));
    /* By our own address: where the application found us is of no use to the phone. */
    em_emapp_logout_url(call->em, NULL, wanted->names[0], login.logout_url);
    em_login_start(call->em, &login, answer_outcome, call);
}

static void logged_out(void *user, int status, const sj_error *error) {
    struct em_api_call *call = user;
    if (status == SJ_OK) {
        em_api_succeed(call);
    } else {
        em_api_fail(call, EM_DATABASE, error != NULL ? error->text : "");
    }
}

/* The user on a phone of this cluster may be one of another cluster, whose id says nothing about
 * users here. */
static bool may_log_out(const struct em_api_call *call, const sj_session *session) {
    return call->may_act_for_others || (session->kind != SJ_SESSION_KIND_VISITING &&
                                        em_api_may_act_for(call, session->user_id));
}

static void end_session(struct em_api_call *call, const sj_session *session, sj_result_fn done) {
    sj_trace(call->em->scope, session->trace_id, "%s %s asks for %s to be logged out of %s",
             call->may_act_for_others ? "application" : "user", call->wanted.application_id,
             session->user_id, session->device_name);
    em_logout_for(call->em, session, "application", em_api_application(call), session->trace_id,
                  done, call);
}

void em_api_log_out(struct em_api_call *call) {
    struct em *em = call->em;
    const char *device_name = call->wanted.names[0];
    sj_session *session = NULL;
    sj_phone *phone = NULL;
    sj_error error = {0};
    const int status = sj_session_get(em->scope, device_name, &session, &error);
    const bool occupied = status == SJ_OK && session->state == SJ_SESSION_STATE_ACTIVE;
    const bool exists = sj_phone_get(em->scope, device_name, &phone, NULL) == SJ_OK;
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        em_api_fail(call, EM_HOTELING_STATUS, error.text);
    } else if (!occupied && !exists) {
        em_api_fail(call, EM_NO_DEVICE, "there is no such phone");
    } else if (exists && !phone->enable_extension_mobility) {
        em_api_fail(call, EM_LOGOUT_DISABLED, "Enable Extension Mobility is off on the phone");
    } else if (!occupied) {
        em_api_fail(call, EM_NO_USER_LOGGED_IN, "no user is logged in on the phone");
    } else if (!may_log_out(call, session)) {
        em_api_fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others out");
    } else {
        em_copy(call->wanted.user_id, session->user_id);
        end_session(call, session, logged_out);
    }
    sj_record_free(em->scope, phone);
    sj_record_free(em->scope, session);
}

static void all_logged_out(struct em_api_call *call) {
    char cause[EM_CAUSE_ROOM];
    if (!call->all_seen || call->logouts_open > 0) {
        return;
    }
    if (call->logouts_failed > 0) {
        em_print(cause, sizeof cause, "the end of %zu sessions was not written",
                 call->logouts_failed);
        em_api_fail(call, EM_DATABASE, cause);
    } else {
        em_api_succeed(call);
    }
}

static void session_logged_out(void *user, int status, const sj_error *error) {
    struct em_api_call *call = user;
    (void)error; /* logged where it happened */
    call->logouts_open--;
    call->logouts_failed += status != SJ_OK;
    all_logged_out(call);
}

/* Some at a time: each has its own flush and its own change notifications. The answer comes when
 * all are durable. */
static void log_some_out(void *user) {
    struct em_api_call *call = user;
    struct em *em = call->em;
    const sj_query query = {
        .field = call->wanted.emcc ? NULL : "remote_cluster_id", /* local sessions have none */
        .value = call->wanted.emcc ? NULL : "",
        .after_key = call->after[0] != '\0' ? call->after : NULL,
        .limit = LOGOUTS_AT_ONCE};
    sj_list list = {0};
    sj_error error = {0};
    if (sj_session_list(em->scope, &query, &list, &error) != SJ_OK) {
        em_api_fail(call, EM_DATABASE, error.text);
        return;
    }
    call->all_seen = false;
    for (size_t i = 0; i < list.count; i++) {
        const sj_session *session = sj_session_at(&list, i);
        em_copy(call->after, session->device_name);
        if (session->state == SJ_SESSION_STATE_ACTIVE) {
            call->logouts_open++;
            end_session(call, session, session_logged_out);
        }
    }
    const bool more = list.count == LOGOUTS_AT_ONCE;
    sj_list_free(em->scope, &list);
    if (more && sj_timer_start(call->scope, 0, 0, log_some_out, call) != NULL) {
        return;
    }
    call->all_seen = true;
    call->logouts_failed += more;
    all_logged_out(call);
}

void em_api_log_all_out(struct em_api_call *call) {
    if (call->may_act_for_others) {
        log_some_out(call);
    } else {
        em_api_fail(call, EM_NO_PROXY_RIGHTS, "the caller may not log others out");
    }
}
