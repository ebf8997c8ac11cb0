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

static em_login_step_fn choose_way;

/* On a phone of this cluster. The comment of a step says what ends the login there. */
static const struct em_login_step on_phone[] = {
    {"phone", em_login_check_phone},     /* unknown, or no user may log in on it */
    {"user", em_login_find_user},        /* several users have the extension */
    {"session", em_login_check_session}, /* another user is logged in on the phone */
    {"way", choose_way},                 /* continues with one of the next tables */
};

static const struct em_login_step unknown_user[] = {
    {"refuse", em_login_refuse_unknown}, /* always, after the work of a wrong PIN */
};

/* A user of this cluster on a phone of this cluster. */
static const struct em_login_step local[] = {
    {"verify", em_login_verify_user},                  /* wrong, locked or old PIN; waits */
    {"wanted", em_login_check_wanted},                 /* the requester waits no longer */
    {"repetition", em_local_check_repeated},           /* the user is logged in there: success */
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
    {"own part", em_visiting_check_own_part},    /* the phone or this cluster cannot do EMCC */
    {"find home", em_visiting_find_home},        /* no cluster has the user; waits */
    {"release", em_visiting_check_release},      /* the home cluster has no secure EMCC */
    {"ask home", em_visiting_ask_home},          /* no answer that can be read; waits */
    {"home's answer", em_visiting_check_answer}, /* it refuses, or the user must choose */
    {"write", em_visiting_write},                /* the store refuses; waits for the disk */
    {"written", em_login_check_written},         /* the session does not stand any more */
    {"announce", em_login_announce},             /* never */
    {"undo", em_login_undo_unwanted},            /* not durable, or unwanted; logs out */
    {"reset", em_visiting_reset_phone},          /* never */
    {"answer", em_login_succeed},
};

/* At home: a user of this cluster on a phone of another one. home_request.c receives the request
 * and answers it. */
static const struct em_login_step at_home[] = {
    {"repetition", em_home_check_repeated},     /* its session stands: the same answer again */
    {"partner", em_home_check_partner},         /* EMCC or PSTN Access is off for it */
    {"user", em_home_find_user},                /* unknown, without EMCC; unknown model */
    {"base device", em_home_check_base_device}, /* none is free */
    {"device name", em_home_check_device},      /* another phone has it */
    {"servers", em_home_find_servers},          /* no TFTP server for the phone */
    {"wanted", em_home_check_wanted},           /* revoked before it arrived, or late */
    {"lease", em_home_check_lease},             /* of another session; too many minutes */
    {"application", em_home_check_application}, /* refused by policy; it must send the PIN */
    {"verify", em_login_verify_user},           /* wrong, locked or old PIN; waits */
    {"wanted", em_login_check_wanted},          /* revoked, or late */
    {"profile", em_login_choose_profile},       /* the user must choose, or has none */
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

static enum em_login_next choose_way(struct em_operation *operation, struct em_login_parts *parts) {
    (void)parts;
    if (operation->local != NULL) {
        sj_trace(operation->em->scope, operation->trace_id, "%s is a user of this cluster",
                 operation->local->user_id);
        em_copy(operation->user_id, operation->local->user_id);
        operation->step = local;
    } else if (operation->emcc) {
        operation->visiting = true;
        operation->step = visiting;
    } else if (operation->by_application) {
        return em_login_end(operation, EM_NO_USER, "no user of this cluster has the id %s",
                            operation->user_id);
    } else {
        operation->step = unknown_user;
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
        const struct em_login_step *step = operation->step++;
        sj_log_debug(em->scope, "login on %s: %s", operation->device_name, step->name);
        next = step->run(operation, &parts);
    }
    /* With EM_LOGIN_WAIT the answer may have come within the step: the operation may have been
     * freed. */
    release(em, &parts);
    if (next == EM_LOGIN_END && operation->profiles != NULL) {
        em_operation_ask_profile(operation, operation->profiles, operation->profiles_count);
    } else if (next == EM_LOGIN_END) {
        em_operation_finish(operation, operation->code, "%s", operation->cause);
    }
}

enum em_login_next em_login_end(struct em_operation *operation, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(operation->cause, sizeof operation->cause, format, arguments);
    va_end(arguments);
    operation->code = code;
    return EM_LOGIN_END;
}

enum em_login_next em_login_end_unwritten(struct em_operation *operation, int status,
                                          const sj_error *error) {
    return em_login_end(operation, em_store_login_code(status),
                        "the session was not written: %.400s", error->text);
}

enum em_login_next em_login_ask_profile(struct em_operation *operation, const char *const *profiles,
                                        size_t count) {
    operation->profiles = profiles;
    operation->profiles_count = count;
    return EM_LOGIN_END;
}

/* ---- the beginning ---- */

void em_login_start(struct em *em, const struct em_login_request *request, em_outcome_fn done,
                    void *user) {
    struct em_operation *operation;
    const enum em_code code =
        em_operation_open(em, request->device_name, true, done, user, &operation);
    if (code != EM_OK) {
        const struct em_outcome outcome = {
            .code = code,
            .cause = "too many requests at once, or one for this phone is in progress",
            .user_id = request->user_id};
        em_announce_failed_for(em, EM_FAILED_LOGIN, request->device_name, request->user_id, code,
                               outcome.cause, request->emcc, request->trace_id,
                               request->application_user);
        done(user, &outcome);
        return;
    }
    em_copy(operation->user_id, request->user_id);
    em_copy(operation->pin, request->pin);
    em_copy(operation->device_profile, request->device_profile);
    em_copy(operation->remote_address, request->remote_address);
    em_copy(operation->source, request->source);
    em_copy(operation->logout_url, request->logout_url);
    em_copy(operation->trace_id, request->trace_id);
    operation->login_type = request->login_type;
    operation->emcc = request->emcc;
    operation->via_header = request->via_header;
    operation->by_application = request->by_application;
    operation->requested_minutes = request->requested_minutes;
    em_copy(operation->application_user, request->application_user);
    if (operation->application_user[0] != '\0') {
        sj_trace(em->scope, operation->trace_id, "application %s wants to log %s in on %s",
                 operation->application_user, operation->user_id, operation->device_name);
    } else {
        sj_trace(em->scope, operation->trace_id, "%s wants to log in on %s", operation->user_id,
                 operation->device_name);
    }
    operation->step = on_phone;
    em_login_resume(operation, EM_LOGIN_CONTINUE);
}

void em_login_start_at_home(struct em_operation *operation) {
    operation->step = at_home;
    em_login_resume(operation, EM_LOGIN_CONTINUE);
}
