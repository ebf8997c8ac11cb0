/* The state of the plugin, and what its files offer each other. Each section names the file that implements it. */
#ifndef EM_EM_H
#define EM_EM_H

#include <sojourn/sojourn.h>

#include "clusters/shared_traces.h"
#include "events/session.h"
#include "messages/intercluster.h"
#include "pages/phone_pages.h"
#include "policies/css_select.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/end_user.h"
#include "resources/live_device.h"
#include "resources/phone.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/earliest.h"
#include "sessions/given_up.h"
#include "sessions/user_sessions.h"
#include "telling/alert_limit.h"
#include "telling/counts.h"
#include "telling/error_codes.h"
#include "telling/failures.h"

enum {
    EM_DEVICE_ROOM = 129,
    EM_USER_ROOM = 129,
    EM_NAME_ROOM = 51, /* profiles, pools, clusters */
    EM_LEASE_ROOM = 65,
    EM_TRACE_ROOM = 33,
    EM_CAUSE_ROOM = 512,
    EM_URL_ROOM = 256,
    EM_MINUTES_MAX = 100000, /* of a login */
    EM_BASE_URL_ROOM = 320,
    EM_PIN_ROOM = 129,
};

#define EM_PROTOCOL 1 /* highest version of the intercluster protocol spoken here */
/* How many ms who asks will still wait: what it has given up is not done. */
#define EM_WAIT_HEADER "Sojourn-Wait-Ms"
/* The most bytes of a message between clusters, in either direction: what there is to read is limited before it is read. A page
 * of 1,000 sessions has some 250 KiB. */
#define EM_ANSWER_SMALL ((size_t)256 << 10)
#define EM_ANSWER_LARGE ((size_t)512 << 10)

struct em_metrics {
    sj_metric *requests_handled, *requests_in_progress, *requests_throttled;
    sj_metric *logins_attempted, *logins_successful, *logouts_attempted, *logouts_successful;
    sj_metric *emcc_messages, *remote_devices, *unknown_remote_users, *active_intercluster, *remote_users, *check_user_handled;
    sj_metric *login_seconds, *reconcile_seconds, *failed_local_cluster, *failed_remote_cluster;
};

struct em_operation;
struct em_choice;
struct em_address;
struct em_trusted_names;
struct em_tellings;
struct em_pin_changing;
struct em_selection;

struct em_clock {
    int64_t offset_ms; /* wall less monotonic */
    int64_t shift_ms;  /* what times in the store still lack, while they are put right */
    int64_t seen_at;   /* by the clock as it is now: later times are right already */
    bool sessions_moved;
    char after[EM_USER_ROOM + 17]; /* the key of the session, or then of the credential's state, that was moved last */
};

struct em {
    sj_scope *scope;
    struct em_metrics metrics;
    struct em_counts counts;
    sj_topic *session_started, *session_ended, *login_failed, *emcc_alert, *remote_cluster_updated, *policy_amended;
    struct failures failures;
    uint64_t refusals_since; /* when the minute of the log began, and how many of its refusals are there */
    int64_t refusals_logged;
    struct shared_traces shared_traces;
    struct alert_limit alerts[2];    /* by sj_emcc_alert_alert */
    struct em_operation *operations; /* in progress */
    int operations_count;
    struct em_choice *choices;    /* right PINs that wait for the choice of a device profile */
    struct em_address *addresses; /* device cache of access.c, most recently used first */
    size_t addresses_count;
    struct em_trusted_names *trusted_names; /* trusted_names.c */
    struct em_pin_changing *pin_changes;    /* in progress */
    struct given_up given_up;               /* leases under which nobody logs in any more */
    struct em_tellings *tellings;           /* logouts on their way to another cluster */
    struct earliest session_ends;           /* active sessions by their end on the monotonic clock */
    struct em_clock clock;                  /* the wall clock, as it was last seen beside the monotonic one */
    struct earliest free_devices;           /* free base devices by number; entries may be stale */
    struct user_sessions user_sessions;     /* of users of this cluster, as in the store */
    bool ready;                             /* the sessions have been read from the store */
    struct em_selection *selections;        /* live devices to be made anew, by sources.c */
    sj_handle *refresh_timer;
    uint64_t enterprise_services; /* a hash of their names */
    sj_handle *update_timer, *maintenance_timer, *reconcile_soon, *ending;
};

