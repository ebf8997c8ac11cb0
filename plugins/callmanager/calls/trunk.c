/* SIP trunks. Reads the dial plan and, for visitors' calls, the sessions of the store. */
#include "calls/trunk.h"
#include "calls/conveyed_location.h"
#include "calls/trunk_registration.h"
#include "parameters/emcc.h"
#include "resources/session.h"
#include "sip/tls_identity.h"

#include <stdio.h>

static bool address_is(const char *text, const sj_address *address) {
    sj_address parsed;
    if (sj_address_parse(text, 0, &parsed) != SJ_OK ||
        parsed.any.sa_family != address->any.sa_family) {
        return false;
    }
    return parsed.any.sa_family == AF_INET6
               ? memcmp(&parsed.v6.sin6_addr, &address->v6.sin6_addr, 16) == 0
               : parsed.v4.sin_addr.s_addr == address->v4.sin_addr.s_addr;
}

/* ---- TLS ---- */

static const sj_sip_trunk_security_profile *security_of(const struct call_manager *manager,
                                                        const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record == NULL ? NULL
                          : dial_plan_get(&manager->plan, PLAN_SIP_TRUNK_SECURITY_PROFILE,
                                          record->sip_trunk_security_profile);
}

bool trunk_wants_tls(const struct call_manager *manager, const char *trunk, bool out) {
    const sj_sip_trunk_security_profile *security = security_of(manager, trunk);
    return security != NULL && (out ? security->outgoing_transport == SJ_TRUNK_TRANSPORT_TLS
                                    : security->incoming_transport ==
                                          SJ_SIP_TRUNK_SECURITY_PROFILE_INCOMING_TRANSPORT_TLS);
}

/* Who must vouch for the certificate of a trunk's peer. */
static void purpose_of(const struct trunk_destination *destination, char *purpose, size_t room) {
    if (destination->cluster_id[0] != '\0') {
        (void)snprintf(purpose, room, "cluster/%s", destination->cluster_id);
    } else {
        (void)snprintf(purpose, room, "sip_trunks");
    }
}

/* A remote cluster is known by its very certificate; other peers by the names that it bears. */
static bool is_right_peer(const struct trunk_destination *destination, const sj_tls_peer *peer) {
    const sj_sip_trunk_security_profile *security =
        security_of(destination->manager, destination->trunk);
    if (destination->cluster_id[0] != '\0') {
        return true;
    }
    return security != NULL && security->x509_subject_names_count > 0
               ? tls_identity_is_one_of(peer, security->x509_subject_names,
                                        security->x509_subject_names_count)
               : tls_identity_is_server(peer, destination->address);
}

static bool has_host(const struct trunk_destination *destination, const struct sip_flow *flow) {
    for (size_t i = 0; i < destination->count; i++) {
        const struct sip_flow candidate =
            sip_flow_to(flow->transport, &destination->addresses[i].address);
        if (sip_flow_same_host(&candidate, flow)) {
            return true;
        }
    }
    return false;
}

bool trunk_tls_call(void *user, const struct sip_flow *flow, struct sip_tls_call *tls_call) {
    for (const struct trunk_destination *destination = trunk_destinations_first(user, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        if (destination->transport == SJ_SIP_TRANSPORT_TLS && has_host(destination, flow)) {
            sj_address literal;
            purpose_of(destination, tls_call->purpose, sizeof tls_call->purpose);
            (void)snprintf(tls_call->server_name, sizeof tls_call->server_name, "%s",
                           sj_address_parse(destination->address, 0, &literal) == SJ_OK
                               ? ""
                               : destination->address);
            return true;
        }
    }
    return false;
}

bool trunk_tls_judge(void *user, const struct sip_flow *flow, const sj_tls_peer *peer, char *why,
                     size_t room) {
    char names[160];
    for (const struct trunk_destination *destination = trunk_destinations_first(user, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        if (destination->transport == SJ_SIP_TRANSPORT_TLS && has_host(destination, flow) &&
            is_right_peer(destination, peer)) {
            return true;
        }
    }
    tls_identity_describe(peer, names, sizeof names);
    (void)snprintf(why, room, "certificate name %.100s does not match the trunk", names);
    return false;
}

/* ---- incoming ---- */

bool trunk_is_of_cluster(const struct call_manager *manager, const char *cluster_id,
                         const sj_address *address) {
    const sj_remote_cluster *cluster =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER, cluster_id);
    const sj_remote_cluster_status *status =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, cluster_id);
    if (cluster == NULL) {
        return false;
    }
    if (address_is(cluster->fully_qualified_name, address)) {
        return true;
    }
    for (size_t i = 0; status != NULL && i < status->services_count; i++) {
        for (size_t j = 0; j < status->services[i].addresses_count; j++) {
            if (address_is(status->services[i].addresses[j], address)) {
                return true;
            }
        }
    }
    return false;
}

