/* The steps of a login of a user of this cluster on a phone of another: the checks, each with its
 * code, then base device, live device and session in one transaction. */
#include "clusters/partner.h"
#include "devices/compose.h"
#include "devices/overlay.h"
#include "devices/roaming.h"
#include "devices/security_matrix.h"
#include "messages/intercluster.h"
#include "parameters/enterprise.h"
#include "reporting/announce.h"
#include "reporting/error_codes.h"
#include "resources/emcc_base_device.h"
#include "resources/emcc_template.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/remote_cluster.h"
#include "resources/session.h"
#include "sessions/ended_leases.h"
#include "sessions/home_request.h"
#include "sessions/home_servers.h"
#include "sessions/login_steps.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"
#include "users/access.h"
#include "users/users.h"

/* ---- a repetition ---- */

static void confirmed(void *user, int status, const sj_error *error) {
    struct em_operation *operation = user;
    em_login_resume(operation,
                    status == SJ_OK
                        ? em_login_end(operation, EM_OK, "was logged in already")
                        : em_login_end(operation, EM_DATABASE, "the session was not written: %s",
                                       error != NULL ? error->text : ""));
}

/* The session that this very request made before is confirmed, and its answer repeated once that is
 * durable. */
static enum em_login_next repeat(struct em_operation *operation, const sj_session *session) {
    struct em *em = operation->em;
    struct em_home_request *home = operation->home.request;
    char cause[EM_CAUSE_ROOM] = "";
    sj_error error = {0};
    if (session->state != SJ_SESSION_STATE_ACTIVE) {
        return em_login_end(operation, EM_POLICY_VALIDATION,
                            "this login has been ended already (%.100s)", session->end_reason);
    }
    operation->login.expires_at = session->expires_at;
    em_copy(operation->user_id, session->user_id);
    sj_trace(em->scope, operation->trace_id,
             "this login has been carried out before; its answer is repeated");
    if (!em_home_servers_find(em, operation->device_name, &home->servers, cause)) {
        return em_login_end(operation, EM_CONFIGURATION, "%s", cause);
    }
    if (em_store_confirm(em, operation->scope, session, confirmed, operation, &error) != SJ_OK) {
        return em_login_end(operation, EM_DATABASE, "the session was not written: %.400s",
                            error.text);
    }
    return EM_LOGIN_WAIT;
}

enum em_login_next em_home_check_repeated(struct em_operation *operation,
                                          struct em_login_parts *parts) {
    sj_scope *scope = operation->em->scope;
    sj_session *session = NULL;
    (void)parts;
    const bool repeated = sj_session_get(scope, operation->device_name, &session, NULL) == SJ_OK &&
                          strcmp(session->lease_id, operation->login.lease_id) == 0 &&
                          strcmp(session->remote_cluster_id, operation->home.visiting_cluster) == 0;
    const enum em_login_next next = repeated ? repeat(operation, session) : EM_LOGIN_CONTINUE;
    sj_record_free(scope, session);
    return next;
}

/* ---- checks ---- */

enum em_login_next em_home_check_partner(struct em_operation *operation,
                                         struct em_login_parts *parts) {
    char cause[EM_CAUSE_ROOM] = "";
    (void)parts;
    const enum em_code code =
        em_partner_standing(operation->em, operation->home.visiting_cluster, cause);
    return code == EM_OK ? EM_LOGIN_CONTINUE : em_login_end(operation, code, "%s", cause);
}

enum em_login_next em_home_find_user(struct em_operation *operation, struct em_login_parts *parts) {
    struct em *em = operation->em;
    const char *name = operation->home.request->login->model;
    char cause[EM_CAUSE_ROOM] = "";
    sj_phone_model *model = NULL;
    (void)parts;
    const enum em_code code = em_user_find(em, operation->request.login_type, operation->user_id,
                                           &operation->login.end_user, cause);
    if (code != EM_OK) {
        return em_login_end(
            operation, code == EM_EXTENSION_SHARED ? EM_EXTENSION_SHARED_HOME : code, "%s", cause);
    }
    em_copy(operation->user_id, operation->login.end_user->user_id);
    if (!operation->login.end_user->enable_emcc) {
        return em_login_end(operation, EM_USER_NOT_ENABLED,
                            "Enable Extension Mobility Cross Cluster is off for %s",
                            operation->user_id);
    }
    const bool able =
        sj_phone_model_get(em->scope, name, &model, NULL) == SJ_OK && model->supports_emcc;
    sj_record_free(em->scope, model);
    return able ? EM_LOGIN_CONTINUE
                : em_login_end(operation, EM_MODEL,
                               "the home cluster does not support EMCC on the model %.100s", name);
}

