/* The steps of a login. login.c puts them in order; each does one part of the work and says how the
 * login continues. */
#ifndef EM_LOGIN_STEPS_H
#define EM_LOGIN_STEPS_H

#include "devices/compose.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/home_request.h"
#include "sessions/operation.h"

/* How a login continues after a step. */
enum em_login_next {
    EM_LOGIN_CONTINUE, /* with the next step */
    EM_LOGIN_WAIT, /* when something answers, which then calls em_login_resume once, or is cancelled
                      with the operation */
    EM_LOGIN_END,  /* with the outcome that em_login_end or em_login_ask_profile has set */
};

/* What the steps between two waits hand on to each other. All of it is freed when the login waits
 * or ends. */
struct em_login_parts {
    int64_t now;
    sj_device_profile *profile;
    sj_emcc_base_device *base_device;
    sj_session *replaced; /* the session at home whose base device is taken over, or NULL */
    sj_remote_cluster *cluster;
    sj_emcc_template *emcc_template;
    const char *security_profile; /* in place of the template's, or NULL */
    sj_device_pool *device_pool;
    struct em_composition *composition;
    sj_session *session; /* as it was written */
};

typedef enum em_login_next em_login_step_fn(struct em_operation *operation,
                                            struct em_login_parts *parts);

/* login.c: sets the outcome. */
enum em_login_next em_login_end(struct em_operation *operation, int code, const char *format, ...)
    SJ_PRINTF(3, 4);
enum em_login_next em_login_end_unwritten(struct em_operation *operation, int status,
                                          const sj_error *error);
enum em_login_next em_login_ask_profile(struct em_operation *operation, const char *const *profiles,
                                        size_t count);
/* Continues a login that has waited. The operation may be freed by it. */
void em_login_resume(struct em_operation *operation, enum em_login_next next);

/* login_phone.c: on every phone of this cluster. */
em_login_step_fn em_login_check_phone, em_login_find_user, em_login_check_session,
    em_login_refuse_unknown;

/* login_rules.c: the user of this cluster, here and at home. */
em_login_step_fn em_login_verify_user, em_login_check_wanted, em_login_choose_profile,
    em_login_check_other_sessions, em_login_limit_time;

/* login_local.c: a user of this cluster on a phone of this cluster. */
em_login_step_fn em_local_check_repeated, em_local_compose, em_local_write, em_local_restart_phone;

/* login_visiting.c: a user of another cluster on a phone of this one. */
em_login_step_fn em_visiting_check_prerequisites, em_visiting_find_home, em_visiting_check_release,
    em_visiting_ask_home, em_visiting_check_answer, em_visiting_write, em_visiting_reset_phone;

/* login_home.c: a user of this cluster on a phone of another one. */
em_login_step_fn em_home_check_repeated, em_home_check_partner, em_home_find_user,
    em_home_check_base_device, em_home_check_device, em_home_find_servers,
    em_home_check_wanted_at_arrival, em_home_check_lease, em_home_check_application,
    em_home_take_base_device, em_home_decide_security, em_home_compose, em_home_write,
    em_home_trace;

/* login_written.c: after every write. */
em_login_step_fn em_login_check_written, em_login_announce, em_login_undo_unwanted,
    em_login_succeed;
/* The store calls it when the session is durable or has failed; `user` is the operation. */
void em_login_durable(void *user, int status, const sj_error *error);

#endif
