/* Administrators at the REST interface: Basic authentication against application users and end
 * users who are Super Users, or who may only read. What was right is remembered for a minute; what
 * is wrong too often locks the credential (parameters Failed Logon, Lockout Duration). */
#include "host/rest/login.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include <sojourn/log.h>
#include <sojourn/timer.h>
#include <sojourn/words.h>

#include "host/core/scope.h"
#include "host/http/server.h"
#include "host/record/record.h"
#include "host/rest/internal.h"
#include "host/rest/secret_age.h"
#include "host/secret/secret.h"
#include "host/secret/verified.h"
#include "host/store/store.h"
#include "parameters/enterprise.h"
#include "resources/application_user.h"
#include "resources/end_user.h"
#include "resources/session.h"

enum { NAME = 129, PASSWORD = 129 };

struct rest_logins {
    struct verified *right; /* what was right lately; entries are taken for a minute only */
};

#define SUPER_USER "Standard CCM Super Users"
#define READ_ONLY "Standard CCM Read Only"

struct attempt {
    struct rest *rest;
    sj_scope *scope; /* its own, while the password is compared; it ends with whoever asks */
    char name[NAME], password[PASSWORD], source[SJ_ADDRESS_TEXT];
    char hash[160];
    bool known, refused, anybody; /* anybody: not administrators alone */
    bool reads_only;
    sj_authenticated_fn done;
    void *user;
};

static bool has_role(const char *const *roles, size_t count, const char *role) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(roles[i], role) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a user with these roles may do anything here; notes whether that is reading alone. */
static bool is_permitted(struct attempt *attempt, const char *const *roles, size_t count) {
    const bool everything = attempt->anybody || has_role(roles, count, SUPER_USER);
    attempt->reads_only = !everything && has_role(roles, count, READ_ONLY);
    return everything || attempt->reads_only;
}

/* Sets the stored hash of the user's password; false when there is no such user, or it may do
 * nothing here. */
static bool find_user(struct attempt *attempt) {
    sj_scope *scope = attempt->rest->node->scope;
    sj_application_user *application = NULL;
    sj_end_user *person = NULL;
    bool found = false;
    if (sj_application_user_get(scope, attempt->name, &application, NULL) == SJ_OK) {
        found = is_permitted(attempt, application->roles, application->roles_count);
        (void)snprintf(attempt->hash, sizeof attempt->hash, "%s", application->password);
    } else if (sj_end_user_get(scope, attempt->name, &person, NULL) == SJ_OK) {
        found = person->enabled && is_permitted(attempt, person->roles, person->roles_count);
        (void)snprintf(attempt->hash, sizeof attempt->hash, "%s", person->password);
    }
    sj_host_record_free(application);
    sj_host_record_free(person);
    if (!found) {
        attempt->hash[0] = '\0';
    }
    return found;
}

/* ---- lock-out ---- */

static void state_key(const struct attempt *attempt, char *key, size_t room) {
    (void)snprintf(key, room, "%s@password", attempt->name);
}

static bool is_locked(const struct attempt *attempt) {
    sj_scope *scope = attempt->rest->node->scope;
    sj_credential_state *state = NULL;
    char key[NAME + 16];
    bool locked;
    state_key(attempt, key, sizeof key);
    locked = sj_credential_state_get(scope, key, &state, NULL) == SJ_OK &&
             state->locked_until > sj_wall_ms(scope);
    sj_host_record_free(state);
    return locked;
}

