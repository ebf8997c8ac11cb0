/* The first steps of a login on a phone of this cluster: the phone, the user, who is logged in on
 * it now. */
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/session.h"
#include "sessions/login_steps.h"
#include "sessions/operation.h"
#include "users/credentials.h"
#include "users/users.h"

enum em_login_next em_login_check_phone(struct em_operation *operation,
                                        struct em_login_parts *parts) {
    struct em *em = operation->em;
    sj_phone_model *model = NULL;
    sj_error error = {0};
    (void)parts;
    const int status =
        sj_phone_get(em->scope, operation->device_name, &operation->login.phone, &error);
    if (status != SJ_OK) {
        return em_login_end(operation,
                            status == SJ_E_NOT_FOUND || status == SJ_E_INVALID ? EM_NO_DEVICE
                                                                               : EM_HOTELING_FLAG,
                            "phone %s: %.300s", operation->device_name, error.text);
    }
    if (!operation->login.phone->enable_extension_mobility) {
        return em_login_end(operation, EM_LOGIN_DISABLED, "Enable Extension Mobility is off on %s",
                            operation->device_name);
    }
    enum em_login_next next = EM_LOGIN_CONTINUE;
    if (sj_phone_model_get(em->scope, operation->login.phone->model, &model, NULL) == SJ_OK &&
        !model->supports_extension_mobility) {
        next = em_login_end(operation, EM_LOGIN_DISABLED, "%s does not support Extension Mobility",
                            model->name);
    }
    sj_record_free(em->scope, model);
    return next;
}

/* A user whom this cluster does not know may be one of another. */
enum em_login_next em_login_find_user(struct em_operation *operation,
                                      struct em_login_parts *parts) {
    char cause[EM_CAUSE_ROOM] = "";
    (void)parts;
    const enum em_code code = em_user_find(operation->em, operation->request.login_type,
                                           operation->user_id, &operation->login.end_user, cause);
    return code == EM_OK || code == EM_NO_USER ? EM_LOGIN_CONTINUE
                                               : em_login_end(operation, code, "%s", cause);
}

/* The same user once more is no conflict: a page sent twice. */
static bool is_conflict(const sj_session *session, const sj_end_user *local) {
    return session->state == SJ_SESSION_STATE_ACTIVE &&
           (local == NULL || session->kind == SJ_SESSION_KIND_VISITING ||
            strcmp(session->user_id, local->user_id) != 0);
}

enum em_login_next em_login_check_session(struct em_operation *operation,
                                          struct em_login_parts *parts) {
    struct em *em = operation->em;
    sj_session *session = NULL;
    sj_error error = {0};
    enum em_login_next next = EM_LOGIN_CONTINUE;
    (void)parts;
    const int status = sj_session_get(em->scope, operation->device_name, &session, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        next = em_login_end(operation, EM_HOTELING_STATUS, "the session of %s: %.300s",
                            operation->device_name, error.text);
    } else if (status == SJ_OK && is_conflict(session, operation->login.end_user)) {
        next = em_login_end(operation, EM_ANOTHER_USER, "%s is logged in on %s", session->user_id,
                            operation->device_name);
    }
    sj_record_free(em->scope, session);
    return next;
}

static void unknown_verified(void *user, enum em_code code, const char *cause) {
    struct em_operation *operation = user;
    em_login_resume(
        operation,
        code == EM_BUSY
            ? em_login_end(operation, code, "%s", cause)
            : em_login_end(
                  operation, EM_AUTHENTICATION,
                  "no user of this cluster has the id %s, and the phone does not ask for EMCC",
                  operation->user_id));
}

enum em_login_next em_login_refuse_unknown(struct em_operation *operation,
                                           struct em_login_parts *parts) {
    (void)parts;
    em_credential_verify_pin(operation->em, operation->scope, NULL, operation->request.source,
                             operation->request.vouched, operation->request.pin, unknown_verified,
                             operation);
    return EM_LOGIN_WAIT;
}
