/* A user of this cluster on a phone of another: the checks in their order, the overlay, and base device, live device and
 * session in one transaction. The answer leaves when that is durable. A repeated request is known by its key and gets the same
 * answer. */
#include "sessions/home_session.h"

#include <stdlib.h>

#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "devices/compose.h"
#include "devices/overlay.h"
#include "devices/roaming.h"
#include "devices/security_matrix.h"
#include "messages/intercluster.h"
#include "parameters/enterprise.h"
#include "reporting/announce.h"
#include "reporting/error_codes.h"
#include "resources/device_pool.h"
#include "resources/device_profile.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/ended_leases.h"
#include "sessions/home_servers.h"
#include "sessions/login.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"
#include "users/access.h"
#include "users/credentials.h"
#include "users/login_type.h"
#include "users/users.h"

enum { WAIT_FOR_FIRST_MS = 50 };

struct home_login {
    struct em *em;
    sj_scope *scope;
    struct em_operation *operation;
    sj_intercluster_login *login;
    em_home_answer_fn answer;
    void *user;
    char peer_cluster[EM_NAME_ROOM], trace_id[EM_TRACE_ROOM];
    struct em_home_servers servers;
    int64_t expires_at;
    uint64_t deadline; /* the visiting cluster waits no longer */
};

void em_login_message_free(struct em *em, sj_intercluster_login *login) {
    if (login != NULL) {
        em_wipe(login->pin);
    }
    sj_record_free(em->scope, login);
}

static void closed(void *user) {
    struct home_login *home = user;
    em_login_message_free(home->em, home->login);
    free(home);
}

static void give_answer(struct home_login *home, int code, const char *cause, const struct em_outcome *outcome) {
    const struct em_home_servers *servers = &home->servers;
    const char *const tftp[2] = {servers->tftp[0], servers->tftp[1]};
    const int64_t remaining = home->expires_at - sj_wall_ms(home->em->scope);
    const sj_intercluster_login_answer answer = {.protocol = em_partner_protocol(home->login->protocol),
                                                 .remaining_ms = home->expires_at == 0 ? 0
                                                                 : remaining > 0       ? remaining
                                                                                       : 1,
                                                 .cluster_id = home->em->scope->host->node->cluster_id,
                                                 .code = code == EM_OK ? 0 : code,
                                                 .cause = cause,
                                                 .lease_id = home->login->idempotency_key,
                                                 .user_id = outcome != NULL ? outcome->user_id : "",
                                                 .expires_at = home->expires_at,
                                                 .tftp_addresses = tftp,
                                                 .tftp_addresses_count = servers->tftp_count,
                                                 .tftp_http_port = servers->tftp_http_port,
                                                 .profiles = outcome != NULL ? outcome->profiles : NULL,
                                                 .profiles_count = outcome != NULL ? outcome->profiles_count : 0};
    home->answer(home->user, &answer);
    sj_scope_close(home->scope);
}

static void settled(void *user, const struct em_outcome *outcome) {
    give_answer(user, outcome->code, outcome->cause, outcome);
}

/* ---- checks, each with its code ---- */

static em_code check_device(struct home_login *home, char cause[EM_CAUSE_ROOM]) {
    sj_scope *scope = home->em->scope;
    const sj_intercluster_login *login = home->login;
    sj_phone *phone = NULL;
    sj_session *session = NULL;
    em_code code = EM_OK;
    if (sj_phone_get(scope, login->device_name, &phone, NULL) == SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "%s is also a phone of the home cluster", login->device_name);
        code = EM_DUPLICATE_DEVICE;
    } else if (sj_session_get(scope, login->device_name, &session, NULL) == SJ_OK &&
               session->state == SJ_SESSION_STATE_ACTIVE && strcmp(session->remote_cluster_id, home->peer_cluster) != 0) {
        em_print(cause, EM_CAUSE_ROOM, "a device %s of cluster %s is logged in at the home cluster", login->device_name,
                 session->remote_cluster_id);
        code = EM_DUPLICATE_DEVICE;
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, session);
    return code;
}

