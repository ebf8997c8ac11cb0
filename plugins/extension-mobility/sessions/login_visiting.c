/* The steps of a login of a user of another cluster on a phone of this one: this cluster checks its
 * prerequisites, finds the user's home and asks it to log the user in. Once the home cluster has
 * agreed, the session is written here, and the phone is reset to fetch the file that sends it
 * there. */
#include "clusters/activations.h"
#include "clusters/home_lookup.h"
#include "clusters/intercluster_client.h"
#include "clusters/partner.h"
#include "clusters/peer_protocol.h"
#include "devices/device_reset.h"
#include "messages/intercluster.h"
#include "parameters/enterprise.h"
#include "reporting/announce.h"
#include "reporting/error_codes.h"
#include "resources/common_device_configuration.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/phone_model.h"
#include "resources/phone_security_profile.h"
#include "resources/session.h"
#include "sessions/login_steps.h"
#include "sessions/logout_right.h"
#include "sessions/operation.h"
#include "sessions/session_store.h"

enum { LOGIN_TIMEOUT_MS = 12000 };

/* Refused, by this cluster or by the home cluster: raises an alert unless the user made a mistake.
 */
static enum em_login_next end_with_alert(struct em_operation *operation, bool by_home, int code,
                                         const char *cause) {
    const struct em_emcc_failure failure = {.device_name = operation->device_name,
                                            .user_id = operation->user_id,
                                            .remote_cluster_id =
                                                operation->visiting.home_cluster_id,
                                            .trace_id = operation->trace_id,
                                            .by_home = by_home,
                                            .code = code,
                                            .cause = cause};
    em_announce_emcc_failure(operation->em, &failure);
    return em_login_end(operation, code, "%s", cause);
}

/* The place of a phone: its own, its device pool's, or the enterprise's. NULL when none is given.
 */
static sj_geolocation *place_of(struct em *em, const sj_phone *phone) {
    sj_geolocation *place = NULL;
    sj_device_pool *pool = NULL;
    const char *name = phone->geolocation;
    if (!sj_given(name) &&
        sj_device_pool_get(em->scope, phone->device_pool, &pool, NULL) == SJ_OK) {
        name = pool->geolocation;
    }
    if (!sj_given(name)) {
        name = sj_param_enterprise_default_geolocation(em->scope);
    }
    if (sj_given(name)) {
        (void)sj_geolocation_get(em->scope, name, &place, NULL);
    }
    sj_record_free(em->scope, pool);
    return place;
}

static bool is_secure(struct em *em, const sj_phone *phone) {
    sj_phone_security_profile *profile = NULL;
    const bool secure =
        sj_phone_security_profile_get(em->scope, phone->phone_security_profile, &profile, NULL) ==
            SJ_OK &&
        profile->device_security_mode != SJ_PHONE_SECURITY_PROFILE_DEVICE_SECURITY_MODE_NON_SECURE;
    sj_record_free(em->scope, profile);
    return secure;
}

static bool is_mixed(struct em *em) {
    return sj_param_enterprise_cluster_security_mode(em->scope) ==
           SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED;
}

/* Between clusters a phone is reached by IPv4. */
static bool is_ipv6_only(struct em *em, const sj_phone *phone) {
    sj_common_device_configuration *common = NULL;
    const bool only =
        sj_given(phone->common_device_configuration) &&
        sj_common_device_configuration_get(em->scope, phone->common_device_configuration, &common,
                                           NULL) == SJ_OK &&
        common->ip_addressing_mode == SJ_COMMON_DEVICE_CONFIGURATION_IP_ADDRESSING_MODE_IPV6_ONLY;
    sj_record_free(em->scope, common);
    return only;
}

