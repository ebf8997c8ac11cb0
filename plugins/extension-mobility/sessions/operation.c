/* One login or logout in progress: limits how many run at once, one for a phone, and ends each in one place. */
#include "em.h"

#include <stdarg.h>
#include <stdlib.h>

#include "parameters/extension_mobility.h"

/* Its records go with it, however it ends. */
static void closed(void *user) {
    struct em_operation *operation = user;
    sj_record_free(operation->scope, operation->phone);
    sj_record_free(operation->scope, operation->local);
    free(operation);
}

em_code em_operation_open(struct em *em, const char *device_name, bool login, em_outcome_fn done, void *user,
                          struct em_operation **operation) {
    *operation = NULL;
    sj_metric_add(em->scope, login ? em->metrics.logins_attempted : em->metrics.logouts_attempted, 1);
    bool busy = em->operations_count >= sj_param_em_maximum_concurrent_requests(em->scope);
    for (const struct em_operation *other = em->operations; other != NULL && !busy; other = other->next) {
        busy = strcmp(other->device_name, device_name) == 0;
    }
    if (busy) {
        sj_metric_add(em->scope, em->metrics.requests_throttled, 1);
        return EM_BUSY;
    }
    struct em_operation *made = calloc(1, sizeof *made);
    sj_scope *scope = made != NULL ? sj_scope_open(em->scope, login ? "login" : "logout", closed, made) : NULL;
    if (scope == NULL) {
        free(made);
        return EM_DATABASE;
    }
    made->em = em;
    made->scope = scope;
    made->login = login;
    made->done = done;
    made->user = user;
    made->begun_ms = sj_monotonic_ms(em->scope);
    em_copy(made->device_name, device_name);
    made->next = em->operations;
    if (made->next != NULL) {
        made->next->previous = made;
    }
    em->operations = made;
    em->operations_count++;
    sj_metric_set(em->scope, em->metrics.requests_in_progress, em->operations_count);
    *operation = made;
    return EM_OK;
}

static void leave(struct em_operation *operation) {
    struct em *em = operation->em;
    if (operation->previous != NULL) {
        operation->previous->next = operation->next;
    } else {
        em->operations = operation->next;
    }
    if (operation->next != NULL) {
        operation->next->previous = operation->previous;
    }
    em->operations_count--;
    sj_metric_set(em->scope, em->metrics.requests_in_progress, em->operations_count);
    sj_metric_add(em->scope, em->metrics.requests_handled, 1);
    explicit_bzero(operation->pin, sizeof operation->pin);
}

static void finish(struct em_operation *operation, const struct em_outcome *outcome) {
    struct em *em = operation->em;
    leave(operation);
    if (operation->login) {
        sj_metric_add(em->scope, em->metrics.login_seconds,
                      (double)(sj_monotonic_ms(em->scope) - operation->begun_ms) / 1000.0);
    }
    if (outcome->code == EM_OK) {
        sj_metric_add(em->scope, operation->login ? em->metrics.logins_successful : em->metrics.logouts_successful, 1);
    } else if (outcome->code != EM_CHOOSE_PROFILE) {
        em_announce_failed_for(em, operation->device_name, operation->user_id, outcome->code, outcome->cause,
                               operation->visiting, operation->trace_id, operation->application_user);
    }
    operation->done(operation->user, outcome);
    sj_scope_close(operation->scope);
}

void em_operation_settle(struct em_operation *operation, int code, const char *format, ...) {
    char cause[EM_CAUSE_ROOM];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cause, sizeof cause, format, arguments);
    va_end(arguments);
    /* The numbers that applications know: those of the phone pages have others for the same. */
    if (operation->by_application && code == EM_NO_PROFILE) {
        code = EM_NO_DEVICE_PROFILE;
    } else if (operation->by_application && code == EM_AUTHENTICATION && !operation->visiting) {
        code = EM_EMCC_AUTHENTICATION;
    }
    const struct em_outcome outcome = {
        .code = code, .cause = cause, .user_id = operation->user_id, .emcc = operation->visiting};
    finish(operation, &outcome);
}

void em_operation_choose(struct em_operation *operation, const char *const *profiles, size_t profiles_count) {
    if (operation->by_application) {
        em_operation_settle(operation, EM_NO_DEVICE_PROFILE,
                            "%s has %zu device profiles and none by default; the application names none", operation->user_id,
                            profiles_count);
        return;
    }
    const struct em_outcome outcome = {.code = EM_CHOOSE_PROFILE,
                                       .cause = "the user has several device profiles",
                                       .user_id = operation->user_id,
                                       .emcc = operation->visiting,
                                       .profiles = profiles,
                                       .profiles_count = profiles_count};
    sj_trace(operation->em->scope, operation->trace_id, "%s chooses among %zu device profiles", operation->user_id,
             profiles_count);
    finish(operation, &outcome);
}

bool em_operation_holds_lease(const struct em *em, const char *lease_id) {
    for (const struct em_operation *operation = em->operations; operation != NULL; operation = operation->next) {
        if (operation->lease_id[0] != '\0' && strcmp(operation->lease_id, lease_id) == 0) {
            return true;
        }
    }
    return false;
}