static em_code check_user_and_phone(struct home_login *home, char cause[EM_CAUSE_ROOM]) {
    struct em_operation *operation = home->operation;
    struct em *em = home->em;
    sj_phone_model *model = NULL;
    em_code code = em_user_find(em, operation->login_type, operation->user_id, &operation->local, cause);
    if (code != EM_OK) {
        return code == EM_EXTENSION_SHARED ? EM_EXTENSION_SHARED_HOME : code;
    }
    em_copy(operation->user_id, operation->local->user_id);
    if (!operation->local->enable_emcc) {
        em_print(cause, EM_CAUSE_ROOM, "Enable Extension Mobility Cross Cluster is off for %s", operation->user_id);
        return EM_USER_NOT_ENABLED;
    }
    const bool able = sj_phone_model_get(em->scope, home->login->model, &model, NULL) == SJ_OK && model->supports_emcc;
    sj_record_free(em->scope, model);
    if (!able) {
        em_print(cause, EM_CAUSE_ROOM, "the home cluster knows no EMCC for the model %.100s", home->login->model);
        return EM_MODEL;
    }
    return EM_OK;
}

static em_code check_all(struct home_login *home, char cause[EM_CAUSE_ROOM]) {
    struct em *em = home->em;
    em_code code = em_partner_standing(em, home->peer_cluster, cause);
    if (code == EM_OK) {
        code = check_user_and_phone(home, cause);
    }
    if (code == EM_OK) {
        sj_session *own = NULL;
        sj_emcc_base_device *free_device = em_store_free_base_device(em);
        /* A login that replaces a session of the same phone brings its base device along. */
        const bool replaces =
            sj_session_get(em->scope, home->login->device_name, &own, NULL) == SJ_OK && em_given(own->base_device);
        if (free_device == NULL && !replaces) {
            em_print(cause, EM_CAUSE_ROOM, "the home cluster has no free EMCC base device");
            code = EM_NO_BASE_DEVICE;
        }
        sj_record_free(em->scope, own);
        sj_record_free(em->scope, free_device);
    }
    if (code == EM_OK) {
        code = check_device(home, cause);
    }
    if (code == EM_OK && !em_home_servers_find(home->em, home->login->device_name, &home->servers, cause)) {
        code = EM_CONFIGURATION;
    }
    return code;
}

/* ---- the session ---- */

static void durable(void *user, int status, const sj_error *error) {
    struct home_login *home = user;
    struct em_operation *operation = home->operation;
    sj_session *session = em_login_written(operation, status, error);
    if (session == NULL) {
        return;
    }
    sj_trace(home->em->scope, home->trace_id, "%s is logged in on %s of cluster %s; %s carries the phone", session->user_id,
             session->device_name, session->remote_cluster_id, session->base_device);
    em_operation_finish(operation, EM_OK, "logged in");
    sj_record_free(home->em->scope, session);
}

static int write_session(struct home_login *home, const struct em_overlay *overlay, const sj_device_profile *profile,
                         const sj_emcc_base_device *base, const sj_device_pool *pool, const sj_session *replaced, int64_t now,
                         sj_error *error) {
    struct em_operation *operation = home->operation;
    const sj_session session = {.device_name = operation->device_name,
                                .kind = SJ_SESSION_KIND_HOME,
                                .user_id = operation->user_id,
                                .remote_cluster_id = home->peer_cluster,
                                .device_profile = profile->name,
                                .base_device = base->name,
                                .roaming_device_pool = pool != NULL ? pool->name : "",
                                .lease_id = operation->lease_id,
                                .login_time = now,
                                .expires_at = home->expires_at,
                                .confirmed_at = now,
                                .trace_id = home->trace_id,
                                .logged_in_by = operation->application_user,
                                .address = em_logout_address(operation)};
    const struct em_login_write write = {
        .session = &session, .live_device = &overlay->device, .base_device = base->name, .replaced = replaced};
    const int status = em_store_login(home->em, operation->scope, &write, durable, home, error);
    operation->committed = status == SJ_OK;
    return status;
}