const char *trunk_cluster_at(const struct call_manager *manager, const sj_address *address) {
    const sj_list_link *link = NULL;
    const sj_remote_cluster *cluster;
    while ((cluster = dial_plan_walk(&manager->plan, PLAN_REMOTE_CLUSTER, &link)) != NULL) {
        if (trunk_is_of_cluster(manager, cluster->cluster_id, address)) {
            return cluster->cluster_id;
        }
    }
    return "";
}

bool trunk_is_known(struct call_manager *manager, const sj_address *address) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL) {
        if (trunk_destination_has(manager, trunk->name, address)) {
            return true;
        }
    }
    return trunk_cluster_at(manager, address)[0] != '\0';
}

bool sip_profile_is_immersive(const struct call_manager *manager, const char *sip_profile) {
    const sj_sip_profile *profile = dial_plan_get(&manager->plan, PLAN_SIP_PROFILE, sip_profile);
    return profile != NULL && profile->video_call_traffic_class == SJ_VIDEO_TRAFFIC_CLASS_IMMERSIVE;
}

bool trunk_conveys_location(const struct call_manager *manager, const char *trunk) {
    const sj_sip_trunk *record = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, trunk);
    return record != NULL && strcmp(record->location, SJ_LOCATION_SHADOW) == 0;
}

void trunk_note_cluster(const struct call_manager *manager, const sj_sip_trunk *trunk,
                        const sj_address *address, struct call_place *place) {
    (void)snprintf(place->cluster_id, sizeof place->cluster_id, "%s",
                   trunk_conveys_location(manager, trunk->name) ? trunk_cluster_at(manager, address)
                                                                : "");
}

/* "device=SEP...;cluster=..." */
static void read_emcc(struct sip_text value, char device_name[130], char cluster[52]) {
    static const char *const names[] = {"device", "cluster"};
    char *const texts[] = {device_name, cluster};
    const size_t room[] = {130, 52};
    for (size_t i = 0; i < 2; i++) {
        struct sip_text found;
        texts[i][0] = '\0';
        if (sip_param(value, names[i], &found)) {
            (void)sip_text_copy(found, texts[i], room[i]);
        }
    }
}

/* Takes the lease of the visitor's session, which the caller has still to prove. */
static int check_session(struct call_manager *manager, struct trunk_caller *caller,
                         sj_error *error) {
    sj_session *session = NULL;
    bool good = false;
    if (sj_session_get(manager->scope, caller->device_name, &session, NULL) == SJ_OK) {
        good = session->kind == SJ_SESSION_KIND_VISITING &&
               strcmp(session->remote_cluster_id, caller->remote_cluster_id) == 0 &&
               session->lease_id[0] != '\0';
        (void)snprintf(caller->lease, sizeof caller->lease, "%s", session->lease_id);
        sj_record_free(manager->scope, session);
    }
    return good ? SJ_OK
                : sj_error_set(error, SJ_E_DENIED,
                               "no user of cluster %s is logged in on phone %s here",
                               caller->remote_cluster_id, caller->device_name);
}

