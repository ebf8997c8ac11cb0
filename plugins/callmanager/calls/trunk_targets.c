/* What a call over a trunk is offered to: its destinations, the nodes of a remote cluster, the
 * cluster in which a visitor's phone stands. */
#include "calls/trunk.h"
#include "resources/session.h"

#include <stdio.h>

static bool make_target(struct call_target *target, const char *trunk, const char *called,
                        const char *host, int port, sj_sip_transport transport,
                        const sj_address *address) {
    struct sip_writer writer;
    memset(target, 0, sizeof *target);
    target->flow.remote = *address;
    target->flow.transport = transport;
    target->trunk = true;
    (void)snprintf(target->called, sizeof target->called, "%s", called);
    (void)snprintf(target->device_name, sizeof target->device_name, "%s", trunk);
    sip_writer_init(&writer, target->uri, sizeof target->uri - 1);
    sip_put(&writer, "sip:");
    sip_put_user(&writer, called);
    sip_put(&writer, called[0] == '\0' ? "" : "@");
    sip_put_host(&writer, host, port);
    sip_put(&writer, transport == SJ_SIP_TRANSPORT_TCP   ? ";transport=tcp"
                     : transport == SJ_SIP_TRANSPORT_TLS ? ";transport=tls"
                                                         : "");
    target->uri[writer.used] = '\0';
    return !writer.overflow;
}

bool trunk_make_target(struct call_target *target, const struct trunk_destination *destination,
                       const sj_address *address, const char *called) {
    return make_target(target, destination->trunk, called, destination->address, destination->port,
                       destination->transport, address);
}

sj_sip_transport trunk_transport(const struct call_manager *manager, const sj_sip_trunk *trunk) {
    const sj_sip_trunk_security_profile *profile = dial_plan_get(
        &manager->plan, PLAN_SIP_TRUNK_SECURITY_PROFILE, trunk->sip_trunk_security_profile);
    if (profile != NULL && profile->outgoing_transport == SJ_TRUNK_TRANSPORT_UDP) {
        return SJ_SIP_TRANSPORT_UDP;
    }
    return profile != NULL && profile->outgoing_transport == SJ_TRUNK_TRANSPORT_TLS
               ? SJ_SIP_TRANSPORT_TLS
               : SJ_SIP_TRANSPORT_TCP;
}

/* A destination that is not made yet, as an analysis tries it: an address is one without being
 * asked for. */
static bool make_target_untried(const struct call_manager *manager, const sj_sip_trunk *trunk,
                                const sj_sip_trunk_destination *configured, const char *called,
                                struct call_target *target) {
    sj_address address;
    return !trunk->destination_address_is_srv &&
           sj_address_parse(configured->address, (int)configured->port, &address) == SJ_OK &&
           make_target(target, trunk->name, called, configured->address, (int)configured->port,
                       trunk_transport(manager, trunk), &address);
}

/* One round over a trunk's destinations: first those that are worth a try, then those that could
 * not be reached. */
static size_t add_targets(struct call_manager *manager, const sj_sip_trunk *trunk,
                          const char *called, bool out, struct call_target *targets, size_t room) {
    size_t count = 0;
    for (size_t i = 0; i < trunk->destinations_count && count < room; i++) {
        const struct trunk_destination *destination =
            trunk_destination_configured(manager, trunk, i);
        if (destination == NULL) {
            count += !out && make_target_untried(manager, trunk, &trunk->destinations[i], called,
                                                 &targets[count]);
            continue;
        }
        for (size_t j = 0; j < destination->count && count < room; j++) {
            const struct trunk_address *address = &destination->addresses[j];
            count += (address->reach == SJ_TRUNK_REACH_UNREACHABLE) == out &&
                     trunk_make_target(&targets[count], destination, &address->address, called);
        }
    }
    for (size_t i = 0; i < count; i++) {
        targets[i].no_diversion = !trunk->redirecting_diversion_header_delivery_outbound;
    }
    return count;
}

size_t trunk_targets(struct call_manager *manager, const char *name, const char *called,
                     struct call_target *targets, size_t room, sj_error *reason) {
    const sj_sip_trunk *trunk = dial_plan_get(&manager->plan, PLAN_SIP_TRUNK, name);
    size_t count;
    if (trunk == NULL || trunk->trunk_service_type != SJ_SIP_TRUNK_SERVICE_TYPE_NONE) {
        return 0;
    }
    count = add_targets(manager, trunk, called, false, targets, room);
    count += add_targets(manager, trunk, called, true, targets + count, room - count);
    for (size_t i = 0; count == 0 && i < trunk->destinations_count; i++) {
        const struct trunk_destination *destination =
            trunk_destination_configured(manager, trunk, i);
        (void)sj_error_set(
            reason, SJ_E_UNAVAILABLE, "trunk %s: destination %s: %s", name,
            trunk->destinations[i].address,
            destination == NULL ? "its address is looked up when the change has been made"
            : destination->unresolved[0] != '\0' ? destination->unresolved
                                                 : "DNS look-up of its address in progress");
    }
    return count;
}