/* `security_profile`: what the phone gets in place of the template's, or NULL. */
static em_code check_security(struct home_login *home, const sj_emcc_template *emcc_template, const char **security_profile,
                              char cause[EM_CAUSE_ROOM]) {
    struct em *em = home->em;
    const sj_intercluster_login *login = home->login;
    sj_phone_security_profile *profile = NULL;
    sj_error error = {0};
    bool secure;
    if (sj_phone_security_profile_get(em->scope, emcc_template->phone_security_profile, &profile, &error) != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "EMCC template %s: %.300s", emcc_template->name, error.text);
        return EM_DATABASE;
    }
    const struct em_security_case security = {
        .home_mixed = sj_param_enterprise_cluster_security_mode(em->scope) == SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED,
        .visiting_mixed = login->mixed_mode,
        .home_supports_secure = true,
        .visiting_supports_secure = login->protocol >= 1 && em_partner_supports_secure(em, home->peer_cluster, cause),
        .phone_secure = login->secure,
        .template_secure = profile->device_security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE};
    const em_code code = em_security_decide(&security, &secure);
    if (code != EM_OK) {
        em_print(cause, EM_CAUSE_ROOM, "%s", em_code_entry(code)->cause);
    } else {
        *security_profile = secure && !security.template_secure ? EM_SECURE_PROFILE : NULL;
        sj_trace(em->scope, home->trace_id,
                 secure ? "the phone registers over TLS with its certificate, or not at all (security profile %s)"
                        : "the phone registers without TLS (security profile %s)",
                 *security_profile != NULL ? *security_profile : emcc_template->phone_security_profile);
    }
    sj_record_free(em->scope, profile);
    return code;
}

static em_code compose(struct home_login *home, const sj_device_profile *profile, const sj_emcc_base_device *base,
                       const sj_session *replaced, int64_t now, char cause[EM_CAUSE_ROOM]) {
    struct em_operation *operation = home->operation;
    struct em *em = home->em;
    const sj_intercluster_login *login = home->login;
    sj_remote_cluster *cluster = NULL;
    sj_emcc_template *emcc_template = NULL;
    sj_device_pool *pool = NULL;
    const char *security_profile = NULL;
    sj_error error = {0};
    em_code code = EM_DATABASE;
    if (sj_remote_cluster_get(em->scope, home->peer_cluster, &cluster, &error) != SJ_OK ||
        sj_emcc_template_get(em->scope, base->emcc_template, &emcc_template, &error) != SJ_OK) {
        em_print(cause, EM_CAUSE_ROOM, "EMCC base device %s: %.300s", base->name, error.text);
    } else {
        code = check_security(home, emcc_template, &security_profile, cause);
    }
    if (code == EM_OK) {
        pool = em_roaming_find_device_pool(em, operation->scope, login, cluster, home->trace_id);
        const struct em_visitor visitor = {.phone = {.security_profile = security_profile,
                                                     .cluster_id = home->peer_cluster,
                                                     .device_name = login->device_name,
                                                     .model = login->model,
                                                     .user_locale = login->user_locale,
                                                     .logout_url = login->logout_url,
                                                     .sccp = strcmp(login->protocol_name, "SCCP") == 0,
                                                     .expansion_modules = login->expansion_modules,
                                                     .expansion_modules_count = login->expansion_modules_count,
                                                     .geolocation = &login->geolocation},
                                           .base_device = base->name,
                                           .emcc_template = emcc_template,
                                           .roaming_device_pool = pool};
        struct em_composition *composition =
            em_compose_visitor(em, operation->scope, &visitor, profile, operation->local, home->trace_id);
        const int status = composition != NULL
                               ? write_session(home, &composition->overlay, profile, base, pool, replaced, now, &error)
                               : sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory");
        if (status != SJ_OK) {
            em_print(cause, EM_CAUSE_ROOM, "the session was not written: %.400s", error.text);
            code = em_store_login_code(status);
        }
        em_composition_close(composition);
    }
    sj_record_free(em->scope, pool);
    sj_record_free(em->scope, emcc_template);
    sj_record_free(em->scope, cluster);
    return code;
}

