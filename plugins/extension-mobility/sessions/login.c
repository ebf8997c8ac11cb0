/* A login from its first step to its answer. The tables name the steps in their order, here and at
 * home, and what ends the login early; the functions below run them. Whatever happens, an operation
 * ends once, in em_operation_finish, with one answer. */
#include "sessions/login.h"

#include <stdarg.h>

#include "devices/compose.h"
#include "reporting/announce.h"
#include "reporting/counts.h"
#include "reporting/error_codes.h"
#include "sessions/login_steps.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"

struct em_login_step {
    const char *name;
    em_login_step_fn *run;
};

static em_login_step_fn choose_table;

/* On a phone of this cluster. The comment of a step says what ends the login there. */
static const struct em_login_step on_phone[] = {
    {"phone", em_login_check_phone},     /* unknown, or no user may log in on it */
    {"user", em_login_find_user},        /* several users have the extension */
    {"session", em_login_check_session}, /* another user is logged in on the phone */
    {"choose table", choose_table},      /* continues with one of the next tables */
};

static const struct em_login_step unknown_user[] = {
    {"refuse", em_login_refuse_unknown}, /* always, after the work of a wrong PIN */
};

/* A user of this cluster on a phone of this cluster. */
static const struct em_login_step local[] = {
    {"verify", em_login_verify_user},                  /* wrong, locked or old PIN; waits */
    {"wanted", em_login_check_wanted},                 /* the requester waits no longer */
    {"already logged in", em_local_check_repeated},    /* the user is logged in there: success */
    {"profile", em_login_choose_profile},              /* the user must choose, or has none */
    {"other sessions", em_login_check_other_sessions}, /* logged in elsewhere, not allowed */
    {"time limit", em_login_limit_time},               /* the policy login.limit refuses */
    {"compose", em_local_compose},                     /* memory is short */
    {"write", em_local_write},                         /* the store refuses; waits for the disk */
    {"written", em_login_check_written},               /* the session does not stand any more */
    {"announce", em_login_announce},                   /* never */
    {"undo", em_login_undo_unwanted},                  /* not durable, or unwanted; logs out */
    {"restart", em_local_restart_phone},               /* never */
    {"answer", em_login_succeed},
};

/* A user of another cluster on a phone of this cluster. */
static const struct em_login_step visiting[] = {
    {"prerequisites", em_visiting_check_prerequisites}, /* phone or cluster without EMCC */
    {"find home", em_visiting_find_home},               /* no cluster has the user; waits */
    {"release", em_visiting_check_release},             /* the home cluster has no secure EMCC */
    {"ask home", em_visiting_ask_home},                 /* no answer that can be read; waits */
    {"home's answer", em_visiting_check_answer},        /* it refuses, or the user must choose */
    {"write", em_visiting_write},                       /* the store refuses; waits for the disk */
    {"written", em_login_check_written},                /* the session does not stand any more */
    {"announce", em_login_announce},                    /* never */
    {"undo", em_login_undo_unwanted},                   /* not durable, or unwanted; logs out */
    {"reset", em_visiting_reset_phone},                 /* never */
    {"answer", em_login_succeed},
};

/* At home: a user of this cluster on a phone of another one. home_request.c receives the request
 * and answers it. */
static const struct em_login_step at_home[] = {
    {"already logged in", em_home_check_repeated}, /* its session stands: the same answer again */
    {"partner", em_home_check_partner},            /* EMCC or PSTN Access is off for it */
    {"user", em_home_find_user},                   /* unknown, without EMCC; unknown model */
    {"base device", em_home_check_base_device},    /* none is free */
    {"device name", em_home_check_device},         /* another phone has it */
    {"TFTP servers", em_home_find_servers},        /* no TFTP server for the phone */
    {"wanted at arrival", em_home_check_wanted_at_arrival}, /* revoked before it arrived, or late */
    {"lease", em_home_check_lease},                    /* of another session; too many minutes */
    {"application", em_home_check_application},        /* refused by policy; it must send the PIN */
    {"verify", em_login_verify_user},                  /* wrong, locked or old PIN; waits */
    {"wanted", em_login_check_wanted},                 /* revoked, or late */
    {"profile", em_login_choose_profile},              /* the user must choose, or has none */
    {"other sessions", em_login_check_other_sessions}, /* logged in elsewhere, not allowed */
    {"time limit", em_login_limit_time},               /* the policy login.limit refuses */
    {"take a base device", em_home_take_base_device},  /* the last one was taken meanwhile */
    {"security", em_home_decide_security},             /* phone, clusters, template do not fit */
    {"compose", em_home_compose},                      /* memory is short */
    {"write", em_home_write},                          /* the store refuses; waits for the disk */
    {"written", em_login_check_written},               /* the session does not stand any more */
    {"announce", em_login_announce},                   /* never */
    {"undo", em_login_undo_unwanted},                  /* not durable, or unwanted; logs out */
    {"trace", em_home_trace},                          /* never */
    {"answer", em_login_succeed},
};

