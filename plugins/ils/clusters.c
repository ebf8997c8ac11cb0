/* What is learned of other clusters becomes remote cluster records, so that they are in the Cluster
 * View, and events. */
#include "clusters.h"

#include <string.h>

#include "messages/ils.h"
#include "parameters/ils.h"
#include "resources/ils.h"
#include "resources/remote_cluster.h"
#include "trust.h"

enum { ROLES = ILS_SPOKE + 1 };

#define LEARNED "Learned by ILS" /* the description of a record that ILS has made */

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

sj_ils_detail *ils_clusters_detail(const struct ils_service *service, const struct ils_owner *owner,
                                   sj_error *error) {
    void *message = NULL;
    const int status = service->scope->host->record_from_json(
        &sj_ils_detail_meta, sj_or_empty(owner->detail), owner->detail_length, &message, error);
    return status == SJ_OK ? message : NULL;
}

/* ---- a record's address, beside what the cluster says of itself ---- */

enum address {
    STATED,    /* it is the one that the cluster states */
    OURS,      /* ILS wrote it, and the cluster states another one now */
    CHANGED,   /* ILS made the record, and people have changed the address since */
    OF_PEOPLE, /* people made the record */
};

/* The address that ILS last wrote; without a record NULL. */
static sj_ils_written_address *written_of(const struct ils_service *service,
                                          const char *cluster_id) {
    sj_ils_written_address *written = NULL;
    (void)sj_ils_written_address_get(service->scope, cluster_id, &written, NULL);
    return written;
}

static bool is_address(const char *name, int64_t port, const char *other_name, int64_t other_port) {
    return port == other_port && strcmp(name, other_name) == 0;
}

/* Each address that ILS writes is noted beside the record: whatever else stands in it is people's.
 */
static void note_written(struct ils_service *service, const char *cluster_id,
                         const sj_ils_detail *detail) {
    const sj_ils_written_address written = {.cluster_id = cluster_id,
                                            .fully_qualified_name = detail->fully_qualified_name,
                                            .https_port = detail->https_port};
    sj_ils_written_address *before = written_of(service, cluster_id);
    sj_error error = {0};
    if ((before == NULL || !is_address(before->fully_qualified_name, before->https_port,
                                       detail->fully_qualified_name, detail->https_port)) &&
        sj_ils_written_address_put(service->scope, &written, SJ_PUT_ANY, &error) != SJ_OK) {
        sj_log_warning(service->scope,
                       "which address ILS has written of cluster %s is not noted: %s", cluster_id,
                       error.text);
    }
    sj_record_free(service->scope, before);
}

static enum address judge_address(const struct ils_service *service,
                                  const sj_remote_cluster *record, const sj_ils_detail *detail) {
    sj_ils_written_address *written = written_of(service, record->cluster_id);
    enum address is = CHANGED;
    /* Without a note it was made before addresses were noted. */
    if (written == NULL && strcmp(record->description, LEARNED) != 0) {
        is = OF_PEOPLE;
    } else if (is_address(record->fully_qualified_name, record->https_port,
                          detail->fully_qualified_name, detail->https_port)) {
        is = STATED;
    } else if (written != NULL && is_address(record->fully_qualified_name, record->https_port,
                                             written->fully_qualified_name, written->https_port)) {
        is = OURS;
    }
    sj_record_free(service->scope, written);
    return is;
}

static int take_address(struct ils_service *service, const sj_remote_cluster *record,
                        const sj_ils_detail *detail, sj_error *error) {
    sj_remote_cluster changed = *record;
    changed.fully_qualified_name = detail->fully_qualified_name;
    changed.https_port = detail->https_port;
    const int status = sj_remote_cluster_put(service->scope, &changed, SJ_PUT_REPLACE, error);
    if (status == SJ_OK) {
        note_written(service, record->cluster_id, detail);
        sj_log_limited(
            service->scope, SJ_LOG_INFO, "a cluster states another address",
            "the remote cluster record of %s had %s, port %lld, and has %s, port %lld now",
            record->cluster_id, record->fully_qualified_name, (long long)record->https_port,
            detail->fully_qualified_name, (long long)detail->https_port);
    }
    return status;
}

