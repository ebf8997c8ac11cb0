/* The PIN of a user of this cluster is changed: the old one verified with all that counts against
 * it, the new one measured by the rules, and both the PIN and the mark of the request written in
 * one transaction. A repeated request of another cluster is known by its mark, also while the first
 * is treated and after a restart. */
#include "users/pin_change.h"

#include <stdlib.h>

#include "parameters/extension_mobility.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/session.h"
#include "users/credentials.h"
#include "users/pin_request.h"
#include "users/users.h"

enum { PIN_MIN = 4, PIN_MAX = 64, WAIT_FOR_FIRST_MS = 50, WAITS = 200, ANSWER_MS = 50000 };

struct em_pin_changing {
    sj_list_link link;
    struct em *em;
    sj_scope *scope;
    em_pin_changed_fn done;
    void *user;
    struct em_pin_wanted wanted;
    uint64_t deadline;
    int waits;
    char visiting_cluster[EM_NAME_ROOM], source[SJ_ADDRESS_TEXT];
    char mark[EM_NAME_ROOM + EM_LEASE_ROOM + 1]; /* "CLUSTER/KEY"; "": asked for by a phone here */
};

static void closed(void *user) {
    struct em_pin_changing *change = user;
    sj_list_remove(&change->link);
    em_pin_wanted_wipe(&change->wanted);
    free(change);
}

static void finish(struct em_pin_changing *change, enum em_code code, const char *cause) {
    change->done(change->user, code, cause, change->wanted.user_id);
    sj_scope_close(change->scope);
}

/* ---- the new PIN ---- */

/* What is wrong with it, or NULL. */
static const char *broken_rule(const struct em_pin_changing *change) {
    const size_t length = strlen(change->wanted.new_pin);
    if (length < PIN_MIN || length > PIN_MAX ||
        strspn(change->wanted.new_pin, "0123456789") != length) {
        return "A PIN has 4 to 64 digits";
    }
    return strcmp(change->wanted.new_pin, change->wanted.old_pin) == 0
               ? "The new PIN is the old one"
               : NULL;
}

static void durable(void *user, int status, const sj_error *error) {
    struct em_pin_changing *change = user;
    if (status != SJ_OK) {
        finish(change, EM_DATABASE, error != NULL ? error->text : "the PIN was not written");
        return;
    }
    sj_log_info(change->em->scope, "%s has changed the PIN on %s%s%s", change->wanted.user_id,
                change->wanted.device_name,
                sj_given(change->visiting_cluster) ? " of cluster " : "", change->visiting_cluster);
    sj_trace(change->em->scope, change->wanted.trace_id, "the PIN of %s is changed",
             change->wanted.user_id);
    finish(change, EM_OK, "");
}

static int write_pin(struct em_pin_changing *change, const char *hash, sj_error *error) {
    sj_scope *scope = change->scope;
    sj_end_user *user = NULL;
    const sj_credential_state state = {.user_id = change->wanted.user_id,
                                       .kind = "pin",
                                       .changed_at = sj_wall_ms(scope),
                                       .last_change = change->mark};
    int status = sj_store_begin(scope, error);
    if (status != SJ_OK) {
        return status;
    }
    status = sj_end_user_get(scope, change->wanted.user_id, &user, error);
    if (status == SJ_OK) {
        sj_end_user changed = *user;
        changed.pin = hash;
        changed.pin_change_required = false;
        status = sj_end_user_put(scope, &changed, SJ_PUT_REPLACE, error);
    }
    if (status == SJ_OK) {
        status = sj_credential_state_put(scope, &state, SJ_PUT_ANY, error);
    }
    sj_record_free(scope, user);
    if (status != SJ_OK) {
        sj_store_rollback(scope);
        return status;
    }
    return sj_store_commit(scope, durable, change, error);
}

/* A requester that got no answer keeps the old PIN. */
static bool is_cancelled(struct em_pin_changing *change) {
    if (sj_monotonic_ms(change->scope) < change->deadline) {
        return false;
    }
    finish(change, EM_BUSY,
           "who asked for the change of the PIN waits no longer; it is not changed");
    return true;
}

static void hashed(void *user, int status, const char *hash) {
    struct em_pin_changing *change = user;
    sj_error error = {0};
    if (status != SJ_OK) {
        finish(change, EM_DIRECTORY, "the new PIN could not be hashed");
    } else if (is_cancelled(change)) {
        return;
    } else if (write_pin(change, hash, &error) != SJ_OK) {
        finish(change, EM_DATABASE, error.text);
    }
}

/* ---- the old PIN ---- */

