/* What remote clusters may ask of this one: POST /intercluster/v1/{user,login,logout,information,trace,reconcile,pin}. The host
 * has checked their certificates; here the body is read, and must name the cluster that the certificate belongs to. */
#include "clusters/partner.h"
#include "users/pin_change.h"

#define FACTORY_CLUSTER_ID "StandAloneCluster"

enum { WAIT_FOR_LOGIN_MS = 50, WAITS = 200, VIEW_ON_ITS_WAY_MS = 60000 };

/* ---- replies ---- */

/* The trace id of a traceparent header ("00-<32 hex>-<16 hex>-<2 hex>"), or a new one. */
static void trace_of(struct em *em, const sj_http_request *request, char trace_id[EM_TRACE_ROOM]) {
    const char *header = sj_http_header_value(em->scope, request, "traceparent");
    if (header != NULL && strlen(header) >= 55 && header[2] == '-' && header[35] == '-' &&
        strspn(header + 3, "0123456789abcdef") == 32) {
        em_print(trace_id, EM_TRACE_ROOM, "%.32s", header + 3);
        /* Who asks everybody whose user somebody is tells the trace to everybody: only the first to use it here takes part. */
        const char *other;
        if (shared_traces_clusters(&em->shared_traces, trace_id, &other, 1) == 0) {
            shared_traces_note(&em->shared_traces, trace_id, request->peer_cluster);
        }
    } else {
        sj_random_hex(em->scope, trace_id, 32);
    }
}

