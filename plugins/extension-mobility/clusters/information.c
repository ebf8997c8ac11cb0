/* What this cluster says of itself to others: version, security mode, services with all their
 * nodes, region parameters, places.
 */
#include "clusters/information.h"

#include "clusters/activations.h"
#include "clusters/peer_protocol.h"
#include "devices/geolocation_match.h"
#include "messages/intercluster.h"
#include "parameters/emcc.h"
#include "parameters/enterprise.h"
#include "resources/device_pool.h"
#include "resources/geolocation.h"
#include "resources/intercluster_service_profile.h"
#include "resources/node.h"
#include "resources/phone.h"
#include "resources/sip_trunk.h"
#include "resources/sip_trunk_security_profile.h"

enum { MAX_NODES = 64, MAX_PLACES = 200 };

static const char *copy_text(void *user, const char *text) {
    const char *copy = sj_scope_strdup(user, text);
    return sj_or_empty(copy);
}

static void add_node(const char **addresses, size_t *count, const char *address) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(addresses[i], address) == 0) {
            return;
        }
    }
    if (sj_given(address) && *count < MAX_NODES) {
        addresses[(*count)++] = address;
    }
}

/* The addresses of all nodes where a service is activated, those preferred first; memory of
 * `scope`. */
static size_t service_addresses(struct em *em, sj_scope *scope, const char *service,
                                const char *preferred, const char *backup, const char **addresses) {
    const char *const wishes[] = {preferred, backup};
    sj_list nodes = {0};
    size_t count = 0;
    if (sj_cluster_node_list(em->scope, NULL, &nodes, NULL) != SJ_OK) {
        return 0;
    }
    for (size_t w = 0; w < 2; w++) {
        for (size_t i = 0; i < nodes.count && sj_given(wishes[w]); i++) {
            const sj_cluster_node *node = sj_cluster_node_at(&nodes, i);
            if (strcmp(node->name, wishes[w]) == 0 || strcmp(node->address, wishes[w]) == 0) {
                add_node(addresses, &count, sj_scope_strdup(scope, node->address));
            }
        }
    }
    for (size_t i = 0; i < nodes.count; i++) {
        const sj_cluster_node *node = sj_cluster_node_at(&nodes, i);
        if (em_service_is_active_on(em->scope, service, node->name)) {
            add_node(addresses, &count, sj_scope_strdup(scope, node->address));
        }
    }
    sj_list_free(em->scope, &nodes);
    return count;
}

/* Whether a phone stands there, by its own geolocation or its device pool's. */
static bool is_occupied(struct em *em, const sj_list *pools, const char *place) {
    const sj_query own = {.field = "geolocation", .value = place, .limit = 1};
    bool occupied = sj_phone_count(em->scope, &own, NULL) > 0;
    for (size_t i = 0; i < pools->count && !occupied; i++) {
        const sj_device_pool *pool = sj_device_pool_at(pools, i);
        const sj_query of_pool = {.field = "device_pool", .value = pool->name, .limit = 1};
        occupied =
            strcmp(pool->geolocation, place) == 0 && sj_phone_count(em->scope, &of_pool, NULL) > 0;
    }
    return occupied || strcmp(sj_param_enterprise_default_geolocation(em->scope), place) == 0;
}

/* The places of this cluster's phones; each is copied, since the records do not outlive the list.
 */
static void add_places(struct em *em, sj_scope *scope, sj_intercluster_information *own) {
    sj_list places = {0}, pools = {0};
    sj_intercluster_information_place *found = sj_scope_alloc(scope, MAX_PLACES * sizeof *found);
    if (found != NULL && sj_device_pool_list(em->scope, NULL, &pools, NULL) == SJ_OK &&
        sj_geolocation_list(em->scope, NULL, &places, NULL) == SJ_OK) {
        for (size_t i = 0; i < places.count && own->places_count < MAX_PLACES; i++) {
            const sj_geolocation *place = sj_geolocation_at(&places, i);
            if (is_occupied(em, &pools, place->name)) {
                sj_intercluster_information_place *copy = &found[own->places_count++];
                copy->name = sj_scope_strdup(scope, place->name);
                em_geolocation_copy(&place->address, &copy->geolocation, copy_text, scope);
            }
        }
        own->places = found;
    }
    sj_list_free(em->scope, &places);
    sj_list_free(em->scope, &pools);
}

