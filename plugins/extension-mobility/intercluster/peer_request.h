/* What all messages of remote clusters share: the trace they belong to, who sends them, how they
 * are answered, and those whose answer comes later. */
#ifndef EM_PEER_REQUEST_H
#define EM_PEER_REQUEST_H

#include "em.h"

/* The trace id of a traceparent header ("00-<32 hex>-<16 hex>-<2 hex>"), or a new one. */
void em_peer_read_trace(struct em *em, const sj_http_request *request,
                        char trace_id[EM_TRACE_ROOM]);
/* Takes `json` over; NULL: 503. */
void em_peer_reply_json(struct em *em, sj_http_request *request, const char *trace_id, char *json);
void em_peer_reply_unreadable(struct em *em, sj_http_request *request, const char *why);
/* Whether it is no longer than any such message; if not, the request has been answered, and nothing
 * of it read. */
bool em_peer_check_length(struct em *em, sj_http_request *request, size_t most);
/* Whether the body names the cluster that the certificate belongs to; if not, the request has been
 * answered. */
bool em_peer_check_cluster(struct em *em, sj_http_request *request, const char *cluster_id);
/* The same where the answer has a code for it; the factory value is no name. */
bool em_peer_cluster_matches(const sj_http_request *request, const char *cluster_id,
                             char cause[EM_CAUSE_ROOM]);
/* Whether it can be an idempotency key: 16 to 64 hex digits and hyphens. */
bool em_peer_key_is_valid(const char *key);

/* A message whose answer comes later; it ends with its scope. */
struct em_peer_pending {
    struct em *em;
    sj_scope *scope;
    sj_http_request *request;
    char trace_id[EM_TRACE_ROOM];
    /* of a logout: */
    char lease_id[EM_LEASE_ROOM], device_name[EM_DEVICE_ROOM], cluster_id[EM_NAME_ROOM], reason[64];
    char application_user[EM_USER_ROOM];
    uint64_t deadline; /* who asks waits no longer (monotonic) */
};
/* NULL without memory: then the request has been answered. */
struct em_peer_pending *em_peer_request_hold(struct em *em, sj_http_request *request,
                                             const char *trace_id);

#endif