static int find_pstn_access_trunk(const struct call_manager *manager, struct trunk_caller *caller,
                                  sj_error *error) {
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    if (profile == NULL || !profile->pstn_access_active ||
        profile->pstn_access_sip_trunk[0] == '\0') {
        return sj_error_set(error, SJ_E_DENIED,
                            "PSTN access is not active in the intercluster service profile");
    }
    caller->trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, profile->pstn_access_sip_trunk);
    return caller->trunk != NULL
               ? SJ_OK
               : sj_error_set(error, SJ_E_DENIED, "the PSTN access trunk %s does not exist",
                              profile->pstn_access_sip_trunk);
}

/* The phone as it is here when no user is logged in: its own site decides over which gateway the
 * call goes. */
static int find_site(struct call_manager *manager, struct trunk_caller *caller, sj_error *error) {
    struct device *phone = NULL;
    if (device_load(manager->scope, caller->device_name, false, &phone, error) != SJ_OK) {
        return sj_error_set(error, SJ_E_DENIED, "phone %s is not configured here",
                            caller->device_name);
    }
    (void)snprintf(caller->place.location, sizeof caller->place.location, "%s",
                   device_text(phone, phone->location_at));
    caller->place.immersive = phone->immersive;
    (void)snprintf(caller->device_pool, sizeof caller->device_pool, "%s", phone->device_pool);
    (void)snprintf(caller->calling_search_space, sizeof caller->calling_search_space, "%s",
                   sj_param_emcc_css_for_pstn_access_sip_trunk(manager->scope) ==
                           SJ_EMCC_CSS_FOR_PSTN_ACCESS_SIP_TRUNK_USE_PHONES_ORIGINAL_DEVICE_CSS
                       ? device_text(phone, phone->device_css_at)
                       : caller->trunk->calling_search_space);
    device_free(phone);
    /* The home cluster sends back what the adjunct CSS finds, and nothing else. */
    caller->emergency = true;
    return SJ_OK;
}

int trunk_returned(struct call_manager *manager, struct trunk_caller *caller, sj_error *error) {
    const int status = find_pstn_access_trunk(manager, caller, error);
    return status == SJ_OK ? find_site(manager, caller, error) : status;
}

int trunk_returned_from(struct call_manager *manager, const char *cluster_id,
                        struct trunk_caller *caller, sj_error *error) {
    (void)snprintf(caller->remote_cluster_id, sizeof caller->remote_cluster_id, "%s", cluster_id);
    const int status = check_session(manager, caller, error);
    return status == SJ_OK ? trunk_returned(manager, caller, error) : status;
}

static int identify_emcc(struct call_manager *manager, const struct sip_message *request,
                         const struct sip_flow *flow, struct trunk_caller *caller,
                         sj_error *error) {
    sj_error inner;
    int status;
    read_emcc(sip_message_header(request, SIP_X_SOJOURN_EMCC), caller->device_name,
              caller->remote_cluster_id);
    if (caller->device_name[0] == '\0' || caller->remote_cluster_id[0] == '\0') {
        return sj_error_set(error, SJ_E_DENIED, "X-Sojourn-Emcc: expected device and cluster");
    }
    if (!trunk_is_of_cluster(manager, caller->remote_cluster_id, &flow->remote)) {
        return sj_error_set(error, SJ_E_DENIED,
                            "the call does not come from an address of cluster %s",
                            caller->remote_cluster_id);
    }
    status = find_pstn_access_trunk(manager, caller, error);
    if (status != SJ_OK) {
        return status;
    }
    if (trunk_wants_tls(manager, caller->trunk->name, false)) {
        char purpose[80];
        (void)snprintf(purpose, sizeof purpose, "cluster/%s", caller->remote_cluster_id);
        if (sip_transport_verify(&manager->transport, flow, purpose, &inner) != SJ_OK) {
            return sj_error_set(error, SJ_E_DENIED, "calls of trunk %s come in over TLS: %s",
                                caller->trunk->name, inner.text);
        }
    }
    status = check_session(manager, caller, error);
    return status == SJ_OK ? find_site(manager, caller, error) : status;
}