/* Whether calls over the trunk come in over TLS alone. */
static bool calls_come_over_tls(struct em *em, const char *name) {
    sj_sip_trunk *trunk = NULL;
    sj_sip_trunk_security_profile *security = NULL;
    bool tls = false;
    if (name[0] != '\0' && sj_sip_trunk_get(em->scope, name, &trunk, NULL) == SJ_OK &&
        sj_sip_trunk_security_profile_get(em->scope, trunk->sip_trunk_security_profile, &security,
                                          NULL) == SJ_OK) {
        tls = security->incoming_transport == SJ_SIP_TRUNK_SECURITY_PROFILE_INCOMING_TRANSPORT_TLS;
    }
    sj_record_free(em->scope, security);
    sj_record_free(em->scope, trunk);
    return tls;
}

sj_intercluster_information *em_information_build(struct em *em, sj_scope *scope) {
    static const struct {
        sj_intercluster_service service;
        const char *name;
    } kinds[] = {{SJ_INTERCLUSTER_SERVICE_EMCC, "extension-mobility"},
                 {SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS, "callmanager"},
                 {SJ_INTERCLUSTER_SERVICE_RSVP_AGENT, "callmanager"},
                 {SJ_INTERCLUSTER_SERVICE_TFTP, "tftp"},
                 {SJ_INTERCLUSTER_SERVICE_LBM, "lbm"}};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    const sj_node *node = em->scope->host->node;
    sj_intercluster_information *own = sj_scope_alloc(scope, sizeof *own);
    sj_intercluster_information_service *services = sj_scope_alloc(scope, KINDS * sizeof *services);
    const char **addresses = sj_scope_alloc(scope, (size_t)KINDS * MAX_NODES * sizeof *addresses);
    sj_intercluster_service_profile *profile = NULL;
    if (own == NULL || services == NULL || addresses == NULL) {
        return NULL;
    }
    (void)sj_intercluster_service_profile_get(em->scope, "default", &profile, NULL);
    for (size_t i = 0; i < KINDS; i++) {
        const bool emcc = kinds[i].service == SJ_INTERCLUSTER_SERVICE_EMCC;
        services[i].service = kinds[i].service;
        services[i].addresses = addresses + i * (size_t)MAX_NODES;
        services[i].addresses_count = service_addresses(
            em, scope, kinds[i].name,
            emcc ? sj_param_emcc_default_server_for_remote_cluster_update(em->scope) : "",
            emcc ? sj_param_emcc_backup_server_for_remote_cluster_update(em->scope) : "",
            addresses + i * (size_t)MAX_NODES);
        services[i].active = services[i].addresses_count > 0;
        if (emcc) {
            services[i].active = profile != NULL && profile->emcc_active;
        } else if (kinds[i].service == SJ_INTERCLUSTER_SERVICE_PSTN_ACCESS) {
            services[i].active = profile != NULL && profile->pstn_access_active;
        } else if (kinds[i].service == SJ_INTERCLUSTER_SERVICE_RSVP_AGENT) {
            services[i].active = profile != NULL && profile->rsvp_agent_active;
        }
    }
    const bool tls = profile != NULL && calls_come_over_tls(em, profile->pstn_access_sip_trunk);
    sj_record_free(em->scope, profile);
    own->protocol = EM_PROTOCOL;
    own->cluster_id = node->cluster_id;
    own->version = node->version;
    own->mixed_mode = sj_param_enterprise_cluster_security_mode(em->scope) ==
                      SJ_ENTERPRISE_CLUSTER_SECURITY_MODE_MIXED;
    own->services = services;
    own->services_count = KINDS;
    own->https_port = node->https_port;
    own->sip_port = tls ? node->sips_port : node->sip_port;
    own->sip_transport = tls ? "tls" : "tcp";
    own->tftp_http_port = node->tftp_http_port;
    own->max_audio_bit_rate = sj_param_emcc_region_max_audio_bit_rate(em->scope);
    own->max_video_bit_rate = sj_param_emcc_region_max_video_call_bit_rate(em->scope);
    own->audio_codec_preference_list = sj_param_emcc_region_audio_codec_preference_list(em->scope);
    add_places(em, scope, own);
    return own;
}