static void count_failure(const struct attempt *attempt) {
    sj_scope *scope = attempt->rest->node->scope;
    int64_t most = sj_param_enterprise_credential_failed_logins(scope);
    sj_credential_state *before = NULL, state;
    char key[NAME + 16];
    sj_error error;
    memset(&state, 0, sizeof state);
    state_key(attempt, key, sizeof key);
    if (sj_credential_state_get(scope, key, &before, NULL) == SJ_OK) {
        state = *before;
    }
    state.user_id = attempt->name;
    state.kind = "password";
    state.locked_credential = NULL; /* here a lock holds for any password */
    state.failed_attempts++;
    if (most > 0 && state.failed_attempts >= most) {
        state.failed_attempts = 0;
        state.locked_until =
            sj_wall_ms(scope) + sj_param_enterprise_credential_lockout_minutes(scope) * 60000;
        sj_log_warning(
            scope, "the password of %s is locked after %lld failed attempt%s, the last one from %s",
            attempt->name, (long long)most, sj_plural(most), attempt->source);
    }
    if (sj_credential_state_put(scope, &state, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_warning(scope, "a failed attempt of %s could not be noted: %s", attempt->name,
                       error.text);
    }
    sj_host_record_free(before);
}

static void forget_failures(const struct attempt *attempt) {
    sj_scope *scope = attempt->rest->node->scope;
    sj_credential_state *state = NULL;
    char key[NAME + 16];
    state_key(attempt, key, sizeof key);
    if (sj_credential_state_get(scope, key, &state, NULL) == SJ_OK &&
        (state->failed_attempts > 0 || state->locked_until > 0)) {
        state->failed_attempts = 0;
        state->locked_until = 0;
        (void)sj_credential_state_put(scope, state, SJ_PUT_ANY, NULL);
    }
    sj_host_record_free(state);
}

/* ---- an attempt ---- */

static void freed(void *user) {
    struct attempt *attempt = user;
    sodium_memzero(attempt, sizeof *attempt);
    free(attempt);
}

/* The answer may end whoever asked, and the attempt with it. */
static void end(struct attempt *attempt, int status) {
    const bool right = status == SJ_OK;
    const sj_authenticated_fn done = attempt->done;
    void *const user = attempt->user;
    char name[NAME];
    status = right && attempt->reads_only ? SJ_READS_ONLY : status;
    (void)snprintf(name, sizeof name, "%s", right ? attempt->name : "");
    if (attempt->scope != NULL) {
        sj_host_scope_close(attempt->scope);
    } else {
        freed(attempt);
    }
    done(user, status, name);
}

static uint64_t now_of(const struct attempt *attempt) {
    /* The table keeps entries for ten minutes; here they shall hold for one. */
    return uv_now(attempt->rest->node->loop) + SJ_VERIFIED_MS - 60000;
}

/* While the password was compared, others may have locked the account, or an administrator changed
 * or removed it. */
static bool still_stands(struct attempt *attempt) {
    char compared[sizeof attempt->hash];
    memcpy(compared, attempt->hash, sizeof compared);
    return find_user(attempt) && strcmp(compared, attempt->hash) == 0 && !is_locked(attempt);
}

static void verified(void *user, int status, const sj_error *error) {
    struct attempt *attempt = user;
    (void)error;
    if (attempt->refused ||
        ((status == SJ_OK || status == SJ_E_DENIED) && attempt->known && !still_stands(attempt))) {
        status = status == SJ_E_LIMIT ? status : SJ_E_DENIED;
    } else if (status == SJ_OK) {
        sj_verified_add(attempt->rest->logins->right, attempt->hash, attempt->password,
                        uv_now(attempt->rest->node->loop));
        forget_failures(attempt);
    } else if (status == SJ_E_DENIED && attempt->known) {
        count_failure(attempt);
    }
    end(attempt, status);
}

/* "Basic <base64 of name:password>" */
static bool parse(const char *authorization, struct attempt *attempt) {
    char text[NAME + PASSWORD];
    size_t length = 0;
    char *colon;
    bool good;
    if (authorization == NULL || strncasecmp(authorization, "Basic ", 6) != 0 ||
        sodium_base642bin((unsigned char *)text, sizeof text - 1, authorization + 6,
                          strlen(authorization + 6), " ", &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        return false;
    }
    text[length] = '\0';
    colon = strchr(text, ':');
    good = colon != NULL && strlen(text) == length && (size_t)(colon - text) < NAME &&
           strlen(colon + 1) < PASSWORD;
    if (good) {
        (void)snprintf(attempt->name, sizeof attempt->name, "%.*s", (int)(colon - text), text);
        (void)snprintf(attempt->password, sizeof attempt->password, "%.*s", PASSWORD - 1,
                       colon + 1);
    }
    sodium_memzero(text, sizeof text);
    return good;
}

/* A locked account, an unknown one and a wrong password get the same answer after the same work. */
static void try(struct rest *rest, sj_scope *asker, const sj_address *peer,
                const char *authorization, bool anybody, sj_authenticated_fn done, void *user) {
    struct attempt *attempt = rest != NULL ? sj_node_alloc(rest->node, sizeof *attempt) : NULL;
    if (attempt == NULL || !parse(authorization, attempt)) {
        const int status = attempt == NULL && rest != NULL ? SJ_E_NO_MEMORY : SJ_E_DENIED;
        free(attempt);
        done(user, status, "");
        return;
    }
    attempt->rest = rest;
    attempt->anybody = anybody;
    attempt->done = done;
    attempt->user = user;
    (void)sj_address_format(peer, attempt->source, sizeof attempt->source);
    attempt->known = find_user(attempt);
    attempt->refused = attempt->known && is_locked(attempt);
    if (sj_secret_is_barred(rest->node, attempt->source)) {
        end(attempt, SJ_E_LIMIT);
    } else if (attempt->known && !attempt->refused &&
               sj_verified_has(rest->logins->right, attempt->hash, attempt->password,
                               now_of(attempt))) {
        end(attempt, SJ_OK);
    } else if ((attempt->scope = sj_host_scope_open(asker, SJ_HERE, "sign-in", freed, attempt)) ==
               NULL) {
        end(attempt, SJ_E_NO_MEMORY);
    } else {
        const sj_secret_asker source = {
            .size = sizeof source, .source = attempt->source, .name = attempt->name};
        sj_host_secret_verify_for(attempt->scope, SJ_HERE, &source,
                                  attempt->refused ? "" : attempt->hash, attempt->password,
                                  verified, attempt);
    }
}

static void authenticate(struct node *node, const sj_address *peer, const char *authorization,
                         sj_authenticated_fn done, void *user) {
    try(node->rest, node->scope, peer, authorization, false, done, user);
}

void rest_login_anybody(struct rest *rest, sj_scope *asker, const sj_address *peer,
                        const char *authorization, sj_authenticated_fn done, void *user) {
    try(rest, asker, peer, authorization, true, done, user);
}

bool rest_may_do_everything(struct rest *rest, sj_http_request *request) {
    struct attempt asker = {.rest = rest};
    bool everything;
    if (sj_http_is_local(request)) {
        return true;
    }
    (void)snprintf(asker.name, sizeof asker.name, "%s", request->user);
    everything = find_user(&asker) && !asker.reads_only;
    sodium_memzero(&asker, sizeof asker);
    return everything;
}

bool rest_login_outdated(struct rest *rest, const char *name, char why[240]) {
    sj_scope *scope = rest->node->scope;
    sj_application_user *application = NULL;
    sj_end_user *person = NULL;
    bool must_change = false, exempt = false;
    if (sj_application_user_get(scope, name, &application, NULL) == SJ_OK) {
        must_change = application->password_change_required;
        exempt = application->password_does_not_expire;
    } else if (sj_end_user_get(scope, name, &person, NULL) == SJ_OK) {
        must_change = person->password_change_required;
        exempt = person->password_does_not_expire;
    }
    sj_host_record_free(application);
    sj_host_record_free(person);
    if (!must_change && (exempt || !rest_credential_expired(rest->node, name))) {
        return false;
    }
    (void)snprintf(why, 240,
                   "the password of %.120s %s: PUT " REST_PREFIX "own_password changes it", name,
                   must_change ? "must be changed" : "has expired");
    return true;
}

int rest_logins_open(struct rest *rest, sj_error *error) {
    rest->logins = calloc(1, sizeof *rest->logins);
    if (rest->logins == NULL || (rest->logins->right = sj_verified_new()) == NULL) {
        free(rest->logins);
        rest->logins = NULL;
        return sj_error_set(error, SJ_E_NO_MEMORY, "out of memory for logins");
    }
    sj_http_set_authenticator(rest->node, authenticate);
    return SJ_OK;
}

void rest_logins_close(struct rest *rest) {
    if (rest->logins != NULL) {
        sj_verified_free(rest->logins->right);
        free(rest->logins);
    }
}