static void verified(void *user, enum em_code code, const char *cause) {
    struct em_pin_changing *change = user;
    if (code != EM_OK && code != EM_PIN_CHANGE) {
        finish(change, code, cause);
    } else if (!is_cancelled(change)) {
        sj_secret_hash(change->scope, change->wanted.new_pin, hashed, change);
    }
}

/* Whether this very request has changed the PIN before. */
static bool is_repeated(const struct em_pin_changing *change) {
    sj_scope *scope = change->em->scope;
    sj_credential_state *state = NULL;
    char key[EM_USER_ROOM + 8];
    em_print(key, sizeof key, "%s@pin", change->wanted.user_id);
    const bool repeated = change->mark[0] != '\0' &&
                          sj_credential_state_get(scope, key, &state, NULL) == SJ_OK &&
                          strcmp(state->last_change, change->mark) == 0;
    sj_record_free(scope, state);
    return repeated;
}

static bool is_in_progress(const struct em_pin_changing *change) {
    SJ_LIST_EACH(other, &change->em->pin_changes, struct em_pin_changing, link) {
        if (other != change && change->mark[0] != '\0' && strcmp(other->mark, change->mark) == 0 &&
            other->waits == 0) {
            return true;
        }
    }
    return false;
}

static void begin(void *user) {
    struct em_pin_changing *change = user;
    struct em *em = change->em;
    const bool for_visitor = sj_given(change->visiting_cluster);
    sj_end_user *found = NULL;
    char cause[EM_CAUSE_ROOM] = "";
    if (is_in_progress(change)) {
        if (++change->waits >= WAITS ||
            sj_timer_start(change->scope, WAIT_FOR_FIRST_MS, 0, begin, change) == NULL) {
            finish(change, EM_BUSY, "the same change is in progress");
        }
        return;
    }
    change->waits = 0;
    enum em_code code =
        em_user_find(em, change->wanted.login_type, change->wanted.user_id, &found, cause);
    const char *rule = broken_rule(change);
    if (code == EM_OK) {
        em_copy(change->wanted.user_id, found->user_id);
    } else if (code == EM_EXTENSION_SHARED && for_visitor) {
        code = EM_EXTENSION_SHARED_HOME;
    }
    if (code == EM_OK && for_visitor && !found->enable_emcc) {
        em_print(cause, sizeof cause, "Enable Extension Mobility Cross Cluster is off for %s",
                 found->user_id);
        code = EM_USER_NOT_ENABLED;
    }
    if (code != EM_OK && (code != EM_NO_USER || for_visitor)) {
        finish(change, code, cause);
    } else if (code == EM_OK && is_repeated(change)) {
        sj_trace(em->scope, change->wanted.trace_id,
                 "this request has changed the PIN before; its answer is repeated");
        finish(change, EM_OK, "");
    } else if (rule != NULL) {
        finish(change, EM_PIN_RULE, rule);
    } else {
        /* For an unknown user this takes as long as for a wrong PIN. */
        em_credential_verify_pin(em, change->scope, found,
                                 for_visitor ? change->visiting_cluster : change->source,
                                 for_visitor, change->wanted.old_pin, verified, change);
    }
    sj_record_free(em->scope, found);
}

void em_pin_change(struct em *em, const struct em_pin_change_request *request,
                   em_pin_changed_fn done, void *user) {
    int64_t in_progress = 0;
    SJ_LIST_EACH(other, &em->pin_changes, struct em_pin_changing, link) {
        in_progress++;
    }
    if (in_progress >= sj_param_em_maximum_concurrent_requests(em->scope)) {
        sj_metric_add(em->scope, em->metrics.requests_throttled, 1);
        done(user, EM_BUSY, "too many PINs are being changed at once", request->user_id);
        return;
    }
    struct em_pin_changing *change = calloc(1, sizeof *change);
    sj_scope *scope =
        change != NULL ? sj_scope_open(em->scope, "change of a PIN", closed, change) : NULL;
    if (scope == NULL) {
        free(change);
        done(user, EM_DATABASE, "out of memory", request->user_id);
        return;
    }
    change->em = em;
    change->scope = scope;
    change->done = done;
    change->user = user;
    change->deadline =
        request->deadline > 0 ? request->deadline : sj_monotonic_ms(em->scope) + ANSWER_MS;
    em_pin_wanted_copy(&change->wanted, request);
    em_copy(change->visiting_cluster, request->visiting_cluster);
    em_copy(change->source, request->source);
    if (sj_given(request->visiting_cluster)) {
        em_print(change->mark, sizeof change->mark, "%s/%s", request->visiting_cluster,
                 request->idempotency_key);
    }
    sj_list_add_first(&em->pin_changes, &change->link);
    begin(change);
}
