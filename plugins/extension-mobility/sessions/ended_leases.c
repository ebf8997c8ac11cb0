/* The leases that have ended, in a table of fixed size that is searched from its start. Pure. */
#include "sessions/ended_leases.h"

#include <sojourn/base/hash.h>

static uint64_t never_0(uint64_t hash) {
    return hash != 0 ? hash : 1;
}

static uint64_t cluster_hash(const char *cluster_id) {
    return never_0(sj_hash_keyed_text(cluster_id));
}

static uint64_t name_hash(const char *cluster_id, const char *lease_id) {
    return never_0(sj_hash_with(sj_hash_keyed_text(lease_id), sj_hash_keyed_text(cluster_id)));
}

/* Where the lease stands, or else where it may: a place that is free or over, the oldest of the
 * same cluster when that has its share, the oldest of all. */
static struct em_ended_lease *place_for(struct em_ended_leases *ended_leases, uint64_t name,
                                        uint64_t cluster, uint64_t now_ms) {
    struct em_ended_lease *unused = NULL, *oldest = &ended_leases->leases[0],
                          *oldest_of_cluster = NULL;
    size_t of_cluster = 0;
    for (size_t i = 0; i < EM_ENDED_LEASES; i++) {
        struct em_ended_lease *lease = &ended_leases->leases[i];
        if (lease->name == name) {
            return lease;
        }
        if (lease->until_ms <= now_ms) {
            unused = unused == NULL ? lease : unused;
            continue;
        }
        oldest = lease->until_ms < oldest->until_ms ? lease : oldest;
        if (lease->cluster == cluster) {
            of_cluster++;
            oldest_of_cluster =
                oldest_of_cluster == NULL || lease->until_ms < oldest_of_cluster->until_ms
                    ? lease
                    : oldest_of_cluster;
        }
    }
    return unused != NULL                             ? unused
           : of_cluster >= EM_ENDED_LEASES_OF_CLUSTER ? oldest_of_cluster
                                                      : oldest;
}

void em_ended_leases_add(struct em_ended_leases *ended_leases, const char *cluster_id,
                         const char *lease_id, uint64_t now_ms) {
    if (lease_id[0] != '\0') {
        const uint64_t name = name_hash(cluster_id, lease_id), cluster = cluster_hash(cluster_id);
        *place_for(ended_leases, name, cluster, now_ms) = (struct em_ended_lease){
            .name = name, .cluster = cluster, .until_ms = now_ms + EM_ENDED_LEASE_MS};
    }
}

bool em_ended_leases_has(const struct em_ended_leases *ended_leases, const char *cluster_id,
                         const char *lease_id, uint64_t now_ms) {
    const uint64_t name = name_hash(cluster_id, lease_id);
    for (size_t i = 0; i < EM_ENDED_LEASES && lease_id[0] != '\0'; i++) {
        if (ended_leases->leases[i].name == name) {
            return ended_leases->leases[i].until_ms > now_ms;
        }
    }
    return false;
}
