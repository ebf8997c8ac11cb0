/* The host's function table: all that a plugin can ask of the node. Append-only and size-first:
 * members are never moved or retyped, a new one is added at the end under the ABI minor that
 * brought it, and SJ_HAS tells whether this host has it.
 *
 * Plugins call it through the wrappers in scope.h, bus.h, timer.h, net.h, http.h, store.h, ...,
 * which are also where each call is explained. All calls are made from callbacks on the node's
 * loop, never from a job's work function. */
#ifndef SOJOURN_HOST_H
#define SOJOURN_HOST_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SJ_ABI_MAJOR 1
#define SJ_ABI_MINOR 1

/* True when the host's table is new enough to hold `member` (and it is not NULL). */
#define SJ_HAS(host, member)                                                                       \
    ((host)->size >= offsetof(sj_host, member) + sizeof((host)->member) && (host)->member != NULL)

/* The node this plugin runs on; constant while the plugin runs, but for cluster_id (see node.h). */
struct sj_node {
    size_t size;
    const char *cluster_id; /* enterprise parameter Cluster ID, as it is now */
    const char *name;       /* "hq-1" */
    const char *role;       /* "publisher" or "subscriber" */
    const char *version;    /* of this software, "1.0.0" */
    const char *address;    /* the first listening address, IPv4 or IPv6 text: see node_address.h */
    int sip_port, sips_port, tftp_port, tftp_http_port, http_port, https_port;
    const char
        *state_directory; /* absolute; a plugin may keep files below <state>/<plugin name>/ */
    const char *plugin_directory;
    const char *const *further_addresses; /* what it listens on beside the first */
    size_t further_addresses_count;
};

struct sj_host {
    size_t size;
    uint16_t abi_major, abi_minor;
    const sj_node *node;

    /* scope.h */
    sj_scope *(*scope_open)(sj_scope *parent, const char *here, const char *name,
                            sj_done_fn on_closed, void *user);
    void (*scope_close)(sj_scope *scope);
    void *(*scope_alloc)(sj_scope *scope, size_t bytes);
    char *(*scope_strdup)(sj_scope *scope, const char *text);
    sj_handle *(*scope_hold)(sj_scope *scope, const char *here, const char *what);
    void (*handle_close)(sj_handle *handle);

    /* log.h */
    void (*log)(sj_scope *scope, sj_log_level level, const char *trace_id, const char *text);
    bool (*log_enabled)(sj_scope *scope, sj_log_level level);
    void (*trace_step)(sj_scope *scope, const char *trace_id, const char *text);

    /* bus.h */
    sj_topic *(*event_topic)(sj_scope *scope, const sj_record_meta *event, sj_error *error);
    void (*event_publish)(sj_topic *topic, const void *event);
    sj_handle *(*event_subscribe)(sj_scope *scope, const char *here, const sj_record_meta *event,
                                  sj_event_fn handler, void *user, sj_error *error);
    int (*request_ask)(sj_scope *scope, const char *here, const sj_request_meta *meta,
                       const void *request, int64_t deadline_ms, sj_reply_fn reply, void *user,
                       sj_error *error);
    sj_handle *(*request_answer)(sj_scope *scope, const char *here, const sj_request_meta *meta,
                                 sj_question_fn handler, void *user, sj_error *error);
    void (*question_reply)(sj_question *question, const void *reply);
    void (*question_fail)(sj_question *question, int code, const char *field, const char *text);

    /* timer.h, job.h */
    uint64_t (*clock_monotonic_ms)(sj_scope *scope);
    int64_t (*clock_wall_ms)(sj_scope *scope);
    sj_handle *(*timer_start)(sj_scope *scope, const char *here, int64_t delay_ms,
                              int64_t repeat_ms, sj_done_fn fire, void *user);
    void (*timer_again)(sj_handle *timer, int64_t delay_ms);
    sj_handle *(*job_run)(sj_scope *scope, const char *here, sj_work_fn work, sj_result_fn done,
                          void *data);

    /* net.h */
    sj_udp *(*udp_open)(sj_scope *scope, const char *here, const char *address, int port,
                        sj_datagrams_fn receive, void *user, sj_error *error);
    int (*udp_send)(sj_udp *socket, const sj_address *to, const void *data, size_t length);
    void (*udp_local)(const sj_udp *socket, sj_address *local);
    void (*udp_close)(sj_udp *socket);
    sj_handle *(*stream_listen)(sj_scope *scope, const char *here, const char *address, int port,
                                bool tls, sj_accept_fn accepted, void *user, sj_error *error);
    sj_stream *(*stream_connect)(sj_scope *scope, const char *here, const sj_address *to,
                                 const char *tls_peer_cluster, const sj_stream_events *events,
                                 void *user, sj_error *error);
    void (*stream_set)(sj_stream *stream, sj_scope *owner, const sj_stream_events *events,
                       void *user);
    int (*stream_write)(sj_stream *stream, const void *data, size_t length);
    size_t (*stream_pending)(const sj_stream *stream);
    void (*stream_peer)(const sj_stream *stream, sj_address *peer, sj_address *local);
    void (*stream_close)(sj_stream *stream);

