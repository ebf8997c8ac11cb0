/* Leases that are over: on a slow line a login, or a repetition of one, may arrive after the
 * logout that took it back. Nobody would use the session that it made. Bounded in number, and each
 * for a limited time. Pure. */
#ifndef EM_ENDED_LEASES_H
#define EM_ENDED_LEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EM_ENDED_LEASES = 4096,
    EM_ENDED_LEASES_OF_CLUSTER =
        EM_ENDED_LEASES /
        4, /* of one cluster, when there is no room for all: it takes none from the others */
    EM_ENDED_LEASE_MS = 5 * 60000, /* longer than any request is on its way */
};

struct em_ended_lease {
    uint64_t name,
        cluster; /* hashes of the lease with its cluster, and of the cluster alone; 0: free */
    uint64_t until_ms;
};

/* Zeroed: empty. */
struct em_ended_leases {
    struct em_ended_lease leases[EM_ENDED_LEASES];
};

/* `now_ms` of a monotonic clock. The oldest makes room for the newest. */
void em_ended_leases_add(struct em_ended_leases *ended_leases, const char *cluster_id,
                         const char *lease_id, uint64_t now_ms);
bool em_ended_leases_has(const struct em_ended_leases *ended_leases, const char *cluster_id,
                         const char *lease_id, uint64_t now_ms);

#endif