/* What this cluster must have in order before it asks another. */
static enum em_code check_prerequisites(struct em_operation *operation, char cause[EM_CAUSE_ROOM]) {
    struct em *em = operation->em;
    sj_intercluster_service_profile *profile = NULL;
    sj_phone_model *model = NULL;
    sj_error error = {0};
    enum em_code code = EM_OK;
    if (sj_phone_model_get(em->scope, operation->login.phone->model, &model, &error) != SJ_OK ||
        !model->supports_emcc) {
        em_print(cause, EM_CAUSE_ROOM, "%s does not support EMCC", operation->login.phone->model);
        code = EM_DEVICE_WITHOUT_EMCC;
    } else if (is_ipv6_only(em, operation->login.phone)) {
        em_print(cause, EM_CAUSE_ROOM,
                 "%s has IPv6 only, as its common device configuration %s says: EMCC needs IPv4",
                 operation->device_name, operation->login.phone->common_device_configuration);
        code = EM_DEVICE_WITHOUT_EMCC;
    } else if (sj_intercluster_service_profile_get(em->scope, "default", &profile, &error) !=
                   SJ_OK ||
               !profile->emcc_active) {
        em_print(cause, EM_CAUSE_ROOM,
                 "EMCC is not active in the Intercluster Service Profile of this cluster");
        code = EM_AUTHENTICATION;
    } else if (!profile->pstn_access_active) {
        em_print(cause, EM_CAUSE_ROOM,
                 "PSTN Access is not active in the Intercluster Service Profile of this cluster");
        code = EM_EMCC_NOT_ACTIVATED;
    } else if (!em_service_is_active(
                   em->scope, "tftp")) { /* no phone learns that it is to go to its user's home */
        em_print(cause, EM_CAUSE_ROOM,
                 "Cisco TFTP is not activated on any node of this cluster, so that %s would not be "
                 "sent to its user's home "
                 "cluster: sojourn service activate tftp",
                 operation->device_name);
        code = EM_CONFIGURATION;
    }
    sj_record_free(em->scope, model);
    sj_record_free(em->scope, profile);
    return code;
}

enum em_login_next em_visiting_check_prerequisites(struct em_operation *operation,
                                                   struct em_login_parts *parts) {
    char cause[EM_CAUSE_ROOM] = "";
    enum em_code code = check_prerequisites(operation, cause);
    (void)parts;
    if (code == EM_OK && operation->request.pin[0] == '\0' &&
        operation->request.application_user[0] == '\0') {
        em_print(cause, sizeof cause,
                 "only an application with the proxy right may log users of other clusters in "
                 "without PIN");
        code = EM_NO_PROXY_RIGHTS;
    }
    return code == EM_OK ? EM_LOGIN_CONTINUE : end_with_alert(operation, false, code, cause);
}

/* ---- the home cluster ---- */

static void home_found(void *user, enum em_code code, const char *cluster_id, const char *cause) {
    struct em_operation *operation = user;
    em_copy(operation->visiting.home_cluster_id, code == EM_OK ? cluster_id : "");
    em_login_resume(operation, code == EM_OK ? EM_LOGIN_CONTINUE
                                             : end_with_alert(operation, false, code, cause));
}

/* The lease: both clusters know the session by it, and a repeated request is known by it. */
enum em_login_next em_visiting_find_home(struct em_operation *operation,
                                         struct em_login_parts *parts) {
    struct em *em = operation->em;
    (void)parts;
    sj_random_hex(em->scope, operation->login.lease_id, 32);
    sj_trace(em->scope, operation->trace_id, "%s is not a user of this cluster",
             operation->user_id);
    em_home_lookup(em, operation->scope, operation->request.login_type, operation->user_id,
                   operation->trace_id, home_found, operation);
    return EM_LOGIN_WAIT;
}

/* Before the PIN leaves: a phone that must be secure is not sent to a release that cannot make it
 * so. */
enum em_login_next em_visiting_check_release(struct em_operation *operation,
                                             struct em_login_parts *parts) {
    struct em *em = operation->em;
    char cause[EM_CAUSE_ROOM] = "";
    (void)parts;
    if (is_secure(em, operation->login.phone) && is_mixed(em) &&
        !em_partner_supports_secure(em, operation->visiting.home_cluster_id, cause)) {
        return end_with_alert(operation, false, EM_REMOTE_VERSION, cause);
    }
    return EM_LOGIN_CONTINUE;
}