    /* http.h */
    sj_handle *(*http_route)(sj_scope *scope, const char *here, const char *method,
                             const char *path, unsigned flags, sj_http_fn handler, void *user,
                             sj_error *error);
    sj_handle *(*http_listen)(sj_scope *scope, const char *here, const char *address, int port,
                              sj_http_fn handler, void *user, sj_error *error);
    const char *(*http_param)(sj_http_request *request, const char *name);
    const char *(*http_header)(const sj_http_request *request, const char *name);
    void (*http_reply)(sj_http_request *request, const sj_http_reply *reply);
    sj_handle *(*http_fetch)(sj_scope *scope, const char *here, const sj_http_call *call,
                             sj_http_result_fn done, void *user, sj_error *error);

    /* store.h */
    int (*store_get)(sj_scope *scope, const sj_resource_meta *meta, const char *key, void **record,
                     sj_error *error);
    int (*store_list)(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                      sj_list *list, sj_error *error);
    int64_t (*store_count)(sj_scope *scope, const sj_resource_meta *meta, const sj_query *query,
                           sj_error *error);
    int (*store_put)(sj_scope *scope, const sj_resource_meta *meta, const void *record,
                     unsigned flags, sj_error *error);
    int (*store_delete)(sj_scope *scope, const sj_resource_meta *meta, const char *key,
                        sj_error *error);
    int (*store_begin)(sj_scope *scope, sj_error *error);
    int (*store_commit)(sj_scope *scope, const char *here, sj_result_fn durable, void *user,
                        sj_error *error);
    void (*store_rollback)(sj_scope *scope);
    void (*record_free)(void *record);
    void (*list_free)(sj_list *list);
    char *(*record_to_json)(const sj_record_meta *meta, const void *record);
    int (*record_from_json)(const sj_record_meta *meta, const char *json, size_t length,
                            void **record, sj_error *error);
    void (*text_free)(char *text);

    /* param.h */
    int64_t (*param_integer)(sj_scope *scope,
                             const sj_param_meta *meta); /* integer, boolean, minutes, enum */
    const char *(*param_text)(sj_scope *scope, const sj_param_meta *meta);

    /* policy.h */
    int (*policy_decide)(sj_scope *scope, const sj_policy_meta *meta, const char *trace_id,
                         const void *input, void *output);

    /* metric.h */
    sj_metric *(*metric)(sj_scope *scope, const char *here, sj_metric_kind kind, const char *name,
                         const char *help);
    void (*metric_add)(sj_metric *metric, double amount);
    void (*metric_set)(sj_metric *metric, double value);

    /* secret.h */
    void (*secret_hash)(sj_scope *scope, const char *here, const char *plain, sj_secret_fn done,
                        void *user);
    void (*secret_verify)(sj_scope *scope, const char *here, const char *hash, const char *plain,
                          sj_result_fn done, void *user);
    void (*random_bytes)(void *out, size_t count);

    /* trust.h */
    int (*identity_pem)(sj_scope *scope, const char *kind, char **certificate_pem, sj_error *error);
    sj_handle *(*identities_prepare)(sj_scope *scope, const char *here, sj_result_fn done,
                                     void *user);

    /* log.h */
    size_t (*trace_steps)(const sj_scope *scope, const char *trace_id, sj_trace_step_fn visit,
                          void *user);

    /* dns.h; ABI 1.1 */
    sj_handle *(*dns_ask)(sj_scope *scope, const char *here, const char *name, int type,
                          sj_dns_fn done, void *user, sj_error *error);

    /* log.h; ABI 1.1 */
    void (*log_limited)(sj_scope *scope, sj_log_level level, const char *subject, const char *text);

    /* secret.h; ABI 1.1 */
    void (*secret_verify_for)(sj_scope *scope, const char *here, const sj_secret_asker *asker,
                              const char *hash, const char *plain, sj_result_fn done, void *user);

    /* net.h; ABI 1.1 */
    sj_stream *(*stream_connect_tls)(sj_scope *scope, const char *here, const sj_address *to,
                                     const char *purpose, const char *server_name,
                                     const sj_stream_events *events, void *user, sj_error *error);
    int (*stream_tls_peer)(sj_stream *stream, sj_tls_peer *peer);
    int (*stream_tls_verify)(sj_stream *stream, const char *purpose, sj_error *error);

    /* store.h; ABI 1.1 */
    sj_handle *(*store_on_removal)(sj_scope *scope, const char *here, const sj_resource_meta *meta,
                                   sj_removal_fn ask, void *user, sj_error *error);

    /* log.h; ABI 1.1 */
    size_t (*trace_records)(const sj_scope *scope, const char *trace_id, sj_trace_record_fn visit,
                            void *user);

    /* net.h, http.h; ABI 1.1 */
    int (*stream_tls_channel)(sj_stream *stream, sj_tls_channel *channel);
    int (*http_tls_channel)(const sj_http_request *request, sj_tls_channel *channel);

    /* timer.h; ABI 1.1 */
    int (*time_zone_offset)(const char *zone, int64_t utc_s, int32_t *offset_s);

    /* net.h; ABI 1.1 */
    void (*udp_on_undelivered)(sj_udp *socket, sj_undelivered_fn undelivered);
};

#ifdef __cplusplus
}
#endif
#endif
