/* Who may log out on a phone's page: the phone itself. It is known by the address at which it is
 * registered or from which its user logged in, or by the proof that stands in the URL which it has
 * been given for that. */
#include "sessions/logout_right.h"

#include "events/device.h"
#include "reporting/error_codes.h"
#include "resources/session.h"
#include "sessions/operation.h"
#include "users/access.h"

struct right_check {
    struct em *em;
    em_access_fn done;
    void *user;
    char device_name[EM_DEVICE_ROOM], remote_address[SJ_ADDRESS_TEXT];
};

/* In a time that does not depend on how much of it fits. */
static bool is_proof(const char *given, const char *proof) {
    const size_t length = strlen(proof);
    unsigned char differs = 0;
    if (length == 0 || strlen(given) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        differs |= (unsigned char)(given[i] ^ proof[i]);
    }
    return differs == 0;
}

static void registered(void *user, int status, const sj_error *error,
                       const sj_registration_lookup_reply *reply) {
    struct right_check *check = user;
    char cause[EM_CAUSE_ROOM];
    (void)error;
    if (status == SJ_OK && reply->registered &&
        strcmp(reply->address, check->remote_address) == 0) {
        check->done(check->user, EM_OK, "");
        return;
    }
    em_print(cause, sizeof cause,
             "logout of %s from %s refused: the address is neither that of its registration nor "
             "that of the login, and the proof of the session is missing",
             check->device_name, check->remote_address);
    check->done(check->user, EM_UNTRUSTED_ADDRESS, cause);
}

void em_logout_check_right(struct em *em, sj_scope *scope, const char *device_name,
                           const char *remote_address, const char *proof, em_access_fn done,
                           void *user) {
    sj_session *session = NULL;
    sj_error error = {0};
    const bool vacant = sj_session_get(em->scope, device_name, &session, NULL) != SJ_OK ||
                        session->state != SJ_SESSION_STATE_ACTIVE;
    const bool right =
        vacant || (sj_given(session->address) && strcmp(session->address, remote_address) == 0) ||
        is_proof(proof, session->log_out_proof);
    sj_record_free(em->scope, session);
    if (right) { /* where no user is logged in, the answer says so */
        done(user, EM_OK, "");
        return;
    }
    struct right_check *check = sj_scope_alloc(scope, sizeof *check);
    if (check == NULL) {
        done(user, EM_DATABASE, "out of memory");
        return;
    }
    check->em = em;
    check->done = done;
    check->user = user;
    em_copy(check->device_name, device_name);
    em_copy(check->remote_address, remote_address);
    const sj_registration_lookup question = {.device_name = device_name, .address = ""};
    const int status = sj_ask_registration_lookup(scope, &question, 0, registered, check, &error);
    if (status != SJ_OK) {
        registered(check, status, &error, NULL);
    }
}

const char *em_logout_address(const struct em_operation *operation) {
    return operation->request.by_application ? "" : operation->request.remote_address;
}
