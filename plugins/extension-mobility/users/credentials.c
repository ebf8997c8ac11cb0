/* PINs and passwords: compared on the pool, counted, and locked after too many failures. A wrong
 * one, a locked credential, a disabled and an unknown user get the same answer after the same work;
 * only the log tells them apart. */
#include "users/credentials.h"

#include <sojourn/base/hash.h>

#include "parameters/enterprise.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/session.h"

enum { KEY_ROOM = EM_USER_ROOM + 16, MARK_ROOM = 17, MS_A_DAY = 24 * 3600 * 1000 };

static const char locked_cause[] = "the credential is locked after too many wrong attempts";

struct verification {
    struct em *em;
    em_verified_fn done;
    void *data;
    bool refused; /* whatever is typed */
    bool change_required, expired;
    bool starts_to_age; /* since when it holds is not known: it counts from now */
    char user_id[EM_USER_ROOM], kind[16], key[KEY_ROOM], mark[MARK_ROOM];
    char cause[EM_CAUSE_ROOM];
};

/* Distinguishes one stored hash from another, so that a new PIN is not locked for what was tried
 * against the old one. */
static void mark_of(const char *hash, char mark[MARK_ROOM]) {
    const uint64_t value = sj_hash_bytes(hash, hash != NULL ? strlen(hash) : 0);
    em_print(mark, MARK_ROOM, "%016llx", (unsigned long long)value);
}

static bool is_locked(const struct verification *verification, const sj_credential_state *state) {
    return state->locked_until > sj_wall_ms(verification->em->scope) &&
           (!sj_given(state->locked_credential) ||
            strcmp(state->locked_credential, verification->mark) == 0);
}

static void count_attempt(struct verification *verification, bool right) {
    sj_scope *scope = verification->em->scope;
    sj_error error = {0};
    sj_credential_state *known = NULL;
    const int status = sj_credential_state_get(scope, verification->key, &known, &error);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND) {
        sj_log_error(scope, "failed attempts of %s could not be read: %s", verification->user_id,
                     error.text);
        return;
    }
    if (right && !verification->starts_to_age && (known == NULL || known->failed_attempts == 0)) {
        sj_record_free(scope, known);
        return;
    }
    sj_credential_state state = {.user_id = verification->user_id, .kind = verification->kind};
    if (known != NULL) {
        state.changed_at = known->changed_at;
        state.last_change = known->last_change;
        state.failed_attempts = known->failed_attempts;
    }
    if (right && verification->starts_to_age) {
        state.changed_at = sj_wall_ms(scope);
    }
    state.failed_attempts = right ? 0 : state.failed_attempts + 1;
    const int64_t limit = sj_param_enterprise_credential_failed_logins(scope);
    if (!right && limit > 0 && state.failed_attempts >= limit) {
        state.locked_until =
            sj_wall_ms(scope) + sj_param_enterprise_credential_lockout_minutes(scope) * 60000;
        state.locked_credential = verification->mark;
        state.failed_attempts = 0;
        sj_log_warning(scope, "the %s of %s is locked after %lld wrong attempt%s",
                       verification->kind, verification->user_id, (long long)limit,
                       sj_plural(limit));
    }
    if (sj_credential_state_put(scope, &state, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_error(scope, "failed attempts of %s could not be written: %s", verification->user_id,
                     error.text);
    }
    sj_record_free(scope, known);
}

/* Attempts that began together are looked at one after the other: after the one that locks, no
 * other learns whether it fits. */
static bool locked_meanwhile(struct verification *verification) {
    sj_scope *scope = verification->em->scope;
    sj_credential_state *state = NULL;
    const bool locked = sj_credential_state_get(scope, verification->key, &state, NULL) == SJ_OK &&
                        is_locked(verification, state);
    sj_record_free(scope, state);
    return locked;
}

static const char *name_of(const struct verification *verification) {
    return strcmp(verification->kind, "pin") == 0 ? "PIN" : verification->kind;
}