/* The base device for the session: that of the session it replaces, else the free one with the lowest number. */
static sj_emcc_base_device *take_base_device(struct em *em, const sj_session *replaced) {
    sj_emcc_base_device *device = NULL;
    if (replaced != NULL && em_given(replaced->base_device) &&
        sj_emcc_base_device_get(em->scope, replaced->base_device, &device, NULL) == SJ_OK) {
        if (strcmp(device->device_name, replaced->device_name) == 0) {
            return device;
        }
        sj_record_free(em->scope, device);
    }
    return em_store_free_base_device(em);
}

static void verified(void *user, em_code code, const char *cause) {
    struct home_login *home = user;
    struct em_operation *operation = home->operation;
    struct em *em = home->em;
    const int64_t now = sj_wall_ms(em->scope);
    sj_device_profile *profile = NULL;
    sj_session *replaced = NULL;
    sj_emcc_base_device *base = NULL;
    char why[EM_CAUSE_ROOM] = "";
    em_copy(why, cause);
    if (code == EM_AUTHENTICATION) {
        code = EM_EMCC_AUTHENTICATION;
    }
    if (code == EM_OK && em_operation_is_cancelled(operation, why)) {
        code = em_operation_cancelled_code(operation);
    }
    if (code == EM_OK) {
        if (operation->pin[0] != '\0') {
            sj_trace(em->scope, home->trace_id, "the PIN of %s is right", operation->user_id);
        }
        code = em_user_choose_profile(
            em, operation->local,
            em_user_wanted_profile(operation->local, operation->device_profile, operation->by_application), &profile, why);
    }
    if (code == EM_CHOOSE_PROFILE) {
        em_operation_ask_profile(operation, operation->local->controlled_profiles, operation->local->controlled_profiles_count);
        return;
    }
    if (code == EM_OK) {
        code = em_login_check_multiple(em, operation->user_id, operation->device_name, true, why);
    }
    if (code == EM_OK &&
        !em_login_set_limit(em, operation, operation->local, profile->name, home->peer_cluster, now, &home->expires_at, why)) {
        code = EM_POLICY_VALIDATION;
    }
    if (code == EM_OK) {
        /* Looked up only now: what was free before the PIN was checked may have gone. */
        if (sj_session_get(em->scope, operation->device_name, &replaced, NULL) == SJ_OK &&
            replaced->state != SJ_SESSION_STATE_ACTIVE) {
            sj_record_free(em->scope, replaced);
            replaced = NULL;
        }
        base = take_base_device(em, replaced);
        if (base == NULL) {
            em_print(why, sizeof why, "the home cluster has no free EMCC base device");
            code = EM_NO_BASE_DEVICE;
        } else {
            code = compose(home, profile, base, replaced, now, why);
            if (code == EM_OK && replaced != NULL) {
                em_announce_ended(em, replaced, "reconciled");
            }
        }
    }
    sj_record_free(em->scope, base);
    sj_record_free(em->scope, replaced);
    sj_record_free(em->scope, profile);
    if (code != EM_OK) {
        em_operation_finish(operation, code, "%s", why);
    }
}

/* ---- applications of the visiting cluster ---- */

/* Which applications of which cluster may log whom in, an operator may say in the policy proxy.allow. */
static bool application_allowed(struct home_login *home, char cause[EM_CAUSE_ROOM]) {
    const struct em_operation *operation = home->operation;
    const struct em_access_request request = {.device_name = operation->device_name,
                                              .user_id = operation->user_id,
                                              .remote_address = operation->remote_address,
                                              .trace_id = home->trace_id,
                                              .application_user = operation->application_user,
                                              .visiting_cluster = home->peer_cluster,
                                              .emcc = true};
    return !operation->by_application || em_access_allows_proxy(home->em, &request, false, cause);
}