static void reply_json(struct em *em, sj_http_request *request, const char *trace_id, char *json) {
    char span[17], traceparent[64];
    if (json == NULL) {
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    sj_random_hex(em->scope, span, 16);
    em_print(traceparent, sizeof traceparent, "00-%s-%s-01", trace_id, span);
    const sj_http_header headers[] = {{"traceparent", traceparent}};
    const sj_http_reply reply = {.status = 200,
                                 .content_type = "application/json",
                                 .body = json,
                                 .body_length = strlen(json),
                                 .headers = headers,
                                 .headers_count = 1};
    sj_http_reply_send(em->scope, request, &reply);
    sj_text_free(em->scope, json);
}

static void reply_unreadable(struct em *em, sj_http_request *request, const char *why) {
    sj_log_warning(em->scope, "a message of cluster %s to %s cannot be served: %s", request->peer_cluster, request->path, why);
    sj_http_reply_text(em->scope, request, 400, "text/plain; charset=UTF-8", why);
}

/* Whether the body names the cluster that the certificate belongs to. */
static bool named_rightly(struct em *em, sj_http_request *request, const char *cluster_id) {
    char why[EM_CAUSE_ROOM];
    if (strcmp(cluster_id, request->peer_cluster) == 0) {
        return true;
    }
    em_print(why, sizeof why, "the message names cluster %.60s; the certificate belongs to %.60s", cluster_id,
             request->peer_cluster);
    reply_unreadable(em, request, why);
    return false;
}

/* The same where the answer has a code for it; the factory value is nobody's name. */
static bool calls_itself_rightly(const sj_http_request *request, const char *cluster_id, char cause[EM_CAUSE_ROOM]) {
    const bool factory = strcmp(cluster_id, FACTORY_CLUSTER_ID) == 0;
    if (strcmp(cluster_id, request->peer_cluster) == 0 && !factory) {
        return true;
    }
    em_print(cause, EM_CAUSE_ROOM, "the visiting cluster calls itself %.60s; its certificate was imported for %.60s%s",
             cluster_id, request->peer_cluster, factory ? " (the Cluster ID is still the factory value)" : "");
    return false;
}

/* ---- user ---- */

/* What only applications of a cluster may know that may log our users in: a phone page needs none of it, and the profiles are
 * told to nobody else before the PIN was right. */
static void disclose(struct em *em, const char *peer_cluster, const char *application_user, const sj_end_user *user,
                     sj_intercluster_user_answer *answer) {
    if (!em_accepts_application_logins(em, peer_cluster) || !user->enable_emcc || !user->enabled) {
        return;
    }
    answer->disclosed = true;
    answer->user_id = user->user_id;
    answer->profiles = user->controlled_profiles;
    answer->profiles_count = user->controlled_profiles_count;
    answer->default_profile = user->default_profile;
    sj_log_info(em->scope, "application %s of cluster %s is told the device profiles of %s", application_user, peer_cluster,
                user->user_id);
}

static void on_user(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_user_query *query = NULL;
    sj_end_user *found = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (sj_intercluster_user_query_from_json(em->scope, request->body, request->body_length, &query, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    trace_of(em, request, trace_id);
    const em_code code = em_find_user(em, (enum em_login_type)query->login_type, query->user_id, &found, cause);
    sj_intercluster_user_answer answer = {.protocol = em_protocol_chosen(query->protocol),
                                          .cluster_id = em->scope->host->node->cluster_id,
                                          .known = code == EM_OK,
                                          .ambiguous = code == EM_EXTENSION_SHARED};
    if (answer.known && em_given(query->application_user)) {
        disclose(em, request->peer_cluster, query->application_user, found, &answer);
    }
    sj_metric_add(em->scope, em->metrics.check_user_handled, 1);
    sj_trace(em->scope, trace_id, "%s%s%scluster %s asks whose user %s is: %s%s",
             em_given(query->application_user) ? "application " : "",
             em_given(query->application_user) ? query->application_user : "", em_given(query->application_user) ? " of " : "",
             request->peer_cluster, query->user_id,
             answer.known       ? "ours"
             : answer.ambiguous ? "several of ours"
                                : "not ours",
             answer.disclosed ? ", with the names of the device profiles" : "");
    reply_json(em, request, trace_id, sj_intercluster_user_answer_to_json(em->scope, &answer));
    sj_record_free(em->scope, found);
    sj_record_free(em->scope, query);
}

/* ---- login ---- */

struct pending {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    char trace_id[EM_TRACE_ROOM];
    /* of a logout: */
    char lease_id[EM_LEASE_ROOM], device_name[EM_DEVICE_ROOM], cluster_id[EM_NAME_ROOM], reason[64];
    char application_user[EM_USER_ROOM];
    int waits;
};

static struct pending *pend(struct em *em, sj_http_request *request, const char *trace_id) {
    sj_scope *scope = sj_scope_open(em->scope, "intercluster", NULL, NULL);
    struct pending *pending = scope != NULL ? sj_scope_alloc(scope, sizeof *pending) : NULL;
    if (pending == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return NULL;
    }
    pending->em = em;
    pending->scope = scope;
    pending->request = request;
    em_copy(pending->trace_id, trace_id);
    return pending;
}

static void login_answered(void *user, const sj_intercluster_login_answer *answer) {
    struct pending *pending = user;
    reply_json(pending->em, pending->request, pending->trace_id,
               sj_intercluster_login_answer_to_json(pending->em->scope, answer));
    sj_scope_close(pending->scope);
}

static bool is_key(const char *key) {
    const size_t length = strlen(key);
    return length >= 16 && length < EM_LEASE_ROOM && strspn(key, "0123456789abcdefABCDEF-") == length;
}

static void on_login(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_login *login = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    int code = 0;
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    trace_of(em, request, trace_id);
    if (sj_intercluster_login_from_json(em->scope, request->body, request->body_length, &login, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    if (!calls_itself_rightly(request, login->cluster_id, cause)) {
        code = EM_CLUSTER_ID;
    } else if (!em_given(login->device_name) || strlen(login->device_name) >= EM_DEVICE_ROOM) {
        code = EM_DEVICE_NAME_EMPTY;
        em_print(cause, sizeof cause, "the login names no device, or one with more than %d bytes", EM_DEVICE_ROOM - 1);
    } else if (!is_key(login->idempotency_key)) {
        code = EM_PARSING;
        em_print(cause, sizeof cause, "the login has no idempotency key of 16 to %d hex digits", EM_LEASE_ROOM - 1);
    } else if (!em_given(login->user_id) || (!em_given(login->pin) && !em_given(login->application_user))) {
        code = EM_EMCC_AUTHENTICATION;
        em_print(cause, sizeof cause, "the login brings no user id or no PIN");
    } else if (!em->ready) {
        code = EM_DATABASE;
        em_print(cause, sizeof cause, "the home cluster could not read its sessions from the store");
    }
    if (code != 0) {
        const sj_intercluster_login_answer answer = {
            .protocol = EM_PROTOCOL, .cluster_id = em->scope->host->node->cluster_id, .code = code, .cause = cause};
        em_announce_failed_for(em, login->device_name, login->user_id, code, cause, true, trace_id, login->application_user);
        reply_json(em, request, trace_id, sj_intercluster_login_answer_to_json(em->scope, &answer));
        sj_record_free(em->scope, login);
        return;
    }
    struct pending *pending = pend(em, request, trace_id);
    if (pending == NULL) {
        sj_record_free(em->scope, login);
        return;
    }
    em_home_login(em, login, request->peer_cluster, trace_id, login_answered, pending);
}

/* ---- logout ---- */

static void reply_logout(struct pending *pending, int code, const char *cause) {
    const sj_intercluster_logout_answer answer = {.protocol = EM_PROTOCOL, .code = code, .cause = cause};
    reply_json(pending->em, pending->request, pending->trace_id,
               sj_intercluster_logout_answer_to_json(pending->em->scope, &answer));
    sj_scope_close(pending->scope);
}

static void logout_durable(void *user, int status, const sj_error *error) {
    reply_logout(user, status == SJ_OK ? 0 : EM_DATABASE, status == SJ_OK || error == NULL ? "" : error->text);
}

static void end_session(void *user) {
    struct pending *pending = user;
    struct em *em = pending->em;
    sj_session *session = NULL;
    sj_error error = {0};
    /* A logout may overtake its login: it waits for the outcome. */
    if (em_given(pending->lease_id) && em_operation_holds_lease(em, pending->lease_id) && ++pending->waits < WAITS &&
        sj_timer_start(pending->scope, WAIT_FOR_LOGIN_MS, 0, end_session, pending) != NULL) {
        return;
    }
    const int status = sj_session_get(em->scope, pending->device_name, &session, &error);
    const bool meant = status == SJ_OK && session->kind != SJ_SESSION_KIND_LOCAL &&
                       strcmp(session->remote_cluster_id, pending->cluster_id) == 0 &&
                       (!em_given(pending->lease_id) || strcmp(session->lease_id, pending->lease_id) == 0);
    if (status != SJ_OK && status != SJ_E_NOT_FOUND && status != SJ_E_INVALID) {
        reply_logout(pending, EM_DATABASE, error.text);
    } else if (!meant) {
        given_up_add(&em->given_up, pending->cluster_id, pending->lease_id);
        reply_logout(pending, EM_NO_USER_LOGGED_IN, "there is no such session here");
    } else if (session->state == SJ_SESSION_STATE_ENDING) {
        (void)sj_session_delete(em->scope, session->device_name, NULL);
        reply_logout(pending, 0, "it was ending here too");
    } else {
        char reason[80];
        em_print(reason, sizeof reason, "remote:%s", em_given(pending->reason) ? pending->reason : "user");
        sj_trace(em->scope, session->trace_id, "cluster %s says that the session on %s has ended (%s%s%s)", pending->cluster_id,
                 pending->device_name, reason + 7, em_given(pending->application_user) ? " " : "", pending->application_user);
        em_logout_for(em, session, reason, pending->application_user, session->trace_id, logout_durable, pending);
    }
    sj_record_free(em->scope, session);
}

static void on_logout(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_logout *logout = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    trace_of(em, request, trace_id);
    if (sj_intercluster_logout_from_json(em->scope, request->body, request->body_length, &logout, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    struct pending *pending = named_rightly(em, request, logout->cluster_id) ? pend(em, request, trace_id) : NULL;
    if (pending != NULL) {
        em_copy(pending->lease_id, logout->lease_id);
        em_copy(pending->device_name, logout->device_name);
        em_copy(pending->cluster_id, request->peer_cluster);
        em_copy(pending->reason, logout->reason);
        em_copy(pending->application_user, logout->application_user);
        end_session(pending);
    }
    sj_record_free(em->scope, logout);
}

/* ---- information ---- */

static void on_information(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_information *theirs = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    trace_of(em, request, trace_id);
    if (sj_intercluster_information_from_json(em->scope, request->body, request->body_length, &theirs, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    sj_scope *scope = sj_scope_open(em->scope, "information", NULL, NULL);
    /* Who calls itself wrongly is told who we are and what is wrong, and nothing else. */
    const bool rightly = calls_itself_rightly(request, theirs->cluster_id, cause);
    sj_intercluster_information refusal = {.protocol = EM_PROTOCOL,
                                           .cluster_id = em->scope->host->node->cluster_id,
                                           .version = em->scope->host->node->version,
                                           .code = EM_REMOTE_CLUSTER_ID,
                                           .cause = cause};
    sj_intercluster_information *own = scope != NULL && rightly ? em_own_information(em, scope) : NULL;
    if (own != NULL) {
        em_partner_describe(em, scope, request->peer_cluster, own);
    } else if (!rightly) {
        sj_log_warning(em->scope, "cluster %s is told nothing: %s", request->peer_cluster, cause);
        own = &refusal;
    }
    reply_json(em, request, trace_id, own != NULL ? sj_intercluster_information_to_json(em->scope, own) : NULL);
    if (scope != NULL) {
        sj_scope_close(scope);
    }
    sj_record_free(em->scope, theirs);
}

/* ---- reconcile ---- */

static void on_reconcile(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_reconcile *theirs = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cluster_id[EM_NAME_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    trace_of(em, request, trace_id);
    if (sj_intercluster_reconcile_from_json(em->scope, request->body, request->body_length, &theirs, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    if (named_rightly(em, request, theirs->cluster_id)) {
        sj_scope *scope = sj_scope_open(em->scope, "reconcile", NULL, NULL);
        em_copy(cluster_id, request->peer_cluster);
        /* Ours as it is before theirs is acted on: what we end because of theirs, they have ended already. */
        const sj_intercluster_reconcile *ours =
            scope != NULL ? em_reconcile_view(em, scope, cluster_id, theirs->after_device, theirs->until_device) : NULL;
        reply_json(em, request, trace_id, ours != NULL ? sj_intercluster_reconcile_to_json(em->scope, ours) : NULL);
        /* How long it was on its way is not known: young sessions are judged by a view that we ask for ourselves. */
        if (ours != NULL) {
            em_reconcile_with(em, cluster_id, theirs, ours->until_device, sj_wall_ms(em->scope) - VIEW_ON_ITS_WAY_MS, false);
        }
        if (scope != NULL) {
            sj_scope_close(scope);
        }
    }
    sj_record_free(em->scope, theirs);
}

/* ---- trace ---- */

static void on_trace(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_trace *asked = NULL;
    sj_error error = {0};
    char own_trace[EM_TRACE_ROOM];
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    if (sj_intercluster_trace_from_json(em->scope, request->body, request->body_length, &asked, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    if (named_rightly(em, request, asked->cluster_id)) {
        sj_scope *scope = sj_scope_open(em->scope, "trace", NULL, NULL);
        sj_random_hex(em->scope, own_trace, 32);
        reply_json(em, request, own_trace,
                   scope != NULL ? em_story_for(em, scope, request->peer_cluster, asked->trace_id) : NULL);
        if (scope != NULL) {
            sj_scope_close(scope);
        }
    }
    sj_record_free(em->scope, asked);
}

/* ---- pin ---- */

static void pin_changed(void *user, em_code code, const char *cause, const char *user_id) {
    struct pending *pending = user;
    struct em *em = pending->em;
    const em_code told = code == EM_AUTHENTICATION ? EM_EMCC_AUTHENTICATION : code;
    const sj_intercluster_pin_change_answer answer = {.protocol = EM_PROTOCOL,
                                                      .cluster_id = em->scope->host->node->cluster_id,
                                                      .code = code == EM_OK         ? 0
                                                              : code == EM_PIN_RULE ? -1
                                                                                    : told,
                                                      .cause = cause,
                                                      .user_id = code == EM_OK ? user_id : ""};
    if (code != EM_OK && code != EM_PIN_RULE) {
        em_announce_failed(em, pending->device_name, user_id, told, cause, true, pending->trace_id);
    }
    reply_json(em, pending->request, pending->trace_id, sj_intercluster_pin_change_answer_to_json(em->scope, &answer));
    sj_scope_close(pending->scope);
}

/* What is wrong with the message itself; EM_OK when nothing is. */
static em_code check_pin_message(struct em *em, const sj_http_request *request, const sj_intercluster_pin_change *message,
                                 char cause[EM_CAUSE_ROOM]) {
    if (!calls_itself_rightly(request, message->cluster_id, cause)) {
        return EM_CLUSTER_ID;
    }
    if (!is_key(message->idempotency_key)) {
        em_print(cause, EM_CAUSE_ROOM, "the change has no idempotency key of 16 to %d hex digits", EM_LEASE_ROOM - 1);
        return EM_PARSING;
    }
    if (!em_given(message->user_id) || strlen(message->user_id) >= EM_USER_ROOM || !em_given(message->old_pin) ||
        strlen(message->old_pin) >= EM_PIN_ROOM || strlen(message->new_pin) >= EM_PIN_ROOM ||
        strlen(message->device_name) >= EM_DEVICE_ROOM) {
        em_print(cause, EM_CAUSE_ROOM, "the change brings no user id or no PIN, or one that is longer than any");
        return EM_EMCC_AUTHENTICATION;
    }
    const em_code standing = em_partner_standing(em, request->peer_cluster, cause);
    return standing == EM_EMCC_NOT_ACTIVATED ? EM_OK : standing; /* no call is made: PSTN Access does not matter */
}

static void on_pin(void *user, sj_http_request *request) {
    struct em *em = user;
    sj_intercluster_pin_change *message = NULL;
    sj_error error = {0};
    char trace_id[EM_TRACE_ROOM], cause[EM_CAUSE_ROOM] = "";
    sj_metric_add(em->scope, em->metrics.emcc_messages, 1);
    trace_of(em, request, trace_id);
    if (sj_intercluster_pin_change_from_json(em->scope, request->body, request->body_length, &message, &error) != SJ_OK) {
        reply_unreadable(em, request, error.text);
        return;
    }
    struct pending *pending = pend(em, request, trace_id);
    if (pending != NULL) {
        em_copy(pending->device_name, message->device_name);
        const em_code code = check_pin_message(em, request, message, cause);
        if (code != EM_OK) {
            pin_changed(pending, code, cause, message->user_id);
        } else {
            const struct em_pin_change_request change = {.user_id = message->user_id,
                                                         .old_pin = message->old_pin,
                                                         .new_pin = message->new_pin,
                                                         .device_name = message->device_name,
                                                         .trace_id = trace_id,
                                                         .login_type = (enum em_login_type)message->login_type,
                                                         .peer_cluster = request->peer_cluster,
                                                         .idempotency_key = message->idempotency_key};
            sj_trace(em->scope, trace_id, "cluster %s asks to change the PIN of %s on its phone %s", request->peer_cluster,
                     message->user_id, message->device_name);
            em_pin_change(em, &change, pin_changed, pending);
        }
    }
    sj_record_free(em->scope, message);
}

int em_intercluster_open(struct em *em, sj_error *error) {
    static const struct {
        const char *path;
        sj_http_fn handler;
    } routes[] = {{"/intercluster/v1/user", on_user},
                  {"/intercluster/v1/login", on_login},
                  {"/intercluster/v1/logout", on_logout},
                  {"/intercluster/v1/information", on_information},
                  {"/intercluster/v1/reconcile", on_reconcile},
                  {"/intercluster/v1/trace", on_trace},
                  {"/intercluster/v1/pin", on_pin}};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (sj_http_route(em->scope, "POST", routes[i].path, SJ_ROUTE_PEER_CLUSTER, routes[i].handler, em, error) == NULL) {
            return error->code != SJ_OK ? error->code : SJ_E_INTERNAL;
        }
    }
    return SJ_OK;
}