/* Before the PIN is checked. A login that replaces a session of the same phone takes its base
 * device over. */
enum em_login_next em_home_check_base_device(struct em_operation *operation,
                                             struct em_login_parts *parts) {
    struct em *em = operation->em;
    sj_session *own = NULL;
    (void)parts;
    sj_emcc_base_device *free_device = em_store_free_base_device(em);
    const bool replaces = sj_session_get(em->scope, operation->device_name, &own, NULL) == SJ_OK &&
                          sj_given(own->base_device);
    const bool found = free_device != NULL || replaces;
    sj_record_free(em->scope, own);
    sj_record_free(em->scope, free_device);
    return found ? EM_LOGIN_CONTINUE
                 : em_login_end(operation, EM_NO_BASE_DEVICE,
                                "the home cluster has no free EMCC base device");
}

enum em_login_next em_home_check_device(struct em_operation *operation,
                                        struct em_login_parts *parts) {
    sj_scope *scope = operation->em->scope;
    sj_phone *phone = NULL;
    sj_session *session = NULL;
    enum em_login_next next = EM_LOGIN_CONTINUE;
    (void)parts;
    if (sj_phone_get(scope, operation->device_name, &phone, NULL) == SJ_OK) {
        next = em_login_end(operation, EM_DUPLICATE_DEVICE,
                            "%s is also a phone of the home cluster", operation->device_name);
    } else if (sj_session_get(scope, operation->device_name, &session, NULL) == SJ_OK &&
               session->state == SJ_SESSION_STATE_ACTIVE &&
               strcmp(session->remote_cluster_id, operation->home.visiting_cluster) != 0) {
        next = em_login_end(operation, EM_DUPLICATE_DEVICE,
                            "a device %s of cluster %s is logged in at the home cluster",
                            operation->device_name, session->remote_cluster_id);
    }
    sj_record_free(scope, phone);
    sj_record_free(scope, session);
    return next;
}

enum em_login_next em_home_find_servers(struct em_operation *operation,
                                        struct em_login_parts *parts) {
    char cause[EM_CAUSE_ROOM] = "";
    (void)parts;
    return em_home_servers_find(operation->em, operation->device_name,
                                &operation->home.request->servers, cause)
               ? EM_LOGIN_CONTINUE
               : em_login_end(operation, EM_CONFIGURATION, "%s", cause);
}

/* On a slow line a login may arrive after the logout that revoked it. */
enum em_login_next em_home_check_wanted_at_arrival(struct em_operation *operation,
                                                   struct em_login_parts *parts) {
    struct em *em = operation->em;
    char cause[EM_CAUSE_ROOM];
    (void)parts;
    operation->login.revoked =
        em_ended_leases_has(&em->ended_leases, operation->home.visiting_cluster,
                            operation->login.lease_id, sj_monotonic_ms(em->scope));
    return em_operation_is_cancelled(operation, cause)
               ? em_login_end(operation, em_operation_cancelled_code(operation), "%s", cause)
               : EM_LOGIN_CONTINUE;
}

/* A lease names one session: a cluster that has heard of it must not be able to claim it. */
enum em_login_next em_home_check_lease(struct em_operation *operation,
                                       struct em_login_parts *parts) {
    const sj_query by_lease = {.field = "lease_id", .value = operation->login.lease_id, .limit = 1};
    sj_list list = {0};
    enum em_login_next next = EM_LOGIN_CONTINUE;
    (void)parts;
    if (sj_session_list(operation->em->scope, &by_lease, &list, NULL) == SJ_OK && list.count > 0) {
        next = em_login_end(operation, EM_PARSING,
                            "the idempotency key of the login names the session on %s",
                            sj_session_at(&list, 0)->device_name);
    } else if (operation->request.requested_minutes < 0 ||
               operation->request.requested_minutes > EM_MINUTES_MAX) {
        next = em_login_end(operation, EM_LOGOUT_REQUEST,
                            "a login of %lld minutes is asked for; expected at most %d",
                            (long long)operation->request.requested_minutes, EM_MINUTES_MAX);
    }
    sj_list_free(operation->em->scope, &list);
    return next;
}

