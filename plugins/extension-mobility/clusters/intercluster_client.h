/* Sends a request to a remote cluster, node after node. */
#ifndef EM_INTERCLUSTER_CLIENT_H
#define EM_INTERCLUSTER_CLIENT_H

#include "em.h"
#include "reporting/error_codes.h"

enum em_peer_status {
    EM_PEER_ANSWERED,
    EM_PEER_UNREACHABLE,
    EM_PEER_UNTRUSTED,
    EM_PEER_TIMEOUT,
    EM_PEER_REFUSED
};
struct em_peer_answer {
    enum em_peer_status status;
    const char *body; /* with EM_PEER_ANSWERED */
    size_t body_length;
    const char *cause; /* else: a sentence */
    int http_status;   /* of the last node that answered over HTTP; 0: none did */
};
typedef void (*em_peer_fn)(void *user, const struct em_peer_answer *answer);
/* POST /intercluster/v1/<what> to a remote cluster. `done` runs once, later, unless the scope
 * closes before. */
void em_peer_call(struct em *em, sj_scope *scope, const char *cluster_id, const char *what,
                  const char *json, int64_t timeout_ms, const char *trace_id, em_peer_fn done,
                  void *user);
/* The code that a failure of the call means for a login. */
enum em_code em_peer_status_code(enum em_peer_status status);

#endif