/* Sentences and names, cut to the room there is. */
static inline void em_print(char *target, size_t room, const char *format, ...) SJ_PRINTF(3, 4);
static inline void em_print(char *target, size_t room, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(target, room, format, arguments);
    va_end(arguments);
}
#define em_copy(target, text) em_print((target), sizeof(target), "%s", (text) != NULL ? (text) : "")
/* Secrets leave no trace, wherever they lie. NULL is allowed. */
static inline void em_wipe(const char *secret) {
    if (secret != NULL) {
        explicit_bzero((char *)(uintptr_t)secret, strlen(secret));
    }
}
static inline bool em_given(const char *text) {
    return text != NULL && text[0] != '\0';
}

/* ---- operation.c: one login or logout in progress ---- */

struct em_outcome {
    int code; /* EM_OK, EM_CHOOSE_PROFILE, or the code of the refusal */
    const char *cause;
    const char *user_id;
    bool emcc;
    const char *const *profiles; /* with EM_CHOOSE_PROFILE */
    size_t profiles_count;
};
typedef void (*em_outcome_fn)(void *user, const struct em_outcome *outcome);

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

struct em_operation {
    struct em_operation *next, *previous;
    struct em *em;
    sj_scope *scope;
    em_outcome_fn done;
    void *user;
    bool login, emcc, via_header, visiting, by_application;
    bool new_language; /* the phone must boot to become the user's */
    bool committed;    /* the session stands in the store: what ends it from now on is a log-out */
    bool taken_back;   /* by the other cluster */
    bool asked_home;   /* the home cluster may make a session of it, or has made one */
    int64_t requested_minutes;
    enum em_login_type login_type;
    uint64_t begun_ms, give_up_at; /* nobody waits for it after that */
    sj_handle *giving_up;          /* the timer; NULL once it has fired */
    int undone_code;               /* why its session is being ended again */
    char undone_cause[EM_CAUSE_ROOM];
    char visiting_cluster[EM_NAME_ROOM]; /* whose phone it is, when not ours */
    char device_name[EM_DEVICE_ROOM], user_id[EM_USER_ROOM], pin[129], device_profile[EM_NAME_ROOM];
    char remote_address[SJ_ADDRESS_TEXT], logout_url[EM_URL_ROOM], trace_id[EM_TRACE_ROOM], lease_id[EM_LEASE_ROOM];
    char home_cluster_id[EM_NAME_ROOM], application_user[EM_USER_ROOM];
    char source[EM_NAME_ROOM]; /* who gave the PIN: an address, or (vouched) the cluster that was authenticated */
    bool vouched;
    char log_out_proof[33]; /* the phone shows it when its home cluster is lost */
    sj_phone *phone;        /* freed with the operation */
    sj_end_user *local;     /* the user, when of this cluster; freed with the operation */
};

/* EM_OK and *operation, or EM_BUSY when too many run or one for this phone does, or EM_DATABASE without memory. */
em_code em_operation_open(struct em *em, const char *device_name, bool login, em_outcome_fn done, void *user,
                          struct em_operation **operation);
