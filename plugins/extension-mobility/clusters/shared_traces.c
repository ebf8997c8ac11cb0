/* The ring of traces shared with other clusters. Pure. */
#include "clusters/shared_traces.h"

#include <stdio.h>
#include <string.h>

bool em_shared_traces_has(const struct em_shared_traces *shared, const char *trace_id,
                          const char *cluster_id) {
    for (size_t i = 0; i < SHARED_TRACES; i++) {
        if (strcmp(shared->ring[i].trace_id, trace_id) == 0 &&
            strcmp(shared->ring[i].cluster_id, cluster_id) == 0) {
            return shared->ring[i].trace_id[0] != '\0';
        }
    }
    return false;
}

void em_shared_traces_note(struct em_shared_traces *shared, const char *trace_id,
                           const char *cluster_id) {
    if (trace_id[0] == '\0' || strlen(trace_id) >= sizeof shared->ring[0].trace_id ||
        strlen(cluster_id) >= sizeof shared->ring[0].cluster_id ||
        em_shared_traces_has(shared, trace_id, cluster_id)) {
        return;
    }
    (void)snprintf(shared->ring[shared->next].trace_id, sizeof shared->ring[0].trace_id, "%s",
                   trace_id);
    (void)snprintf(shared->ring[shared->next].cluster_id, sizeof shared->ring[0].cluster_id, "%s",
                   cluster_id);
    shared->next = (shared->next + 1) % SHARED_TRACES;
}

size_t em_shared_traces_clusters(const struct em_shared_traces *shared, const char *trace_id,
                                 const char **clusters, size_t room) {
    size_t count = 0;
    for (size_t i = 1; i <= SHARED_TRACES && count < room && trace_id[0] != '\0'; i++) {
        const size_t at = (shared->next + SHARED_TRACES - i) % SHARED_TRACES;
        if (strcmp(shared->ring[at].trace_id, trace_id) == 0) {
            clusters[count++] = shared->ring[at].cluster_id;
        }
    }
    return count;
}