static void home_answered(void *user, const struct em_peer_answer *answer) {
    struct em_operation *operation = user;
    sj_error error = {0};
    enum em_login_next next = EM_LOGIN_CONTINUE;
    if (answer->status != EM_PEER_ANSWERED) {
        next = end_with_alert(operation, false, em_peer_status_code(answer->status), answer->cause);
    } else if (sj_intercluster_login_answer_from_json(
                   operation->em->scope, answer->body, answer->body_length,
                   &operation->visiting.answer, &error) != SJ_OK) {
        next = em_login_end(operation, EM_PARSING, "the answer of cluster %s cannot be read: %s",
                            operation->visiting.home_cluster_id, error.text);
    }
    em_login_resume(operation, next);
}

enum em_login_next em_visiting_ask_home(struct em_operation *operation,
                                        struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_phone *phone = operation->login.phone;
    sj_geolocation *place = place_of(em, phone);
    char logout_url[EM_URL_ROOM];
    (void)parts;
    sj_random_hex(em->scope, operation->visiting.log_out_proof, 32);
    const bool proves = sj_given(operation->request.logout_url) &&
                        strlen(operation->request.logout_url) + 7 + 32 < sizeof logout_url;
    em_print(logout_url, sizeof logout_url, "%s%s%s", operation->request.logout_url,
             proves ? "&proof=" : "", proves ? operation->visiting.log_out_proof : "");
    sj_intercluster_login login = {
        .protocol = EM_PROTOCOL,
        .cluster_id = em->scope->host->node->cluster_id,
        .idempotency_key = operation->login.lease_id,
        .login_type = operation->request.login_type,
        .user_id = operation->user_id,
        .pin = operation->request.pin,
        .device_name = operation->device_name,
        .device_profile = operation->request.device_profile,
        .model = phone->model,
        .protocol_name = phone->protocol == SJ_DEVICE_PROTOCOL_SCCP ? "SCCP" : "SIP",
        .secure = is_secure(em, phone),
        .mixed_mode = is_mixed(em),
        .expansion_modules = phone->expansion_modules,
        .expansion_modules_count = phone->expansion_modules_count,
        .user_locale = phone->user_locale,
        .logout_url = logout_url,
        .remote_address = operation->request.remote_address,
        .via_header = operation->request.via_header,
        .application_user = operation->request.application_user,
        .requested_minutes = operation->request.requested_minutes,
    };
    if (place != NULL) {
        login.geolocation = place->address;
    }
    char *json = sj_intercluster_login_to_json(em->scope, &login);
    if (json == NULL) {
        sj_record_free(em->scope, place);
        return em_login_end(operation, EM_DATABASE, "out of memory");
    }
    sj_trace(em->scope, operation->trace_id, "asking home cluster %s to log %s in on %s%s%s",
             operation->visiting.home_cluster_id, operation->user_id, operation->device_name,
             place != NULL ? ", geolocation " : "", place != NULL ? place->name : "");
    operation->visiting.asked = true;
    em_peer_call(em, operation->scope, operation->visiting.home_cluster_id, "login", json,
                 LOGIN_TIMEOUT_MS, operation->trace_id, home_answered, operation);
    explicit_bzero(json, strlen(json));
    sj_text_free(em->scope, json);
    sj_record_free(em->scope, place);
    return EM_LOGIN_WAIT;
}

/* Where the phone is to be sent: into its file go hosts, and nothing else. */
static bool names_hosts(const sj_intercluster_login_answer *answer) {
    for (size_t i = 0; i < answer->tftp_addresses_count; i++) {
        if (!em_partner_host_is_valid(answer->tftp_addresses[i])) {
            return false;
        }
    }
    return answer->tftp_addresses_count > 0;
}

