/* One login or logout in progress: one for a phone, a deadline, one end. */
#ifndef EM_OPERATION_H
#define EM_OPERATION_H

#include "em.h"
#include "messages/intercluster.h"
#include "reporting/error_codes.h"
#include "resources/end_user.h"
#include "resources/phone.h"
#include "users/login_type.h"

struct em_outcome {
    int code; /* EM_OK, EM_CHOOSE_PROFILE, or the code of the refusal */
    const char *cause;
    const char *user_id;
    bool emcc;
    const char *const *profiles; /* with EM_CHOOSE_PROFILE */
    size_t profiles_count;
};
typedef void (*em_outcome_fn)(void *user, const struct em_outcome *outcome);

struct em_login_step;
struct em_home_login;

struct em_operation {
    sj_list_link link; /* in em->operations */
    struct em *em;
    sj_scope *scope;
    em_outcome_fn done;
    void *user;
    bool login, emcc, via_header, visiting, by_application;
    bool new_language; /* the phone must boot to become the user's */
    bool committed;    /* the session stands in the store: what ends it from now on is a log-out */
    bool revoked;      /* by the other cluster */
    bool asked_home;   /* the home cluster may make a session of it, or has made one */
    int64_t requested_minutes;
    sj_login_type login_type;
    uint64_t begun_ms, deadline;      /* the requester waits no longer than that */
    sj_handle *deadline_timer;        /* the timer; NULL once it has fired */
    const struct em_login_step *step; /* of a login: the next one, see login.c */
    int code;                         /* its outcome, once a step has ended it */
    char cause[EM_CAUSE_ROOM];
    const char *const *profiles; /* the user must choose among them; NULL: no */
    size_t profiles_count;
    int write_status;           /* what the store said of the session */
    int64_t expires_at;         /* 0: it does not end by time */
    struct em_home_login *home; /* at home: the request of the visiting cluster; else NULL */
    sj_intercluster_login_answer *home_answer; /* on the visiting side; freed with the operation */
    char visiting_cluster[EM_NAME_ROOM];       /* of the phone; "": this cluster */
    char device_name[EM_DEVICE_ROOM], user_id[EM_USER_ROOM], pin[129], device_profile[EM_NAME_ROOM];
    char remote_address[SJ_ADDRESS_TEXT], logout_url[EM_URL_ROOM], trace_id[EM_TRACE_ROOM],
        lease_id[EM_LEASE_ROOM];
    char home_cluster_id[EM_NAME_ROOM], application_user[EM_USER_ROOM];
    char source[EM_NAME_ROOM]; /* who gave the PIN: an address, or (vouched) the cluster that was
                                  authenticated */
    bool vouched;
    char log_out_proof[33]; /* the phone shows it when its home cluster is lost */
    sj_phone *phone;        /* freed with the operation */
    sj_end_user *local;     /* the user, when of this cluster; freed with the operation */
};

/* EM_OK and *operation, or EM_BUSY when too many run or one for this phone does, or EM_DATABASE
 * without memory. */
enum em_code em_operation_open(struct em *em, const char *device_name, bool login,
                               em_outcome_fn done, void *user, struct em_operation **operation);
/* Ends it: counts, logs, announces a refusal, calls done and closes the scope, which frees the
 * operation. */
void em_operation_finish(struct em_operation *operation, int code, const char *format, ...)
    SJ_PRINTF(3, 4);
void em_operation_ask_profile(struct em_operation *operation, const char *const *profiles,
                              size_t profiles_count);
/* Whether a login with this lease is in progress. */
bool em_operation_holds_lease(const struct em *em, const char *lease_id);
/* The requester waits no longer than that: then the operation ends by itself, unless its session is
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