/* Ends it: counts, logs, tells of a refusal, calls done and closes the scope. The operation is gone afterwards. */
void em_operation_settle(struct em_operation *operation, int code, const char *format, ...) SJ_PRINTF(3, 4);
void em_operation_choose(struct em_operation *operation, const char *const *profiles, size_t profiles_count);
/* Whether a login with this lease is in progress. */
bool em_operation_holds_lease(const struct em *em, const char *lease_id);
/* Nobody waits longer than that: then the operation ends by itself, unless its session is in the store by then. */
void em_operation_give_up_at(struct em_operation *operation, uint64_t monotonic_ms);
/* Whether nobody waits for the login any more, so that it must make no session; `cause` says why. Asked right before each step
 * that cannot be undone. */
bool em_operation_is_given_up(const struct em_operation *operation, char cause[EM_CAUSE_ROOM]);
em_code em_operation_given_up_code(const struct em_operation *operation);
/* The other cluster of it, home or visiting; "" when there is none. */
const char *em_operation_partner(const struct em_operation *operation);
/* The other cluster takes a login back, before or after it arrives. One in progress ends without a session: at once, or, when
 * its session is on the way to the disk, as soon as that has been ended again. */
void em_take_back(struct em *em, const char *cluster_id, const char *lease_id);

/* ---- announce.c: events, metrics, log ---- */

int em_announce_open(struct em *em, sj_error *error);
void em_announce_started(struct em *em, const sj_session *session);
void em_announce_ended(struct em *em, const sj_session *session, const char *reason);
void em_announce_failed(struct em *em, enum em_failed what, const char *device_name, const char *user_id, int code,
                        const char *cause, bool emcc, const char *trace_id);
/* The same; `application_user` asked for it. */
void em_announce_failed_for(struct em *em, enum em_failed what, const char *device_name, const char *user_id, int code,
                            const char *cause, bool emcc, const char *trace_id, const char *application_user);
/* A login on a phone of this cluster that fails across clusters, refused here or by the home cluster (`by_home`): counted, and
 * raised as an alert unless the code tells of a mistake of the traveller. */
void em_announce_emcc_failure(struct em *em, const struct em_operation *operation, bool by_home, int code, const char *cause);

/* ---- users.c ---- */

/* The user of this cluster behind an id. EM_OK, EM_NO_USER, EM_EXTENSION_SHARED or EM_USER_INFORMATION. */
em_code em_find_user(struct em *em, enum em_login_type type, const char *id, sj_end_user **user, char cause[EM_CAUSE_ROOM]);
/* Which profile, on the phone's page as by an application: `wanted` if the user controls it or has it by default; the only one
 * controlled; of none the default one; or EM_CHOOSE_PROFILE. Else EM_NO_PROFILE, EM_NO_DEVICE_PROFILE. */
em_code em_choose_profile(struct em *em, const sj_end_user *user, const char *wanted, sj_device_profile **profile,
                          char cause[EM_CAUSE_ROOM]);
/* What is wanted of it: where the page would ask the user to choose nobody can be asked when an application logs in, so that
 * the default profile counts then. */
const char *em_wanted_profile(const struct em_operation *operation);

/* ---- credentials.c ---- */

/* done: EM_OK, EM_AUTHENTICATION (wrong, locked, disabled or unknown: the same answer in the same time), EM_BUSY (too many come
 * from there), EM_DIRECTORY; or EM_PIN_CHANGE, EM_CHANGE_PASSWORD when it is right and must be changed or has expired. `user`
 * may be NULL: nobody. */
typedef void (*em_verified_fn)(void *user, em_code code, const char *cause);
struct em_credential {
    const char *user_id;
    const char *kind; /* "pin" or "password": what is counted and locked */
    const char *hash;
    const char *refused; /* a sentence why it is refused whatever is typed; NULL: it may fit */
    bool change_required, does_not_expire;
    const char *source; /* who gives it, see sj_secret_asker */
    bool vouched;
};
void em_verify_credential(struct em *em, sj_scope *scope, const struct em_credential *credential, const char *plain,
                          em_verified_fn done, void *data);
void em_verify_pin(struct em *em, sj_scope *scope, const sj_end_user *user, const char *source, bool vouched, const char *pin,
                   em_verified_fn done, void *data);

