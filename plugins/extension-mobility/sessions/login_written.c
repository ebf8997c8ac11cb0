/* The steps of a login after its session was written: it is announced, and ended again when it is
 * wanted no longer. */
#include "reporting/announce.h"
#include "reporting/error_codes.h"
#include "resources/session.h"
#include "sessions/login_steps.h"
#include "sessions/logout.h"
#include "sessions/operation.h"

/* When the write has failed the login ends with that, now or once its session has been undone. */
void em_login_durable(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    operation->login.write_status = status;
    if (status != SJ_OK) {
        (void)em_login_end_unwritten(operation, status, error);
    }
    em_login_resume(operation, EM_LOGIN_CONTINUE);
}

enum em_login_next em_login_check_written(struct em_operation *operation,
                                          struct em_login_parts *parts) {
    const bool stands = sj_session_get(operation->em->scope, operation->device_name,
                                       &parts->session, NULL) == SJ_OK &&
                        parts->session->state == SJ_SESSION_STATE_ACTIVE &&
                        strcmp(parts->session->trace_id, operation->trace_id) == 0;
    if (stands) {
        return EM_LOGIN_CONTINUE;
    }
    return operation->login.write_status != SJ_OK
               ? EM_LOGIN_END
               : em_login_end(operation, EM_POLICY_VALIDATION,
                              "the session was ended while it was being written");
}

enum em_login_next em_login_announce(struct em_operation *operation, struct em_login_parts *parts) {
    em_announce_started(operation->em, parts->session);
    return EM_LOGIN_CONTINUE;
}

/* The outcome was set before the session was ended again. */
static void undone(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    em_login_resume(operation,
                    status == SJ_OK
                        ? EM_LOGIN_END
                        : em_login_end(operation, EM_DATABASE,
                                       "the session of the cancelled login was not ended: %s",
                                       error != NULL ? error->text : ""));
}

/* A session that is not on the disk or is wanted no longer: the base device is freed, and the other
 * cluster is notified unless it revoked the login itself. */
enum em_login_next em_login_undo_unwanted(struct em_operation *operation,
                                          struct em_login_parts *parts) {
    const sj_session *session = parts->session;
    char cause[EM_CAUSE_ROOM];
    if (operation->login.write_status == SJ_OK) {
        if (!em_operation_is_cancelled(operation, cause)) {
            return EM_LOGIN_CONTINUE;
        }
        (void)em_login_end(operation, em_operation_cancelled_code(operation), "%s", cause);
    }
    operation->visiting.asked = false; /* the logout notifies it */
    sj_log_warning(operation->em->scope, "ending the session of %s on %s: %s", session->user_id,
                   session->device_name, operation->login.cause);
    em_logout(operation->em, session,
              session->kind == SJ_SESSION_KIND_HOME ? "remote:" EM_LOGIN_CANCELLED
                                                    : EM_LOGIN_CANCELLED,
              session->trace_id, undone, operation);
    return EM_LOGIN_WAIT;
}

enum em_login_next em_login_succeed(struct em_operation *operation, struct em_login_parts *parts) {
    (void)parts;
    return em_login_end(operation, EM_OK, "logged in");
}