/* No PIN came, only the word of the visiting cluster that its application has the proxy right there. */
static void trust_application(struct home_login *home) {
    const struct em_operation *operation = home->operation;
    char cause[EM_CAUSE_ROOM];
    if (!em_partner_accepts_applications(home->em, home->peer_cluster)) {
        em_print(cause, sizeof cause,
                 "Accept Logins by Applications is off in the home cluster's record of %s: application %s must send the PIN",
                 home->peer_cluster, operation->application_user);
        verified(home, EM_NO_PROXY_RIGHTS, cause);
        return;
    }
    if (!operation->local->enabled) {
        verified(home, EM_AUTHENTICATION, "the user is disabled");
        return;
    }
    sj_trace(home->em->scope, home->trace_id, "no PIN is needed: logins by applications of cluster %s are accepted",
             home->peer_cluster);
    verified(home, EM_OK, "");
}

/* ---- the beginning ---- */

static void confirmed_durable(void *user, int status, const sj_error *error) {
    struct home_login *home = user;
    if (status == SJ_OK) {
        em_operation_finish(home->operation, EM_OK, "was logged in already");
    } else {
        em_operation_finish(home->operation, EM_DATABASE, "the session was not written: %s", error != NULL ? error->text : "");
    }
}

/* The session that this very request made before: it is confirmed, and its answer repeated once that is durable. */
static bool answer_repeated(struct home_login *home, em_code *code, char cause[EM_CAUSE_ROOM]) {
    sj_scope *scope = home->em->scope;
    sj_session *session = NULL;
    sj_error error = {0};
    bool repeated = sj_session_get(scope, home->login->device_name, &session, NULL) == SJ_OK &&
                    strcmp(session->lease_id, home->login->idempotency_key) == 0 &&
                    strcmp(session->remote_cluster_id, home->peer_cluster) == 0;
    if (repeated && session->state != SJ_SESSION_STATE_ACTIVE) {
        em_print(cause, EM_CAUSE_ROOM, "this login has been ended already (%.100s)", session->end_reason);
        *code = EM_POLICY_VALIDATION;
    } else if (repeated) {
        home->expires_at = session->expires_at;
        em_copy(home->operation->user_id, session->user_id);
        sj_trace(scope, home->trace_id, "this login has been carried out before; its answer is repeated");
        if (!em_home_servers_find(home->em, home->login->device_name, &home->servers, cause)) {
            *code = EM_CONFIGURATION;
        } else if (em_store_confirm(home->em, home->operation->scope, session, confirmed_durable, home, &error) != SJ_OK) {
            em_print(cause, EM_CAUSE_ROOM, "the session was not written: %.400s", error.text);
            *code = EM_DATABASE;
        }
    }
    sj_record_free(scope, session);
    return repeated;
}

/* A lease names one session: what one cluster has been told of it, another must not be able to claim. */
static bool names_another_session(struct home_login *home, char cause[EM_CAUSE_ROOM]) {
    const sj_query by_lease = {.field = "lease_id", .value = home->login->idempotency_key, .limit = 1};
    sj_list list = {0};
    const bool taken = sj_session_list(home->em->scope, &by_lease, &list, NULL) == SJ_OK && list.count > 0;
    if (taken) {
        em_print(cause, EM_CAUSE_ROOM, "the idempotency key of the login names the session on %s",
                 sj_session_at(&list, 0)->device_name);
    }
    sj_list_free(home->em->scope, &list);
    return taken;
}