/* The home cluster refuses. A code that is in no table is newer than this release. */
static enum em_login_next end_refused(struct em_operation *operation,
                                      const sj_intercluster_login_answer *answer) {
    const bool known = answer->code > 0 && answer->code < 1000 && em_code_known((int)answer->code);
    const int code = known ? (int)answer->code : EM_PARSING;
    char cause[EM_CAUSE_ROOM];
    em_print(cause, sizeof cause, "home cluster %s refuses with %lld: %s",
             operation->visiting.home_cluster_id, (long long)answer->code, answer->cause);
    /* It has made no session, unless it is still at it, or its disk has failed. */
    operation->visiting.asked = code == EM_BUSY || code == EM_DATABASE;
    return end_with_alert(operation, true, code, cause);
}

enum em_login_next em_visiting_check_answer(struct em_operation *operation,
                                            struct em_login_parts *parts) {
    const sj_intercluster_login_answer *answer = operation->visiting.answer;
    char cancelled[EM_CAUSE_ROOM];
    (void)parts;
    if (answer->code == EM_CHOOSE_PROFILE && answer->profiles_count > 0) {
        return em_login_ask_profile(operation, answer->profiles, answer->profiles_count);
    }
    if (answer->code != 0) {
        return end_refused(operation, answer);
    }
    if (strcmp(answer->cluster_id, operation->visiting.home_cluster_id) != 0) {
        return em_login_end(operation, EM_UPDATE_CLUSTER_ID,
                            "the cluster configured as %s answers with the id %s",
                            operation->visiting.home_cluster_id, answer->cluster_id);
    }
    if (strcmp(answer->lease_id, operation->login.lease_id) != 0) {
        return em_login_end(operation, EM_PARSING,
                            "cluster %s answered another login than the one asked for",
                            operation->visiting.home_cluster_id);
    }
    if (!names_hosts(answer)) {
        return em_login_end(operation, EM_PARSING, "cluster %s gave no valid TFTP server",
                            operation->visiting.home_cluster_id);
    }
    if (em_operation_is_cancelled(operation, cancelled)) {
        return em_login_end(operation, em_operation_cancelled_code(operation), "%s", cancelled);
    }
    return EM_LOGIN_CONTINUE;
}

/* ---- the session ---- */

enum em_login_next em_visiting_write(struct em_operation *operation, struct em_login_parts *parts) {
    struct em *em = operation->em;
    const sj_intercluster_login_answer *answer = operation->visiting.answer;
    const int64_t now = parts->now;
    sj_error error = {0};
    if (sj_given(answer->user_id)) {
        em_copy(operation->user_id, answer->user_id);
    }
    const sj_session session = {
        .device_name = operation->device_name,
        .kind = SJ_SESSION_KIND_VISITING,
        .user_id = operation->user_id,
        .remote_cluster_id = operation->visiting.home_cluster_id,
        .lease_id = operation->login.lease_id,
        .login_time = now,
        /* By the clock of this node, which may differ from that of the home cluster. */
        .expires_at = answer->remaining_ms > 0 ? now + answer->remaining_ms : answer->expires_at,
        .confirmed_at = now,
        .trace_id = operation->trace_id,
        .home_tftp = answer->tftp_addresses,
        .home_tftp_count = answer->tftp_addresses_count < 4 ? answer->tftp_addresses_count : 4,
        .home_tftp_port = em_partner_tftp_http_port(em, operation->visiting.home_cluster_id,
                                                    answer->tftp_http_port),
        .logged_in_by = operation->request.application_user,
        .address = em_logout_address(operation),
        .log_out_proof = operation->visiting.log_out_proof};
    const struct em_login_write write = {.session = &session};
    const int status =
        em_store_login(em, operation->scope, &write, em_login_durable, operation, &error);
    operation->login.committed = status == SJ_OK;
    return status == SJ_OK ? EM_LOGIN_WAIT : em_login_end_unwritten(operation, status, &error);
}

enum em_login_next em_visiting_reset_phone(struct em_operation *operation,
                                           struct em_login_parts *parts) {
    (void)parts;
    sj_trace(operation->em->scope, operation->trace_id,
             "%s of cluster %s is logged in on %s; the phone is reset and sent there",
             operation->user_id, operation->visiting.home_cluster_id, operation->device_name);
    em_device_reset(operation->em, operation->device_name, true, operation->trace_id);
    return EM_LOGIN_CONTINUE;
}
