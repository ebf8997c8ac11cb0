/* The steps of a login of a user of this cluster on a phone of this cluster. */
#include "devices/compose.h"
#include "devices/device_reset.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/session.h"
#include "sessions/login_steps.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"

/* The same user on the same phone again: nothing changes. */
enum em_login_next em_local_check_repeated(struct em_operation *operation,
                                           struct em_login_parts *parts) {
    sj_session *session = NULL;
    (void)parts;
    const bool repeated =
        sj_session_get(operation->em->scope, operation->device_name, &session, NULL) == SJ_OK &&
        session->state == SJ_SESSION_STATE_ACTIVE && session->kind == SJ_SESSION_KIND_LOCAL &&
        strcmp(session->user_id, operation->login.end_user->user_id) == 0;
    sj_record_free(operation->em->scope, session);
    return repeated ? em_login_end(operation, EM_OK, "was logged in already") : EM_LOGIN_CONTINUE;
}

enum em_login_next em_local_compose(struct em_operation *operation, struct em_login_parts *parts) {
    struct em *em = operation->em;
    parts->composition = em_compose_local(em, operation->scope, operation->login.phone,
                                          parts->profile, operation->login.end_user);
    if (parts->composition == NULL) {
        sj_error error = {0};
        return em_login_end_unwritten(
            operation, sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory"), &error);
    }
    operation->local.new_language =
        em_language_changes(em, operation->device_name, &parts->composition->overlay.device);
    return EM_LOGIN_CONTINUE;
}

enum em_login_next em_local_write(struct em_operation *operation, struct em_login_parts *parts) {
    const sj_session session = {.device_name = operation->device_name,
                                .kind = SJ_SESSION_KIND_LOCAL,
                                .user_id = operation->login.end_user->user_id,
                                .device_profile = parts->profile->name,
                                .login_time = parts->now,
                                .expires_at = operation->login.expires_at,
                                .trace_id = operation->trace_id,
                                .logged_in_by = operation->request.application_user,
                                .address = em_logout_address(operation)};
    const struct em_login_write write = {.session = &session,
                                         .live_device = &parts->composition->overlay.device};
    sj_error error = {0};
    const int status = em_store_login(operation->em, operation->scope, &write, em_login_durable,
                                      operation, &error);
    operation->login.committed = status == SJ_OK;
    return status == SJ_OK ? EM_LOGIN_WAIT : em_login_end_unwritten(operation, status, &error);
}

/* A phone fetches another language only when it boots anew. */
enum em_login_next em_local_restart_phone(struct em_operation *operation,
                                          struct em_login_parts *parts) {
    (void)parts;
    sj_trace(operation->em->scope, operation->trace_id, "%s is logged in on %s; the phone restarts",
             operation->user_id, operation->device_name);
    em_device_reset(operation->em, operation->device_name, operation->local.new_language,
                    operation->trace_id);
    return EM_LOGIN_CONTINUE;
}