/* ---- access.c ---- */

typedef void (*em_access_fn)(void *user, em_code code, const char *cause);
struct em_access_request {
    const char *device_name, *user_id, *remote_address, *trace_id;
    const char *application_user; /* who acts for the user; NULL: nobody */
    const char *visiting_cluster; /* the cluster it is of, when not ours; NULL: ours */
    bool via_header, emcc;
};
/* Validate IP Address, trusted list, proxies: EM_OK, EM_UNTRUSTED_ADDRESS, EM_REGISTRATIONS_DOWN, EM_PROXY. May call at once.
 */
void em_check_access(struct em *em, sj_scope *scope, const struct em_access_request *request, em_access_fn done, void *user);
/* The policy proxy.allow alone: false with a sentence in `cause`. */
bool em_proxy_allowed(struct em *em, const struct em_access_request *request, bool validate, char cause[EM_CAUSE_ROOM]);
void em_access_close(struct em *em);

/* ---- session_store.c: the writes of a login and of its end, each in one transaction ---- */

struct em_login_write {
    const sj_session *session;
    const sj_live_device *live_device; /* NULL on the visiting side */
    const char *base_device;           /* taken with it, or NULL */
    const sj_session *replaced;        /* a home session on the same phone whose base device is freed with it, or NULL */
};
int em_store_login(struct em *em, sj_scope *scope, const struct em_login_write *write, sj_result_fn durable, void *user,
                   sj_error *error);
/* The code of a login that was not written: 7 when its end could not be set. */
em_code em_store_login_code(int status);
/* Marks a session as confirmed by both sides; durable as above. */
int em_store_confirm(struct em *em, sj_scope *scope, const sj_session *session, sj_result_fn durable, void *user,
                     sj_error *error);
struct em_logout_write {
    const sj_session *session;
    const char *reason;
    bool keep_as_ending;               /* the other cluster must be told */
    const sj_live_device *live_device; /* of the phone's log-out profile, or NULL */
};
/* Ends a session: the base device and the live device go, or the log-out profile takes its place; the session stays as "ending"
 * when the other cluster must be told. */
int em_store_logout(struct em *em, sj_scope *scope, const struct em_logout_write *write, sj_result_fn durable, void *user,
                    sj_error *error);
/* The free base device with the lowest number, checked in the store; NULL when there is none. Free with sj_record_free. */
sj_emcc_base_device *em_store_free_base_device(struct em *em);
/* Reads what must be known from the start: session ends and free base devices. */
int em_store_open(struct em *em, sj_error *error);

/* ---- login.c: a login on a phone of this cluster, local or across clusters ---- */

void em_login(struct em *em, const struct em_login_request *request, em_outcome_fn done, void *user);
/* local_session.c, visiting_session.c: go on with it once phone (and local) are known. */
void em_local_login(struct em_operation *operation);
void em_visiting_login(struct em_operation *operation);
/* The store has answered for the session of a login. NULL: the operation is settled, or will be. Else the session, which stands
 * and has been told of; free with sj_record_free. */
sj_session *em_login_written(struct em_operation *operation, int status, const sj_error *error);
/* Limits a login in time; false with `cause` when the policy refuses it. */
bool em_limit_login(struct em *em, const struct em_operation *operation, const sj_end_user *user, const char *device_profile,
                    const char *remote_cluster_id, int64_t now, int64_t *expires_at, char cause[EM_CAUSE_ROOM]);
/* Multiple Login Behavior: EM_OK (others may have been logged out) or EM_LOGGED_IN_ELSEWHERE. */
em_code em_multiple_login(struct em *em, const char *user_id, const char *device_name, bool emcc, char cause[EM_CAUSE_ROOM]);
/* The names of all enabled phone services with enterprise subscription; at most `room`, borrowed from `list`. */
size_t em_enterprise_services(struct em *em, sj_list *list, const char **names, size_t room);
/* The CSS of each line of a profile, "" for none; memory of `scope`. NULL when memory is short. */
const char **em_line_calling_search_spaces(struct em *em, sj_scope *scope, const sj_device_profile *profile);