sj_sip_transport trunk_service_transport(const sj_remote_cluster_status *status) {
    return status->sip_transport == SJ_TRUNK_TRANSPORT_UDP   ? SJ_SIP_TRANSPORT_UDP
           : status->sip_transport == SJ_TRUNK_TRANSPORT_TLS ? SJ_SIP_TRANSPORT_TLS
                                                             : SJ_SIP_TRANSPORT_TCP;
}

size_t trunk_service_targets(struct call_manager *manager, const char *trunk,
                             const char *cluster_id, enum sj_intercluster_service service,
                             const char *called, struct call_target *targets, size_t room) {
    const sj_remote_cluster_status *status =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, cluster_id);
    size_t count = 0;
    if (status != NULL && trunk_wants_tls(manager, trunk, true) &&
        trunk_service_transport(status) != SJ_SIP_TRANSPORT_TLS) {
        return 0; /* never in the clear */
    }
    for (size_t i = 0; status != NULL && i < status->services_count; i++) {
        const sj_remote_cluster_status_service *offered = &status->services[i];
        for (size_t j = 0;
             offered->service == service && j < offered->addresses_count && count < room; j++) {
            const int port = status->sip_port > 0 ? (int)status->sip_port : 5060;
            sj_address address;
            count += sj_address_parse(offered->addresses[j], port, &address) == SJ_OK &&
                     make_target(&targets[count], trunk, called, offered->addresses[j], port,
                                 trunk_service_transport(status), &address);
        }
    }
    return count;
}

size_t trunk_return_targets(struct call_manager *manager, const struct device *caller,
                            const char *called, struct call_target *targets, size_t room,
                            sj_error *error) {
    const char *cluster_id = caller->login->visiting_cluster_id;
    const sj_intercluster_service_profile *profile =
        dial_plan_get(&manager->plan, PLAN_INTERCLUSTER_SERVICE_PROFILE, "default");
    const sj_remote_cluster *cluster =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER, cluster_id);
    const sj_remote_cluster_status *status =
        dial_plan_get(&manager->plan, PLAN_REMOTE_CLUSTER_STATUS, cluster_id);
    sj_session *session = NULL;
    char lease[70] = "";
    size_t count = 0;
    if (profile == NULL || !profile->pstn_access_active ||
        profile->pstn_access_sip_trunk[0] == '\0') {
        (void)sj_error_set(error, SJ_E_UNAVAILABLE,
                           "PSTN access is not active in the intercluster service profile");
        return 0;
    }
    if (cluster == NULL || !cluster->pstn_access || status == NULL) {
        (void)sj_error_set(
            error, SJ_E_UNAVAILABLE,
            "PSTN access with cluster %s is not enabled, or its state is not known yet",
            cluster_id);
        return 0;
    }
    if (sj_session_get(manager->scope, caller->name, &session, NULL) == SJ_OK) {
        (void)snprintf(lease, sizeof lease, "%s", session->lease_id);
        sj_record_free(manager->scope, session);
    }
    count = trunk_service_targets(manager, profile->pstn_access_sip_trunk, cluster_id,
                                  SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS, called, targets, room);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(targets[i].emcc, sizeof targets[i].emcc, "device=%s;cluster=%s",
                       caller->name, manager->scope->host->node->cluster_id);
        (void)snprintf(targets[i].emcc_device, sizeof targets[i].emcc_device, "%s", caller->name);
        (void)snprintf(targets[i].lease, sizeof targets[i].lease, "%s", lease);
        (void)snprintf(targets[i].remote_cluster_id, sizeof targets[i].remote_cluster_id, "%s",
                       cluster_id);
    }
    if (count == 0 && trunk_wants_tls(manager, profile->pstn_access_sip_trunk, true) &&
        trunk_service_transport(status) != SJ_SIP_TRANSPORT_TLS) {
        (void)sj_error_set(error, SJ_E_UNAVAILABLE,
                           "trunk %s asks for TLS, and cluster %s takes calls over %s",
                           profile->pstn_access_sip_trunk, cluster_id,
                           sip_transport_text(trunk_service_transport(status)));
    } else if (count == 0) {
        (void)sj_error_set(error, SJ_E_UNAVAILABLE,
                           "no address for PSTN access is known of cluster %s", cluster_id);
    }
    return count;
}