static enum em_login_next choose_table(struct em_operation *operation,
                                       struct em_login_parts *parts) {
    (void)parts;
    if (operation->login.end_user != NULL) {
        sj_trace(operation->em->scope, operation->trace_id, "%s is a user of this cluster",
                 operation->login.end_user->user_id);
        em_copy(operation->user_id, operation->login.end_user->user_id);
        operation->login.step = local;
    } else if (operation->request.emcc) {
        operation->kind = EM_VISITING_LOGIN;
        operation->login.step = visiting;
    } else if (operation->request.by_application) {
        return em_login_end(operation, EM_NO_USER, "no user of this cluster has the id %s",
                            operation->user_id);
    } else {
        operation->login.step = unknown_user;
    }
    return EM_LOGIN_CONTINUE;
}

/* ---- running the steps ---- */

static void release(struct em *em, struct em_login_parts *parts) {
    em_composition_close(parts->composition);
    sj_record_free(em->scope, parts->profile);
    sj_record_free(em->scope, parts->base_device);
    sj_record_free(em->scope, parts->replaced);
    sj_record_free(em->scope, parts->cluster);
    sj_record_free(em->scope, parts->emcc_template);
    sj_record_free(em->scope, parts->device_pool);
    sj_record_free(em->scope, parts->session);
}

void em_login_resume(struct em_operation *operation, enum em_login_next next) {
    struct em *em = operation->em;
    struct em_login_parts parts = {.now = sj_wall_ms(em->scope)};
    while (next == EM_LOGIN_CONTINUE) {
        const struct em_login_step *step = operation->login.step++;
        sj_log_debug(em->scope, "login on %s: %s", operation->device_name, step->name);
        next = step->run(operation, &parts);
    }
    /* With EM_LOGIN_WAIT the answer may have come within the step: the operation may have been
     * freed. */
    release(em, &parts);
    if (next == EM_LOGIN_END && operation->login.profiles != NULL) {
        em_operation_ask_profile(operation, operation->login.profiles,
                                 operation->login.profiles_count);
    } else if (next == EM_LOGIN_END) {
        em_operation_finish(operation, operation->login.code, "%s", operation->login.cause);
    }
}

enum em_login_next em_login_end(struct em_operation *operation, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(operation->login.cause, sizeof operation->login.cause, format, arguments);
    va_end(arguments);
    operation->login.code = code;
    return EM_LOGIN_END;
}

enum em_login_next em_login_end_unwritten(struct em_operation *operation, int status,
                                          const sj_error *error) {
    return em_login_end(operation, em_store_login_code(status),
                        "the session was not written: %.400s", error != NULL ? error->text : "");
}

enum em_login_next em_login_ask_profile(struct em_operation *operation, const char *const *profiles,
                                        size_t count) {
    operation->login.profiles = profiles;
    operation->login.profiles_count = count;
    return EM_LOGIN_END;
}

/* ---- the beginning ---- */

static void start(struct em_operation *operation, struct em_login_request *request,
                  const struct em_login_step *step) {
    operation->request = *request;
    explicit_bzero(request->pin, sizeof request->pin);
    em_copy(operation->user_id, request->user_id);
    em_copy(operation->trace_id, request->trace_id);
    operation->login.step = step;
    em_login_resume(operation, EM_LOGIN_CONTINUE);
}

void em_login_start(struct em *em, struct em_login_request *request, em_outcome_fn done,
                    void *user) {
    struct em_operation *operation;
    const char *application = request->application_user;
    const enum em_code code =
        em_operation_open(em, EM_LOCAL_LOGIN, request->device_name, done, user, &operation);
    if (code != EM_OK) {
        const struct em_outcome outcome = {
            .code = code,
            .cause = "too many requests at once, or one for this phone is in progress",
            .user_id = request->user_id};
        explicit_bzero(request->pin, sizeof request->pin);
        em_announce_failed_for(em, EM_FAILED_LOGIN, request->device_name, request->user_id, code,
                               outcome.cause, request->emcc, request->trace_id, application);
        done(user, &outcome);
        return;
    }
    if (sj_given(application)) {
        sj_trace(em->scope, request->trace_id, "application %s wants to log %s in on %s",
                 application, request->user_id, request->device_name);
    } else {
        sj_trace(em->scope, request->trace_id, "%s wants to log in on %s", request->user_id,
                 request->device_name);
    }
    start(operation, request, on_phone);
}

void em_login_start_at_home(struct em_operation *operation, struct em_login_request *request) {
    start(operation, request, at_home);
}
