/* The addresses of a remote cluster from the records: its own (remote_cluster), and what the last
 * update learnt of its nodes (remote_cluster_status); and which of them is asked first. */
#ifndef SOJOURN_PEER_RECORDS_H
#define SOJOURN_PEER_RECORDS_H

#include "base/list.h"
#include "peer_addresses.h"
#include "scope.h"

#ifdef __cplusplus
extern "C" {
#endif

/* With which address of each cluster to begin: the one that answered when others did not, so that
 * dead ones are not waited for each time; where none has answered, the one whose turn it is. For
 * some minutes, since a cluster says which of its nodes it prefers. Zeroed: nothing is known. */
struct sj_peer_memory {
    sj_list_head clusters;
};

/* The address at this place; of the first nothing need be known. */
void sj_peer_memory_note(struct sj_peer_memory *memory, sj_scope *scope, const char *cluster_id,
                         const struct sj_peer_addresses *addresses, size_t at);

/* NULL: with none of them; valid until the next note. */
const char *sj_peer_memory_first(const struct sj_peer_memory *memory, sj_scope *scope,
                                 const char *cluster_id);

enum { SJ_PEER_ANY_SERVICE = -1 };

/* Those of the nodes where the service (an sj_intercluster_service) is activated, or any is, and
 * the name in the record. Free with sj_peer_addresses_free.
 * SJ_OK, also when there is none; SJ_E_NOT_FOUND: there is no such remote cluster record, or
 * SJ_E_NO_MEMORY. */
int sj_peer_addresses_read(sj_scope *scope, const char *cluster_id, int service,
                           const struct sj_peer_memory *memory, struct sj_peer_addresses *chosen,
                           int64_t *https_port, sj_error *error);

#ifdef __cplusplus
}
#endif

#endif