size_t ils_clusters_kept_addresses(const struct ils_service *service,
                                   char (*sentences)[ILS_REASON_ROOM], size_t most) {
    size_t count = 0;
    for (size_t i = 1; i < service->core->owners_count && count < most; i++) {
        const struct ils_owner *owner = service->core->owners[i];
        sj_remote_cluster *record = NULL;
        sj_ils_detail *detail = NULL;
        if (owner->standing == ILS_LIVE && !owner->withdrawn &&
            sj_remote_cluster_get(service->scope, owner->cluster_id, &record, NULL) == SJ_OK) {
            detail = ils_clusters_detail(service, owner, NULL);
        }
        if (detail != NULL && judge_address(service, record, detail) == CHANGED) {
            (void)snprintf(sentences[count++], ILS_REASON_ROOM,
                           "the remote cluster record of %s has %.60s, port %d, which ILS did not "
                           "write there, so it stays; the cluster itself states %.60s, port %d "
                           "(remote-cluster set)",
                           owner->cluster_id, record->fully_qualified_name, (int)record->https_port,
                           detail->fully_qualified_name, (int)detail->https_port);
        }
        sj_record_free(service->scope, detail);
        sj_record_free(service->scope, record);
    }
    return count;
}

/* ---- records ---- */

static int add_record(struct ils_service *service, const struct ils_owner *owner,
                      const sj_ils_detail *detail, sj_error *error) {
    sj_scope *scope = service->scope;
    const sj_remote_cluster record = {.cluster_id = owner->cluster_id,
                                      .description = LEARNED,
                                      .fully_qualified_name = detail->fully_qualified_name,
                                      .https_port = detail->https_port,
                                      .emcc = sj_param_ils_learned_cluster_emcc(scope),
                                      .pstn_access =
                                          sj_param_ils_learned_cluster_pstn_access(scope),
                                      .rsvp_agent = sj_param_ils_learned_cluster_rsvp_agent(scope),
                                      .lbm = sj_param_ils_learned_cluster_lbm(scope),
                                      .geolocation_filter = ""};
    const int status = sj_remote_cluster_put(scope, &record, SJ_PUT_NEW, error);
    if (status == SJ_OK) {
        note_written(service, owner->cluster_id, detail);
        sj_log_info(scope,
                    "cluster %s has been learned by ILS: services that the parameters of ILS "
                    "do not switch on are off until somebody does (remote-cluster set)",
                    owner->cluster_id);
    }
    return status;
}

/* A record is made where there is none, and keeps the address that ILS wrote in step. */
static void record_cluster(struct ils_service *service, const struct ils_owner *owner) {
    sj_remote_cluster *present = NULL;
    sj_error error = {0};
    if (is_blocked(service, owner->cluster_id)) {
        return;
    }
    sj_ils_detail *detail = ils_clusters_detail(service, owner, &error);
    int status = detail != NULL ? SJ_OK : SJ_E_INVALID;
    if (detail != NULL &&
        sj_remote_cluster_get(service->scope, owner->cluster_id, &present, NULL) != SJ_OK) {
        status = add_record(service, owner, detail, &error);
    } else if (detail != NULL) {
        switch (judge_address(service, present, detail)) {
        case STATED: note_written(service, owner->cluster_id, detail); break;
        case OURS: status = take_address(service, present, detail, &error); break;
        case CHANGED: /* ils peers says so */
        case OF_PEOPLE: break;
        }
    }
    if (status != SJ_OK) {
        sj_log_limited(service->scope, SJ_LOG_WARNING,
                       "a remote cluster record does not say what its cluster states", "%s: %s",
                       owner->cluster_id, error.text);
    }
    sj_record_free(service->scope, present);
    sj_record_free(service->scope, detail);
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
            record_cluster(service, owner);
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
        sj_log_limited(service->scope, SJ_LOG_INFO, "a cluster of the ILS network has changed",
                       "%s is %s (%s)", owner->cluster_id, event.standing, event.role);
        sj_publish_ils_peer_changed(service->scope, service->peer_changed, &event);
    }
}