static void begin(void *user) {
    struct home_login *home = user;
    struct em *em = home->em;
    const sj_intercluster_login *login = home->login;
    char cause[EM_CAUSE_ROOM] = "";
    /* The same request once more while the first is treated: it gets the first one's answer. */
    if (em_operation_holds_lease(em, login->idempotency_key)) {
        if (sj_monotonic_ms(em->scope) >= home->deadline ||
            sj_timer_start(home->scope, WAIT_FOR_FIRST_MS, 0, begin, home) == NULL) {
            give_answer(home, EM_BUSY, "the same login is still being treated", NULL);
        }
        return;
    }
    em_code code = em_operation_open(em, login->device_name, true, settled, home, &home->operation);
    if (code != EM_OK) {
        give_answer(home, code, "the home cluster treats too many requests at once", NULL);
        return;
    }
    struct em_operation *operation = home->operation;
    em_operation_set_deadline(operation, home->deadline);
    em_copy(operation->visiting_cluster, home->peer_cluster);
    operation->visiting = true;
    operation->login_type = (enum em_login_type)login->login_type;
    em_copy(operation->user_id, login->user_id);
    em_copy(operation->pin, login->pin);
    em_copy(operation->device_profile, login->device_profile);
    em_copy(operation->remote_address, login->remote_address);
    em_copy(operation->source, home->peer_cluster);
    operation->vouched = true;
    em_copy(operation->lease_id, login->idempotency_key);
    em_copy(operation->trace_id, home->trace_id);
    em_copy(operation->application_user, login->application_user);
    operation->by_application = operation->application_user[0] != '\0';
    operation->requested_minutes = operation->by_application ? login->requested_minutes : 0;
    sj_trace(em->scope, home->trace_id, "%s%s%scluster %s asks to log %s in on its phone %s",
             operation->by_application ? "application " : "", operation->application_user,
             operation->by_application ? " of " : "", home->peer_cluster, operation->user_id, operation->device_name);
    code = EM_OK;
    if (answer_repeated(home, &code, cause)) {
        if (code != EM_OK) {
            em_operation_finish(operation, code, "%s", cause);
        }
        return;
    }
    code = check_all(home, cause);
    operation->revoked =
        em_ended_leases_has(&em->ended_leases, home->peer_cluster, login->idempotency_key, sj_monotonic_ms(em->scope));
    if (code == EM_OK && em_operation_is_cancelled(operation, cause)) {
        code = em_operation_cancelled_code(operation);
    }
    if (code == EM_OK && names_another_session(home, cause)) {
        code = EM_PARSING;
    }
    if (code == EM_OK && (operation->requested_minutes < 0 || operation->requested_minutes > EM_MINUTES_MAX)) {
        em_print(cause, sizeof cause, "a login of %lld minutes is asked for; expected at most %d",
                 (long long)operation->requested_minutes, EM_MINUTES_MAX);
        code = EM_LOGOUT_REQUEST;
    }
    if (code == EM_OK && !application_allowed(home, cause)) {
        code = EM_PROXY;
    }
    if (code != EM_OK) {
        em_operation_finish(operation, code, "%s", cause);
        return;
    }
    if (operation->by_application && operation->pin[0] == '\0') {
        trust_application(home);
        return;
    }
    em_credential_verify_pin(em, operation->scope, operation->local, operation->source, operation->vouched, operation->pin,
                             verified, home);
}

void em_home_login_start(struct em *em, sj_intercluster_login *login, const char *peer_cluster, const char *trace_id,
                         uint64_t deadline, em_home_answer_fn done, void *user) {
    struct home_login *home = calloc(1, sizeof *home);
    if (home != NULL) {
        home->em = em;
    }
    sj_scope *scope = home != NULL ? sj_scope_open(em->scope, "home login", closed, home) : NULL;
    if (scope == NULL) {
        const sj_intercluster_login_answer answer = {.protocol = EM_PROTOCOL,
                                                     .cluster_id = em->scope->host->node->cluster_id,
                                                     .code = EM_DATABASE,
                                                     .cause = "out of memory"};
        em_login_message_free(em, login);
        free(home);
        done(user, &answer);
        return;
    }
    home->scope = scope;
    home->login = login;
    home->deadline = deadline;
    home->answer = done;
    home->user = user;
    em_copy(home->peer_cluster, peer_cluster);
    em_copy(home->trace_id, trace_id);
    begin(home);
}
