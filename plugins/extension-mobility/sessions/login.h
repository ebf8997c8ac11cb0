/* A login on a phone of this cluster, local or across clusters. */
#ifndef EM_LOGIN_H
#define EM_LOGIN_H

#include "resources/session.h"
#include "sessions/operation.h"

/* What somebody wants. Copied. */
struct em_login_request {
    const char *device_name, *user_id, *pin, *device_profile, *remote_address, *logout_url, *trace_id;
    const char *source; /* the address that it came from, whatever it says of others */
    enum em_login_type login_type;
    bool emcc;           /* the phone may be sent to another cluster */
    bool via_header;     /* came through a proxy */
    bool by_application; /* who asks has been authenticated: no PIN is needed, and the user cannot be asked for a profile */
    const char *application_user; /* the application, when it has the proxy right; NULL or "": the user, or it has none */
    int64_t requested_minutes;    /* how long an application wants the login to last; 0: not said */
};

void em_login_start(struct em *em, const struct em_login_request *request, em_outcome_fn done, void *user);
/* local_session.c, visiting_session.c: go on with it once phone (and local) are known. */
void em_local_login_start(struct em_operation *operation);
void em_visiting_login_start(struct em_operation *operation);
/* The store has answered for the session of a login. NULL: the operation is settled, or will be. Else the session, which stands
 * and has been told of; free with sj_record_free. */
sj_session *em_login_written(struct em_operation *operation, int status, const sj_error *error);
/* Limits a login in time; false with `cause` when the policy refuses it. */
bool em_login_set_limit(struct em *em, const struct em_operation *operation, const sj_end_user *user,
                        const char *device_profile, const char *remote_cluster_id, int64_t now, int64_t *expires_at,
                        char cause[EM_CAUSE_ROOM]);
/* Multiple Login Behavior: EM_OK (others may have been logged out) or EM_LOGGED_IN_ELSEWHERE. */
em_code em_login_check_multiple(struct em *em, const char *user_id, const char *device_name, bool emcc,
                                char cause[EM_CAUSE_ROOM]);

#endif