/* Which applications of which cluster may log whom in, an operator may say in the policy
 * proxy.allow. Without PIN there is only the word of the visiting cluster that its application has
 * the proxy right there. */
enum em_login_next em_home_check_application(struct em_operation *operation,
                                             struct em_login_parts *parts) {
    struct em *em = operation->em;
    char cause[EM_CAUSE_ROOM] = "";
    const struct em_access_request request = {.device_name = operation->device_name,
                                              .user_id = operation->user_id,
                                              .remote_address = operation->request.remote_address,
                                              .trace_id = operation->trace_id,
                                              .application_user =
                                                  operation->request.application_user,
                                              .visiting_cluster = operation->home.visiting_cluster,
                                              .emcc = true};
    (void)parts;
    if (!operation->request.by_application) {
        return EM_LOGIN_CONTINUE;
    }
    if (!em_access_allows_proxy(em, &request, false, cause)) {
        return em_login_end(operation, EM_PROXY, "%s", cause);
    }
    if (operation->request.pin[0] == '\0' &&
        !em_partner_accepts_applications(em, operation->home.visiting_cluster)) {
        return em_login_end(operation, EM_NO_PROXY_RIGHTS,
                            "Accept Logins by Applications is off in the home cluster's record of "
                            "%s: application %s must send "
                            "the PIN",
                            operation->home.visiting_cluster, operation->request.application_user);
    }
    if (operation->request.pin[0] == '\0' && operation->login.end_user->enabled) {
        sj_trace(em->scope, operation->trace_id,
                 "no PIN is needed: logins by applications of cluster %s are accepted",
                 operation->home.visiting_cluster);
    }
    return EM_LOGIN_CONTINUE;
}

/* ---- the device ---- */

/* That of the session it replaces, else the free one with the lowest number. Looked up only now:
 * what was free before the PIN was checked may have been taken. */
enum em_login_next em_home_take_base_device(struct em_operation *operation,
                                            struct em_login_parts *parts) {
    struct em *em = operation->em;
    sj_session *known = NULL;
    if (sj_session_get(em->scope, operation->device_name, &known, NULL) == SJ_OK &&
        known->state == SJ_SESSION_STATE_ACTIVE) {
        parts->replaced = known;
    } else {
        sj_record_free(em->scope, known);
    }
    const sj_session *replaced = parts->replaced;
    if (replaced != NULL && sj_given(replaced->base_device) &&
        sj_emcc_base_device_get(em->scope, replaced->base_device, &parts->base_device, NULL) ==
            SJ_OK &&
        strcmp(parts->base_device->device_name, replaced->device_name) != 0) {
        sj_record_free(em->scope, parts->base_device);
        parts->base_device = NULL;
    }
    if (parts->base_device == NULL) {
        parts->base_device = em_store_free_base_device(em);
    }
    return parts->base_device != NULL
               ? EM_LOGIN_CONTINUE
               : em_login_end(operation, EM_NO_BASE_DEVICE,
                              "the home cluster has no free EMCC base device");
}

