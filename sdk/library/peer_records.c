/* Reads the addresses of a remote cluster, and remembers with which to begin. It is built with the
 * house's declarations, of which its records are. */
#include <sojourn/peer_records.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sojourn/base/array.h>
#include <sojourn/sojourn.h>

#include "parameters/emcc.h"
#include "resources/remote_cluster.h"

enum {
    UPDATES_MISSED = 3, /* what was learnt is used as long as no more updates have failed */
    REMEMBERED_MS = 10 * 60 * 1000
};

/* One a cluster, for the life of the scope. */
struct remembered {
    sj_list_link link;
    uint64_t noted_ms;
    char cluster_id[52], address[SJ_PEER_ADDRESS_ROOM];
};

static struct remembered *find(const struct sj_peer_memory *memory, const char *cluster_id) {
    SJ_LIST_EACH(one, &memory->clusters, struct remembered, link) {
        if (strcmp(one->cluster_id, cluster_id) == 0) {
            return one;
        }
    }
    return NULL;
}

void sj_peer_memory_note(struct sj_peer_memory *memory, sj_scope *scope, const char *cluster_id,
                         const struct sj_peer_addresses *addresses, size_t at) {
    struct remembered *one = find(memory, cluster_id);
    if (at == 0) {
        return;
    }
    if (one == NULL) {
        one = sj_scope_alloc(scope, sizeof *one);
        if (one == NULL) {
            return; /* the order stays as it is */
        }
        (void)snprintf(one->cluster_id, sizeof one->cluster_id, "%s", cluster_id);
        sj_list_add_last(&memory->clusters, &one->link);
    }
    one->noted_ms = sj_monotonic_ms(scope);
    (void)snprintf(one->address, sizeof one->address, "%s", addresses->texts[at]);
}

const char *sj_peer_memory_first(const struct sj_peer_memory *memory, sj_scope *scope,
                                 const char *cluster_id) {
    const struct remembered *one = find(memory, cluster_id);
    return one != NULL && sj_monotonic_ms(scope) - one->noted_ms < REMEMBERED_MS ? one->address
                                                                                 : NULL;
}

struct learnt {
    const char **all; /* of the status */
    size_t count, room;
};

static bool add_learnt(struct learnt *learnt, const sj_remote_cluster_status *status, int service) {
    for (size_t i = 0; i < status->services_count; i++) {
        const sj_remote_cluster_status_service *one = &status->services[i];
        if (service != SJ_PEER_ANY_SERVICE && (int)one->service != service) {
            continue;
        }
        if (!sj_array_room(&learnt->all, &learnt->room, learnt->count + one->addresses_count,
                           sizeof *learnt->all)) {
            return false;
        }
        for (size_t j = 0; j < one->addresses_count; j++) {
            learnt->all[learnt->count++] = one->addresses[j];
        }
    }
    return true;
}

static bool choose(sj_scope *scope, const sj_remote_cluster *cluster,
                   const sj_remote_cluster_status *status, int service,
                   const struct sj_peer_memory *memory, struct sj_peer_addresses *chosen) {
    struct sj_peer_knowledge knowledge = {
        .preferred = sj_peer_memory_first(memory, scope, cluster->cluster_id),
        .configured = cluster->fully_qualified_name};
    struct learnt learnt = {0};
    bool room = true;
    if (status != NULL) {
        char learnt_from[SJ_PEER_LEARNT_FROM_ROOM];
        sj_peer_addresses_learnt_from(cluster->fully_qualified_name, cluster->https_port,
                                      learnt_from);
        room = add_learnt(&learnt, status, service);
        knowledge.learnt = learnt.all;
        knowledge.learnt_count = learnt.count;
        knowledge.same_record = strcmp(status->learnt_from, learnt_from) == 0;
        knowledge.failed = sj_given(status->reason);
        knowledge.age_ms = sj_wall_ms(scope) - status->last_succeeded;
        knowledge.most_age_ms =
            UPDATES_MISSED * sj_param_emcc_remote_cluster_update_interval(scope) * 60000;
    }
    room = room && sj_peer_addresses_choose(&knowledge, chosen);
    free(learnt.all);
    return room;
}

int sj_peer_addresses_read(sj_scope *scope, const char *cluster_id, int service,
                           const struct sj_peer_memory *memory, struct sj_peer_addresses *chosen,
                           int64_t *https_port, sj_error *error) {
    sj_remote_cluster *cluster = NULL;
    sj_remote_cluster_status *status = NULL;
    int result = sj_remote_cluster_get(scope, cluster_id, &cluster, error);
    if (result != SJ_OK) {
        return result;
    }
    (void)sj_remote_cluster_status_get(scope, cluster_id, &status, NULL);
    *https_port = cluster->https_port;
    if (!choose(scope, cluster, status, service, memory, chosen)) {
        result = sj_error_set(error, SJ_E_NO_MEMORY, "no memory for the addresses of a cluster");
    }
    sj_record_free(scope, status);
    sj_record_free(scope, cluster);
    return result;
}
