/* A login, on a phone of this cluster and at home. */
#ifndef EM_LOGIN_H
#define EM_LOGIN_H

#include "sessions/operation.h"

/* What a phone or an application asks for. Copied. */
struct em_login_request {
    const char *device_name, *user_id, *pin, *device_profile, *remote_address, *logout_url,
        *trace_id;
    const char *source; /* the address that it came from, whatever it says of others */
    sj_login_type login_type;
    bool emcc;           /* the phone may be sent to another cluster */
    bool via_header;     /* came through a proxy */
    bool by_application; /* who asks has been authenticated: no PIN is needed, and the user cannot
                            be asked for a profile */
    const char *application_user; /* the application, when it has the proxy right; NULL or "": the
                                     user, or it has none */
    int64_t requested_minutes;    /* how long an application wants the login to last; 0: not said */
};

/* On a phone of this cluster. `done` runs once. */
void em_login_start(struct em *em, const struct em_login_request *request, em_outcome_fn done,
                    void *user);
/* At home, for the phone of another cluster: the operation has been filled in. */
void em_login_start_at_home(struct em_operation *operation);

#endif
