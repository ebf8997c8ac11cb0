/* The leases that are over: see given_up.h. Pure. */
#include "sessions/given_up.h"

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    }
    return (hash ^ 0xffu) * 1099511628211u; /* the end counts */
}

static uint64_t never_0(uint64_t hash) {
    return hash != 0 ? hash : 1;
}

static uint64_t cluster_hash(const char *cluster_id) {
    return never_0(hash_text(14695981039346656037u, cluster_id));
}

static uint64_t name_hash(const char *cluster_id, const char *lease_id) {
    return never_0(hash_text(cluster_hash(cluster_id), lease_id));
}

/* Where the lease stands, or else where it may: a place that is free or over, the oldest of the same cluster when that has its
 * share, the oldest of all. */
static struct given_up_lease *place_for(struct given_up *given_up, uint64_t name, uint64_t cluster, uint64_t now_ms) {
    struct given_up_lease *unused = NULL, *oldest = &given_up->leases[0], *oldest_of_cluster = NULL;
    size_t of_cluster = 0;
    for (size_t i = 0; i < GIVEN_UP_ROOM; i++) {
        struct given_up_lease *lease = &given_up->leases[i];
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
                oldest_of_cluster == NULL || lease->until_ms < oldest_of_cluster->until_ms ? lease : oldest_of_cluster;
        }
    }
    return unused != NULL ? unused : of_cluster >= GIVEN_UP_OF_ONE ? oldest_of_cluster : oldest;
}

void given_up_add(struct given_up *given_up, const char *cluster_id, const char *lease_id, uint64_t now_ms) {
    if (lease_id[0] != '\0') {
        const uint64_t name = name_hash(cluster_id, lease_id), cluster = cluster_hash(cluster_id);
        *place_for(given_up, name, cluster, now_ms) =
            (struct given_up_lease){.name = name, .cluster = cluster, .until_ms = now_ms + GIVEN_UP_MS};
    }
}

bool given_up_holds(const struct given_up *given_up, const char *cluster_id, const char *lease_id, uint64_t now_ms) {
    const uint64_t name = name_hash(cluster_id, lease_id);
    for (size_t i = 0; i < GIVEN_UP_ROOM && lease_id[0] != '\0'; i++) {
        if (given_up->leases[i].name == name) {
            return given_up->leases[i].until_ms > now_ms;
        }
    }
    return false;
}