/* ---- logout.c ---- */

/* Logs a session out, on any side: commits, then done (when durable), tells the other cluster and has the phone reset. */
void em_logout(struct em *em, const sj_session *session, const char *reason, const char *trace_id, sj_result_fn done,
               void *user);
/* The same; `application_user` asked for it. */
void em_logout_for(struct em *em, const sj_session *session, const char *reason, const char *application_user,
                   const char *trace_id, sj_result_fn done, void *user);
/* The reason when the other cluster's record is gone, and so the way to tell it. */
#define EM_REMOTE_CLUSTER_REMOVED "remote_cluster_removed"
/* The reason when who asked for the login did not wait for it. */
#define EM_GIVEN_UP "login given up"
/* A phone asks for it; `home_lost`: by itself, because its home cluster does not serve it. */
void em_logout_by_phone(struct em *em, const char *device_name, bool home_lost, const char *trace_id, em_outcome_fn done,
                        void *user);
/* logout_right.c: whether who asks is the phone: EM_OK, also when no user is logged in on it, or EM_UNTRUSTED_ADDRESS. May call
 * at once. */
void em_check_logout_right(struct em *em, sj_scope *scope, const char *device_name, const char *remote_address,
                           const char *proof, em_access_fn done, void *user);
/* What is kept of a login for that: where it came from, unless an application asked for it. */
const char *em_address_of_login(const struct em_operation *operation);
void em_reset_device(struct em *em, const char *device_name, bool reset, const char *trace_id);
int em_logout_open(struct em *em, sj_error *error); /* answers session.logout */

/* ---- refresh.c: live devices are made anew ---- */

/* Makes the phone what it should be now: with who is logged in on it, its log-out profile, or as it is configured. Writes only
 * what differs; with `tell` the phone is told when its file does. */
void em_refresh_device(struct em *em, const char *device_name, bool tell);

/* ---- sources.c: what live devices are made from is watched ---- */

int em_sources_open(struct em *em, sj_error *error);
/* All of them are looked at, bit by bit. */
void em_sources_start(struct em *em);
void em_sources_close(struct em *em);

/* ---- lent_phones.c: who is on a phone, and phones changed meanwhile ---- */

int em_lent_phones_open(struct em *em, sj_error *error); /* answers phone.session */

/* ---- do_not_disturb.c ---- */

int em_do_not_disturb_open(struct em *em, sj_error *error); /* answers do_not_disturb.keep */

/* ---- tell.c: the other cluster is told that a session has ended, until it says so ---- */

void em_tell_logout(struct em *em, const char *cluster_id, const char *lease_id, const char *device_name, const char *reason,
                    const char *application_user, const char *trace_id, bool reset_phone);
/* A login that was asked for there is given up, whatever has become of it. Nothing in the store tells of it, so that it is told
 * again and again for some minutes. */
void em_tell_given_up(struct em *em, const struct em_operation *operation);
/* Tells again what is still "ending"; of one cluster, or of all (NULL). */
void em_tell_ending(struct em *em, const char *cluster_id);
void em_tell_close(struct em *em);

/* ---- activations.c: which services run where in this cluster ---- */

bool em_service_runs_on(sj_scope *scope, const char *service, const char *node);
/* On any node. */
bool em_service_runs(sj_scope *scope, const char *service);

/* ---- intercluster_client.c ---- */