/* Whether the call comes as the trunk's security profile asks. `anywhere`: it comes from none of
 * the trunk's hosts, and the certificate alone says that it is the trunk's peer. */
static int check_incoming(struct call_manager *manager, const sj_sip_trunk *trunk,
                          const struct sip_flow *flow, bool anywhere, sj_error *error) {
    sj_tls_peer peer;
    sj_error inner;
    if (!trunk_wants_tls(manager, trunk->name, false) && flow->transport != SJ_SIP_TRANSPORT_TLS) {
        return SJ_OK;
    }
    if (flow->transport != SJ_SIP_TRANSPORT_TLS ||
        !sip_transport_peer(&manager->transport, flow, &peer)) {
        return sj_error_set(error, SJ_E_DENIED, "calls of trunk %s come in over TLS, not over %s",
                            trunk->name, sip_transport_text(flow->transport));
    }
    if (sip_transport_verify(&manager->transport, flow, "sip_trunks", &inner) != SJ_OK) {
        return sj_error_set(error, SJ_E_DENIED, "the peer of trunk %s: %s", trunk->name,
                            inner.text);
    }
    for (const struct trunk_destination *destination =
             trunk_destinations_first(manager, trunk->name);
         destination != NULL && strcmp(destination->trunk, trunk->name) == 0;
         destination = trunk_destinations_next(destination)) {
        if ((anywhere || has_host(destination, flow)) && is_right_peer(destination, &peer)) {
            return SJ_OK;
        }
    }
    char names[200];
    tls_identity_describe(&peer, names, sizeof names);
    return sj_error_set(error, SJ_E_DENIED, "certificate name %.100s does not match trunk %s",
                        names, trunk->name);
}

static void caller_over(const struct call_manager *manager, const sj_sip_trunk *trunk,
                        struct trunk_caller *caller) {
    caller->trunk = trunk;
    (void)snprintf(caller->place.location, sizeof caller->place.location, "%s", trunk->location);
    caller->place.immersive = sip_profile_is_immersive(manager, trunk->sip_profile);
    (void)snprintf(caller->device_pool, sizeof caller->device_pool, "%s", trunk->device_pool);
    (void)snprintf(caller->calling_search_space, sizeof caller->calling_search_space, "%s",
                   trunk->calling_search_space);
}

void trunk_caller_of(struct call_manager *manager, const sj_sip_trunk *trunk,
                     struct trunk_caller *caller) {
    memset(caller, 0, sizeof *caller);
    caller_over(manager, trunk, caller);
    for (const struct trunk_destination *destination =
             trunk_destinations_first(manager, trunk->name);
         destination != NULL && strcmp(destination->trunk, trunk->name) == 0;
         destination = trunk_destinations_next(destination)) {
        for (size_t i = 0; i < destination->count && caller->place.cluster_id[0] == '\0'; i++) {
            trunk_note_cluster(manager, trunk, &destination->addresses[i].address, &caller->place);
        }
    }
}

int trunk_from_cluster(struct call_manager *manager, const char *cluster_id,
                       struct trunk_caller *caller, sj_error *error) {
    for (const struct trunk_destination *destination = trunk_destinations_first(manager, NULL);
         destination != NULL; destination = trunk_destinations_next(destination)) {
        const sj_sip_trunk *trunk =
            dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, destination->trunk);
        if (trunk == NULL || trunk->trunk_service_type != SJ_SIP_TRUNK_SERVICE_TYPE_NONE) {
            continue;
        }
        for (size_t i = 0; i < destination->count; i++) {
            if (trunk_is_of_cluster(manager, cluster_id, &destination->addresses[i].address)) {
                caller_over(manager, trunk, caller);
                trunk_note_cluster(manager, trunk, &destination->addresses[i].address,
                                   &caller->place);
                return SJ_OK;
            }
        }
    }
    return sj_error_field(error, SJ_E_NOT_FOUND, "remote_cluster_id",
                          "no SIP trunk leads to cluster %s: its calls would be refused with 403",
                          cluster_id);
}

