/* A user of this cluster on a phone of this cluster: authentication, profile, rules, overlay, one transaction. */
#include "devices/compose.h"
#include "devices/device_reset.h"
#include "reporting/error_codes.h"
#include "resources/device_profile.h"
#include "resources/end_user.h"
#include "resources/session.h"
#include "sessions/login.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"
#include "users/credentials.h"
#include "users/users.h"

static void durable(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    struct em *em = operation->em;
    sj_session *session = em_login_written(operation, status, error);
    if (session == NULL) {
        return;
    }
    sj_trace(em->scope, operation->trace_id, "%s is logged in on %s; the phone restarts", operation->user_id,
             operation->device_name);
    /* A phone fetches another language only when it boots anew. */
    em_device_reset(em, operation->device_name, operation->new_language, operation->trace_id);
    em_operation_finish(operation, EM_OK, "logged in");
    sj_record_free(em->scope, session);
}

static int write_session(struct em_operation *operation, const sj_device_profile *profile, int64_t now, int64_t expires_at,
                         sj_error *error) {
    struct em *em = operation->em;
    struct em_composition *composition = em_compose_local(em, operation->scope, operation->phone, profile, operation->local);
    if (composition == NULL) {
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory");
    }
    operation->new_language = em_language_changes(em, operation->device_name, &composition->overlay.device);

    const sj_session session = {.device_name = operation->device_name,
                                .kind = SJ_SESSION_KIND_LOCAL,
                                .user_id = operation->local->user_id,
                                .device_profile = profile->name,
                                .login_time = now,
                                .expires_at = expires_at,
                                .trace_id = operation->trace_id,
                                .logged_in_by = operation->application_user,
                                .address = em_logout_address(operation)};
    const struct em_login_write write = {.session = &session, .live_device = &composition->overlay.device};
    const int status = em_store_login(em, operation->scope, &write, durable, operation, error);
    operation->committed = status == SJ_OK;
    em_composition_close(composition);
    return status;
}

/* The same user on the same phone again: nothing changes. */
static bool already_there(const struct em_operation *operation) {
    struct em *em = operation->em;
    sj_session *session = NULL;
    const bool there = sj_session_get(em->scope, operation->device_name, &session, NULL) == SJ_OK &&
                       session->state == SJ_SESSION_STATE_ACTIVE && session->kind == SJ_SESSION_KIND_LOCAL &&
                       strcmp(session->user_id, operation->local->user_id) == 0;
    sj_record_free(em->scope, session);
    return there;
}

static void verified(void *user, em_code code, const char *cause) {
    struct em_operation *operation = user;
    struct em *em = operation->em;
    const sj_end_user *local = operation->local;
    const int64_t now = sj_wall_ms(em->scope);
    sj_device_profile *profile = NULL;
    int64_t expires_at = 0;
    char why[EM_CAUSE_ROOM] = "";
    if (code != EM_OK) {
        em_operation_finish(operation, code, "%s", cause);
        return;
    }
    if (em_operation_is_cancelled(operation, why)) {
        em_operation_finish(operation, em_operation_cancelled_code(operation), "%s", why);
        return;
    }
    if (operation->pin[0] != '\0') {
        sj_trace(em->scope, operation->trace_id, "the PIN of %s is right", operation->user_id);
    }
    if (already_there(operation)) {
        em_operation_finish(operation, EM_OK, "was logged in already");
        return;
    }
    code = em_user_choose_profile(
        em, local, em_user_wanted_profile(operation->local, operation->device_profile, operation->by_application), &profile,
        why);
    if (code == EM_CHOOSE_PROFILE) {
        em_operation_ask_profile(operation, local->controlled_profiles, local->controlled_profiles_count);
        return;
    }
    if (code == EM_OK) {
        code = em_login_check_multiple(em, operation->user_id, operation->device_name, false, why);
    }
    if (code == EM_OK && !em_login_set_limit(em, operation, local, profile->name, "", now, &expires_at, why)) {
        code = EM_POLICY_VALIDATION;
    }
    if (code == EM_OK) {
        sj_error error = {0};
        const int status = write_session(operation, profile, now, expires_at, &error);
        if (status != SJ_OK) {
            em_print(why, sizeof why, "the session was not written: %.400s", error.text);
            code = em_store_login_code(status);
        }
    }
    sj_record_free(em->scope, profile);
    if (code != EM_OK) {
        em_operation_finish(operation, code, "%s", why);
    }
}

static void trusted(void *user) {
    struct em_operation *operation = user;
    const bool disabled = !operation->local->enabled;
    verified(operation, disabled ? EM_AUTHENTICATION : EM_OK, disabled ? "the user is disabled" : "");
}

void em_local_login_start(struct em_operation *operation) {
    if (operation->by_application && operation->pin[0] == '\0') {
        if (sj_timer_start(operation->scope, 0, 0, trusted, operation) == NULL) {
            em_operation_finish(operation, EM_DATABASE, "out of memory");
        }
        return;
    }
    em_credential_verify_pin(operation->em, operation->scope, operation->local, operation->source, operation->vouched,
                             operation->pin, verified, operation);
}