enum em_peer_status { EM_PEER_ANSWERED, EM_PEER_UNREACHABLE, EM_PEER_UNTRUSTED, EM_PEER_TIMEOUT, EM_PEER_REFUSED };
struct em_peer_answer {
    enum em_peer_status status;
    const char *body; /* with EM_PEER_ANSWERED */
    size_t body_length;
    const char *cause; /* else: a sentence */
    int http_status;   /* of the last node that answered over HTTP; 0: none did */
};
typedef void (*em_peer_fn)(void *user, const struct em_peer_answer *answer);
/* POST /intercluster/v1/<what> to a remote cluster, node after node. `done` runs once, later, unless the scope closes before.
 */
void em_peer_call(struct em *em, sj_scope *scope, const char *cluster_id, const char *what, const char *json,
                  int64_t timeout_ms, const char *trace_id, em_peer_fn done, void *user);
/* The code that a failure of the call means for a login. */
em_code em_peer_failure(enum em_peer_status status);

/* ---- home_lookup.c ---- */

/* Which remote cluster is the user's home. done: EM_OK with the cluster, EM_NO_USER, EM_EXTENSION_SHARED_HOME,
 * EM_NO_REMOTE_CLUSTER, EM_CONNECTION, EM_NO_RESPONSE or EM_UPDATE_CLUSTER_ID. */
typedef void (*em_home_fn)(void *user, em_code code, const char *cluster_id, const char *cause);
void em_home_lookup(struct em *em, sj_scope *scope, enum em_login_type type, const char *user_id, const char *trace_id,
                    em_home_fn done, void *user);
/* The same for an application, which is told more when the home cluster accepts logins by our applications. */
struct em_home_user {
    const char *cluster_id;
    bool disclosed; /* what follows was told */
    const char *user_id, *default_profile;
    const char *const *profiles;
    size_t profiles_count;
};
typedef void (*em_home_user_fn)(void *user, em_code code, const struct em_home_user *found, const char *cause);
void em_home_lookup_for(struct em *em, sj_scope *scope, enum em_login_type type, const char *user_id,
                        const char *application_user, const char *trace_id, em_home_user_fn done, void *user);

/* partner.c: whether there is another cluster whose users may log in here. */
bool em_has_partners(struct em *em);

/* ---- home_servers.c ---- */

/* Those that are active now; at least one. */
struct em_home_servers {
    char tftp[2][256];
    size_t tftp_count;
    int64_t tftp_http_port; /* of the first */
};
/* False with `cause`: nothing serves the phone `device_name` here, or it is not configured what does. */
bool em_find_home_servers(struct em *em, const char *device_name, struct em_home_servers *servers, char cause[EM_CAUSE_ROOM]);

/* ---- home_session.c, roaming.c ---- */

typedef void (*em_home_answer_fn)(void *user, const sj_intercluster_login_answer *answer);
/* A traveller's login, as the home cluster. Takes `login` over. `peer_cluster` has been authenticated; it waits until
 * `give_up_at` (monotonic). */
void em_home_login(struct em *em, sj_intercluster_login *login, const char *peer_cluster, const char *trace_id,
                   uint64_t give_up_at, em_home_answer_fn done, void *user);

/* Frees the message of a login, and wipes its PIN before. NULL is allowed. */
void em_login_message_free(struct em *em, sj_intercluster_login *login);
/* Whether applications of that cluster may log our users in without PIN: Accept Logins by Applications of its record. */
bool em_accepts_application_logins(struct em *em, const char *peer_cluster);

/* The roaming device pool for a visiting phone; NULL when none fits. Free with sj_record_free. */
sj_device_pool *em_roaming_device_pool(struct em *em, sj_scope *scope, const sj_intercluster_login *login,
                                       const sj_remote_cluster *cluster, const char *trace_id);
/* The phone's calling search spaces; memory of `scope` or of `input`. Returns how many, at most 20. */
size_t em_visitor_calling_search_spaces(struct em *em, sj_scope *scope, const sj_css_select_input *input, const char *trace_id,
                                        const char *spaces[20]);
/* The same without a word to anybody; memory of `input` and until control is back with the loop. *restored: what a policy left
 * out and cannot take away, or NULL. */
