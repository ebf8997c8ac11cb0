/* What is learned of other clusters becomes remote cluster records, so that they are in the Cluster
 * View, and events. */
#include "clusters.h"

#include <string.h>

#include "messages/ils.h"
#include "parameters/ils.h"
#include "resources/remote_cluster.h"
#include "trust.h"

enum { ROLES = ILS_SPOKE + 1 };

static const char *const standings[] = {"live", "left", "silent"};

/* A rule that names this cluster and nothing else. */
static bool is_blocked(const struct ils_service *service, const char *cluster_id) {
    for (size_t i = 0; i < service->blocks_count; i++) {
        const struct ils_block *block = &service->blocks[i];
        if (ils_block_is_of_cluster(block) && strcmp(block->cluster_id, cluster_id) == 0) {
            return true;
        }
    }
    return false;
}

static void add_record(struct ils_service *service, const struct ils_owner *owner) {
    sj_scope *scope = service->scope;
    sj_remote_cluster *present = NULL;
    void *message = NULL;
    sj_error error = {0};
    if (is_blocked(service, owner->cluster_id)) {
        return;
    }
    if (sj_remote_cluster_get(scope, owner->cluster_id, &present, NULL) == SJ_OK) {
        sj_record_free(scope, present);
        return;
    }
    if (scope->host->record_from_json(&sj_ils_detail_meta, owner->detail, owner->detail_length,
                                      &message, &error) == SJ_OK) {
        const sj_ils_detail *detail = message;
        const sj_remote_cluster record = {
            .cluster_id = owner->cluster_id,
            .description = "Learned by ILS",
            .fully_qualified_name = detail->fully_qualified_name,
            .https_port = detail->https_port,
            .emcc = sj_param_ils_learned_cluster_emcc(scope),
            .pstn_access = sj_param_ils_learned_cluster_pstn_access(scope),
            .rsvp_agent = sj_param_ils_learned_cluster_rsvp_agent(scope),
            .lbm = sj_param_ils_learned_cluster_lbm(scope),
            .geolocation_filter = ""};
        if (sj_remote_cluster_put(scope, &record, SJ_PUT_NEW, &error) == SJ_OK) {
            error.code = SJ_OK; /* that there was none before is noted in it */
            sj_log_info(scope,
                        "cluster %s has been learned by ILS: services that the parameters of ILS "
                        "do not switch on are off until somebody does (remote-cluster set)",
                        owner->cluster_id);
        }
        sj_record_free(scope, message);
    }
    if (error.code != SJ_OK) {
        sj_log_warning(scope, "no remote cluster record can be made of cluster %s: %s",
                       owner->cluster_id, error.text);
    }
}

void ils_clusters_judge(struct ils_service *service) {
    for (size_t i = 1; i < service->core->owners_count; i++) {
        struct ils_owner *owner = service->core->owners[i];
        if (owner->info_version > 0 &&
            (service->trust_changed || owner->judged != owner->info_version)) {
            owner->judged = owner->info_version;
            const bool before = owner->withdrawn;
            owner->withdrawn = ils_trust_of(service, owner->cluster_id) == SJ_ILS_TRUST_WITHDRAWN;
            if (before && !owner->withdrawn) {
                owner->recorded = 0; /* it has joined anew: its record may be gone */
            }
        }
    }
    service->trust_changed = false;
}

void ils_clusters_record_anew(struct ils_service *service, const char *cluster_id) {
    for (size_t i = 1; service->core != NULL && i < service->core->owners_count; i++) {
        struct ils_owner *owner = service->core->owners[i];
        if (cluster_id == NULL || strcmp(owner->cluster_id, cluster_id) == 0) {
            owner->recorded = 0;
        }
    }
}

void ils_clusters_note(struct ils_service *service) {
    for (size_t i = 1; i < service->core->owners_count; i++) {
        struct ils_owner *owner = service->core->owners[i];
        char peer[ILS_PEER_TEXT];
        if (owner->info_version > 0 && owner->recorded != owner->info_version &&
            owner->standing == ILS_LIVE && !owner->withdrawn) {
            owner->recorded = owner->info_version;
            add_record(service, owner);
        }
        const unsigned news = 1 + (unsigned)owner->standing * ROLES + (unsigned)owner->role;
        if (owner->cluster_id[0] == '\0' || owner->told == news) {
            continue;
        }
        owner->told = news;
        ils_peer_text(&owner->peer, peer);
        const sj_ils_peer_changed event = {.cluster_id = owner->cluster_id,
                                           .peer_id = peer,
                                           .standing = standings[owner->standing],
                                           .role = owner->role == ILS_HUB     ? "hub"
                                                   : owner->role == ILS_SPOKE ? "spoke"
                                                                              : "standalone"};
        sj_log_info(service->scope, "cluster %s of the ILS network is %s (%s)", owner->cluster_id,
                    event.standing, event.role);
        sj_publish_ils_peer_changed(service->scope, service->peer_changed, &event);
    }
}
