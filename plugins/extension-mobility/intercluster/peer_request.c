/* Reading and answering what a remote cluster asks. */
#include "intercluster/peer_request.h"

#include <sojourn/base/hex.h>
#include <stdlib.h>

#include "clusters/peer_protocol.h"
#include "clusters/shared_traces.h"

#define FACTORY_CLUSTER_ID "StandAloneCluster"

void em_peer_read_trace(struct em *em, const sj_http_request *request,
                        char trace_id[EM_TRACE_ROOM]) {
    const char *header = sj_http_header_value(em->scope, request, "traceparent");
    if (header != NULL && strlen(header) >= 55 && header[2] == '-' && header[35] == '-' &&
        strspn(header + 3, SJ_HEX_SMALL) == 32) {
        em_print(trace_id, EM_TRACE_ROOM, "%.32s", header + 3);
        /* A look-up of a user sends the trace to every cluster: only the first to use it here takes
         * part. */
        const char *other;
        if (em_shared_traces_clusters(&em->shared_traces, trace_id, &other, 1) == 0) {
            em_shared_traces_note(&em->shared_traces, trace_id, request->peer_cluster);
        }
    } else {
        sj_random_hex(em->scope, trace_id, 32);
    }
}

void em_peer_reply_json(struct em *em, sj_http_request *request, const char *trace_id, char *json) {
    char span[17], traceparent[64];
    if (json == NULL) {
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return;
    }
    sj_random_hex(em->scope, span, 16);
    em_print(traceparent, sizeof traceparent, "00-%s-%s-01", trace_id, span);
    const sj_http_header headers[] = {{"traceparent", traceparent}};
    const sj_http_reply reply = {.status = 200,
                                 .content_type = "application/json",
                                 .body = json,
                                 .body_length = strlen(json),
                                 .headers = headers,
                                 .headers_count = 1};
    sj_http_reply_send(em->scope, request, &reply);
    sj_text_free(em->scope, json);
}

void em_peer_reply_unreadable(struct em *em, sj_http_request *request, const char *why) {
    sj_log_warning(em->scope, "a message of cluster %s to %s cannot be served: %s",
                   request->peer_cluster, request->path, why);
    sj_http_reply_text(em->scope, request, 400, "text/plain; charset=UTF-8", why);
}

bool em_peer_check_length(struct em *em, sj_http_request *request, size_t most) {
    char why[EM_CAUSE_ROOM];
    if (request->body_length <= most) {
        return true;
    }
    em_print(why, sizeof why, "the message has %zu bytes; expected at most %zu",
             request->body_length, most);
    em_peer_reply_unreadable(em, request, why);
    return false;
}

bool em_peer_check_cluster(struct em *em, sj_http_request *request, const char *cluster_id) {
    char why[EM_CAUSE_ROOM];
    if (strcmp(cluster_id, request->peer_cluster) == 0) {
        return true;
    }
    em_print(why, sizeof why, "the message names cluster %.60s; the certificate belongs to %.60s",
             cluster_id, request->peer_cluster);
    em_peer_reply_unreadable(em, request, why);
    return false;
}

bool em_peer_cluster_matches(const sj_http_request *request, const char *cluster_id,
                             char cause[EM_CAUSE_ROOM]) {
    const bool factory = strcmp(cluster_id, FACTORY_CLUSTER_ID) == 0;
    if (strcmp(cluster_id, request->peer_cluster) == 0 && !factory) {
        return true;
    }
    em_print(cause, EM_CAUSE_ROOM,
             "the visiting cluster says its id is %.60s; its certificate was imported for %.60s%s",
             cluster_id, request->peer_cluster,
             factory ? " (the Cluster ID is still the factory value)" : "");
    return false;
}

/* What the header says, a duration since the clocks may differ; who does not say is given the time
 * that we have ourselves. */
static uint64_t deadline(struct em *em, const sj_http_request *request) {
    enum { WAIT_AT_MOST_MS = 50000 };
    const char *header = sj_http_header_value(em->scope, request, EM_WAIT_HEADER);
    const size_t digits = header != NULL ? strspn(header, "0123456789") : 0;
    const long wait = digits > 0 && digits < 10 && header[digits] == '\0' ? strtol(header, NULL, 10)
                                                                          : WAIT_AT_MOST_MS;
    return sj_monotonic_ms(em->scope) + (uint64_t)(wait < WAIT_AT_MOST_MS ? wait : WAIT_AT_MOST_MS);
}

struct em_peer_pending *em_peer_request_hold(struct em *em, sj_http_request *request,
                                             const char *trace_id) {
    sj_scope *scope = sj_scope_open(em->scope, "intercluster", NULL, NULL);
    struct em_peer_pending *pending = scope != NULL ? sj_scope_alloc(scope, sizeof *pending) : NULL;
    if (pending == NULL) {
        if (scope != NULL) {
            sj_scope_close(scope);
        }
        sj_http_reply_text(em->scope, request, 503, "text/plain; charset=UTF-8", "out of memory\n");
        return NULL;
    }
    pending->em = em;
    pending->scope = scope;
    pending->request = request;
    pending->deadline = deadline(em, request);
    em_copy(pending->trace_id, trace_id);
    return pending;
}

bool em_peer_key_is_valid(const char *key) {
    const size_t length = strlen(key);
    return length >= 16 && length < EM_LEASE_ROOM && strspn(key, SJ_HEX_SMALL "ABCDEF-") == length;
}
