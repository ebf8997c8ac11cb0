/* PINs: compared on the pool, counted, and locked after too many failures. A wrong PIN, a locked credential, a disabled and an
 * unknown user get the same answer after the same work; only the log tells them apart. */
#include "em.h"

#include "parameters/enterprise.h"

struct verification {
    struct em *em;
    sj_scope *scope;
    em_verified_fn done;
    void *data;
    bool refused; /* whatever the PIN is */
    bool change_required;
    char user_id[EM_USER_ROOM];
    char cause[EM_CAUSE_ROOM];
};

static void credential_key(const char *user_id, char key[EM_USER_ROOM + 8]) {
    em_print(key, EM_USER_ROOM + 8, "%s@pin", user_id);
}

static void count_attempt(struct verification *verification, bool right) {
    sj_scope *scope = verification->em->scope;
    char key[EM_USER_ROOM + 8];
    sj_error error = {0};
    sj_credential_state *known = NULL;
    credential_key(verification->user_id, key);
    const int status = sj_credential_state_get(scope, key, &known, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        sj_log_error(scope, "failed attempts of %s could not be read: %s", verification->user_id, error.text);
        return;
    }
    if (right && (known == NULL || known->failed_attempts == 0)) {
        sj_record_free(scope, known);
        return;
    }
    sj_credential_state state = {.user_id = verification->user_id, .kind = "pin"};
    if (known != NULL) {
        state.changed_at = known->changed_at;
        state.failed_attempts = known->failed_attempts;
    }
    state.failed_attempts = right ? 0 : state.failed_attempts + 1;
    const int64_t limit = sj_param_enterprise_credential_failed_logins(scope);
    if (!right && limit > 0 && state.failed_attempts >= limit) {
        state.locked_until = sj_wall_ms(scope) + sj_param_enterprise_credential_lockout_minutes(scope) * 60000;
        state.failed_attempts = 0;
        sj_log_warning(scope, "the PIN of %s is locked after %lld wrong attempts", verification->user_id, (long long)limit);
    }
    if (sj_credential_state_put(scope, &state, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_error(scope, "failed attempts of %s could not be written: %s", verification->user_id, error.text);
    }
    sj_record_free(scope, known);
}

static void verified(void *user, int status, const sj_error *error) {
    struct verification *verification = user;
    if (verification->refused) {
        verification->done(verification->data, EM_AUTHENTICATION, verification->cause);
    } else if (status == SJ_OK) {
        count_attempt(verification, true);
        verification->done(verification->data, verification->change_required ? EM_PIN_CHANGE : EM_OK,
                           verification->change_required ? "the PIN is right and must be changed first" : "");
    } else if (status == SJ_E_DENIED) {
        count_attempt(verification, false);
        verification->done(verification->data, EM_AUTHENTICATION, "the PIN is wrong");
    } else {
        char cause[EM_CAUSE_ROOM];
        em_print(cause, sizeof cause, "the PIN could not be checked: %.400s",
                 error != NULL ? error->text : sj_error_text(status));
        verification->done(verification->data, EM_DIRECTORY, cause);
    }
}

void em_verify_pin(struct em *em, sj_scope *scope, const sj_end_user *user, const char *pin, em_verified_fn done, void *data) {
    struct verification *verification = sj_scope_alloc(scope, sizeof *verification);
    const char *hash = "";
    if (verification == NULL) {
        done(data, EM_DIRECTORY, "out of memory");
        return;
    }
    verification->em = em;
    verification->scope = scope;
    verification->done = done;
    verification->data = data;
    if (user == NULL) {
        verification->refused = true;
        em_copy(verification->cause, "there is no such user");
    } else {
        char key[EM_USER_ROOM + 8];
        sj_credential_state *state = NULL;
        em_copy(verification->user_id, user->user_id);
        verification->change_required = user->pin_change_required;
        credential_key(user->user_id, key);
        if (sj_credential_state_get(em->scope, key, &state, NULL) == SJ_OK && state->locked_until > sj_wall_ms(em->scope)) {
            verification->refused = true;
            em_copy(verification->cause, "the PIN is locked after too many wrong attempts");
        } else if (!user->enabled) {
            verification->refused = true;
            em_copy(verification->cause, "the user is disabled");
        } else if (!em_given(user->pin)) {
            verification->refused = true;
            em_copy(verification->cause, "the user has no PIN");
        } else {
            hash = user->pin;
        }
        sj_record_free(em->scope, state);
    }
    sj_secret_verify(scope, hash, pin, verified, verification);
}
