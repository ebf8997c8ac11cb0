/* One login or logout in progress: one for a phone, a deadline, one end. */
#ifndef EM_OPERATION_H
#define EM_OPERATION_H

#include "em.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "sessions/login_request.h"

struct em_outcome {
    int code; /* EM_OK, EM_CHOOSE_PROFILE, or the code of the refusal */
    const char *cause;
    const char *user_id;
    bool emcc;
    const char *const *profiles; /* with EM_CHOOSE_PROFILE */
    size_t profiles_count;
};
typedef void (*em_outcome_fn)(void *user, const struct em_outcome *outcome);

enum em_operation_kind {
    EM_LOCAL_LOGIN,    /* on a phone of this cluster; until its user is known, every login there */
    EM_VISITING_LOGIN, /* of a user of another cluster on a phone of this one */
    EM_HOME_LOGIN,     /* of a user of this cluster on a phone of another one */
    EM_LOGOUT,         /* by a phone */
};

struct em_login_step;
struct em_home_request;

/* Of each login. */
struct em_login {
    const struct em_login_step *step; /* the next one, see login.c */
    uint64_t deadline;                /* the requester waits no longer than that */
    sj_handle *deadline_timer;        /* NULL once it has fired */
    char lease_id[EM_LEASE_ROOM];     /* between clusters */
    sj_phone *phone;                  /* of this cluster; freed with the operation */
    sj_end_user *end_user;            /* of this cluster; freed with the operation */
    int64_t expires_at;               /* 0: it does not end by time */
    bool committed;   /* the session stands in the store: what ends it from now on is a logout */
    bool revoked;     /* by the other cluster */
    int write_status; /* what the store said of the session */
    int code;         /* the outcome, once a step has set it */
    char cause[EM_CAUSE_ROOM];
    const char *const *profiles; /* the user must choose among them; NULL: no */
    size_t profiles_count;
};

struct em_local_login {
    bool new_language; /* the phone must boot to become the user's */
};

struct em_visiting_login {
    char home_cluster_id[EM_NAME_ROOM]; /* "" until it is found */
    bool asked; /* the home cluster may make a session of it, or has made one */
    sj_intercluster_login_answer *answer; /* of the home cluster; freed with the operation */
    char log_out_proof[33];               /* the phone shows it when its home cluster is lost */
};

struct em_home_login {
    char visiting_cluster[EM_NAME_ROOM];
    struct em_home_request *request;
};

struct em_phone_logout {
    bool emcc; /* of a session with another cluster */
};

struct em_operation {
    sj_list_link link; /* in em->operations */
    struct em *em;
    sj_scope *scope;
    em_outcome_fn done;
    void *user;
    enum em_operation_kind kind; /* says which of the parts below are used */
    uint64_t begun_ms;
    char device_name[EM_DEVICE_ROOM], trace_id[EM_TRACE_ROOM];
    char user_id[EM_USER_ROOM]; /* as it was asked for; then as the user was found */
    /* each login */
    struct em_login_request request; /* as it came */
    struct em_login login;
    /* one kind each */
    struct em_local_login local;
    struct em_visiting_login visiting;
    struct em_home_login home;
    struct em_phone_logout logout;
};

/* EM_OK and *operation, or EM_BUSY when too many run or one for this phone does, or EM_DATABASE
 * without memory. */
enum em_code em_operation_open(struct em *em, enum em_operation_kind kind, const char *device_name,
                               em_outcome_fn done, void *user, struct em_operation **operation);
/* Ends it: counts, logs, announces a refusal, calls done and closes the scope, which frees the
 * operation. */
void em_operation_finish(struct em_operation *operation, int code, const char *format, ...)
    SJ_PRINTF(3, 4);
void em_operation_ask_profile(struct em_operation *operation, const char *const *profiles,
                              size_t profiles_count);
/* Whether a login with this lease is in progress. */
bool em_operation_holds_lease(const struct em *em, const char *lease_id);
/* The requester waits no longer than that: then the login ends by itself, unless its session is
 * in the store by then. */
void em_operation_set_deadline(struct em_operation *operation, uint64_t monotonic_ms);
/* Whether the login is wanted no longer, so that it must make no session; `cause` says why. Asked
 * right before each step that cannot be undone. */
bool em_operation_is_cancelled(const struct em_operation *operation, char cause[EM_CAUSE_ROOM]);
enum em_code em_operation_cancelled_code(const struct em_operation *operation);
/* The other cluster of it, home or visiting; "" when there is none. */
const char *em_operation_partner(const struct em_operation *operation);
/* The other cluster revokes a login, before or after it arrives. One in progress ends without a
 * session: at once, or, when its session is on the way to the disk, as soon as that has been ended
 * again. */
void em_operation_revoke(struct em *em, const char *cluster_id, const char *lease_id);

#endif
