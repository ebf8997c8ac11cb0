/* Leases that are over: on a slow line a login, or a repetition of one, may arrive after the log-out that took it back. Nobody
 * would use the session that it made. Bounded in number, and each for a limited time. Pure. */
#ifndef EM_GIVEN_UP_H
#define EM_GIVEN_UP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GIVEN_UP_ROOM = 4096,
    GIVEN_UP_OF_ONE = GIVEN_UP_ROOM / 4, /* of one cluster, when there is no room for all: it takes none from the others */
    GIVEN_UP_MS = 5 * 60000,             /* longer than any request is on its way */
};

struct given_up_lease {
    uint64_t name, cluster; /* hashes of the lease with its cluster, and of the cluster alone; 0: free */
    uint64_t until_ms;
};

/* Zeroed: empty. */
struct given_up {
    struct given_up_lease leases[GIVEN_UP_ROOM];
};

/* `now_ms` of a monotonic clock. The oldest makes room for the newest. */
void given_up_add(struct given_up *given_up, const char *cluster_id, const char *lease_id, uint64_t now_ms);
bool given_up_holds(const struct given_up *given_up, const char *cluster_id, const char *lease_id, uint64_t now_ms);

#endif