size_t em_try_calling_search_spaces(struct em *em, const sj_css_select_input *input, const char *spaces[20],
                                    const char **restored);

/* ---- intercluster.c, intercluster_sessions.c ---- */

int em_intercluster_open(struct em *em, sj_error *error);
int em_intercluster_sessions_open(struct em *em, sj_error *error);
struct em_route {
    const char *path;
    sj_http_fn handler;
};
int em_intercluster_routes(struct em *em, const struct em_route *routes, size_t count, sj_error *error);
/* What this cluster says of itself; memory of `scope`. NULL when memory is short. */
sj_intercluster_information *em_own_information(struct em *em, sj_scope *scope);

/* ---- story.c ---- */

int em_story_open(struct em *em, sj_error *error); /* answers session.trace */
/* What we tell a cluster of a trace, as JSON: nothing unless it took part. Free with sj_text_free; NULL without memory. */
char *em_story_for(struct em *em, sj_scope *scope, const char *cluster_id, const char *trace_id);

/* ---- remote_cluster_update.c, reconcile_run.c ---- */

int em_update_open(struct em *em, sj_error *error);
/* rsvp_agent.c: whether the RSVP agent, which its cluster says is active, counts as such; `known`: its state so far, or NULL.
 */
int em_rsvp_agent_open(struct em *em, sj_error *error);
void em_rsvp_agent_judge(const sj_remote_cluster_status *known, bool regions_equal, sj_remote_cluster_status_service *row);
/* Asks one remote cluster, or all (NULL), for its state, in the background. */
void em_update_cluster(struct em *em, const char *cluster_id);
/* Asks one, or all (NULL), and calls `then` when each has answered or the time is over. */
void em_update_then(struct em *em, const char *cluster_id, int64_t timeout_ms, void (*then)(void *user), void *user);
/* Compares the sessions with one remote cluster, or with each that has any (NULL). */
void em_reconcile(struct em *em, const char *cluster_id);
void em_reconcile_as(struct em *em, const char *cluster_id, bool as_maintenance);
/* The other cluster's view has come in: act on it, for phones up to and with `until` ("": all). `made_after`: the view is
 * certainly not older than that (our clock), so that a session begun later is not judged by it. */
void em_reconcile_with(struct em *em, const char *cluster_id, const sj_intercluster_reconcile *theirs, const char *until,
                       int64_t made_after, bool as_maintenance);
/* A page of our view of the sessions with a cluster: phones after `after` and up to `until` ("": no bound); until_device of the
 * view says how far it reaches. Memory of `scope`. NULL when memory is short or the store fails. */
const sj_intercluster_reconcile *em_reconcile_view(struct em *em, sj_scope *scope, const char *cluster_id, const char *after,
                                                   const char *until);

/* ---- expiry.c, removals.c, validate.c, check.c, emapp.c, change_pin.c, em_api.c ---- */

int em_expiry_open(struct em *em, sj_error *error);
int em_removals_open(struct em *em, sj_error *error);
/* False when memory is short: then nothing ends the session before a restart. */
bool em_expiry_watch(struct em *em, const sj_session *session);
/* clock.c: sessions and locks keep their length when the wall clock is set. */
void em_clock_open(struct em *em);
void em_clock_look(struct em *em);
int em_validate_open(struct em *em, sj_error *error);
int em_check_open(struct em *em, sj_error *error);
int em_emapp_open(struct em *em, sj_error *error);
void em_emapp_close(struct em *em);
int em_api_open(struct em *em, sj_error *error);
int em_change_pin_open(struct em *em, sj_error *error);
int em_push_authentication_open(struct em *em, sj_error *error); /* pages/push_authentication.c */
/* Where a phone asks to be logged out, below `base_url`, or below our own address (NULL). */
void em_logout_url(struct em *em, const char *base_url, const char *device_name, char url[EM_URL_ROOM]);

#endif