/* Any sender can say so, and write any address: the cluster must be one that may count together
 * with this one, and the trunk trusted for it, by a certificate (which check_incoming asks for over
 * TLS) or because somebody said so. */
bool trunk_emergency(const struct call_manager *manager, const char *trunk,
                     const struct sip_message *request, const struct sip_flow *flow) {
    if (!conveyed_emergency_read(request)) {
        return false;
    }
    const sj_remote_cluster *cluster = dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER,
                                                     trunk_cluster_at(manager, &flow->remote));
    const sj_sip_trunk_security_profile *security = security_of(manager, trunk);
    const bool trusted = flow->transport == SJ_SIP_TRANSPORT_TLS ||
                         (security != NULL && security->trust_emergency_calls);
    if (cluster != NULL && cluster->lbm && trusted) {
        return true;
    }
    sj_log_limited(manager->scope, SJ_LOG_WARNING, "an emergency call is not believed",
                   "over trunk %s: %s", trunk,
                   trusted ? "it comes from no remote cluster whose row LBM is on"
                           : "it comes in the clear, and Trust Emergency Calls of the trunk's "
                             "security profile is off");
    return false;
}

/* The trunk that has that source; NULL: there is none. Of two the one that has registered the
 * contact that is called. */
static const sj_sip_trunk *find_trunk(struct call_manager *manager, const char *registered,
                                      const sj_address *source) {
    const sj_list_link *link = NULL;
    const sj_sip_trunk *trunk;
    if (registered != NULL && (trunk_destination_has(manager, registered, source) ||
                               trunk_registration_is_with(manager, registered, source))) {
        return dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, registered);
    }
    while ((trunk = dial_plan_walk(&manager->plan, PLAN_SIP_TRUNK, &link)) != NULL &&
           !(trunk->trunk_service_type == SJ_SIP_TRUNK_SERVICE_TYPE_NONE &&
             trunk_destination_has(manager, trunk->name, source))) {
    }
    return trunk;
}

int trunk_identify(struct call_manager *manager, const struct sip_message *request,
                   const struct sip_flow *flow, struct trunk_caller *caller, sj_error *error) {
    struct sip_uri uri;
    memset(caller, 0, sizeof *caller);
    if (request->first[SIP_X_SOJOURN_EMCC] >= 0) {
        return identify_emcc(manager, request, flow, caller, error);
    }
    const char *registered =
        sip_uri_parse(request->uri, &uri) ? trunk_registration_at(manager, uri.user) : NULL;
    const sj_sip_trunk *trunk = find_trunk(manager, registered, &flow->remote);
    /* The contact stands in the registrar's records, and in requests in the clear: it tells which
     * trunk is meant, and proves nothing. */
    const bool anywhere =
        trunk == NULL && registered != NULL && flow->transport == SJ_SIP_TRANSPORT_TLS;
    trunk = anywhere ? dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, registered) : trunk;
    if (trunk == NULL && registered != NULL) {
        return sj_error_set(error, SJ_E_DENIED,
                            "the contact of trunk %s is not called from an address of its "
                            "provider, nor over TLS with the provider's certificate",
                            registered);
    }
    if (trunk == NULL) {
        return sj_error_set(error, SJ_E_NOT_FOUND, "no phone and no trunk has this address");
    }
    caller->at_contact = registered != NULL;
    caller_over(manager, trunk, caller);
    if (trunk_conveys_location(manager, trunk->name)) {
        (void)conveyed_location_read(request, &caller->place, NULL);
        trunk_note_cluster(manager, trunk, &flow->remote, &caller->place);
        caller->emergency = trunk_emergency(manager, trunk->name, request, flow);
    }
    return check_incoming(manager, trunk, flow, anywhere, error);
}