/* `security_profile` of the parts: what the phone gets in place of the template's, or NULL. */
enum em_login_next em_home_decide_security(struct em_operation *operation,
                                           struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_intercluster_login *login = operation->home.request->login;
    sj_phone_security_profile *profile = NULL;
    sj_error error = {0};
    char cause[EM_CAUSE_ROOM];
    bool secure;
    if (sj_remote_cluster_get(em->scope, operation->home.visiting_cluster, &parts->cluster,
                              &error) != SJ_OK ||
        sj_emcc_template_get(em->scope, parts->base_device->emcc_template, &parts->emcc_template,
                             &error) != SJ_OK) {
        return em_login_end(operation, EM_DATABASE, "EMCC base device %s: %.300s",
                            parts->base_device->name, error.text);
    }
    const char *of_template = parts->emcc_template->phone_security_profile;
    if (sj_phone_security_profile_get(em->scope, of_template, &profile, &error) != SJ_OK) {
        return em_login_end(operation, EM_DATABASE, "EMCC template %s: %.300s",
                            parts->emcc_template->name, error.text);
    }
    const struct em_security_case security = {
        .home_mixed = sj_param_enterprise_cluster_security_mode(em->scope) ==
                      SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED,
        .visiting_mixed = login->mixed_mode,
        .home_supports_secure = true,
        .visiting_supports_secure =
            login->protocol >= 1 &&
            em_partner_supports_secure(em, operation->home.visiting_cluster, cause),
        .phone_secure = login->secure,
        .template_secure = profile->device_security_mode !=
                           SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE};
    sj_record_free(em->scope, profile);
    const enum em_code code = em_security_decide(&security, &secure);
    if (code != EM_OK) {
        return em_login_end(operation, code, "%s", em_code_entry(code)->cause);
    }
    parts->security_profile = secure && !security.template_secure ? EM_SECURE_PROFILE : NULL;
    sj_trace(em->scope, operation->trace_id,
             secure ? "the phone registers over TLS with its certificate, or not at all (security "
                      "profile %s)"
                    : "the phone registers without TLS (security profile %s)",
             parts->security_profile != NULL ? parts->security_profile : of_template);
    return EM_LOGIN_CONTINUE;
}

enum em_login_next em_home_compose(struct em_operation *operation, struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_intercluster_login *login = operation->home.request->login;
    parts->device_pool = em_roaming_find_device_pool(em, operation->scope, login, parts->cluster,
                                                     operation->trace_id);
    const struct em_visitor visitor = {
        .phone = {.security_profile = parts->security_profile,
                  .cluster_id = operation->home.visiting_cluster,
                  .device_name = login->device_name,
                  .model = login->model,
                  .user_locale = login->user_locale,
                  .logout_url = login->logout_url,
                  .sccp = strcmp(login->protocol_name, "SCCP") == 0,
                  .expansion_modules = login->expansion_modules,
                  .expansion_modules_count = login->expansion_modules_count,
                  .geolocation = &login->geolocation},
        .base_device = parts->base_device->name,
        .emcc_template = parts->emcc_template,
        .roaming_device_pool = parts->device_pool};
    parts->composition = em_compose_visitor(em, operation->scope, &visitor, parts->profile,
                                            operation->login.end_user, operation->trace_id);
    if (parts->composition == NULL) {
        sj_error error = {0};
        return em_login_end_unwritten(
            operation, sj_error_set(&error, SJ_E_NO_MEMORY, "out of memory"), &error);
    }
    return EM_LOGIN_CONTINUE;
}

/* ---- the session ---- */

enum em_login_next em_home_write(struct em_operation *operation, struct em_login_parts *parts) {
    const sj_session session = {.device_name = operation->device_name,
                                .kind = SJ_SESSION_KIND_HOME,
                                .user_id = operation->user_id,
                                .remote_cluster_id = operation->home.visiting_cluster,
                                .device_profile = parts->profile->name,
                                .base_device = parts->base_device->name,
                                .roaming_device_pool =
                                    parts->device_pool != NULL ? parts->device_pool->name : "",
                                .lease_id = operation->login.lease_id,
                                .login_time = parts->now,
                                .expires_at = operation->login.expires_at,
                                .confirmed_at = parts->now,
                                .trace_id = operation->trace_id,
                                .logged_in_by = operation->request.application_user,
                                .address = em_logout_address(operation)};
    const struct em_login_write write = {.session = &session,
                                         .live_device = &parts->composition->overlay.device,
                                         .base_device = parts->base_device->name,
                                         .replaced = parts->replaced};
    sj_error error = {0};
    const int status = em_store_login(operation->em, operation->scope, &write, em_login_durable,
                                      operation, &error);
    operation->login.committed = status == SJ_OK;
    if (status != SJ_OK) {
        return em_login_end_unwritten(operation, status, &error);
    }
    if (parts->replaced != NULL) {
        em_announce_ended(operation->em, parts->replaced, "reconciled");
    }
    return EM_LOGIN_WAIT;
}

enum em_login_next em_home_trace(struct em_operation *operation, struct em_login_parts *parts) {
    const sj_session *session = parts->session;
    sj_trace(operation->em->scope, operation->trace_id,
             "%s is logged in on %s of cluster %s; %s carries the phone", session->user_id,
             session->device_name, session->remote_cluster_id, session->base_device);
    return EM_LOGIN_CONTINUE;
}