static void verified(void *user, int status, const sj_error *error) {
    struct verification *verification = user;
    char cause[EM_CAUSE_ROOM];
    if (status == SJ_E_LIMIT) {
        em_print(cause, sizeof cause, "the %s was not compared: %.400s", name_of(verification),
                 error != NULL ? error->text : sj_error_text(status));
        verification->done(verification->data, EM_BUSY, cause);
    } else if (verification->refused) {
        verification->done(verification->data, EM_AUTHENTICATION, verification->cause);
    } else if (locked_meanwhile(verification)) {
        verification->done(verification->data, EM_AUTHENTICATION, locked_cause);
    } else if (status == SJ_OK) {
        const bool must_change = verification->change_required || verification->expired;
        count_attempt(verification, true);
        em_print(cause, sizeof cause, "the %s is right and %s", name_of(verification),
                 verification->change_required ? "must be changed first"
                                               : "has expired (Credential Expires After)");
        verification->done(verification->data,
                           !must_change                             ? EM_OK
                           : strcmp(verification->kind, "pin") == 0 ? EM_PIN_CHANGE
                                                                    : EM_CHANGE_PASSWORD,
                           must_change ? cause : "");
    } else if (status == SJ_E_DENIED) {
        count_attempt(verification, false);
        em_print(cause, sizeof cause, "the %s is wrong", name_of(verification));
        verification->done(verification->data, EM_AUTHENTICATION, cause);
    } else {
        em_print(cause, sizeof cause, "the %s could not be checked: %.400s", verification->kind,
                 error != NULL ? error->text : sj_error_text(status));
        verification->done(verification->data, EM_DIRECTORY, cause);
    }
}

/* Whether it has grown too old, by what is known of its age. */
static void check_age(struct verification *verification, const struct em_credential *credential,
                      const sj_credential_state *state) {
    sj_scope *scope = verification->em->scope;
    const int64_t days = sj_param_enterprise_credential_expires_after(scope);
    const int64_t since = state != NULL ? state->changed_at : 0;
    if (days > 0 && !credential->does_not_expire) {
        verification->expired = since > 0 && sj_wall_ms(scope) - since >= days * MS_A_DAY;
        verification->starts_to_age = since <= 0;
    }
}

void em_credential_verify(struct em *em, sj_scope *scope, const struct em_credential *credential,
                          const char *plain, em_verified_fn done, void *data) {
    struct verification *verification = sj_scope_alloc(scope, sizeof *verification);
    sj_credential_state *state = NULL;
    const char *refused = credential->refused;
    if (verification == NULL) {
        done(data, EM_DIRECTORY, "out of memory");
        return;
    }
    verification->em = em;
    verification->done = done;
    verification->data = data;
    verification->change_required = credential->change_required;
    em_copy(verification->user_id, credential->user_id);
    em_copy(verification->kind, credential->kind);
    em_print(verification->key, sizeof verification->key, "%s@%s", verification->user_id,
             verification->kind);
    mark_of(credential->hash, verification->mark);
    const bool known = refused == NULL &&
                       sj_credential_state_get(em->scope, verification->key, &state, NULL) == SJ_OK;
    check_age(verification, credential, state);
    if (known && is_locked(verification, state)) {
        refused = locked_cause;
    } else if (refused == NULL && !sj_given(credential->hash)) {
        refused = "the user has no such credential";
    } else if (refused == NULL && !sj_given(plain)) {
        refused = "nothing was given to compare"; /* whatever the hash: an empty PIN is none */
    }
    sj_record_free(em->scope, state);
    verification->refused = refused != NULL;
    em_copy(verification->cause, refused);
    const sj_secret_asker asker = {.size = sizeof asker,
                                   .source = credential->source,
                                   .name = verification->user_id,
                                   .vouched = credential->vouched};
    sj_secret_verify_for(scope, &asker, refused != NULL ? "" : credential->hash, plain, verified,
                         verification);
}

void em_credential_verify_pin(struct em *em, sj_scope *scope, const sj_end_user *user,
                              const char *source, bool vouched, const char *pin,
                              em_verified_fn done, void *data) {
    const struct em_credential credential = {
        .user_id = user != NULL ? user->user_id : "",
        .kind = "pin",
        .hash = user != NULL ? user->pin : "",
        .refused = user == NULL     ? "there is no such user"
                   : !user->enabled ? "the user is disabled"
                                    : NULL,
        .source = source,
        .vouched = vouched,
        .change_required = user != NULL && user->pin_change_required,
        .does_not_expire = user != NULL && user->pin_does_not_expire};
    em_credential_verify(em, scope, &credential, pin, done, data);
}
